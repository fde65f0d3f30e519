package checker

import (
	"gyre/model"
	"gyre/sim"
)

// judge runs a change of a router's state and moves its wrong keys in or out of the count.
func (t *truth) judge(r *router, change func(*router)) {
	before := r.connected()
	change(r)
	switch after := r.connected(); {
	case after && !before:
		t.connected++
		t.wrong += r.wrong
	case before && !after:
		t.connected--
		t.wrong -= r.wrong
	}
}

// booted starts a router's process: its registry is empty and its channels are gone.
func (t *truth) booted(node sim.NodeID) {
	t.crashed(node)
	if i := t.router(node); i >= 0 {
		t.judge(&t.routers[i], func(r *router) { r.up = true })
	}
}

// crashed ends a router's process and with it its registry.
func (t *truth) crashed(node sim.NodeID) {
	t.hangsUp(node)
	r := t.router(node)
	if r < 0 {
		return
	}
	t.judge(&t.routers[r], func(r *router) { r.up, r.channels = false, r.channels[:0] })
	for i := range t.terms {
		x := &t.terms[i]
		if !x.entry || x.host != r {
			continue
		}
		x.state = model.Absent
		t.setEntry(int32(i), r, model.Absent)
		t.forget(int32(i))
	}
	for i := range t.keys {
		if t.keys[i].router == r {
			t.keys[i].gaveUp = false
		}
	}
}
