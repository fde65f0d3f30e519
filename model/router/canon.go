package router

import "gyre/sim"

// Canon implements sim.Node.
func (r *Router) Canon(c *sim.Canon) {
	if r.reg == nil {
		return // not booted
	}
	c.Int("channels", int64(len(r.channels)))
	for i := range r.channels {
		r.channels[i].canon(c, r)
	}
	c.Node("leader", r.leader)
	base := max(r.listVersion, r.leaderVersion)
	c.Flag("list", r.listVersion != 0)
	c.Count("version", r.listVersion, base)
	c.Flag("announced", r.leaderVersion != 0)
	c.Count("version", r.leaderVersion, base)
	r.lim.Canon(c)
	r.pool.Canon(c)
	c.Flag("started", r.started)
	r.tunnel.Canon(c)
	r.model.Canon(c)
	r.poll.Canon(c)
	// What was drawn counts in canonical state too: a loop in which chance had a part is no proof.
	c.Int("drawn", int64(r.mapOrder.Drawn()))
	c.Int("drawn", int64(r.hosting.Drawn()))
	c.Same(func(c *sim.Canon) { c.Int("req", int64(r.req)) })
	r.canonBugs(c)
	r.reg.Canon(c)
	r.edge.Canon(c)
}
