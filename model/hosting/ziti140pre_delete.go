package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// batch140p is a delete job of the router's worker pool. It holds a worker from Run to its end.
type batch140p struct {
	serial uint64
	terms  []*term140p
	job    model.Msg
	phase  phase140p
	slot   Slot
	timer  uint32
	at     sim.Time     // when timer fires
	end    sim.Time     // when the request times out
	sleep  sim.Duration // last sleep without a controller
	ctrl   sim.NodeID
	req    uint64
}

// phase140p is where a delete job is.
type phase140p uint8

const (
	queued140p   phase140p = iota // in the pool's queue
	sleeping140p                  // no controller
	crowded140p                   // no room in the channel's queue
	waiting140p                   // for the reply
)

// Sleeps of AnyValidCtrlChannel while no controller is registered (router/env/ctrls.go).
const (
	sleepFirst140p = 10 * sim.Millisecond
	sleepMax140p   = 1 * sim.Minute
)

// evaluateDelete walks the delete set, in id order: all of it leaves in batches, and the one bound on the way is
// the pool's queue, which takes thousands of batches.
func (r *ziti140p) evaluateDelete() {
	set := r.doomed
	r.doomed = nil
	size := int(r.env.Params().RemoveBatch)
	var list []*term140p
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
func (r *ziti140p) deletable(t *term140p) bool {
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
func (r *ziti140p) queueDelete(list []*term140p) bool {
	r.jobs++
	b := &batch140p{serial: r.jobs, terms: list, at: sim.Never, end: sim.Never}
	b.job = model.Msg{Kind: model.Task, Aux: removeJob140p, Req: b.serial}
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
func (r *ziti140p) doomBack(t *term140p) {
	active := t.active
	r.doom(t)
	t.active = active
}

// Run implements Registry: a worker of the pool has the job.
func (r *ziti140p) Run(job model.Msg) {
	b := r.batch(func(b *batch140p) bool { return b.serial == job.Req })
	sim.Assert(b != nil, "job %d is not ours", job.Req)
	b.slot = r.env.Limiter().Acquire()
	if b.slot == 0 {
		r.failed(b)
		return
	}
	r.choose(b)
}

// choose looks for a controller, and sleeps longer each time there is none.
func (r *ziti140p) choose(b *batch140p) {
	b.ctrl = r.env.AnyController()
	if b.ctrl != 0 {
		b.end = r.env.Now().Add(r.env.Params().RequestTimeout)
		r.request(b)
		return
	}
	b.phase = sleeping140p
	b.sleep = min(max(2*b.sleep, sleepFirst140p), sleepMax140p)
	r.wait(b, b.sleep)
}

// request sends the delete and waits for the reply.
func (r *ziti140p) request(b *batch140p) {
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
		b.phase, b.req = waiting140p, m.Req
		r.wait(b, left)
	case model.TooBusy:
		b.phase = crowded140p
		r.wait(b, min(sendPoll, left))
	default:
		r.env.Limiter().Failed(b.slot)
		r.failed(b)
	}
}

func (r *ziti140p) wait(b *batch140p, span sim.Duration) {
	b.timer = r.timers.of(b, b.timer)
	b.at = r.env.Now().Add(span)
	r.env.Arm(b.timer, span)
}

// jobExpired takes the timer of a delete job.
func (r *ziti140p) jobExpired(timer uint32) {
	b := r.timers.owner(timer)
	b.at = sim.Never
	switch {
	case b.phase == sleeping140p:
		r.choose(b)
	case b.phase == crowded140p && r.env.Now() < b.end:
		r.request(b)
	default:
		r.env.Limiter().Failed(b.slot)
		r.failed(b)
	}
}

// RemoveReply implements Registry. A reply that comes after the request timed out is dropped. Success wakes
// nobody; every failure is sent again at once, without delay or limit.
func (r *ziti140p) RemoveReply(_ sim.NodeID, m *model.Msg) {
	b := r.batch(func(b *batch140p) bool { return b.phase == waiting140p && b.req == m.Req })
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
func (r *ziti140p) remove(t *term140p) {
	if i, found := r.find(t.id); found && r.terms[i] == t {
		r.terms = slices.Delete(r.terms, i, i+1)
		r.leave(t, model.WhyRemoved)
	}
}

// failed puts every terminator of a batch back, one event each.
func (r *ziti140p) failed(b *batch140p) {
	for _, t := range b.terms {
		r.post(requeueRemove140p, t, 0)
	}
	if len(r.events) > 0 {
		r.turn()
	}
	r.end(b)
}

func (r *ziti140p) end(b *batch140p) {
	i := slices.Index(r.batches, b)
	r.batches = slices.Delete(r.batches, i, i+1)
	r.timers.give(b.timer)
	r.env.Done(b.job)
}

func (r *ziti140p) batch(is func(b *batch140p) bool) *batch140p {
	for _, b := range r.batches {
		if is(b) {
			return b
		}
	}
	return nil
}
