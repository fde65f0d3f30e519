package router

import (
	"slices"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// Every so many successes and backoffs the window is looked at (controller/command/rate_limiter.go, HEAD).
const windowCheck = 10

// limiter is the adaptive control limiter: a window on the operations under way. Every tenth success grows it by
// 2 % (at least 1) if more than 9 of 10 recent outcomes were successes; every tenth backoff shrinks it by 10 %
// (at least 1) if fewer were. It implements hosting.Limiter.
type limiter struct {
	r         *Router
	min, max  int64
	window    int64
	held      []heldSlot // ascending by slot, hence by age
	last      hosting.Slot
	successes uint64
	backoffs  uint64
	recent    sample
	sweeping  bool // the sweep timer is armed
}

type heldSlot struct {
	slot hosting.Slot
	at   sim.Time

	place int64 // how many were held with it
}

func newLimiter(r *Router) limiter {
	high := r.p.WindowMax
	low := min(max(r.p.WindowMin, r.prof.window), high)
	return limiter{r: r, min: low, max: high, window: high}
}

// Full implements hosting.Limiter.
func (l *limiter) Full() bool { return int64(len(l.held)) >= l.window }

// Acquire implements hosting.Limiter.
func (l *limiter) Acquire() hosting.Slot {
	if l.Full() {
		return 0
	}
	l.last++
	l.held = append(l.held, heldSlot{l.last, l.r.now, int64(len(l.held)) + 1})
	if !l.sweeping {
		l.armSweep()
	}
	return l.last
}

// Success implements hosting.Limiter.
func (l *limiter) Success(s hosting.Slot) {
	if !l.end(s) {
		return
	}
	l.recent.add(true)
	if l.window >= l.max {
		return
	}
	l.successes++
	if l.perEvent() && l.successes%windowCheck == 0 {
		l.resize(l.window + 1)
	} else if l.successes%windowCheck == 0 && l.recent.compare() > 0 {
		l.resize(min(max(l.window*102/100, l.window+1), l.max))
	}
}

// Backoff implements hosting.Limiter.
func (l *limiter) Backoff(s hosting.Slot) {
	place := int64(0)
	if l.perEvent() {
		place = l.place(s)
	}
	if !l.end(s) {
		return
	}
	l.recent.add(false)
	if l.window <= l.min {
		return
	}
	if l.perEvent() {
		if next := max(place-windowCheck, l.min); next < l.window {
			l.resize(next)
		}
		return
	}
	l.backoffs++
	if l.backoffs%windowCheck == 0 && l.recent.compare() < 0 {
		l.resize(max(min(l.window*9/10, l.window-1), l.min))
	}
}

// place returns how many slots were held when one was taken, itself included; 0 if it is not held.
func (l *limiter) place(s hosting.Slot) int64 {
	for i := range l.held {
		if l.held[i].slot == s {
			return l.held[i].place
		}
	}
	return 0
}

// perEvent is B49: a single backoff takes the window to ten below where its slot was, and every tenth success opens
// it by one, whatever came before.
func (l *limiter) perEvent() bool { return l.r.cfg.Bugs.Has(model.B49) }

// Failed implements hosting.Limiter: the slot is free again and nothing is learned.
func (l *limiter) Failed(s hosting.Slot) { l.end(s) }

// end gives a slot back; false if it was not held.
func (l *limiter) end(s hosting.Slot) bool {
	i, ok := slices.BinarySearchFunc(l.held, s, func(h heldSlot, s hosting.Slot) int {
		return int(int64(h.slot) - int64(s))
	})
	if ok {
		l.held = slices.Delete(l.held, i, i+1)
	}
	return ok
}

func (l *limiter) resize(window int64) {
	l.window = window
	l.r.out.Note(model.Msg{Kind: model.NoteWindow, N: uint16(window), Aux: uint64(len(l.held))})
}

// armSweep sets the sweep timer to the first tick at which the oldest slot is too old. Upstream ticks every
// SlotSweep from the start of the process; the ticks at which nothing can happen are left out.
func (l *limiter) armSweep() {
	l.sweeping = len(l.held) > 0
	if l.sweeping {
		r := l.r
		r.armAt(timerSweep, tickAfter(r.start, r.p.SlotSweep, l.held[0].at.Add(r.p.SlotAge)))
	}
}

// sweep ends every slot older than SlotAge as a backoff.
func (l *limiter) sweep() {
	for len(l.held) > 0 && l.r.now.Sub(l.held[0].at) > l.r.p.SlotAge {
		l.Backoff(l.held[0].slot)
	}
	l.armSweep()
}

// Canon visits the limiter. The counters matter only by how far they are from the next check.
func (l *limiter) Canon(c *sim.Canon) {
	c.Int("window", l.window)
	c.Int("successes", int64(l.successes%windowCheck))
	c.Int("backoffs", int64(l.backoffs%windowCheck))
	l.recent.Canon(c)
	c.Flag("sweeping", l.sweeping)
	c.Int("held", int64(len(l.held)))
	for _, h := range l.held {
		c.Count("", uint64(h.slot), uint64(l.last))
		c.When("", h.at)
		if l.perEvent() {
			c.Int("place", h.place)
		}
	}
}
