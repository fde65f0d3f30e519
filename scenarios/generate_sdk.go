package scenarios

import (
	"strconv"

	"gyre/sim"
)

// Processes with SDKs in generated plans: whether there are any is drawn first, then what befalls them, from a stream
// of its own, so that the rest of a plan is what it is without them.

// sdks draws processes with SDKs, and what happens to them.
func (g *stage) sdks(s sim.Stream) {
	if !g.config.SDKs || !s.Chance(1, 5) {
		return
	}
	p := g.plan
	line := SDKs{Service: "edge", Via: g.someRouters(&s), Count: g.size(&s, 1, 3, 8, 30)}
	if s.Chance(1, 3) { // a service that routers host as well
		line.Service = p.Services[0].names()[0]
	}
	p.SDKs = append(p.SDKs, line)
	for range 1 + s.Below(4) {
		for range cardTries {
			if g.commit(g.sdkEpisode(&s)) {
				break
			}
		}
	}
}

// cardTries is how often an episode is proposed anew if it does not agree with what is there.
const cardTries = 8

// sdkEpisode proposes something that befalls one process with an SDK, or its channels.
func (g *stage) sdkEpisode(s *sim.Stream) *draft {
	p := g.plan
	name := "sdk" + strconv.Itoa(1+int(s.Below(uint64(p.sdkCount()))))
	from := g.from.Add(s.Between(0, g.to.Sub(g.from)) / sim.Second * sim.Second)
	long := s.Between(sim.Second, 90*sim.Second) / sim.Second * sim.Second
	d := &draft{}
	add := func(at sim.Time, verb string) {
		d.steps = append(d.steps, Directive{At: at, Verb: verb, Nodes: []string{name}})
	}
	switch s.Below(6) {
	case 0:
		add(from, "restart")
		long = 2 * sim.Second
	case 1:
		add(from, "crash")
		add(from.Add(long), "start")
	case 2:
		add(from, "pause")
		add(from.Add(long), "resume")
	case 3:
		add(from, "unlisten")
		add(from.Add(long), "listen")
	case 4:
		add(from, "rebind")
	case 5:
		pair := []Pair{{From: name, To: groupRouters, Both: true}}
		d.steps = append(d.steps, Directive{At: from, Verb: "stall", Pairs: pair},
			Directive{At: from.Add(long), Verb: "unstall", Pairs: pair})
	}
	d.busy = append(d.busy, span{p.node(name), from, from.Add(long + sim.Second)})
	return d
}
