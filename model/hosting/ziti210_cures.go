package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// Small cures for suspects of ziti-2.1.0, ours and not OpenZiti's. Each is off unless the algorithm is without the
// suspect, and each is as small as it could be made, so that what it takes is plain.

// auditEvery210 lies between two passes over what is established (S03).
const auditEvery210 = 15 * sim.Minute

// cures210 is what the cures keep.
type cures210 struct {
	auditAt sim.Time   // S03: the next pass; Never: not armed
	closing []*term210 // S31: closed, and not yet to be removed, in the order they were closed
	closeAt sim.Time   // when the first of them is
}

func newCures210() cures210 {
	return cures210{auditAt: sim.Never, closeAt: sim.Never}
}

func (c *cures210) canon(v *sim.Canon, now sim.Time, p *model.Params) {
	for _, at := range []sim.Time{c.auditAt, c.closeAt} {
		when(v, "", at)
	}
	v.Int("closing", int64(len(c.closing)))
	for _, t := range c.closing {
		t.canonGone(v, now, p)
		v.When("", t.closedAt)
	}
}

// leaveToScan leaves what could not be removed to the scan, as creates are that were refused (S11).
func (r *ziti210) leaveToScan(b *batch210) {
	for _, t := range b.terms {
		t.active, t.tried, t.last = false, true, r.env.Now()
	}
	r.end(b)
	r.arm()
}

// armAudit starts the clock of the next audit (S03): what is established is sent again now and then, as after the loss
// of the leader. The leader answers from its own database, so where nothing is missing the log grows by nothing.
func (r *ziti210) armAudit() {
	if r.auditAt == sim.Never && r.env.Cured(3) {
		r.auditAt = r.env.Now().Add(auditEvery210)
		r.env.Arm(auditTimer210, auditEvery210)
	}
}

func (r *ziti210) audit() {
	r.auditAt = sim.Never
	r.tryReestablish()
	r.armAudit()
}

// lost puts back what was on its way when a channel was lost (S15): nobody will answer.
func (r *ziti210) lost() {
	for _, t := range r.terms {
		if t.state == model.Establishing && t.active {
			r.env.Limiter().Backoff(t.takeSlot())
			r.post(queueEstablish210, t, 0)
		}
	}
	r.hold()
}

// closeLater lets a terminator that is closed stay for the settle time (S31): an edit closes and hosts in one breath.
func (r *ziti210) closeLater(t *term210) {
	t.closedAt = r.env.Now()
	r.closing = append(r.closing, t)
	r.armClose()
}

func (r *ziti210) armClose() {
	if r.closeAt == sim.Never && len(r.closing) > 0 {
		r.closeAt = r.closing[0].closedAt.Add(r.env.Params().Settle)
		r.env.Arm(closeTimer210, r.closeAt.Sub(r.env.Now()))
	}
}

// closeOver removes what nobody has hosted again.
func (r *ziti210) closeOver() {
	r.closeAt = sim.Never
	due := r.env.Now().Add(-r.env.Params().Settle)
	for len(r.closing) > 0 && r.closing[0].closedAt <= due {
		t := r.closing[0]
		r.closing = r.closing[1:]
		delete(r.cache, r.cacheKey(t.key))
		r.post(queueRemove210, t, model.WhyClose)
	}
	r.armClose()
	r.hold()
}

// reopen takes back the close of a key that is hosted again, if that is not too late.
func (r *ziti210) reopen(key Key) bool {
	i := slices.IndexFunc(r.closing, func(t *term210) bool { return t.key == key })
	if i < 0 {
		return false
	}
	t := r.closing[i]
	r.closing = slices.Delete(r.closing, i, i+1)
	t.closed = false
	r.hosted[key] = t
	return true
}

// wakeDeletes wakes the removals that sleep for want of a controller (S30).
func (r *ziti210) wakeDeletes() {
	for _, b := range slices.Clone(r.batches) { // some may end
		if b.phase == sleeping210 {
			r.env.Disarm(b.timer)
			r.choose(b)
		}
	}
}

// canonCures visits what only the cures look at.
func (r *ziti210) canonCures(c *sim.Canon) {
	if !r.env.Bug(model.SkipAbsent) && !r.env.Bug(model.Backoff) {
		return
	}
	for _, t := range r.terms {
		c.Flag("made", t.made)
		c.Int("fails", int64(t.fails))
	}
}
