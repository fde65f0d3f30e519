package checker

import "gyre/sim"

const (
	tableSize  = 1 << 12 // canonical states remembered; a power of two
	probeEvery = 1 << 8  // after so many probes in vain, only half as many are made from there on
	rareMax    = 12      // but no rarer than one in two to the power of this
	factor     = 0x9e3779b97f4a7c15
)

// lasso looks for a canonical state of the world that comes again. Every create and delete that is applied is an
// action; sum is the polynomial hash of all actions so far, so that any stretch of them can be compared with
// any other.
type lasso struct {
	table   []probe // by hash; a newer one replaces an older
	actions uint64
	sum     uint64
	deletes uint64
	newest  sim.Time // of the newest action
	wants   bool
	refuted bool // a claim was: canonical state leaves something out, so no further claim is believed
	probes  uint64
	skip    uint64
	claim   claim
	chance  chance
	dropped uint64
	key     int32 // whose create asked for the probe
}

// probe is a state that was seen.
type probe struct {
	hash    uint64
	event   uint64 // number of the event it was seen after
	draws   uint64
	at      sim.Time
	actions uint64
	sum     uint64
	deletes uint64
	used    bool
}

// claim is a loop believed to be closed: from next on it must go on alike, period by period.
type claim struct {
	held      bool
	key       int32
	at        sim.Time // start of the first period seen
	period    sim.Duration
	hash      uint64
	event     uint64 // after which the first period starts, and how many events it has
	events    uint64
	actions   uint64 // of one period
	sum       uint64 // and their hash
	power     uint64 // factor to the power of actions
	deletes   uint64
	base      uint64   // sum at the start of the period being watched
	next      sim.Time // when that period ends
	ends      uint64   // and after which action
	confirmed uint64   // periods that went alike
}

// chance is a loop that closes if what was drawn in it comes out the same again.
type chance struct {
	held   bool
	key    int32
	at     sim.Time
	period sim.Duration
	draws  uint64 // in the period
}

// WantsState reports whether the state of the world should be shown to State now. Ask after every event.
func (c *Checker) WantsState() bool { return c.lasso.wants }

// State takes the canonical hash of the world after the event of the given number, and how many random numbers the
// world has drawn so far; what its nodes drew is part of their state.
func (c *Checker) State(now sim.Time, event, hash, draws uint64) {
	c.lasso.show(now, event, hash, draws)
}

// reset forgets everything: an outside event came.
func (l *lasso) reset() {
	if l.probes > 0 {
		clear(l.table)
	}
	l.wants, l.refuted, l.probes, l.skip, l.claim, l.chance = false, false, 0, 0, claim{}, chance{}
}

// ask asks for a probe after a create of the key that spins most. The longer nothing is found, the rarer: a loop
// of n cycles is then found at a multiple of n.
func (l *lasso) ask(key int32) {
	if l.claim.held || l.refuted {
		return
	}
	if l.skip > 0 {
		l.skip--
		return
	}
	l.wants, l.key = true, key
}

// show compares a state with those seen before.
func (l *lasso) show(now sim.Time, event, hash, draws uint64) {
	if !l.wants {
		return
	}
	l.wants = false
	if l.table == nil {
		l.table = make([]probe, tableSize)
	}
	l.probes++
	l.skip = 1<<min(l.probes/probeEvery, rareMax) - 1
	p := &l.table[hash%tableSize]
	if p.used && p.hash == hash && now > p.at && l.deletes > p.deletes {
		if p.draws == draws {
			l.hold(now, event, p)
		} else if !l.chance.held {
			l.chance = chance{true, l.key, p.at, now.Sub(p.at), draws - p.draws}
		}
	}
	*p = probe{hash, event, draws, now, l.actions, l.sum, l.deletes, true}
}

// hold claims that the loop from p to now is closed.
func (l *lasso) hold(now sim.Time, event uint64, p *probe) {
	c := claim{held: true, key: l.key, at: p.at, period: now.Sub(p.at), actions: l.actions - p.actions, power: 1}
	for range c.actions {
		c.power *= factor
	}
	c.hash, c.event, c.events = p.hash, p.event, event-p.event
	c.sum = l.sum - p.sum*c.power
	c.deletes = l.deletes - p.deletes
	c.base, c.next, c.ends = l.sum, l.newest.Add(c.period), l.actions+c.actions
	l.claim = c
}

// act takes an action: a create (even) or delete (odd) of a key.
func (l *lasso) act(at sim.Time, label uint64) {
	l.sum = l.sum*factor + label + 1
	l.actions++
	l.deletes += label & 1
	l.newest = at
	c := &l.claim
	if !c.held {
		return
	}
	switch {
	case at > c.next:
		l.drop() // the period ended without all of its actions
	case l.actions < c.ends:
	case at == c.next && l.sum-c.base*c.power == c.sum:
		c.confirmed++
		c.base, c.next, c.ends = l.sum, c.next.Add(c.period), c.ends+c.actions
	default:
		l.drop()
	}
}

// close ends the run: a period that should be over by now must have been.
func (l *lasso) close(now sim.Time) {
	if l.claim.held && now > l.claim.next {
		l.drop()
	}
}

func (l *lasso) drop() {
	l.claim = claim{}
	l.refuted = true
	l.dropped++
}
