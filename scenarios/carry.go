package scenarios

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// carry carries out a directive of the timeline now.
func (r *player) carry(d *Directive) {
	switch d.Verb {
	case "crash", "start", "pause", "resume", "wipe", "skew", "overload", "lag", "snapshot":
		r.process(d)
	case "clone":
		r.clone(d)
	case "tunneler-off", "tunneler-on":
		r.tunneler(d)
	case "listen", "unlisten", "rebind":
		r.sdk(d)
	case "cut", "heal", "slow", "stall", "unstall", "half-open", "break":
		r.network(d)
	case "host", "retire", "bind", "unbind", "allow", "deny", "delete", "touch", "touch-identity":
		r.policy(d)
	case "connect", "disconnect":
		r.channel(d)
	case "lookup":
		r.lookup(d)
	case "watch":
		r.observe(d)
	case "read-only", "transfer", "elect", "join", "leave":
		r.cluster(d)
	default:
		sim.Assert(false, "no such directive: %s", d.Verb)
	}
}

// lookup lets a client ask a controller. It asks once: the answer, or that there is none, is in the history.
func (r *player) lookup(d *Directive) {
	down := func(id sim.NodeID) string { return when(!r.world.Up(id), "is down") }
	r.each(d, down, func(id sim.NodeID) {
		for _, service := range r.services(d) {
			r.outside++
			r.world.Invoke(id, model.Msg{Kind: model.OpLookup, Service: service})
		}
	})
}

// observe lets a client ask every controller that is up, and again after a while. What a controller says disturbs
// nothing, so this does not put off the settle phase.
func (r *player) observe(d *Directive) {
	for _, id := range r.config.Controllers {
		for _, service := range r.services(d) {
			if r.world.Up(id) {
				r.outside++
				r.world.Invoke(id, model.Msg{Kind: model.OpLookup, Service: service})
			}
		}
	}
	if next := r.world.Now().Add(d.Span); next <= d.Until {
		r.agenda.add(next, func() { r.observe(d) })
	}
}

// nodes resolves the nodes of a directive, and records when there are none.
func (r *player) nodes(d *Directive) []sim.NodeID {
	ids := r.plan.resolve(d.Nodes, r.leader())
	if len(ids) == 0 {
		r.skip(d.Text(), "nobody leads")
	}
	return ids
}

// leader returns who leads now, as far as it has told and is up; 0 is nobody.
func (r *player) leader() sim.NodeID {
	if id := r.watch.leader; id != 0 && r.world.Up(id) {
		return id
	}
	return 0
}

// services resolves the service of a directive, or the family.
func (r *player) services(d *Directive) []model.ServiceID {
	if d.Service != groupServices {
		return []model.ServiceID{r.ids[d.Service]}
	}
	var ids []model.ServiceID
	for i := range r.plan.Services {
		if s := &r.plan.Services[i]; s.Count > 0 {
			for _, name := range s.names() {
				ids = append(ids, r.ids[name])
			}
		}
	}
	return ids
}

// policy lets the operator write what the directive asks for.
func (r *player) policy(d *Directive) {
	if d.Verb == "touch" {
		for _, service := range r.services(d) {
			r.entry(model.Entry{Verb: model.Touch, Service: service})
		}
		return
	}
	e := r.effect(d)
	for _, service := range r.services(d) {
		for _, id := range r.nodes(d) {
			whom := r.named(d, id)
			if d.Service == groupServices {
				whom = ""
			}
			if e.on(whom, r.vain(d, subject{service, id})) {
				r.write(d, service, id)
			}
		}
	}
	e.end()
}

// vain tells why a policy would be the same afterwards; empty if it would not, or if that is not known.
func (r *player) vain(d *Directive, key subject) string {
	a := &r.ailments
	switch {
	case a.unsure[key]:
		return ""
	case d.Verb == "retire" || d.Verb == "unbind":
		return when(a.hosted[key] == 0, "does not host it")
	case d.Verb == "allow" || d.Verb == "deny":
		if allowed := a.allowed[key]; allowed == (d.Verb == "allow") {
			return when(allowed, "is allowed to host it") + when(!allowed, "is not allowed to host it")
		}
	}
	return ""
}

