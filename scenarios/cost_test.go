package scenarios_test

import (
	"testing"

	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// BenchmarkChecks compares the same runs with and without all online checks, and with and without the digest,
// interleaved: a quiet hour, a terminator that spins for five minutes, and an hour under churn. on/off is what a run
// costs with checks over what it costs without; below 2.0 the checks cost less than the simulation. The monitor of the
// raft log is on in all of them. checks/sim is what the checks alone cost over what the bare simulation costs.
func BenchmarkChecks(b *testing.B) {
	spin := spinPlan(b)
	for _, run := range []struct {
		name      string
		plan      *scenarios.Plan
		algorithm string
		times     int // one is too short to time
	}{
		{"quiet", benchPlan(b, 6, false), "ziti-2.1.0", 1},
		{"spin", spin, "ziti-1.0.0", 3},
		{"churn", benchPlan(b, 6, true), "ziti-2.1.0", 1},
	} {
		b.Run(run.name, func(b *testing.B) {
			algorithm, _ := model.LookupAlgorithm(run.algorithm)
			play := func(o scenarios.Options) float64 {
				o.Algorithm = algorithm
				return timed(func() (events uint64) {
					for range run.times {
						events += play(b, run.plan, o).Events
					}
					return events
				})
			}
			var on, off, plain, bare []float64
			for b.Loop() {
				for range 9 {
					on = append(on, play(scenarios.Options{}))
					off = append(off, play(scenarios.Options{NoChecks: true}))
					plain = append(plain, play(scenarios.Options{NoDigest: true}))
					bare = append(bare, play(scenarios.Options{NoDigest: true, NoChecks: true}))
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(on), "on-ns/event")
			b.ReportMetric(median(off), "off-ns/event")
			b.ReportMetric(median(on)/median(off), "on/off")
			b.ReportMetric((median(plain)-median(bare))/median(bare), "checks/sim")
			b.ReportMetric(median(on)/median(plain), "digest-on/off")
		})
	}
}

// spinPlan is the built-in spin, settled as long as it lasts and no longer.
func spinPlan(b *testing.B) *scenarios.Plan {
	file, ok := scenarios.Load("leader-spin")
	if !ok {
		b.Fatal("no leader-spin")
	}
	plan, err := scenarios.Parse(file.Name, file.Text)
	if err != nil {
		b.Fatal(err)
	}
	plan.Settle = 6 * sim.Minute
	return plan
}

// BenchmarkChecked plays one of those runs with checks, for a profile.
func BenchmarkChecked(b *testing.B) {
	for _, run := range []struct {
		name      string
		plan      *scenarios.Plan
		algorithm string
	}{
		{"quiet", benchPlan(b, 6, false), "ziti-2.1.0"},
		{"spin", spinPlan(b), "ziti-1.0.0"},
		{"churn", benchPlan(b, 6, true), "ziti-2.1.0"},
	} {
		b.Run(run.name, func(b *testing.B) {
			algorithm, _ := model.LookupAlgorithm(run.algorithm)
			for b.Loop() {
				play(b, run.plan, scenarios.Options{Algorithm: algorithm})
			}
		})
	}
}
