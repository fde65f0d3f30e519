package linear

import (
	"fmt"

	"gyre/model"
	"gyre/sim"
)

// verb is what an operation on a terminator id does.
type verb uint8

const (
	create verb = iota + 1
	remove
)

// want is the parity of the positions at which an operation may say yes.
func (v verb) want() uint32 {
	if v == create {
		return 1
	}
	return 0
}

// spot is the witness of one id. The log makes its row come and go by turns: position 0 is before the first create,
// odd positions have the row, even ones do not. Every answer is given a position, the lowest it may have.
type spot struct {
	now   uint32 // newest position
	floor uint32 // highest position of an operation that has returned
}

// found is the position of an answer that wrote nothing: the state it must have seen, at or after the floor at its
// call.
func found(v verb, floor uint32) uint32 {
	if floor&1 == v.want() {
		return floor
	}
	return floor + 1
}

// admit takes an answer: own is the position its own write made, 0 if it wrote nothing; floor is the one at its call.
// It reports whether the log has such a position by now, and if so remembers that the operation has returned.
func (p *spot) admit(v verb, own, floor uint32) bool {
	at := own
	if own == 0 {
		at = found(v, floor)
	}
	if at > p.now {
		return false
	}
	p.floor = max(p.floor, at)
	return true
}

// client is a router as one who asks.
type client struct {
	node sim.NodeID
	open []int32 // operations under way, by request number
}

// openMax bounds the operations of one router that wait for an answer, and openAge how long one does: some releases
// never answer a request that failed. What is beyond counts as lost.
const (
	openMax = 4096
	openAge = 30 * sim.Second
)

// asked takes a router's request.
func (j *Judge) asked(r *client, e *sim.Effect[model.Msg]) {
	m := &e.Msg
	if m.Kind == model.CreateRequest {
		j.open(r, e, create, m.Term, m.Index)
		return
	}
	if list, ok := m.Body.(*model.TermList); ok {
		for i, id := range list.Terms {
			gen := uint64(0)
			if i < len(list.Gens) {
				gen = list.Gens[i]
			}
			j.open(r, e, remove, id, gen)
		}
		return
	}
	j.open(r, e, remove, m.Term, 0)
}

func (j *Judge) open(r *client, e *sim.Effect[model.Msg], v verb, id model.TermID, gen uint64) {
	k := &j.keys
	for len(r.open) > 0 && (len(r.open) >= openMax || j.at.Sub(k.ops[r.open[0]].call) > openAge) {
		j.lose(r, 0)
	}
	at := k.need(id)
	var slot int32
	if n := len(k.spare); n > 0 {
		slot, k.spare = k.spare[n-1], k.spare[:n-1]
	} else {
		slot = int32(len(k.ops))
		k.ops = append(k.ops, operation{})
	}
	x := &k.list[at]
	x.asked = max(x.asked, gen)
	if v == create {
		x.service, x.n = e.Msg.Service, e.Msg.N
	}
	k.ops[slot] = operation{verb: v, key: at, peer: j.wires.peer(e.Conn, r.node), conn: e.Conn, req: e.Msg.Req, gen: gen,
		floor: x.floor, seen: x.seen, call: j.at, seq: j.tick()}
	if x.last == 0 {
		x.first = slot + 1
	} else {
		k.ops[x.last-1].next = slot + 1
	}
	x.last = slot + 1
	r.open = append(r.open, slot)
}

// close ends the n-th operation of a router's list.
func (j *Judge) close(r *client, n int) {
	k := &j.keys
	slot := r.open[n]
	r.open = append(r.open[:n], r.open[n+1:]...)
	o := &k.ops[slot]
	x := &k.list[o.key]
	previous := int32(0)
	for i := x.first; i != 0; i = k.ops[i-1].next {
		if i-1 != slot {
			previous = i
			continue
		}
		if previous == 0 {
			x.first = o.next
		} else {
			k.ops[previous-1].next = o.next
		}
		if x.last == i {
			x.last = previous
		}
		break
	}
	k.spare = append(k.spare, slot)
	k.idle(o.key)
}

// hungUp ends the operations that waited for an answer over a connection that is gone.
func (j *Judge) hungUp(node sim.NodeID, conn sim.ConnID) {
	if !j.is(node, router) {
		return
	}
	r := &j.routers[j.place[node]]
	for n := 0; n < len(r.open); n++ {
		if j.keys.ops[r.open[n]].conn == conn {
			j.lose(r, n)
			n--
		}
	}
}

// lose ends an operation without an outcome. It may take effect later, or never: the log knows.
func (j *Judge) lose(r *client, n int) {
	j.unsettled(r.node, &j.keys.ops[r.open[n]])
	j.close(r, n)
}

