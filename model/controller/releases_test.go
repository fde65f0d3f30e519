package controller

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// releases lists all of OpenZiti's there are.
func releases() []model.Release {
	var list []model.Release
	for _, a := range model.Algorithms() {
		if a.Release != model.Reference {
			list = append(list, a.Release)
		}
	}
	return list
}

// since maps releases to the latest entry that is not later than they are.
type since[T any] map[model.Release]T

func (s since[T]) of(r model.Release) (v T) {
	latest := model.Release(0)
	for at, value := range s {
		if at <= r && at > latest {
			latest, v = at, value
		}
	}
	return v
}

// TestHandlersOfReleases: what each release's handlers answer, and from which release on. Before ziti-1.4.0-pre only
// success is told.
func TestHandlersOfReleases(t *testing.T) {
	const silent = model.None
	create := func(r *rig) model.Code { return r.code(r.request(rtr4, createRequest(1)), model.CreateReply) }
	have := func(r *rig) { r.apply(createEntry(term(1), ctl1)) }
	remove := func(r *rig, id model.TermID) model.Code {
		m := model.Msg{Kind: model.RemoveRequest, Req: 5, Term: id, Router: rtr4}
		return r.code(r.request(rtr4, m), model.RemoveReply)
	}
	timeout := func(r *rig, span sim.Duration, kind model.Kind) model.Code {
		return r.code(r.expire(timerDeadline, span), kind)
	}
	for _, c := range []struct {
		name   string
		source string
		run    func(r *rig) model.Code
		want   since[model.Code]
	}{
		{"a follower has the row", "10f4ad046 (v1.6.6): only a leader answers from it (B26)",
			func(r *rig) model.Code { r.follow(ctl3); r.connect(ctl3); have(r); return create(r) },
			since[model.Code]{100: model.OK, 180: silent}},
		{"a leader has the row", "431df859b (v0.27)",
			func(r *rig) model.Code { r.lead(); have(r); return create(r) },
			since[model.Code]{100: model.OK}},
		{"a leader has another's row", "ec57c80ff answers what is no policy",
			func(r *rig) model.Code {
				r.lead()
				e := createEntry(term(1), ctl1)
				e.Service = mail
				r.apply(e)
				return create(r)
			}, since[model.Code]{100: silent, 139: model.Failed}},
		{"no service policy", "45bf52744 (v2.0.0)",
			func(r *rig) model.Code {
				r.lead()
				r.apply(model.Entry{Verb: model.Unbind, Service: web, Router: rtr4})
				return create(r)
			}, since[model.Code]{100: silent, 210: model.Failed}},
		{"no edge-router policy", "45bf52744 (v2.0.0)",
			func(r *rig) model.Code {
				r.lead()
				r.apply(model.Entry{Verb: model.Deny, Service: web, Router: rtr4})
				return create(r)
			}, since[model.Code]{100: silent, 210: model.Failed}},
		{"nobody leads", "d838e209a (v2.1.0-pre2): busy",
			create, since[model.Code]{100: silent, 139: model.Failed, 210: model.Busy}},
		{"the window is full", "command.WasRateLimited: busy",
			func(r *rig) model.Code { r.lead(); r.c.window.taken = r.c.window.window; return create(r) },
			since[model.Code]{100: silent, 139: model.Busy}},
		{"read-only", "raft.go, Dispatch: a plain error",
			func(r *rig) model.Code { r.lead(); r.c.forced = true; return create(r) },
			since[model.Code]{100: silent, 139: model.Failed}},
		{"the leader does not answer", "ffe6e16b7 (v1.8.0-pre3): too many updates",
			func(r *rig) model.Code {
				r.follow(ctl3)
				r.connect(ctl3)
				create(r)
				return timeout(r, r.cfg.Params.ForwardTimeout, model.CreateReply)
			}, since[model.Code]{100: silent, 139: model.Failed, 180: model.Busy}},
		{"the leader cannot be reached", "ffe6e16b7 (v1.8.0-pre3): too many updates",
			func(r *rig) model.Code {
				r.follow(ctl3)
				create(r)
				return timeout(r, r.cfg.Params.ConnectPeer, model.CreateReply)
			}, since[model.Code]{100: silent, 139: model.Failed, 180: model.Busy}},

		{"a leader removes what it has not", "remove_terminators.go, ec57c80ff to e1638173c^: dropped, success (B24); before " +
			"not found; since submitted",
			func(r *rig) model.Code { r.lead(); return remove(r, term(1)) },
			since[model.Code]{100: model.NotFound, 139: model.OK, 210: silent}},
		{"a follower removes what it has not", "remove_terminators.go: only a leader looks",
			func(r *rig) model.Code { r.follow(ctl3); r.connect(ctl3); return remove(r, term(1)) },
			since[model.Code]{100: model.NotFound, 139: silent}},
		{"a leader removes another router's", "b353d2d9b (v2.1.0-pre2): dropped, success; before submitted (B41)",
			func(r *rig) model.Code {
				r.lead()
				id := model.NewTermID(rtr5, 1, 1)
				r.apply(createEntry(id, ctl1))
				return remove(r, id)
			}, since[model.Code]{100: silent, 210: model.OK}},
		{"a remove, and nobody leads", "d838e209a (v2.1.0-pre2): busy",
			func(r *rig) model.Code { have(r); return remove(r, term(1)) },
			since[model.Code]{100: model.Failed, 210: model.Busy}},
		{"a remove, and the leader does not answer", "ffe6e16b7 (v1.8.0-pre3)",
			func(r *rig) model.Code {
				r.follow(ctl3)
				r.connect(ctl3)
				have(r)
				remove(r, term(1))
				return timeout(r, r.cfg.Params.ForwardTimeout, model.RemoveReply)
			}, since[model.Code]{100: model.Failed, 180: model.Busy}},
	} {
		for _, release := range releases() {
			r := newRig(t, release)
			r.connect(rtr4)
			want := c.want.of(release)
			if got := c.run(r); got != want {
				t.Errorf("%s: release %d answers %v, want %v (%s)", c.name, release, got, want, c.source)
			}
		}
	}
}

