package checker

import (
	"strings"
	"testing"

	"gyre/sim"
)

// TestAdversarial has the state come back, but with draws in between.
func TestAdversarial(t *testing.T) {
	b := newTale()
	loop(b, 20, constant, distinct, nil)
	v := expect(t, b.finish(b.hop), "no-spin", Violated, Closure)
	if !strings.Contains(v.Fairness, "message delays (jitter 2ms)") || !strings.Contains(v.Text, v.Fairness) {
		t.Errorf("%q in %s", v.Fairness, v.Text)
	}
	b = newTale()
	loop(b, 20, constant, constant, nil)
	if v := expect(t, b.finish(b.hop), "no-spin", Violated, Lasso); v.Fairness != "" || v.Loop == nil {
		t.Errorf("%+v", v)
	}
}

// TestNeverConverges spins outside the desired set: another terminator is missing all the time.
func TestNeverConverges(t *testing.T) {
	for _, x := range []struct {
		draws func(int) uint64
		rung  Rung
	}{{constant, Lasso}, {distinct, AdversarialLasso}} {
		b := newTale()
		b.bind(rtr2, db, 1)
		loop(b, 200, constant, x.draws, nil)
		if x.rung == AdversarialLasso {
			b.pass(long)
		}
		v := expect(t, b.finish(0), "converges", Violated, x.rung)
		if v.Subject.Router != rtr2 && x.rung == Lasso || (v.Fairness != "") != (x.rung == AdversarialLasso) {
			t.Errorf("%+v", v)
		}
	}
}

// TestLaw finds the law of a period that grows.
func TestLaw(t *testing.T) {
	for _, x := range []struct {
		name string
		next func(d sim.Duration) sim.Duration
		low  uint64
		high uint64
	}{
		{"doubling", func(d sim.Duration) sim.Duration { return 2 * d }, 1950, 2050},
		{"half as much again", func(d sim.Duration) sim.Duration { return d * 3 / 2 }, 1450, 1550},
		{"constant", func(d sim.Duration) sim.Duration { return d }, 0, 0},
		{"shrinking", func(d sim.Duration) sim.Duration { return max(d*2/3, sim.Millisecond) }, 0, 0},
	} {
		b := newTale()
		a := b.up()
		b.settle()
		wait := sim.Second
		for range 12 {
			b.pass(wait)
			wait = x.next(wait)
			a = b.cycle(a, id(rtr1, 1), web, 0)
		}
		v := expect(t, b.finish(sim.Second), "no-spin", Violated, Closure)
		if v.Growth < x.low || v.Growth > x.high {
			t.Errorf("%s: growth %d: %s", x.name, v.Growth, v.Text)
		}
		if (v.Growth > 0) != strings.Contains(v.Text, "damped: each period is") {
			t.Error(v.Text)
		}
	}
}

// TestReconfirm plays on after a missed deadline.
func TestReconfirm(t *testing.T) {
	for _, x := range []struct {
		name   string
		tell   func(b *tale)
		factor uint64
		over   bool
		text   string
	}{
		{"stuck", func(*tale) {}, 16, false, "; still so at 4 times the bound and at 16 times"},
		{"slow", func(b *tale) { b.create(b.tick(rtr1, b.step), id(rtr1, 1), web, 0) }, 0, true, "; slow, not stuck: at 4 times"},
		{"disturbed", func(b *tale) { b.event("slow", rtr2) }, 0, true, "something came from outside later"},
	} {
		b := newTale()
		b.bind(rtr1, web, 1)
		b.host(b.step, id(rtr1, 1), web, 0)
		b.settle()
		r := b.finish(long)
		for _, factor := range []uint64{4, 16} {
			if !r.Reconfirms() {
				break
			}
			x.tell(b)
			later := b.finish(sim.Duration(factor) * long)
			r.Reconfirm(factor, &later)
		}
		for _, property := range []string{"converges", "no-missing", "no-stuck"} {
			v := expect(t, r, property, Violated, Deadline)
			if v.Factor != x.factor || v.Over != x.over || !strings.Contains(v.Text, x.text) {
				t.Errorf("%s, %s: %d %v %s", x.name, property, v.Factor, v.Over, v.Text)
			}
		}
	}
}

// TestForked states the bound that so many forks allow.
func TestForked(t *testing.T) {
	report := func() Report {
		b := newTale()
		b.bind(rtr1, web, 1)
		b.settle()
		return b.finish(long)
	}
	r := report()
	all := make([]uint64, len(r.Verdicts))
	for i := range all {
		all[i] = 100
	}
	r.Forked(100, all)
	if v := expect(t, r, "converges", Violated, Statistical); !strings.Contains(v.Text, "fewer than 3% do, at 95%") {
		t.Error(v.Text)
	}
	r = report()
	all[converges] = 99
	r.Forked(100, all)
	if v := expect(t, r, "converges", Violated, Deadline); v.Escaped != 1 || !strings.Contains(v.Text, "1 of 100 forks") {
		t.Error(v.Text)
	}
	r = report()
	r.Forked(0, make([]uint64, len(r.Verdicts)))
	expect(t, r, "converges", Violated, Deadline)
}

// TestSpinEnds reports the length of a spin that ends by itself.
func TestSpinEnds(t *testing.T) {
	b := newTale()
	a := b.up()
	b.settle()
	for range 10 {
		a = b.cycle(a, id(rtr1, 1), web, 0)
	}
	v := expect(t, b.finish(long), "no-spin", Violated, Closure)
	if v.Going || v.Length != 425*sim.Millisecond || !strings.Contains(v.Text, "then it stopped by itself") {
		t.Errorf("%v %v %s", v.Going, v.Length, v.Text)
	}
}
