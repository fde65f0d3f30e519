package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// CreateReply implements Registry.
func (r *reference) CreateReply(_ sim.NodeID, m *model.Msg) {
	r.note(m)
	if t := r.answered(m, m.Term, model.Establishing); t != nil {
		r.set(t, model.Established, model.WhyCreated)
	}
	r.pump()
}

// RemoveReply implements Registry.
func (r *reference) RemoveReply(_ sim.NodeID, m *model.Msg) {
	r.note(m)
	list, ok := m.Body.(*model.TermList)
	sim.Assert(ok, "a remove reply without a list")
	for _, id := range list.Terms {
		if t := r.answered(m, id, model.Deleting); t != nil {
			r.leave(t, model.WhyRemoved)
		}
	}
	r.pump()
}

// note takes what an answer says of the log, and ends its request.
func (r *reference) note(m *model.Msg) {
	switch m.Code {
	case model.OK:
		r.seen = max(r.seen, m.Aux)
	case model.Stale:
		r.overtake(m.Aux)
	}
	i, found := slices.BinarySearchFunc(r.ops, m.Req, func(o *asking, req uint64) int { return cmp.Compare(o.req, req) })
	if !found {
		return
	}
	switch m.Code {
	case model.OK:
		r.env.Limiter().Success(r.ops[i].slot)
	case model.Busy:
		r.env.Limiter().Backoff(r.ops[i].slot)
	default:
		r.env.Limiter().Failed(r.ops[i].slot)
	}
	r.ops = slices.Delete(r.ops, i, i+1)
}

// overtake makes the next generation larger than one that was seen in the log.
func (r *reference) overtake(gen uint64) {
	if now := r.floor + model.NewGeneration(r.env.Life(), r.gens); gen > now {
		r.floor += gen - now
	}
}

// answered returns the entry for which an answer settles what its state asked for, or nil. With order that is an answer
// to a request about the newest decision, be it late; without, any answer will do that fits the state. A refusal counts
// only as long as nothing was asked since.
func (r *reference) answered(m *model.Msg, id model.TermID, state model.State) *claim {
	i, found := r.find(id)
	if !found {
		return nil
	}
	t := r.terms[i]
	switch {
	case t.fresh || t.state != state || r.order && (t.first == 0 || m.Req < t.first):
		return nil
	case m.Code == model.OK:
		t.req, t.tries, t.at = 0, 0, sim.Never
		return t
	case t.req == m.Req:
		r.failed(t, m)
	}
	return nil
}

// failed takes a refusal. Without reliability nobody does anything: the next audit finds it.
func (r *reference) failed(t *claim, m *model.Msg) {
	t.req = 0
	if m.Code == model.Stale {
		r.overrule(t)
	}
	if r.reliable {
		r.pause(t)
	}
}
