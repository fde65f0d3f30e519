package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// post hands an event to the run loop. The channel is a rendezvous: a goroutine that posts many waits for each
// to be taken, so the loop sees them one or two at a time and walks its sets in between (recorded: 120 closes in
// a row make about 60 delete requests, not 3). Two is what is recorded most; so the second event starts a turn.
func (r *ziti140p) post(kind kind140p, t *term140p, why model.Code) {
	r.events = append(r.events, event140p{kind, why, t})
	if len(r.events) == 2 {
		r.turn()
	}
}

// hold lets a single posted event wait for the next call at the same instant, which may post another.
func (r *ziti140p) hold() {
	if len(r.events) > 0 && r.flushAt == sim.Never {
		r.flushAt = r.env.Now()
		r.env.Arm(flushTimer140p, 0)
	}
}

// turn is one turn of the run loop.
func (r *ziti140p) turn() {
	sim.Assert(!r.turning, "the run loop was entered from within")
	r.turning = true
	for _, e := range r.events {
		r.handle(e)
	}
	r.events = r.events[:0]
	if r.flushAt != sim.Never {
		r.flushAt = sim.Never
		r.env.Disarm(flushTimer140p)
	}
	if !r.env.Limiter().Full() {
		r.evaluateEstablish()
	}
	if !r.env.Limiter().Full() {
		r.evaluateDelete()
	}
	r.turning = false
	r.arm()
}

func (r *ziti140p) handle(e event140p) {
	t := e.t
	switch e.kind {
	case queueEstablish140p:
		r.queueEstablish(t)
	case queueRemove140p:
		if current, free := r.current(t); current || free {
			r.set(t, model.Deleting, e.why)
			r.doom(t)
		}
	case requeueRemove140p:
		r.requeueRemove(t)
	case markEstablished140p:
		r.env.Limiter().Success(t.takeSlot())
		if t.state == model.Establishing {
			r.set(t, model.Established, e.why)
		}
		t.active = false
	}
}

func (r *ziti140p) queueEstablish(t *term140p) {
	if t.state != model.Establishing || t.gone {
		return
	}
	t.active = false
	if t.due {
		return
	}
	t.due = true
	i, _ := find140p(r.due, t.id)
	r.due = slices.Insert(r.due, i, t)
}

func (r *ziti140p) requeueRemove(t *term140p) {
	if current, free := r.current(t); free || current && t.state == model.Deleting {
		r.doom(t)
	}
}

// doom puts a terminator into the delete set.
func (r *ziti140p) doom(t *term140p) {
	t.active = false
	if t.doomed {
		return
	}
	t.doomed = true
	i, _ := find140p(r.doomed, t.id)
	r.doomed = slices.Insert(r.doomed, i, t)
}

// unqueue takes a terminator out of the establish set.
func (r *ziti140p) unqueue(t *term140p) {
	if t.due {
		i, found := find140p(r.due, t.id)
		sim.Assert(found && r.due[i] == t, "terminator %d is not where it says", t.id)
		r.due = slices.Delete(r.due, i, i+1)
		t.due = false
	}
}

// sift drops from the establish set what is not Establishing any more.
func (r *ziti140p) sift() {
	for _, t := range r.left {
		if t.state != model.Establishing {
			r.unqueue(t)
		}
	}
	r.left = r.left[:0]
}

// evaluateEstablish walks the establish set. OpenZiti walks a Go map, in any order. The order matters only if
// the walk ends before the set does, for want of slots or of room in the channel; so it takes id order, without
// a draw, when there are no more than a channel queues and a slot for each.
//
// An attempt that finds no controller, or no room, ends the walk and arms nothing: the rest waits for whatever
// wakes the loop next, at worst the minute tick.
func (r *ziti140p) evaluateEstablish() {
	r.sift()
	r.order = append(r.order[:0], r.due...)
	shuffle := !r.takeSlots()
	for i := range r.order {
		if n := len(r.order) - i; shuffle && n > 1 {
			j := i + int(r.env.Draw().Below(uint64(n)))
			r.order[i], r.order[j] = r.order[j], r.order[i]
		}
		slot := r.nextSlot()
		if slot == 0 {
			return
		}
		if !r.establish(r.order[i], slot) {
			r.env.Limiter().Failed(slot)
			r.returnSlots()
			return
		}
	}
}

// takeSlots takes a slot for each of the walk, if they are few; false if they are many, or the slots fewer.
// Taking them at once rather than one by one changes nothing else: all is done within one step.
func (r *ziti140p) takeSlots() bool {
	r.slots, r.spent = r.slots[:0], 0
	if int64(len(r.order)) > r.env.Params().SendQueue {
		return false
	}
	for range r.order {
		slot := r.env.Limiter().Acquire()
		if slot == 0 {
			return false
		}
		r.slots = append(r.slots, slot)
	}
	return true
}

func (r *ziti140p) nextSlot() Slot {
	if r.spent == len(r.slots) {
		return r.env.Limiter().Acquire()
	}
	r.spent++
	return r.slots[r.spent-1]
}

func (r *ziti140p) returnSlots() {
	for _, slot := range r.slots[r.spent:] {
		r.env.Limiter().Failed(slot)
	}
}

// establish attempts one create; false ends the walk.
func (r *ziti140p) establish(t *term140p, slot Slot) bool {
	now := r.env.Now()
	if t.active && !t.older(now, r.env.Params().OperationGuard) {
		r.env.Limiter().Failed(slot)
		return true
	}
	r.unqueue(t)
	t.active, t.tried, t.last = true, true, now
	t.slot = slot // an earlier slot, still open, is left to the limiter's sweep
	ctrl := r.env.ModelController()
	if ctrl != 0 && r.env.Send(ctrl, model.Msg{
		Kind: model.CreateRequest, Req: r.env.NextReq(), Term: t.id, Service: t.key.Service, N: t.key.Index,
		Router: r.env.Self(),
	}) == model.OK {
		return true
	}
	r.queueEstablish(t)
	return false
}

// scanForRetries puts back what was last attempted too long ago. The time of a delete is not kept, so a deleting
// entry that was created long ago comes back at every scan, even with its delete under way.
func (r *ziti140p) scanForRetries() {
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

// arm arms the tickers that can find something to do. OpenZiti's tick for ever, at the same instants: every
// minute, and every 10 ms from the start of the process of which the loop looks only while the limiter is full.
func (r *ziti140p) arm() {
	now := r.env.Now()
	queued := len(r.due) + len(r.doomed)
	if r.tickAt == sim.Never && r.open+queued > 0 {
		r.tickAt = tick(r.boot, now, r.env.Params().Scan)
		r.env.Arm(tickTimer140p, r.tickAt.Sub(now))
	}
	if r.pollAt == sim.Never && queued > 0 && r.env.Limiter().Full() {
		r.pollAt = tick(r.boot, now, r.env.Params().LimiterPoll)
		r.env.Arm(pollTimer140p, r.pollAt.Sub(now))
	}
}
