package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// post hands an event to the run loop. The channel is a rendezvous: a goroutine that posts many waits for each
// to be taken, so the loop sees them one or two at a time and walks its sets in between (recorded: 120 closes in
// a row make about 60 delete requests, not 3). Two is what is recorded most; so the second event starts a turn.
func (r *ziti210) post(kind kind210, t *term210, why model.Code) {
	r.events = append(r.events, event210{kind, why, t})
	if len(r.events) == 2 {
		r.turn()
	}
}

// hold lets a single posted event wait for the next call at the same instant, which may post another.
func (r *ziti210) hold() {
	if len(r.events) > 0 && r.flushAt == sim.Never {
		r.flushAt = r.env.Now()
		r.env.Arm(flushTimer210, 0)
	}
}

// turn is one turn of the run loop.
func (r *ziti210) turn() {
	sim.Assert(!r.turning, "the run loop was entered from within")
	r.turning = true
	for _, e := range r.events {
		r.handle(e)
	}
	r.events = r.events[:0]
	if r.flushAt != sim.Never {
		r.flushAt = sim.Never
		r.env.Disarm(flushTimer210)
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

func (r *ziti210) handle(e event210) {
	t := e.t
	switch e.kind {
	case queueEstablish210:
		r.queueEstablish(t)
	case queueRemove210:
		if current, free := r.current(t); current || free {
			r.set(t, model.Deleting, e.why)
			r.doom(t)
		}
	case requeueRemove210:
		r.requeueRemove(t)
	case markEstablished210:
		r.env.Limiter().Success(t.takeSlot())
		if t.state == model.Establishing {
			r.set(t, model.Established, e.why)
		}
		t.active = false
	}
}

func (r *ziti210) queueEstablish(t *term210) {
	if t.state != model.Establishing || t.gone {
		return
	}
	t.active = false
	if t.place != nowhere210 {
		return
	}
	if r.unripe(t) {
		t.place = settling210
		r.settling++
		return
	}
	t.place = due210
	i, _ := find210(r.due, t.id)
	r.due = slices.Insert(r.due, i, t)
}

func (r *ziti210) requeueRemove(t *term210) {
	if current, free := r.current(t); free || current && t.state == model.Deleting {
		r.doom(t)
	}
}

// doom puts a terminator into the delete set.
func (r *ziti210) doom(t *term210) {
	t.active = false
	if t.doomed {
		return
	}
	t.doomed = true
	i, _ := find210(r.doomed, t.id)
	r.doomed = slices.Insert(r.doomed, i, t)
}

// unqueue takes a terminator out of the establish set.
func (r *ziti210) unqueue(t *term210) {
	switch t.place {
	case settling210:
		r.settling--
	case due210:
		i, found := find210(r.due, t.id)
		sim.Assert(found && r.due[i] == t, "terminator %d is not where it says", t.id)
		r.due = slices.Delete(r.due, i, i+1)
	}
	t.place = nowhere210
}

// unripe reports whether a terminator is inside its settle window. As its time is that of hosting, it is in
// fresh as long as this holds.
func (r *ziti210) unripe(t *term210) bool {
	return !r.env.Bug(model.B40) && t.created.Add(r.env.Params().Settle) > r.env.Now()
}

// sift drops from the establish set what is not Establishing any more, and moves to due what has settled.
func (r *ziti210) sift() {
	for _, t := range r.left {
		if t.state != model.Establishing {
			r.unqueue(t)
		}
	}
	r.left = r.left[:0]
	for len(r.fresh) > 0 && !r.unripe(r.fresh[0]) {
		t := r.fresh[0]
		r.fresh = r.fresh[1:]
		if t.place == settling210 {
			r.unqueue(t)
			r.queueEstablish(t)
		}
	}
}

// evaluateEstablish walks the establish set. OpenZiti walks a Go map, in any order. The order matters only if
// the walk ends before the set does, for want of slots or of room in the channel; so it takes id order, without
// a draw, when there are no more than a channel queues and a slot for each.
//
// An attempt that finds no controller, or no room, ends the walk and arms nothing: the rest waits for whatever
// wakes the loop next, at worst the minute tick (S14).
func (r *ziti210) evaluateEstablish() {
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
			r.settleLater(i + 1)
			return
		}
		if !r.establish(r.order[i], slot) {
			r.env.Limiter().Failed(slot)
			r.returnSlots()
			r.settleLater(i + 1)
			if r.env.Cured(14) && r.settleAt == sim.Never {
				r.settleAt = r.env.Now().Add(r.env.Params().SettleCheck)
				r.env.Arm(settleTimer210, r.env.Params().SettleCheck)
			}
			return
		}
	}
	r.settleLater(0)
}

// takeSlots takes a slot for each of the walk, if they are few; false if they are many, or the slots fewer.
// Taking them at once rather than one by one changes nothing else: all is done within one step.
func (r *ziti210) takeSlots() bool {
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

func (r *ziti210) nextSlot() Slot {
	if r.spent == len(r.slots) {
		return r.env.Limiter().Acquire()
	}
	r.spent++
	return r.slots[r.spent-1]
}

func (r *ziti210) returnSlots() {
	for _, slot := range r.slots[r.spent:] {
		r.env.Limiter().Failed(slot)
	}
}

// establish attempts one create; false ends the walk.
func (r *ziti210) establish(t *term210, slot Slot) bool {
	now := r.env.Now()
	if t.active && !t.older(now, r.env.Params().OperationGuard) {
		r.env.Limiter().Failed(slot)
		return true
	}
	r.unqueue(t)
	t.active, t.tried, t.last = true, true, now
	t.slot = slot // an earlier slot, still open, is left to the limiter's sweep (S27)
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

// settleLater arms the settle timer if the walk passed a terminator inside its settle window. A walk that ended
// at the last-th due one (0: it did not end early) may have passed one before, by the luck of the order.
func (r *ziti210) settleLater(last int) {
	if r.settling == 0 || r.settleAt != sim.Never {
		return
	}
	passed := last == 0
	for i := 0; i < last && !passed; i++ {
		rest := len(r.order) - i + r.settling
		passed = r.env.Draw().Chance(uint64(r.settling), uint64(rest))
	}
	if passed {
		r.settleAt = r.env.Now().Add(r.env.Params().SettleCheck)
		r.env.Arm(settleTimer210, r.env.Params().SettleCheck)
	}
}

// scanForRetries puts back what was last attempted too long ago. The time of a delete is not kept, so a deleting
// entry that was created long ago comes back at every scan, even with its delete under way (S20).
func (r *ziti210) scanForRetries() {
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
func (r *ziti210) arm() {
	now := r.env.Now()
	queued := len(r.due) + r.settling + len(r.doomed)
	if r.tickAt == sim.Never && r.open+queued > 0 {
		r.tickAt = tick(r.boot, now, r.env.Params().Scan)
		r.env.Arm(tickTimer210, r.tickAt.Sub(now))
	}
	if r.pollAt == sim.Never && queued > 0 && r.env.Limiter().Full() {
		r.pollAt = tick(r.boot, now, r.env.Params().LimiterPoll)
		r.env.Arm(pollTimer210, r.pollAt.Sub(now))
	}
}
