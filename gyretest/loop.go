package gyretest

import (
	"slices"

	"gyre/sim"
)

// loop looks for a state of the world that comes again.
type loop struct {
	seen    map[uint64]mark // by hash of the state
	claim   claim
	refuted bool // a claim was: Canon of some node leaves something out, so no other is believed
}

// mark is a state that was seen.
type mark struct {
	at     sim.Time
	events uint64
	draws  uint64
	times  []int // how often each Eventually had been wrong
}

// claim is a loop that must close once more, to be believed.
type claim struct {
	held   bool
	hash   uint64
	from   mark // where the first time round began
	again  mark // and the second
	period sim.Duration
	next   sim.Time
}

// seenMax bounds the states remembered.
const seenMax = 1 << 14

// show takes the state after an event. It reports whether the state has come back twice in equal spans, without a draw
// in between; the claim then says more.
func (l *loop) show(now sim.Time, hash, draws, events uint64, times []int) bool {
	if l.refuted {
		return false
	}
	c := &l.claim
	if c.held {
		switch {
		case now < c.next || now == c.next && hash != c.hash:
			return false
		case now == c.next && draws == c.again.draws:
			return true
		}
		l.refuted = true
		return false
	}
	here := mark{now, events, draws, slices.Clone(times)}
	m, ok := l.seen[hash]
	if ok && m.draws == draws && now > m.at {
		period := now.Sub(m.at)
		l.claim = claim{true, hash, m, here, period, now.Add(period)}
		return false
	}
	if len(l.seen) >= seenMax {
		clear(l.seen)
	}
	l.seen[hash] = here
	return false
}
