package checker

import (
	"fmt"

	"gyre/sim"
)

// Reconfirms reports whether there is a verdict that playing on could confirm or take back: a missed deadline of which
// no more was to be learned yet.
func (r *Report) Reconfirms() bool {
	for i := range r.Verdicts {
		if r.Verdicts[i].deadline() {
			return true
		}
	}
	return false
}

func (v *Verdict) deadline() bool { return v.Status == Violated && v.Rung == Deadline && !v.Over }

// Reconfirm takes what the run says when it was played on to so many times the bound after the last outside event.
// What is violated stays violated, for the bound was missed; whether it was only slow is another matter, and said.
func (r *Report) Reconfirm(factor uint64, later *Report) {
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		if !v.deadline() {
			continue
		}
		still := later.Verdicts[i].Status == Violated
		switch i {
		case converges:
			still = later.reached == sim.Never
		case noStorm: // it was violated once and for all; the question is whether it goes on
			w := &later.Verdicts[i]
			still, v.count = w.count > v.count, w.count
		}
		switch {
		case later.Quiet != r.Quiet:
			v.Over = true
			v.Text += "; not reconfirmed: something came from outside later"
		case still && v.Factor == 0:
			v.Factor = factor
			v.Text += fmt.Sprintf("; still so at %d times the bound", factor)
		case still:
			v.Factor = factor
			v.Text += fmt.Sprintf(" and at %d times", factor)
		default:
			v.Over = true
			v.Text += fmt.Sprintf("; slow, not stuck: at %d times the bound it was over", factor)
		}
	}
}

// Unconfirmed notes that playing on came to nothing.
func (r *Report) Unconfirmed(factor uint64, why string) {
	for i := range r.Verdicts {
		if v := &r.Verdicts[i]; v.deadline() {
			v.Text += fmt.Sprintf("; not reconfirmed at %d times the bound: %s", factor, why)
		}
	}
}

// Forked takes in how many of so many runs, which part from this one at its last outside event by chance alone, each
// property is violated as well. If none escapes, fewer than 3 in that many do, at 95 %: had a larger share escaped, one
// at least would have shown up with that probability. A missed deadline then counts as statistical.
func (r *Report) Forked(runs uint64, violated []uint64) {
	if runs == 0 {
		return
	}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		if v.Status != Violated {
			continue
		}
		v.Forks, v.Escaped = runs, runs-violated[i]
		if v.Escaped > 0 {
			v.Text += fmt.Sprintf("; %d of %d forks with other delays and durations escape", v.Escaped, runs)
			continue
		}
		v.Text += fmt.Sprintf("; 0 of %d forks with other delays and durations escape: fewer than %s%% do, at 95%%", runs,
			decimal(int64(min(1000, 3000/runs)), 10))
		if v.Rung == Deadline && !v.Over {
			v.Rung = Statistical
		}
	}
}
