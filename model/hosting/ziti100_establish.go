package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// establishWithRetry holds its goroutine until the terminator is created, closed or given up.
func (r *ziti100) establishWithRetry(f *fiber100) {
	if f.t.closed {
		r.end(f)
		return
	}
	f.start = r.env.Now()
	f.interval = r.env.Params().RetryFirst
	r.attempt(f)
}

// attempt is one attempt. Whether the terminator was closed meanwhile is looked at only after it failed, so a
// closed one is asked for once more (B09).
func (r *ziti100) attempt(f *fiber100) {
	if f.t.created {
		r.end(f)
		return
	}
	f.ctrl = r.env.AnyController()
	if f.ctrl == 0 {
		r.failed(f)
		return
	}
	f.end = r.env.Now().Add(r.env.Params().RequestTimeout)
	r.sendCreate(f)
}

// sendCreate sends the request, once there is room in the channel's queue.
func (r *ziti100) sendCreate(f *fiber100) {
	t := f.t
	switch r.env.Send(f.ctrl, model.Msg{
		Kind: model.CreateRequest, Req: r.env.NextReq(), Term: t.id, Service: t.key.Service, N: t.key.Index,
		Router: r.env.Self(), Token: model.Token(r.bound[t.key.Service]),
	}) {
	case model.OK:
		r.waitForCreated(f)
	case model.TooBusy:
		r.wait(f, sending100, min(sendPoll, f.end.Sub(r.env.Now())))
	default:
		r.failed(f)
	}
}

// waitForCreated waits for the created signal. One left over from a time when nobody waited ends it at once.
func (r *ziti100) waitForCreated(f *fiber100) {
	t := f.t
	if t.created {
		r.end(f)
		return
	}
	if t.signal {
		t.signal = false
		r.failed(f)
		return
	}
	t.waiting = append(t.waiting, f)
	r.wait(f, awaiting100, r.env.Params().CreatedWait)
}

// notifyCreated signals one receiver, or leaves the signal for the next.
func (r *ziti100) notifyCreated(t *term100) {
	if len(t.waiting) == 0 {
		t.signal = true
		return
	}
	f := t.waiting[0]
	r.disarm(f)
	r.awaited(f)
}

// awaited ends the wait for the created signal: it came, or the time is up. Only the flag counts.
func (r *ziti100) awaited(f *fiber100) {
	t := f.t
	i := slices.Index(t.waiting, f)
	t.waiting = slices.Delete(t.waiting, i, i+1)
	if t.created {
		r.end(f)
		return
	}
	r.failed(f)
}

// failed backs off: exponentially, with jitter, until the time in all would be too long. Then the terminator is
// given up for good, and only a reconnect of some controller starts over (B08).
func (r *ziti100) failed(f *fiber100) {
	if f.t.closed {
		r.end(f)
		return
	}
	p := r.env.Params()
	span := r.jittered(f.interval)
	f.interval = min(f.interval*3/2, p.RetryMax)
	if r.env.Now().Sub(f.start)+span > p.RetryTotal {
		r.env.Note(model.Msg{
			Kind: model.NoteGaveUp, Term: f.t.id, Service: f.t.key.Service, N: f.t.key.Index,
		})
		r.end(f)
		return
	}
	r.wait(f, backingOff100, span)
}

// jittered draws a span around the given one.
func (r *ziti100) jittered(span sim.Duration) sim.Duration {
	delta := span * sim.Duration(r.env.Params().RetryJitter) / 100
	return r.env.Draw().Between(span-delta, span+delta)
}

// unlimited is B14: creates do not wait for the pool.
func (r *ziti100) unlimited(f *fiber100) bool {
	if !r.env.Bug(model.B14) {
		return false
	}
	r.goes(f)
	return true
}
