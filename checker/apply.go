package checker

import (
	"gyre/model"
	"gyre/sim"
)

// Rows and the decisions to undo them.

// applied takes a controller's note. The first controller to apply an index makes it so; the others repeat it,
// and their apply of a create is one more step that a reaction may descend from.
func (c *Checker) applied(s sim.Stamp, m *model.Msg) {
	e, ok := m.Body.(*model.Entry)
	if !ok {
		return
	}
	c.applies(s, m, e)
	if m.Index > c.index {
		c.index = m.Index
		c.entry(s, e, m.Code)
		c.members.log[m.Index%logSize].sum = c.sum
		return
	}
	if e.Verb != model.CreateTerm {
		return
	}
	if i := c.term(e.Term); i >= 0 && c.terms[i].row && c.terms[i].index == m.Index {
		c.terms[i].came(s.Step)
	}
}

// entry takes the next entry of the log.
func (c *Checker) entry(s sim.Stamp, e *model.Entry, code model.Code) {
	if code == model.AccessDenied {
		c.noops++ // refused when it was applied
		return
	}
	switch e.Verb {
	case model.CreateTerm:
		c.created(s, e, code)
	case model.DeleteTerm:
		c.deleted(s, e, e.Term)
	case model.DeleteTerms:
		for n, id := range e.Terms {
			if i := c.term(id); i < 0 || !e.Spares(n, c.terms[i].gen) {
				c.deleted(s, e, id)
			}
		}
	case model.Bind:
		c.policy(s, e, func(p *policy) { p.count = max(e.N, 1) })
	case model.Unbind:
		c.policy(s, e, func(p *policy) { p.count = 0 })
	case model.Allow:
		c.policy(s, e, func(p *policy) { p.allowed = true })
	case model.Deny:
		c.policy(s, e, func(p *policy) { p.allowed = false })
	}
}

// policy changes what is wanted. It takes effect some time after the command that asked for it, so that is an
// outside event too.
func (c *Checker) policy(s sim.Stamp, e *model.Entry, change func(*policy)) {
	c.rewanted = c.rewanted[:0]
	r := c.router(e.Router)
	if r >= 0 && c.setPolicy(r, e.Service, change) || r < 0 && c.hostPolicy(e.Router, e.Service, change) {
		c.outside(s.At)
	}
	for _, i := range c.rewanted {
		c.ruled(s, e, i)
	}
}

// created applies a create.
func (c *Checker) created(s sim.Stamp, e *model.Entry, code model.Code) {
	r := c.router(e.Router)
	if r < 0 {
		return
	}
	i := c.term(e.Term)
	if code != model.OK || i >= 0 && c.terms[i].row {
		if c.noops++; code == model.OK {
			c.terms[i].gen = e.Gen // an upsert
		}
		return
	}
	if i < 0 {
		i = c.newTerm(e.Term)
	}
	at := c.key(r, e.Service, e.N)
	t, k := &c.terms[i], &c.keys[at]
	t.row, t.key, t.index, t.back, t.born, t.outsides = true, at, c.index, s.At, s.Step, c.outsides
	t.gen = e.Gen
	t.known, t.answer = 0, 0
	t.decided, t.deed, t.descent, t.queued = 0, deedNone, descent{}, queued{}
	t.came(s.Step)
	c.rose(s, e, i)
	c.sum += rowSum(t.id, e.Service, e.Router, e.N)
	right := !k.wrong
	k.rows++
	if c.hosts(t) {
		k.hosted++
	}
	k.newest, k.gaveUp = t.id, false
	k.creates++
	c.creates++
	c.fix(at)
	if k.spin != nil {
		k.spin.returned(s.At)
	}
	if right && k.wrong {
		c.departed(s, rowAppeared, t)
	}
	c.lasso.act(s.At, uint64(at)<<1)
	if c.settled && at == c.top && c.topCycles >= 2 {
		c.lasso.ask(at)
	}
}

// deleted applies the delete of one row.
func (c *Checker) deleted(s sim.Stamp, e *model.Entry, id model.TermID) {
	i := c.term(id)
	if i < 0 || !c.terms[i].row {
		c.noops++
		return
	}
	if e.Origin == model.ByOperator {
		c.outside(s.At) // it takes effect some time after the command, as a policy does
	}
	t := &c.terms[i]
	c.judgeDelete(s, e, t)
	k := &c.keys[t.key]
	right, hosted := !k.wrong, c.hosts(t)
	k.rows--
	if hosted {
		k.hosted--
	}
	k.deletes++
	c.deletes++
	c.fell(s, e, t)
	c.sum -= rowSum(t.id, k.service, c.routers[k.router].node, k.index)
	c.fix(t.key)
	if right && k.wrong {
		c.departed(s, rowDeleted, t)
	}
	if k.want == wanted {
		c.undone(s, k, t)
	}
	c.lasso.act(s.At, uint64(t.key)<<1|1)
	t.row, t.gone = false, s.At
	c.forget(i)
}

// state takes a note on a router's registry.
func (c *Checker) state(s sim.Stamp, m *model.Msg) {
	if m.Code == model.WhyHost || m.Code == model.WhyClose {
		c.requests.rethought(m.Term)
	}
	node := m.Router
	if node == 0 {
		node = s.Node
	}
	host := c.router(node)
	if host < 0 {
		return
	}
	i := c.term(m.Term)
	if i < 0 {
		if m.State == model.Absent {
			return
		}
		i = c.newTerm(m.Term)
	}
	t := &c.terms[i]
	if t.entry && t.host != host && (m.State == model.Absent || !t.row || c.keys[t.key].router != host) {
		return // another router's entry with the same id stays, unless the row is not that one's but this one's
	}
	if t.row && t.live && m.State != model.Establishing && m.State != model.Established {
		c.decideTerm(s, t, deedLeft)
	}
	if m.State == model.Establishing && t.state != model.Establishing {
		c.despair.judged++
	}
	t.state, t.since, t.changed = m.State, s.At, s.Step
	if m.Service != 0 {
		t.mine = c.key(host, m.Service, m.N)
	}
	if c.setEntry(i, host, m.State) {
		c.departed(s, entryLeft, t)
	}
	c.turned(s, i)
	c.forget(i)
}

// came remembers a step as one in which the row came, or came to be known.
func (t *term) came(step uint64) {
	if t.known < returnsMax {
		t.returns[t.known] = step
		t.known++
	}
}

// answered takes the delivery of a create reply: the first one since the row was created is its return to the
// router.
func (c *Checker) answered(s sim.Stamp, m *model.Msg) {
	if i := c.term(m.Term); i >= 0 && c.terms[i].row && c.terms[i].answer == 0 {
		c.terms[i].answer = s.Step
	}
}

// requested takes a router's remove request.
func (c *Checker) requested(s sim.Stamp, m *model.Msg) {
	if list, ok := m.Body.(*model.TermList); ok {
		for _, id := range list.Terms {
			c.decide(s, id, deedAsked)
		}
		return
	}
	c.decide(s, m.Term, deedAsked)
}

// decide takes the resolution to undo a row. The first since the row was created counts.
func (c *Checker) decide(s sim.Stamp, id model.TermID, what deed) {
	if i := c.term(id); i >= 0 && c.terms[i].row {
		c.decideTerm(s, &c.terms[i], what)
	}
}

func (c *Checker) decideTerm(s sim.Stamp, t *term, what deed) {
	if t.decided != 0 {
		return
	}
	t.decided, t.deed = s.Step, what
	if t.outsides == c.outsides || c.keys[t.key].spin != nil {
		t.descent = c.trail.descends(s.Step, t)
	}
}
