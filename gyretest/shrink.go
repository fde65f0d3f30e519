package gyretest

import (
	"slices"

	"gyre/sim"
)

// shrinker looks for smaller plans that violate the same property, one change at a time, each to the best so far.
type shrinker struct {
	fails  func(p *Plan) bool
	best   *Plan
	budget int
	plays  int
	seen   map[string]bool
}

// shrink makes a plan smaller. fails plays a candidate.
func shrink(p *Plan, budget int, fails func(p *Plan) bool) (*Plan, int) {
	s := &shrinker{fails: fails, best: p, budget: budget, seen: map[string]bool{p.String(): true}}
	for before := ""; before != s.best.String() && s.plays < s.budget; {
		before = s.best.String()
		s.steps()
		s.plain()
		s.simpler()
		s.times()
	}
	return s.best, s.plays
}

// try plays the best with a change, and keeps it if it fails in the same way.
func (s *shrinker) try(change func(p *Plan)) bool {
	p := *s.best
	p.Steps = slices.Clone(p.Steps)
	change(&p)
	slices.SortStableFunc(p.Steps, func(a, b Directive) int { return int(a.At - b.At) })
	text := p.String()
	if s.plays >= s.budget || s.seen[text] {
		return false
	}
	s.seen[text] = true
	s.plays++
	if !s.fails(&p) {
		return false
	}
	s.best = &p
	return true
}

// steps drops directives in chunks, large ones first, later ones first as they may need the earlier.
func (s *shrinker) steps() {
	for size := len(s.best.Steps); size >= 1; size /= 2 {
		for to := len(s.best.Steps); to > 0; to = min(to, len(s.best.Steps)) {
			from := max(0, to-size)
			s.try(func(p *Plan) { p.Steps = slices.Delete(p.Steps, from, to) })
			to = from
		}
	}
}

// plain takes chance away.
func (s *shrinker) plain() {
	s.try(func(p *Plan) { p.Jitter = 0 })
	s.try(func(p *Plan) { p.Shuffle = false })
}

// simpler makes each directive weaker.
func (s *shrinker) simpler() {
	for i := range s.best.Steps {
		at := func(p *Plan) *Directive { return &p.Steps[i] }
		if s.best.Steps[i].Both && s.best.Steps[i].Verb != "break" {
			s.try(func(p *Plan) { at(p).Both = false })
			s.try(func(p *Plan) {
				d := at(p)
				d.Node, d.Peer, d.Both = d.Peer, d.Node, false
			})
		}
		least := 0
		if s.best.Steps[i].Verb == "overload" {
			least = 2
		}
		s.number(least, s.best.Steps[i].N, func(p *Plan, n int) { at(p).N = n })
		s.span(s.best.Steps[i].By, func(p *Plan, d sim.Duration) { at(p).By = d })
		s.span(s.best.Steps[i].For, func(p *Plan, d sim.Duration) { at(p).For = d })
	}
}

// number looks for the least number that still fails, by halves.
func (s *shrinker) number(low, have int, set func(p *Plan, n int)) {
	if have > low && s.try(func(p *Plan) { set(p, low) }) {
		return
	}
	for low < have-1 {
		middle := (low + have) / 2
		if s.try(func(p *Plan) { set(p, middle) }) {
			have = middle
		} else {
			low = middle
		}
	}
}

// spans are what people would write, ascending.
func spans() []sim.Duration {
	var list []sim.Duration
	for _, unit := range []sim.Duration{10 * sim.Millisecond, 100 * sim.Millisecond, sim.Second, 10 * sim.Second} {
		for _, n := range []sim.Duration{1, 2, 5} {
			list = append(list, n*unit)
		}
	}
	return list
}

// span looks for the least plain span that still fails.
func (s *shrinker) span(have sim.Duration, set func(p *Plan, d sim.Duration)) {
	sign := sim.Duration(1)
	if have < 0 {
		sign, have = -1, -have
	}
	for _, d := range spans() {
		if d >= have || s.try(func(p *Plan) { set(p, sign*d) }) {
			return
		}
	}
}

// times moves the timeline to the front, and directives to plain times.
func (s *shrinker) times() {
	if len(s.best.Steps) == 0 {
		return
	}
	for _, start := range []sim.Time{0, sim.Time(sim.Second), sim.Time(10 * sim.Second)} {
		shift := s.best.Steps[0].At - start
		if shift <= 0 || s.try(func(p *Plan) {
			for i := range p.Steps {
				p.Steps[i].At -= shift
			}
		}) {
			break
		}
	}
	for i := range s.best.Steps {
		for _, unit := range []sim.Duration{10 * sim.Second, sim.Second, 100 * sim.Millisecond, 10 * sim.Millisecond} {
			at := s.best.Steps[i].At
			plain := at - at%sim.Time(unit)
			if plain == at || s.try(func(p *Plan) { p.Steps[i].At = plain }) {
				break
			}
		}
	}
}
