package gyretest

import (
	"slices"

	"gyre/sim"
)

// ailments are the faults that last now, by what they concern: several of one kind may overlap, and what they concern
// is well when the last of them ends.
type ailments struct {
	active map[string][]sim.Duration
}

// add and remove count a fault in and out; they return how many there are now.
func (a *ailments) add(key string, value sim.Duration) []sim.Duration {
	a.active[key] = append(a.active[key], value)
	return a.active[key]
}

func (a *ailments) remove(key string, value sim.Duration) []sim.Duration {
	if i := slices.Index(a.active[key], value); i >= 0 {
		a.active[key] = slices.Delete(a.active[key], i, i+1)
	}
	return a.active[key]
}

// newest returns the value of the fault that began last; usual if there is none.
func newest(values []sim.Duration, usual sim.Duration) sim.Duration {
	if len(values) == 0 {
		return usual
	}
	return values[len(values)-1]
}

// begin carries out a directive.
func (r *player[M]) begin(d *Directive) {
	if o, ok := r.bed.op(d.Verb); ok {
		o.do(d.N)
		return
	}
	k, _ := kindOf(d.Verb)
	if k.pair {
		r.link(d, true)
		return
	}
	id, _ := r.bed.host(d.Node)
	b := r.bed
	switch d.Verb {
	case "crash", "wipe":
		r.sick.add("down "+d.Node, 0)
		switch {
		case !b.Up(id):
		case d.N > 0:
			b.CrashAfter(id, d.N)
		default:
			b.Crash(id)
		}
		if d.Verb == "wipe" {
			b.Wipe(id)
		}
	case "pause":
		r.sick.add("paused "+d.Node, 0)
		b.Pause(id)
	case "skew":
		b.Skew(id, newest(r.sick.add("skewed "+d.Node, d.By), 0))
	case "overload":
		b.Overload(id, int(newest(r.sick.add("overloaded "+d.Node, sim.Duration(d.N)), 1)))
	}
}

// end ends a fault that lasts.
func (r *player[M]) end(d *Directive) {
	if k, _ := kindOf(d.Verb); k.pair {
		r.link(d, false)
		return
	}
	id, _ := r.bed.host(d.Node)
	b := r.bed
	switch d.Verb {
	case "crash", "wipe":
		if len(r.sick.remove("down "+d.Node, 0)) > 0 {
			return
		}
		if b.Up(id) { // it was to die within a step, and took none
			b.Crash(id)
		}
		b.Start(id)
	case "pause":
		if len(r.sick.remove("paused "+d.Node, 0)) == 0 {
			b.Resume(id)
		}
	case "skew":
		b.Skew(id, newest(r.sick.remove("skewed "+d.Node, d.By), 0))
	case "overload":
		b.Overload(id, int(newest(r.sick.remove("overloaded "+d.Node, sim.Duration(d.N)), 1)))
	}
}

// link begins or ends a fault of a link, in both directions if the directive says so.
func (r *player[M]) link(d *Directive, on bool) {
	near, _ := r.bed.host(d.Node)
	far, _ := r.bed.host(d.Peer)
	r.direction(d, near, far, d.Node+"->"+d.Peer, on)
	if d.Both && d.Verb != "break" {
		r.direction(d, far, near, d.Peer+"->"+d.Node, on)
	}
}

func (r *player[M]) direction(d *Directive, from, to sim.NodeID, key string, on bool) {
	change := r.sick.remove
	if on {
		change = r.sick.add
	}
	switch d.Verb {
	case "cut":
		left := len(change("cut "+key, 0))
		switch {
		case on && left == 1:
			r.bed.Cut(from, to)
		case !on && left == 0:
			r.bed.Mend(from, to)
		}
	case "slow":
		r.bed.Slow(from, to, newest(change("slow "+key, d.By), 0))
	case "break":
		r.bed.Break(from, to)
	case "half-open":
		r.bed.HalfOpen(from, to)
	}
}
