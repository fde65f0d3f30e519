package router

import (
	"gyre/model"
	"gyre/sim"
)

// current reports whether a message of the data model counts: from every controller before the subscription,
// then only from the one subscribed to, under the present subscription.
func (d *dataModel) current(from sim.NodeID, m *model.Msg) bool {
	return !d.r.prof.subscribes || d.source == from && d.lease == m.Req
}

// endpointChanged takes any event of the channel to ctrl but a change of leader.
func (d *dataModel) endpointChanged(ctrl sim.NodeID) {
	if d.source == ctrl {
		d.unsubscribe()
	}
	d.check()
}

func (d *dataModel) unsubscribe() { d.source, d.lease = 0, 0 }

// check renews or moves the subscription (checkRouterDataModelSubscription): when there is none, its controller is
// not registered or the lease has run out; and to another controller when its own is not connected or silent.
func (d *dataModel) check() {
	r := d.r
	ch := r.registered(d.source)
	switch {
	case ch == nil || r.now > d.expires:
		d.subscribe(r.any())
	case ch.phase != ready || r.now.Sub(ch.beat.contact()) > r.p.LeaseSilent:
		if best := r.any(); best != ch {
			d.subscribe(best)
		}
	}
	d.planCheck()
}

// contact is the time of the last heartbeat sent or answered; upstream counts both.
func (b *heartbeat) contact() sim.Time { return max(b.sent, b.answered) }

// subscribe asks ch for the model from the index held on. Upstream waits until the request is on the wire: over a
// channel without connection it gives up after a while, and an event of the channel makes it try again. The
// request carries no heartbeat, for the recorded timelines, whose phase is kept, have no data model.
func (d *dataModel) subscribe(ch *channel) {
	if ch == nil {
		return
	}
	r := d.r
	if d.source != ch.ctrl {
		d.source, d.lease = ch.ctrl, r.nextReq()
	}
	m := model.Msg{Kind: model.Subscribe, Req: d.lease, Index: d.index}
	if ch.phase != ready || !r.out.Send(ch.conn, m) {
		d.unsubscribe()
		return
	}
	d.expires = r.now.Add(r.p.LeaseTime)
}

// planCheck arms the timer for the first tick of LeaseCheck at which a check can do anything. Without heartbeats
// a connected controller falls silent, too; with them it is closed or heard from before that.
func (d *dataModel) planCheck() {
	r := d.r
	ch := r.registered(d.source)
	var since sim.Time
	switch {
	case ch != nil && ch.phase == ready && r.beats():
		since = d.expires
	case ch != nil && ch.phase == ready:
		since = min(d.expires, ch.beat.contact().Add(r.p.LeaseSilent))
	case r.connections() > 0:
		since = r.now
	default:
		r.out.Disarm(timerLease) // a channel that comes back is an event
		return
	}
	r.armAt(timerLease, tickAfter(r.start, r.p.LeaseCheck, max(r.now, since)))
}

// connections counts the channels that have a connection.
func (r *Router) connections() int {
	n := 0
	for i := range r.channels {
		if r.channels[i].phase == ready {
			n++
		}
	}
	return n
}
