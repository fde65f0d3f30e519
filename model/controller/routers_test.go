package controller

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

func closed(effects []sim.Effect[model.Msg], conn sim.ConnID) bool {
	return find(effects, func(e sim.Effect[model.Msg]) bool { return e.Kind == sim.Close && e.Conn == conn }) != nil
}

func TestConnectIntoOccupiedSlot(t *testing.T) {
	tests := []struct {
		release            model.Release
		age                sim.Duration
		closesOld, refuses bool
	}{
		{model.Ziti100, 30 * sim.Second, false, true},
		{model.Ziti100, 2 * sim.Minute, true, false},
		{model.Ziti118, 2 * sim.Minute, true, false},
		{model.Ziti210, 30 * sim.Second, false, true},
		{model.Ziti210, 2 * sim.Minute, true, true},
	}
	for _, test := range tests {
		r := newRig(t, test.release)
		r.connect(rtr4)
		old := r.on[rtr4]
		r.now = r.now.Add(test.age)
		effects := r.connect(rtr4)
		fresh := r.on[rtr4]
		if closed(effects, old) != test.closesOld || closed(effects, fresh) != test.refuses {
			t.Errorf("release %d, age %v: closes old %v, refuses %v", test.release, test.age,
				closed(effects, old), closed(effects, fresh))
		}
		want := fresh
		switch {
		case test.closesOld && test.refuses:
			want = 0
		case test.refuses:
			want = old
		}
		if got := r.c.channels[0].conn; got != want {
			t.Errorf("release %d, age %v: current connection %d, want %d", test.release, test.age, got, want)
		}
		effects = r.step(sim.Input[model.Msg]{Kind: sim.Deliver, From: rtr4, Conn: r.conn + 9, Msg: createRequest(1)})
		if len(effects) != 0 {
			t.Errorf("release %d: a message over an unknown connection was handled", test.release)
		}
	}
}

func TestConnectTellsAddresses(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.lead()
	r.call(func() { r.c.MembersChanged(9, []sim.NodeID{ctl1, ctl3}, []sim.NodeID{ctl2}) })
	m := r.sent(r.connect(rtr4), rtr4, model.CtrlAddresses)
	if m == nil || m.Flags != model.IsLeader || m.Index != 9 {
		t.Fatalf("hello %v", m)
	}
	if nodes := m.Body.(*model.NodeList).Nodes; len(nodes) != 3 || nodes[1] != ctl2 {
		t.Errorf("members %v", nodes)
	}
	effects := r.call(func() { r.c.MembersChanged(12, []sim.NodeID{ctl1, ctl2}, nil) })
	if m := r.sent(effects, rtr4, model.CtrlAddresses); m == nil || m.Index != 12 {
		t.Errorf("after a change: %v", m)
	}
}

// Before ziti-1.4.0 the list on connect does not say who leads and carries the index of the newest command; the list
// after a change of the membership says it, and carries the index of the change.
func TestOldConnectTellsAddresses(t *testing.T) {
	for _, release := range []model.Release{model.Ziti100, model.Ziti118} {
		r := newRig(t, release)
		r.lead()
		r.apply(model.Entry{Verb: model.Nothing})
		command := r.c.db.applied
		r.call(func() { r.c.Apply(command+1, 1, nil) })
		r.call(func() { r.c.MembersChanged(command+1, []sim.NodeID{ctl1, ctl3}, []sim.NodeID{ctl2}) })
		m := r.sent(r.connect(rtr4), rtr4, model.CtrlAddresses)
		if m == nil || m.Flags != 0 || m.Index != command || len(m.Body.(*model.NodeList).Nodes) != 3 {
			t.Errorf("release %d: hello %v", release, m)
		}
		effects := r.call(func() { r.c.MembersChanged(command+5, []sim.NodeID{ctl1, ctl2}, nil) })
		if m := r.sent(effects, rtr4, model.CtrlAddresses); m == nil || m.Flags != model.IsLeader || m.Index != command+5 {
			t.Errorf("release %d: after a change: %v", release, m)
		}
	}
}

