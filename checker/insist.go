package checker

import (
	"fmt"

	"gyre/model"
	"gyre/sim"
)

// insist follows a request that is refused and made again at once: nothing was waited for but the answer. Trying every
// controller that way is fine, and so is any pace that a router would keep which gets no answer at all. Who is told no,
// and asks more often than that for longer than it would have waited for one answer, is in a tight loop without
// backoff. An answer that says busy is not counted: it asks for a prompt retry, and the limiter is the brake.
//
// A request that follows a change of what is wanted is a new one, however soon it comes.
//
// This is judged at all times: what comes from outside may be why a request is refused, but not why it is repeated.
type insist struct {
	loops map[plea]*refusal
	worst breach
	what  plea
	from  sim.Time // of the worst loop, as its other fields
	to    sim.Time
	times uint64
}

// plea is a kind of request about a terminator. Its id names the router.
type plea struct {
	term model.TermID
	kind int
}

// refusal is a request that was refused.
type refusal struct {
	from    sim.Time // first refusal of those in a row
	refused sim.Time // the newest, if it is not answered yet by another request
	waits   bool     // for that request
	times   uint64   // it was repeated at once, in a row
}

// eachTerm visits the ids of a request or a reply.
func eachTerm(m *model.Msg, visit func(id model.TermID)) {
	if list, ok := m.Body.(*model.TermList); ok {
		for _, id := range list.Terms {
			visit(id)
		}
		return
	}
	visit(m.Term)
}

// refused takes the delivery of a reply of a kind of request.
func (c *Checker) refused(s sim.Stamp, m *model.Msg, kind int) {
	p := &c.requests.insist
	eachTerm(m, func(id model.TermID) {
		a := plea{id, kind}
		l := p.loops[a]
		switch {
		case m.Code != model.Failed:
			delete(p.loops, a)
		case l == nil:
			p.loops[a] = &refusal{from: s.At, refused: s.At, waits: true}
		default:
			l.refused, l.waits = s.At, true
		}
	})
}

// insists takes a request. One that comes later than a message could have been under way has waited.
func (c *Checker) insists(s sim.Stamp, m *model.Msg, kind int) {
	p := &c.requests.insist
	eachTerm(m, func(id model.TermID) {
		a := plea{id, kind}
		l := p.loops[a]
		if l == nil {
			return
		}
		if !l.waits || s.At.Sub(l.refused) >= c.requests.fastest {
			delete(p.loops, a)
			return
		}
		l.waits = false
		l.times++
		if span := s.At.Sub(l.from); span < c.cfg.Params.RequestTimeout || l.times <= c.patience(span) {
			return
		}
		if p.worst.note(s) {
			c.trail.back(&p.worst.chain, s.Step, deedNone, id)
			if p.worst.key = -1; c.term(id) >= 0 {
				p.worst.key = c.terms[c.term(id)].mine
			}
			p.worst.node, p.worst.term = s.Node, id
		}
		if l.times > p.times {
			p.what, p.from, p.to, p.times = a, l.from, s.At, l.times
		}
	})
}

// rethought ends the loops about a terminator that its router has just been told to host, or not to.
func (r *requests) rethought(id model.TermID) {
	for _, kind := range [...]int{asksCreate, asksRemove} {
		delete(r.insist.loops, plea{id, kind})
	}
}

// patience returns how often a request may be repeated at once in a span.
func (c *Checker) patience(span sim.Duration) uint64 {
	return c.askable() + uint64(span/max(1, c.cfg.Params.RequestTimeout))
}

// askable returns how many controllers a router may ask.
func (c *Checker) askable() uint64 { return uint64(len(c.cfg.Controllers) + len(c.cfg.Spares)) }

// insistVerdict is that on a request that was repeated in a tight loop.
func (c *Checker) insistVerdict() Verdict {
	p := &c.requests.insist
	v := c.breached(&p.worst, Witness)
	length := p.to.Sub(p.from)
	v.Text = fmt.Sprintf("%s sent the %s request for %s again and again, each time at once when it was refused, %d times "+
		"from %s for %s; with %s to ask and a request-timeout of %s, after which it would repeat what is not "+
		"answered, it should be %d at most", c.node(p.what.term.Router()), askWords[p.what.kind], c.id(p.what.term),
		p.times, point(p.from), span(length), count(c.askable(), "controller"), span(c.cfg.Params.RequestTimeout),
		c.patience(length))
	return v
}
