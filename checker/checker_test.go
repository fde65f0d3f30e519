package checker

import (
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

const long = 2 * sim.Hour // longer than any bound here

func TestCanaries(t *testing.T) {
	caught, spared := map[string]int{}, map[string]int{}
	for _, c := range slices.Concat(canaries, moreCanaries) {
		t.Run(c.property+"/"+c.name, func(t *testing.T) {
			v := expect(t, c.tell(newTale()), c.property, c.status, c.rung)
			t.Log(v.Text)
			for _, l := range v.Chain {
				t.Logf("  %v %d %d %s", l.At, l.Step, l.Node, l.What)
			}
			switch c.status {
			case Violated:
				caught[c.property]++
				if strings.Contains(v.Text, "?") {
					t.Error("a name is missing")
				}
			case Holds:
				spared[c.property]++
			}
		})
	}
	for _, p := range Properties() {
		if caught[p.Name] < 2 || spared[p.Name] < 2 {
			t.Errorf("%s: %d mutants and %d legal histories, want two of each", p.Name, caught[p.Name], spared[p.Name])
		}
	}
}

// TestToggling lets the outside world bind and unbind, crash and start, for a long time. Whatever the system does,
// it does because it was told to.
func TestToggling(t *testing.T) {
	b := newTale()
	a := b.up()
	for n := range uint32(1000) {
		switch n % 3 {
		case 0: // the answer to the create is what makes the router act, but on a new policy
			b.unbind(rtr1, web)
			b.entry(rtr1, id(rtr1, n+1), web, 0, model.Deleting)
			a = b.undo(a, id(rtr1, n+1))
			b.entry(rtr1, id(rtr1, n+1), web, 0, model.Absent)
			b.bind(rtr1, web, 1)
		case 1:
			b.event("crash", rtr1)
			b.start(rtr1)
			b.channel(rtr1, ctl1, true)
			a = b.remove(b.tick(ctl1, a), id(rtr1, n+1), model.ByValidation)
		case 2:
			b.command(model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, n+1)})
			b.entry(rtr1, id(rtr1, n+1), web, 0, model.Absent)
		}
		a = b.create(b.host(a, id(rtr1, n+2), web, 0), id(rtr1, n+2), web, 0)
	}
	b.settle()
	r := b.finish(long)
	for _, v := range r.Verdicts {
		if v.Status != Holds && !v.Aside {
			t.Errorf("%s %v: %s", v.Property, v.Status, v.Text)
		}
	}
	if r.Creates != 1001 || r.Deletes != 1000 {
		t.Errorf("%d creates, %d deletes", r.Creates, r.Deletes)
	}
}

func TestSpinText(t *testing.T) {
	b := newTale()
	a := b.up()
	b.settle()
	for range 7105 {
		a = b.cycle(a, id(rtr1, 1), web, 0)
	}
	v := expect(t, b.finish(long), "no-spin", Violated, Closure)
	const want = "rtr1 web.0: created and deleted 7105 times each, every 45ms, from 0.090s for 5m19s, " +
		"then it stopped by itself; each delete was caused by the answer to the create before it"
	if v.Text != want {
		t.Errorf("have %s\nwant %s", v.Text, want)
	}
	if v.Period != 45*sim.Millisecond || v.Creates != 7105 || v.Deletes != 7105 || v.Subject.Term != id(rtr1, 1) {
		t.Errorf("%+v", v)
	}
}

// TestDamped spins with a period that doubles.
func TestDamped(t *testing.T) {
	b := newTale()
	a := b.up()
	b.settle()
	for wait := sim.Second; wait < sim.Hour; wait *= 2 {
		b.pass(wait)
		a = b.cycle(a, id(rtr1, 1), web, 0)
	}
	v := expect(t, b.finish(sim.Second), "no-spin", Violated, Closure)
	if !strings.Contains(v.Text, "at first every") || !strings.Contains(v.Text, "still going") {
		t.Error(v.Text)
	}
}

// TestLookups has clients read all the time: that disturbs no quiescence.
func TestLookups(t *testing.T) {
	b := newTale()
	a := b.up()
	b.settle()
	for range 4 {
		b.event("invoke", ctl1)
		b.input(ctl1, 0, sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpLookup}})
		a = b.cycle(a, id(rtr1, 1), web, 0)
	}
	expect(t, b.finish(long), "no-spin", Violated, Closure)
}
