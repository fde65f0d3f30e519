package controller

import "gyre/model"

// limiter is the adaptive submission limiter of the leader (controller/command/rate_limiter.go, HEAD): a window
// of proposals under way that grows by 2 % every tenth success and shrinks by 10 % every tenth backoff. The
// success rate is upstream an exponentially decaying sample; here it is the share of the last 128.
type limiter struct {
	low, high int64
	window    int64
	taken     int64
	successes int64
	backoffs  int64
	sample    [128]bool
	sampled   int
	next      int
	good      int64
	swept     bool // the sweep is armed
}

// ending is how a slot of the limiter is given back.
type ending uint8

const (
	slotSuccess ending = iota
	slotBackoff
	slotFailed // changes nothing
)

func (l *limiter) init(p *model.Params) {
	l.low, l.high = p.RaftWindowMin, p.RaftWindowMax
	l.window = l.high
}

func (l *limiter) record(good bool) {
	if l.sampled == len(l.sample) {
		if l.sample[l.next] {
			l.good--
		}
	} else {
		l.sampled++
	}
	l.sample[l.next] = good
	if good {
		l.good++
	}
	l.next = (l.next + 1) % len(l.sample)
}

// end gives a slot back and reports whether the window changed.
func (l *limiter) end(how ending) bool {
	l.taken--
	was := l.window
	switch how {
	case slotSuccess:
		l.record(true)
		if l.successes++; l.successes%10 == 0 && l.good*10 > int64(l.sampled)*9 {
			l.window = min(l.high, max(l.window+1, l.window*102/100))
		}
	case slotBackoff:
		l.record(false)
		if l.backoffs++; l.backoffs%10 == 0 && l.good*10 < int64(l.sampled)*9 {
			l.window = max(l.low, min(l.window-1, l.window*9/10))
		}
	}
	return l.window != was
}

// takeSlot takes a slot of the window; false if it is full.
func (c *controller) takeSlot() bool {
	l := &c.window
	if l.taken >= l.window {
		return false
	}
	l.taken++
	if !l.swept {
		l.swept = true
		c.out.Arm(timerSweep, c.p.RaftSlotAge)
	}
	return true
}

// endSlot gives an operation's slot back, unless the sweep has.
func (c *controller) endSlot(o *op, how ending) {
	if !o.slot {
		return
	}
	o.slot = false
	if c.window.end(how) {
		c.out.Note(model.Msg{Kind: model.NoteWindow, N: uint16(c.window.window), Aux: uint64(c.window.taken)})
	}
}

// sweep gives back, as backoff, the slots that are too old. It stops when no slot is taken.
func (c *controller) sweep() {
	for i := range c.ops {
		if o := &c.ops[i]; o.slot && c.now.Sub(o.since) > c.p.RaftSlotAge {
			c.endSlot(o, slotBackoff)
		}
	}
	c.window.swept = c.window.taken > 0
	if c.window.swept {
		c.out.Arm(timerSweep, c.p.RaftSlotAge)
	}
}
