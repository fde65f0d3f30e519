package scenarios

import (
	"slices"

	"gyre/sim"
)

// Mutate returns a plan that differs from p in a few ways: directives are dropped, repeated, moved, altered or taken
// from another plan, the seed is another one. The result is a valid plan, but some of its directives may find that
// they cannot be carried out. what names the result.
func Mutate(p, other *Plan, seed sim.Seed, what string) *Plan {
	s := seed.Stream("mutate")
	const attempts = 20
	for range attempts {
		q := p.clone()
		q.Name = what
		q.Expect = nil
		q.Story = []string{what + ": from " + p.Name + " by seed " + seed.String() + "."}
		if s.Chance(1, 2) {
			q.Seed = seed
		}
		for range 1 + s.Below(4) {
			q.change(other, &s)
		}
		sortSteps(q.Steps)
		if q.SettleAt > 0 {
			q.SettleAt = max(q.SettleAt, settleStart(q))
		}
		q.Settle = max(settleFor(q, 0), 1)
		if r, err := Parse(what, q.String()); err == nil {
			return r
		}
	}
	q := p.clone()
	q.Seed, q.Expect = seed, nil
	return q
}

// change changes one thing.
func (p *Plan) change(other *Plan, s *sim.Stream) {
	n := uint64(len(p.Steps))
	if n == 0 || n < 40 && s.Chance(1, 4) {
		p.graft(other, s)
		return
	}
	i := int(s.Below(n))
	d := &p.Steps[i]
	switch s.Below(6) {
	case 0: // drop
		p.Steps = slices.Delete(p.Steps, i, i+1)
	case 1: // repeat, later
		again := *d
		again.At = again.At.Add(s.Between(0, 30*sim.Second))
		again.Until += again.At - d.At
		if d.Verb != "toggle" {
			again.Until = 0
		}
		p.Steps = append(p.Steps, again)
	case 2: // move it, up to some seconds
		p.shift(d, s.Between(-5*sim.Second, 5*sim.Second))
	case 3: // close to another
		to := &p.Steps[s.Below(n)]
		p.shift(d, to.At.Sub(d.At)+s.Between(0, 200*sim.Millisecond))
	case 4:
		d.alter(s)
	case 5:
		p.redirect(d, s)
	}
}

// shift moves a directive in time.
func (p *Plan) shift(d *Directive, by sim.Duration) {
	at := max(0, d.At.Add(by))
	if d.Until > 0 {
		d.Until += at - d.At
	}
	d.At = at
}

// alter changes the numbers of a directive.
func (d *Directive) alter(s *sim.Stream) {
	scale := func(x sim.Duration) sim.Duration { return x * sim.Duration(1+s.Below(8)) / 4 }
	switch {
	case d.Verb == "toggle":
		d.Span = max(100*sim.Millisecond, scale(d.Span))
		d.Until = min(d.Until, d.At.Add(60*d.Span))
	case d.Span != 0:
		d.Span = min(scale(d.Span), 60*sim.Second)
	case d.Verb == "crash":
		d.Count = int(s.Below(10))
	case d.Verb == "host" || d.Verb == "bind":
		d.Count = int(s.Below(4))
	default:
		d.At = d.At.Add(s.Between(0, sim.Second))
	}
}

// redirect lets a directive concern other nodes of the same kind.
func (p *Plan) redirect(d *Directive, s *sim.Stream) {
	swap := func(name string) string {
		switch {
		case isRouter(name):
			return routerName(int(s.Below(uint64(p.Routers))))
		case serial(name, "ctl") > 0:
			return controllerName(int(s.Below(uint64(p.Controllers))))
		}
		return name
	}
	if n := len(d.Nodes); n > 0 {
		i := s.Below(uint64(n))
		d.Nodes[i] = swap(d.Nodes[i])
	}
	if n := len(d.Pairs); n > 0 {
		i := s.Below(uint64(n))
		d.Pairs[i].From, d.Pairs[i].To = swap(d.Pairs[i].From), swap(d.Pairs[i].To)
	}
}

// graft takes a few directives that follow each other from another plan. Those that name what this plan has not are
// made to fit.
func (p *Plan) graft(other *Plan, s *sim.Stream) {
	if other == nil || len(other.Steps) == 0 {
		return
	}
	names := []string{}
	for i := range p.Services {
		names = append(names, p.Services[i].names()...)
	}
	for i := range p.SDKs {
		names = append(names, p.SDKs[i].Service)
	}
	from := int(s.Below(uint64(len(other.Steps))))
	by := s.Between(-20*sim.Second, 20*sim.Second)
	for _, d := range other.Steps[from:min(len(other.Steps), from+1+int(s.Below(4)))] {
		d.Nodes, d.Pairs = slices.Clone(d.Nodes), slices.Clone(d.Pairs)
		fit := func(name string) string {
			if p.node(name) > 0 || isGroup(name) {
				return name
			}
			if isRouter(name) {
				return routerName(int(s.Below(uint64(p.Routers))))
			}
			return controllerName(int(s.Below(uint64(p.Controllers))))
		}
		for i := range d.Nodes {
			d.Nodes[i] = fit(d.Nodes[i])
		}
		for i := range d.Pairs {
			d.Pairs[i].From, d.Pairs[i].To = fit(d.Pairs[i].From), fit(d.Pairs[i].To)
		}
		if d.Service != "" && d.Verb != "host" && d.Verb != "bind" && d.Verb != "allow" {
			if len(names) == 0 {
				continue // it concerns a service, and there is none
			}
			d.Service = names[s.Below(uint64(len(names)))]
		}
		p.shift(&d, by)
		p.Steps = append(p.Steps, d)
	}
}
