package scenarios

import "gyre/sim"

// upgradeTo is the release that generated plans upgrade to. What a plan ends as is what it is judged by, so it is the
// one of which the most is expected.
const upgradeTo = "ziti-2.1.0"

// upgrade deals the card of an upgrade to one plan in twenty-four. It has a stream of its own, so that the other plans
// are what they were without it.
func (g *stage) upgrade(s sim.Stream) {
	if s.Chance(1, 24) {
		g.draw = s
		g.play(card{"upgrade", 1, upgradeCard})
	}
}

// upgradeCard upgrades every controller, one after the other, and then all routers: OpenZiti wants them in that order,
// and releases that are far apart do not understand each other. In between nothing can be written. A spare would join
// as it was and stop all writes again, so there are none.
func upgradeCard(g *stage) *draft {
	if g.plan.Spares > 0 {
		return nil
	}
	gap := g.among(2000, 5000, 20_000, 60_000)
	length := gap * sim.Duration(g.plan.Controllers+1)
	at := g.spot(length)
	d := &draft{}
	become := func(at sim.Time, names []string, ids []sim.NodeID) {
		d.add(at, "upgrade", func(s *Directive) { s.Nodes, s.Word = names, upgradeTo })
		d.outage(g, ids, at, at.Add(restartDown))
	}
	for i := range g.plan.Controllers {
		become(at.Add(gap*sim.Duration(i)), []string{controllerName(i)}, []sim.NodeID{sim.NodeID(i + 1)})
	}
	var routers []sim.NodeID
	for i := range g.plan.Routers {
		routers = append(routers, sim.NodeID(1+g.plan.Controllers+i))
	}
	become(at.Add(length), []string{groupRouters}, routers)
	d.dark = append(d.dark, span{0, at, at.Add(length + electing)})
	return d
}
