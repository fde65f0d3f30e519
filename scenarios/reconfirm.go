package scenarios

import (
	"gyre/checker"
	"gyre/sim"
)

// reconfirm plays on to 4 and to 16 times the bound where a deadline was missed, and asks the checker again. A limit
// that ends it leaves the verdicts of the plan as they are, not reconfirmed.
func (r *player) reconfirm() {
	for _, factor := range [...]uint64{4, 16} {
		if !r.report.Reconfirms() {
			return
		}
		target := r.report.Quiet.Add(r.report.Bound.Length * sim.Duration(factor))
		if target > r.world.Now() {
			r.playTo(target)
		}
		if r.limit != nil {
			r.report.Unconfirmed(factor, r.limit.Error())
			r.limit = nil
			return
		}
		later := r.checker.Finish(r.world.Now())
		r.report.Reconfirm(factor, &later)
	}
}

// PlayForks plays the plan n times more, each time with other delays and durations from the last outside event on, and
// adds to every violated verdict of the outcome in how many of the runs the property is violated too. Nodes keep their
// own random streams. It returns at the first error.
func PlayForks(o *Outcome, options Options, n uint64) error {
	options.Seed, options.Reconfirm, options.Observers, options.NoDigest = &o.Seed, false, nil, true
	violated := make([]uint64, len(o.Report.Verdicts))
	runs := uint64(0)
	stream := o.Seed.Stream("forks")
	for range n {
		options.Fork = &Fork{At: o.Report.Quiet, Seed: sim.Seed(stream.Next())}
		fork, err := Play(o.Plan, options)
		if err != nil {
			return err
		}
		if fork.Fault != nil || fork.Limit != nil {
			continue
		}
		runs++
		for k := range fork.Report.Verdicts {
			if fork.Report.Verdicts[k].Status == checker.Violated {
				violated[k]++
			}
		}
	}
	o.Report.Forked(runs, violated)
	return nil
}
