package checker

import (
	"gyre/checker/linear"
	"gyre/sim"
)

// Recorder makes the checker keep the operations of routers and clients for an independent judge. Call it before
// the run.
func (c *Checker) Recorder() *linear.Recorder { return c.linear.Record() }

// linearVerdicts judges linearizable and session-reads.
func (c *Checker) linearVerdicts(r *Report) (answers, sessions Verdict) {
	due := sim.Never
	if c.settled && len(r.Exempt) == 0 {
		due = r.Quiet.Add(r.Bound.Length)
	}
	a, s := c.linear.Finish(due)
	return linearVerdict(&a), linearVerdict(&s)
}

// linearVerdict turns a finding into a verdict. It has no rung: the ladder is about oscillation, and here two answers
// that contradict each other are the whole proof.
func linearVerdict(f *linear.Finding) Verdict {
	v := Verdict{Status: Holds, Aside: true, Text: f.Text}
	switch {
	case f.Violated():
		v.Status, v.At = Violated, f.At
		v.Subject = Subject{Router: f.About.Router, Service: f.About.Service, Index: f.About.Index, Term: f.About.Term}
	case f.Judged == 0:
		v.Status = NotJudged
	}
	return v
}
