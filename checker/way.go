package checker

import (
	"slices"

	"gyre/model"
	"gyre/model/raftlog"
	"gyre/sim"
)

// way takes down the steps that led to a mark, newest first, with the outside event they go back to as the last. What
// only passes something on is left out, unless something was done in it. From the apply of an entry the way goes to
// the request for it and not to raft's packets, for a packet may bring several entries; and from a request that a
// worker sent when he was done with another row, to the step that gave it to the workers. A ticker is the system's own
// doing: the way ends there.
func (c *Checker) way(to *chain, m *mark) {
	to.n = 0
	last := c.trail.find(m.step)
	if last == nil {
		return
	}
	about, what, next := m.term, m.deed, m.by
	if what == deedNone {
		what, next = c.doing(last, m.term, about)
	}
	c.trail.take(to, m.step, what, m.term)
	to.links[0].reason = m.code
	if next == 0 {
		next = c.before(last, what, m.term)
	}
	for range wayMax {
		step := c.trail.find(next)
		if step == nil || to.n == chainMax-1 {
			break
		}
		last = step
		if step.input == sim.Deliver && step.term != 0 {
			about = step.term
		}
		what, by := c.doing(step, m.term, about)
		if what != deedNone || !c.relay(step, m.term) && !to.has(step) {
			c.trail.take(to, step.step, what, m.term)
		}
		if c.ticks(step) {
			if at := &to.links[to.n-1]; at.step == step.step {
				at.ticks = true
			}
			return
		}
		if next = by; by == 0 {
			next = c.before(step, what, m.term)
		}
	}
	if last.cause != 0 || last.input == sim.Boot || last.input == sim.Command {
		return // not followed any further, or itself from outside
	}
	if e, ok := c.fates.event(last.root); ok {
		to.links[to.n] = link{footstep: footstep{at: e.at, node: e.node, root: last.root}, deed: deedOutside}
		to.n++
	}
}

// has reports whether a chain has a link of that kind already, in which nothing was done: what tries again and again
// is told once.
func (to *chain) has(m *footstep) bool {
	return slices.ContainsFunc(to.links[:to.n], func(l link) bool {
		return l.deed == deedNone && l.node == m.node && l.input == m.input && l.kind == m.kind && l.timer == m.timer
	})
}

// before returns the step that a step on the way came from.
func (c *Checker) before(m *footstep, what deed, id model.TermID) uint64 {
	if i := c.term(id); i >= 0 && m.foreign(id) {
		turns := &c.terms[i].turns
		switch {
		case what == deedAskedCreate && turns[model.Establishing] < m.step && turns[model.Establishing] != 0:
			return turns[model.Establishing]
		case what == deedAsked && turns[model.Deleting] < m.step && turns[model.Deleting] != 0:
			return turns[model.Deleting]
		}
	}
	return m.cause
}

// ticks reports whether a timer was armed by itself.
func (c *Checker) ticks(m *footstep) bool {
	if m.input != sim.Expire {
		return false
	}
	armed := c.trail.find(m.cause)
	return armed != nil && armed.input == sim.Expire && armed.timer == m.timer && armed.node == m.node
}

// relay reports whether the step can only pass something on, or is about another row: a worker does one after another.
func (c *Checker) relay(m *footstep, id model.TermID) bool {
	switch m.input {
	case sim.Work:
		return true
	case sim.Deliver:
		switch m.kind {
		case model.RaftPacket, model.Forward, model.ForwardReply:
			return true
		case model.CreateRequest, model.RemoveRequest, model.CreateReply, model.RemoveReply:
			return m.term != 0 && m.term != id
		}
	case sim.Expire:
		return c.router(m.node) < 0 && m.timer < raftlog.TimerEnd
	}
	return false
}

// doing says what was done about a row in a step on the way, and which request it answers to if an entry of the row
// that the way is about was applied in it.
func (c *Checker) doing(m *footstep, id, about model.TermID) (what deed, by uint64) {
	if id != 0 && m.input == sim.Deliver && m.kind == model.CreateReply && m.term == id && m.code == model.OK {
		what = deedAnswered
	}
	for i := range m.many {
		a := c.trail.done(m, i)
		if a == nil || a.term == 0 {
			continue
		}
		if a.kind == model.NoteApplied && a.term == about {
			by = c.requestOf(about, a.verb, m.step, 0)
		}
		if a.term != id {
			continue
		}
		switch a.kind {
		case model.CreateRequest:
			what = deedAskedCreate
		case model.RemoveRequest:
			what = deedAsked
		case model.NoteValidation:
			what = deedQueued
		case model.NoteState:
			if d := stateDeed(a.state); what == deedNone || d == deedLeft {
				what = d
			}
		case model.NoteApplied:
			if what = deedDeleted; a.verb == model.CreateTerm {
				what = deedReturned
			}
		}
	}
	return what, by
}

// stateDeed is what a router does when it changes an entry.
func stateDeed(to model.State) deed {
	switch to {
	case model.Establishing:
		return deedHosted
	case model.Established:
		return deedEstablished
	case model.Deleting:
		return deedDoomed
	}
	return deedLeft
}

// requestOf finds the newest request before a step to create or delete a row, at a controller (0: any); 0 if none is
// remembered.
func (c *Checker) requestOf(id model.TermID, verb model.Verb, before uint64, node sim.NodeID) uint64 {
	i := c.term(id)
	if i < 0 {
		return 0
	}
	newest := uint64(0)
	for _, r := range c.terms[i].asked {
		create := r.verb == model.CreateTerm
		if r.step < before && create == (verb == model.CreateTerm) && (node == 0 || r.node == node) {
			newest = max(newest, r.step)
		}
	}
	return newest
}
