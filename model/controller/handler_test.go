package controller

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// code returns the code of the reply to the router, None if there is none.
func (r *rig) code(effects []sim.Effect[model.Msg], kind model.Kind) model.Code {
	if m := r.sent(effects, rtr4, kind); m != nil {
		return m.Code
	}
	return model.None
}

func TestCreateOutcomes(t *testing.T) {
	have := func(r *rig) { r.apply(createEntry(term(1), ctl1)) }
	foreign := func(r *rig) {
		e := createEntry(term(1), ctl1)
		e.Service = mail
		r.apply(e)
	}
	type outcomes [3]model.Code // by release
	const silent = model.None
	tests := []struct {
		name string
		run  func(r *rig) []sim.Effect[model.Msg]
		want outcomes
	}{
		{"leader creates", func(r *rig) []sim.Effect[model.Msg] {
			r.lead()
			r.request(rtr4, createRequest(1))
			return r.commit()
		}, outcomes{model.OK, model.OK, model.OK}},
		{"leader has it", func(r *rig) []sim.Effect[model.Msg] {
			r.lead()
			have(r)
			return r.request(rtr4, createRequest(1))
		}, outcomes{model.OK, model.OK, model.OK}},
		{"follower has it", func(r *rig) []sim.Effect[model.Msg] {
			r.follow(ctl3)
			r.connect(ctl3)
			have(r)
			return r.request(rtr4, createRequest(1)) // ziti-2.1.0 forwards it instead
		}, outcomes{model.OK, model.OK, silent}},
		{"leader has another's", func(r *rig) []sim.Effect[model.Msg] {
			r.lead()
			foreign(r)
			effects := r.request(rtr4, createRequest(1))
			if len(r.log.proposed) != 0 || r.why(effects) != model.Mismatch {
				r.t.Errorf("release %d: another's row led to %d proposals, why %v", r.cfg.Release, len(r.log.proposed),
					r.why(effects))
			}
			return effects
		}, outcomes{silent, silent, model.Failed}},
		{"unknown service", func(r *rig) []sim.Effect[model.Msg] {
			r.lead()
			m := createRequest(1)
			m.Service = dark
			return r.request(rtr4, m)
		}, outcomes{silent, silent, model.Failed}},
		{"no edge-router policy", func(r *rig) []sim.Effect[model.Msg] {
			r.lead()
			r.apply(model.Entry{Verb: model.Deny, Service: web, Router: rtr4})
			effects := r.request(rtr4, createRequest(1))
			if len(r.log.proposed) != 0 || r.why(effects) != model.AccessDenied || len(r.c.sessions.edge) != 0 {
				r.t.Errorf("release %d: a refused create led to %d proposals, %d sessions, why %v", r.cfg.Release,
					len(r.log.proposed), len(r.c.sessions.edge), r.why(effects))
			}
			return effects
		}, outcomes{silent, silent, model.Failed}},
		{"no edge-router policy, it has the row", func(r *rig) []sim.Effect[model.Msg] {
			r.lead()
			have(r)
			r.apply(model.Entry{Verb: model.Deny, Service: web, Router: rtr4})
			return r.request(rtr4, createRequest(1))
		}, outcomes{silent, silent, model.Failed}},
		{"the policy is back", func(r *rig) []sim.Effect[model.Msg] {
			r.lead()
			r.apply(model.Entry{Verb: model.Deny, Service: web, Router: rtr4})
			r.request(rtr4, createRequest(1))
			r.apply(model.Entry{Verb: model.Allow, Service: web, Router: rtr4})
			r.request(rtr4, createRequest(1))
			return r.commit()
		}, outcomes{model.OK, model.OK, model.OK}},
		{"leaderless", func(r *rig) []sim.Effect[model.Msg] { return r.request(rtr4, createRequest(1)) },
			outcomes{silent, silent, model.Busy}},
		{"leaderless, a stale row is here", func(r *rig) []sim.Effect[model.Msg] {
			have(r)
			return r.request(rtr4, createRequest(1))
		}, outcomes{model.OK, model.OK, model.OK}},
		{"leaderless, another's row is here", func(r *rig) []sim.Effect[model.Msg] {
			foreign(r)
			return r.request(rtr4, createRequest(1))
		}, outcomes{silent, silent, model.Failed}},
		{"transfer", func(r *rig) []sim.Effect[model.Msg] {
			r.lead()
			r.log.refuse = model.TransferInProgress
			return r.request(rtr4, createRequest(1))
		}, outcomes{silent, silent, model.Failed}},
		{"another's was applied meanwhile", func(r *rig) []sim.Effect[model.Msg] {
			r.lead()
			r.request(rtr4, createRequest(1))
			foreign(r)
			effects := r.commit()
			if r.why(effects) != model.Mismatch {
				r.t.Errorf("release %d: why %v", r.cfg.Release, r.why(effects))
			}
			return effects
		}, outcomes{silent, silent, model.Failed}},
		{"applied meanwhile", func(r *rig) []sim.Effect[model.Msg] {
			r.lead()
			r.request(rtr4, createRequest(1))
			have(r)
			return r.commit() // its own create is a duplicate of a row that matches
		}, outcomes{model.OK, model.OK, model.OK}},
	}
	for _, test := range tests {
		for i, release := range []model.Release{model.Ziti100, model.Ziti118, model.Ziti210} {
			r := newRig(t, release)
			r.connect(rtr4)
			want := test.want[i]
			effects := test.run(r)
			if got := r.code(effects, model.CreateReply); got != want {
				t.Errorf("%s: release %d replied %v, want %v", test.name, release, got, want)
			}
		}
	}
}

