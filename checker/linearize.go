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
	c.contradicted()
	answers, sessions = linearVerdict(&a), linearVerdict(&s)
	if answers.Status == Violated {
		answers.Chain = c.explained(0)
	}
	if sessions.Status == Violated {
		sessions.Chain = c.explained(1)
	}
	return answers, sessions
}

// explained is what led to a contradiction. Deeds on the way are no class of causes: who answered wrongly did nothing.
func (c *Checker) explained(i int) []Link {
	chain := c.links(&c.contradictions[i])
	for n := range chain {
		chain[n].Deed = ""
	}
	return chain
}

// contradicted takes down what led to the first answers that contradict others, as soon as they are found: of a lookup,
// what turned the log to what it said.
func (c *Checker) contradicted() {
	answer, session := c.linear.First()
	for i, s := range [...]linear.Sighting{answer, session} {
		if s == c.contradiction[i] {
			continue
		}
		c.contradiction[i] = s
		if s.Turn == 0 {
			s.Turn = s.Step
		}
		c.way(&c.contradictions[i], &mark{step: s.Turn, term: s.Term})
	}
}

// linearVerdict turns a finding into a verdict. It has no rung: the ladder is about oscillation, and here two answers
// that contradict each other are the whole proof.
func linearVerdict(f *linear.Finding) Verdict {
	v := Verdict{Status: Holds, Aside: true, Text: f.Text}
	switch {
	case f.Violated():
		v.Status, v.At, v.Step = Violated, f.At, f.Step
		v.Subject = Subject{Router: f.About.Router, Service: f.About.Service, Index: f.About.Index, Term: f.About.Term}
	case f.Judged == 0:
		v.Status = NotJudged
	}
	return v
}