// write lets the operator write what the directive asks for about one service on one router.
func (r *player) write(d *Directive, service model.ServiceID, router sim.NodeID) {
	count := uint16(max(1, d.Count))
	e := model.Entry{Service: service, Router: router}
	switch d.Verb {
	case "host":
		r.host(service, router, count)
		return
	case "retire":
		r.retire(service, router)
		return
	case "bind":
		e.Verb, e.N = model.Bind, count
	case "unbind":
		e.Verb = model.Unbind
	case "allow":
		e.Verb = model.Allow
	case "deny":
		e.Verb = model.Deny
	case "delete":
		e.Verb = model.DeleteTerms
	case "touch-identity":
		e.Verb, e.Service = model.TouchIdentity, 0
	default:
		sim.Assert(false, "no such policy: %s", d.Verb)
	}
	r.note(e)
	r.entry(e)
}

// host writes the policies controllers ask about first, then the one the router sees.
func (r *player) host(service model.ServiceID, router sim.NodeID, count uint16) {
	e := model.Entry{Verb: model.Allow, Service: service, Router: router}
	r.note(e)
	r.entry(e)
	e = model.Entry{Verb: model.Bind, Service: service, Router: router, N: count}
	r.note(e)
	r.entry(e)
}

// retire takes away what the router sees; the other policies stay, as they concern no service that is not bound.
func (r *player) retire(service model.ServiceID, router sim.NodeID) {
	e := model.Entry{Verb: model.Unbind, Service: service, Router: router}
	r.note(e)
	r.entry(e)
}

// note keeps what the plan asks for, so that toggle knows what would change something.
func (r *player) note(e model.Entry) {
	key := subject{e.Service, e.Router}
	switch e.Verb {
	case model.Allow, model.Deny:
		r.ailments.allowed[key] = e.Verb == model.Allow
	case model.Bind:
		r.ailments.hosted[key] = e.N
		r.ailments.count[key] = e.N
	case model.Unbind:
		delete(r.ailments.hosted, key)
	}
}

// toggleFrom carries a toggle out at one of its times and puts the next one on the agenda.
func (r *player) toggleFrom(d *Directive, at sim.Time) {
	r.toggle(d)
	if next := at.Add(d.Span); next <= d.Until {
		r.agenda.add(next, func() { r.toggleFrom(d, next) })
	}
}

// toggle retires what is hosted and hosts what is not, with as many terminators as it had last.
func (r *player) toggle(d *Directive) {
	for _, service := range r.services(d) {
		for _, id := range r.nodes(d) {
			key := subject{service, id}
			if r.ailments.hosted[key] > 0 {
				r.retire(service, id)
				continue
			}
			r.host(service, id, max(1, r.ailments.count[key]))
		}
	}
}

// channel tells routers of controllers, or lets them forget: then they do not learn of them from other controllers
// either.
func (r *player) channel(d *Directive) {
	e := r.effect(d)
	for _, pair := range d.Pairs {
		alone := !isGroup(pair.From) && (!isGroup(pair.To) || pair.To == groupLeader)
		r.eachPair([]Pair{pair}, func(router, ctl sim.NodeID) {
			whom, name := "", r.config.Names.Nodes[ctl]
			if alone {
				whom = r.config.Names.Nodes[router]
			}
			on := d.Verb == "connect"
			from, to := &r.ailments.told[router], &r.ailments.barred[router]
			kind, why := model.OpDisconnect, "has forgotten "+name
			if on {
				from, to, kind, why = to, from, model.OpConnect, "knows "+name
			}
			if !e.on(whom, when(slices.Contains(*to, ctl), why)) {
				return
			}
			if on && !r.isMember(ctl) {
				r.ailments.misled[router] = append(r.ailments.misled[router], ctl)
			}
			*from = slices.DeleteFunc(*from, func(id sim.NodeID) bool { return id == ctl })
			if *to = append(*to, ctl); r.world.Up(router) {
				r.command(router, model.Msg{Kind: kind, Peer: ctl})
			}
		})
	}
	e.end()
}

// command hands a command to a process that runs.
func (r *player) command(id sim.NodeID, msg model.Msg) {
	r.outside++
	r.world.Command(id, msg)
}
