package scenarios

import (
	"slices"

	"gyre/sim"
)

// stage is a plan being generated. It keeps an account of who will be up when and when somebody will lead, so that
// every directive finds what it needs: nothing is paused that is down, nothing is asked for while nobody can grant it.
type stage struct {
	config GenConfig
	plan   *Plan
	swarm  sim.Stream
	draw   sim.Stream
	reach  sim.Duration // the most a message takes between two nodes

	from, to sim.Time // of the timeline
	ledger   ledger
	dealt    []string // cards that were dealt
	tried    map[string]int
	fresh    int  // services declared on the way
	members  bool // a card about the membership was dealt
}

// span is a part of the timeline, of one node (0: of the cluster).
type span struct {
	node     sim.NodeID
	from, to sim.Time
}

// ask is an order of the operator, or a series of them, and how long the writes after the last one take.
type ask struct {
	from, to sim.Time
	work     sim.Duration
}

// working is how long the writes of an order take at most, attempts that are repeated included.
const working = 8 * sim.Second

func (a span) meets(b span) bool { return a.node == b.node && a.from <= b.to && b.from <= a.to }

// ledger is the account of a stage. Nodes in busy change their state within the span, those in alive must not;
// in rough spans nobody may lead, and around lead somebody must; asks need a leader that can write.
type ledger struct {
	busy, alive []span
	rough       []span
	lead        []sim.Time
	dark        []span // nothing can be written
	out         []span // controllers that do not take part
	asks        []ask
}

// draft is a card's proposal.
type draft struct {
	ledger
	steps []Directive
}

// The times that a cluster of healthy controllers needs at most to have a leader again, after the worst election, and
// for how long an order of the operator may have to wait.
const (
	electing = 25 * sim.Second
	patience = 35 * sim.Second
)

// commit takes a draft into the plan if it agrees with all that is there.
func (g *stage) commit(d *draft) bool {
	all := g.ledger
	all.busy = append(slices.Clip(all.busy), d.busy...)
	all.alive = append(slices.Clip(all.alive), d.alive...)
	all.rough = append(slices.Clip(all.rough), d.rough...)
	all.lead = append(slices.Clip(all.lead), d.lead...)
	all.dark = append(slices.Clip(all.dark), d.dark...)
	all.out = append(slices.Clip(all.out), d.out...)
	all.asks = append(slices.Clip(all.asks), d.asks...)
	if clash(g.ledger.busy, d.busy) || clash(all.alive, d.busy) || clash(g.ledger.busy, d.alive) {
		return false
	}
	before := append(slices.Clip(g.ledger.dark), g.lost(g.ledger.out)...)
	dark := append(slices.Clip(all.dark), g.lost(all.out)...)
	if !led(g.ledger.lead, all.rough, dark) || !led(d.lead, g.ledger.rough, before) {
		return false
	}
	for _, a := range all.asks {
		if !granted(a, dark) {
			return false
		}
	}
	g.ledger = all
	g.plan.Steps = append(g.plan.Steps, d.steps...)
	return true
}

// led reports whether there is somebody who leads at all the times at which there must be. What a card does to the
// leader itself is no obstacle to the card.
func led(lead []sim.Time, rough, dark []span) bool {
	for _, at := range lead {
		point := []span{{from: at, to: at}}
		if clash(rough, point) || clash(dark, point) {
			return false
		}
	}
	return true
}

func clash(have, want []span) bool {
	for _, a := range have {
		for _, b := range want {
			if a.meets(b) {
				return true
			}
		}
	}
	return false
}

// granted reports whether what is asked for is carried out in time: a single order may wait a while, a series of
// orders may not wait at all.
func granted(a ask, dark []span) bool {
	if a.to > a.from {
		return !clash(dark, []span{{from: a.from, to: a.to.Add(a.work)}})
	}
	at := a.from
	for moved := true; moved; {
		moved = false
		for _, w := range dark {
			if w.from <= at.Add(a.work) && at <= w.to {
				at, moved = w.to+1, true
			}
		}
	}
	return at.Sub(a.from) <= patience
}

// lost returns when too few voters take part to have a leader, or when it may have been the leader that went.
func (g *stage) lost(out []span) []span {
	voters := g.plan.Voters
	if g.members || g.plan.Spares > 0 {
		voters = max(1, voters-1) // one may have left
	}
	var dark []span
	for _, a := range out {
		dark = append(dark, span{from: a.from, to: a.from.Add(electing)}, span{from: a.to, to: a.to.Add(electing)})
		gone, back := 0, a.to
		for _, b := range out {
			if b.from <= a.from && a.from <= b.to && int(b.node) <= g.plan.Voters {
				gone++
				back = min(back, b.to)
			}
		}
		if gone > (voters-1)/2 {
			dark = append(dark, span{from: a.from, to: back.Add(electing)})
		}
	}
	return dark
}

