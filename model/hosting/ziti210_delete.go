package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// batch210 is a delete job of the router's worker pool. It holds a worker from Run to its end.
type batch210 struct {
	serial uint64
	terms  []*term210
	job    model.Msg
	phase  phase210
	slot   Slot
	timer  uint32
	at     sim.Time     // when timer fires
	end    sim.Time     // when the request times out
	sleep  sim.Duration // last sleep without a controller
	ctrl   sim.NodeID
	req    uint64
	fails  uint // of its terminators in a row, with a cure of ziti#4156
	freed  bool // its worker is free already, with another
}

// phase210 is where a delete job is.
type phase210 uint8

const (
	queued210   phase210 = iota // in the pool's queue
	sleeping210                 // no controller
	crowded210                  // no room in the channel's queue
	waiting210                  // for the reply
	resting210                  // before the next try, with a cure of ziti#4156
)

// Sleeps of AnyValidCtrlChannel while no controller is registered (router/env/ctrls.go).
const (
	sleepFirst210 = 10 * sim.Millisecond
	sleepMax210   = 1 * sim.Minute
)

// evaluateDelete walks the delete set, in id order: all of it leaves in batches, and the one bound on the way is
// the pool's queue, which takes thousands of batches.
func (r *ziti210) evaluateDelete() {
	set := r.doomed
	r.doomed = nil
	size := int(r.env.Params().RemoveBatch)
	var list []*term210
	for i, t := range set {
		t.doomed = false
		if !r.deletable(t) {
			continue
		}
		list = append(list, t)
		if len(list) < size {
			continue
		}
		if !r.queueDelete(list) {
			for _, rest := range set[i+1:] {
				rest.doomed = false
				r.doomBack(rest)
			}
			return
		}
		list = nil
	}
	if len(list) > 0 {
		r.queueDelete(list)
	}
}

// deletable reports whether a member of the delete set needs a request now. One that has an operation under way
// is dropped from the set, and only the scan brings it back (S20).
func (r *ziti210) deletable(t *term210) bool {
	if t.state != model.Deleting {
		return false
	}
	if current, free := r.current(t); !current && !free {
		return false
	}
	if t.active && !t.older(r.env.Now(), r.env.Params().OperationGuard) {
		return false
	}
	t.active = false
	return true
}

// queueDelete is RemoveTerminatorsRateLimited; false if the pool's queue is full.
func (r *ziti210) queueDelete(list []*term210) bool {
	r.jobs++
	b := &batch210{serial: r.jobs, terms: list, at: sim.Never, end: sim.Never}
	b.job = model.Msg{Kind: model.Task, Aux: removeJob210, Req: b.serial}
	for _, t := range list {
		t.active = true
	}
	if r.env.Queue(b.job) {
		r.batches = append(r.batches, b)
		return true
	}
	for _, t := range list {
		if current, free := r.current(t); current || free {
			r.set(t, model.Deleting, model.WhyClose)
			r.doom(t)
		}
	}
	return false
}

// doomBack returns a member to the delete set as it was.
func (r *ziti210) doomBack(t *term210) {
	active := t.active
	r.doom(t)
	t.active = active
}

// Run implements Registry: a worker of the pool has the job.
func (r *ziti210) Run(job model.Msg) {
	b := r.batch(func(b *batch210) bool { return b.serial == job.Req })
	sim.Assert(b != nil, "job %d is not ours", job.Req)
	b.slot = r.env.Limiter().Acquire()
	if b.slot == 0 {
		r.failed(b)
		return
	}
	r.choose(b)
}

// choose looks for a controller, and sleeps longer each time there is none (S30).
func (r *ziti210) choose(b *batch210) {
	b.ctrl = r.env.AnyController()
	if b.ctrl != 0 {
		b.end = r.env.Now().Add(r.env.Params().RequestTimeout)
		r.request(b)
		return
	}
	b.phase = sleeping210
	b.sleep = min(max(2*b.sleep, sleepFirst210), sleepMax210)
	r.wait(b, b.sleep)
}

