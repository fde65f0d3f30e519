package controller

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// A cluster at rest is in the same canonical state after its period, the validation tick, if nothing is drawn;
// also after a terminator was created and deleted, though indexes, requests and markers have moved on.
func TestCanonForgetsAge(t *testing.T) {
	w, _, node := cluster(model.Ziti210, 2, 3, nil)
	for from := sim.NodeID(1); int(from) <= w.Hosts(); from++ {
		for to := sim.NodeID(1); int(to) <= w.Hosts(); to++ {
			if from != to {
				w.SetLink(from, to, sim.Link{Latency: 10 * sim.Millisecond})
			}
		}
	}
	state := func() (sums [3]uint64) {
		for i := range sums {
			c := sim.NewState(w.Now())
			node(sim.NodeID(i + 1)).Canon(c)
			sums[i] = c.Sum()
		}
		return sums
	}
	cycle := func(serial uint32) {
		for _, e := range []model.Entry{createEntry(term(serial), ctl2),
			{Verb: model.DeleteTerms, Terms: []model.TermID{term(serial)}}} {
			w.Command(ctl2, model.Msg{Kind: model.OpEntry, Body: &e})
			run(t, w, sim.Duration(w.Now())+sim.Second)
		}
	}
	run(t, w, 20*sim.Second)
	for i := range uint32(70) { // fills the limiter's memory
		cycle(100 + i)
	}
	at := 10 * sim.Minute
	run(t, w, at)
	before := state()
	if run(t, w, at+2*sim.Minute); state() != before {
		t.Error("the state of rest changes")
	}
	for i := range uint32(5) { // ten successes: the limiter counts in tens
		cycle(300 + i)
	}
	if run(t, w, at+6*sim.Minute); state() != before {
		t.Error("creates and deletes left a trace in the state")
	}
}

// What steers the node is in its state.
func TestCanonSeesState(t *testing.T) {
	sum := func(r *rig) uint64 {
		c := sim.NewState(r.now)
		r.c.Canon(c)
		return c.Sum()
	}
	changes := map[string]func(r *rig){
		"row":          func(r *rig) { r.apply(createEntry(term(1), ctl1)) },
		"policy":       func(r *rig) { r.apply(model.Entry{Verb: model.Deny, Service: web, Router: rtr4}) },
		"leader":       func(r *rig) { r.lead() },
		"channel":      func(r *rig) { r.connect(rtr4) },
		"mesh":         func(r *rig) { r.connect(ctl1) },
		"read-only":    func(r *rig) { r.c.forced = true },
		"operation":    func(r *rig) { r.follow(ctl3); r.connect(ctl3); r.ask() },
		"queued":       func(r *rig) { r.c.queueDelete(rtr4, &model.Check{Term: term(1)}) },
		"checking":     func(r *rig) { r.c.loop.rosters[0].checking = true },
		"session":      func(r *rig) { r.call(func() { r.c.ensureAPISession(rtr4) }) },
		"subscription": func(r *rig) { r.connect(rtr4); r.request(rtr4, model.Msg{Kind: model.Subscribe, Req: 1, Index: 8}) },
	}
	seen := map[uint64]string{sum(newRig(t, model.Ziti210)): "nothing"}
	for name, change := range changes {
		r := newRig(t, model.Ziti210)
		r.out = sim.NewOutbox[model.Msg](nil)
		r.call(func() {})
		change(r)
		s := sum(r)
		if other, ok := seen[s]; ok {
			t.Errorf("%s looks like %s", name, other)
		}
		seen[s] = name
	}
}
