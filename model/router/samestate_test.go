package router

import (
	"strings"
	"testing"

	"gyre/internal/samestate"
	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// steps runs a router beside one controller that works, is cut off for a while, and is down for a while, with nothing
// drawn by the network, and watches its steps. forget may hide something of its state while it is visited.
func steps(t *testing.T, release model.Release, forget func(r *Router) (restore func())) *samestate.Steps[model.Msg] {
	t.Helper()
	seen := samestate.New[model.Msg]()
	cfg := config(release)
	cfg.Controllers = []sim.NodeID{1}
	cfg.Names.Nodes = []string{"", "c1", "rtr"}
	w := sim.New[model.Msg](sim.Config{Seed: cfg.Seed, Names: cfg.Names, Link: sim.Link{Latency: 10 * ms, Queue: 16}})
	list := &model.DesiredList{Wanted: []model.Wanted{{Service: 1, N: 2, Version: 5, Index: 5}}}
	w.AddHost("c1", nil, func(uint32) sim.Node[model.Msg] { return &ctl{self: 1, index: 5, list: list} })
	w.AddHost("rtr", Lanes(&cfg.Params), func(uint32) sim.Node[model.Msg] {
		r := NewWith(cfg, 2, hosting.New)
		if forget == nil {
			return seen.Wrap(r, nil)
		}
		return seen.Wrap(r, func(c *sim.Canon) {
			restore := forget(r)
			r.Canon(c)
			restore()
		})
	})
	for id := sim.NodeID(1); id <= 2; id++ {
		w.Start(id)
	}
	w.Command(2, model.Msg{Kind: model.OpConnect, Peer: 1})
	at := sim.Time(0)
	pass := func(d sim.Duration) {
		at = at.Add(d)
		if err := w.RunUntil(at); err != nil {
			t.Fatal(err)
		}
	}
	pass(24 * sim.Hour)
	for range 4 {
		w.Crash(1)
		pass(20 * sim.Minute)
		w.Start(1)
		pass(10 * sim.Minute)
	}
	return seen
}

// TestSameStateSameSteps: a router in a canonical state it was in before does what it did then.
func TestSameStateSameSteps(t *testing.T) {
	for _, release := range []model.Release{model.Ziti100, model.Ziti118, model.Ziti210} {
		s := steps(t, release, nil)
		if len(s.Differed) > 0 || s.Repeated < 100 {
			t.Errorf("%d: %d steps repeated, %d differed: %s", release, s.Repeated, len(s.Differed), s.Differed)
		}
	}
}

// TestForgottenCounterIsSeen: a state that leaves the exponent of a backoff out is found out. What else tells one failed
// dial from the next, the ages of the lease and of the loss and the phase of the registry's minute, is left out in both.
func TestForgottenCounterIsSeen(t *testing.T) {
	for _, forgets := range []bool{false, true} {
		s := steps(t, model.Ziti210, func(r *Router) func() {
			ch, reg, known := r.channels[0], r.reg, r.model
			r.reg, r.model.expires, r.model.source, r.channels[0].registered = &fake{}, 0, 0, false
			if forgets {
				r.channels[0].redial.failures = 0
			}
			return func() { r.channels[0], r.reg, r.model = ch, reg, known }
		})
		found := strings.Contains(strings.Join(s.Differed, ""), "input 7") // a failed dial
		if s.Repeated < 100 || found != forgets {
			t.Errorf("forgets: %v, found out: %v, %d steps repeated; %s", forgets, found, s.Repeated, s.Differed)
		}
	}
}
