package router

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// What bugs of the catalogue put off. All of it has one timer, which no release uses.
const timerChores sim.TimerID = 0

type chore struct {
	at   sim.Time
	what choreKind
	ctrl sim.NodeID
}

type choreKind uint8

const (
	startChore  choreKind = iota + 1 // B25: the tunneler comes up
	rouseChore                       // B33: the channel's goroutine wakes up
	sampleChore                      // B46: the startup check
)

// Spans of the bugs.
const (
	tunnelerStart = 500 * sim.Millisecond // B25: from the first channel to a tunneler with options
	startupCheck  = 30 * sim.Second       // B46: startup timeout (router/env/config.go)
	supervisor    = 1 * sim.Second        // B46: until who watches over the process starts it again
)

// later puts a chore off.
func (r *Router) later(span sim.Duration, what choreKind, ctrl sim.NodeID) {
	r.chores = append(r.chores, chore{r.now.Add(span), what, ctrl})
	r.armChores()
}

func (r *Router) armChores() {
	if len(r.chores) == 0 {
		return
	}
	first := r.chores[0].at
	for _, c := range r.chores {
		first = min(first, c.at)
	}
	r.armAt(timerChores, first)
}

func (r *Router) doChores() {
	due := slices.Clone(r.chores)
	r.chores = slices.DeleteFunc(r.chores, func(c chore) bool { return c.at <= r.now })
	for _, c := range due {
		if c.at > r.now {
			continue
		}
		switch c.what {
		case startChore:
			r.startTunneler()
		case rouseChore:
			r.rouse(r.at(c.ctrl))
		case sampleChore:
			if r.connections() == 0 {
				r.out.Exit(supervisor) // it looks at this instant, not at whether there ever was a channel
			}
		}
	}
	r.armChores()
}

// firstChannel starts the tunneler; with B25 it is up a moment later, and what is asked meanwhile is denied.
func (r *Router) firstChannel() {
	switch {
	case r.started || r.starting:
	case r.cfg.Bugs.Has(model.B25):
		r.starting = true
		r.later(tunnelerStart, startChore, 0)
	default:
		r.startTunneler()
	}
}

// doze is B33: re-establishing sleeps on the goroutine that told of the event, which reads this channel.
func (r *Router) doze() {
	if ch := r.registered(r.leader); ch != nil && r.cfg.Bugs.Has(model.B33) && !ch.dozing {
		ch.dozing = true
		r.later(r.p.ReestablishDelay, rouseChore, ch.ctrl)
	}
}

// rouse reads what has arrived meanwhile.
func (r *Router) rouse(ch *channel) {
	ch.dozing = false
	unread := ch.pile
	ch.pile = nil
	for i := range unread {
		if unread[i].conn == ch.conn && ch.conn != 0 {
			r.take(ch, &unread[i].msg)
		}
	}
}

// unread is a message that nobody reads for a while.
type unread struct {
	conn sim.ConnID
	msg  model.Msg
}

// canonBugs visits what bugs put off.
func (r *Router) canonBugs(c *sim.Canon) {
	for _, w := range r.chores {
		c.Int("chore", int64(w.what))
		c.When("", w.at)
		c.Node("", w.ctrl)
	}
	if r.starting {
		c.Flag("starting", r.starting)
	}
	for i := range r.channels {
		if ch := &r.channels[i]; ch.refused || ch.dozing {
			c.Node("refused", ch.ctrl)
			c.Flag("dozing", ch.dozing)
		}
		for k := range r.channels[i].pile {
			r.channels[i].pile[k].msg.Canon(c)
		}
	}
}
