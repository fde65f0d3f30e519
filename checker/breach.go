package checker

import (
	"fmt"

	"gyre/model"
	"gyre/sim"
)

// breach is an event that should not have been: by itself it proves that a property is violated. The first one is
// kept and the others are counted.
type breach struct {
	found  bool
	count  uint64
	judged uint64 // events that might have been one
	at     sim.Time
	node   sim.NodeID
	key    int32
	term   model.TermID
	chain  chain
}

// note counts a breach and reports whether it is the first.
func (b *breach) note(s sim.Stamp) bool {
	b.count++
	if b.found {
		return false
	}
	b.found, b.at = true, s.At
	return true
}

// breached is the verdict on a breach, without its text.
func (c *Checker) breached(b *breach, rung Rung) Verdict {
	v := Verdict{Status: Violated, Rung: rung, At: b.at, Chain: c.links(&b.chain), count: b.count}
	if b.key >= 0 {
		v.Subject = c.subject(b.key, b.term)
	}
	return v
}

// others says how often else.
func (b *breach) others() string {
	if b.count == 1 {
		return ""
	}
	return fmt.Sprintf("; it happened %s in all", times(b.count))
}

// judgeDelete looks at the delete of a row, before it is done: was it for this requester to ask, and was the row
// indeed of no use?
func (c *Checker) judgeDelete(s sim.Stamp, e *model.Entry, t *term) {
	k := &c.keys[t.key]
	owner := c.routers[k.router].node
	switch e.Origin {
	case model.ByRouter:
		if e.Router == 0 {
			return // whose request it was is not known
		}
		c.foreign.judged++
		if e.Router != owner && c.foreign.note(s) {
			b := &c.foreign
			b.node, b.key, b.term = e.Router, t.key, t.id
			c.trail.chain(&b.chain, s, t.decided, t.deed, t, rowDeleted)
		}
	case model.ByValidation:
		c.rash.judged++
		if k.want == wanted && c.hosts(t) && c.rash.note(s) {
			b := &c.rash
			b.node, b.key, b.term = e.Source, t.key, t.id
			c.trail.chain(&b.chain, s, t.decided, t.deed, t, rowDeleted)
		}
	}
}

// gaveUp notes that a router abandoned a terminator for good. As long as its service is bound to the router, whether
// or not the other policies allow it yet, it should go on trying.
func (c *Checker) gaveUp(s sim.Stamp, m *model.Msg) {
	r := c.router(s.Node)
	if r < 0 {
		return
	}
	i := c.key(r, m.Service, m.N)
	k := &c.keys[i]
	k.gaveUp = true
	c.said(s, deedGaveUp, m)
	if k.want == unwanted || !c.despair.note(s) {
		return
	}
	b := &c.despair
	b.node, b.key, b.term = s.Node, i, m.Term
	c.trail.back(&b.chain, s.Step, deedGaveUp, m.Term)
}

// deleteVerdicts judges valid-delete, own-delete and never-gives-up.
func (c *Checker) breachVerdicts(verdicts []Verdict) {
	verdicts[validDelete] = c.breachVerdict(&c.rash, "no delete after a validation was applied",
		"deletes after a validation, all of rows that nobody hosted or wanted", func(b *breach) string {
			return fmt.Sprintf("%s deleted %s after a validation, although %s hosted and wanted it when the delete was applied",
				c.node(b.node), c.id(b.term), c.node(c.routers[c.keys[b.key].router].node))
		})
	verdicts[ownDelete] = c.breachVerdict(&c.foreign, "no delete was applied that a router had asked for",
		"deletes that a router had asked for, all of its own rows", func(b *breach) string {
			return fmt.Sprintf("%s had asked for the delete of %s, a row of %s", c.node(b.node), c.id(b.term),
				c.node(c.routers[c.keys[b.key].router].node))
		})
	verdicts[neverGivesUp] = c.breachVerdict(&c.despair, "no router ever tried to establish a terminator",
		"times a router set out to establish a terminator, and none was abandoned", func(b *breach) string {
			return fmt.Sprintf("%s gave up %s, which it should still host, and nothing is left that would try again",
				c.node(b.node), c.id(b.term))
		})
}

func (c *Checker) breachVerdict(b *breach, none, all string, how func(b *breach) string) Verdict {
	switch {
	case b.found:
		v := c.breached(b, Witness)
		v.Text = fmt.Sprintf("%s: at %s %s%s", c.name(b.key), point(b.at), how(b), b.others())
		return v
	case b.judged == 0:
		return Verdict{Status: NotJudged, Text: none}
	}
	return Verdict{Status: Holds, Text: fmt.Sprintf("%d %s", b.judged, all)}
}
