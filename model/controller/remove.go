package controller

import "gyre/model"

// remove is the remove handler.
func (c *controller) remove(m model.Msg) {
	switch {
	case c.panics(&m):
		c.out.Exit(c.p.RestartDown)
	case c.db.ideal:
		c.submitRemove(m)
	case c.release == model.Reference:
		c.disclaim(m)
	case c.single(&m):
		c.removeOne(m)
	case c.prof.present || c.prof.single:
		c.removePresent(m)
	default:
		c.remove210(m)
	}
}

// removeOne is RemoveTunnelTerminator (v1.0.0, v1.1.8): a controller that has not applied the create yet
// answers not-found, and the router believes it.
func (c *controller) removeOne(m model.Msg) {
	if c.db.find(m.Term) == nil {
		c.removeReply(&m, model.NotFound)
		return
	}
	e := &model.Entry{Verb: model.DeleteTerm, Origin: model.ByRouter, Term: m.Term, Router: m.Router, Source: c.self}
	c.dispatch(e, asker{purpose: forRemove, msg: m})
}

// removePresent is RemoveTerminators from ziti-1.4.0-pre to ziti-1.8.0 (controller/handler_ctrl/remove_terminators.go,
// ec57c80ff to e1638173c): a leader looks first which of the ids it has. One whose create is in the log and not yet
// applied it has not, so nothing is submitted for it and the router is told that it is gone (B24).
func (c *controller) removePresent(m model.Msg) {
	ids := []model.TermID{m.Term}
	if list, ok := m.Body.(*model.TermList); ok {
		ids = list.Terms
	}
	terms := make([]model.TermID, 0, len(ids))
	for _, id := range ids {
		if id != 0 && (!c.prof.present || !c.log.IsLeader() || c.db.find(id) != nil) {
			terms = append(terms, id)
		}
	}
	c.removeAll(m, terms)
}

// remove210 is RemoveTerminators at HEAD: ids of another router are dropped as far as this controller knows
// their owner, absent ones are kept, so that the log orders the delete after a create under way.
func (c *controller) remove210(m model.Msg) {
	ids := []model.TermID{m.Term}
	if list, ok := m.Body.(*model.TermList); ok {
		ids = list.Terms
	}
	terms := make([]model.TermID, 0, len(ids))
	for _, id := range ids {
		r := c.db.find(id)
		if r == nil && c.log.IsLeader() && (c.cfg.Bugs.Has(model.B24) || m.Flags&model.On != 0) {
			continue // B24; or the router knows that there was a row (ziti#4156)
		}
		if id != 0 && (r == nil || r.router == m.Router || c.cfg.Bugs.Has(model.B41)) {
			terms = append(terms, id)
		}
	}
	c.removeAll(m, terms)
}

// removeAll submits the delete of what is left of a request; nothing left is success.
func (c *controller) removeAll(m model.Msg, terms []model.TermID) {
	if len(terms) == 0 {
		c.removeReply(&m, model.OK)
		return
	}
	e := &model.Entry{Verb: model.DeleteTerms, Origin: model.ByRouter, Terms: terms, Router: m.Router, Source: c.self}
	c.dispatch(e, asker{purpose: forRemove, msg: m})
}

// removed ends a remove.
func (c *controller) removed(a asker, code model.Code) {
	switch {
	case c.db.ideal:
		code = done(code)
	case code == model.OK:
	case c.single(&a.msg) && code == model.NotFound:
	case !c.single(&a.msg) && c.busy(code):
		c.why(&a.msg, code)
		code = model.Busy
	default:
		c.why(&a.msg, code)
		code = model.Failed
	}
	c.removeReply(&a.msg, code)
}

func (c *controller) removeReply(m *model.Msg, code model.Code) {
	c.reply(m, model.Msg{Kind: model.RemoveReply, Req: m.Req, Term: m.Term, Code: code, Body: m.Body})
}
