package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// post hands an event to the run loop, which takes it when turn is called.
func (r *sdk210) post(kind sdkKind210, t *bound210, why model.Code) {
	r.events = append(r.events, sdkEvent210{kind, why, t})
}

// turn is one turn of the run loop.
func (r *sdk210) turn() {
	sim.Assert(!r.turning, "the run loop of the SDKs was entered from within")
	r.turning = true
	for len(r.events) > 0 {
		e := r.events[0]
		r.events = r.events[1:]
		r.handle(e)
	}
	if !r.env.Limiter().Full() {
		r.evaluateEstablish()
	}
	if !r.env.Limiter().Full() {
		r.evaluateDelete()
	}
	r.evaluateCloses()
	r.evaluateProbes()
	r.turning = false
	r.arm()
}

func (r *sdk210) handle(e sdkEvent210) {
	t := e.t
	switch e.kind {
	case sdkEstablish210:
		r.queueEstablish(t)
	case sdkRemove210:
		r.queueRemove(t, e.why)
	case sdkRequeue210:
		r.requeueRemove(t)
	case sdkProbe210:
		if r.current(t.id) == t {
			r.probe(t)
		}
	case sdkEstablished210:
		r.env.Limiter().Success(t.takeSlot())
		if t.state == model.Establishing {
			r.set(t, model.Established, e.why)
			if t.Inspect && r.env.Now().Sub(t.created) > slowBind210 && !r.env.Bug(model.B31) {
				r.probe(t)
			}
		}
		t.active, t.answered = false, r.env.Bug(model.B10)
	}
}

func (r *sdk210) queueEstablish(t *bound210) {
	if t.state == model.Establishing {
		t.active = false
		r.due = setMember(r.due, t)
	}
}

func (r *sdk210) queueRemove(t *bound210, why model.Code) {
	if now := r.current(t.id); now == nil || now == t {
		r.doomAs(r.split(t), why)
	}
}

// doomAs puts t into the delete set, whatever the registry has (queueRemoveTerminatorUnchecked).
func (r *sdk210) doomAs(t *bound210, why model.Code) {
	r.set(t, model.Deleting, why)
	r.doom(t)
}

func (r *sdk210) requeueRemove(t *bound210) {
	if now := r.current(t.id); now == nil || now == t && t.state == model.Deleting {
		r.doom(t)
	}
}

func (r *sdk210) doom(t *bound210) {
	t.active = false
	r.doomed = setMember(r.doomed, t)
}

// evaluateEstablish walks the establish set. OpenZiti walks a Go map, in any order. That matters only if the walk
// ends before the set does, for want of slots or of room in the channel; so it takes id order, without a draw, when
// there are no more than a channel queues.
func (r *sdk210) evaluateEstablish() {
	order := slices.Clone(r.due)
	shuffle := int64(len(order)) > r.env.Params().SendQueue
	for i := range order {
		if n := len(order) - i; shuffle && n > 1 {
			j := i + int(r.env.Draw().Below(uint64(n)))
			order[i], order[j] = order[j], order[i]
		}
		if !r.establish(order[i]) {
			return
		}
	}
}

// establish takes one of the establish set; false ends the walk.
func (r *sdk210) establish(t *bound210) bool {
	if !r.env.Open(t.Conn) {
		switch {
		case t.blank: // B16: it is nobody's
		case r.env.Bug(model.B31):
			r.remove(t, model.WhyChannel)
		default:
			r.doomAs(t, model.WhyChannel)
		}
		r.dequeue(t)
		return true
	}
	if t.state != model.Establishing {
		r.dequeue(t)
		return true
	}
	slot := r.env.Limiter().Acquire()
	if slot == 0 {
		return false
	}
	now := r.env.Now()
	if t.active && !t.older(now, r.env.Params().OperationGuard) {
		r.env.Limiter().Failed(slot)
		return true
	}
	r.dequeue(t)
	t.active, t.tried, t.last = true, true, now
	t.slot = slot // an earlier slot, still open, is left to the limiter's sweep
	if ctrl := r.controller(t); ctrl != 0 && r.env.Send(ctrl, model.Msg{
		Kind: model.CreateRequest, Req: r.env.NextReq(), Term: r.idOf(t), Service: t.Service, N: t.Index,
		Router: r.env.Self(), Peer: t.Host, Token: t.Session,
	}) == model.OK {
		r.letGo(t)
		return true
	}
	r.queueEstablish(t)
	r.env.Limiter().Failed(slot)
	return false
}

// controller chooses whom to ask for a create (SelectModelUpdateCtrlCh): the one that issued a session which only it
// knows, else as for any change of the model.
func (r *sdk210) controller(t *bound210) sim.NodeID {
	if issuer := t.Session.Issuer(); issuer != t.Host && issuer != 0 && !r.env.Bug(model.B22) {
		return issuer
	}
	return r.env.ModelController()
}

func (r *sdk210) dequeue(t *bound210) {
	if i, found := findBound(r.due, t.id); found && r.due[i] == t {
		r.due = slices.Delete(r.due, i, i+1)
	}
}

// scanForRetries puts back what was last attempted too long ago.
func (r *sdk210) scanForRetries() {
	for _, t := range r.terms {
		if !t.older(r.env.Now(), r.env.Params().RetryAge) {
			continue
		}
		switch t.state {
		case model.Establishing:
			r.queueEstablish(t)
		case model.Deleting:
			r.requeueRemove(t)
		}
	}
}

// arm arms the tickers that can find something to do.
func (r *sdk210) arm() {
	now := r.env.Now()
	queued := len(r.due) + len(r.doomed)
	open := queued + len(r.closes) + len(r.probes)
	for _, t := range r.terms {
		if open > 0 {
			break
		}
		open += unsettled210(t.state)
	}
	if r.tickAt == sim.Never && open > 0 {
		r.tickAt = tick(r.boot, now, r.env.Params().Scan)
		r.env.Arm(sdkTick210, r.tickAt.Sub(now))
	}
	if r.pollAt == sim.Never && queued+len(r.probes) > 0 && r.env.Limiter().Full() {
		r.pollAt = tick(r.boot, now, r.env.Params().LimiterPoll)
		r.env.Arm(sdkPoll210, r.pollAt.Sub(now))
	}
}
