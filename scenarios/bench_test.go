package scenarios_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// Benchmarks of whole runs: real raft, routers, faults, checker, monitor. Ratios come from one process with the
// variants interleaved, round after round, and are medians; absolute figures hold for the machine they ran on.

// benchPlan returns a plan of some routers with 167 terminators each, quiet or with one service of each router
// toggled every two seconds, for one virtual hour.
func benchPlan(b *testing.B, routers int, churn bool) *scenarios.Plan {
	var text strings.Builder
	fmt.Fprintf(&text, "# bench: an hour.\n\ncluster controllers=3 routers=%d\nservices %d on routers each=167\nseed 1\n\n",
		routers, 167*routers)
	if churn {
		for i := range routers {
			fmt.Fprintf(&text, "%dms toggle svc%d on rtr%d every=2s until=59m\n", 60_000+i*337, i+1, i+1)
		}
	}
	fmt.Fprintf(&text, "settle %s\n", map[bool]string{false: "1h", true: "1m"}[churn])
	p, err := scenarios.Parse("bench", text.String())
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func play(b *testing.B, p *scenarios.Plan, o scenarios.Options) *scenarios.Outcome {
	if o.Algorithm.Release == 0 {
		o.Algorithm, _ = model.LookupAlgorithm("ziti-2.1.0")
	}
	out, err := scenarios.Play(p, o)
	if err != nil || out.Fault != nil || out.Limit != nil {
		b.Fatalf("%v %+v", err, out)
	}
	return out
}

// BenchmarkHour reports virtual seconds per wall second for an hour of 3 controllers, 6 routers and 1,002
// terminators, with the start in which all of them are created: quiet, and under churn (on each router one service
// is retired or hosted every two seconds). BenchmarkQuiet leaves the start out.
func BenchmarkHour(b *testing.B) {
	for _, name := range []string{"quiet", "churn"} {
		b.Run(name, func(b *testing.B) {
			p := benchPlan(b, 6, name == "churn")
			var events, virtual uint64
			b.ReportAllocs()
			for b.Loop() {
				out := play(b, p, scenarios.Options{})
				events += out.Events
				virtual += uint64(out.Virtual / sim.Second)
			}
			wall := b.Elapsed().Seconds()
			b.ReportMetric(float64(virtual)/wall, "virtual-s/s")
			b.ReportMetric(float64(events)/wall, "events/s")
			b.ReportMetric(wall*1e9/float64(events), "ns/event")
			b.ReportMetric(float64(events)/float64(b.N), "events/run")
		})
	}
}

// BenchmarkQuiet reports the cost of quiet alone: what nine more hours cost a run of one hour.
func BenchmarkQuiet(b *testing.B) {
	short := benchPlan(b, 6, false)
	long := *short
	long.Settle = 10 * sim.Hour
	var one, ten, events []float64
	for b.Loop() {
		for range 9 {
			var few, many uint64
			one = append(one, timed(func() uint64 { few = play(b, short, scenarios.Options{}).Events; return 1 }))
			ten = append(ten, timed(func() uint64 { many = play(b, &long, scenarios.Options{}).Events; return 1 }))
			events = append(events, float64(many-few))
		}
	}
	nine := median(ten) - median(one)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(9*3600/(nine/1e9), "virtual-s/s")
	b.ReportMetric(nine/median(events), "ns/event")
	b.ReportMetric(median(events)/9, "events/hour")
}

// BenchmarkLayers compares, interleaved, the bare specialised heap with the full run under churn: everything on,
// without digest, without checker, and without either. The monitor of the raft log
// is on in all of them.
func BenchmarkLayers(b *testing.B) {
	p := benchPlan(b, 6, true)
	variants := []struct {
		name string
		o    scenarios.Options
	}{
		{"full", scenarios.Options{}},
		{"no-digest", scenarios.Options{NoDigest: true}},
		{"no-checks", scenarios.Options{NoChecks: true}},
		{"bare", scenarios.Options{NoDigest: true, NoChecks: true}},
	}
	times := make([][]float64, len(variants)+1)
	hold := newBareHeap(300)
	for b.Loop() {
		for range 9 {
			times[0] = append(times[0], timed(func() uint64 { return hold.run(2_000_000) }))
			for i, v := range variants {
				times[i+1] = append(times[i+1], timed(func() uint64 { return play(b, p, v.o).Events }))
			}
		}
	}
	heap := median(times[0])
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(heap, "bare-heap-ns/event")
	for i, v := range variants {
		b.ReportMetric(median(times[i+1]), v.name+"-ns/event")
	}
	b.ReportMetric(median(times[1])/heap, "full/heap")
	b.ReportMetric(median(times[1])/median(times[4]), "full/bare")
}

// BenchmarkRouters reports what ten and a hundred times the routers cost, at the same load for each: 10, 100 and
// 1,000 routers with 10 terminators each, interleaved. What is measured is what ten more quiet minutes cost; at the
// start ten thousand creates at once make the leader refuse most of them at first, and that storm is not linear in
// the real system either.
func BenchmarkRouters(b *testing.B) {
	sizes := []int{10, 100, 1000}
	plans, longer := make([]*scenarios.Plan, len(sizes)), make([]scenarios.Plan, len(sizes))
	for i, n := range sizes {
		text := fmt.Sprintf("# bench: many routers.\n\ncluster controllers=3 routers=%d\n"+
			"services %d on routers each=10\nseed 1\n\nsettle 5m\n", n, min(n, 400))
		p, err := scenarios.Parse("bench", text)
		if err != nil {
			b.Fatal(err)
		}
		plans[i], longer[i] = p, *p
		longer[i].Settle += 10 * sim.Minute
	}
	short, long := make([][]float64, len(sizes)), make([][]float64, len(sizes))
	for b.Loop() {
		for range 5 {
			for i := range sizes {
				short[i] = append(short[i], timed(func() uint64 { play(b, plans[i], scenarios.Options{}); return 1 }))
				long[i] = append(long[i], timed(func() uint64 { play(b, &longer[i], scenarios.Options{}); return 1 }))
			}
		}
	}
	cost := make([]float64, len(sizes))
	b.ReportMetric(0, "ns/op")
	for i, n := range sizes {
		cost[i] = median(long[i]) - median(short[i])
		b.ReportMetric(cost[i]/1e6, fmt.Sprintf("routers%d-ms", n))
		b.ReportMetric(median(short[i])/1e6, fmt.Sprintf("routers%d-start-ms", n))
	}
	b.ReportMetric(cost[1]/cost[0], "x100/x10")
	b.ReportMetric(cost[2]/cost[1], "x1000/x100")
}

// BenchmarkWorkers compares one worker with two on the same eight seeds.
func BenchmarkWorkers(b *testing.B) {
	p := benchPlan(b, 3, true)
	work := func(workers int) uint64 {
		var wait sync.WaitGroup
		for w := range workers {
			wait.Go(func() {
				for s := w; s < 8; s += workers {
					seed := sim.Seed(s)
					play(b, p, scenarios.Options{Seed: &seed})
				}
			})
		}
		wait.Wait()
		return 1
	}
	var one, two []float64
	for b.Loop() {
		for range 5 {
			one = append(one, timed(func() uint64 { return work(1) }))
			two = append(two, timed(func() uint64 { return work(2) }))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(one)/median(two), "one/two")
	b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "procs")
}

// BenchmarkRestartStorm restarts all three controllers under 15,000 terminators of 6 routers, which re-establish
// them all, and reports the wall time of the whole run less that of the same run without the restart.
func BenchmarkRestartStorm(b *testing.B) {
	plan := func(storm string) *scenarios.Plan {
		p, err := scenarios.Parse("storm", "# storm: 15,000 terminators.\n\ncluster controllers=3 routers=6\n"+
			"services 2500 on routers\nseed 1\n\n"+storm+"5m lookup svc1 at ctl1\nsettle 5m\n")
		if err != nil {
			b.Fatal(err)
		}
		return p
	}
	quiet, storm := plan(""), plan("4m restart controllers\n")
	var with, without []float64
	for b.Loop() {
		for range 5 {
			without = append(without, timed(func() uint64 { play(b, quiet, scenarios.Options{}); return 1 }))
			with = append(with, timed(func() uint64 { play(b, storm, scenarios.Options{}); return 1 }))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(without)/1e6, "calm-ms")
	b.ReportMetric(median(with)/1e6, "storm-ms")
	b.ReportMetric((median(with)-median(without))/1e6, "re-establish-ms")
}

// timed returns the nanoseconds f took per unit of work it says it did.
func timed(f func() uint64) float64 {
	runtime.GC()
	start := time.Now()
	n := f()
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}

func median(v []float64) float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	return s[len(s)/2]
}

// bareHeap is the yardstick: a specialised binary heap of 24-byte events, popped and pushed at a constant number
// pending, with the delays of a control plane.
type bareHeap struct {
	events []bareEvent
	seq    uint64
	stream sim.Stream
}

type bareEvent struct {
	at  int64
	seq uint64
	_   uint64 // what a real event carries
}

func (e *bareEvent) before(o *bareEvent) bool { return e.at < o.at || e.at == o.at && e.seq < o.seq }

func newBareHeap(pending int) *bareHeap {
	h := &bareHeap{stream: sim.Seed(1).Stream("heap")}
	for range pending {
		h.push(0)
	}
	return h
}

func (h *bareHeap) push(now int64) {
	h.seq++
	at := now + 10_000 + int64(h.stream.Below(2_000))
	if h.seq%4 == 0 {
		at = now + int64(h.stream.Below(10_000_000))
	}
	h.events = append(h.events, bareEvent{at: at, seq: h.seq})
	i := len(h.events) - 1
	for e := h.events[i]; i > 0 && e.before(&h.events[(i-1)/2]); i = (i - 1) / 2 {
		h.events[i], h.events[(i-1)/2] = h.events[(i-1)/2], e
	}
}

func (h *bareHeap) pop() bareEvent {
	first, last := h.events[0], h.events[len(h.events)-1]
	h.events = h.events[:len(h.events)-1]
	i := 0
	for child := 1; child < len(h.events); child = 2*i + 1 {
		if child+1 < len(h.events) && h.events[child+1].before(&h.events[child]) {
			child++
		}
		if !h.events[child].before(&last) {
			break
		}
		h.events[i], i = h.events[child], child
	}
	h.events[i] = last
	return first
}

func (h *bareHeap) run(n uint64) uint64 {
	for range n {
		h.push(h.pop().at)
	}
	return n
}
