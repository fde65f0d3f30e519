package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// sdkBatch210 is a delete job of the router's worker pool. It holds a worker from Run to its end.
type sdkBatch210 struct {
	serial uint64
	terms  []*bound210
	job    model.Msg
	phase  phase210
	slot   Slot
	timer  uint32
	at     sim.Time     // when timer fires
	end    sim.Time     // when the request times out
	sleep  sim.Duration // last sleep without a controller
	ctrl   sim.NodeID
	req    uint64
}

// evaluateDelete walks the delete set, in id order: all of it leaves in batches.
func (r *sdk210) evaluateDelete() {
	set := r.doomed
	r.doomed = nil
	size := int(r.env.Params().RemoveBatch)
	var list []*bound210
	for i, t := range set {
		if !r.deletable(t) {
			continue
		}
		list = append(list, t)
		if len(list) < size {
			continue
		}
		if !r.queueDelete(list) {
			for _, rest := range set[i+1:] {
				r.doomed = setMember(r.doomed, rest)
			}
			return
		}
		list = nil
	}
	if len(list) > 0 {
		r.queueDelete(list)
	}
}

func (r *sdk210) deletable(t *bound210) bool {
	if now := r.current(t.id); t.state != model.Deleting || now != nil && now != t {
		return false
	}
	if t.active && !t.older(r.env.Now(), r.env.Params().OperationGuard) {
		return false
	}
	t.active = false
	return true
}

// queueDelete is RemoveTerminatorsRateLimited; false if the limiter or the pool's queue is full.
func (r *sdk210) queueDelete(list []*bound210) bool {
	if !r.env.Limiter().Full() {
		r.jobs++
		b := &sdkBatch210{serial: r.jobs, terms: list, at: sim.Never, end: sim.Never}
		b.job = model.Msg{Kind: model.Task, Aux: removeJob210, Req: b.serial}
		for _, t := range list {
			t.active = true
		}
		if r.env.Queue(b.job) {
			r.batches = append(r.batches, b)
			r.again(list)
			return true
		}
	}
	for _, t := range list {
		if now := r.current(t.id); now == nil || now == t {
			r.set(t, model.Deleting, model.WhyClose)
			r.doom(t)
		}
	}
	return false
}

// Run implements SDK: a worker of the pool has the job.
func (r *sdk210) Run(job model.Msg) {
	b := r.batch(func(b *sdkBatch210) bool { return b.serial == job.Req })
	sim.Assert(b != nil, "job %d is not ours", job.Req)
	b.slot = r.env.Limiter().Acquire()
	if b.slot == 0 {
		r.failed(b)
		return
	}
	r.choose(b)
}

// choose looks for a controller, and sleeps longer each time there is none.
func (r *sdk210) choose(b *sdkBatch210) {
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
func (r *sdk210) request(b *sdkBatch210) {
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
		b.phase, b.req = waiting210, m.Req
		r.wait(b, left)
	case model.TooBusy:
		b.phase = crowded210
		r.wait(b, min(sendPoll, left))
	default:
		r.env.Limiter().Failed(b.slot)
		r.failed(b)
	}
}

func (r *sdk210) wait(b *sdkBatch210, span sim.Duration) {
	b.timer = r.timers.of(b, b.timer)
	b.at = r.env.Now().Add(span)
	r.env.Arm(b.timer, span)
}

// jobExpired takes the timer of a delete job.
func (r *sdk210) jobExpired(timer uint32) {
	b := r.timers.owner(timer)
	b.at = sim.Never
	switch {
	case b.phase == sleeping210:
		r.choose(b)
	case b.phase == crowded210 && r.env.Now() < b.end:
		r.request(b)
	default:
		r.env.Limiter().Failed(b.slot)
		r.failed(b)
	}
}

// RemoveReply implements SDK. Every failure is sent again at once.
func (r *sdk210) RemoveReply(m *model.Msg) bool {
	b := r.batch(func(b *sdkBatch210) bool { return b.phase == waiting210 && b.req == m.Req })
	if b == nil {
		return false
	}
	r.env.Disarm(b.timer)
	switch m.Code {
	case model.OK:
		r.env.Limiter().Success(b.slot)
		r.removed(b)
	case model.Busy:
		r.env.Limiter().Backoff(b.slot)
		r.failed(b)
	default:
		r.env.Limiter().Failed(b.slot)
		r.failed(b)
	}
	return true
}

// removed ends a batch that succeeded. Where the id has a new entry by now, that one has just lost its row.
func (r *sdk210) removed(b *sdkBatch210) {
	for _, t := range b.terms {
		t.active = false
		if r.remove(t, model.WhyRemoved) || r.env.Bug(model.B31) {
			continue
		}
		if now := r.current(t.id); now != nil {
			if now.state == model.Established {
				r.set(now, model.Establishing, model.WhyRace)
			}
			r.post(sdkEstablish210, now, 0)
		}
	}
	if len(r.events) > 0 {
		r.turn()
	}
	r.end(b)
}

// failed puts every terminator of a batch back.
func (r *sdk210) failed(b *sdkBatch210) {
	for _, t := range b.terms {
		r.post(sdkRequeue210, t, 0)
	}
	r.turn()
	r.end(b)
}

func (r *sdk210) end(b *sdkBatch210) {
	i := slices.Index(r.batches, b)
	r.batches = slices.Delete(r.batches, i, i+1)
	r.timers.give(b.timer)
	r.env.Done(b.job)
}

func (r *sdk210) batch(is func(b *sdkBatch210) bool) *sdkBatch210 {
	for _, b := range r.batches {
		if is(b) {
			return b
		}
	}
	return nil
}
