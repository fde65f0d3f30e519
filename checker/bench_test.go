package checker

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// BenchmarkNote measures one event of a spinning terminator, walks and all: a step and what is noted in it.
func BenchmarkNote(b *testing.B) {
	tl := newTale()
	a := tl.up()
	tl.settle()
	b.ReportAllocs()
	for b.Loop() {
		a = spinOnce(tl, a, nil)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/spinSteps, "ns/step")
}

// BenchmarkQuiet measures a step that concerns no terminator, which is most of them.
func BenchmarkQuiet(b *testing.B) {
	tl := newTale()
	a := tl.up()
	tl.settle()
	in := sim.Input[model.Msg]{Kind: sim.Deliver, Msg: model.Msg{Kind: model.Heartbeat}}
	e := sim.Effect[model.Msg]{Kind: sim.Send, Msg: model.Msg{Kind: model.HeartbeatReply}}
	b.ReportAllocs()
	for b.Loop() {
		tl.step++
		s := tl.stamp(rtr1, tl.step, a)
		tl.c.Input(s, &in)
		tl.c.Effect(s, &e)
	}
}

const spinSteps = 7

// spinOnce is one cycle with entries made beforehand, so that only the checker can allocate.
func spinOnce(b *tale, a uint64, e *[2]model.Entry) uint64 {
	if e == nil {
		e = &[2]model.Entry{
			{Verb: model.DeleteTerm, Term: id(rtr1, 1), Origin: model.ByRouter},
			{Verb: model.CreateTerm, Term: id(rtr1, 1), Router: rtr1, Service: web, Origin: model.ByRouter},
		}
	}
	a = b.ask(a, id(rtr1, 1))
	for i := range e {
		b.index++
		for _, ctl := range [...]sim.NodeID{ctl1, ctl2} {
			a = b.got(ctl, a, model.Msg{Kind: model.RaftPacket})
			b.note(ctl, model.Msg{Kind: model.NoteApplied, Index: b.index, Code: model.OK, Body: &e[i]})
		}
	}
	if b.c.WantsState() {
		b.c.State(b.at, b.step, b.step, 0)
	}
	a = b.work(rtr1, a)
	return b.got(rtr1, a, model.Msg{Kind: model.CreateReply, Term: id(rtr1, 1), Code: model.OK})
}

// TestNoAllocation keeps the steady state of a spin free of allocations.
func TestNoAllocation(t *testing.T) {
	b := newTale()
	a := b.up()
	b.settle()
	e := &[2]model.Entry{
		{Verb: model.DeleteTerm, Term: id(rtr1, 1), Origin: model.ByRouter},
		{Verb: model.CreateTerm, Term: id(rtr1, 1), Router: rtr1, Service: web, Origin: model.ByRouter},
	}
	for range 1000 {
		a = spinOnce(b, a, e)
	}
	if n := testing.AllocsPerRun(1000, func() { a = spinOnce(b, a, e) }); n != 0 {
		t.Errorf("%v allocations per cycle", n)
	}
	expect(t, b.finish(sim.Hour), "no-spin", Violated, Closure)
}

// TestFreshIDs spins with a new id each time: what is gone must be forgotten.
func TestFreshIDs(t *testing.T) {
	b := newTale()
	a := b.up()
	for n := uint32(1); n < 20000; n++ {
		s := b.ask(a, id(rtr1, n))
		b.entry(rtr1, id(rtr1, n), web, 0, model.Absent)
		s = b.remove(s, id(rtr1, n), model.ByRouter)
		a = b.create(b.host(s, id(rtr1, n+1), web, 0), id(rtr1, n+1), web, 0)
	}
	if n := len(b.c.terms); n > 4 {
		t.Errorf("%d places for terms", n)
	}
}
