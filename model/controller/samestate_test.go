package controller

import (
	"slices"
	"testing"

	"gyre/internal/samestate"
	"gyre/model"
	"gyre/sim"
)

// steps runs two of three controllers beside a router, with nothing drawn by network and handlers, through creates,
// deletes and long rests, and watches the steps of both. forget may hide something of their state while it is visited.
func steps(t *testing.T, release model.Release, forget func(c *controller) (restore func())) *samestate.Steps[model.Msg] {
	t.Helper()
	seen := samestate.New[model.Msg]()
	cfg := testConfig(release)
	cfg.Params.Jitter, cfg.Params.HandlerMax = 0, cfg.Params.HandlerMin
	cfg.Names.Nodes = []string{"", "ctl1", "ctl2", "ctl3", "rtra"}
	cfg.Routers = []sim.NodeID{rtr4}
	cfg.Genesis = []model.Entry{{Verb: model.Bind, Service: web, Router: rtr4, N: 1},
		{Verb: model.Allow, Service: web, Router: rtr4}}
	w := sim.New[model.Msg](sim.Config{Seed: cfg.Seed, Names: cfg.Names, Link: sim.Link{Latency: cfg.Params.Latency}})
	for i := range 3 {
		id := sim.NodeID(i + 1)
		w.AddHost(cfg.Names.Nodes[id], Lanes(&cfg.Params), func(uint32) sim.Node[model.Msg] {
			c := New(cfg, id).(*controller)
			if forget == nil {
				return seen.Wrap(c, nil)
			}
			return seen.Wrap(c, func(v *sim.Canon) {
				restore := forget(c)
				c.Canon(v)
				restore()
			})
		})
	}
	w.AddHost("rtra", nil, func(uint32) sim.Node[model.Msg] {
		return &stub{cfg: cfg, self: rtr4, target: func(uint32) sim.NodeID { return ctl1 }}
	})
	for _, id := range []sim.NodeID{ctl1, ctl2, rtr4} {
		w.Start(id)
	}
	run(t, w, 20*sim.Second)
	for i := range uint32(70) { // fills the limiter's memory
		for _, e := range []model.Entry{createEntry(term(100+i), ctl2),
			{Verb: model.DeleteTerms, Terms: []model.TermID{term(100 + i)}}} {
			w.Command(ctl2, model.Msg{Kind: model.OpEntry, Body: &e})
			run(t, w, sim.Duration(w.Now())+sim.Second)
		}
	}
	run(t, w, sim.Duration(w.Now())+20*sim.Minute)
	for range 2 {
		w.Start(ctl3)
		run(t, w, sim.Duration(w.Now())+10*sim.Minute)
		w.Crash(ctl3)
		run(t, w, sim.Duration(w.Now())+10*sim.Minute)
	}
	return seen
}

// TestSameStateSameSteps: a controller in a canonical state it was in before does what it did then.
func TestSameStateSameSteps(t *testing.T) {
	for _, release := range []model.Release{model.Ziti100, model.Ziti118, model.Ziti210} {
		s := steps(t, release, nil)
		if len(s.Differed) > 0 || s.Repeated < 100 {
			t.Errorf("%d: %d steps repeated, %d differed: %s", release, s.Repeated, len(s.Differed), s.Differed)
		}
	}
}

// TestForgottenRowsAreSeen: a state that leaves out which rows wait for their validation is found out.
func TestForgottenRowsAreSeen(t *testing.T) {
	s := steps(t, model.Ziti210, func(c *controller) func() {
		was := slices.Clone(c.loop.rosters)
		for i := range c.loop.rosters {
			c.loop.rosters[i].list, c.loop.rosters[i].at = nil, nil
		}
		return func() { copy(c.loop.rosters, was) }
	})
	if len(s.Differed) == 0 {
		t.Errorf("%d steps repeated, and none differed", s.Repeated)
	}
}
