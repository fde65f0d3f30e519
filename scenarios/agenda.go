package scenarios

import (
	"slices"

	"gyre/sim"
)

// agenda is what the player has yet to do, in order of time; items of one time in the order they were added.
type agenda struct {
	items []item
}

type item struct {
	at sim.Time
	do func()
}

func (a *agenda) add(at sim.Time, do func()) {
	i := len(a.items)
	for i > 0 && a.items[i-1].at > at {
		i--
	}
	a.items = slices.Insert(a.items, i, item{at, do})
}

// first returns the time of the next item.
func (a *agenda) first() (sim.Time, bool) {
	if len(a.items) == 0 {
		return 0, false
	}
	return a.items[0].at, true
}

// pop removes the next item.
func (a *agenda) pop() func() {
	do := a.items[0].do
	a.items[0].do = nil
	a.items = a.items[1:]
	return do
}

// schedule puts the whole plan on the agenda and returns when the settle phase starts: not before the last part
// of the last directive.
func (r *player) schedule() sim.Time {
	r.agenda.add(0, r.open)
	settle := r.plan.SettleAt
	for i := range r.plan.Steps {
		d := &r.plan.Steps[i]
		settle = max(settle, d.At)
		switch d.Verb {
		case "toggle":
			r.agenda.add(d.At, func() { r.toggleFrom(d, d.At) })
			turns := max(0, d.Until.Sub(d.At)/d.Span)
			settle = max(settle, d.At.Add(turns*d.Span))
		case "restart", "upgrade":
			down := d.Span
			if down == 0 {
				down = restartDown
			}
			ids := []sim.NodeID{}
			kill := r.restart
			if d.Verb == "upgrade" {
				kill = r.upgrade
			}
			r.agenda.add(d.At, func() { ids = kill(d) })
			r.agenda.add(d.At.Add(down), func() { r.start(ids) })
			settle = max(settle, d.At.Add(down))
		default:
			r.agenda.add(d.At, func() { r.carry(d) })
		}
	}
	r.agenda.add(settle, r.settle)
	return settle
}

// restartDown is how long a restart takes unless the plan says otherwise (OpenZiti's chaos tests pause one
// second between stop and start).
const restartDown = sim.Second

// open starts the cluster: controllers first, then routers, each told of every controller.
func (r *player) open() {
	for _, id := range r.config.Controllers {
		r.start([]sim.NodeID{id})
	}
	for _, id := range r.config.Routers {
		if !r.plan.Manual {
			r.ailments.told[id] = slices.Clone(r.config.Controllers)
		}
		r.start([]sim.NodeID{id})
	}
	for _, id := range r.config.SDKs {
		r.start([]sim.NodeID{id})
	}
}