func TestRemoveOutcomes(t *testing.T) {
	one := model.Msg{Kind: model.RemoveRequest, Req: 5, Term: term(1), Router: rtr4}
	list := model.Msg{Kind: model.RemoveRequest, Req: 5, Router: rtr4,
		Body: &model.TermList{Terms: []model.TermID{term(1), model.NewTermID(rtr5, 1, 1), term(2)}}}
	for _, release := range []model.Release{model.Ziti100, model.Ziti118} {
		r := newRig(t, release)
		r.lead()
		r.connect(rtr4)
		if got := r.code(r.request(rtr4, one), model.RemoveReply); got != model.NotFound {
			t.Errorf("release %d: absent row: %v", release, got)
		}
		r.apply(createEntry(term(1), ctl1))
		r.request(rtr4, one)
		if got := r.code(r.commit(), model.RemoveReply); got != model.OK || r.c.db.find(term(1)) != nil {
			t.Errorf("release %d: %v", release, got)
		}
	}
	r := newRig(t, model.Ziti210)
	r.connect(rtr4)
	if got := r.code(r.request(rtr4, list), model.RemoveReply); got != model.Busy {
		t.Errorf("leaderless: %v", got)
	}
	r.lead()
	r.apply(createEntry(term(1), ctl1))
	r.apply(createEntry(model.NewTermID(rtr5, 1, 1), ctl1))
	r.request(rtr4, list)
	e := r.log.proposed[len(r.log.proposed)-1]
	if len(e.Terms) != 2 || e.Terms[0] != term(1) || e.Terms[1] != term(2) {
		t.Errorf("submitted %v, want the own row and the absent one", e.Terms)
	}
	effects := r.commit()
	reply := r.sent(effects, rtr4, model.RemoveReply)
	if reply == nil || reply.Code != model.OK || reply.Body != list.Body {
		t.Errorf("reply %v", reply)
	}
	foreign := list
	foreign.Body = &model.TermList{Terms: []model.TermID{model.NewTermID(rtr5, 1, 1)}}
	if got := r.code(r.request(rtr4, foreign), model.RemoveReply); got != model.OK {
		t.Errorf("only another router's: %v", got)
	}
	r.c.forced = true
	if got := r.code(r.request(rtr4, list), model.RemoveReply); got != model.Failed {
		t.Errorf("read-only: %v", got)
	}
}

// The create is received first and submitted last: its handler reads before it submits, and each request has a
// handler of its own.
func TestDeleteOvertakesCreate(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.lead()
	r.connect(rtr4)
	reading := deferred(r.deliver(rtr4, createRequest(1)), laneHandlers)
	removing := deferred(r.deliver(rtr4, model.Msg{Kind: model.RemoveRequest, Req: 6, Router: rtr4,
		Body: &model.TermList{Terms: []model.TermID{term(1)}}}), laneHandlers)
	submitting := deferred(r.work(laneHandlers, *reading), laneSubmit)
	r.work(laneHandlers, *removing)
	r.work(laneSubmit, *submitting)
	if got := r.code(r.commit(), model.RemoveReply); got != model.OK {
		t.Errorf("the remove was answered %v", got)
	}
	if r.c.db.find(term(1)) == nil {
		t.Error("the row is gone: the delete did not overtake the create")
	}
}

func TestReplyIsLostWithItsConnection(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.lead()
	r.connect(rtr4)
	r.request(rtr4, createRequest(1))
	r.step(sim.Input[model.Msg]{Kind: sim.Down, From: rtr4, Conn: r.on[rtr4]})
	r.connect(rtr4)
	for _, e := range r.commit() {
		if e.Kind == sim.Send && e.Msg.Kind == model.CreateReply {
			t.Errorf("the reply went to connection %d", e.Conn)
		}
	}
}

