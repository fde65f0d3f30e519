package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// batch180 is a delete job of the router's worker pool. It holds a worker from Run to its end.
type batch180 struct {
	serial uint64
	terms  []*term180
	job    model.Msg
	phase  phase180
	slot   Slot
	timer  uint32
	at     sim.Time     // when timer fires
	end    sim.Time     // when the request times out
	sleep  sim.Duration // last sleep without a controller
	ctrl   sim.NodeID
	req    uint64
}

// phase180 is where a delete job is.
type phase180 uint8

const (
	queued180   phase180 = iota // in the pool's queue
	sleeping180                 // no controller
	crowded180                  // no room in the channel's queue
	waiting180                  // for the reply
)

// Sleeps of AnyValidCtrlChannel while no controller is registered (router/env/ctrls.go).
const (
	sleepFirst180 = 10 * sim.Millisecond
	sleepMax180   = 1 * sim.Minute
)

// evaluateDelete walks the delete set, in id order: all of it leaves in batches, and the one bound on the way is
// the pool's queue, which takes thousands of batches.
func (r *ziti180) evaluateDelete() {
	set := r.doomed
	r.doomed = nil
	size := int(r.env.Params().RemoveBatch)
	var list []*term180
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
// is dropped from the set, and only the scan brings it back.
func (r *ziti180) deletable(t *term180) bool {
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
func (r *ziti180) queueDelete(list []*term180) bool {
	r.jobs++
	b := &batch180{serial: r.jobs, terms: list, at: sim.Never, end: sim.Never}
	b.job = model.Msg{Kind: model.Task, Aux: removeJob180, Req: b.serial}
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
func (r *ziti180) doomBack(t *term180) {
	active := t.active
	r.doom(t)
	t.active = active
}

// Run implements Registry: a worker of the pool has the job.
func (r *ziti180) Run(job model.Msg) {
	b := r.batch(func(b *batch180) bool { return b.serial == job.Req })
	sim.Assert(b != nil, "job %d is not ours", job.Req)
	b.slot = r.env.Limiter().Acquire()
	if b.slot == 0 {
		r.failed(b)
		return
	}
	r.choose(b)
}

// choose looks for a controller, and sleeps longer each time there is none.
func (r *ziti180) choose(b *batch180) {
	b.ctrl = r.env.AnyController()
	if b.ctrl != 0 {
		b.end = r.env.Now().Add(r.env.Params().RequestTimeout)
		r.request(b)
		return
	}
	b.phase = sleeping180
	b.sleep = min(max(2*b.sleep, sleepFirst180), sleepMax180)
	r.wait(b, b.sleep)
}

// request sends the delete and waits for the reply.
func (r *ziti180) request(b *batch180) {
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
	left := b.end.Sub(r.env.Now())
	switch r.env.Send(b.ctrl, m) {
	case model.OK:
		b.phase, b.req = waiting180, m.Req
		r.wait(b, left)
	case model.TooBusy:
		b.phase = crowded180
		r.wait(b, min(sendPoll, left))
	default:
		r.env.Limiter().Failed(b.slot)
		r.failed(b)
	}
}

func (r *ziti180) wait(b *batch180, span sim.Duration) {
	b.timer = r.timers.of(b, b.timer)
	b.at = r.env.Now().Add(span)
	r.env.Arm(b.timer, span)
}

// jobExpired takes the timer of a delete job.
func (r *ziti180) jobExpired(timer uint32) {
	b := r.timers.owner(timer)
	b.at = sim.Never
	switch {
	case b.phase == sleeping180:
		r.choose(b)
	case b.phase == crowded180 && r.env.Now() < b.end:
		r.request(b)
	default:
		r.env.Limiter().Failed(b.slot)
		r.failed(b)
	}
}

// RemoveReply implements Registry. A reply that comes after the request timed out is dropped. Success wakes
// nobody; every failure is sent again at once, without delay or limit.
func (r *ziti180) RemoveReply(_ sim.NodeID, m *model.Msg) {
	b := r.batch(func(b *batch180) bool { return b.phase == waiting180 && b.req == m.Req })
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
		r.env.Limiter().Failed(b.slot)
		r.failed(b)
	}
}

// remove takes a terminator out of the registry, if it is still the entry for its id.
func (r *ziti180) remove(t *term180) {
	if i, found := r.find(t.id); found && r.terms[i] == t {
		r.terms = slices.Delete(r.terms, i, i+1)
		r.leave(t, model.WhyRemoved)
	}
}

// failed puts every terminator of a batch back, one event each.
func (r *ziti180) failed(b *batch180) {
	for _, t := range b.terms {
		r.post(requeueRemove180, t, 0)
	}
	if len(r.events) > 0 {
		r.turn()
	}
	r.end(b)
}

func (r *ziti180) end(b *batch180) {
	i := slices.Index(r.batches, b)
	r.batches = slices.Delete(r.batches, i, i+1)
	r.timers.give(b.timer)
	r.env.Done(b.job)
}

func (r *ziti180) batch(is func(b *batch180) bool) *batch180 {
	for _, b := range r.batches {
		if is(b) {
			return b
		}
	}
	return nil
}
