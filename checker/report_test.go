package checker

import (
	"slices"
	"testing"

	"gyre/model"
	"gyre/sim"
)

func TestReport(t *testing.T) {
	b := newTale()
	b.up() // two commands, one create needed
	b.event("connect", rtr1)
	up := b.input(rtr1, 0, sim.Input[model.Msg]{Kind: sim.Up, From: ctl2})
	b.create(b.undo(up, id(rtr1, 1)), id(rtr1, 1), web, 0) // a reset
	b.undo(b.step, id(rtr1, 9))                            // nothing
	b.unbind(rtr1, web)                                    // one delete needed
	b.undo(b.tick(rtr1, b.step), id(rtr1, 1))              // and done
	b.event("crash", rtr2)
	b.settle()
	r := b.finish(long)
	if r.Creates != 2 || r.Deletes != 2 || r.NoOps != 1 || r.Needed != 2 {
		t.Errorf("%d creates, %d deletes, %d no-ops, %d needed", r.Creates, r.Deletes, r.NoOps, r.Needed)
	}
	if r.Causes != 5 || r.Churn != 800 || r.Waste != 400 {
		t.Errorf("%d causes, churn %d, waste %d", r.Causes, r.Churn, r.Waste)
	}
	if r.WorstOps != 4 || r.Worst.Router != rtr1 || r.Worst.Service != web {
		t.Errorf("worst %v with %d", r.Worst, r.WorstOps)
	}
	if !slices.Equal(r.Exempt, []sim.NodeID{rtr2}) {
		t.Errorf("exempt %v", r.Exempt)
	}
	want := []string{"no-spin", "converges", "stays-converged", "no-orphan", "no-duplicate", "no-storm", "agree",
		"replicated", "no-stuck", "never-gives-up", "own-delete"}
	if !slices.Equal(r.Judged(), want) {
		t.Errorf("judged %v", r.Judged())
	}
}

// TestGenesis begins with rows in the database.
func TestGenesis(t *testing.T) {
	cfg := *newTale().c.cfg
	cfg.Genesis = []model.Entry{
		{Verb: model.Bind, Router: rtr1, Service: web, N: 2},
		{Verb: model.Allow, Router: rtr1, Service: web},
		{Verb: model.CreateTerm, Router: rtr1, Service: web, Term: id(rtr1, 1)},
	}
	c := New(&cfg)
	if c.wrong != 0 || c.routers[0].wrong != 2 || c.needed != 1 || c.creates != 0 {
		t.Errorf("wrong %d, %d on rtr1, needed %d, creates %d", c.wrong, c.routers[0].wrong, c.needed, c.creates)
	}
	r := c.Finish(0)
	expect(t, r, "converges", NotJudged, None)
}

// TestBounds: the bounds follow the configuration, and backoff cannot have grown beyond the run.
func TestBounds(t *testing.T) {
	for _, release := range []model.Release{model.Ziti100, model.Ziti118, model.Ziti210} {
		cfg := &model.Config{Release: release, Params: model.DefaultParams()}
		early, late := Reaction(cfg, 0), Reaction(cfg, sim.Time(sim.Hour))
		if early.Length < 5*sim.Minute || late.Length <= early.Length || late.Length > 30*sim.Minute {
			t.Errorf("release %d: %s early, %s late: %s", release, span(early.Length), span(late.Length), late.Text)
		}
		if more := Converge(cfg, 0, 1000); more.Length < early.Length+sim.Minute {
			t.Errorf("release %d: %s for a thousand", release, span(more.Length))
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[sim.Duration]string{
		0: "0s", 7: "7us", 42100: "42.1ms", 40000: "40ms", 5214 * sim.Millisecond: "5.214s",
		5 * sim.Minute: "5m0s", sim.Hour + 2*sim.Minute: "1h2m0s", -sim.Second: "-1s",
	} {
		if have := span(d); have != want {
			t.Errorf("%d: have %s, want %s", d, have, want)
		}
	}
	if have := point(sim.Time(sim.Minute + 192*sim.Millisecond)); have != "1m00.192s" {
		t.Error(have)
	}
}
