package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// runner100 is the goroutine that re-establishes after a reconnect (ReestablishmentRunner).
type runner100 struct {
	notified bool       // notifyReconnect, a channel of one, is full
	busy     bool       // a round is in progress
	at       sim.Time   // when it goes on; Never: it waits for notice
	list     []*term100 // what it has still to look at
	next     *fiber100  // made, and waiting for room in the pool's queue
}

// CtrlEvent implements Registry (NotifyOfReconnect of both factories): any channel that comes up, of any
// controller, is asked about every session, and voids what is known of every terminator.
func (r *ziti100) CtrlEvent(ev Event, ctrl sim.NodeID) {
	if ev == Added || ev == Reconnected {
		r.validateSessions(ctrl)
		r.handleReconnect()
	}
}

func (r *ziti100) handleReconnect() {
	for _, t := range r.terms {
		t.created = false
		r.show(t, model.WhyReconnect)
	}
	r.notified = true
	r.round()
}

// round starts a round of the runner: the terminators of now, looked at after a wait in which controllers may
// validate them.
func (r *ziti100) round() {
	if r.busy || !r.notified {
		return
	}
	r.notified = false
	r.busy = true
	r.list = slices.Clone(r.terms)
	r.runnerWait(r.env.Params().ReestablishDelay)
}

func (r *ziti100) runnerWait(span sim.Duration) {
	r.at = r.env.Now().Add(span)
	r.env.Arm(runnerTimer100, span)
}

// runnerExpired queues what is neither created nor closed.
func (r *ziti100) runnerExpired() {
	r.at = sim.Never
	if r.next == nil {
		r.list = slices.DeleteFunc(r.list, func(t *term100) bool { return t.created || t.closed })
		r.shuffle()
	}
	for r.next != nil || len(r.list) > 0 {
		if r.next == nil {
			t := r.list[0]
			r.list = r.list[1:]
			if t.created || t.closed {
				continue
			}
			r.next = r.fiber(establish100, t)
			if r.unlimited(r.next) {
				r.next = nil
				continue
			}
			r.pool(r.next)
		}
		if !r.env.Queue(r.next.job) {
			r.runnerWait(sendPoll)
			return
		}
		r.next = nil
	}
	r.busy = false
	r.round()
}

// shuffle draws the order of the round. OpenZiti takes its list from a map, in any order; that matters only when
// there are more than the pool has workers, and otherwise the order is that of ids.
func (r *ziti100) shuffle() {
	if int64(len(r.list)) <= r.env.Params().PoolWorkers {
		return
	}
	for i := len(r.list) - 1; i > 0; i-- {
		j := r.env.Draw().Below(uint64(i) + 1)
		r.list[i], r.list[j] = r.list[j], r.list[i]
	}
}

// Valid implements Registry: a terminator in the map, closed or not, is valid, and created.
func (r *ziti100) Valid(id model.TermID) bool {
	t := r.find(id)
	if t == nil {
		return false
	}
	t.created = true
	r.show(t, model.WhyValidated)
	return true
}

// sweepLater arms the sweep for its next tick. OpenZiti's ticks every minute, also with nothing to do.
func (r *ziti100) sweepLater() {
	if r.sweepAt == sim.Never {
		now := r.env.Now()
		r.sweepAt = tick(r.boot, now, r.env.Params().StaleSweep)
		r.env.Arm(sweepTimer100, r.sweepAt.Sub(now))
	}
}

// sweep is removeStaleConnections: closed terminators leave the map, whatever became of their removal.
func (r *ziti100) sweep() {
	r.sweepAt = sim.Never
	r.terms = slices.DeleteFunc(r.terms, func(t *term100) bool {
		if t.closed {
			t.gone = true
			r.show(t, model.WhyClose)
		}
		return t.closed
	})
}

// Canon implements sim.Canonical.
func (r *ziti100) Canon(c *sim.Canon) {
	c.When("minute", tick(r.boot, r.env.Now(), r.env.Params().StaleSweep))
	for _, at := range []sim.Time{r.callAt, r.at, r.sweepAt} {
		when(c, "", at)
	}
	c.Int("calls", int64(len(r.calls)))
	for _, call := range r.calls {
		c.Flag("close", call.close)
		c.Ref("", model.ClassService, uint64(call.key.Service))
		c.Int("", int64(call.key.Index))
	}
	c.Int("terms", int64(len(r.terms)))
	for _, t := range r.terms {
		t.canon(c)
		c.Flag("held", r.hosted[t.key] == t)
	}
	c.Int("fibers", int64(len(r.fibers)))
	for _, f := range r.fibers {
		f.canon(c)
		c.Flag("calls", f == r.caller)
		c.Flag("next", f == r.next)
	}
	r.sessions100.canon(c, r.env.Now(), r.env.Params())
	c.Flag("notified", r.notified)
	c.Flag("busy", r.busy)
	c.Int("list", int64(len(r.list)))
	for _, t := range r.list {
		c.Ref("", model.ClassTerm, uint64(t.id))
	}
}

func (t *term100) canon(c *sim.Canon) {
	c.Ref("", model.ClassTerm, uint64(t.id))
	c.Ref("", model.ClassService, uint64(t.key.Service))
	c.Int("", int64(t.key.Index))
	c.Kind(uint64(t.shown), t.shown.String())
	c.Flag("created", t.created)
	c.Flag("closed", t.closed)
	c.Int("release", int64(t.release.kind))
	c.Ref("", model.ClassToken, uint64(t.release.token))
	c.Flag("signal", t.signal)
	c.Flag("gone", t.gone)
	c.Int("removing", int64(t.removing))
}

func (f *fiber100) canon(c *sim.Canon) {
	f.t.canon(c)
	c.Int("what", int64(f.what))
	c.Int("stage", int64(f.stage))
	c.Flag("pool", f.job.Kind != 0)
	c.Int("turn", int64(slices.Index(f.t.waiting, f)))
	when(c, "at", f.at)
	if f.stage == sending100 {
		when(c, "end", f.end)
		c.Node("ctrl", f.ctrl)
	}
	if f.what == establish100 && f.stage != ready100 {
		when(c, "start", f.start)
		c.Span("interval", f.interval)
	}
	c.Same(func(c *sim.Canon) { c.Count("req", f.req, f.req) })
}
