package controller

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// SDK hosts in the data model of a router (common/router_data_model.go, HEAD): which of those that use it may bind what
// they host. Upstream the policies are in it; here it is told as a whole whenever it changed, and with every lease.

// accessChanged tells the routers that an SDK host uses.
func (c *controller) accessChanged(host sim.NodeID) {
	i := slices.Index(c.cfg.SDKs, host)
	if i < 0 {
		return
	}
	for _, router := range c.cfg.Hosted[i].Via {
		if ch := c.channel(router); ch != nil {
			if s := &c.models[c.places[router]-1].sub; s.conn != 0 && s.conn == ch.conn && c.now < s.until {
				c.sendAccess(ch)
			}
		}
	}
}

// sendAccess tells a router which SDK hosts may bind.
func (c *controller) sendAccess(ch *channel) {
	list := &model.NodeList{}
	used := false
	for i, host := range c.cfg.SDKs {
		h := &c.cfg.Hosted[i]
		if !slices.Contains(h.Via, ch.router) {
			continue
		}
		used = true
		if p := c.db.access(host, h.Service); p.n > 0 {
			list.Nodes = append(list.Nodes, host)
		}
	}
	if used {
		c.send(ch, model.Msg{Kind: model.SDKAccess, Body: list})
	}
}

// panics reports whether a remove ends the process (B12, until f31f84934): the handler looked up on whose behalf it was
// to write, and took it for granted that who has a session has an API session. Here an SDK host has neither once it may
// not bind any more; upstream only the API session was gone. What is not there is not looked up.
func (c *controller) panics(m *model.Msg) bool {
	if !c.cfg.Bugs.Has(model.B12) {
		return false
	}
	ids := []model.TermID{m.Term}
	if list, ok := m.Body.(*model.TermList); ok {
		ids = list.Terms
	}
	return slices.ContainsFunc(ids, func(id model.TermID) bool {
		r := c.db.find(id)
		if r == nil || !id.SDK() || r.router != m.Router {
			return false
		}
		host := c.cfg.SDKs[r.n-model.SDKIndex]
		return c.db.access(host, r.service).n == 0
	})
}
