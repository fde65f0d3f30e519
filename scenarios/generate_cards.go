package scenarios

import (
	"slices"

	"gyre/sim"
)

// card is an episode that a plan may have: a feature of the swarm.
type card struct {
	name   string
	copies int                   // in a deck that has it
	deal   func(g *stage) *draft // nil: there is nothing it could be about
}

// cards returns all of them: faults, desires, recipes.
func cards() []card {
	return slices.Concat(processCards(), networkCards(), desireCards(), recipes())
}

// deck draws which cards are in play at all, and shuffles them.
func (g *stage) deck() []card {
	var deck []card
	rare := 1 + g.swarm.Below(4) // from one in two to one in five
	all := cards()
	if g.config.FaultFree {
		all = desireCards()
	}
	for _, c := range all {
		copies := c.copies
		if c.name == "toggle" {
			copies += 2
		} else if !g.swarm.Chance(1, 1+rare) {
			continue
		}
		for range copies {
			deck = append(deck, c)
		}
	}
	for i := range deck {
		k := i + int(g.draw.Below(uint64(len(deck)-i)))
		deck[i], deck[k] = deck[k], deck[i]
	}
	most := 1 + int(g.swarm.Below(uint64(g.config.Cards)))
	return deck[:min(len(deck), most)]
}

// play deals a card. What does not fit after some attempts is left out.
func (g *stage) play(c card) {
	const attempts = 6
	for range attempts {
		d := c.deal(g)
		if d == nil {
			return
		}
		if slices.ContainsFunc(d.steps, func(s Directive) bool { return slices.Contains(g.config.Without, s.Verb) }) {
			continue
		}
		if g.commit(d) {
			g.dealt = append(g.dealt, c.name)
			return
		}
	}
}

// outage accounts for nodes that do not take part for a while.
func (d *draft) outage(g *stage, ids []sim.NodeID, from, to sim.Time) {
	for _, id := range ids {
		d.busy = append(d.busy, span{id, from, to.Add(2 * sim.Second)})
		if g.isController(id) {
			d.out = append(d.out, span{id, from, to})
			d.rough = append(d.rough, span{0, from, to.Add(electing)})
		}
	}
}

// shaken accounts for something after which another controller may lead.
func (d *draft) shaken(from, to sim.Time) {
	d.rough = append(d.rough, span{0, from, to.Add(electing)})
	d.dark = append(d.dark, span{0, from, to.Add(electing)})
}

func (d *draft) add(at sim.Time, verb string, fill func(s *Directive)) {
	s := Directive{At: at, Verb: verb}
	fill(&s)
	d.steps = append(d.steps, s)
}

func (d *draft) nodes(at sim.Time, verb string, names ...string) {
	d.add(at, verb, func(s *Directive) { s.Nodes = names })
}

func processCards() []card {
	return []card{
		{"crash", 2, func(g *stage) *draft { return g.crashCard(0) }},
		{"crash-within", 2, func(g *stage) *draft { return g.crashCard(1 + int(g.draw.Below(12))) }},
		{"crash-leader", 2, crashLeader},
		{"restart", 3, restartCard},
		{"pause", 2, pauseCard},
		{"wipe", 1, wipeCard},
		{"skew", 1, skewCard},
		{"overload", 1, overloadCard},
		{"lag", 2, lagCard},
		{"read-only", 1, readOnlyCard},
		{"transfer", 1, transferCard},
		{"elect", 1, electCard},
		{"member", 3, memberCard},
		{"snapshot", 1, snapshotCard},
	}
}

// crashCard kills some processes, in the middle of a step if after is not 0, and starts them again, mostly.
func (g *stage) crashCard(after int) *draft {
	ids := g.anyNodes()
	down := g.among(50, 1000, 5000, 20_000, 60_000, 180_000)
	at := g.spot(down)
	d := &draft{}
	d.add(at, "crash", func(s *Directive) { s.Nodes, s.Count = g.names(ids), after })
	if after > 0 {
		down = max(down, 15*sim.Second) // the next step may be a heartbeat away
	}
	d.outage(g, ids, at, at.Add(down))
	d.nodes(at.Add(down), "start", g.names(ids)...)
	return d
}

