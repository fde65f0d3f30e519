package controller

import "gyre/model"

// Routers of one release and controllers of another understand each other as far as the handlers go that a release
// has: CreateTunnelTerminator, RemoveTunnelTerminator, ListServices and the sessions until 398a402d1 (v2.0.0), which is
// after ziti-1.8.0; CreateTunnelTerminatorV2 since 094542732 (ziti-1.1.8); RemoveTerminators in all releases, for SDKs
// used it first; SubscribeToDataModel since 6517a7c22 (v1.3.0), after ziti-1.1.8. A request without a handler is
// dropped. Left out is what v1.3 and later may have pushed to a router that does not subscribe: here it gets nothing.

// spoken returns the release of the router a request came from.
func (c *controller) spoken(m *model.Msg) model.Release {
	if ch := c.channel(m.Router); ch != nil && ch.speaks != 0 {
		return ch.speaks
	}
	return c.release
}

// handles reports whether this release has a handler for a request of that release.
func (c *controller) handles(m *model.Msg) bool {
	r := c.spoken(m)
	switch m.Kind {
	case model.CreateRequest:
		return r < model.Ziti118 && c.release < model.Ziti210 || r >= model.Ziti118 && c.release >= model.Ziti118
	case model.RemoveRequest:
		return r >= model.Ziti140Pre || c.release < model.Ziti210
	case model.ValidateSessions:
		return c.release < model.Ziti210 || c.cfg.Bugs.Has(model.B47)
	case model.ListServices, model.Authenticate:
		return c.release < model.Ziti210
	case model.Subscribe:
		return c.release >= model.Ziti140Pre
	default:
		return true
	}
}

// hangs reports whether an edge session hangs on what a router asks for.
func (c *controller) hangs(m *model.Msg) bool { return c.spoken(m) < model.Ziti118 }

// single reports whether a router asks for removals one by one.
func (c *controller) single(m *model.Msg) bool { return c.spoken(m) < model.Ziti140Pre }
