package controller

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gyre/model"
	"gyre/sim"
)

// claimed is a create of the reference.
func claimed(id model.TermID, service model.ServiceID, gen uint64) model.Entry {
	return model.Entry{Verb: model.CreateTerm, Origin: model.ByRouter, Term: id, Service: service, N: 0,
		Router: id.Router(), Source: ctl1, Gen: gen}
}

// disclaimed is a delete of the reference.
func disclaimed(gens ...uint64) model.Entry {
	e := model.Entry{Verb: model.DeleteTerms, Origin: model.ByRouter, Router: rtr4, Source: ctl1, Gens: gens}
	for i := range gens {
		e.Terms = append(e.Terms, term(uint32(i+1)))
	}
	return e
}

// standing renders the rows that there are, and nothing of how they came.
func (d *db) standing() string {
	var ids []model.TermID
	for i := 1; i < len(d.rows); i++ {
		if d.rows[i].term != 0 {
			ids = append(ids, d.rows[i].term)
		}
	}
	slices.Sort(ids)
	return fmt.Sprint(ids)
}

func (d *db) fenced() string { return d.content() + fmt.Sprint(d.fences.list()) }

// Goal: the order in which operations reach the log does not matter, nor how often. Method: any operations on a few
// ids, each with a generation of its own, in two orders and with repeats; what the newest says of each id is so.
func TestGenerationsCommute(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(rt, "operations")
		ops := make([]model.Entry, n)
		newest := map[model.TermID]bool{}
		for i := range ops {
			id := term(uint32(rapid.IntRange(1, 3).Draw(rt, "id")))
			if ops[i] = claimed(id, web, uint64(i+1)); rapid.Bool().Draw(rt, "delete") {
				ops[i] = model.Entry{Verb: model.DeleteTerms, Origin: model.ByRouter, Router: rtr4, Source: ctl1,
					Terms: []model.TermID{id}, Gens: []uint64{uint64(i + 1)}}
			}
			newest[id] = ops[i].Verb == model.CreateTerm
		}
		var want []model.TermID
		for id, there := range newest {
			if there {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		for _, name := range []string{"one order", "another"} {
			order := slices.Concat(ops, rapid.SliceOfN(rapid.SampledFrom(ops), 0, 6).Draw(rt, "repeats"))
			order = rapid.Permutation(order).Draw(rt, name)
			r := newRig(t, model.Reference)
			for _, e := range order {
				r.apply(e)
			}
			if got := r.c.db.standing(); got != fmt.Sprint(want) {
				rt.Fatalf("%s: rows %s, want %v", name, got, want)
			}
		}
	})
}

// A create of what is there is a success, moves nothing but the generation, and comes from the log.
func TestUpsertIsIdempotent(t *testing.T) {
	r := newRig(t, model.Reference)
	r.apply(claimed(term(1), web, 5))
	row := *r.c.db.find(term(1))
	for _, gen := range []uint64{5, 9} {
		effects := r.apply(claimed(term(1), web, gen))
		if code := effects[0].Msg.Code; code != model.OK || r.c.db.router(rtr4).count != 1 {
			t.Errorf("generation %d again: %v, %d rows", gen, code, r.c.db.router(rtr4).count)
		}
		if now := *r.c.db.find(term(1)); now != row || r.c.db.fences[term(1)].gen != gen {
			t.Errorf("generation %d: row %+v, was %+v, fence %d", gen, now, row, r.c.db.fences[term(1)].gen)
		}
	}
	if effects := r.apply(claimed(term(1), web, 8)); effects[0].Msg.Code != model.Stale {
		t.Errorf("an older create: %v", effects[0].Msg.Code)
	}
	r.apply(claimed(term(1), mail, 10)) // no mismatch lasts
	if now := r.c.db.find(term(1)); now == nil || now.service != mail || r.c.db.router(rtr4).count != 1 {
		t.Errorf("another service: %+v", now)
	}
	r.boot()
	if now := r.c.db.find(term(1)); now == nil || now.service != mail {
		t.Errorf("another service, after a restart: %+v", now)
	}
}

// A delete takes what is not newer than it, spares the rest, and says so; a create that it has overtaken comes too late.
func TestDeleteIsConditional(t *testing.T) {
	r := newRig(t, model.Reference)
	for i, gen := range []uint64{4, 7, 6} {
		r.apply(claimed(term(uint32(i+1)), web, gen))
	}
	effects := r.apply(disclaimed(5, 5, 6))
	if got := r.c.db.standing(); effects[0].Msg.Code != model.Stale || got != fmt.Sprint([]model.TermID{term(2)}) {
		t.Errorf("%v, rows %s", effects[0].Msg.Code, got)
	}
	if effects := r.apply(claimed(term(1), web, 4)); effects[0].Msg.Code != model.Stale || r.c.db.find(term(1)) != nil {
		t.Errorf("a create that was overtaken: %v", effects[0].Msg.Code)
	}
	r.boot()
	if effects := r.apply(claimed(term(1), web, 4)); effects[0].Msg.Code != model.Stale {
		t.Errorf("the same after a restart: %v", effects[0].Msg.Code)
	}
	r.apply(model.Entry{Verb: model.DeleteTerms, Origin: model.ByOperator, Terms: []model.TermID{term(2)}})
	if r.c.db.find(term(2)) != nil {
		t.Error("the operator's delete has no generation and spares nothing")
	}
}

