package scenarios

import (
	"gyre/model"
	"gyre/sim"
)

// The operator writes policies through the management API: to the leader if it is known, else to the first
// controller that is up. A refused or lost request is repeated every retryEvery, at another controller each time,
// until it succeeds or operatorPatience has passed, so that a change of policy is not lost in an election. Orders
// about one subject are carried out one after the other; each attempt is an event from outside.
const (
	retryEvery       = 500 * sim.Millisecond
	replyPatience    = 6 * sim.Second // then the request counts as lost
	operatorPatience = 60 * sim.Second
)

// order is one request of the operator.
type order struct {
	what  string
	since sim.Time
	tries int
	msg   model.Msg
}

// operator has the orders that are not carried out yet.
type operator struct {
	queues  map[subject][]order
	pending []pending // in the order of their calls
}

// pending is a request under way.
type pending struct {
	op   sim.OpID
	key  subject
	node sim.NodeID
	life uint32
	call sim.Time
}

// enqueue adds an order and carries it out at once unless others about the subject are under way.
func (r *player) enqueue(key subject, what string, msg model.Msg) {
	o := &r.operator
	o.queues[key] = append(o.queues[key], order{what: what, since: r.world.Now(), msg: msg})
	if len(o.queues[key]) == 1 {
		r.attempt(key)
	}
}

// entry enqueues an order for an entry of the replicated log. A delete names no rows: the controller that is asked
// takes those it has. Service policies give nothing to a router without identity; see tunneler.
func (r *player) entry(e model.Entry) {
	if r.ailments.plain[e.Router] && (e.Verb == model.Bind || e.Verb == model.Unbind) {
		return
	}
	e.Origin = model.ByOperator
	r.enqueue(subject{e.Service, e.Router}, e.Verb.String(), model.Msg{Kind: model.OpEntry, Body: &e})
}

// attempt carries out the first order about a subject.
func (r *player) attempt(key subject) {
	first := &r.operator.queues[key][0]
	if r.world.Now().Sub(first.since) > operatorPatience {
		r.ailments.unsure[key] = true
		r.skip(first.what, "given up after "+operatorPatience.String())
		r.next(key)
		return
	}
	node := r.pick(first.tries)
	first.tries++
	if node == 0 {
		r.agenda.add(r.world.Now().Add(retryEvery), func() { r.attempt(key) })
		return
	}
	r.outside++
	p := pending{key: key, node: node, life: r.world.Life(node), call: r.world.Now()}
	p.op = r.world.Invoke(node, first.msg)
	r.operator.pending = append(r.operator.pending, p)
	r.agenda.add(p.call.Add(retryEvery), func() { r.overdue(p.op) })
}

// pick returns the controller for the n-th attempt: the leader first, then all that are up in turn; 0 is none.
func (r *player) pick(n int) sim.NodeID {
	usable := func(id sim.NodeID) bool { return r.world.Up(id) && !r.world.Paused(id) }
	if id := r.leader(); id != 0 && usable(id) && n%2 == 0 {
		return id
	}
	var up []sim.NodeID
	for id := sim.NodeID(1); !r.isRouter(id); id++ {
		if r.isMember(id) && usable(id) {
			up = append(up, id)
		}
	}
	if len(up) == 0 {
		return 0
	}
	return up[n%len(up)]
}

// take removes a request from those under way.
func (r *player) take(op sim.OpID) (pending, bool) {
	list := r.operator.pending
	for i, p := range list {
		if p.op == op {
			r.operator.pending = append(list[:i], list[i+1:]...)
			return p, true
		}
	}
	return pending{}, false
}

// overdue repeats a request that will not be answered any more.
func (r *player) overdue(op sim.OpID) {
	p, ok := r.take(op)
	if !ok {
		return
	}
	lost := !r.world.Up(p.node) || r.world.Life(p.node) != p.life || r.world.Now().Sub(p.call) >= replyPatience
	if lost {
		r.attempt(p.key)
		return
	}
	r.operator.pending = append(r.operator.pending, p)
	r.agenda.add(r.world.Now().Add(retryEvery), func() { r.overdue(op) })
}

// answer takes the reply to a request: done, to be repeated, or refused for good.
func (r *player) answer(op sim.OpID) {
	p, ok := r.take(op)
	if !ok {
		return
	}
	result := r.world.History()[op-1].Result
	switch result.Code {
	case model.OK, model.WaitIndexTimeout: // the latter is applied, only not there yet
		r.next(p.key)
	case model.NotFound, model.Duplicate, model.Mismatch, model.InvalidService, model.AccessDenied, model.Failed:
		r.ailments.unsure[p.key] = true
		r.skip(r.operator.queues[p.key][0].what, result.Code.String())
		r.next(p.key)
	default:
		r.agenda.add(p.call.Add(max(retryEvery, r.world.Now().Sub(p.call))), func() { r.attempt(p.key) })
	}
}

// next drops the first order about a subject and goes on with the one after it.
func (r *player) next(key subject) {
	queue := r.operator.queues[key][1:]
	if r.operator.queues[key] = queue; len(queue) == 0 {
		delete(r.operator.queues, key)
		return
	}
	r.attempt(key)
}
