package sim

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
)

// rounds is how often the interleaved benchmarks measure each variant; medians are reported.
const rounds = 9

// variant is one of several things measured side by side: run does n events and returns how many it did.
type variant struct {
	name string
	run  func(n int) int
}

// interleave measures the variants in turn, round after round in one process, so that a drift of the machine hits
// all alike, and reports the median ns/event of each and allocations/event. It returns the medians.
func interleave(b *testing.B, n int, variants []variant) []float64 {
	times := make([][]float64, len(variants))
	allocs := make([]float64, len(variants))
	for range b.N {
		for range rounds {
			for i, v := range variants {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				did := v.run(n)
				spent := time.Since(start)
				runtime.ReadMemStats(&after)
				times[i] = append(times[i], float64(spent.Nanoseconds())/float64(did))
				allocs[i] = float64(after.Mallocs-before.Mallocs) / float64(did)
			}
		}
	}
	medians := make([]float64, len(variants))
	for i, v := range variants {
		slices.Sort(times[i])
		medians[i] = times[i][len(times[i])/2]
		b.ReportMetric(medians[i], v.name+"-ns/event")
		b.ReportMetric(allocs[i], v.name+"-allocs/event")
	}
	b.ReportMetric(0, "ns/op")
	return medians
}

// holdModel is the bare specialised heap: pop one event, push one, with the given number pending and delays like
// those of the gossip world.
func holdModel(pending int) func(n int) int {
	var h heapQueue
	stream := Seed(1).Stream("hold")
	delay := func() Duration {
		if stream.Chance(1, 3) {
			return 500*Millisecond + Duration(stream.Below(1_000_000))
		}
		return Millisecond + Duration(stream.Below(20_000))
	}
	seq := uint64(0)
	for range pending {
		seq++
		h.push(event{at: Time(delay()), seq: seq})
	}
	return func(n int) int {
		for range n {
			e, _ := h.pop(Never)
			seq++
			h.push(event{at: e.at.Add(delay()), seq: seq})
		}
		return n
	}
}

// steady returns a gossip world that has been warmed up, as something that runs n more events.
func steady(cfg Config, hosts int) (*World[rumour], func(n int) int) {
	cfg.Link = Link{Latency: 5 * Millisecond, Jitter: 20 * Millisecond}
	w := newGossip(cfg, hosts)
	run := func(n int) int {
		before := w.Events()
		for w.Events() < before+uint64(n) {
			if _, err := w.Step(Never - 1); err != nil {
				panic(err)
			}
		}
		return n
	}
	run(2_000_000)
	return w, run
}

// BenchmarkKernel compares the kernel, in steady state and without faults, with the bare heap at the same number
// of pending events: digest on, digest off, plain heap instead of the wheel.
func BenchmarkKernel(b *testing.B) {
	for _, hosts := range []int{100, 1000} {
		b.Run(fmt.Sprintf("hosts=%d", hosts), func(b *testing.B) {
			w, full := steady(Config{Seed: 1}, hosts)
			_, silent := steady(Config{Seed: 1, NoDigest: true}, hosts)
			_, heap := steady(Config{Seed: 1, Heap: true}, hosts)
			b.ResetTimer()
			m := interleave(b, 500_000, []variant{
				{"bare-heap", holdModel(w.Pending())}, {"kernel", full}, {"no-digest", silent}, {"kernel-on-heap", heap},
			})
			b.ReportMetric(m[1]/m[0], "kernel/bare")
			b.ReportMetric(m[1]/m[2], "digest/none")
			b.ReportMetric(1e9/m[1], "events/s")
			b.ReportMetric(float64(w.Pending()), "pending")
		})
	}
}

// TestSteadyStateAllocatesNothing is the promise behind the benchmark.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	_, run := steady(Config{Seed: 1}, 50)
	if n := testing.AllocsPerRun(5, func() { run(100_000) }); n > 10 {
		t.Errorf("100,000 events in steady state allocate %v times", n)
	}
}
