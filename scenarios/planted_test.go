package scenarios

import (
	"slices"
	"testing"

	"gyre/checker"
	"gyre/model"
	"gyre/sim"
)

// liar tells the checker another story than what happened: a run of the ideal algorithm, with one mistake in it.
type liar struct {
	*checker.Checker
	tell func(s sim.Stamp, m *model.Msg) // changes a message or a note; kind 0 is one that is not told
	lies int
}

// Effect implements sim.Observer.
func (l *liar) Effect(s sim.Stamp, e *sim.Effect[model.Msg]) {
	lie := *e
	l.tell(s, &lie.Msg)
	if lie.Msg != e.Msg {
		l.lies++
	}
	if lie.Msg.Kind == 0 && e.Msg.Kind != 0 {
		return
	}
	l.Checker.Effect(s, &lie)
}

// entry changes the applied entries of a verb that came to a code.
func entry(verb model.Verb, code model.Code, change func(m *model.Msg, e *model.Entry)) func(sim.Stamp, *model.Msg) {
	return func(_ sim.Stamp, m *model.Msg) {
		if e, ok := m.Body.(*model.Entry); ok && m.Kind == model.NoteApplied && e.Verb == verb && m.Code == code {
			other := *e
			m.Body = &other
			change(m, &other)
		}
	}
}

// TestPlanted plants mistakes into runs of the ideal algorithm, and the plans of TestNoFalseAlarm must find each: a
// check that never objects to what is right has to object to what is wrong.
func TestPlanted(t *testing.T) {
	unseen := map[model.TermID]bool{}
	for _, mistake := range []struct {
		name       string
		properties []string // one of them must be violated
		tell       func(s sim.Stamp, m *model.Msg)
	}{
		{"a row is never made", []string{"no-missing", "converges"},
			entry(model.CreateTerm, model.OK, func(m *model.Msg, e *model.Entry) {
				if e.N == 0 {
					m.Code = model.AccessDenied
				}
			})},
		{"a row is made twice", []string{"no-duplicate"},
			entry(model.CreateTerm, model.OK, func(_ *model.Msg, e *model.Entry) {
				if e.Origin == model.ByRouter {
					e.Term += 1 << 15
				}
			})},
		{"a row is not deleted", []string{"no-orphan", "converges"},
			entry(model.DeleteTerms, model.OK, func(m *model.Msg, _ *model.Entry) { m.Code = model.AccessDenied })},
		{"a wanted row is deleted", []string{"no-missing", "agree"},
			entry(model.CreateTerm, model.OK, func(_ *model.Msg, e *model.Entry) {
				if e.Origin == model.ByRouter {
					e.Verb = model.DeleteTerm
				}
			})},
		{"a row of another router is deleted", []string{"own-delete"},
			entry(model.DeleteTerms, model.OK, func(_ *model.Msg, e *model.Entry) {
				if e.Origin == model.ByRouter {
					e.Router++
				}
			})},
		{"one controller applies with another result", []string{"replicated"}, func(s sim.Stamp, m *model.Msg) {
			if m.Kind == model.NoteApplied && m.Index%5 == 0 && s.Node == 1 && m.Code == model.OK {
				m.Code = model.Duplicate
			}
		}},
		{"a router never learns that it is done", []string{"no-stuck"}, func(_ sim.Stamp, m *model.Msg) {
			if m.Kind == model.NoteState && m.State == model.Established {
				m.Kind = 0
			}
		}},
		{"a router drops what it was told to host", []string{"no-orphan", "stays-converged"},
			func(_ sim.Stamp, m *model.Msg) {
				if m.Kind == model.NoteState && m.State == model.Established {
					m.State = model.Absent
				}
			}},
		{"a router gives up", []string{"never-gives-up"}, func(_ sim.Stamp, m *model.Msg) {
			if m.Kind == model.NoteState && m.State == model.Established {
				m.Kind = model.NoteGaveUp
			}
		}},
		{"a request is sent for ever", []string{"no-storm"}, func(_ sim.Stamp, m *model.Msg) {
			if m.Kind == model.Heartbeat {
				*m = model.Msg{Kind: model.RemoveRequest, Term: model.IdealTerm(4, 1, 0)}
			}
		}},
		{"lookups count a row too many", []string{"linearizable"}, func(_ sim.Stamp, m *model.Msg) {
			if m.Kind == model.OpDone {
				m.N++
			}
		}},
		{"a success is told before the log has it", []string{"linearizable"}, func(_ sim.Stamp, m *model.Msg) {
			if m.Kind == model.NoteApplied && m.Code == model.OK {
				if e, ok := m.Body.(*model.Entry); ok && e.Verb == model.CreateTerm && !unseen[e.Term] {
					m.Code, unseen[e.Term] = model.AccessDenied, true
				}
			}
		}},
	} {
		t.Run(mistake.name, func(t *testing.T) {
			const seeds = 120
			for seed := sim.Seed(1); seed <= seeds; seed++ {
				clear(unseen)
				found := lied(t, peace{"", seed%2 == 0}.plan(seed), mistake.tell)
				if slices.ContainsFunc(found, func(p string) bool { return slices.Contains(mistake.properties, p) }) {
					t.Logf("found by seed %s: %v", seed, found)
					return
				}
			}
			t.Errorf("not found by %d seeds", seeds)
		})
	}
}

// lied plays a plan on the ideal algorithm, with a mistake told to the checker, and returns what is violated.
func lied(t *testing.T, p *Plan, tell func(s sim.Stamp, m *model.Msg)) []string {
	t.Helper()
	l := &liar{tell: tell}
	params := model.DefaultParams()
	for _, s := range p.Settings {
		if err := params.Set(s.Name, s.Value); err != nil {
			t.Fatal(err)
		}
	}
	r := newPlayer(p, Options{Algorithm: model.IdealAlgorithm(), NoChecks: true, NoDigest: true,
		Observers: []sim.Observer[model.Msg]{l}}, params)
	l.Checker = checker.New(r.config)
	r.checker = l.Checker
	if r.fault = r.guard(r.run); r.fault != nil {
		t.Fatalf("seed %s: %s", p.Seed, r.fault.Text)
	}
	var violated []string
	for i := range r.report.Verdicts {
		if v := &r.report.Verdicts[i]; v.Status == checker.Violated {
			violated = append(violated, v.Property)
		}
	}
	if l.lies > 0 {
		return violated
	}
	if len(violated) > 0 {
		t.Errorf("seed %s: %v is violated, although nothing was changed", p.Seed, violated)
	}
	return nil
}
