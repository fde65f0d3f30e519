package linear

import (
	"fmt"

	"gyre/model"
	"gyre/sim"
)

// Finish ends the run and returns what it says about linearizability and about the session guarantees. From due on,
// every write of the operator must have come true; sim.Never if there is no such time. It may be called again when
// the run was played on; a recording ends with the first call.
func (j *Judge) Finish(due sim.Time) (linearizable, sessions Finding) {
	settled, kept := j.settled, j.hosting.relaxed
	defer func() { j.settled, j.hosting.relaxed = settled, kept }()
	for i := range j.routers {
		for _, slot := range j.routers[i].open {
			j.unsettled(j.routers[i].node, &j.keys.ops[slot])
		}
	}
	j.record = nil
	h := &j.hosting
	h.finish(j, due)
	l := Finding{
		Judged: j.settled.judged + h.reads, Registry: j.fault.count, Hosting: h.relaxed.count, Stale: h.stale + h.early,
	}
	l.Count = l.Registry + l.Hosting
	first := j.first()
	l.At, l.About, l.Step, l.Turn = first.at, first.about, first.step, first.turn
	l.Text = j.text(&l, first)
	o := &j.session.offences
	s := Finding{Judged: j.session.reads, Count: o.count, At: o.at, About: o.about, Step: o.step, Turn: o.turn}
	switch {
	case s.Count > 0:
		s.Text = o.text + more(s.Count-1, o.last, "read")
	case s.Judged == 0:
		s.Text = "no router was told anything"
	default:
		s.Text = fmt.Sprintf("%d reads, none older than what the router knew", s.Judged)
	}
	return l, s
}

// text sums up both registers.
func (j *Judge) text(l *Finding, first *offence) string {
	h := &j.hosting
	if l.Judged == 0 {
		return "no router and no client was answered"
	}
	if l.Count > 0 {
		return first.text + more(l.Count-1, first.last, "answer") + j.strictText()
	}
	text := fmt.Sprintf("%d answers about terminators", j.settled.judged)
	if h.reads > 0 {
		text += fmt.Sprintf(" and %d lookups", h.reads)
	}
	text += " fit the order of the log"
	if n := j.settled.lost; n > 0 {
		text += fmt.Sprintf("; of %d operations with an unknown outcome %d are in it", n, j.settled.took)
	}
	return text + j.strictText()
}

// strictText says what the strict reading adds.
func (j *Judge) strictText() string {
	h := &j.hosting
	text := ""
	if h.tooOld > 0 {
		text += fmt.Sprintf("; %d lookups came from an index too old to judge", h.tooOld)
	}
	if h.strict.count > 0 {
		text += fmt.Sprintf("; strictly, %d lookups were late or off, the first: %s", h.stale+h.early, h.strict.text)
	}
	return text
}

func more(n uint64, last sim.Time, what string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("; one more such %s, at %s", what, point(last))
	default:
		return fmt.Sprintf("; %d more such %ss until %s", n, what, point(last))
	}
}

func (j *Judge) node(id sim.NodeID) string { return j.names.Name(sim.Nodes, uint64(id)) }

func (j *Judge) id(id model.TermID) string { return j.names.Name(model.ClassTerm, uint64(id)) }

func (j *Judge) service(id model.ServiceID) string {
	return j.names.Name(model.ClassService, uint64(id))
}

// point renders a moment, as the trace does.
func point(t sim.Time) string { return t.Clock() }
