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
	from   mark
	period sim.Duration
	next   sim.Time
	draws  uint64
	events uint64 // of a period
}

// seenMax bounds the states remembered.
const seenMax = 1 << 14

// show takes the state after an event. It reports whether the state has come back twice in equal spans, without a draw
// in between, and since when.
func (l *loop) show(now sim.Time, hash, draws, events uint64, times []int) (sim.Duration, mark, bool) {
	if l.refuted {
		return 0, mark{}, false
	}
	c := &l.claim
	if c.held {
		switch {
		case now < c.next || now == c.next && hash != c.hash:
			return 0, mark{}, false
		case now == c.next && draws == c.draws:
			return c.period, c.from, true
		}
		l.refuted = true
		return 0, mark{}, false
	}
	m, ok := l.seen[hash]
	if ok && m.draws == draws && now > m.at {
		period := now.Sub(m.at)
		l.claim = claim{true, hash, m, period, now.Add(period), draws, events - m.events}
		return 0, mark{}, false
	}
	if len(l.seen) >= seenMax {
		clear(l.seen)
	}
	l.seen[hash] = mark{now, events, draws, slices.Clone(times)}
	return 0, mark{}, false
}
