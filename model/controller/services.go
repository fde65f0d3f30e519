package controller

import "gyre/model"

// listServices answers a service poll (v1.0.0): only if something changed since the token the router last got
// from this controller. A controller that lags answers from the state it has.
func (c *controller) listServices(m model.Msg) {
	token := c.db.modelIndex(m.Router) + 1 // 0 is a router that has none
	if token == m.Aux {
		return
	}
	c.reply(&m, model.Msg{Kind: model.ServiceList, Req: m.Req, Index: token, Body: c.db.wanted(m.Router, 0)})
}
