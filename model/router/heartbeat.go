package router

import (
	"gyre/model"
	"gyre/sim"
)

// heartbeat is the heartbeat state of a registered channel (channel's heartbeater.go, router/env/ctrl.go).
//
// Upstream looks every HeartbeatCheck, from the registration on: it sends a heartbeat if the last one went out
// more than HeartbeatEvery ago (so every 11 s when nothing else is sent, for a due heartbeat travels with any
// message), and judges the channel. The model arms one timer for the first of these instants at which anything
// can change. A look judges before its own heartbeat counts as sent: hence a silent controller is responsive
// again for some seconds after each unanswered heartbeat, one look later.
type heartbeat struct {
	born         sim.Time // the looks are at whole multiples of HeartbeatCheck from here
	sent         sim.Time // latest heartbeat sent, or never
	answered     sim.Time // latest reply, or born
	latency      sim.Duration
	unresponsive bool
	planned      sim.Time // the look the timer is armed for, or never
}

func (b *heartbeat) begin(now sim.Time) {
	*b = heartbeat{born: now, sent: never, answered: now, planned: never}
}

// beats reports whether heartbeats are on.
func (r *Router) beats() bool { return r.p.HeartbeatEvery > 0 }

// look returns the first look after t.
func (r *Router) look(ch *channel, t sim.Time) sim.Time {
	return tickAfter(ch.beat.born, r.p.HeartbeatCheck, t)
}

// beatDue reports whether a message sent at t would carry a heartbeat.
func (r *Router) beatDue(ch *channel, t sim.Time) bool {
	return r.beats() && ch.phase == ready && t.Sub(ch.beat.sent) > r.p.HeartbeatEvery
}

// sendBeat sends a heartbeat; Req carries the time, and comes back with the reply.
func (r *Router) sendBeat(ch *channel) bool {
	if !r.out.Send(ch.conn, model.Msg{Kind: model.Heartbeat, Req: uint64(r.now)}) {
		return false
	}
	ch.beat.sent = r.now
	return true
}

// judge returns what a look at t takes the channel for: true is unresponsive.
func (r *Router) judge(ch *channel, t sim.Time) bool {
	b := &ch.beat
	if b.latency > r.p.Unresponsive {
		return true
	}
	if b.awaits() && t.Sub(b.sent) > r.p.Unresponsive {
		return true
	}
	return ch.phase != ready && !r.prof.deadIsFine
}

// awaits reports whether the latest heartbeat is unanswered.
func (b *heartbeat) awaits() bool { return b.sent != never && b.answered < b.sent }

// planBeat arms the timer of the channel for the next look that matters.
func (r *Router) planBeat(ch *channel) {
	if !r.beats() || !ch.registered {
		return
	}
	b := &ch.beat
	if b.planned == r.now {
		return // that look is still to come, and plans the next
	}
	next := r.look(ch, r.now)
	if r.judge(ch, next) == b.unresponsive {
		next = sim.Never
		if ch.phase == ready {
			next = r.look(ch, max(r.now, b.sent.Add(r.p.HeartbeatEvery)))
		}
		if b.awaits() && !b.unresponsive {
			next = min(next, r.look(ch, max(r.now, b.sent.Add(r.p.Unresponsive))))
		}
		if r.prof.silent {
			next = min(next, r.look(ch, max(r.now, b.answered.Add(r.p.CloseSilent))))
		}
	}
	if next == sim.Never {
		b.planned = never
		r.out.Disarm(ch.beatTimer())
		return
	}
	b.planned = next
	r.armAt(ch.beatTimer(), next)
}

// expireBeat is a look.
func (r *Router) expireBeat(ch *channel) {
	if !ch.registered {
		return
	}
	b := &ch.beat
	b.planned = never
	if was := b.unresponsive; r.judge(ch, r.now) != was {
		b.unresponsive = !was
		m := model.Msg{Kind: model.NoteResponsive, Peer: ch.ctrl}
		if was {
			m.Flags = model.On
		}
		r.out.Note(m)
	}
	if r.prof.silent && r.now.Sub(b.answered) > r.p.CloseSilent {
		r.closeSilent(ch)
		return
	}
	if r.beatDue(ch, r.now) {
		r.sendBeat(ch)
	}
	r.planBeat(ch)
}

// answered takes a reply to a heartbeat.
func (r *Router) answered(ch *channel, m *model.Msg) {
	ch.beat.answered = r.now
	ch.beat.latency = r.now.Sub(sim.Time(m.Req))
	r.planBeat(ch)
}

// staleBeats counts the heartbeats that clog the queue of a channel without connection: each look at which one
// is due puts one in, gives up on it after a second and leaves it there.
func (r *Router) staleBeats(ch *channel) int64 {
	if !r.beats() {
		return 0
	}
	first := r.look(ch, max(ch.lost, ch.beat.sent.Add(r.p.HeartbeatEvery)))
	if first > r.now {
		return 0
	}
	return int64(r.now.Sub(first)/r.p.HeartbeatCheck) + 1
}

// Canon visits the heartbeats. When the next look is shows in the timer.
func (b *heartbeat) Canon(c *sim.Canon) {
	c.Same(func(c *sim.Canon) { c.When("born", b.born) })
	if b.sent != never {
		c.When("sent", b.sent)
	}
	c.When("answered", b.answered)
	c.Span("latency", b.latency)
	c.Flag("unresponsive", b.unresponsive)
}
