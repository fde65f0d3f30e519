package gyretest

import (
	"cmp"
	"fmt"
	"slices"

	"gyre/sim"
)

// draw turns a seed into a plan for a world. Which kinds of faults and which operations there are at all is drawn
// first (swarm testing: what is left out matters as much as what is in), then so many directives of them.
func draw[M sim.Canonical](c *Config, b *Bed[M], seed sim.Seed) *Plan {
	p := &Plan{Seed: seed}
	s := seed.Stream("plan")
	if c.Link.Jitter == 0 && s.Chance(1, 2) {
		p.Jitter = c.Link.Latency * sim.Duration(1+3*s.Below(2))
	}
	p.Shuffle = s.Chance(1, 2)
	faults, ops := swarm(c, b, &s)
	if len(faults)+len(ops) == 0 {
		return p
	}
	n := 1 + int(s.Below(uint64(c.Directives)))
	for i := range n {
		s := seed.Stream(fmt.Sprintf("plan/%d", i))
		d := Directive{At: sim.Time(round(s.Between(0, c.Span)))}
		if len(faults) == 0 || len(ops) > 0 && s.Chance(1, 2) {
			o := ops[s.Below(uint64(len(ops)))]
			d.Verb, d.N = o.name, int(s.Below(uint64(o.below)))
		} else {
			drawFault(c, b, &s, &d, faults[s.Below(uint64(len(faults)))])
		}
		p.Steps = append(p.Steps, d)
	}
	slices.SortStableFunc(p.Steps, func(a, b Directive) int { return cmp.Compare(a.At, b.At) })
	return p
}

// swarm draws what there is at all in a plan.
func swarm[M sim.Canonical](c *Config, b *Bed[M], s *sim.Stream) (faults []kind, ops []op) {
	for _, k := range kinds() {
		possible := slices.Contains(c.Faults, k.verb) && (!k.pair || len(b.hosts) > 1) &&
			(k.pair || len(victims(c, b, k)) > 0)
		if possible && s.Chance(1, 2) {
			faults = append(faults, k)
		}
	}
	for _, o := range b.ops {
		if s.Chance(3, 4) {
			ops = append(ops, o)
		}
	}
	return faults, ops
}

// victims are the hosts that a fault may concern.
func victims[M sim.Canonical](c *Config, b *Bed[M], k kind) []string {
	var list []string
	for _, h := range b.hosts {
		if !slices.Contains(c.Immune, h.name) && (k.verb != "overload" || h.lanes) {
			list = append(list, h.name)
		}
	}
	return list
}

// drawFault draws whom a fault concerns, and how.
func drawFault[M sim.Canonical](c *Config, b *Bed[M], s *sim.Stream, d *Directive, k kind) {
	d.Verb = k.verb
	if k.pair {
		near := s.Below(uint64(len(b.hosts)))
		far := (near + 1 + s.Below(uint64(len(b.hosts)-1))) % uint64(len(b.hosts))
		d.Node, d.Peer, d.Both = b.hosts[near].name, b.hosts[far].name, k.verb == "break" || k.lasts && s.Chance(1, 2)
	} else {
		list := victims(c, b, k)
		d.Node = list[s.Below(uint64(len(list)))]
	}
	if k.lasts {
		d.For = span(s, c.Longest)
	}
	switch k.verb {
	case "crash":
		if s.Chance(1, 2) {
			d.N = 1 + int(s.Below(4))
		}
	case "overload":
		d.N = 2 << s.Below(8)
	case "slow":
		d.By = span(s, c.Longest/2)
	case "skew":
		if d.By = span(s, c.Longest); s.Chance(1, 2) {
			d.By = -d.By
		}
	}
}

// span draws a duration of any magnitude from 10 ms to the longest.
func span(s *sim.Stream, longest sim.Duration) sim.Duration {
	shortest := min(10*sim.Millisecond, longest)
	magnitudes := uint64(1)
	for d := shortest; d < longest; d *= 2 {
		magnitudes++
	}
	top := min(shortest<<s.Below(magnitudes), longest)
	return max(round(s.Between(top/2, top)), sim.Millisecond)
}

// round takes a duration to what people would have written.
func round(d sim.Duration) sim.Duration {
	unit := sim.Millisecond
	for d >= 100*unit {
		unit *= 10
	}
	return d / unit * unit
}