// request sends the delete and waits for the reply.
func (r *ziti210) request(b *batch210) {
	m := model.Msg{Kind: model.RemoveRequest, Req: r.env.NextReq(), Router: r.env.Self()}
	if len(b.terms) == 1 {
		m.Term = b.terms[0].id
	} else {
		ids := make([]model.TermID, len(b.terms))
		for i, t := range b.terms {
			ids[i] = t.id
		}
		m.Body = &model.TermList{Terms: ids}
	}
	if r.env.Bug(model.SkipAbsent) && !slices.ContainsFunc(b.terms, func(t *term210) bool { return !t.made }) {
		m.Flags = model.On // all of them were created
	}
	left := b.end.Sub(r.env.Now())
	switch r.env.Send(b.ctrl, m) {
	case model.OK:
		b.phase, b.req = waiting210, m.Req
		r.release(b)
		if b.freed {
			left = r.env.Params().OperationGuard
		}
		r.wait(b, left)
	case model.TooBusy:
		b.phase = crowded210
		r.wait(b, min(sendPoll, left))
	default:
		r.refused(b)
	}
}

func (r *ziti210) wait(b *batch210, span sim.Duration) {
	b.timer = r.timers.of(b, b.timer)
	b.at = r.env.Now().Add(span)
	r.env.Arm(b.timer, span)
}

// jobExpired takes the timer of a delete job.
func (r *ziti210) jobExpired(timer uint32) {
	b := r.timers.owner(timer)
	b.at = sim.Never
	switch {
	case b.phase == resting210:
		r.putBack(b)
	case b.phase == sleeping210:
		r.choose(b)
	case b.phase == crowded210 && r.env.Now() < b.end:
		r.request(b)
	default:
		r.refused(b)
	}
}

// RemoveReply implements Registry. A reply that comes after the request timed out is dropped. Success wakes
// nobody; every failure is sent again at once, without delay or limit (S11).
func (r *ziti210) RemoveReply(_ sim.NodeID, m *model.Msg) {
	b := r.batch(func(b *batch210) bool { return b.phase == waiting210 && b.req == m.Req })
	if b == nil {
		return
	}
	r.env.Disarm(b.timer)
	switch m.Code {
	case model.OK:
		r.env.Limiter().Success(b.slot)
		for _, t := range b.terms {
			t.active = false
			r.remove(t)
		}
		r.end(b)
	case model.Busy:
		r.env.Limiter().Backoff(b.slot)
		r.failed(b)
	default:
		r.refused(b)
	}
}

// refused ends a job that came to nothing for any other reason than that somebody was busy.
func (r *ziti210) refused(b *batch210) {
	r.env.Limiter().Failed(b.slot)
	if r.env.Cured(11) {
		r.leaveToScan(b)
		return
	}
	r.failed(b)
}

// remove takes a terminator out of the registry, if it is still the entry for its id.
func (r *ziti210) remove(t *term210) {
	if i, found := r.find(t.id); found && r.terms[i] == t {
		r.terms = slices.Delete(r.terms, i, i+1)
		r.leave(t, model.WhyRemoved)
	}
}

// failed puts every terminator of a batch back, at once unless a cure of ziti#4156 says when.
func (r *ziti210) failed(b *batch210) {
	if r.env.Bug(model.Backoff) {
		r.rest(b)
		return
	}
	r.putBack(b)
}

// putBack puts every terminator of a batch back, one event each.
func (r *ziti210) putBack(b *batch210) {
	for _, t := range b.terms {
		r.post(requeueRemove210, t, 0)
	}
	if len(r.events) > 0 {
		r.turn()
	}
	r.end(b)
}

func (r *ziti210) end(b *batch210) {
	i := slices.Index(r.batches, b)
	r.batches = slices.Delete(r.batches, i, i+1)
	r.timers.give(b.timer)
	if !b.freed {
		r.env.Done(b.job)
	}
}

func (r *ziti210) batch(is func(b *batch210) bool) *batch210 {
	for _, b := range r.batches {
		if is(b) {
			return b
		}
	}
	return nil
}
