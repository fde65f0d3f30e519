package controller

import (
	"testing"

	"gyre/model"
	"gyre/model/raftlog"
	"gyre/sim"
)

// ask dispatches an empty command for the operator and returns the outcome's code, or None while it waits.
func (r *rig) ask() model.Code { return opDone(r.command(model.Nothing)) }

func (r *rig) command(verb model.Verb) []sim.Effect[model.Msg] {
	return r.step(sim.Input[model.Msg]{Kind: sim.Command, Op: 1,
		Msg: model.Msg{Kind: model.OpEntry, Body: &model.Entry{Verb: verb, Term: term(9), Service: web, Router: rtr4}}})
}

func opDone(effects []sim.Effect[model.Msg]) model.Code {
	if e := find(effects, func(e sim.Effect[model.Msg]) bool { return e.Kind == sim.Reply }); e != nil {
		return e.Msg.Code
	}
	return model.None
}

// forwarded dispatches at a follower that is connected to the leader and returns the command it sent.
func (r *rig) forwarded() *model.Msg {
	r.follow(ctl3)
	r.connect(ctl3)
	m := r.sent(r.command(model.Nothing), ctl3, model.Forward)
	if m == nil {
		r.t.Fatal("nothing was forwarded")
	}
	return m
}

func (r *rig) replied(m *model.Msg, code model.Code, index uint64) model.Code {
	return opDone(r.deliver(ctl3, model.Msg{Kind: model.ForwardReply, Req: m.Req, Code: code, Index: index}))
}

func TestDispatchClasses(t *testing.T) {
	tests := []struct {
		name string
		run  func(r *rig) model.Code
		want model.Code
	}{
		{"leader applies", func(r *rig) model.Code { r.lead(); r.ask(); return opDone(r.commit()) }, model.OK},
		{"leader's entry fails", func(r *rig) model.Code {
			r.lead()
			r.command(model.DeleteTerm)
			return opDone(r.commit())
		}, model.NotFound},
		{"read-only", func(r *rig) model.Code {
			r.lead()
			r.step(sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpReadOnly, Flags: model.On}})
			return r.ask()
		}, model.ReadOnly},
		{"another version in the mesh", func(r *rig) model.Code {
			r.lead()
			r.connect(ctl1)
			r.deliver(ctl1, model.Msg{Kind: model.PeerHello, Aux: uint64(model.Ziti118)})
			return r.ask()
		}, model.ReadOnly},
		{"the other version has left", func(r *rig) model.Code {
			r.lead()
			r.connect(ctl1)
			r.deliver(ctl1, model.Msg{Kind: model.PeerHello, Aux: uint64(model.Ziti118)})
			r.step(sim.Input[model.Msg]{Kind: sim.Down, From: ctl1, Conn: r.on[ctl1]})
			r.ask()
			return opDone(r.commit())
		}, model.OK},
		{"leader's window is full", func(r *rig) model.Code {
			r.lead()
			for range r.cfg.Params.RaftWindowMax {
				r.ask()
			}
			return r.ask()
		}, model.RateLimited},
		{"not leader after all", func(r *rig) model.Code { r.lead(); r.log.refuse = model.Leaderless; return r.ask() },
			model.Leaderless},
		{"transfer in progress", func(r *rig) model.Code {
			r.lead()
			r.log.refuse = model.TransferInProgress
			return r.ask()
		}, model.TransferInProgress},
		{"leadership lost", func(r *rig) model.Code {
			r.lead()
			r.ask()
			return opDone(r.call(func() { r.c.Outcome(raftlog.Ticket(1), model.LeadershipLost, 0) }))
		}, model.LeadershipLost},
		{"no leader known", func(r *rig) model.Code { return r.ask() }, model.Leaderless},
		{"no connection to the leader", func(r *rig) model.Code {
			r.follow(ctl3)
			if got := r.ask(); got != model.None {
				return got
			}
			return opDone(r.expire(timerDeadline, r.cfg.Params.ConnectPeer))
		}, model.RateLimited},
		{"the leader is no peer", func(r *rig) model.Code { r.follow(77); return r.ask() }, model.RateLimited},
		{"the leader does not answer", func(r *rig) model.Code {
			r.forwarded()
			return opDone(r.expire(timerDeadline, r.cfg.Params.ForwardTimeout))
		}, model.RateLimited},
		{"the connection to the leader closes", func(r *rig) model.Code {
			r.forwarded()
			return opDone(r.step(sim.Input[model.Msg]{Kind: sim.Down, From: ctl3, Conn: r.on[ctl3]}))
		}, model.Other},
		{"the leader succeeds, not applied here in time", func(r *rig) model.Code {
			r.replied(r.forwarded(), model.OK, r.c.db.applied+1)
			return opDone(r.expire(timerDeadline, r.cfg.Params.WaitForIndex))
		}, model.WaitIndexTimeout},
		{"the leader succeeds, applied here before", func(r *rig) model.Code {
			return r.replied(r.forwarded(), model.OK, r.c.db.applied)
		}, model.OK},
		{"the leader succeeds, applied here later", func(r *rig) model.Code {
			r.replied(r.forwarded(), model.OK, r.c.db.applied+2)
			if got := opDone(r.apply(model.Entry{Verb: model.Nothing})); got != model.None {
				return got
			}
			return opDone(r.apply(model.Entry{Verb: model.Nothing}))
		}, model.OK},
		{"the leader is limited", func(r *rig) model.Code { return r.replied(r.forwarded(), model.RateLimited, 0) },
			model.RateLimited},
		{"the leader has lost it", func(r *rig) model.Code { return r.replied(r.forwarded(), model.LeadershipLost, 0) },
			model.LeadershipLost},
		{"the leader is none any more", func(r *rig) model.Code { return r.replied(r.forwarded(), model.Leaderless, 0) },
			model.Leaderless},
	}
	class := map[model.Code]bool{model.RateLimited: true, model.Leaderless: true}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, model.Ziti210)
			got := test.run(r)
			if got != test.want {
				t.Errorf("outcome %v, want %v", got, test.want)
			}
			if r.c.busy(got) != class[got] {
				t.Errorf("%v is busy: %v", got, r.c.busy(got))
			}
		})
	}
}

