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
	at := r.one(d)
	if at == 0 || !r.world.Up(at) {
		r.skip(d.Text(), "it is down")
		return
	}
	for _, service := range r.services(d) {
		r.outside++
		r.world.Invoke(at, model.Msg{Kind: model.OpLookup, Service: service})
	}
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

// one resolves a directive's single node; 0 if there is none.
func (r *player) one(d *Directive) sim.NodeID {
	if ids := r.plan.resolve(d.Nodes, r.leader()); len(ids) > 0 {
		return ids[0]
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
	for _, service := range r.services(d) {
		if d.Verb == "touch" {
			r.entry(model.Entry{Verb: model.Touch, Service: service})
			continue
		}
		for _, id := range r.nodes(d) {
			r.write(d, service, id)
		}
	}
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
	r.entry(model.Entry{Verb: model.Allow, Service: service, Router: router})
	e := model.Entry{Verb: model.Bind, Service: service, Router: router, N: count}
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

// channel tells routers of controllers, or lets them forget.
func (r *player) channel(d *Directive) {
	r.eachPair(d.Pairs, func(router, ctl sim.NodeID) {
		known := slices.DeleteFunc(r.ailments.told[router], func(id sim.NodeID) bool { return id == ctl })
		msg := model.Msg{Kind: model.OpDisconnect, Peer: ctl}
		if d.Verb == "connect" {
			known, msg.Kind = append(known, ctl), model.OpConnect
		}
		if r.ailments.told[router] = known; r.world.Up(router) {
			r.command(router, msg)
		}
	})
}

// cluster carries out what concerns the controllers as a group.
func (r *player) cluster(d *Directive) {
	id := r.one(d)
	switch d.Verb {
	case "read-only":
		r.readOnly(d.Word == "on")
	case "transfer":
		leader := r.leader()
		if leader == 0 {
			r.skip(d.Text(), "nobody leads")
			return
		}
		r.command(leader, model.Msg{Kind: model.OpTransfer, Peer: id})
	case "elect":
		if id != 0 {
			r.command(id, model.Msg{Kind: model.OpElect})
		}
	case "join":
		msg := model.Msg{Kind: model.OpMember, Peer: id, Flags: model.On}
		if d.Word != "" {
			msg.Flags |= model.NonVoter
		}
		r.ailments.joined[id], r.ailments.left[id] = true, false
		r.start([]sim.NodeID{id})
		r.enqueue(subject{}, d.Text(), msg)
	case "leave":
		if id == 0 {
			r.skip(d.Text(), "nobody leads")
			return
		}
		r.ailments.left[id] = true
		msg := model.Msg{Kind: model.OpMember, Peer: id}
		r.enqueue(subject{}, d.Text(), msg)
	}
}

// command hands a command to a process that runs.
func (r *player) command(id sim.NodeID, msg model.Msg) {
	r.outside++
	r.world.Command(id, msg)
}

// readOnly tells every controller that another version is in the mesh, or is no longer.
func (r *player) readOnly(on bool) {
	r.ailments.readOnly = on
	msg := model.Msg{Kind: model.OpReadOnly}
	if on {
		msg.Flags = model.On
	}
	for id := sim.NodeID(1); !r.isRouter(id); id++ {
		if r.world.Up(id) {
			r.command(id, msg)
		}
	}
}
