package checker

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// Cycles in a row that prove a spin: in quiescence, and between any two outside events. If one of them came by a
// timer that may be a ticker, it takes one more.
const (
	cyclesQuiet = 2
	cyclesBusy  = 3
)

// spin follows a key that has undone itself.
type spin struct {
	cycles   uint64 // in a row, since the outside event numbered outsides
	loose    bool   // one of them came by a timer that may be a ticker
	outsides uint64
	ended    uint64       // step in which the newest cycle ended
	decided  uint64       // and in which it had been decided
	row      model.TermID // the row it deleted
	quarrel  *quarrel
	now      episode
	best     episode // the worst of those that are over
}

// episode is a stretch of cycles, one after the other.
type episode struct {
	first    sim.Time // first delete
	last     sim.Time // newest create or delete
	creates  uint64
	deletes  uint64
	late     uint64 // deletes that descend from nothing known, but came when no excuse was left
	indirect uint64 // deletes that descend from the create otherwise than by its answer
	proven   bool
	outsides uint64 // outside events at last
	created  sim.Time
	longest  sim.Duration // between two creates
	periods  sample
	ratios   sample       // of each period to the one before, in thousandths
	newest   sim.Duration // period
	chain    chain
}

// undone judges the delete of a wanted row: does another cycle end here?
func (c *Checker) undone(s sim.Stamp, k *key, t *term) {
	late := c.settled && s.At > c.excused
	if !t.descent.self && !late {
		if k.spin != nil {
			k.spin.over()
		}
		return
	}
	if k.spin == nil {
		k.spin = &spin{}
	}
	p := k.spin
	e := &p.now
	if e.deletes == 0 {
		e.first, e.last = s.At, s.At
		c.trail.chain(&e.chain, s, t.decided, t.deed, t, rowDeleted)
	}
	e.deletes++
	e.last, e.outsides = s.At, c.outsides
	switch {
	case !t.descent.self:
		e.late++
	case !t.descent.asked:
		e.indirect++
	}
	if t.born <= p.ended {
		return // a second row of the same cycle
	}
	before, row := p.decided, p.row
	p.ended, p.decided, p.row = s.Step, t.decided, t.id
	if p.outsides != c.outsides {
		p.outsides, p.cycles, p.loose = c.outsides, 0, false
	}
	if t.outsides != c.outsides && !late {
		return
	}
	p.cycles++
	if p.quarrel == nil && p.cycles >= cyclesQuiet {
		p.quarrel = c.quarrel(t, before, row)
	}
	p.loose = p.loose || t.descent.loose && !late
	if p.proves(cyclesBusy) || c.settled && p.proves(cyclesQuiet) {
		e.proven = true
	}
	if p.cycles > c.topCycles {
		c.top, c.topCycles = t.key, p.cycles
	}
}

// over ends an episode and keeps it if it is the worst of the key.
func (p *spin) over() {
	if p.now.worse(&p.best) {
		p.best = p.now
	}
	p.now = episode{}
	p.cycles, p.loose = 0, false
}

// proves reports whether the cycles in a row are enough.
func (p *spin) proves(cycles uint64) bool {
	if p.loose {
		cycles++
	}
	return p.cycles >= cycles
}

func (e *episode) worse(than *episode) bool {
	if e.proven != than.proven {
		return e.proven
	}
	return e.deletes > than.deletes
}

// returned takes the return of the row during an episode.
func (p *spin) returned(at sim.Time) {
	e := &p.now
	if e.deletes == 0 {
		return
	}
	e.creates++
	if e.creates > 1 {
		e.longest = max(e.longest, at.Sub(e.created))
		period := at.Sub(e.created)
		e.periods.add(period)
		if e.newest > 0 {
			e.ratios.add(period * 1000 / e.newest)
		}
		e.newest = period
	}
	e.created, e.last = at, at
}

// worst returns the worst episode of the key; settled tells whether this is quiescence.
func (p *spin) worst(settled bool, outsides uint64) *episode {
	if settled && p.outsides == outsides && p.proves(cyclesQuiet) {
		p.now.proven = true
	}
	if p.now.worse(&p.best) {
		return &p.now
	}
	return &p.best
}

// sampleSize is how many spans a sample keeps.
const sampleSize = 64

// sample keeps spans evenly spread over a stretch of any length: when it is full it drops every other one and
// takes only half as many from there on.
type sample struct {
	spans  [sampleSize]sim.Duration
	n      int
	stride uint64
	skip   uint64
}

func (s *sample) add(d sim.Duration) {
	if s.skip > 0 {
		s.skip--
		return
	}
	if s.n == sampleSize {
		for i := range sampleSize / 2 {
			s.spans[i] = s.spans[2*i]
		}
		s.n = sampleSize / 2
		s.stride = 2*s.stride + 1
	}
	s.spans[s.n] = d
	s.n++
	s.skip = s.stride
}

// median returns the middle of the spans, or 0.
func (s *sample) median() sim.Duration { return median(s.spans[:s.n]) }

// growth returns the medians of the first and the last quarter.
func (s *sample) growth() (first, last sim.Duration) {
	quarter := (s.n + 3) / 4
	return median(s.spans[:quarter]), median(s.spans[s.n-quarter : s.n])
}

// growthMin is by how much each period must outgrow the one before it, as a rule, for a spin to be damped.
const growthMin = 1050 // thousandths

// damped returns by what each period outgrows the one before it, in thousandths, or 0 if the periods do not grow.
func (e *episode) damped() uint64 {
	first, last := e.periods.growth()
	ratio := e.ratios.median()
	if e.ratios.n < 2 || last <= first+first/2 || ratio < growthMin {
		return 0
	}
	return uint64(ratio)
}

func median(spans []sim.Duration) sim.Duration {
	if len(spans) == 0 {
		return 0
	}
	sorted := slices.Clone(spans)
	slices.Sort(sorted)
	return sorted[(len(sorted)-1)/2]
}
