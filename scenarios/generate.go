package scenarios

import (
	"fmt"
	"strconv"

	"gyre/model"
	"gyre/sim"
)

// GenConfig bounds what Generate draws. Its zero value allows everything.
type GenConfig struct {
	Controllers int           // at most, spares included; 0 is 9
	Routers     int           // at most; 0 is 50
	Services    int           // at most; 0 is 200
	Cards       int           // episodes of the timeline, at most; 0 is 14
	Depth       int           // change points of a priority schedule; 0 is none
	SDKs        bool          // some plans have processes with SDKs, which not every release takes
	OneRelease  bool          // no plan upgrades anything, which not every algorithm can play
	Without     []string      // directives that no plan has, to look past what is known
	FaultFree   bool          // nothing but orders of the operator: no process and no link fails
	Settle      model.Release // settle as long as this one may need; 0 is as long as any
}

// Limits of what is generated unless a GenConfig says less.
const (
	genRouters  = 50
	genServices = 200
	genCards    = 14
	genRows     = 2000 // terminators
)

func (c GenConfig) withDefaults() GenConfig {
	c.Controllers = within(c.Controllers, ControllersMax)
	c.Routers = within(c.Routers, genRouters)
	c.Services = within(c.Services, genServices)
	c.Cards = within(c.Cards, genCards)
	return c
}

func within(n, most int) int {
	if n <= 0 || n > most {
		return most
	}
	return n
}

// Generate turns a seed into a plan. What may happen at all is drawn first (swarm testing: what is left out matters
// as much as what is in), then a deck of cards for that is shuffled and dealt. Several controllers, high latency and
// frequent changes of one service, under which the spin was reported, are more likely than the rest. The plan ends
// with a settle phase that is long enough for the checker's bounds in every release.
func Generate(seed sim.Seed, c GenConfig) *Plan {
	c = c.withDefaults()
	g := &stage{config: c, swarm: seed.Stream("swarm"), draw: seed.Stream("plan"), tried: map[string]int{}}
	g.plan = &Plan{Name: "fuzz-" + seed.String(), Seed: seed}
	g.topology(seed.Stream("topology"))
	g.tune(seed.Stream("settings"))
	g.prepare()
	g.sdks(seed.Stream("sdk"))
	deck := g.deck()
	for _, card := range deck {
		g.play(card)
	}
	if !c.OneRelease && !c.FaultFree {
		g.upgrade(seed.Stream("upgrade"))
	}
	if c.Depth > 0 {
		g.priorities(seed.Stream("priorities"))
	}
	g.story()
	p := g.plan
	sortSteps(p.Steps)
	p.Settle = settleFor(p, c.Settle)
	text := p.String()
	q, err := Parse(p.Name, text)
	sim.Assert(err == nil, "seed %s: what was generated is no plan: %v\n%s", seed, err, text)
	return q
}

// topology draws the nodes and what they host at the start. Small is far likelier than large.
func (g *stage) topology(s sim.Stream) {
	p, c := g.plan, g.config
	p.Controllers = min(c.Controllers, weighted(&s, 1, 2, 2, 4, 3, 9, 4, 1, 5, 4, 6, 1, 7, 2, 8, 1, 9, 1))
	p.Voters = p.Controllers
	if p.Controllers > 2 && s.Chance(1, 8) {
		p.Voters = p.Controllers - 1 - int(s.Below(uint64(p.Controllers-2)))
	}
	if room := c.Controllers - p.Controllers; room > 0 && s.Chance(1, 3) {
		p.Spares = min(room, 1+int(s.Below(2)))
	}
	p.Routers = min(c.Routers, g.size(&s, 1, 1, 2, 2, 3, 3, 6, 15, genRouters))
	services := min(c.Services, g.size(&s, 1, 1, 2, 3, 5, 10, 30, 80, genServices))
	for p.Routers*services > genRows {
		services /= 2
	}
	each := 0
	if services > 1 && p.Routers > 1 && s.Chance(1, 2) {
		each = 1 + int(s.Below(uint64(services)))
	}
	terminators := 0
	if s.Chance(1, 6) && p.Routers*services < 200 {
		terminators = 2 + int(s.Below(2))
	}
	if services == 1 {
		p.Services = []Service{{Name: "web", On: g.someRouters(&s), Terminators: terminators}}
		return
	}
	p.Services = []Service{{Count: services, On: []string{groupRouters}, Each: each, Terminators: terminators}}
	if s.Chance(1, 3) {
		p.Services = append(p.Services, Service{Name: "web", On: g.someRouters(&s)})
	}
}

