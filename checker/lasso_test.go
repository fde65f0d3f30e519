package checker

import (
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// loop plays n cycles of one key in quiescence and shows the world's state whenever it is asked for: hash and
// draws are functions of the cycle. meddle may change what happens in a cycle.
func loop(b *tale, n int, hash, draws func(n int) uint64, meddle func(b *tale, n int)) int {
	a := b.up()
	b.settle()
	shown := 0
	for i := range n {
		if meddle != nil {
			meddle(b, i)
		}
		a = b.undo(a, id(rtr1, 1))
		a = b.row(a, id(rtr1, 1), web, 0)
		if b.c.WantsState() {
			b.c.State(b.at, b.step, hash(i), draws(i))
			shown++
		}
		a = b.got(rtr1, a, model.Msg{Kind: model.CreateReply, Term: id(rtr1, 1), Code: model.OK})
	}
	return shown
}

func constant(int) uint64   { return 7 }
func distinct(n int) uint64 { return uint64(n)*factor + 1 }

func TestLasso(t *testing.T) {
	period := func(p int) func(int) uint64 { return func(n int) uint64 { return distinct(n % p) } }
	for _, c := range []struct {
		name   string
		cycles int
		hash   func(int) uint64
		draws  func(int) uint64
		meddle func(b *tale, n int)
		rung   Rung
		text   string
	}{
		{"every cycle alike", 20, constant, constant, nil, Lasso, "further periods went alike"},
		{"three cycles make a period", 30, period(3), constant, nil, Lasso, "repeats every 120ms"},
		{"the run ends at once", 3, constant, constant, nil, Lasso, "ended before another period"},
		{"the state never repeats", 20, distinct, constant, nil, Closure, ""},
		{"a random draw in each cycle", 20, constant, distinct, nil, Closure, ""},
		{"the next period takes longer", 4, constant, constant, func(b *tale, n int) {
			if n >= 3 {
				b.pass(sim.Millisecond)
			}
		}, Closure, ""},
		{"the next period does something else", 4, constant, constant, func(b *tale, n int) {
			if n >= 3 { // in the same time, but with the row of another terminator in between
				b.at = b.at.Add(-3 * b.hop)
				b.row(3, id(rtr2, uint32(n)), db, 0)
			}
		}, Closure, ""},
		{"something from outside in each cycle", 20, constant, constant, func(b *tale, n int) {
			if n%3 == 2 {
				b.event("slow", rtr2)
			}
		}, Closure, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newTale()
			loop(b, c.cycles, c.hash, c.draws, c.meddle)
			v := expect(t, b.finish(b.hop), "no-spin", Violated, c.rung)
			t.Log(v.Text)
			if !strings.Contains(v.Text, c.text) {
				t.Errorf("want %q in %s", c.text, v.Text)
			}
		})
	}
}

// TestLassoEnds claims a lasso from two equal hashes and then lets the spin end: the claim was wrong.
func TestLassoEnds(t *testing.T) {
	b := newTale()
	loop(b, 5, constant, constant, nil)
	r := b.finish(sim.Hour)
	expect(t, r, "no-spin", Violated, Closure)
	if r.Dropped == 0 {
		t.Error("no claim was dropped")
	}
}

// TestProbes bounds how often the state of the world is asked for, however long the spin.
func TestProbes(t *testing.T) {
	shown := loop(newTale(), 20000, distinct, constant, nil)
	if shown < 1000 || shown > 3000 {
		t.Errorf("%d probes in 20000 cycles", shown)
	}
	b := newTale()
	loop(b, 20000, func(n int) uint64 { return distinct(n % 1000) }, constant, nil)
	expect(t, b.finish(b.hop), "no-spin", Violated, Lasso)
}

// TestNoProbeWithoutSpin asks for no state in a run that is merely busy.
func TestNoProbeWithoutSpin(t *testing.T) {
	b := newTale()
	a := b.up()
	b.settle()
	for range 100 {
		b.create(b.undo(b.tick(rtr1, 3), id(rtr1, 1)), id(rtr1, 1), web, 0)
		if b.c.WantsState() {
			t.Fatal("asked")
		}
	}
	_ = a
}