// prepare draws how long the timeline is and accounts for the start of the cluster.
func (g *stage) prepare() {
	g.to = sim.Time([]sim.Duration{1, 2, 2, 3, 5, 10, 20}[g.draw.Below(7)] * sim.Minute)
	g.from = sim.Time(30 * sim.Second)
	if g.draw.Chance(1, 4) {
		g.from = 0 // trouble from the start
	}
	g.ledger.dark = []span{{to: sim.Time(electing)}}
	g.ledger.rough = g.ledger.dark
	if g.plan.Manual {
		g.introduce()
	}
}

// introduce tells every router of the controllers, one after the other.
func (g *stage) introduce() {
	p := g.plan
	at := sim.Time(0)
	for i := range p.Controllers {
		if i > 0 && g.draw.Chance(1, 4) {
			continue
		}
		pair := Pair{From: groupRouters, To: controllerName(i)}
		p.Steps = append(p.Steps, Directive{At: at, Verb: "connect", Pairs: []Pair{pair}})
		at = at.Add(g.draw.Between(1, 20) * sim.Second)
	}
}

// spot draws a time at which something of the given length may start: anywhere, or shortly after something else, for
// it is what comes together that makes trouble.
func (g *stage) spot(length sim.Duration) sim.Time {
	last := max(g.from, g.to.Add(-length))
	if n := len(g.plan.Steps); n > 0 && g.draw.Chance(1, 2) {
		near := g.plan.Steps[g.draw.Below(uint64(n))].At
		reach := []sim.Duration{10 * sim.Millisecond, sim.Second, 5 * sim.Second, 40 * sim.Second}[g.draw.Below(4)]
		if at := near.Add(g.draw.Between(0, reach)); at >= g.from && at <= last {
			return at / sim.Time(sim.Millisecond) * sim.Time(sim.Millisecond)
		}
	}
	return max(g.from, roundTime(&g.draw, g.from.Add(g.draw.Between(0, last.Sub(g.from)))))
}

// roundTime rounds a time the way people write it, mostly.
func roundTime(s *sim.Stream, at sim.Time) sim.Time {
	unit := []sim.Duration{sim.Second, sim.Second, 100 * sim.Millisecond, sim.Millisecond}[s.Below(4)]
	return at / sim.Time(unit) * sim.Time(unit)
}

// among draws one of the spans given, in milliseconds.
func (g *stage) among(ms ...sim.Duration) sim.Duration {
	return ms[g.draw.Below(uint64(len(ms)))] * sim.Millisecond
}

func (g *stage) chance(num, den uint64) bool { return g.draw.Chance(num, den) }

// controller draws a member of the start, router a router.
func (g *stage) controller() sim.NodeID {
	return sim.NodeID(1 + g.draw.Below(uint64(g.plan.Controllers)))
}

func (g *stage) router() sim.NodeID {
	return sim.NodeID(1 + g.plan.Controllers + g.plan.Spares + int(g.draw.Below(uint64(g.plan.Routers))))
}

func (g *stage) name(id sim.NodeID) string {
	if n := int(id) - g.plan.Controllers - g.plan.Spares; n > 0 {
		return routerName(n - 1)
	}
	return controllerName(int(id) - 1)
}

func (g *stage) isController(id sim.NodeID) bool { return int(id) <= g.plan.Controllers+g.plan.Spares }

// anyNodes draws one node or a few of a kind, each once.
func (g *stage) anyNodes() []sim.NodeID {
	one := g.router
	most := 1
	if g.chance(1, 2) {
		one = g.controller
	}
	if g.chance(1, 4) {
		most = 4
	}
	var ids []sim.NodeID
	for range most {
		if id := one(); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (g *stage) names(ids []sim.NodeID) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = g.name(id)
	}
	return names
}

// service draws a service that is there from the start, and where it is hosted.
func (g *stage) service() (string, []string) {
	s := &g.plan.Services[g.draw.Below(uint64(len(g.plan.Services)))]
	names := s.names()
	name := names[g.draw.Below(uint64(min(len(names), 4)))] // the same ones again and again
	on := s.On
	if g.chance(1, 2) || len(on) == 1 && on[0] == groupRouters && g.plan.Routers > 8 {
		ids := g.plan.resolve(on, 0)
		on = []string{g.name(ids[g.draw.Below(uint64(min(len(ids), 4)))])}
	}
	return name, slices.Clone(on)
}

// pair draws a link: of a router and a controller mostly.
func (g *stage) pair() (sim.NodeID, sim.NodeID) {
	a, b := g.controller(), g.router()
	if g.plan.Controllers > 1 && g.chance(1, 4) {
		for b = g.controller(); a == b; {
			b = g.controller()
		}
	} else if g.chance(1, 2) {
		a, b = b, a
	}
	return a, b
}

// sortSteps puts directives in order of time; those of one time stay in order.
func sortSteps(steps []Directive) {
	slices.SortStableFunc(steps, func(a, b Directive) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
}
