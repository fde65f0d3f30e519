package scenarios

import (
	"gyre/model"
	"gyre/sim"
)

// tunneler takes the tunneler flag off routers or gives it back. OpenZiti deletes the router's identity with it and
// makes it anew (controller/db/edge_router_store.go, HEAD); the policies that concern all routers apply again then. The
// services are taken and given one by one, as by any other directive. What the plan says of the router's services
// meanwhile applies when the flag is back.
func (r *player) tunneler(d *Directive) {
	on := d.Verb == "tunneler-on"
	why := func(id sim.NodeID) string {
		plain := r.ailments.plain[id]
		return when(plain && !on, "has no tunneler flag") + when(!plain && on, "has the tunneler flag")
	}
	r.each(d, why, func(id sim.NodeID) {
		r.ailments.plain[id] = false
		e := model.Entry{Verb: model.DropIdentity, Router: id}
		if on {
			e.Verb = model.MakeIdentity
		}
		r.entry(e)
		for s := model.ServiceID(1); int(s) < len(r.config.Names.Services); s++ {
			n := r.ailments.hosted[subject{s, id}]
			switch {
			case n == 0:
			case on:
				r.entry(model.Entry{Verb: model.Bind, Service: s, Router: id, N: n})
			default:
				r.entry(model.Entry{Verb: model.Unbind, Service: s, Router: id})
			}
		}
		r.ailments.plain[id] = !on
	})
}
