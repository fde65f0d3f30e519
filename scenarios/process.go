package scenarios

import (
	"gyre/model"
	"gyre/sim"
)

// process carries out a directive about processes.
func (r *player) process(d *Directive) {
	r.each(d, func(id sim.NodeID) string { return r.pointless(d, id) }, func(id sim.NodeID) { r.treat(d, id) })
}

// pointless tells why a directive would change nothing about a process; empty if it would.
func (r *player) pointless(d *Directive, id sim.NodeID) string {
	up, a := r.world.Up(id), &r.ailments
	switch d.Verb {
	case "start":
		if !up && r.isSpare(id) {
			return "is a spare (write join)"
		}
		return when(up, "is up")
	case "crash", "snapshot":
		return when(!up, "is down")
	case "pause", "resume":
		if !up {
			return "is down"
		}
		if paused := r.world.Paused(id); paused == (d.Verb == "pause") {
			return when(paused, "is paused") + when(!paused, "is not paused")
		}
	case "skew":
		return when(d.Span == 0 && !a.skewed[id], "is not skewed")
	case "overload":
		return when(d.Count <= 1 && !a.overloaded[id], "is not overloaded")
	case "lag":
		return when(d.Span == a.lag[id], "lags by "+d.Span.String())
	}
	return ""
}

// treat carries out a directive about one process.
func (r *player) treat(d *Directive, id sim.NodeID) {
	switch d.Verb {
	case "crash":
		r.crash(d, id)
		return
	case "start":
		r.start([]sim.NodeID{id})
		return
	case "wipe":
		r.wipe(id)
		return
	case "lag":
		r.lag(id, d.Span)
		return
	}
	r.outside++
	switch d.Verb {
	case "skew":
		r.ailments.skewed[id] = d.Span != 0
		r.world.Skew(id, d.Span)
	case "overload":
		r.ailments.overloaded[id] = d.Count > 1
		r.world.Overload(id, max(1, d.Count))
	case "pause":
		r.world.Pause(id)
	case "resume":
		r.world.Resume(id)
	case "snapshot":
		r.world.Command(id, model.Msg{Kind: model.OpSnapshot})
	}
}

// crash kills a process, or orders it to die within a step.
func (r *player) crash(d *Directive, id sim.NodeID) {
	r.outside++
	if d.Verb == "crash" && d.Count > 0 {
		r.ailments.armed[id] = r.world.Life(id)
		r.world.CrashAfter(id, d.Count)
		return
	}
	r.world.Crash(id)
}

// restart kills the processes that run and returns what is to be started later: those that are down as well.
func (r *player) restart(d *Directive) []sim.NodeID {
	var ids []sim.NodeID
	r.each(d, func(id sim.NodeID) string { return when(r.isSpare(id), "is a spare (write join)") }, func(id sim.NodeID) {
		if ids = append(ids, id); r.world.Up(id) {
			r.crash(d, id)
		}
	})
	return ids
}

// isSpare reports whether a controller has never been a member.
func (r *player) isSpare(id sim.NodeID) bool {
	return !r.isRouter(id) && int(id) > r.plan.Controllers && !r.ailments.joined[id]
}

// start starts the processes that are down, except spares that have not joined: join starts them.
func (r *player) start(ids []sim.NodeID) {
	for _, id := range ids {
		if !r.world.Up(id) && !r.isSpare(id) {
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
	for _, ctl := range r.ailments.barred[id] {
		r.command(id, model.Msg{Kind: model.OpDisconnect, Peer: ctl})
	}
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
