package controller

import (
	"gyre/model"
	"gyre/sim"
)

// mistake takes a second connection of a router for the first (B42): both share one Router object, so the slot check
// passes; and when the old connection ends, its handler finds that it is the current one and takes the router out of
// the books. Upstream the old one may end at any time after; here it ends at once.
func (c *controller) mistake(ch *channel, conn sim.ConnID) {
	c.out.Close(ch.conn)
	ch.conn, ch.since, ch.heard = conn, c.now, c.now
	c.greet(ch)
	ch.stray = conn
	c.disconnected(ch)
}

// fromStray answers on a connection that is in no books: the channel's own heartbeats, and a refusal of everything
// else, for there is no such router (loadRouter).
func (c *controller) fromStray(ch *channel, conn sim.ConnID, m *model.Msg) {
	if ch.stray != conn || conn == 0 {
		return
	}
	switch m.Kind {
	case model.Heartbeat:
		c.out.Send(conn, model.Msg{Kind: model.HeartbeatReply, Req: m.Req})
	case model.CreateRequest:
		c.out.Send(conn, model.Msg{Kind: model.CreateReply, Req: m.Req, Term: m.Term, Code: model.Failed})
	case model.RemoveRequest:
		c.out.Send(conn, model.Msg{Kind: model.RemoveReply, Req: m.Req, Term: m.Term, Code: model.Failed, Body: m.Body})
	}
}
