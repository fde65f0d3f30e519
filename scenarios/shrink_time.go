package scenarios

import "gyre/sim"

// spans are what people write, shortest first.
var spans = [...]sim.Duration{ //tidy:ok constant table
	0, sim.Second, 5 * sim.Second, 10 * sim.Second, 30 * sim.Second, sim.Minute, 2 * sim.Minute, 5 * sim.Minute,
	10 * sim.Minute, 15 * sim.Minute, 20 * sim.Minute, 25 * sim.Minute, 30 * sim.Minute, 40 * sim.Minute, sim.Hour,
}

// settle starts the settle phase right after the last directive, and makes it as short as it may be.
func (s *shrinker) settle() {
	s.waits()
	for _, d := range spans {
		if d > 0 && d < s.best.Settle && s.try(s.edit(func(p *Plan) { p.Settle = d })) {
			return
		}
	}
	s.rounder(func(p *Plan) *sim.Duration { return &p.Settle })
}

// waits makes the time between the last directive and the settle phase shorter and rounder.
func (s *shrinker) waits() {
	if s.best.SettleAt == 0 || s.try(s.edit(func(p *Plan) { p.SettleAt = 0 })) {
		return
	}
	last := sim.Time(0)
	if n := len(s.best.Steps); n > 0 {
		last = s.best.Steps[n-1].At
	}
	wait := s.best.SettleAt.Sub(last)
	for _, d := range append(spans[:], roundings(wait)...) {
		if d < wait && s.try(s.edit(func(p *Plan) { p.SettleAt = last.Add(d) })) {
			return
		}
	}
}

// times straightens the timeline: all gaps at most so long, then each gap by itself, then what repeats.
func (s *shrinker) times() {
	for _, d := range spans {
		if s.try(s.edit(func(p *Plan) { p.gapsAtMost(d) })) {
			break
		}
	}
	for i := range s.best.Steps {
		s.gap(i)
	}
	for i := range s.best.Steps {
		if s.best.Steps[i].Until > 0 {
			s.turns(i)
		}
	}
}

// gap makes the time before a directive shorter and rounder; all that follows comes earlier.
func (s *shrinker) gap(i int) {
	gap := s.best.gap(i)
	for _, d := range spans {
		if d >= gap {
			break
		}
		if s.try(s.edit(func(p *Plan) { p.earlier(i, gap-d) })) {
			return
		}
	}
	for _, d := range roundings(gap) {
		if s.try(s.edit(func(p *Plan) { p.earlier(i, gap-d) })) {
			return
		}
	}
	if up := roundUp(gap); up > gap {
		s.try(s.edit(func(p *Plan) { p.earlier(i, gap-up) }))
	}
}

// roundUp returns a gap that is finer than a millisecond as whole milliseconds, and others as they are.
func roundUp(d sim.Duration) sim.Duration {
	return (d + sim.Millisecond - 1) / sim.Millisecond * sim.Millisecond
}

// turns lets a toggle, or a watch, end earlier.
func (s *shrinker) turns(i int) {
	d := s.best.Steps[i]
	turns := int(d.Until.Sub(d.At) / max(1, d.Span))
	for _, n := range append([]int{0}, below(turns)...) {
		if n < turns && s.try(s.edit(func(p *Plan) { p.Steps[i].Until = d.At.Add(sim.Duration(n) * d.Span) })) {
			break
		}
	}
	if end := d.At.Add(sim.Duration(turns) * d.Span); end < d.Until {
		s.try(s.edit(func(p *Plan) { p.Steps[i].Until = end }))
	}
}

// gap is the time between a directive and the one before it.
func (p *Plan) gap(i int) sim.Duration {
	if i == 0 {
		return p.Steps[0].At.Sub(0)
	}
	return p.Steps[i].At.Sub(p.Steps[i-1].At)
}

// earlier moves a directive and all that follows.
func (p *Plan) earlier(i int, by sim.Duration) {
	for k := i; k < len(p.Steps); k++ {
		d := &p.Steps[k]
		if d.At = d.At.Add(-by); d.Until > 0 {
			d.Until = d.Until.Add(-by)
		}
	}
	if p.SettleAt > 0 {
		p.SettleAt = max(0, p.SettleAt.Add(-by))
	}
}

// gapsAtMost makes every gap that is longer so long.
func (p *Plan) gapsAtMost(d sim.Duration) {
	for i := range p.Steps {
		if gap := p.gap(i); gap > d {
			p.earlier(i, gap-d)
		}
	}
}
