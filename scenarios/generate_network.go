package scenarios

import (
	"slices"

	"gyre/sim"
)

func networkCards() []card {
	return []card{
		{"cut", 2, cutCard},
		{"partition", 2, partitionCard},
		{"slow", 2, slowCard},
		{"stall", 2, stallCard},
		{"half-open", 2, func(g *stage) *draft { return g.breakCard("half-open") }},
		{"break", 3, func(g *stage) *draft { return g.breakCard("break") }},
		{"flap", 1, flapCard},
	}
}

// mend adds the end of something wrong with links, in one of the ways to say it. Sometimes it is left to settle.
func (d *draft) mend(g *stage, at sim.Time, pairs []Pair) {
	d.add(at, "heal", func(s *Directive) {
		if !g.chance(1, 4) {
			s.Pairs = slices.Clone(pairs)
		}
	})
}

// mesh accounts for something wrong between controllers.
func (d *draft) mesh(g *stage, a, b sim.NodeID, from, to sim.Time) {
	if g.isController(a) && g.isController(b) {
		d.shaken(from, to)
	}
}

// cutCard cuts one direction of a link, or both.
func cutCard(g *stage) *draft {
	a, b := g.pair()
	length := g.among(500, 3000, 10_000, 45_000, 120_000)
	at := g.spot(length)
	pairs := []Pair{{From: g.name(a), To: g.name(b), Both: g.chance(1, 2)}}
	d := &draft{}
	d.add(at, "cut", func(s *Directive) { s.Pairs = pairs })
	d.mend(g, at.Add(length), pairs)
	d.mesh(g, a, b, at, at.Add(length))
	return d
}

// partitionCard parts the nodes: a controller with its routers from the rest, or at random.
func partitionCard(g *stage) *draft {
	p := g.plan
	sides := [2][]string{}
	var out []sim.NodeID
	few := int(g.draw.Below(uint64(max(1, (p.Voters+1)/2)))) // controllers on the small side
	for i := range p.Controllers {
		side := 1
		if i < few {
			side = 0
			out = append(out, sim.NodeID(i+1))
		}
		sides[side] = append(sides[side], controllerName(i))
	}
	for i := range min(p.Routers, 12) {
		if side := g.draw.Below(3); side < 2 { // some see both sides
			sides[side] = append(sides[side], routerName(i))
		}
	}
	if len(sides[0]) == 0 || len(sides[1]) == 0 {
		return nil
	}
	length := g.among(2000, 10_000, 45_000, 120_000)
	at := g.spot(length)
	d := &draft{}
	d.add(at, "cut", func(s *Directive) { s.Groups = [][]string{sides[0], sides[1]} })
	d.add(at.Add(length), "heal", func(s *Directive) {
		if g.chance(1, 2) {
			s.Groups = [][]string{slices.Clone(sides[0]), slices.Clone(sides[1])}
		}
	})
	if len(out) > 0 {
		d.shaken(at, at)
		d.shaken(at.Add(length), at.Add(length))
		d.rough = append(d.rough, span{0, at, at.Add(length + electing)})
		for _, id := range out {
			d.out = append(d.out, span{id, at, at.Add(length)})
		}
	}
	return d
}

func slowCard(g *stage) *draft {
	a, b := g.pair()
	by := g.among(20, 100, 500, 1000)
	if !g.isController(a) || !g.isController(b) {
		by = g.among(20, 100, 500, 2000, 6000)
	}
	length := g.among(5000, 30_000, 120_000)
	at := g.spot(length)
	pairs := []Pair{{From: g.name(a), To: g.name(b), Both: g.chance(1, 2)}}
	d := &draft{}
	d.add(at, "slow", func(s *Directive) { s.Pairs, s.Span = pairs, by })
	if g.chance(1, 2) {
		d.add(at.Add(length), "slow", func(s *Directive) { s.Pairs = slices.Clone(pairs) })
	} else {
		d.mend(g, at.Add(length), pairs)
	}
	d.mesh(g, a, b, at, at.Add(length))
	return d
}

func stallCard(g *stage) *draft {
	a, b := g.pair()
	length := g.among(1000, 8000, 20_000, 60_000)
	at := g.spot(length)
	pairs := []Pair{{From: g.name(a), To: g.name(b), Both: g.chance(1, 2)}}
	d := &draft{}
	d.add(at, "stall", func(s *Directive) { s.Pairs = pairs })
	d.add(at.Add(length), "unstall", func(s *Directive) { s.Pairs = slices.Clone(pairs) })
	d.mesh(g, a, b, at, at.Add(length))
	return d
}

// breakCard breaks the connections of a link, or of many.
func (g *stage) breakCard(verb string) *draft {
	a, b := g.pair()
	at := g.spot(0)
	pair := Pair{From: g.name(a), To: g.name(b), Both: verb == "break"}
	wide := g.chance(1, 4)
	if wide {
		pair = Pair{From: groupRouters, To: controllerName(int(g.controller()) - 1), Both: pair.Both}
	}
	d := &draft{}
	d.add(at, verb, func(s *Directive) { s.Pairs = []Pair{pair} })
	if !wide {
		d.mesh(g, a, b, at, at)
	}
	return d
}

// flapCard breaks the channel to one controller again and again.
func flapCard(g *stage) *draft {
	router, ctl := g.router(), g.controller()
	gap := g.among(500, 2000, 6000, 15_000)
	count := 2 + int(g.draw.Below(6))
	at := g.spot(sim.Duration(count) * gap)
	d := &draft{}
	for i := range count {
		d.add(at.Add(sim.Duration(i)*gap), "break", func(s *Directive) {
			s.Pairs = []Pair{{From: g.name(router), To: g.name(ctl), Both: true}}
		})
	}
	return d
}
