package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// leader140 is what the registry keeps about the leader.
type leader140 struct {
	connected bool      // connectedToLeader
	passes    []pass140 // under way, in the order they end: all take the same time
	asleep    sim.Time  // until when the latest call of CtrlEvent sleeps
}

// pass140 is a run of HandleReestablish. It is part of the call that told of the reconnect, which it keeps for ten
// seconds; meanwhile others are told of other channels and may start their own (B33).
type pass140 struct {
	at   sim.Time   // when it goes on
	list []*term140 // what it has flipped
}

// CtrlEvent implements Registry (NotifyOfCtrlChange). It runs on the goroutine that notifies. Only a reconnect makes
// it re-establish, and only if no leader was connected until then: a new leader does not, however it is learned of.
func (r *ziti140) CtrlEvent(ev Event, _ sim.NodeID) {
	r.asleep = sim.Never
	switch {
	case ev == Disconnected && !r.env.LeaderConnected():
		r.connected = false
	case ev == Reconnected && !r.connected:
		r.reestablish()
		return // the rest comes when it has slept
	}
	r.look()
}

// Asleep implements Sleeper.
func (r *ziti140) Asleep() sim.Time { return r.asleep }

// look is the end of NotifyOfCtrlChange.
func (r *ziti140) look() {
	if r.env.LeaderConnected() {
		r.connected = true
	}
}

// reestablish is the first half of HandleReestablish: every established entry moves back, whatever the controllers
// have. Entries that are being established, with a request or its reply lost on the way, are left to the scan.
func (r *ziti140) reestablish() {
	p := pass140{at: r.env.Now().Add(r.env.Params().ReestablishDelay)}
	for _, t := range r.terms {
		if t.state == model.Established {
			p.list = append(p.list, t)
		}
	}
	if len(p.list) > 0 {
		r.env.Note(model.Msg{Kind: model.NoteReestablish, N: capped(len(p.list))})
	}
	for _, t := range p.list {
		r.set(t, model.Establishing, model.WhyReestablish)
	}
	r.passes = append(r.passes, p)
	r.asleep = p.at
	if len(r.passes) == 1 {
		r.env.Arm(leaderTimer140, r.env.Params().ReestablishDelay)
	}
	r.arm()
}

// passOn is the second half, for every pass whose time has come: what no validation has established meanwhile is
// created again.
func (r *ziti140) passOn() {
	now := r.env.Now()
	for len(r.passes) > 0 && r.passes[0].at <= now {
		p := r.passes[0]
		r.passes = slices.Delete(r.passes, 0, 1)
		for _, t := range p.list {
			if t.state == model.Establishing {
				r.post(queueEstablish140, t, 0)
			}
		}
		if len(r.events) > 0 {
			r.turn()
		}
		r.look()
	}
	if len(r.passes) > 0 {
		r.env.Arm(leaderTimer140, r.passes[0].at.Sub(now))
	}
}

func (l *leader140) canon(c *sim.Canon) {
	c.Flag("connected", l.connected)
	c.Int("passes", int64(len(l.passes)))
	for _, p := range l.passes {
		c.When("at", p.at)
		c.Int("list", int64(len(p.list)))
		for _, t := range p.list {
			c.Ref("", model.ClassTerm, uint64(t.id))
			c.Flag("gone", t.gone)
		}
	}
}
