package controller

import (
	"gyre/model"
	"gyre/sim"
)

// Canon implements sim.Node. Ages that no longer make a difference are left out, so that a state which only
// grew older is seen as the same.
func (c *controller) Canon(v *sim.Canon) {
	v.Kind(uint64(c.release), "controller")
	v.Flag("read-only", c.forced)
	v.Flag("leads", c.leads)
	v.Node("follows", c.follows)
	v.Count("conf", c.confIndex, c.confIndex)
	if c.prof.list == byCommand {
		v.Count("commands", c.commands, c.db.applied)
	}
	c.members.Canon(v)
	c.db.canon(v, c)
	if c.db.ideal {
		v.Flag("audit", c.audit.armed)
		v.Int("open", int64(c.audit.open))
	}
	c.canonOps(v)
	c.window.canon(v)
	c.canonMesh(v)
	c.canonRouters(v)
	c.canonLoop(v)
	c.sessions.canon(v)
	c.canonLegacy(v)
	c.log.Canon(v)
}

// since visits a point of time in the past that matters until it is age old.
func (c *controller) since(v *sim.Canon, label string, t sim.Time, age sim.Duration) {
	if c.now.Sub(t) > age {
		v.Int(label, -1)
		return
	}
	v.When(label, t)
}

func (d *db) canon(v *sim.Canon, c *controller) {
	v.Count("applied", d.applied, d.applied)
	for i := range d.byRoute {
		of := &d.byRoute[i]
		v.Int("rows", int64(of.count))
		for k := of.first; k != 0; k = d.rows[k].next {
			r := &d.rows[k]
			v.Ref("", model.ClassTerm, uint64(r.term))
			v.Ref("", model.ClassService, uint64(r.service))
			v.Int("n", int64(r.n))
			v.Node("via", r.source)
			c.since(v, "created", r.createdAt, c.p.ValidateAge)
		}
		for k := range of.policies {
			p := &of.policies[k]
			v.Ref("", model.ClassService, uint64(p.service))
			v.Int("n", int64(p.n))
			v.Flag("allowed", p.allowed)
			v.Count("v", d.version(p), d.version(p))
		}
		v.Count("identity", of.identity.index, of.identity.index)
	}
	d.fences.canon(v)
}

func (c *controller) canonOps(v *sim.Canon) {
	for _, id := range c.stalled(func(*op) bool { return true }) {
		o := c.op(id)
		v.Int("op", int64(o.stage))
		v.Int("for", int64(o.asker.purpose))
		v.Flag("slot", o.slot)
		v.Node("at", o.peer)
		o.entry.Canon(v)
		v.Count("index", o.index, o.index)
		c.since(v, "since", o.since, c.p.RaftSlotAge)
		if o.stage != stageLog {
			v.When("until", o.deadline)
		}
		o.asker.msg.Canon(v)
	}
	v.Int("waiters", int64(len(c.waiters)))
	v.Int("working", c.inbound.working)
	for i := c.inbound.head; i < len(c.inbound.queue); i++ {
		f := &c.inbound.queue[i]
		v.Node("from", f.from)
		f.body.Canon(v)
	}
}

func (l *limiter) canon(v *sim.Canon) {
	v.Int("window", l.window)
	v.Int("taken", l.taken)
	v.Int("successes", l.successes%10)
	v.Int("backoffs", l.backoffs%10)
	v.Int("sampled", int64(l.sampled))
	v.Flag("swept", l.swept)
	if v.Rendering() {
		return
	}
	var bits uint64
	for i := range l.sample {
		bits <<= 1
		if l.sample[(l.next+i)%len(l.sample)] {
			bits |= 1
		}
		if i%64 == 63 {
			v.Int("", int64(bits))
		}
	}
}

func (c *controller) canonMesh(v *sim.Canon) {
	v.When("tick", c.meshTick)
	for i := range c.peers {
		p := &c.peers[i]
		v.Node("peer", p.node)
		v.Flag("connected", p.conn != 0)
		v.Flag("dialing", p.dialing)
		v.Flag("member", p.member)
		v.Flag("mine", p.mine)
		v.Int("version", int64(p.version))
		v.Span("backoff", p.backoff)
		switch {
		case p.conn != 0:
			v.When("heard", p.heard)
		case c.dials(p) && !p.dialing:
			v.When("retry", p.retryAt)
		}
	}
}

func (c *controller) canonRouters(v *sim.Canon) {
	for i := range c.channels {
		ch := &c.channels[i]
		if ch.stray != 0 {
			v.Int("stray", 1)
		}
		m := &c.models[i]
		v.Node("router", ch.router)
		v.Count("model", m.index, m.index)
		v.Int("replay", int64(len(m.changes)))
		v.Flag("connected", ch.conn != 0)
		if ch.conn == 0 {
			continue
		}
		if ch.speaks != 0 {
			v.Int("speaks", int64(ch.speaks))
		}
		c.since(v, "since", ch.since, max(c.p.ChurnLimit, 2*c.p.CloseSilent))
		if c.prof.silent {
			v.When("heard", ch.heard)
		}
		v.Int("late", int64(len(ch.late)))
		for k := range ch.late {
			v.When("at", ch.late[k].at)
			ch.late[k].msg.Canon(v)
		}
		if m.sub.conn != 0 {
			v.Count("held", m.sub.held, m.index)
			c.until(v, "lease", m.sub.until)
		}
	}
}

// until visits a point of time in the future that no longer matters once it is past.
func (c *controller) until(v *sim.Canon, label string, t sim.Time) {
	if t <= c.now {
		v.Int(label, -1)
		return
	}
	v.When(label, t)
}

func (c *controller) canonLoop(v *sim.Canon) {
	l := &c.loop
	v.Flag("awake", l.awake)
	v.Int("letters", int64(len(l.letters)))
	for i := range l.letters {
		n := &l.letters[i]
		v.Int("letter", int64(n.kind))
		v.Node("of", n.router)
		v.Flag("done", n.done)
		c.canonSuspect(v, &n.check)
		for k := range n.rows {
			c.canonSuspect(v, &n.rows[k])
		}
		if n.body != nil {
			n.body.Canon(v)
		}
	}
	for i := range l.rosters {
		r := &l.rosters[i]
		v.Int("suspects", int64(len(r.at)))
		for k := range r.list {
			if r.list[k].term != 0 {
				c.canonSuspect(v, &r.list[k])
				v.Flag("ruled", k < r.ruled)
			}
		}
		v.Flag("as-leader", r.asLeader)
		v.Flag("checking", r.checking)
		if r.checking {
			c.since(v, "sent", r.sentAt, c.p.ValidateGuard)
		}
	}
	v.Flag("deleting", l.deleting)
	if l.deleting {
		c.since(v, "since", l.since, c.p.DeleteGuard)
	}
	for _, term := range l.queued {
		v.Ref("queued", model.ClassTerm, uint64(term))
	}
}

func (c *controller) canonSuspect(v *sim.Canon, s *suspect) {
	v.Ref("", model.ClassTerm, uint64(s.term))
	v.Node("via", s.source)
	c.since(v, "created", s.createdAt, c.p.ValidateAge)
}

func (s *sessions) canon(v *sim.Canon) {
	for _, i := range s.idle {
		v.Node("idle", i.router)
		v.When("", i.at)
	}
	for _, list := range [...][]session{s.api, s.edge} {
		for i := range list {
			v.Node("of", list[i].router)
			v.Ref("", model.ClassService, uint64(list[i].service))
			v.Ref("", model.ClassToken, uint64(list[i].token))
		}
	}
}
