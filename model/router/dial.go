package router

import (
	"gyre/model"
	"gyre/sim"
)

// helloTimeout is how long the router waits for the controller's first message (channel's connect timeout).
const helloTimeout = 5 * sim.Second

// redial is the state of a channel's dial policy.
//
// The first dial of a channel follows an exponential backoff from DialFirst, x1.5 up to DialMax, each wait drawn
// from half to one and a half of it (router/env/ctrls.go). A reconnecting dialer that has lost its connection dials
// at once and then every ReconnectEvery (channel v2.0.136, reconnecting_dialer.go). A grouped channel
// that has lost its connection dials by its own policy: at least GroupRedialMin between dials, and after the n-th
// failure in a row 2^n times that, up to GroupRedialMax, without jitter (common/ctrlchan, channel's dial_policy.go).
type redial struct {
	jitter   sim.Stream
	interval sim.Duration // the next wait before jitter
	failures uint32       // in a row, of a grouped channel
	latest   sim.Time     // when the policy of the grouped channel let the latest dial go
}

// reset starts over, for a new channel object.
func (d *redial) reset(p *model.Params) {
	d.interval, d.failures, d.latest = p.DialFirst, 0, never
}

func (d *redial) succeeded(p *model.Params) { d.interval, d.failures = p.DialFirst, 0 }

func (d *redial) lost(p *model.Params) { d.interval, d.failures = p.DialFirst, 0 }

// failed takes a failed dial and returns how long to wait for the next.
func (d *redial) failed(r *Router, ch *channel) sim.Duration {
	if r.prof.grouped && ch.registered {
		d.failures++
		return d.next(r, ch)
	}
	if ch.registered {
		return r.p.ReconnectEvery
	}
	wait := d.jitter.Between(d.interval/2, d.interval*3/2)
	d.interval = min(d.interval*3/2, r.p.DialMax)
	return wait
}

// next returns how long to wait for the next dial of a registered channel, by the failures so far.
func (d *redial) next(r *Router, ch *channel) sim.Duration {
	if !r.prof.grouped {
		return 0
	}
	wait := min(max(0, d.latest.Add(r.p.GroupRedialMin).Sub(r.now)), r.p.GroupRedialMin)
	d.latest = r.now.Add(wait)
	if d.failures > 0 {
		wait += min(r.p.GroupRedialMin<<min(d.failures, 20), r.p.GroupRedialMax)
	}
	return wait
}

// canon visits the policy. The latest dial matters only while it holds up the next.
func (d *redial) canon(c *sim.Canon, r *Router) {
	c.Span("interval", d.interval)
	c.Int("failures", int64(d.failures))
	if d.latest.Add(r.p.GroupRedialMin) > r.now {
		c.When("latest", d.latest)
	}
	c.Int("drawn", int64(d.jitter.Drawn()))
}

// dial starts a dial. The tag carries its number, so that answers to abandoned dials are known as such.
func (r *Router) dial(ch *channel) {
	ch.phase = dialing
	ch.dials++
	r.out.Dial(ch.ctrl, model.Msg{Kind: model.OpConnect, Peer: ch.ctrl, Req: ch.dials})
}

func (r *Router) redialAfter(ch *channel, wait sim.Duration) {
	if wait == 0 {
		r.out.Disarm(ch.dialTimer())
		r.dial(ch)
		return
	}
	ch.phase = pausing
	r.out.Arm(ch.dialTimer(), wait)
}

// up takes a new connection. Controllers do not dial routers.
func (r *Router) up(in *sim.Input[model.Msg]) {
	if in.Accepted {
		r.out.Close(in.Conn)
		return
	}
	ch := r.at(in.From)
	if ch.phase != dialing || in.Msg.Req != ch.dials {
		r.out.Close(in.Conn)
		return
	}
	ch.phase, ch.conn = greeting, in.Conn
	r.out.Arm(ch.dialTimer(), helloTimeout)
	if len(r.cfg.Others) > 0 { // who is of one release need not say which
		r.out.Send(ch.conn, model.Msg{Kind: model.PeerHello, Aux: uint64(r.cfg.Release)})
	}
}

// refused takes a dial that came to nothing.
func (r *Router) refused(in *sim.Input[model.Msg]) {
	if ch := r.at(in.From); ch.phase == dialing && in.Msg.Req == ch.dials {
		r.dialFailed(ch)
	}
}

// dialFailed schedules the next dial; a connection that ended before the hello is a failed dial, too.
func (r *Router) dialFailed(ch *channel) {
	r.redialAfter(ch, ch.redial.failed(r, ch))
}

// expireDial takes the dial timer: the wait is over, or the hello did not come.
func (r *Router) expireDial(ch *channel) {
	switch ch.phase {
	case pausing:
		r.dial(ch)
	case greeting:
		r.hangUp(ch)
		r.dialFailed(ch)
	}
}
