package controller

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// TestRemovePanics is B12: a remove of what an SDK host may no longer bind ends the process; any other does not, nor does
// one of what is not there.
func TestRemovePanics(t *testing.T) {
	const sdk6 = rtr5 + 1
	hosted, routers, absent := model.NewSDKTermID(rtr4, 1, 1), term(1), model.NewSDKTermID(rtr4, 1, 2)
	for _, c := range []struct {
		what  string
		bugs  model.Bugs
		may   uint16
		ids   []model.TermID
		exits bool
	}{
		{"as it is", 0, 0, []model.TermID{hosted}, false},
		{"it may not bind", model.Bugs(0).With(12), 0, []model.TermID{hosted}, true},
		{"it may bind", model.Bugs(0).With(12), 1, []model.TermID{hosted}, false},
		{"one of several", model.Bugs(0).With(12), 0, []model.TermID{routers, hosted}, true},
		{"others", model.Bugs(0).With(12), 0, []model.TermID{routers, absent}, false},
	} {
		r := newRig(t, model.Ziti210)
		r.cfg.Bugs, r.cfg.SDKs = c.bugs, []sim.NodeID{sdk6}
		r.cfg.Hosted = []model.SDKHost{{Service: web, Index: model.SDKIndex, Via: []sim.NodeID{rtr4}}}
		r.boot()
		r.lead()
		r.connect(rtr4)
		r.apply(model.Entry{Verb: model.Bind, Service: web, Router: sdk6, N: 1})
		r.apply(createEntry(routers, ctl2))
		e := createEntry(hosted, ctl2)
		e.N = model.SDKIndex
		r.apply(e)
		if c.may == 0 {
			r.apply(model.Entry{Verb: model.Unbind, Service: web, Router: sdk6})
		}
		effects := r.request(rtr4, model.Msg{Kind: model.RemoveRequest, Req: 5, Router: rtr4,
			Body: &model.TermList{Terms: c.ids}})
		exits := find(effects, func(e sim.Effect[model.Msg]) bool { return e.Kind == sim.Exit }) != nil
		if exits != c.exits || exits == (len(r.log.proposed) > 0) {
			t.Errorf("%s: exits %v, want %v; %d deletes submitted", c.what, exits, c.exits, len(r.log.proposed))
		}
	}
}
