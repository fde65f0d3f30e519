package hosting

import (
	"gyre/model"
	"gyre/sim"
)

// Canon implements sim.Canonical. Times too old to matter are left out: the guard and the retry age are the
// only uses of the last attempt, and the settle window that of the time of hosting.
func (r *ziti210) Canon(c *sim.Canon) {
	now := r.env.Now()
	c.When("minute", tick(r.boot, now, r.env.Params().Scan))
	for _, at := range []sim.Time{r.flushAt, r.settleAt, r.tickAt, r.pollAt, r.pruneAt, r.at} {
		when(c, "", at)
	}
	c.Flag("connected", r.connected)
	c.Flag("storing", r.storing)
	c.Flag("required", r.required)
	c.Flag("running", r.running)
	c.Int("pass", int64(r.phase))
	r.cures210.canon(c, now, r.env.Params())
	c.Int("terms", int64(len(r.terms)))
	for _, t := range r.terms {
		t.canon(c, now, r.env.Params())
	}
	r.canonCures(c)
	c.Int("events", int64(len(r.events)))
	for _, e := range r.events {
		c.Int("", int64(e.kind)|int64(e.why)<<8)
		e.t.canon(c, now, r.env.Params())
	}
	c.Int("doomed", int64(len(r.doomed)))
	for _, t := range r.doomed {
		t.canonGone(c, now, r.env.Params())
	}
	c.Int("batches", int64(len(r.batches)))
	for _, b := range r.batches {
		b.canon(c, now, r.env.Params())
	}
	for _, key := range sortedKeys(r.cache) {
		if r.hosted[key] == nil || r.env.Bug(model.B27) {
			c.Ref("cached", model.ClassTerm, uint64(r.cache[key]))
			c.Ref("", model.ClassService, uint64(key.Service))
			c.Int("", int64(key.Index))
		}
	}
}

func (t *term210) canon(c *sim.Canon, now sim.Time, p *model.Params) {
	c.Ref("", model.ClassTerm, uint64(t.id))
	c.Ref("", model.ClassService, uint64(t.key.Service))
	c.Int("", int64(t.key.Index))
	c.Kind(uint64(t.state), t.state.String())
	c.Flag("closed", t.closed)
	c.Flag("active", t.active)
	c.Flag("flipped", t.flipped)
	c.Flag("doomed", t.doomed)
	c.Flag("gone", t.gone)
	c.Int("place", int64(t.place))
	c.Flag("slot", t.slot != 0)
	if settled := t.created.Add(p.Settle); settled > now {
		c.When("settled", settled)
	}
	if !t.older(now, max(p.RetryAge, p.OperationGuard)) {
		c.When("last", t.last)
	}
}

// canonGone visits a terminator that is visited with the registry unless it has left it.
func (t *term210) canonGone(c *sim.Canon, now sim.Time, p *model.Params) {
	c.Flag("gone", t.gone)
	if t.gone {
		t.canon(c, now, p)
		return
	}
	c.Ref("", model.ClassTerm, uint64(t.id))
}

func (b *batch210) canon(c *sim.Canon, now sim.Time, p *model.Params) {
	c.Int("batch", int64(len(b.terms)))
	for _, t := range b.terms {
		t.canonGone(c, now, p)
	}
	c.Int("phase", int64(b.phase))
	c.Flag("slot", b.slot != 0)
	when(c, "at", b.at)
	when(c, "end", b.end)
	c.Span("sleep", b.sleep)
	c.Node("ctrl", b.ctrl)
	if b.freed {
		c.Int("fails", int64(b.fails))
	}
	c.Same(func(c *sim.Canon) { c.Count("req", b.req, b.req) })
}
