package scenarios

import (
	"slices"

	"gyre/sim"
)

// operands makes the directives speak of fewer nodes and links.
func (s *shrinker) operands() {
	for i := range s.best.Steps {
		s.fewer(func(p *Plan) *[]string { return &p.Steps[i].Nodes })
		s.pairs(i)
		for k := range s.best.Steps[i].Groups {
			s.fewer(func(p *Plan) *[]string { return &p.Steps[i].Groups[k] })
		}
	}
}

// fewer drops names from a list, and puts a single node where a group stands.
func (s *shrinker) fewer(list func(p *Plan) *[]string) {
	for k := len(*list(s.best)) - 1; k >= 0 && len(*list(s.best)) > 1; k-- {
		s.try(s.edit(func(p *Plan) { l := list(p); *l = slices.Delete(*l, k, k+1) }))
	}
	if now := *list(s.best); len(now) == 1 {
		s.instead(now[0], func(p *Plan, name string) { *list(p) = []string{name} })
	}
}

// instead tries the members of a group, lowest first, in its place. Leader stays: it says why.
func (s *shrinker) instead(name string, put func(p *Plan, name string)) {
	if name != groupControllers && name != groupRouters && name != groupAll {
		return
	}
	for _, id := range s.best.resolve([]string{name}, 0) {
		if s.try(s.edit(func(p *Plan) { put(p, p.Names().Nodes[id]) })) {
			return
		}
	}
}

// pairs drops links from a directive, and puts single nodes where groups stand.
func (s *shrinker) pairs(i int) {
	pairs := func() []Pair { return s.best.Steps[i].Pairs }
	for k := len(pairs()) - 1; k >= 0 && len(pairs()) > 1; k-- {
		s.try(s.edit(func(p *Plan) { p.Steps[i].Pairs = slices.Delete(p.Steps[i].Pairs, k, k+1) }))
	}
	for k := range pairs() {
		s.instead(pairs()[k].From, func(p *Plan, name string) { p.Steps[i].Pairs[k].From = name })
		s.instead(pairs()[k].To, func(p *Plan, name string) { p.Steps[i].Pairs[k].To = name })
	}
}

// settings drops settings, links that differ and other releases, and rounds what is left.
func (s *shrinker) settings() {
	s.reduce(func() int { return len(s.best.Settings) }, func(p *Plan, from, to int) {
		p.Settings = slices.Delete(p.Settings, from, to)
	})
	s.reduce(func() int { return len(s.best.Links) }, func(p *Plan, from, to int) {
		p.Links = slices.Delete(p.Links, from, to)
	})
	s.reduce(func() int { return len(s.best.Versions) }, func(p *Plan, from, to int) {
		p.Versions = slices.Delete(p.Versions, from, to)
	})
	if s.best.Shuffle {
		s.try(s.edit(func(p *Plan) { p.Shuffle = false }))
	}
	if s.best.Manual {
		s.try(s.edit(func(p *Plan) { p.Manual = false }))
	}
	for i := range s.best.Links {
		s.try(s.edit(func(p *Plan) { p.Links[i].Jitter = -1 }))
		s.rounder(func(p *Plan) *sim.Duration { return &p.Links[i].Latency })
		s.rounder(func(p *Plan) *sim.Duration { return &p.Links[i].Jitter })
	}
	for i := range s.best.Settings {
		if d, err := sim.ParseDuration(s.best.Settings[i].Value); err == nil {
			for _, less := range roundings(d) {
				if s.try(s.edit(func(p *Plan) { p.Settings[i].Value = less.String() })) {
					break
				}
			}
		}
	}
}

// numbers makes counts smaller and spans rounder.
func (s *shrinker) numbers() {
	for i := range s.best.Steps {
		if n := s.best.Steps[i].Count; n > 0 {
			for _, less := range append([]int{0}, below(n)...) {
				if s.try(s.edit(func(p *Plan) { p.Steps[i].Count = less })) {
					break
				}
			}
		}
		if d := &s.best.Steps[i]; (d.Verb == "restart" || d.Verb == "upgrade") && d.Span > 0 {
			s.try(s.edit(func(p *Plan) { p.Steps[i].Span = 0 }))
		}
		s.rounder(func(p *Plan) *sim.Duration { return &p.Steps[i].Span })
	}
}

// rounder rounds a span.
func (s *shrinker) rounder(span func(p *Plan) *sim.Duration) {
	for _, less := range roundings(*span(s.best)) {
		if s.try(s.edit(func(p *Plan) { *span(p) = less })) {
			return
		}
	}
}

// roundings returns spans nearer to 0 that are easier to read, roundest first.
func roundings(d sim.Duration) []sim.Duration {
	if d < 0 {
		list := roundings(-d)
		for i := range list {
			list[i] = -list[i]
		}
		return list
	}
	var list []sim.Duration
	for _, unit := range []sim.Duration{
		sim.Hour, 10 * sim.Minute, sim.Minute, 10 * sim.Second, sim.Second, 100 * sim.Millisecond,
		10 * sim.Millisecond, sim.Millisecond,
	} {
		if less := d / unit * unit; less > 0 && less < d && !slices.Contains(list, less) {
			list = append(list, less)
		}
	}
	return list
}

// plainNames are what services are called when nothing depends on it.
var plainNames = [...]string{"web", "db", "api", "mail", "files"} //tidy:ok constant table

// names gives services plain names.
func (s *shrinker) names() {
	for i, old := range s.best.single() {
		if i < len(plainNames) && old != plainNames[i] && !slices.Contains(s.best.single(), plainNames[i]) {
			s.try(s.edit(func(p *Plan) { p.renameService(old, plainNames[i]) }))
		}
	}
}

func (p *Plan) renameService(old, name string) {
	for i := range p.Services {
		if p.Services[i].Name == old {
			p.Services[i].Name = name
		}
	}
	for i := range p.Steps {
		if p.Steps[i].Service == old {
			p.Steps[i].Service = name
		}
	}
}

// seed tries a few small seeds: a finding that does not need its own is a stronger one.
func (s *shrinker) seed() {
	const seeds = 5
	for seed := sim.Seed(1); seed <= seeds && seed < s.best.Seed; seed++ {
		if s.try(s.edit(func(p *Plan) { p.Seed = seed })) {
			return
		}
	}
}
