package controller

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gyre/model"
	"gyre/model/raftlog"
	"gyre/sim"
)

// content renders everything replicated, in order, so that replicas can be compared.
func (d *db) content() string {
	s := fmt.Sprintln("applied", d.applied)
	for i, n := range d.counts {
		if n != 0 {
			s += fmt.Sprintln("service", i, n)
		}
	}
	for i := range d.byRoute {
		of := &d.byRoute[i]
		s += fmt.Sprintln("router", i, of.count, of.identity.index)
		for k := of.first; k != 0; k = d.rows[k].next {
			r := d.rows[k]
			s += fmt.Sprintln(r.term, r.service, r.n, r.router, r.source, r.index)
		}
		for _, p := range of.policies {
			s += fmt.Sprintln("policy", p.service, p.n, p.last, p.allowed, p.content, p.bound.index, p.ruled.index)
		}
	}
	for i := range d.touched {
		if d.touched[i].index != 0 {
			s += fmt.Sprintln("touched", i, d.touched[i].index)
		}
	}
	return s
}

func copyDisk(from *sim.Disk[model.Msg]) *sim.Disk[model.Msg] {
	to := &sim.Disk[model.Msg]{}
	for file := sim.File(0); file < 16; file++ {
		for _, slot := range from.Slots(file) {
			m, _ := from.Get(file, slot)
			to.Put(file, slot, m)
		}
	}
	return to
}

// booted returns a controller that boots from a disk, and saves what the boot saves.
func (r *rig) booted(disk *sim.Disk[model.Msg]) *rig {
	b := &rig{t: r.t, cfg: r.cfg, out: sim.NewOutbox[model.Msg](nil), on: map[sim.NodeID]sim.ConnID{}, life: r.life}
	b.disk = *disk
	b.boot()
	return b
}

// draw draws an entry over few ids, so that creates, deletes and policies meet.
func draw(rnd *rand.Rand) model.Entry {
	id := func() model.TermID { return model.NewTermID(rtr4+sim.NodeID(rnd.IntN(2)), 1, 1+rnd.Uint32N(4)) }
	e := model.Entry{Service: 1 + model.ServiceID(rnd.IntN(3)), Router: rtr4 + sim.NodeID(rnd.IntN(2)),
		N: uint16(rnd.IntN(3))}
	switch e.Verb = model.CreateTerm + model.Verb(rnd.IntN(10)); e.Verb {
	case model.CreateTerm, model.DeleteTerm:
		e.Term = id()
		e.Router = e.Term.Router()
	case model.DeleteTerms:
		e.Terms = []model.TermID{id(), id(), id()}
	}
	return e
}

// Goal: an entry is applied in one transaction. Method: crash after every prefix of every apply's effects;
// the next life must boot into the state before or after the entry, and reach the same state when the log hands
// over what it lacks.
func TestApplyCrashPrefixes(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		r := newRig(t, model.Ziti210)
		r.cfg.Genesis = append(r.cfg.Genesis, createEntry(term(1), ctl1), createEntry(model.NewTermID(rtr5, 1, 2), ctl2))
		r.boot()
		for step := range 25 {
			e := draw(rnd)
			before, disk := r.c.db.content(), copyDisk(&r.disk)
			r.wait(sim.Second)
			effects := r.apply(e)
			after, index := r.c.db.content(), r.c.db.applied
			for n := 0; n <= len(effects); n++ {
				half := copyDisk(disk)
				r.save(half, n)
				b := r.booted(half)
				switch got := b.c.db.content(); {
				case got == after:
				case got != before:
					t.Fatalf("seed %d step %d %v prefix %d: booted into\n%s\nneither\n%s\nnor\n%s",
						seed, step, e.Verb, n, got, before, after)
				}
				code := model.None
				for _, x := range b.call(func() { b.c.Apply(index, 1, &e) }) {
					if x.Kind == sim.Note && x.Msg.Kind == model.NoteApplied {
						code = x.Msg.Code
					}
				}
				if want := r.c.results[index%resultsMax].code; code != model.None && code != want {
					t.Fatalf("seed %d step %d prefix %d: applied again with %v, first %v", seed, step, n, code, want)
				}
				if got := b.c.db.content(); got != after {
					t.Fatalf("seed %d step %d %v prefix %d: reached\n%s\nwant\n%s", seed, step, e.Verb, n, got, after)
				}
				if got := b.booted(&b.disk).c.db.content(); got != after {
					t.Fatalf("seed %d step %d prefix %d: the third life has\n%s\nwant\n%s", seed, step, n, got, after)
				}
			}
			if rnd.IntN(6) == 0 {
				r.boot()
			}
		}
	}
}

