package checker

import (
	"gyre/model"
	"gyre/sim"
)

// quarrelMax is how many steps of one turn of a spin are kept.
const quarrelMax = 96

// quarrel is one turn of a spin: from the decision to undo the row back to the decision before it, step by step.
// It is taken once per key, when the key is first seen to spin.
type quarrel struct {
	links  [quarrelMax]footstep // newest first
	n      int
	acts   [quarrelMax]act // in the order of links, and within a step in the order of acts
	many   int
	closed bool // the walk came by the decision before
	term   model.TermID
	row    model.TermID // that the turn began with: another, if each turn has an id of its own
	early  bool         // its router had given it up before it was created
	index  uint64       // log index that created the row
	owner  sim.NodeID
	deed   deed
	loose  bool
}

// quarrel takes down the turn that ended with the decision on t; before is the decision before it, on row.
func (c *Checker) quarrel(t *term, before uint64, row model.TermID) *quarrel {
	if t.decided == 0 {
		return nil
	}
	q := &quarrel{
		term: t.id, index: t.index, owner: c.routers[c.keys[t.key].router].node, deed: t.deed, loose: t.descent.loose,
		row: row, early: t.turns[model.Deleting] != 0 && t.turns[model.Deleting] < t.born,
	}
	about := t.id
	for step, walked := t.decided, 0; step != 0 && q.n < quarrelMax && walked < walkMax; walked++ {
		m := c.trail.find(step)
		if m == nil {
			break
		}
		if step < before && (!q.closed || q.n > 0 && m.node != q.links[q.n-1].node) {
			break // beyond the decision before, only what it was based on
		}
		q.closed = q.closed || step == before
		if m.input == sim.Deliver && m.term != 0 {
			about = m.term
		}
		asked := uint64(0)
		acts := q.many
		for i := range m.many {
			a := c.trail.done(m, i)
			if a == nil || q.many == quarrelMax {
				continue
			}
			if a.term == t.id || a.term == row || a.term == 0 {
				q.acts[q.many] = *a
				q.many++
			}
			if a.kind == model.NoteApplied && a.term == about {
				asked = c.trail.request(step, max(before, 1), a.verb, about)
			}
		}
		if q.many > acts || step == before || q.n == 0 || !c.relay(m, t.id) || !c.relay(m, row) {
			q.links[q.n] = *m
			q.links[q.n].acts, q.links[q.n].many = uint64(acts), uint8(q.many-acts)
			q.n++
		}
		if q.closed && step < before && m.input == sim.Deliver {
			break
		}
		step = m.cause
		if asked != 0 {
			step = asked
		}
	}
	return q
}

// request finds the newest delivery of a request to create or delete the row, before the step that applied it and not
// before oldest. Raft ships entries in batches: the packets that brought the step about may belong to another row.
func (t *trail) request(step, oldest uint64, verb model.Verb, id model.TermID) uint64 {
	kind := model.RemoveRequest
	if verb == model.CreateTerm {
		kind = model.CreateRequest
	}
	for step--; step >= oldest; step-- {
		m := t.find(step)
		if m == nil {
			return 0
		}
		if m.input == sim.Deliver && m.kind == kind && m.term == id {
			return step
		}
	}
	return 0
}

// did remembers what a node does about terminators.
func (c *Checker) did(s sim.Stamp, m *model.Msg) {
	a := act{step: s.Step, kind: m.Kind, term: m.Term, state: m.State, code: m.Code, index: m.Index}
	switch m.Kind {
	case model.CreateRequest, model.RemoveRequest, model.CreateReply, model.RemoveReply:
		if list, ok := m.Body.(*model.TermList); ok && m.Term == 0 && len(list.Terms) == 1 {
			a.term = list.Terms[0]
		}
	case model.ValidateRequest, model.ValidateReply, model.SessionRemoved, model.ValidateSessions:
	case model.NoteState, model.NoteSession, model.NoteValidation:
	case model.NoteApplied:
		e, ok := m.Body.(*model.Entry)
		if !ok || e.Verb > model.DeleteTerm {
			return
		}
		if a.verb, a.term = e.Verb, e.Term; a.term == 0 && len(e.Terms) == 1 {
			a.term = e.Terms[0]
		}
	default:
		return
	}
	c.trail.act(a)
}
