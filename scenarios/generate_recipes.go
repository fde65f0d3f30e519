package scenarios

import (
	"gyre/sim"
)

// Recipes are episodes whose parts belong together: what a reading of the code says is likely to go wrong.
func recipes() []card {
	return []card{
		{"spin", 2, spinRecipe},
		{"upgrade", 1, upgradeRecipe},
		{"router-then-leader", 1, routerThenLeader},
		{"frozen-leader", 1, frozenLeader},
		{"cold-start", 1, coldStart},
		{"lagging-policy", 1, laggingPolicy},
		{"followers-only", 1, followersOnly},
		{"rolling", 1, rollingRecipe},
	}
}

// spinRecipe: a controller connects again and is asked about sessions it never knew (ziti#1936).
func spinRecipe(g *stage) *draft {
	router, ctl := g.router(), g.controller()
	at := g.spot(0)
	d := &draft{}
	pair := Pair{From: g.name(router), To: g.name(ctl), Both: true}
	if g.chance(1, 3) {
		pair.From = groupRouters
	}
	d.add(at, "break", func(s *Directive) { s.Pairs = []Pair{pair} })
	return d
}

// upgradeRecipe: a service is taken away just before the cluster turns read-only.
func upgradeRecipe(g *stage) *draft {
	service, on := g.service()
	length := g.among(120_000, 300_000)
	at := g.spot(length)
	on1 := at.Add(g.write() + g.among(1, 20, 100))
	d := &draft{}
	d.add(at, "retire", func(s *Directive) { s.Service, s.Nodes = service, on })
	d.add(on1, "read-only", func(s *Directive) { s.Word = "on" })
	d.add(on1.Add(length), "read-only", func(s *Directive) { s.Word = "off" })
	d.asks = []ask{{at, at, on1.Sub(at) - 1}}
	d.busy = []span{{0, on1, on1.Add(length)}}
	d.dark = []span{{0, on1, on1.Add(length + sim.Second)}}
	return d
}

// routerThenLeader: a router restarts, and the leader dies before it has validated what the router left behind.
func routerThenLeader(g *stage) *draft {
	if g.plan.Voters < 3 {
		return nil
	}
	router := g.router()
	after := g.among(0, 500, 5000, 20_000, 40_000)
	down := g.among(2000, 30_000)
	at := g.spot(after + down)
	crash := at.Add(after)
	d := &draft{}
	d.lead = []sim.Time{crash}
	verb := []string{"restart", "wipe"}[g.draw.Below(2)]
	d.nodes(at, verb, g.name(router))
	d.busy = []span{{router, at, at.Add(3 * sim.Second)}}
	d.nodes(crash, "crash", groupLeader)
	d.nodes(crash.Add(down), "start", groupControllers)
	d.wholeCluster(g, crash, crash.Add(down), 1)
	return d
}

// frozenLeader: the leader freezes while services are given, and goes on believing.
func frozenLeader(g *stage) *draft {
	if g.plan.Voters < 3 {
		return nil
	}
	service, on := g.service()
	length := g.among(5000, 15_000, 60_000)
	at := g.spot(length + 2*sim.Second)
	freeze := at.Add(g.among(0, 20, 500))
	d := &draft{}
	d.lead = []sim.Time{freeze}
	d.ask(at, "retire", service, on)
	d.ask(freeze.Add(g.among(0, 100, 2000)), "host", service, on)
	d.nodes(freeze, "pause", groupLeader)
	d.nodes(freeze.Add(length), "resume", g.allControllers()...)
	d.wholeCluster(g, freeze, freeze.Add(length), 1)
	return d
}

// coldStart: the first controller connects, drops out at once and comes back.
func coldStart(g *stage) *draft {
	id := g.controller()
	at := sim.Time(g.among(20, 200, 1000, 3000))
	back := at.Add(g.among(1000, 4000, 10_000))
	d := &draft{}
	name := g.name(id)
	if g.chance(1, 2) {
		d.nodes(at, "crash", name)
		d.nodes(back, "start", name)
		d.outage(g, []sim.NodeID{id}, at, back)
		return d
	}
	pair := Pair{From: name, To: groupRouters, Both: true}
	d.add(at, "cut", func(s *Directive) { s.Pairs = []Pair{pair} })
	d.add(at, "break", func(s *Directive) { s.Pairs = []Pair{pair} })
	d.add(back, "heal", func(s *Directive) { s.Pairs = []Pair{pair} })
	return d
}

// laggingPolicy: a policy is made while a follower applies late.
func laggingPolicy(g *stage) *draft {
	if g.plan.Voters < 3 {
		return nil
	}
	service, on := g.service()
	by := g.among(3000, 10_000, 30_000)
	leader := sim.NodeID(1 + g.draw.Below(uint64(g.plan.Voters)))
	follower := leader%sim.NodeID(g.plan.Voters) + 1
	start := g.spot(electing + by + 10*sim.Second)
	at := start.Add(electing)
	d := &draft{}
	d.nodes(start, "elect", g.name(leader))
	d.add(at, "lag", func(s *Directive) { s.Nodes, s.Span = []string{g.name(follower)}, by })
	order := at.Add(g.among(0, 500, 2000))
	d.add(order, "retire", func(s *Directive) { s.Service, s.Nodes = service, on })
	d.add(order.Add(g.among(100, 1000, 5000)), "host", func(s *Directive) { s.Service, s.Nodes = service, on })
	end := at.Add(by + 10*sim.Second)
	d.add(end, "lag", func(s *Directive) { s.Nodes = []string{g.name(follower)} })
	d.alive = []span{{leader, start, end}, {follower, start, end}}
	d.lead = []sim.Time{start, at, order, order.Add(5 * sim.Second)}
	d.rough = []span{{0, start + 1, at - 1}}
	d.dark = []span{{0, start + 1, at - 1}, {0, end.Add(-by), end.Add(by)}}
	return d
}

// followersOnly: a router sees followers only, while the leader is alive.
func followersOnly(g *stage) *draft {
	router := g.name(g.router())
	length := g.among(10_000, 45_000, 180_000)
	at := g.spot(length)
	d := &draft{}
	d.lead = []sim.Time{at}
	d.add(at, "cut", func(s *Directive) { s.Pairs = []Pair{{From: router, To: groupLeader, Both: true}} })
	if g.chance(1, 2) {
		service, on := g.service()
		d.ask(at.Add(g.among(100, 3000)), []string{"delete", "retire"}[g.draw.Below(2)], service, on)
	}
	d.add(at.Add(length), "heal", func(s *Directive) {})
	return d
}

// rollingRecipe restarts controller after controller.
func rollingRecipe(g *stage) *draft {
	gap := g.among(5000, 20_000, 60_000)
	n := min(g.plan.Controllers, 5)
	at := g.spot(sim.Duration(n) * gap)
	d := &draft{}
	for i := range n {
		id, from := sim.NodeID(i+1), at.Add(sim.Duration(i)*gap)
		d.nodes(from, "restart", g.name(id))
		d.outage(g, []sim.NodeID{id}, from, from.Add(sim.Second))
	}
	return d
}