// unsettled counts an operation without an outcome.
func (j *Judge) unsettled(node sim.NodeID, o *operation) {
	j.settled.lost++
	if o.own != 0 {
		j.settled.took++
	}
	if j.record != nil {
		j.record.router(j, node, o, false, model.None)
	}
}

// answered takes a reply: it ends every operation of its request.
func (j *Judge) answered(r *client, a *answer) {
	v := create
	if a.m.Kind == model.RemoveReply {
		v = remove
	}
	for n := 0; n < len(r.open); n++ {
		o := &j.keys.ops[r.open[n]]
		if o.req != a.m.Req || o.verb != v || o.peer != 0 && a.by != o.peer {
			continue
		}
		x := &j.keys.list[o.key]
		code := a.m.Code
		if code != model.OK && (o.verb == create || code != model.NotFound) {
			j.lose(r, n)
			n--
			continue
		}
		j.tick()
		j.settled.judged++
		if !x.admit(o.verb, o.own, o.floor) {
			about := About{x.router, x.service, x.n, x.id}
			j.fault.add(j.step, 0, a.at, about, func() string { return j.explain(r, o, x, a) })
		}
		if j.record != nil {
			j.record.router(j, r.node, o, true, code)
		}
		j.glimpsed(r, o, x, a)
		j.close(r, n)
		n--
	}
}

// explain says why an answer is not linearizable.
func (j *Judge) explain(r *client, o *operation, x *key, a *answer) string {
	claim, truth := "exists", "has no row"
	if o.verb == remove {
		claim, truth = "is gone", "has a row"
		if a.m.Code == model.NotFound {
			claim = "is not there"
		}
	}
	text := fmt.Sprintf("%s told %s at %s that %s %s, but by the log it %s", j.node(a.by), j.node(r.node),
		point(a.at), j.id(x.id), claim, truth)
	if x.index > 0 {
		text += fmt.Sprintf(" since index %d, at %s,", x.index, point(x.changed))
	}
	text += fmt.Sprintf(" and %s had asked at %s", j.node(r.node), point(o.call))
	if a.index != noIndex {
		text += fmt.Sprintf("; it answered from index %d", a.index)
	}
	return text
}

// rowCame takes a create that the log has accepted.
func (j *Judge) rowCame(index uint64, e *model.Entry) {
	i := j.keys.need(e.Term)
	x := &j.keys.list[i]
	x.gen = e.Gen
	if x.now&1 == 1 {
		return
	}
	x.service, x.n, x.router = e.Service, e.N, e.Router
	j.moved(i, index, e, create)
	j.hosting.row(j, index, e, x, 1)
}

// rowWent takes a delete.
func (j *Judge) rowWent(index uint64, e *model.Entry, id model.TermID) {
	i, ok := j.keys.at[id]
	if !ok || j.keys.list[i].now&1 == 0 {
		return
	}
	j.moved(i, index, e, remove)
	j.hosting.row(j, index, e, &j.keys.list[i], -1)
}

// moved makes the next position of an id, and finds whose write it was: the operation of its kind that waits at the
// controller which submitted the entry. If several do, it is nobody's: an answer that is taken for a read although it
// wrote is judged more mildly, never more harshly.
func (j *Judge) moved(i int32, index uint64, e *model.Entry, v verb) {
	k := &j.keys
	x := &k.list[i]
	x.now++
	x.before, x.index, x.changed = x.index, index, j.at
	owner := int32(0)
	if e.Origin == model.ByRouter {
		several := false
		for n := x.first; n != 0; n = k.ops[n-1].next {
			if o := &k.ops[n-1]; o.verb == v && o.own == 0 && o.peer == e.Source {
				several = several || owner != 0
				owner = n
			}
		}
		if several {
			owner = 0
		}
		if owner != 0 {
			k.ops[owner-1].own, k.ops[owner-1].effect = x.now, j.seq
		}
	}
	if j.record != nil && owner == 0 {
		j.record.internal(j, x, e, v)
	}
	if e.Origin != model.ByRouter {
		return
	}
	if owner == 0 {
		j.settled.took++
	}
}

// ownDelete takes the apply of a controller's or the operator's delete at the controller that submitted it: there it
// has returned.
func (j *Judge) ownDelete(index uint64, e *model.Entry) {
	returned := func(id model.TermID) {
		i, ok := j.keys.at[id]
		if !ok {
			return
		}
		if x := &j.keys.list[i]; x.index == index {
			j.tick()
			x.floor = max(x.floor, x.now)
			if j.record != nil {
				j.record.returned(j, x)
			}
			j.keys.idle(i)
		}
	}
	switch e.Verb {
	case model.DeleteTerm:
		returned(e.Term)
	case model.DeleteTerms:
		for _, id := range e.Terms {
			returned(id)
		}
	}
}
