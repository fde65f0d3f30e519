package gauge

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// tale feeds a gauge by hand: one router, node 2, which is to host service 1.
type tale struct {
	*Gauge
	index uint64
}

func newTale() *tale {
	return &tale{Gauge: New(&model.Config{Routers: []sim.NodeID{2}, Genesis: []model.Entry{
		{Verb: model.Allow, Service: 1, Router: 2}, {Verb: model.Bind, Service: 1, Router: 2, N: 1},
	}}), index: 2}
}

func (t *tale) log(at sim.Time, code model.Code, e model.Entry) {
	t.index++
	e.Service, e.Router = 1, 2
	m := model.Msg{Kind: model.NoteApplied, Index: t.index, Code: code, Body: &e}
	for _, node := range []sim.NodeID{1, 3} { // the second apply of an index is no news
		t.Effect(sim.Stamp{At: at, Node: node}, &sim.Effect[model.Msg]{Kind: sim.Note, Msg: m})
	}
}

func (t *tale) state(at sim.Time, term model.TermID, state model.State) {
	m := model.Msg{Kind: model.NoteState, Term: term, Service: 1, State: state}
	t.Effect(sim.Stamp{At: at, Node: 2}, &sim.Effect[model.Msg]{Kind: sim.Note, Msg: m})
}

func (t *tale) send(at sim.Time, m model.Msg) {
	t.Effect(sim.Stamp{At: at, Node: 2}, &sim.Effect[model.Msg]{Kind: sim.Send, Msg: m})
}

const s = sim.Time(sim.Second)

// TestTimes: what is wanted and has no row is missing, a row without a host is an orphan, and a service without a row
// that works is dark, but only once it has been lit.
func TestTimes(t *testing.T) {
	g := newTale()
	g.state(1*s, 7, model.Establishing)
	g.log(5*s, model.OK, model.Entry{Verb: model.CreateTerm, Term: 7}) // missing for 5 s, from the start
	g.log(9*s, model.OK, model.Entry{Verb: model.DeleteTerm, Term: 7, Origin: model.ByOperator})
	g.log(12*s, model.OK, model.Entry{Verb: model.CreateTerm, Term: 7}) // dark and missing for 3 s
	g.Event(20*s, sim.Outside{Name: "crash", Node: 2})
	g.state(21*s, 8, model.Establishing)
	g.log(23*s, model.OK, model.Entry{Verb: model.CreateTerm, Term: 8}) // dark for 3 s; 7 is an orphan from 20 s on
	g.log(30*s, model.OK, model.Entry{Verb: model.DeleteTerms, Terms: []model.TermID{7, 99}})
	g.log(40*s, model.OK, model.Entry{Verb: model.Unbind})
	g.state(40*s, 8, model.Deleting)
	r := g.Read(44 * s)
	want := func(what string, got Span, length sim.Duration, from sim.Time) {
		t.Helper()
		if got != (Span{length, from, 2, 1}) {
			t.Errorf("%s: %+v, want %s from %s", what, got, length, from)
		}
	}
	want("missing", r.Missing, 5*sim.Second, 0)
	want("dark", r.Dark, 3*sim.Second, 9*s)
	want("orphan", r.Orphan, 10*sim.Second, 20*s)
	if r.Log != 5 || r.Idle != 0 {
		t.Errorf("%d entries, %d idle", r.Log, r.Idle)
	}
	if r = g.Read(60 * s); r.Orphan.Length != 20*sim.Second || r.Orphan.From != 40*s {
		t.Errorf("what is still there does not count: %+v", r.Orphan)
	}
}

// TestCounts: requests, replies, entries that changed nothing, and the fullest second.
func TestCounts(t *testing.T) {
	g := newTale()
	for i := range sim.Time(5) {
		g.send(3*s+i, model.Msg{Kind: model.CreateRequest, Term: 7})
	}
	g.send(4*s, model.Msg{Kind: model.RemoveRequest, Body: &model.TermList{Terms: []model.TermID{7, 8}}})
	g.send(4*s, model.Msg{Kind: model.RemoveRequest, Term: 9})
	for _, code := range []model.Code{model.OK, model.Busy, model.Failed, model.Mismatch} {
		g.Input(sim.Stamp{Node: 2}, &sim.Input[model.Msg]{Kind: sim.Deliver, Msg: model.Msg{Kind: model.CreateReply, Code: code}})
	}
	g.log(5*s, model.OK, model.Entry{Verb: model.CreateTerm, Term: 7})
	g.log(5*s, model.Duplicate, model.Entry{Verb: model.CreateTerm, Term: 7})
	g.log(5*s, model.NotFound, model.Entry{Verb: model.DeleteTerm, Term: 8})
	r := g.Read(6 * s)
	if r.Creates != 5 || r.Removes != 3 || r.Busy != 1 || r.Refused != 2 || r.Peak != 5 {
		t.Errorf("%+v", r)
	}
	if r.Log != 3 || r.Idle != 2 {
		t.Errorf("%d entries, %d of them idle, want 3 and 2", r.Log, r.Idle)
	}
}
