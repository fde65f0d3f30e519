package checker

import (
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// told is a message that a step sends.
func (b *tale) told(node sim.NodeID, m model.Msg) {
	b.c.Effect(b.stamp(node, b.step, 0), &sim.Effect[model.Msg]{Kind: sim.Send, Msg: m})
}

// turn is one turn of a spin: answer, remove, answer, create. before may do something in the router's step that decides.
func (b *tale) turn(answer uint64, before func(b *tale)) uint64 {
	id := id(rtr1, 1)
	step := b.work(rtr1, answer)
	if before != nil {
		before(b)
	}
	b.entry(rtr1, id, web, 0, model.Deleting)
	b.told(rtr1, model.Msg{Kind: model.RemoveRequest, Router: rtr1, Term: id})
	step = b.remove(b.got(ctl1, step, model.Msg{Kind: model.RemoveRequest, Term: id}), id, model.ByRouter)
	step = b.got(rtr1, step, model.Msg{Kind: model.RemoveReply, Term: id, Code: model.OK})
	b.entry(rtr1, id, web, 0, model.Establishing)
	b.told(rtr1, model.Msg{Kind: model.CreateRequest, Router: rtr1, Term: id, Service: web})
	return b.create(step, id, web, 0)
}

func TestDispute(t *testing.T) {
	for _, x := range []struct {
		class string
		turns int
		tell  func(b *tale)
	}{
		{echo, 4, func(b *tale) {
			a := b.up()
			b.settle()
			for range 3 {
				a = b.turn(a, nil)
			}
		}},
		{staleRevert, 4, func(b *tale) {
			a := b.up()
			b.settle()
			for range 3 {
				a = b.turn(a, func(b *tale) { b.note(rtr1, model.Msg{Kind: model.NoteSession, Term: id(rtr1, 1)}) })
			}
		}},
		{retryStorm, 4, func(b *tale) {
			a := b.up()
			b.settle()
			for range 3 {
				a = b.turn(b.got(rtr1, a, model.Msg{Kind: model.CreateReply, Term: id(rtr1, 1), Code: model.Failed}), nil)
			}
		}},
		{starvation, 4, func(b *tale) {
			a := b.up()
			b.settle()
			for range 3 {
				a = b.turn(b.got(rtr1, a, model.Msg{Kind: model.CreateReply, Term: id(rtr1, 1), Code: model.Busy}), nil)
			}
		}},
		{resonance, 4, func(b *tale) {
			a := b.up()
			b.settle()
			for range 4 {
				b.pass(sim.Minute)
				a = b.turn(b.tick(rtr1, a), nil)
			}
		}},
		{twoWriters, 2, func(b *tale) {
			b.bind(rtr1, web, 1)
			s := b.host(b.step, id(rtr1, 1), web, 0)
			b.settle()
			for range 3 {
				b.row(s, id(rtr1, 1), web, 0)
				s = b.tick(ctl2, b.step) // ctl2 armed it when it applied the create
				b.note(ctl2, model.Msg{Kind: model.NoteValidation, Term: id(rtr1, 1), Router: rtr1})
				s = b.remove(s, id(rtr1, 1), model.ByValidation)
				s = b.work(rtr1, s)
				b.told(rtr1, model.Msg{Kind: model.CreateRequest, Router: rtr1, Term: id(rtr1, 1), Service: web})
			}
		}},
	} {
		t.Run(x.class, func(t *testing.T) {
			b := newTale()
			x.tell(b)
			v := expect(t, b.finish(long), "no-spin", Violated, Closure)
			d := v.Dispute
			if d == nil {
				t.Fatal("no dispute")
			}
			words := strings.Join(d.Words(b.c.names), "\n")
			t.Logf("%s: %s\n%s\n%s", d.Class, d.Why, words, d.Mermaid())
			if d.Class != x.class || !d.Closed {
				t.Errorf("%s, closed %v, want %s", d.Class, d.Closed, x.class)
			}
			if len(d.Turns) < x.turns {
				t.Errorf("%d turns, want %d", len(d.Turns), x.turns)
			}
			for _, want := range []string{"applied the delete of rtr1#1 at index", "applied the create of rtr1#1 at index"} {
				if strings.Count(words, want) != 1 {
					t.Errorf("want once: %s", want)
				}
			}
			if m := d.Mermaid(); strings.Count(m, "\n  end\n") != 1 || !strings.HasPrefix(m, "sequenceDiagram\n") ||
				strings.Contains(m, "rtr1#1") {
				t.Error(m)
			}
		})
	}
}