// Goal: rows and fences are of one transaction. Method: as TestApplyCrashPrefixes; after a crash before the commit the
// fence that was moved may be unknown, and the entry, which comes next, must come to the same all the same.
func TestFencesCrashPrefixes(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		r := newRig(t, model.Reference)
		for step := range 25 {
			e := claimed(term(1+rnd.Uint32N(3)), web, uint64(1+rnd.IntN(step+2)))
			if rnd.IntN(2) == 0 {
				e = disclaimed(uint64(1+rnd.IntN(step+2)), uint64(1+rnd.IntN(step+2)), uint64(1+rnd.IntN(step+2)))
			}
			before, disk := r.c.db.content(), copyDisk(&r.disk)
			r.wait(sim.Second)
			effects := r.apply(e)
			rows, after, index := r.c.db.content(), r.c.db.fenced(), r.c.db.applied
			for n := 0; n <= len(effects); n++ {
				half := copyDisk(disk)
				r.save(half, n)
				b := r.booted(half)
				if got := b.c.db.content(); got != before && got != rows {
					t.Fatalf("seed %d step %d prefix %d: booted into\n%s\nneither\n%s\nnor\n%s", seed, step, n, got, before, rows)
				}
				b.call(func() { b.c.Apply(index, 1, &e) })
				if got := b.c.db.fenced(); got != after {
					t.Fatalf("seed %d step %d prefix %d: reached\n%s\nwant\n%s", seed, step, n, got, after)
				}
				if got := b.booted(&b.disk).c.db.fenced(); got != after {
					t.Fatalf("seed %d step %d prefix %d: the third life has\n%s\nwant\n%s", seed, step, n, got, after)
				}
			}
		}
		fresh := newRig(t, model.Reference)
		fresh.call(func() { fresh.c.Restore(r.c.db.applied, r.c.Snapshot()) })
		if got, want := fresh.c.db.fenced(), r.c.db.fenced(); got != want {
			t.Fatalf("seed %d: restored\n%s\nwant\n%s", seed, got, want)
		}
		if got, want := fresh.booted(&fresh.disk).c.db.fenced(), r.c.db.fenced(); got != want {
			t.Fatalf("seed %d: restored and booted\n%s\nwant\n%s", seed, got, want)
		}
	}
}

// What a router is told: OK with the index at which it was so, Stale with the newest generation, and Busy, which says
// nothing, for all that may yet be otherwise.
func TestReferenceAnswers(t *testing.T) {
	request := func(gen uint64) model.Msg {
		return model.Msg{Kind: model.CreateRequest, Req: 1, Term: term(1), Service: web, Router: rtr4, Index: gen}
	}
	r := newRig(t, model.Reference)
	r.connect(rtr4)
	if m := r.sent(r.request(rtr4, request(5)), rtr4, model.CreateReply); m == nil || m.Code != model.Busy {
		t.Errorf("without a leader: %v", m)
	}
	r.lead()
	r.request(rtr4, request(5))
	if m := r.sent(r.commit(), rtr4, model.CreateReply); m == nil || m.Code != model.OK || m.Aux != r.c.db.applied {
		t.Errorf("applied at %d: %v", r.c.db.applied, m)
	}
	dark := request(6)
	dark.Service = 3
	if m := r.sent(r.request(rtr4, dark), rtr4, model.CreateReply); m == nil || m.Code != model.Failed {
		t.Errorf("a service that is not the router's: %v", m)
	}
	audit := func(sum uint64) *model.Msg {
		return r.sent(r.request(rtr4, model.Msg{Kind: model.Audit, Req: 2, Router: rtr4, Index: sum}), rtr4, model.AuditReply)
	}
	if m := audit(0); m == nil || m.Index != r.c.db.applied || m.Body == nil ||
		!slices.Equal(m.Body.(*model.RowList).Rows, []model.Row{{Term: term(1), Service: web, Gen: 5}}) {
		t.Errorf("an audit of a router that knows nothing: %v", m)
	}
	if m := audit(model.Mark(term(1), 5)); m == nil || m.Body != nil {
		t.Errorf("an audit of a router that knows: %v", m)
	}
	if m := audit(model.Mark(term(1), 4)); m == nil || m.Body == nil {
		t.Errorf("an audit of a router with an older generation: %v", m)
	}
}
