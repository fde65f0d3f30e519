package controller

import (
	"gyre/model"
	"gyre/sim"
)

// channel is what a controller knows of one router's control channel. There is at most one current connection
// per router.
type channel struct {
	router sim.NodeID
	conn   sim.ConnID // 0 is none
	since  sim.Time
	heard  sim.Time
	late   []lateMsg // sends that block until the send queue has room
}

// lateMsg is a message whose sender is blocked by a full send queue.
type lateMsg struct {
	at  sim.Time
	msg model.Msg
}

// lateRetry is how often a full send queue is tried again.
const lateRetry = 10 * sim.Millisecond

// routerUp handles the connect of a router (controller/network, controller/handler_ctrl; HEAD): a connection
// younger than the churn limit is not displaced. From ziti#4196 on an older one is displaced and the newcomer
// refused all the same; before, the newcomer took its place.
func (c *controller) routerUp(ch *channel, conn sim.ConnID) {
	if ch.conn != 0 {
		young := c.now.Sub(ch.since) < c.p.ChurnLimit
		if !young {
			c.out.Close(ch.conn)
			c.disconnected(ch)
		}
		if young || c.release >= model.Ziti210 {
			c.out.Close(conn)
			return
		}
	}
	ch.conn, ch.since, ch.heard = conn, c.now, c.now
	c.greet(ch)
	c.out.Defer(laneHandlers, model.Msg{Kind: model.Task, Router: ch.router, Index: uint64(conn)})
	if c.release == model.Ziti118 {
		c.sendState(ch)
	}
	c.watchSilence(ch)
}

func (c *controller) routerDown(ch *channel, conn sim.ConnID) {
	if ch.conn == conn {
		c.disconnected(ch)
	}
}

func (c *controller) disconnected(ch *channel) {
	ch.conn = 0
	c.late -= len(ch.late)
	clear(ch.late)
	ch.late = ch.late[:0]
	c.unsubscribe(ch)
	c.wakeLoop() // routerChanged: a router that is gone is forgotten by the loop, unless it is back by then
}

// fromRouter starts a handler for a request. On its way through the lanes the message carries the connection in
// Index and what was there in Aux.
func (c *controller) fromRouter(ch *channel, conn sim.ConnID, m model.Msg) {
	if ch.conn != conn {
		return
	}
	ch.heard = c.now
	switch m.Kind {
	case model.Heartbeat:
		c.out.Send(conn, model.Msg{Kind: model.HeartbeatReply, Req: m.Req})
	case model.HeartbeatReply:
	case model.ValidateReply:
		if c.release == model.Ziti210 {
			c.tellLoop(letter{kind: letterReply, router: ch.router, body: m.Body})
			return
		}
		m.Router = ch.router
		c.out.Defer(laneHandlers, m)
	default:
		m.Router, m.Aux, m.Index = ch.router, m.Index, uint64(conn)
		c.out.Defer(laneHandlers, m)
	}
}

// reply answers the request m over the connection it came in on; the answer is lost if that has gone.
func (c *controller) reply(m *model.Msg, answer model.Msg) {
	ch := c.channel(m.Router)
	if ch != nil && ch.conn != 0 && uint64(ch.conn) == m.Index {
		c.send(ch, answer)
	}
}

// send sends to a router; it blocks, as the goroutine upstream does, while the send queue is full.
func (c *controller) send(ch *channel, m model.Msg) {
	if ch.conn == 0 {
		return
	}
	if len(ch.late) == 0 && c.out.Send(ch.conn, m) {
		return
	}
	ch.late = append(ch.late, lateMsg{at: c.now, msg: m})
	if c.late++; c.late == 1 {
		c.out.Arm(timerLate, lateRetry)
	}
}

// flushLate sends what waits for room, and gives up what has waited for the send timeout.
func (c *controller) flushLate() {
	for i := range c.channels {
		ch := &c.channels[i]
		n := 0
		for n < len(ch.late) {
			old := c.now.Sub(ch.late[n].at) > c.p.RequestTimeout
			if !old && !c.out.Send(ch.conn, ch.late[n].msg) {
				break
			}
			n++
		}
		c.late -= n
		ch.late = append(ch.late[:0], ch.late[n:]...)
	}
	if c.late > 0 {
		c.out.Arm(timerLate, lateRetry)
	}
}

// greet sends a router that connected the members as known here (controller/settings.go). Before ziti-1.4.0 the
// list carries the index of the newest command instead of that of the membership, and a leader does not say that
// it leads.
func (c *controller) greet(ch *channel) {
	if c.release >= model.Ziti210 {
		c.sendAddresses(ch)
		return
	}
	c.send(ch, model.Msg{Kind: model.CtrlAddresses, Index: c.commands, Body: c.members})
}

// sendAddresses sends the members (controller/controller.go, ClusterMembersChanged; all releases).
func (c *controller) sendAddresses(ch *channel) {
	m := model.Msg{Kind: model.CtrlAddresses, Index: c.confIndex, Body: c.members}
	if c.log.IsLeader() {
		m.Flags = model.IsLeader
	}
	c.send(ch, m)
}

// silentAt returns when a channel that stays silent will be closed: not before twice the timeout after connect.
func (c *controller) silentAt(ch *channel) sim.Time {
	return max(ch.heard.Add(c.p.CloseSilent), ch.since.Add(2*c.p.CloseSilent)) + 1
}

// watchSilence keeps one timer for all channels. It is not moved by what arrives: when it fires, it looks.
func (c *controller) watchSilence(ch *channel) {
	if c.release < model.Ziti210 {
		return // ziti#4247
	}
	if at := c.silentAt(ch); at < c.silenceAt {
		c.silenceAt = at
		c.out.Arm(timerSilence, at.Sub(c.now))
	}
}

func (c *controller) closeSilent() {
	for i := range c.channels {
		ch := &c.channels[i]
		if ch.conn == 0 {
			continue
		}
		if c.silentAt(ch) <= c.now {
			c.out.Close(ch.conn)
			c.disconnected(ch)
			continue
		}
		c.watchSilence(ch)
	}
}