// TestGreetings: what a router that connects is told of who leads (controller/settings.go; ffe6e16b7 fills it in).
func TestGreetings(t *testing.T) {
	for _, release := range releases() {
		r := newRig(t, release)
		r.lead()
		m := r.sent(r.connect(rtr4), rtr4, model.CtrlAddresses)
		if m == nil || (m.Flags&model.IsLeader != 0) != (release >= model.Ziti180) {
			t.Errorf("release %d greets with %v", release, m)
		}
	}
}

// TestOldAndNewRouters: in a mixed run a router says what it runs, and is answered as far as there are handlers.
func TestOldAndNewRouters(t *testing.T) {
	for _, c := range []struct {
		controller, router     model.Release
		create, remove, absent model.Code
		token, model           bool
	}{
		{model.Ziti210, model.Ziti180, model.OK, model.OK, model.None, false, true},
		{model.Ziti210, model.Ziti118, model.OK, model.None, model.None, false, true},
		{model.Ziti210, model.Ziti100, model.None, model.None, model.None, false, true},
		{model.Ziti180, model.Ziti118, model.OK, model.OK, model.NotFound, false, true},
		{model.Ziti140, model.Ziti110, model.OK, model.OK, model.NotFound, true, true},
		{model.Ziti140, model.Ziti210, model.OK, model.OK, model.OK, false, true},
		{model.Ziti118, model.Ziti210, model.OK, model.OK, model.None, false, false},
		{model.Ziti100, model.Ziti210, model.None, model.OK, model.None, false, false},
	} {
		r := newRig(t, c.controller)
		r.lead()
		r.connect(rtr4)
		r.deliver(rtr4, model.Msg{Kind: model.PeerHello, Aux: uint64(c.router)})
		ask := func(m model.Msg, kind model.Kind) *model.Msg {
			if effects := r.request(rtr4, m); r.sent(effects, rtr4, kind) != nil {
				return r.sent(effects, rtr4, kind)
			}
			return r.sent(r.commit(), rtr4, kind)
		}
		code := func(m *model.Msg) model.Code {
			if m == nil {
				return model.None
			}
			return m.Code
		}
		one := model.Msg{Kind: model.RemoveRequest, Req: 5, Term: term(1), Router: rtr4}
		if got := r.code(r.request(rtr4, one), model.RemoveReply); got != c.absent {
			t.Errorf("%d asks %d to remove what is not there: %v, want %v", c.router, c.controller, got, c.absent)
		}
		r.commit()
		created := ask(createRequest(1), model.CreateReply)
		if code(created) != c.create || created != nil && (created.Token != 0) != c.token {
			t.Errorf("%d asks %d to create: %v, want %v", c.router, c.controller, created, c.create)
		}
		if c.create != model.OK {
			r.apply(createEntry(term(1), ctl2))
		}
		if got := code(ask(one, model.RemoveReply)); got != c.remove {
			t.Errorf("%d asks %d to remove: %v, want %v", c.router, c.controller, got, c.remove)
		}
		if got := ask(model.Msg{Kind: model.Subscribe, Req: 9}, model.DataState) != nil; got != c.model {
			t.Errorf("%d asks %d for the data model: %v", c.router, c.controller, got)
		}
	}
}