// size draws a number: up to the first bound half of the time or so, and up to each further one less and less often.
func (g *stage) size(s *sim.Stream, bounds ...int) int {
	i := 0
	for i+1 < len(bounds) && s.Chance(7, 10) {
		i++
	}
	low := 1
	if i > 0 {
		low = bounds[i-1]
	}
	return low + int(s.Below(uint64(bounds[i]-low+1)))
}

// weighted draws a value; what follows are pairs of a value and its weight.
func weighted(s *sim.Stream, pairs ...int) int {
	total := 0
	for i := 1; i < len(pairs); i += 2 {
		total += pairs[i]
	}
	n := int(s.Below(uint64(total)))
	for i := 0; ; i += 2 {
		if n -= pairs[i+1]; n < 0 {
			return pairs[i]
		}
	}
}

// someRouters names one router, some, or all.
func (g *stage) someRouters(s *sim.Stream) []string {
	n := g.plan.Routers
	switch {
	case n == 1 || s.Chance(1, 2):
		return []string{routerName(int(s.Below(uint64(n))))}
	case s.Chance(1, 2):
		return []string{groupRouters}
	}
	names := []string{}
	for i := range n {
		if len(names) < 4 && s.Chance(2, uint64(n)) {
			names = append(names, routerName(i))
		}
	}
	if len(names) == 0 {
		names = append(names, routerName(0))
	}
	return names
}

func routerName(i int) string     { return "rtr" + strconv.Itoa(i+1) }
func controllerName(i int) string { return "ctl" + strconv.Itoa(i+1) }

// knobs are the settings that are drawn, and the values they are drawn from.
func knobs() []struct {
	name   string
	values []string
} {
	return []struct {
		name   string
		values []string
	}{
		{"snapshot-every", []string{"5", "20", "100"}},
		{"validate-tick", []string{"5s", "1m"}},
		{"validate-age", []string{"1s", "30s"}},
		{"handler-max", []string{"500us", "50ms", "300ms"}},
		{"apply-cost", []string{"0s", "5ms", "50ms"}},
		{"ctrl-event-max", []string{"0s", "50ms", "500ms"}},
		{"heartbeat-every", []string{"2s", "20s"}},
		{"send-queue", []string{"1", "4"}},
		{"request-timeout", []string{"1s", "10s"}},
		{"window-max", []string{"1", "5"}},
		{"pool-workers", []string{"1", "3"}},
		{"forward-workers", []string{"1"}},
		{"reestablish-delay", []string{"1s"}},
		{"retry-age", []string{"30s"}},
	}
}