// crashLeader kills whoever leads.
func crashLeader(g *stage) *draft {
	down := g.among(1000, 10_000, 60_000)
	at := g.spot(down)
	d := &draft{}
	d.lead = []sim.Time{at}
	d.add(at, "crash", func(s *Directive) {
		s.Nodes = []string{groupLeader}
		if g.chance(1, 2) {
			s.Count = 1 + int(g.draw.Below(8))
		}
	})
	d.nodes(at.Add(down), "start", groupControllers)
	d.wholeCluster(g, at, at.Add(down), 1)
	return d
}

// allControllers names the members of the start; the group word has the spares in it.
func (g *stage) allControllers() []string {
	names := make([]string, g.plan.Controllers)
	for i := range names {
		names[i] = controllerName(i)
	}
	return names
}

// wholeCluster accounts for n unnamed controllers that do not take part.
func (d *draft) wholeCluster(g *stage, from, to sim.Time, n int) {
	for i := range g.plan.Controllers {
		id := sim.NodeID(i + 1)
		d.busy = append(d.busy, span{id, from, to.Add(2 * sim.Second)})
		if i < n {
			d.out = append(d.out, span{id, from, to})
		}
	}
	d.rough = append(d.rough, span{0, from, to.Add(electing)})
}

// restartCard restarts one process, some, or many, as OpenZiti's chaos tests do.
func restartCard(g *stage) *draft {
	ids := g.anyNodes()
	if g.chance(1, 4) {
		ids = nil
		for i := range g.plan.Routers {
			if len(ids) < 20 && g.chance(1, 2) {
				ids = append(ids, sim.NodeID(1+g.plan.Controllers+g.plan.Spares+i))
			}
		}
		for range g.draw.Below(4) {
			if id := g.controller(); !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	down := g.among(0, 200, 1000, 5000, 30_000)
	at := g.spot(down)
	d := &draft{}
	d.add(at, "restart", func(s *Directive) { s.Nodes, s.Span = g.names(ids), down })
	d.outage(g, ids, at, at.Add(max(down, restartDown)))
	return d
}

// pauseCard freezes processes and lets them go on, mostly.
func pauseCard(g *stage) *draft {
	ids := g.anyNodes()
	length := g.among(500, 2000, 6000, 15_000, 60_000)
	at := g.spot(length)
	d := &draft{}
	names := g.names(ids)
	if g.plan.Controllers > 1 && g.chance(1, 3) {
		names = []string{groupLeader}
		d.lead = []sim.Time{at}
		d.nodes(at, "pause", names...)
		d.wholeCluster(g, at, at.Add(length), 1)
		d.nodes(at.Add(length), "resume", g.allControllers()...)
		return d
	}
	d.nodes(at, "pause", names...)
	d.outage(g, ids, at, at.Add(length))
	d.nodes(at.Add(length), "resume", names...)
	return d
}

func wipeCard(g *stage) *draft {
	id := g.router()
	at := g.spot(0)
	d := &draft{}
	d.nodes(at, "wipe", g.name(id))
	d.outage(g, []sim.NodeID{id}, at, at)
	return d
}

func skewCard(g *stage) *draft {
	ids := g.anyNodes()
	by := g.among(100, 500, 2000, 10_000, 60_000)
	if g.chance(1, 2) {
		by = -by
	}
	length := g.among(5000, 60_000)
	at := g.spot(length)
	d := &draft{}
	d.add(at, "skew", func(s *Directive) { s.Nodes, s.Span = g.names(ids), by })
	d.add(at.Add(length), "skew", func(s *Directive) { s.Nodes, s.Span = g.names(ids), 0 })
	if g.isController(ids[0]) {
		d.shaken(at, at)
		d.shaken(at.Add(length), at.Add(length))
	}
	return d
}

func overloadCard(g *stage) *draft {
	ids := g.anyNodes()
	x := []int{2, 5, 20, 100}[g.draw.Below(4)]
	length := g.among(5000, 30_000, 120_000)
	at := g.spot(length)
	d := &draft{}
	d.add(at, "overload", func(s *Directive) { s.Nodes, s.Count = g.names(ids), x })
	d.add(at.Add(length), "overload", func(s *Directive) { s.Nodes, s.Count = g.names(ids), 1 })
	if g.isController(ids[0]) && x > 5 {
		d.shaken(at, at.Add(length))
	}
	return d
}

// lagCard lets controllers apply late.
func lagCard(g *stage) *draft {
	ids := []sim.NodeID{g.controller()}
	if g.chance(1, 3) {
		ids = append(ids, ids[0]%sim.NodeID(g.plan.Controllers)+1)
		ids = slices.Compact(ids)
	}
	by := g.among(20, 100, 500, 3000, 10_000, 30_000)
	length := g.among(5000, 20_000, 60_000, 180_000)
	at := g.spot(length)
	d := &draft{}
	d.add(at, "lag", func(s *Directive) { s.Nodes, s.Span = g.names(ids), by })
	d.add(at.Add(length), "lag", func(s *Directive) { s.Nodes, s.Span = g.names(ids), 0 })
	for _, id := range ids {
		d.alive = append(d.alive, span{id, at, at}, span{id, at.Add(length), at.Add(length)})
	}
	d.dark = append(d.dark, span{0, at, at.Add(length + by + electing)})
	return d
}

func readOnlyCard(g *stage) *draft {
	length := g.among(3000, 20_000, 120_000, 300_000)
	at := g.spot(length)
	d := &draft{}
	d.add(at, "read-only", func(s *Directive) { s.Word = "on" })
	d.add(at.Add(length), "read-only", func(s *Directive) { s.Word = "off" })
	d.busy = []span{{0, at, at.Add(length)}} // one such window at a time
	d.dark = []span{{0, at, at.Add(length + sim.Second)}}
	return d
}

func transferCard(g *stage) *draft {
	at := g.spot(0)
	d := &draft{}
	d.lead = []sim.Time{at}
	d.add(at, "transfer", func(s *Directive) {
		if g.chance(2, 3) {
			s.Nodes = []string{controllerName(int(g.draw.Below(uint64(g.plan.Voters))))}
		}
	})
	d.shaken(at, at)
	return d
}

func electCard(g *stage) *draft {
	id := sim.NodeID(1 + g.draw.Below(uint64(g.plan.Voters)))
	at := g.spot(0)
	d := &draft{}
	d.nodes(at, "elect", g.name(id))
	d.alive = []span{{id, at, at}}
	d.shaken(at, at)
	return d
}

// memberCard lets a controller join or leave. There are few, so that a majority stays.
func memberCard(g *stage) *draft {
	p := g.plan
	at := g.spot(0)
	d := &draft{}
	d.asks = []ask{{at, at, 500 * sim.Millisecond}}
	if g.tried["join"] < p.Spares && (g.chance(1, 2) || g.members || p.Voters < 3) {
		name := controllerName(p.Controllers + g.tried["join"])
		g.tried["join"]++
		d.add(at, "join", func(s *Directive) {
			s.Nodes = []string{name}
			if g.chance(1, 4) {
				s.Word = "non-voter"
			}
		})
	} else {
		if g.members || p.Voters < 3 {
			return nil
		}
		d.nodes(at, "leave", controllerName(int(g.draw.Below(uint64(p.Voters)))))
		g.members = true
	}
	d.shaken(at.Add(1*sim.Second), at.Add(40*sim.Second))
	return d
}

func snapshotCard(g *stage) *draft {
	id := g.controller()
	at := g.spot(0)
	d := &draft{}
	d.nodes(at, "snapshot", g.name(id))
	d.alive = []span{{id, at, at}}
	return d
}