func TestLeaderIsTold(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.connect(rtr4)
	r.log.leads, r.log.leader = true, ctl2
	effects := r.call(func() { r.c.LeaderChanged(ctl2, 5) })
	if m := r.sent(effects, rtr4, model.LeaderIs); m == nil || m.Peer != ctl2 || m.Index != 0 {
		t.Errorf("told %v", m)
	}
	kinds := []model.Kind{}
	for _, e := range effects {
		if e.Kind == sim.Note {
			kinds = append(kinds, e.Msg.Kind)
		}
	}
	// Who leads is noted by the log.
	if len(kinds) != 1 || kinds[0] != model.NoteFollows {
		t.Errorf("notes %v", kinds)
	}
	effects = r.call(func() { r.c.LeaderChanged(0, 5) })
	if r.sent(effects, rtr4, model.LeaderIs) != nil {
		t.Error("the loss of leadership was told")
	}
}

func TestSilentChannelIsClosed(t *testing.T) {
	for _, release := range []model.Release{model.Ziti118, model.Ziti210} {
		r := newRig(t, release)
		effects := r.connect(rtr4)
		armed := find(effects, func(e sim.Effect[model.Msg]) bool { return e.Kind == sim.Arm && e.Timer == timerSilence })
		if (armed != nil) != (release == model.Ziti210) {
			t.Errorf("release %d: timer %v", release, armed)
		}
		if armed == nil {
			continue
		}
		r.now = r.now.Add(20 * sim.Second)
		if m := r.sent(r.deliver(rtr4, model.Msg{Kind: model.Heartbeat, Req: 4}), rtr4, model.HeartbeatReply); m == nil ||
			m.Req != 4 {
			t.Errorf("heartbeat answered with %v", m)
		}
		if effects := r.expire(timerSilence, 35*sim.Second); closed(effects, r.on[rtr4]) {
			t.Error("closed before twice the timeout")
		}
		if effects := r.expire(timerSilence, 5*sim.Second+1); !closed(effects, r.on[rtr4]) {
			t.Error("not closed after a minute")
		}
	}
}

// narrow lets only so many messages into a send queue.
type narrow int

func (n narrow) Room(sim.ConnID) int { return int(n) }

// A burst into a full send queue blocks its senders; it does not lose the messages.
func TestLateSends(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.connect(rtr4)
	ch := &r.c.channels[0]
	r.out = sim.NewOutbox[model.Msg](narrow(2))
	count := func(effects []sim.Effect[model.Msg]) int {
		n := 0
		for _, e := range effects {
			if e.Kind == sim.Send {
				n++
			}
		}
		return n
	}
	effects := r.call(func() {
		for i := range 5 {
			r.c.send(ch, model.Msg{Kind: model.CreateReply, Req: uint64(i)})
		}
	})
	if count(effects) != 2 || len(ch.late) != 3 {
		t.Errorf("%d sent, %d late", count(effects), len(ch.late))
	}
	if effects = r.expire(timerLate, lateRetry); count(effects) != 2 || ch.late[0].msg.Req != 4 {
		t.Errorf("%d sent, then %v", count(effects), ch.late)
	}
	if r.expire(timerLate, 6*sim.Second); r.c.late != 0 || len(ch.late) != 0 {
		t.Error("a sender waits after the timeout")
	}
}

