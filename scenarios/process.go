package scenarios

import (
	"gyre/model"
	"gyre/sim"
)

// process carries out a directive about processes.
func (r *player) process(d *Directive) {
	switch d.Verb {
	case "crash":
		r.crash(d)
		return
	case "start":
		r.start(r.nodes(d))
		return
	}
	for _, id := range r.nodes(d) {
		switch d.Verb {
		case "wipe":
			r.wipe(id)
		case "lag":
			r.lag(id, d.Span)
		case "skew":
			r.outside++
			r.ailments.skewed[id] = d.Span != 0
			r.world.Skew(id, d.Span)
		case "overload":
			r.outside++
			r.ailments.overloaded[id] = d.Count > 1
			r.world.Overload(id, max(1, d.Count))
		default:
			if !r.world.Up(id) {
				r.skip(d.Text(), "it is down")
				continue
			}
			r.outside++
			switch d.Verb {
			case "pause":
				r.world.Pause(id)
			case "resume":
				r.world.Resume(id)
			case "snapshot":
				r.world.Command(id, model.Msg{Kind: model.OpSnapshot})
			}
		}
	}
}

// crash kills the processes a directive names, or orders them to die within a step, and returns which.
func (r *player) crash(d *Directive) []sim.NodeID {
	ids := r.nodes(d)
	for _, id := range ids {
		if !r.world.Up(id) {
			continue
		}
		r.outside++
		if d.Verb == "crash" && d.Count > 0 {
			r.ailments.armed[id] = r.world.Life(id)
			r.world.CrashAfter(id, d.Count)
			continue
		}
		r.world.Crash(id)
	}
	return ids
}

// start starts the processes that are down, except spares that have not joined: join starts them.
func (r *player) start(ids []sim.NodeID) {
	for _, id := range ids {
		spare := !r.isRouter(id) && int(id) > r.plan.Controllers && !r.ailments.joined[id]
		if !r.world.Up(id) && !spare {
			r.outside++
			r.world.Start(id)
		}
	}
}

// wipe loses a router's disk: nothing else about it may change, so a process that runs is killed and started.
func (r *player) wipe(id sim.NodeID) {
	up := r.world.Up(id)
	if up {
		r.outside++
		r.world.Crash(id)
	}
	r.outside++
	r.world.Wipe(id)
	if up {
		r.start([]sim.NodeID{id})
	}
}

// lag delays what a controller applies.
func (r *player) lag(id sim.NodeID, by sim.Duration) {
	if r.ailments.lag[id] = by; r.world.Up(id) {
		r.command(id, model.Msg{Kind: model.OpLag, Aux: uint64(by)})
	}
}

// remind tells a process that has started what it reads from its files, which are not on the simulated disk: a
// router its endpoints (router/env, endpoints file), a controller the faults that outlive it.
func (r *player) remind(id sim.NodeID) {
	for _, ctl := range r.ailments.told[id] {
		r.command(id, model.Msg{Kind: model.OpConnect, Peer: ctl})
	}
	if r.isRouter(id) {
		return
	}
	if by := r.ailments.lag[id]; by > 0 {
		r.lag(id, by)
	}
	if r.ailments.readOnly {
		r.command(id, model.Msg{Kind: model.OpReadOnly, Flags: model.On})
	}
}
