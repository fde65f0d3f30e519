package controller

import "gyre/model"

// remove is the remove handler.
func (c *controller) remove(m model.Msg) {
	switch c.release {
	case model.Ziti210:
		c.remove210(m)
		return
	case model.Reference:
		c.disclaim(m)
		return
	}
	c.removeOne(m)
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

// remove210 is RemoveTerminators at HEAD: ids of another router are dropped as far as this controller knows
// their owner, absent ones are kept, so that the log orders the delete after a create under way.
func (c *controller) remove210(m model.Msg) {
	ids := []model.TermID{m.Term}
	if list, ok := m.Body.(*model.TermList); ok {
		ids = list.Terms
	}
	terms := make([]model.TermID, 0, len(ids))
	for _, id := range ids {
		if r := c.db.find(id); id != 0 && (r == nil || r.router == m.Router) {
			terms = append(terms, id)
		}
	}
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
	case code == model.OK:
	case c.release != model.Ziti210 && code == model.NotFound:
	case c.release == model.Ziti210 && busy(code):
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