func TestModelStream210(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.connect(rtr4)
	start := r.c.db.modelIndex(rtr4)
	ask := func(held uint64) []sim.Effect[model.Msg] {
		return r.request(rtr4, model.Msg{Kind: model.Subscribe, Req: 77, Index: held})
	}
	state := r.sent(ask(0), rtr4, model.DataState)
	if state == nil || state.Req != 77 || state.Index != start || len(state.Body.(*model.DesiredList).Wanted) != 2 {
		t.Fatalf("state %v", state)
	}
	if effects := ask(start); len(effects) != 0 {
		t.Errorf("an up to date router got %v", effects)
	}
	effects := r.apply(model.Entry{Verb: model.Touch, Service: web})
	m := r.sent(effects, rtr4, model.ChangeSet)
	if m == nil || m.Aux != start || m.Index != r.c.db.applied || m.Service != web || m.N != 1 {
		t.Errorf("change %v", m)
	}
	if m := r.sent(ask(start), rtr4, model.ChangeSet); m == nil {
		t.Error("the change was not replayed")
	}
	if effects := r.apply(model.Entry{Verb: model.Touch, Service: dark}); r.sent(effects, rtr4, model.ChangeSet) != nil {
		t.Error("a change the router cannot see was sent")
	}
	if effects := r.apply(model.Entry{Verb: model.Bind, Service: web, Router: rtr4, N: 1}); r.sent(effects, rtr4,
		model.ChangeSet) != nil {
		t.Error("a policy that was there already was sent")
	}
	effects = r.apply(model.Entry{Verb: model.TouchIdentity, Router: rtr4})
	if m := r.sent(effects, rtr4, model.ChangeSet); m == nil || m.Flags != model.Identity {
		t.Errorf("identity %v", m)
	}
	effects = r.apply(model.Entry{Verb: model.DropIdentity, Router: rtr4})
	if m := r.sent(effects, rtr4, model.ChangeSet); m == nil || m.Flags != model.Identity || m.Code != model.NotFound {
		t.Errorf("identity gone: %v", m)
	}
	effects = r.apply(model.Entry{Verb: model.MakeIdentity, Router: rtr4})
	if m := r.sent(effects, rtr4, model.ChangeSet); m == nil || m.Flags != model.Identity || m.Code != 0 {
		t.Errorf("identity made: %v", m)
	}
	r.now = r.now.Add(6 * sim.Minute)
	effects = r.apply(model.Entry{Verb: model.Unbind, Service: web, Router: rtr4})
	if r.sent(effects, rtr4, model.ChangeSet) != nil {
		t.Error("a change was sent after the lease")
	}
	if m := r.sent(ask(r.c.db.applied+5), rtr4, model.DataState); m != nil {
		t.Errorf("a follower answered a router ahead of it: %v", m)
	}
	r.lead()
	if m := r.sent(ask(r.c.db.applied+5), rtr4, model.DataState); m == nil || m.Index != r.c.db.applied {
		t.Errorf("a leader answered a router ahead of it: %v", m)
	}
}

func TestModelStream118(t *testing.T) {
	r := newRig(t, model.Ziti118)
	r.apply(model.Entry{Verb: model.Nothing})
	state := r.sent(r.connect(rtr4), rtr4, model.DataState)
	end := r.c.db.applied
	if state == nil || state.Index != end || state.Aux != end || state.Body.(*model.DesiredList).Wanted[0].Index != end {
		t.Fatalf("state %v", state)
	}
	if m := r.sent(r.apply(model.Entry{Verb: model.Touch, Service: web}), rtr4, model.ChangeSet); m == nil ||
		m.Body.(*model.DesiredList).Wanted[0].Index != end+1 {
		t.Errorf("change %v", m)
	}
}

func TestMeshRedial(t *testing.T) {
	r := newRig(t, model.Ziti210)
	dialed := func(effects []sim.Effect[model.Msg]) bool {
		return find(effects, func(e sim.Effect[model.Msg]) bool { return e.Kind == sim.Dial && e.Peer == ctl3 }) != nil
	}
	span := sim.Duration(0)
	for range 8 {
		effects := r.step(sim.Input[model.Msg]{Kind: sim.DialFailed, From: ctl3})
		e := find(effects, func(e sim.Effect[model.Msg]) bool { return e.Kind == sim.Arm && e.Timer == timerMesh })
		if e.After < span {
			t.Errorf("backoff fell from %v to %v", span, e.After)
		}
		span = e.After
		if !dialed(r.expire(timerMesh, span)) {
			t.Fatal("no redial")
		}
	}
	if span != 1500*sim.Millisecond {
		t.Errorf("backoff ends at %v", span)
	}
	r.connect(ctl3)
	r.now = r.now.Add(5 * sim.Second)
	if m := r.sent(r.expire(timerMesh, 10*sim.Second), ctl3, model.Heartbeat); m == nil {
		t.Error("no heartbeat")
	}
	if !closed(r.expire(timerMesh, 31*sim.Second), r.on[ctl3]) {
		t.Error("a silent connection was kept")
	}
}
