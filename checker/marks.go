package checker

import (
	"gyre/model"
	"gyre/sim"
)

// Where marks are set.

// rose marks a row that was created.
func (c *Checker) rose(s sim.Stamp, e *model.Entry, i int32) {
	m := marked(s, deedReturned, e.Term, model.None)
	if m.by = c.requestOf(e.Term, e.Verb, s.Step, e.Source); m.by == 0 {
		m.by = c.requestOf(e.Term, e.Verb, s.Step, 0)
	}
	c.markTerm(i, rowCame, m)
}

// fell marks the key of a row that was deleted.
func (c *Checker) fell(s sim.Stamp, e *model.Entry, t *term) {
	m := marked(s, deedDeleted, t.id, model.None)
	switch e.Origin {
	case model.ByRouter:
		if m.by = c.requestOf(t.id, e.Verb, s.Step, e.Source); m.by == 0 {
			m.by = c.requestOf(t.id, e.Verb, s.Step, 0)
		}
	case model.ByOperator:
		m.deed, m.by = deedOperated, c.fates.order(e)
	case model.ByValidation:
		m.deed = deedJudged
		if q := &t.queued; q.step != 0 {
			m.by = q.step
		}
	}
	c.markKey(t.key, keyFell, m)
}

// ruled marks a key of which policy changed what is wanted.
func (c *Checker) ruled(s sim.Stamp, e *model.Entry, i int32) {
	what := deedWanted
	if c.keys[i].want != wanted {
		what = deedUnwanted
	}
	m := marked(s, what, 0, model.None)
	m.by = c.fates.order(e)
	c.markKey(i, keyFell, m)
}

// turned marks an entry that changed.
func (c *Checker) turned(s sim.Stamp, i int32) {
	t := &c.terms[i]
	t.turns[t.state] = s.Step
	m := marked(s, stateDeed(t.state), t.id, model.None)
	c.markTerm(i, entryMade, m)
	c.markKey(t.mine, keySaid, m)
}

// said marks a request or an answer about a row.
func (c *Checker) said(s sim.Stamp, what deed, m *model.Msg) {
	key, r := int32(-1), c.router(s.Node)
	if r < 0 && m.Router != 0 {
		r = c.router(m.Router)
	}
	if m.Service != 0 && r >= 0 {
		key = c.known(r, m.Service, m.N)
	}
	if list, ok := m.Body.(*model.TermList); ok && m.Term == 0 {
		for _, id := range list.Terms {
			c.saidOf(s, what, m.Code, id, key)
		}
		return
	}
	c.saidOf(s, what, m.Code, m.Term, key)
}

// known returns the position of a key, or -1.
func (c *Checker) known(r int32, service model.ServiceID, index uint16) int32 {
	if i, ok := c.byKey[uint64(r)<<32|uint64(service)<<16|uint64(index)]; ok {
		return i
	}
	return -1
}

func (c *Checker) saidOf(s sim.Stamp, what deed, code model.Code, id model.TermID, key int32) {
	mark := marked(s, what, id, code)
	if i := c.term(id); i >= 0 {
		c.markTerm(i, rowSaid, mark)
		if key < 0 {
			key = c.terms[i].mine
		}
	}
	c.markKey(key, keySaid, mark)
}

// heard marks an answer that reached a router.
func (c *Checker) heard(s sim.Stamp, m *model.Msg) {
	what := deedRefused
	switch {
	case m.Kind == model.CreateReply && m.Code == model.OK:
		what = deedAnswered
	case m.Kind == model.RemoveReply && (m.Code == model.OK || m.Code == model.NotFound):
		what = deedGone
	}
	c.said(s, what, m)
}

// arrived remembers a request that reached a controller.
func (c *Checker) arrived(s sim.Stamp, m *model.Msg) {
	verb := model.CreateTerm
	if m.Kind == model.RemoveRequest {
		verb = model.DeleteTerm
		if list, ok := m.Body.(*model.TermList); ok && m.Term == 0 {
			for _, id := range list.Terms {
				c.arrivedOf(s, verb, id)
			}
			return
		}
	}
	c.arrivedOf(s, verb, m.Term)
}

// arrivedOf keeps the newest request of each verb, or the two newest if they are of one.
func (c *Checker) arrivedOf(s sim.Stamp, verb model.Verb, id model.TermID) {
	i := c.term(id)
	if i < 0 {
		return
	}
	of := &c.terms[i].asked
	if of[0].verb == verb || of[1].verb != verb {
		of[1] = of[0]
	}
	of[0] = asked{s.Step, s.Node, verb}
}

// mourn marks the entries of a router whose process ends.
func (c *Checker) mourn(node sim.NodeID, m mark) {
	r := c.router(node)
	if r < 0 {
		return
	}
	for i := range c.terms {
		t := &c.terms[i]
		if t.entry && t.host == r {
			m.term = t.id
			c.markTerm(int32(i), entryMade, m)
			c.markKey(t.mine, keySaid, m)
		}
	}
}

// queued is a delete that a controller owes after a validation.
type queued struct {
	step uint64
	at   sim.Time
	node sim.NodeID
}

// queue takes a controller's note that it queued a delete.
func (c *Checker) queue(s sim.Stamp, m *model.Msg) {
	c.saidOf(s, deedQueued, model.None, m.Term, -1)
	if i := c.term(m.Term); i >= 0 && c.terms[i].row && c.terms[i].queued.step == 0 {
		c.terms[i].queued = queued{s.Step, s.At, s.Node}
	}
}
