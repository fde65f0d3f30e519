package scenarios

import (
	"slices"
	"strconv"

	"gyre/sim"
)

func desireCards() []card {
	return []card{
		{"toggle", 3, toggleCard},
		{"blink", 3, blinkCard},
		{"host", 2, hostCard},
		{"retire", 2, func(g *stage) *draft { return g.orderCard("retire") }},
		{"bind-first", 2, bindFirst},
		{"deny", 1, denyCard},
		{"touch", 1, touchCard},
		{"touch-identity", 1, touchIdentity},
		{"delete", 2, func(g *stage) *draft { return g.orderCard("delete") }},
		{"lookup", 1, lookupCard},
		{"reconnect", 2, reconnectCard},
		{"mass", 1, massCard},
	}
}

// ask adds an order of the operator.
func (d *draft) ask(at sim.Time, verb, service string, on []string) {
	d.add(at, verb, func(s *Directive) { s.Service, s.Nodes = service, slices.Clone(on) })
	d.asks = append(d.asks, ask{at, at, working})
}

// orderCard gives one order about a service.
func (g *stage) orderCard(verb string) *draft {
	service, on := g.service()
	d := &draft{}
	d.ask(g.spot(0), verb, service, on)
	return d
}

// write is how long a write of the operator takes at most while all is well.
func (g *stage) write() sim.Duration {
	return 8*g.reach + 50*sim.Millisecond
}

// toggleCard takes access to a service and gives it, by turns.
func toggleCard(g *stage) *draft {
	service, on := g.service()
	every := max(g.among(200, 1000, 2000, 5000, 15_000), 4*g.write())
	length := every * sim.Duration(2+g.draw.Below(20))
	if most := 90 * sim.Second; length > most {
		length = most
	}
	at := g.spot(length)
	at = max(at, sim.Time(electing)+1)
	d := &draft{}
	until := at.Add(length)
	d.add(at, "toggle", func(s *Directive) { s.Service, s.Nodes, s.Span, s.Until = service, on, every, until })
	d.asks = []ask{{at, until, working}}
	return d
}

// blinkCard gives a service for a moment, or takes it for one.
func blinkCard(g *stage) *draft {
	service, on := g.service()
	gap := g.among(0, 5, 50, 300, 1000, 3000, 20_000)
	at := g.spot(gap)
	d := &draft{}
	verbs := []string{"retire", "host"}
	if g.chance(1, 3) {
		slices.Reverse(verbs)
	}
	for i, verb := range verbs {
		d.ask(at.Add(sim.Duration(i)*gap), verb, service, on)
	}
	if verbs[0] == "retire" {
		d.steps[1].Count = g.count()
	}
	return d
}

// count draws how many terminators a service gets: one, not said, mostly.
func (g *stage) count() int {
	if g.chance(3, 4) {
		return 0
	}
	return 1 + int(g.draw.Below(3))
}

// hostCard gives a service that was not there, and perhaps takes it again.
func hostCard(g *stage) *draft {
	g.fresh++
	name := "new" + strconv.Itoa(g.fresh)
	gap := g.among(50, 1000, 10_000, 60_000)
	at := g.spot(gap)
	on := g.someRouters(&g.draw)
	d := &draft{}
	d.ask(at, "host", name, on)
	d.steps[0].Count = g.count()
	if g.chance(1, 2) {
		d.ask(at.Add(gap), []string{"retire", "delete", "deny", "unbind"}[g.draw.Below(4)], name, on)
	}
	return d
}

// bindFirst gives a service in two steps, in either order.
func bindFirst(g *stage) *draft {
	g.fresh++
	name := "new" + strconv.Itoa(g.fresh)
	gap := g.among(0, 200, 1000, 3000, 30_000)
	at := g.spot(gap)
	on := g.someRouters(&g.draw)
	verbs := []string{"bind", "allow"}
	if g.chance(1, 4) {
		slices.Reverse(verbs)
	}
	d := &draft{}
	for i, verb := range verbs {
		d.ask(at.Add(sim.Duration(i)*gap), verb, name, on)
	}
	return d
}

// denyCard takes the controllers' half of the policies away, and gives it back.
func denyCard(g *stage) *draft {
	service, on := g.service()
	gap := g.among(1000, 10_000, 60_000)
	at := g.spot(gap)
	d := &draft{}
	d.ask(at, "deny", service, on)
	if g.chance(1, 2) {
		d.ask(at, "delete", service, on)
	}
	d.ask(at.Add(gap), "allow", service, on)
	return d
}

func touchCard(g *stage) *draft {
	service, _ := g.service()
	at := g.spot(0)
	d := &draft{}
	d.ask(at, "touch", service, nil)
	return d
}

// touchIdentity edits identities, again and again.
func touchIdentity(g *stage) *draft {
	at := g.spot(40 * sim.Second)
	on := g.someRouters(&g.draw)
	d := &draft{}
	for i := range 1 + g.draw.Below(4) {
		d.ask(at.Add(sim.Duration(i)*10*sim.Second), "touch-identity", "", on)
	}
	return d
}

func lookupCard(g *stage) *draft {
	service, _ := g.service()
	id := g.controller()
	at := g.spot(0)
	d := &draft{}
	d.add(at, "lookup", func(s *Directive) { s.Service, s.Nodes = service, []string{g.name(id)} })
	d.alive = []span{{id, at, at}}
	return d
}

// reconnectCard lets routers forget a controller and learn of it again.
func reconnectCard(g *stage) *draft {
	from := g.name(g.router())
	if g.chance(1, 3) {
		from = groupRouters
	}
	pairs := []Pair{{From: from, To: g.name(g.controller())}}
	gap := g.among(20, 1000, 8000, 60_000)
	at := g.spot(gap)
	d := &draft{}
	d.add(at, "disconnect", func(s *Directive) { s.Pairs = pairs })
	d.add(at.Add(gap), "connect", func(s *Directive) { s.Pairs = slices.Clone(pairs) })
	return d
}

// massCard takes all services of the family away at once and gives some back.
func massCard(g *stage) *draft {
	family := &g.plan.Services[0]
	if family.Count == 0 || family.Count*g.plan.Routers > 300 {
		return nil
	}
	on := g.someRouters(&g.draw)
	gap := g.among(100, 2000, 30_000)
	at := g.spot(gap)
	d := &draft{}
	d.ask(at, "retire", groupServices, on)
	back := groupServices
	if g.chance(1, 2) {
		back = family.names()[0]
	}
	d.ask(at.Add(gap), "host", back, on)
	return d
}
