package router

import (
	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// deliver takes a message of a controller.
func (r *Router) deliver(in *sim.Input[model.Msg]) {
	ch := r.at(in.From)
	if in.Conn == 0 || ch.conn != in.Conn {
		return
	}
	if ch.phase == greeting {
		if in.Msg.Kind != model.CtrlAddresses {
			return
		}
		r.hello(ch)
	}
	if ch.deaf != sim.Never {
		ch.unread = append(ch.unread, *in)
		return
	}
	if ch.dozing {
		ch.pile = append(ch.pile, unread{in.Conn, in.Msg})
		return
	}
	r.take(ch, &in.Msg)
}

// take reads a message.
func (r *Router) take(ch *channel, m *model.Msg) {
	switch m.Kind {
	case model.CtrlAddresses:
		r.members(ch.ctrl, m)
	case model.LeaderIs:
		r.announced(ch.ctrl, m)
	case model.Heartbeat:
		r.transmit(ch, model.Msg{Kind: model.HeartbeatReply, Req: m.Req})
	case model.HeartbeatReply:
		r.answered(ch, m)
	case model.CreateReply:
		if m.Term.SDK() && r.edge.reg != nil {
			r.edge.reg.CreateReply(m)
		} else {
			r.reg.CreateReply(ch.ctrl, m)
		}
	case model.RemoveReply:
		if r.edge.reg == nil || !r.edge.reg.RemoveReply(m) {
			r.reg.RemoveReply(ch.ctrl, m)
		}
	case model.ValidateRequest:
		task := model.Msg{Kind: model.Task, Peer: ch.ctrl, Req: m.Req, Aux: uint64(ch.conn), Body: m.Body}
		if r.edge.reg != nil {
			task.Flags = m.Flags
		}
		r.out.Defer(laneValidation, task)
	case model.SessionRemoved:
		if list, ok := m.Body.(*model.TokenList); ok {
			r.reg.SessionsRemoved(ch.ctrl, list.Tokens)
			r.edge.ended(list.Tokens)
		}
	case model.AuditReply:
		if reg, ok := r.reg.(hosting.Auditor); ok {
			reg.AuditReply(ch.ctrl, m)
		}
	case model.ServiceList:
		r.serviceList(ch, m)
	case model.AuthenticateReply:
		r.authenticated(m)
	case model.DataState:
		r.model.full(ch.ctrl, m)
	case model.ChangeSet:
		r.model.change(ch.ctrl, m)
	case model.SDKAccess:
		r.edge.access(m)
	}
}
