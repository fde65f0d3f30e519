package controller

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// B19: a denial of an earlier row deletes the one that was created since.
func TestMarkerIgnored(t *testing.T) {
	for bugs, deletes := range map[model.Bugs]int{0: 0, model.Bugs(0).With(model.B19): 1} {
		r := newRig(t, model.Ziti210)
		r.cfg.Bugs = bugs
		r.lead()
		r.connect(rtr4)
		r.apply(createEntry(term(1), ctl2))
		r.wait(6 * sim.Second)
		checks := r.asked(r.turn())
		r.apply(model.Entry{Verb: model.DeleteTerms, Terms: []model.TermID{term(1)}})
		r.apply(createEntry(term(1), ctl2))
		r.turn()
		before := len(r.log.proposed)
		r.verdict(checks, false)
		r.turn()
		r.turn()
		if got := len(r.log.proposed) - before; got != deletes {
			t.Errorf("bugs %q: %d deletes, want %d", bugs, got, deletes)
		}
	}
}

// B41: a router removes the row of another.
func TestForeignRemove(t *testing.T) {
	for bugs, submitted := range map[model.Bugs]int{0: 0, model.Bugs(0).With(model.B41): 1} {
		r := newRig(t, model.Ziti210)
		r.cfg.Bugs = bugs
		r.lead()
		r.connect(rtr4)
		foreign := model.NewTermID(rtr5, 1, 1)
		e := createEntry(foreign, ctl1)
		e.Router = rtr5
		r.apply(e)
		before := len(r.log.proposed)
		r.request(rtr4, model.Msg{Kind: model.RemoveRequest, Req: 5, Term: foreign, Router: rtr4})
		if got := len(r.log.proposed) - before; got != submitted {
			t.Errorf("bugs %q: %d deletes submitted, want %d", bugs, got, submitted)
		}
	}
}
