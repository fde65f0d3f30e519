package checker

import (
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// idle lets so many steps pass that concern nobody: the trail forgets what was before.
func (b *tale) idle(steps int) {
	b.hop, b.at = 1, b.at.Add(sim.Second)
	for range steps {
		b.got(rtr2, b.step, model.Msg{Kind: model.Heartbeat})
	}
	b.hop = 5 * sim.Millisecond
}

// TestChains: what is wrong at rest says how it came about, however long ago that was.
func TestChains(t *testing.T) {
	for _, x := range []struct {
		property string
		name     string
		plight   string
		class    string
		from     string // what the chain ends with
		tell     func(b *tale)
	}{
		{"no-orphan", "the create came after the remove", "unhosted-row", "dropped>created", "got data-state", func(b *tale) {
			b.bind(rtr1, web, 1)
			s := b.got(rtr1, 0, model.Msg{Kind: model.DataState})
			b.entry(rtr1, id(rtr1, 1), web, 0, model.Establishing)
			asked := b.request(s, id(rtr1, 1), web, 0)
			arrived := b.got(ctl1, asked, model.Msg{Kind: model.CreateRequest, Term: id(rtr1, 1)})
			b.got(rtr1, b.ask(s, id(rtr1, 1)), model.Msg{Kind: model.RemoveReply, Term: id(rtr1, 1), Code: model.NotFound})
			b.entry(rtr1, id(rtr1, 1), web, 0, model.Absent)
			b.apply(arrived, model.Entry{Verb: model.CreateTerm, Router: rtr1, Service: web, Term: id(rtr1, 1),
				Origin: model.ByRouter, Source: ctl1}, model.OK)
		}},
		{"no-orphan", "the router crashed", "unhosted-row", "created>learned>died", "from outside: crash rtr1: died with", func(b *tale) {
			b.up()
			b.event("crash", rtr1)
			b.start(rtr1)
			b.channel(rtr1, ctl1, true)
		}},
		{"no-missing", "the operator deleted it", "no-row", "established>operator-deleted", "command op-entry delete-one",
			func(b *tale) {
				b.up()
				b.event("command", ctl1)
				e := model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)}
				step := b.input(ctl1, 0, sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpEntry, Body: &e}})
				e.Origin = model.ByOperator
				b.apply(b.got(ctl2, step, model.Msg{Kind: model.RaftPacket}), e, model.OK)
			}},
		{"no-missing", "a validation deleted it", "no-row", "queued>validation-deleted", "timer", func(b *tale) {
			b.up()
			s := b.tick(ctl1, 3)
			b.note(ctl1, model.Msg{Kind: model.NoteValidation, Term: id(rtr1, 1), Router: rtr1})
			b.remove(s, id(rtr1, 1), model.ByValidation)
		}},
		{"no-missing", "it was refused, and nobody asked again", "no-row", "wanted>refused", "got create-reply",
			func(b *tale) {
				b.bind(rtr1, web, 1)
				s := b.request(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
				b.got(rtr1, s, model.Msg{Kind: model.CreateReply, Term: id(rtr1, 1), Code: model.Failed})
			}},
		{"no-missing", "the router gave up", "gave-up", "wanted>gave-up", "timer", func(b *tale) {
			b.bind(rtr1, web, 1)
			b.giveUp(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		}},
		{"no-duplicate", "two ids", "several-rows", "created", "got create-request", func(b *tale) {
			b.create(b.host(b.up(), id(rtr1, 2), web, 0), id(rtr1, 2), web, 0)
		}},
		{"no-stuck", "the answer was lost", "establishing", "hosted>created", "got create-request", func(b *tale) {
			b.bind(rtr1, web, 1)
			b.row(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		}},
		{"agree", "the row went behind its back", "has-no-row", "established>operator-deleted", "command", func(b *tale) {
			b.up()
			b.command(model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)})
		}},
		{"converges", "a row that nobody wants", "unwanted-row", "established>unwanted", "command op-entry", func(b *tale) {
			b.up()
			b.unbind(rtr1, web)
		}},
	} {
		for _, later := range []int{0, 3 * trailSize} {
			t.Run(x.property+"/"+x.name, func(t *testing.T) {
				b := newTale()
				x.tell(b)
				b.settle()
				b.idle(later)
				v := expect(t, b.finish(long), x.property, Violated, Deadline)
				words := ""
				for _, l := range v.Chain {
					words += "\n" + l.What
				}
				t.Log(v.Text + words)
				if have := strings.ReplaceAll(v.Plight, " ", "-"); have != x.plight || !strings.HasSuffix(v.Class, x.class) {
					t.Errorf("%s: %s, want %s: %s", have, v.Class, x.plight, x.class)
				}
				if !strings.Contains(words, x.from) || v.Step == 0 && x.name != "the router crashed" {
					t.Errorf("step %d, and no %q in the chain", v.Step, x.from)
				}
				if strings.Contains(words, "?") || strings.Contains(v.Text, "?") {
					t.Error("a name is missing")
				}
			})
		}
	}
}

// TestChainCauses: each link names the one it came from, if it is in the chain.
func TestChainCauses(t *testing.T) {
	b := newTale()
	b.up()
	b.command(model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)})
	b.settle()
	v := expect(t, b.finish(long), "no-missing", Violated, Deadline)
	for _, l := range v.Chain {
		known := slices.ContainsFunc(v.Chain, func(o Link) bool { return o.Step == l.Cause })
		if l.Cause >= l.Step && l.Step != 0 || l.Cause != 0 && !known {
			t.Errorf("%d comes from %d", l.Step, l.Cause)
		}
	}
}

// TestFatesAreBounded: a queue that is never longer than its room, and no chain kept that nobody asks for.
func TestFatesAreBounded(t *testing.T) {
	b := newTale()
	b.bind(rtr1, web, 3000)
	a := b.step
	for n := range uint16(3000) {
		a = b.host(a, id(rtr1, uint32(n)+1), web, n)
		b.request(a, id(rtr1, uint32(n)+1), web, n)
	}
	b.idle(2 * fateAge)
	f := &b.c.fates
	if f.kept == 0 || f.kept > keptMax || f.n != 0 {
		t.Errorf("%d kept, %d in the queue", f.kept, f.n)
	}
	for n := range uint16(3000) {
		a = b.create(a, id(rtr1, uint32(n)+1), web, n)
	}
	for n := range uint16(3000) { // marks are renewed
		b.work(rtr1, a)
		b.entry(rtr1, id(rtr1, uint32(n)+1), web, n, model.Established)
	}
	b.idle(2 * fateAge)
	for n := range uint16(3000) {
		b.remove(b.ask(a, id(rtr1, uint32(n)+1)), id(rtr1, uint32(n)+1), model.ByRouter)
		b.entry(rtr1, id(rtr1, uint32(n)+1), web, n, model.Absent)
	}
	b.idle(2 * fateAge)
	b.unbind(rtr1, web)
	kept := 0
	for i := range b.c.keys {
		for w := range b.c.keys[i].marks {
			if b.c.keys[i].marks[w].kept != nil {
				kept++
			}
		}
	}
	for i := range b.c.terms {
		if b.c.term(b.c.terms[i].id) != int32(i) {
			continue
		}
		for w := range b.c.terms[i].marks {
			if b.c.terms[i].marks[w].kept != nil {
				kept++
			}
		}
	}
	if kept != f.kept {
		t.Errorf("%d chains are kept, the count says %d", kept, f.kept)
	}
}