// The same for the restore of a snapshot.
func TestRestoreCrashPrefixes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	ahead, behind := newRig(t, model.Ziti210), newRig(t, model.Ziti210)
	for i := range 60 {
		e := draw(rnd)
		ahead.apply(e)
		if i < 30 {
			behind.apply(e)
		}
	}
	before, after, index := behind.c.db.content(), ahead.c.db.content(), ahead.c.db.applied
	snap := ahead.c.Snapshot()
	disk := copyDisk(&behind.disk)
	effects := behind.call(func() { behind.c.Restore(index, snap) })
	if got := behind.c.db.content(); got != after {
		t.Fatalf("restored\n%s\nwant\n%s", got, after)
	}
	restarts := find(effects, func(e sim.Effect[model.Msg]) bool { return e.Kind == sim.Arm && e.Timer == timerRestart })
	if restarts == nil || restarts.After != behind.cfg.Params.RestartSelf {
		t.Error("the process does not restart itself")
	}
	for n := 0; n <= len(effects); n++ {
		half := copyDisk(disk)
		behind.save(half, n)
		b := behind.booted(half)
		if got := b.c.db.content(); got != after && (n > 0 || got != before) {
			t.Fatalf("prefix %d: booted into\n%s", n, got)
		}
		if n > 0 && b.booted(&b.disk).c.db.content() != after {
			t.Fatalf("prefix %d: the third life differs", n)
		}
	}
	e := draw(rnd)
	ahead.apply(e)
	behind.apply(e)
	if got, want := behind.booted(&behind.disk).c.db.content(), ahead.c.db.content(); got != want {
		t.Errorf("after the restore and one entry\n%s\nwant\n%s", got, want)
	}
	if effects := behind.expire(timerRestart, 5*sim.Second); find(effects, func(e sim.Effect[model.Msg]) bool {
		return e.Kind == sim.Exit
	}) == nil {
		t.Error("no exit")
	}
}

// A snapshot does not change when the database does.
func TestSnapshotIsImmutable(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.apply(createEntry(term(1), ctl1))
	sum := func(s raftlog.Snapshot) uint64 { c := sim.NewDigest(); s.Canon(c); return c.Sum() }
	s := r.c.Snapshot()
	was := sum(s)
	r.apply(model.Entry{Verb: model.Unbind, Service: web, Router: rtr4})
	r.apply(model.Entry{Verb: model.DeleteTerm, Term: term(1)})
	r.apply(createEntry(term(2), ctl1))
	if sum(s) != was {
		t.Error("it changed")
	}
}

func TestApplyOrderOfRows(t *testing.T) {
	r := newRig(t, model.Ziti210)
	for _, serial := range []uint32{5, 3, 9, 1} {
		r.apply(createEntry(term(serial), ctl1))
	}
	r.apply(model.Entry{Verb: model.DeleteTerm, Term: term(9)})
	r.apply(createEntry(term(2), ctl1))
	want := []model.TermID{term(5), term(3), term(1), term(2)}
	for range 2 {
		got := r.c.rowsOf(0, rtr4)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("order %v, want %v", got, want)
		}
		r.boot()
	}
	if effects := r.apply(createEntry(term(5), ctl3)); effects[0].Msg.Code != model.Duplicate {
		t.Errorf("a second create of an id: %v", effects[0].Msg)
	}
}