func TestForwardWaitsForConnection(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.follow(ctl3)
	r.ask()
	m := r.sent(r.connect(ctl3), ctl3, model.Forward)
	if m == nil {
		t.Fatal("the command was not sent when the connection came up")
	}
	r.now = r.now.Add(sim.Second)
	if got := r.replied(m, model.OK, r.c.db.applied); got != model.OK {
		t.Errorf("outcome %v", got)
	}
	if got := r.replied(m, model.OK, r.c.db.applied); got != model.None {
		t.Errorf("a late reply completed the operation again: %v", got)
	}
}

// forwardIn delivers n commands of a follower to the leader.
func (r *rig) forwardIn(n int) {
	for i := range n {
		r.deliver(ctl1, model.Msg{Kind: model.Forward, Req: uint64(i + 1), Body: &model.Entry{Verb: model.Nothing}})
	}
}

func TestForwardWorkers(t *testing.T) {
	for _, test := range []struct {
		release model.Release
		want    int
	}{
		{model.Ziti100, 1}, {model.Ziti110, 1}, {model.Ziti118, 1}, {model.Ziti140Pre, 1}, {model.Ziti140, 1},
		{model.Ziti180, 64}, {model.Ziti210, 64},
	} {
		r := newRig(t, test.release)
		r.lead()
		r.connect(ctl1)
		r.forwardIn(400)
		if got := len(r.log.proposed); got != test.want {
			t.Errorf("release %d: %d proposals under way, want %d", test.release, got, test.want)
		}
		effects := r.commit()
		if r.sent(effects, ctl1, model.ForwardReply) == nil {
			t.Errorf("release %d: no reply to the follower", test.release)
		}
		served := 0
		for len(r.log.proposed) > r.log.done {
			served += len(r.log.proposed) - r.log.done
			r.commit()
		}
		if got := served + test.want; got != 250+test.want {
			t.Errorf("release %d: %d of 400 commands were served, want the queue's 250 and the workers' %d",
				test.release, got, test.want)
		}
	}
}

func TestLimiter(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.lead()
	for range 200 {
		r.ask()
	}
	r.now = r.now.Add(6 * sim.Second) // applied later than the apply timeout: backoff
	r.commit()
	if w := r.c.window.window; w >= 250 || r.c.window.taken != 0 {
		t.Errorf("after 200 backoffs: window %d, taken %d", w, r.c.window.taken)
	}
	for range 400 {
		r.ask()
		r.commit()
	}
	if w := r.c.window.window; w < 35 {
		t.Errorf("the window did not grow again: %d", w)
	}
	r.ask()
	r.expire(timerSweep, 31*sim.Second)
	if r.c.window.taken != 0 {
		t.Error("the sweep left an old slot")
	}
	if got := opDone(r.commit()); got != model.OK {
		t.Errorf("a swept operation ended with %v", got)
	}
}
