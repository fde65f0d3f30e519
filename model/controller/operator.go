package controller

import (
	"gyre/model"
	"gyre/sim"
)

// operate runs a command of the operator.
func (c *controller) operate(id sim.OpID, m model.Msg) {
	switch m.Kind {
	case model.OpEntry:
		c.operateEntry(id, m)
		return
	case model.OpLookup:
		done := model.Msg{Kind: model.OpDone, Code: model.OK, Service: m.Service, Index: c.db.applied}
		if int(m.Service) < len(c.db.counts) {
			done.N = uint16(c.db.counts[m.Service])
		}
		c.answer(id, done)
		return
	}
	code := model.OK
	switch m.Kind {
	case model.OpTransfer:
		code = c.log.Transfer(c.now, m.Peer, c.out)
	case model.OpElect:
		c.log.Elect(c.now, c.out)
	case model.OpLag:
		c.log.SetLag(c.now, sim.Duration(m.Aux), c.out)
	case model.OpReadOnly:
		c.forced = m.Flags&model.On != 0
	case model.OpMember:
		code = c.log.Member(c.now, m.Peer, m.Flags&model.On != 0, m.Flags&model.NonVoter != 0, c.out)
	case model.OpSnapshot:
		c.log.Compact(c.now, c.out)
	default:
		sim.Assert(false, "controller %d has no command %v", c.self, m.Kind)
	}
	c.answer(id, model.Msg{Kind: model.OpDone, Code: code})
}

// operateEntry submits a write of the management API. A batch delete without ids but with a service or a router
// means the rows of that service, router or both as this controller has them.
func (c *controller) operateEntry(id sim.OpID, m model.Msg) {
	from, ok := m.Body.(*model.Entry)
	sim.Assert(ok, "an operator's write without an entry")
	e := *from
	e.Origin, e.Source = model.ByOperator, c.self
	if e.Verb == model.DeleteTerms && len(e.Terms) == 0 {
		e.Terms = c.rowsOf(e.Service, e.Router)
	}
	c.dispatch(&e, asker{purpose: forOperator, op: id})
}

// rowsOf lists the rows of a service (0: any) on a router (0: any).
func (c *controller) rowsOf(service model.ServiceID, router sim.NodeID) []model.TermID {
	var terms []model.TermID
	for i := range c.cfg.Routers {
		if router != 0 && c.cfg.Routers[i] != router {
			continue
		}
		for k := c.db.byRoute[i].first; k != 0; k = c.db.rows[k].next {
			if r := &c.db.rows[k]; service == 0 || r.service == service {
				terms = append(terms, r.term)
			}
		}
	}
	return terms
}

func (c *controller) operated(a asker, code model.Code, index uint64) {
	c.answer(a.op, model.Msg{Kind: model.OpDone, Code: code, Index: index})
}

func (c *controller) answer(id sim.OpID, m model.Msg) {
	if id != 0 {
		c.out.Reply(id, m)
	}
}
