package scenarios

import "gyre/sim"

// clone copies disks of routers: a virtual machine that another one was made from, a backup that was restored in the
// wrong place. The router keeps its identity. Like wipe, it changes nothing else, so a process that runs is killed and
// started.
func (r *player) clone(d *Directive) {
	for _, pair := range d.Pairs {
		from, to := r.plan.node(pair.From), r.plan.node(pair.To)
		up := r.world.Up(to)
		if up {
			r.outside++
			r.world.Crash(to)
		}
		r.outside++
		r.world.Clone(to, from)
		if up {
			r.start([]sim.NodeID{to})
		}
	}
}
