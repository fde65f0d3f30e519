package checker

import (
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

const long = 2 * sim.Hour // longer than any bound here

// canary is a history and what one property must say about it.
type canary struct {
	property string
	name     string
	status   Status
	rung     Rung
	tell     func(b *tale) Report
}

// canaries has, for each property, mutants it must catch and legal histories it must accept.
var canaries = []canary{
	{"no-spin", "twice, fed by the answer, in quiescence", Violated, Closure, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.cycle(b.cycle(a, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		return b.finish(long)
	}},
	{"no-spin", "twice, settled only afterwards", Violated, Closure, func(b *tale) Report {
		a := b.up()
		b.cycle(b.cycle(a, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"no-spin", "three times between outside events, fresh ids", Violated, Closure, func(b *tale) Report {
		a := b.up()
		for n := uint32(1); n <= 3; n++ {
			s := b.ask(a, id(rtr1, n))
			b.entry(rtr1, id(rtr1, n), web, 0, model.Absent)
			s = b.remove(s, id(rtr1, n), model.ByRouter)
			a = b.create(b.host(s, id(rtr1, n+1), web, 0), id(rtr1, n+1), web, 0)
		}
		b.event("slow", rtr2)
		b.settle()
		return b.finish(long)
	}},
	{"no-spin", "the controller's validation eats what it validated", Violated, Closure, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		s := b.host(b.step, id(rtr1, 1), web, 0)
		b.settle()
		for range 2 {
			b.create(s, id(rtr1, 1), web, 0)
			s = b.tick(ctl2, b.step-1) // ctl2 armed it when it applied the create
			b.note(ctl2, model.Msg{Kind: model.NoteValidation, Term: id(rtr1, 1), Router: rtr1})
			s = b.remove(s, id(rtr1, 1), model.ByValidation)
		}
		return b.finish(long)
	}},
	{"no-spin", "every five minutes, for no reason that is left", Violated, Closure, func(b *tale) Report {
		b.up()
		b.settle()
		clock := uint64(3)
		for range 20 {
			b.pass(5 * sim.Minute)
			clock = b.tick(rtr1, clock)
			b.create(b.undo(clock, id(rtr1, 1)), id(rtr1, 1), web, 0)
		}
		return b.finish(sim.Minute)
	}},
	{"no-spin", "three times, by a ticker", Violated, Closure, func(b *tale) Report {
		a := b.up()
		b.settle()
		for range 3 {
			b.pass(sim.Minute)
			a = b.cycle(b.tick(rtr1, a), id(rtr1, 1), web, 0)
		}
		return b.finish(long)
	}},
	{"no-spin", "twice, by a ticker", Holds, None, func(b *tale) Report {
		a := b.up()
		b.settle()
		for range 2 {
			b.pass(sim.Minute)
			a = b.cycle(b.tick(rtr1, a), id(rtr1, 1), web, 0)
		}
		return b.finish(long)
	}},
	{"no-spin", "one reset per controller that connects", Holds, None, func(b *tale) Report {
		b.up()
		for range 10 {
			b.event("connect", rtr1)
			up := b.input(rtr1, 0, sim.Input[model.Msg]{Kind: sim.Up, From: ctl2})
			b.create(b.undo(up, id(rtr1, 1)), id(rtr1, 1), web, 0)
		}
		b.settle()
		return b.finish(long)
	}},
	{"no-spin", "twice in a row, then something from outside", Holds, None, func(b *tale) Report {
		a := b.up()
		for range 5 {
			a = b.cycle(b.cycle(a, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
			b.event("slow", rtr2)
		}
		b.settle()
		return b.finish(long)
	}},
	{"no-spin", "two stale rows of one key go, each because of its answer", Holds, None, func(b *tale) Report {
		a := b.up()
		x := b.create(a, id(rtr1, 2), web, 0)
		y := b.create(a, id(rtr1, 3), web, 0)
		b.settle()
		b.undo(x, id(rtr1, 2))
		b.undo(y, id(rtr1, 3))
		return b.finish(long)
	}},
	{"no-spin", "no terminator at all", NotJudged, None, func(b *tale) Report {
		b.settle()
		return b.finish(long)
	}},

	{"stays-converged", "once, fed by the answer", Violated, Closure, func(b *tale) Report {
		b.cycle(b.up(), id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"stays-converged", "the router drops what it was told it has", Violated, Closure, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.work(rtr1, a)
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Deleting)
		return b.finish(long)
	}},
	{"stays-converged", "later than any reaction", Violated, Closure, func(b *tale) Report {
		b.up()
		b.settle()
		b.pass(long)
		b.undo(b.tick(rtr1, 3), id(rtr1, 1))
		return b.finish(long)
	}},
	{"stays-converged", "a second row, later than any reaction", Violated, Closure, func(b *tale) Report {
		b.up()
		b.settle()
		b.pass(long)
		b.create(b.tick(rtr1, 3), id(rtr1, 2), web, 0)
		return b.finish(long)
	}},
	{"stays-converged", "a late reaction to the last outside event", Holds, None, func(b *tale) Report {
		b.up()
		b.event("connect", rtr1)
		up := b.input(rtr1, 0, sim.Input[model.Msg]{Kind: sim.Up, From: ctl2})
		b.settle()
		b.pass(sim.Minute)
		b.create(b.undo(b.tick(rtr1, up), id(rtr1, 1)), id(rtr1, 1), web, 0)
		return b.finish(long)
	}},
	{"stays-converged", "a planned refresh", Holds, None, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.pass(long)
		b.work(rtr1, a)
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Establishing)
		b.apply(b.step, model.Entry{Verb: model.CreateTerm, Router: rtr1, Service: web, Term: id(rtr1, 1)}, model.Duplicate)
		b.work(rtr1, b.step)
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Established)
		return b.finish(long)
	}},
	{"stays-converged", "a delete that overtook its create", Holds, None, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		asked := b.ask(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1))
		b.settle()
		applied := b.row(asked, id(rtr1, 1), web, 0)
		b.remove(applied, id(rtr1, 1), model.ByRouter) // raft committed both in one packet
		b.create(b.host(b.step, id(rtr1, 2), web, 0), id(rtr1, 2), web, 0)
		return b.finish(long)
	}},
	{"stays-converged", "a repair: the duplicate goes because of its answer", Holds, None, func(b *tale) Report {
		a := b.create(b.up(), id(rtr1, 2), web, 0)
		b.settle()
		b.entry(rtr1, id(rtr1, 2), web, 0, model.Absent)
		b.undo(a, id(rtr1, 2))
		return b.finish(long)
	}},
	{"stays-converged", "a ticker that the answer happened to arm", Holds, None, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.pass(sim.Minute)
		b.create(b.undo(b.tick(rtr1, a), id(rtr1, 1)), id(rtr1, 1), web, 0)
		return b.finish(long)
	}},
	{"stays-converged", "a ticker that the answer arms every time", Violated, Closure, func(b *tale) Report {
		a := b.up()
		b.settle()
		for range 2 {
			b.pass(sim.Minute)
			a = b.cycle(b.tick(rtr1, a), id(rtr1, 1), web, 0)
		}
		return b.finish(long)
	}},
	{"stays-converged", "nothing quiet to judge", Unknown, None, func(b *tale) Report {
		b.up()
		return b.finish(long)
	}},

	{"converges", "never created", Violated, Deadline, func(b *tale) Report {
		b.bind(rtr1, web, 2)
		b.create(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"converges", "too late", Violated, Deadline, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.settle()
		b.pass(long)
		b.create(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		return b.finish(long)
	}},
	{"converges", "a row that nobody wants any more", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.unbind(rtr1, web)
		b.settle()
		return b.finish(long)
	}},
	{"converges", "in good time", Holds, None, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.settle()
		b.pass(sim.Minute)
		b.create(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		return b.finish(long)
	}},
	{"converges", "bound but not allowed", Holds, None, func(b *tale) Report {
		b.up()
		b.command(model.Entry{Verb: model.Deny, Router: rtr1, Service: web})
		b.command(model.Entry{Verb: model.Bind, Router: rtr2, Service: web, N: 1})
		b.settle()
		return b.finish(long)
	}},
	{"converges", "settle too short", Unknown, None, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.settle()
		return b.finish(sim.Minute)
	}},
	{"converges", "every router is down", NotJudged, None, func(b *tale) Report {
		b.up()
		b.event("crash", rtr1)
		b.settle()
		return b.finish(long)
	}},

	{"no-orphan", "the router forgot the id", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Absent)
		b.settle()
		return b.finish(long)
	}},
	{"no-orphan", "left over from an earlier life", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.event("crash", rtr1)
		b.start(rtr1)
		b.channel(rtr1, ctl1, true)
		b.create(b.host(b.step, id(rtr1, 2), web, 0), id(rtr1, 2), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"no-orphan", "the router is down", Holds, None, func(b *tale) Report {
		b.up()
		b.bind(rtr2, web, 1)
		b.create(b.host(b.step, id(rtr2, 1), web, 0), id(rtr2, 1), web, 0)
		b.event("crash", rtr1)
		b.settle()
		return b.finish(long)
	}},
	{"no-orphan", "the router lost its channel", Holds, None, func(b *tale) Report {
		b.up()
		b.bind(rtr2, web, 1)
		b.create(b.host(b.step, id(rtr2, 1), web, 0), id(rtr2, 1), web, 0)
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Absent)
		b.channel(rtr1, ctl1, false)
		b.settle()
		return b.finish(long)
	}},
	{"no-orphan", "validated away in time", Holds, None, func(b *tale) Report {
		b.up()
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Absent)
		b.settle()
		b.remove(b.tick(ctl1, 3), id(rtr1, 1), model.ByValidation)
		return b.finish(long)
	}},

	{"no-missing", "the row is gone, the router believes", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.command(model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)})
		b.settle()
		return b.finish(long)
	}},
	{"no-missing", "there is a row, but hosted under another id", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.work(rtr1, 3)
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Absent)
		b.entry(rtr1, id(rtr1, 2), web, 0, model.Established)
		b.settle()
		return b.finish(long)
	}},
	{"no-missing", "all there", Holds, None, func(b *tale) Report {
		b.up()
		b.settle()
		return b.finish(sim.Second)
	}},
	{"no-missing", "still being created", Holds, None, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.row(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},

	{"no-duplicate", "two ids, both hosted", Violated, Deadline, func(b *tale) Report {
		b.create(b.host(b.up(), id(rtr1, 2), web, 0), id(rtr1, 2), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"no-duplicate", "one of two routers has three", Violated, Deadline, func(b *tale) Report {
		b.bind(rtr2, db, 1)
		a := b.up()
		for n := uint32(1); n <= 3; n++ {
			a = b.create(b.host(a, id(rtr2, n), db, 0), id(rtr2, n), db, 0)
		}
		b.settle()
		return b.finish(long)
	}},
	{"no-duplicate", "two indexes and two routers", Holds, None, func(b *tale) Report {
		b.bind(rtr1, web, 2)
		b.bind(rtr2, web, 1)
		a := b.create(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		a = b.create(b.host(a, id(rtr1, 2), web, 1), id(rtr1, 2), web, 1)
		b.create(b.host(a, id(rtr2, 1), web, 0), id(rtr2, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"no-duplicate", "the same create twice", Holds, None, func(b *tale) Report {
		b.up()
		b.apply(b.step, model.Entry{Verb: model.CreateTerm, Router: rtr1, Service: web, Term: id(rtr1, 1)}, model.Duplicate)
		b.settle()
		return b.finish(long)
	}},
}

func TestCanaries(t *testing.T) {
	caught, spared := map[string]int{}, map[string]int{}
	for _, c := range canaries {
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
	const want = "rtr1 web.0: created and deleted 7105 times each, every 45ms, from 90ms for 5m19s, " +
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