// A token is known where it was issued, across restarts, and nowhere else.
func TestSessions(t *testing.T) {
	r := newRig(t, model.Ziti100)
	r.lead()
	r.connect(rtr4)
	r.request(rtr4, createRequest(1))
	reply := r.sent(r.commit(), rtr4, model.CreateReply)
	if reply == nil || reply.Token == 0 || reply.Index != uint64(reply.Token) {
		t.Fatalf("reply %v", reply)
	}
	again := createRequest(1)
	again.Token = model.Token(reply.Index)
	if m := r.sent(r.request(rtr4, again), rtr4, model.CreateReply); m == nil || m.Token != reply.Token {
		t.Errorf("the session was not reused: %v", m)
	}
	stranger := again
	stranger.Token = model.NewToken(ctl1, 1, 1)
	if m := r.sent(r.request(rtr4, stranger), rtr4, model.CreateReply); m == nil || m.Token != reply.Token {
		t.Errorf("a foreign session was accepted: %v", m)
	}
	foreign := model.NewToken(ctl1, 1, 1)
	ask := model.Msg{Kind: model.ValidateSessions, Body: &model.TokenList{Tokens: []model.Token{reply.Token, foreign}}}
	for range 2 {
		m := r.sent(r.request(rtr4, ask), rtr4, model.SessionRemoved)
		if m == nil {
			t.Fatal("the foreign token was not reported")
		}
		if tokens := m.Body.(*model.TokenList).Tokens; len(tokens) != 1 || tokens[0] != foreign {
			t.Errorf("reported %v", tokens)
		}
		r.boot()
		r.connect(rtr4)
	}
	m := r.sent(r.request(rtr4, model.Msg{Kind: model.Authenticate, Req: 3}), rtr4, model.AuthenticateReply)
	if m == nil || m.Req != 3 || m.Token == 0 {
		t.Errorf("authenticate: %v", m)
	}
}

func TestListServices(t *testing.T) {
	r := newRig(t, model.Ziti100)
	r.connect(rtr4)
	ask := func(token uint64) *model.Msg {
		return r.sent(r.request(rtr4, model.Msg{Kind: model.ListServices, Index: token}), rtr4, model.ServiceList)
	}
	first := ask(0)
	if first == nil || len(first.Body.(*model.DesiredList).Wanted) != 2 {
		t.Fatalf("first list: %v", first)
	}
	if m := ask(first.Index); m != nil {
		t.Errorf("nothing changed, got %v", m)
	}
	r.apply(model.Entry{Verb: model.Touch, Service: web})
	second := ask(first.Index)
	if second == nil || second.Body.(*model.DesiredList).Wanted[0].Version != r.c.db.applied {
		t.Errorf("after an edit: %v", second)
	}
	r.apply(model.Entry{Verb: model.Unbind, Service: web, Router: rtr4})
	third := ask(second.Index)
	if third == nil || len(third.Body.(*model.DesiredList).Wanted) != 1 {
		t.Errorf("after the loss: %v", third)
	}
}

func TestOperator(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.lead()
	for i := range uint32(3) {
		r.apply(createEntry(term(i+1), ctl1))
	}
	lookup := func() model.Msg {
		effects := r.step(sim.Input[model.Msg]{Kind: sim.Command, Op: 2, Msg: model.Msg{Kind: model.OpLookup, Service: web}})
		return find(effects, func(e sim.Effect[model.Msg]) bool { return e.Kind == sim.Reply }).Msg
	}
	if m := lookup(); m.N != 3 || m.Index != r.c.db.applied {
		t.Errorf("lookup: %v", m)
	}
	r.step(sim.Input[model.Msg]{Kind: sim.Command, Op: 3, Msg: model.Msg{Kind: model.OpEntry,
		Body: &model.Entry{Verb: model.DeleteTerms, Service: web}}})
	if got := opDone(r.commit()); got != model.OK || lookup().N != 0 {
		t.Errorf("delete of a service's rows: %v, %d left", got, lookup().N)
	}
	for _, kind := range []model.Kind{model.OpTransfer, model.OpElect, model.OpLag, model.OpReadOnly, model.OpMember,
		model.OpSnapshot} {
		effects := r.step(sim.Input[model.Msg]{Kind: sim.Command, Op: 4, Msg: model.Msg{Kind: kind}})
		if got := opDone(effects); got != model.OK {
			t.Errorf("%v: %v", kind, got)
		}
	}
}
