package linear

import "gyre/sim"

// noIndex is the apply index of an answer that was not seen leaving.
const noIndex = ^uint64(0)

// wires follows answers from the controller that sends them to the router that reads them. A connection delivers in
// order and loses nothing while it lives, so the n-th answer to arrive is the n-th that left.
type wires struct {
	list []wire // by the low half of a connection's id, which is its place in the world
}

// wire is one life of one connection.
type wire struct {
	id     sim.ConnID
	a, b   sim.NodeID
	behind []uint64 // apply index behind each answer on its way
	head   int
}

func (w *wires) up(id sim.ConnID, node, peer sim.NodeID) {
	at := int(id & 0xffffffff)
	w.list = grow(w.list, at)
	x := &w.list[at]
	if x.id != id {
		*x = wire{id: id, a: node, b: peer, behind: x.behind[:0]}
	}
}

// find returns a connection that is up, or nil.
func (w *wires) find(id sim.ConnID) *wire {
	at := int(id & 0xffffffff)
	if id == 0 || at >= len(w.list) || w.list[at].id != id {
		return nil
	}
	return &w.list[at]
}

// peer returns who is at the other end, 0 if that is not known.
func (w *wires) peer(id sim.ConnID, node sim.NodeID) sim.NodeID {
	x := w.find(id)
	switch {
	case x == nil:
		return 0
	case x.a == node:
		return x.b
	default:
		return x.a
	}
}

func (w *wires) depart(id sim.ConnID, index uint64) {
	x := w.find(id)
	if x == nil {
		return
	}
	if x.head > 0 && len(x.behind) == cap(x.behind) {
		n := copy(x.behind, x.behind[x.head:])
		x.behind, x.head = x.behind[:n], 0
	}
	x.behind = append(x.behind, index)
}

func (w *wires) arrive(id sim.ConnID) (uint64, bool) {
	x := w.find(id)
	if x == nil || x.head == len(x.behind) {
		return 0, false
	}
	index := x.behind[x.head]
	if x.head++; x.head == len(x.behind) {
		x.behind, x.head = x.behind[:0], 0
	}
	return index, true
}
