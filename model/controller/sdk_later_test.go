package controller

import (
	"fmt"
	"testing"

	"gyre/model"
)

// hosted is a create for what an identity hosts with an SDK; rtr5 has a policy, and stands for one.
func hosted(serial uint32, service model.ServiceID, session model.Token) model.Msg {
	m := createRequest(serial)
	m.Term = model.NewSDKTermID(rtr4, 1, serial)
	m.Service, m.Peer, m.Token = service, rtr5, session
	return m
}

// B30: a router that may not host is told nothing, but what an SDK hosts is answered.
func TestSilentRefusal(t *testing.T) {
	own := createRequest(1)
	own.Service = dark
	for bugs, want := range map[model.Bugs]string{0: "true true", model.Bugs(0).With(model.B30): "false true"} {
		r := newRig(t, model.Ziti210)
		r.cfg.Bugs = bugs
		r.lead()
		r.connect(rtr4)
		var got []bool
		for _, m := range []model.Msg{own, hosted(2, dark, 0)} {
			effects := r.request(rtr4, m)
			got = append(got, r.sent(effects, rtr4, model.CreateReply) != nil)
			if why := r.why(effects); why != model.InvalidService {
				t.Errorf("bugs %q: refused for %s", bugs, why)
			}
		}
		if fmt.Sprint(got) != "["+want+"]" {
			t.Errorf("bugs %q: answered %v, want %s", bugs, got, want)
		}
	}
}

// B47: the start of a controller ends the sessions it gave out before, and none that it gives out after.
func TestSessionsEnd(t *testing.T) {
	old, young, foreign := model.NewToken(ctl2, 1, 9), model.NewToken(ctl2, 2, 9), model.NewToken(ctl1, 1, 9)
	for bugs, ends := range map[model.Bugs]bool{0: false, model.Bugs(0).With(model.B47): true} {
		r := newRig(t, model.Ziti210)
		r.cfg.Bugs = bugs
		taken := func(serial uint32, session model.Token) bool {
			before := len(r.log.proposed)
			r.request(rtr4, hosted(serial, web, session))
			return len(r.log.proposed) > before
		}
		r.lead()
		r.connect(rtr4)
		if !taken(1, old) || taken(2, foreign) {
			t.Errorf("bugs %q: sessions of before the restart", bugs)
		}
		r.boot()
		r.lead()
		r.connect(rtr4)
		if taken(3, old) == ends || !taken(4, young) || taken(5, foreign) {
			t.Errorf("bugs %q: sessions after the restart", bugs)
		}
		ask := model.Msg{Kind: model.ValidateSessions, Body: &model.TokenList{Tokens: []model.Token{old, young, foreign}}}
		m := r.sent(r.request(rtr4, ask), rtr4, model.SessionRemoved)
		if (m != nil) != ends {
			t.Fatalf("bugs %q: told %v", bugs, m)
		}
		if m != nil && fmt.Sprint(m.Body.(*model.TokenList).Tokens) != fmt.Sprint([]model.Token{old}) {
			t.Errorf("bugs %q: ended %v", bugs, m.Body)
		}
	}
}
