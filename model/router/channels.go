package router

import (
	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// phase is where a channel stands with its connection.
type phase uint8

const (
	unwanted phase = iota // the controller is not known to this router, or no longer
	pausing               // waiting before the next dial
	dialing               // a dial is under way
	greeting              // connected, but the controller has not said hello
	ready                 // messages flow
)

// never is long before any run.
const never sim.Time = -1 << 62

// channel is what the router holds of one controller: the dialling, the registration and the heartbeats.
//
// The registration outlives a lost connection in every release: those before ziti-2.1.0 have a reconnecting
// dialer, ziti-2.1.0 grouped channels. Meanwhile a few messages wait in backlog; what was under way is lost.
type channel struct {
	ctrl   sim.NodeID
	slot   sim.TimerID // position among the controllers there are, for timer ids
	phase  phase
	barred bool // the operator told the router to forget it: lists of members do not bring it back

	conn  sim.ConnID // 0 unless greeting or ready
	dials uint64     // number of the latest dial; answers to earlier ones are stale

	registered bool
	epoch      uint64 // connections established so far
	backlog    []model.Msg
	lost       sim.Time // when the connection of a registered channel was lost
	deaf       sim.Time // until then nobody reads from the connection; Never: somebody does
	unread     []sim.Input[model.Msg]
	beat       heartbeat
	redial     redial

	dozing  bool // B33: nobody reads
	pile    []unread
	refused bool // B43: for good
}

func (ch *channel) wanted() bool { return ch.phase != unwanted }

// at returns the channel to ctrl, known or not.
func (r *Router) at(ctrl sim.NodeID) *channel {
	for i := range r.channels {
		if r.channels[i].ctrl == ctrl {
			return &r.channels[i]
		}
	}
	sim.Assert(false, "router %d: node %d is no controller", r.self, ctrl)
	return nil
}

// registrations counts the channels a chooser may choose.
func (r *Router) registrations() int {
	n := 0
	for i := range r.channels {
		if r.channels[i].registered {
			n++
		}
	}
	return n
}

// want makes the router keep a channel to ctrl.
func (r *Router) want(ctrl sim.NodeID) {
	if ch := r.at(ctrl); !ch.wanted() && !ch.refused {
		ch.redial.reset(r.p)
		r.dial(ch)
	}
}

// forget drops the channel to ctrl for good. An operator's word tells the registry that the channel is gone; a
// list of members does not, for upstream's event (Removed) wakes nothing in the tunneler.
func (r *Router) forget(ctrl sim.NodeID, tell bool) {
	ch := r.at(ctrl)
	if !ch.wanted() {
		return
	}
	ch.dials++
	r.out.Disarm(ch.dialTimer())
	up := ch.phase == ready
	ch.phase = unwanted
	r.hangUp(ch)
	r.unregister(ch, up, tell)
}

// hangUp closes the connection at this end, if there is one.
func (r *Router) hangUp(ch *channel) {
	if ch.conn != 0 {
		r.out.Close(ch.conn)
		ch.conn = 0
	}
}

// unregister takes the registration away; up says whether the connection was there until now.
func (r *Router) unregister(ch *channel, up, tell bool) {
	if up {
		r.noteChannel(ch, false)
	}
	if !ch.registered {
		return
	}
	ch.registered = false
	ch.backlog = ch.backlog[:0]
	r.out.Disarm(ch.beatTimer())
	if tell {
		r.event(hosting.Disconnected, ch.ctrl)
	}
}

// hello takes the controller's first message on a connection: the channel is established from here on.
func (r *Router) hello(ch *channel) {
	r.out.Disarm(ch.dialTimer())
	ch.phase = ready
	ch.redial.succeeded(r.p)
	ch.epoch++
	r.noteChannel(ch, true)
	if ch.registered {
		r.flush(ch)
		r.planBeat(ch)
		if r.cfg.Bugs.Has(model.B44) {
			r.model.planCheck() // nobody is told; the subscription looks by itself
		} else {
			r.event(hosting.Reconnected, ch.ctrl)
		}
		r.deafen(ch)
	} else {
		ch.registered = true
		ch.beat.begin(r.now)
		r.planBeat(ch)
		r.event(hosting.Added, ch.ctrl)
		if r.prof.twice {
			r.event(hosting.Reconnected, ch.ctrl)
		}
	}
	r.edge.reconnected(ch)
	r.firstChannel()
}

// down takes the end of a connection.
func (r *Router) down(conn sim.ConnID, from sim.NodeID) {
	ch := r.at(from)
	if ch.conn != conn {
		return
	}
	ch.conn = 0
	if ch.phase == greeting {
		if r.cfg.Bugs.Has(model.B43) {
			ch.phase, ch.refused = unwanted, true // a duplicate, the controller says: an error for good
			return
		}
		r.dialFailed(ch)
		return
	}
	ch.lost = r.now
	ch.redial.lost(r.p)
	r.noteChannel(ch, false)
	r.redialAfter(ch, ch.redial.next(r, ch))
	r.planBeat(ch)
	r.event(hosting.Disconnected, ch.ctrl)
}

// closeSilent closes a channel whose controller has not answered heartbeats for too long. The registration goes
// with it, and the next channel is a new one (ziti#4247).
func (r *Router) closeSilent(ch *channel) {
	up := ch.phase == ready
	ch.dials++
	r.hangUp(ch)
	r.unregister(ch, up, true)
	ch.redial.reset(r.p)
	r.redialAfter(ch, r.p.RedialDelay)
}

// event tells the registry, and the data model subscription, of a control channel event.
func (r *Router) event(ev hosting.Event, ctrl sim.NodeID) {
	if r.prof.background {
		r.out.Defer(laneEvents, model.Msg{Kind: model.Task, Code: model.Code(ev), Peer: ctrl})
	} else {
		r.reg.CtrlEvent(ev, ctrl)
	}
	if r.prof.subscribes && ev != hosting.LeaderChanged {
		r.model.endpointChanged(ctrl)
	}
}

// send hands m to the channel of ctrl.
func (r *Router) send(ctrl sim.NodeID, m model.Msg) model.Code {
	if ctrl == 0 {
		return model.NoChannel
	}
	ch := r.at(ctrl)
	switch {
	case !ch.registered:
		return model.NoChannel
	case ch.phase == ready:
		if !r.transmit(ch, m) {
			return model.TooBusy
		}
		return model.OK
	case int64(len(ch.backlog))+r.staleBeats(ch) >= r.hold():
		return model.TooBusy
	default:
		ch.backlog = append(ch.backlog, m)
		return model.OK
	}
}

// hold returns how many messages wait at most in a channel without connection.
func (r *Router) hold() int64 {
	if r.prof.hold == 0 {
		return r.p.SendQueue
	}
	return min(r.prof.hold, r.p.SendQueue)
}

// transmit writes m; a heartbeat that is due travels with it.
func (r *Router) transmit(ch *channel, m model.Msg) bool {
	if !r.out.Send(ch.conn, m) {
		return false
	}
	if r.beatDue(ch, r.now) && r.sendBeat(ch) {
		r.planBeat(ch)
	}
	return true
}

// flush sends what waited for the connection. What the new connection refuses is lost.
func (r *Router) flush(ch *channel) {
	for _, m := range ch.backlog {
		r.transmit(ch, m)
	}
	clear(ch.backlog)
	ch.backlog = ch.backlog[:0]
}

func (r *Router) noteChannel(ch *channel, on bool) {
	m := model.Msg{Kind: model.NoteChannel, Peer: ch.ctrl, Aux: ch.epoch}
	if on {
		m.Flags = model.On
	}
	r.out.Note(m)
}

// canon visits the channel.
func (ch *channel) canon(c *sim.Canon, r *Router) {
	c.Node("ctrl", ch.ctrl)
	c.Int("phase", int64(ch.phase))
	c.Flag("barred", ch.barred)
	ch.redial.canon(c, r)
	c.Same(func(c *sim.Canon) {
		c.Int("conn", int64(ch.conn))
		c.Int("dials", int64(ch.dials))
		c.Int("epoch", int64(ch.epoch))
	})
	c.Flag("registered", ch.registered)
	if !ch.registered {
		return
	}
	ch.beat.Canon(c)
	if ch.phase != ready {
		c.When("lost", ch.lost)
	}
	if ch.deaf != sim.Never {
		c.When("deaf", ch.deaf)
		c.Int("unread", int64(len(ch.unread)))
		for i := range ch.unread {
			ch.unread[i].Msg.Canon(c)
		}
	}
	c.Int("backlog", int64(len(ch.backlog)))
	for _, m := range ch.backlog {
		m.Canon(c)
	}
}