// tune draws latencies and a few settings.
func (g *stage) tune(s sim.Stream) {
	p := g.plan
	set := func(name string, value string) { p.Settings = append(p.Settings, Setting{name, value}) }
	g.reach = 12 * sim.Millisecond
	if s.Chance(2, 5) { // high latency
		latency := []sim.Duration{50, 100, 150, 250, 400}[s.Below(5)] * sim.Millisecond
		jitter := latency / sim.Duration([]int{1, 2, 5, 20}[s.Below(4)])
		set("latency", latency.String())
		set("jitter", jitter.String())
		g.reach = latency + jitter
	} else if s.Chance(1, 6) {
		set("jitter", "0s")
	}
	if s.Chance(1, 3) {
		all := knobs()
		for range 1 + s.Below(3) {
			i := s.Below(uint64(len(all)))
			if k := all[i]; k.name != "" {
				set(k.name, k.values[s.Below(uint64(len(k.values)))])
				all[i].name = ""
			}
		}
	}
	if s.Chance(1, 3) {
		for i := range p.Controllers { // controllers on several continents, as routers see them
			latency := []sim.Duration{1, 5, 35, 70, 100, 140, 300}[s.Below(7)] * sim.Millisecond
			pair := Pair{From: controllerName(i), To: groupRouters, Both: true}
			p.Links = append(p.Links, LinkSetting{Pair: pair, Latency: latency, Jitter: latency / 10})
		}
	}
	if s.Chance(1, 6) && p.Controllers+p.Spares > 1 {
		mesh := []sim.Duration{35, 70, 140}[s.Below(3)] * sim.Millisecond
		pair := Pair{From: groupControllers, To: groupControllers, Both: true}
		p.Links = append(p.Links, LinkSetting{Pair: pair, Latency: mesh, Jitter: mesh / 10})
		g.reach = max(g.reach, mesh+mesh/10)
	}
	p.Manual = s.Chance(1, 7)
	p.Shuffle = g.config.Depth > 0 || s.Chance(1, 6)
}

// priorities turns the plan into a priority schedule (Burckhardt et al., ASPLOS 2010, PCT): every direction of every
// link gets a latency of its own, which orders messages that race, and at each change point one of them becomes the
// slowest.
func (g *stage) priorities(s sim.Stream) {
	p := g.plan
	if p.Controllers*p.Routers > 60 {
		return
	}
	const rank = 7 * sim.Millisecond
	p.Links = p.Links[:0]
	p.Settings = append(without(p.Settings, "latency", "jitter"), Setting{"jitter", "0s"})
	var pairs []Pair
	for i := range p.Controllers {
		for k := range p.Controllers {
			if i != k {
				pairs = append(pairs, Pair{From: controllerName(i), To: controllerName(k)})
			}
		}
		for k := range p.Routers {
			pairs = append(pairs, Pair{From: controllerName(i), To: routerName(k)},
				Pair{From: routerName(k), To: controllerName(i)})
		}
	}
	for i := range pairs {
		k := i + int(s.Below(uint64(len(pairs)-i)))
		pairs[i], pairs[k] = pairs[k], pairs[i]
		p.Links = append(p.Links, LinkSetting{Pair: pairs[i], Latency: 1*sim.Millisecond + sim.Duration(i)*rank, Jitter: 0})
	}
	if g.config.FaultFree {
		return // a link that turns slow has failed
	}
	for range g.config.Depth {
		at := sim.Time(s.Between(0, sim.Duration(g.to)))
		by := rank * sim.Duration(len(pairs)+int(s.Below(uint64(len(pairs)))))
		p.Steps = append(p.Steps, Directive{
			At: roundTime(&s, at), Verb: "slow", Pairs: []Pair{pairs[s.Below(uint64(len(pairs)))]}, Span: by,
		})
	}
}

func without(list []Setting, names ...string) []Setting {
	kept := list[:0:0]
	for _, x := range list {
		keep := true
		for _, name := range names {
			keep = keep && x.Name != name
		}
		if keep {
			kept = append(kept, x)
		}
	}
	return kept
}

// story says in words what was drawn.
func (g *stage) story() {
	g.plan.Story = []string{fmt.Sprintf("%s: drawn from seed %s.", g.plan.Name, g.plan.Seed)}
	names := ""
	for i, name := range g.dealt {
		if i > 0 {
			names += ", "
		}
		if len(names) > 100 {
			g.plan.Story = append(g.plan.Story, names)
			names = ""
		}
		names += name
	}
	if names != "" {
		g.plan.Story = append(g.plan.Story, names+".")
	}
}
