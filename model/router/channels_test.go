package router

import (
	"fmt"
	"slices"
	"testing"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

func connectTo(ctrl sim.NodeID) sim.Input[model.Msg] {
	return sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpConnect, Peer: ctrl}}
}

func disconnectFrom(ctrl sim.NodeID) sim.Input[model.Msg] {
	return sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpDisconnect, Peer: ctrl}}
}

// TestFirstDials: 50 ms x1.5 up to 5 min, each half to one and a half of that, in every release.
func TestFirstDials(t *testing.T) {
	for _, release := range releases() {
		maker, _ := fakes()
		b := newBench(t, config(release), maker)
		b.refuse[1] = true
		b.step(connectTo(1))
		b.run(sim.Time(sim.Hour))
		checkBackoff(t, release, b.dialed[1])
	}
}

func checkBackoff(t *testing.T, release model.Release, dials []sim.Time) {
	t.Helper()
	if len(dials) < 25 {
		t.Fatalf("release %d: %d dials in an hour", release, len(dials))
	}
	base := 50 * ms
	for i := 1; i < len(dials); i++ {
		if wait := dials[i].Sub(dials[i-1]); wait < base/2 || wait > base*3/2 {
			t.Errorf("release %d: wait %d is %v, want %v to %v", release, i, wait, base/2, base*3/2)
		}
		base = min(base*3/2, 5*sim.Minute)
	}
}

// TestRedials: after a lost connection today's grouped channel dials at once and then after 3, 4, 8, ... 60 s; a
// reconnecting dialer at once and then every 5 s.
func TestRedials(t *testing.T) {
	for _, release := range releases() {
		maker, _ := fakes()
		b := newBench(t, config(release), maker)
		b.connect(1)
		b.run(sim.Time(10 * sim.Second))
		b.refuse[1] = true
		b.r.p.CloseSilent = sim.Hour
		b.lose(1)
		b.run(sim.Time(10 * sim.Minute))
		dials := b.dialed[1][1:]
		if dials[0] != sim.Time(10*sim.Second) {
			t.Errorf("release %d: first redial at %v, want at once", release, dials[0])
		}
		if release != model.Ziti210 {
			checkEveryFiveSeconds(t, release, dials)
			continue
		}
		var waits []sim.Duration
		for i := 1; i < 9; i++ {
			waits = append(waits, dials[i].Sub(dials[i-1])/sim.Second)
		}
		// The first failure still waits for the second since the dial before to be over.
		if want := []sim.Duration{3, 4, 8, 16, 32, 60, 60, 60}; !slices.Equal(waits, want) {
			t.Errorf("waits %v s, want %v s", waits, want)
		}
	}
}

func checkEveryFiveSeconds(t *testing.T, release model.Release, dials []sim.Time) {
	t.Helper()
	for i := 1; i < 9; i++ {
		// A refusal takes a round trip, so dials lie a little further apart than the pause.
		if wait := dials[i].Sub(dials[i-1]); wait < 5*sim.Second || wait > 6*sim.Second {
			t.Errorf("release %d: redial %d after %v, want 5s and a round trip", release, i, wait)
		}
	}
}

// TestFlap: a grouped channel that flaps dials at most once a second.
func TestFlap(t *testing.T) {
	maker, f := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.connect(1)
	for range 3 {
		b.run(b.now.Add(200 * ms))
		b.lose(1)
		for len(b.dials) == 0 {
			b.run(b.now.Add(ms))
		}
		b.answerDial(1, true)
		b.hello(1)
	}
	b.run(b.now)
	if have, want := fmt.Sprint(b.dialed[1]), "[0s 200ms 1s200ms 2s200ms]"; have != want {
		t.Errorf("dials at %s, want %s", have, want)
	}
	want := []ctrlEvent{{hosting.Added, 1}}
	for range 3 {
		want = append(want, ctrlEvent{hosting.Disconnected, 1}, ctrlEvent{hosting.Reconnected, 1})
	}
	if !slices.Equal(f.events, want) {
		t.Errorf("events %v, want %v", f.events, want)
	}
}

// TestRefusedHello: a connection that ends before the hello is a failed dial; so is one without hello for 5 s.
func TestRefusedHello(t *testing.T) {
	maker, f := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.step(connectTo(1))
	b.answerDial(1, true)
	b.deliver(1, model.Msg{Kind: model.LeaderIs})
	b.lose(1)
	b.run(sim.Time(sim.Second))
	if len(b.dialed[1]) != 2 || b.r.registrations() != 0 || len(f.events) != 0 || b.r.leader != 0 {
		t.Fatalf("dials %v, events %v, leader %d", b.dialed[1], f.events, b.r.leader)
	}
	b.answerDial(1, true)
	b.run(sim.Time(6*sim.Second - 1))
	if len(b.dialed[1]) != 2 {
		t.Errorf("dialled again before the hello was late: %v", b.dialed[1])
	}
	b.run(sim.Time(7 * sim.Second))
	if len(b.dialed[1]) != 3 || b.conn(1) != 0 {
		t.Errorf("dials %v, connection %d", b.dialed[1], b.conn(1))
	}
}

// TestHold: a channel without connection takes 16 messages, before ziti-2.1.0 4, and delivers them in order when
// it is back; heartbeats that found no way out take up room, too.
func TestHold(t *testing.T) {
	for _, c := range []struct {
		release model.Release
		after   sim.Duration
		want    int
	}{
		{model.Ziti100, sim.Second, 4}, {model.Ziti118, sim.Second, 4}, {model.Ziti210, sim.Second, 16},
		{model.Ziti140Pre, sim.Second, 4}, {model.Ziti180, sim.Second, 4},
		{model.Ziti210, 11 * sim.Second, 15}, {model.Ziti210, 20 * sim.Second, 6},
	} {
		maker, f := fakes()
		b := newBench(t, config(c.release), maker)
		b.connect(1)
		b.run(sim.Time(1500 * ms)) // a heartbeat went out at 1 s
		b.lose(1)
		b.run(sim.Time(sim.Second).Add(c.after))
		n := 0
		b.inside(func() {
			for f.env.Send(1, model.Msg{Kind: model.CreateRequest, Req: uint64(n)}) == model.OK {
				n++
			}
			if code := f.env.Send(1, model.Msg{}); code != model.TooBusy {
				t.Errorf("code %v, want too-busy", code)
			}
			if code := f.env.Send(2, model.Msg{}); code != model.NoChannel {
				t.Errorf("code %v, want no-channel", code)
			}
		})
		if n != c.want {
			t.Errorf("release %d, %v after the heartbeat: held %d messages, want %d", c.release, c.after, n, c.want)
		}
		b.answerDial(1, true)
		b.hello(1)
		next := uint64(0)
		for _, s := range b.sent {
			if s.m.Kind != model.CreateRequest {
				continue
			}
			if s.at != b.now || s.m.Req != next {
				t.Errorf("message %d at %v, want %d at %v", s.m.Req, s.at, next, b.now)
			}
			next++
		}
		if int(next) != n {
			t.Errorf("%d of %d held messages delivered", next, n)
		}
	}
}

// TestFullQueue: what the connection does not take is too-busy.
func TestFullQueue(t *testing.T) {
	maker, f := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.connect(1)
	b.room = 16
	n := 0
	b.inside(func() {
		for f.env.Send(1, model.Msg{Kind: model.CreateRequest}) == model.OK {
			n++
		}
	})
	if n != 15 { // the first carried a heartbeat
		t.Errorf("the connection took %d messages, want 15", n)
	}
}

// TestForget: the operator's word closes the channel, tells the registry, and holds against lists of members.
func TestForget(t *testing.T) {
	maker, f := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.connect(1)
	b.connect(2)
	b.step(disconnectFrom(1))
	list := &model.NodeList{Nodes: []sim.NodeID{1, 2, 3}}
	b.deliver(2, model.Msg{Kind: model.CtrlAddresses, Flags: model.IsLeader, Index: 9, Body: list})
	b.run(b.now)
	if b.conn(1) != 0 || len(b.dialed[1]) != 1 || len(b.dialed[3]) != 1 || b.r.registrations() != 1 {
		t.Errorf("connection %d, dials %v", b.conn(1), b.dialed)
	}
	if !slices.Contains(f.events, ctrlEvent{hosting.Disconnected, 1}) {
		t.Errorf("events %v lack the disconnect", f.events)
	}
	b.connect(1)
	if b.r.registrations() != 2 {
		t.Errorf("%d registrations, want 2", b.r.registrations())
	}
	// A dial that was abandoned answers late.
	b.step(disconnectFrom(3))
	b.answerDial(3, true)
	b.run(b.now)
	if b.conn(3) != 0 || b.r.registrations() != 2 {
		t.Errorf("an abandoned dial made a connection")
	}
}

// TestMembers: which lists count, that those add and remove, and whom they make leader.
func TestMembers(t *testing.T) {
	list := func(nodes ...sim.NodeID) *model.NodeList { return &model.NodeList{Nodes: nodes} }
	for _, c := range []struct {
		what   string
		flags  model.Flags
		index  uint64
		list   *model.NodeList
		known  string // by ziti-2.1.0
		before string // before ziti-1.4.0-pre
		leader sim.NodeID
		nested sim.NodeID // from ziti-1.4.0-pre to ziti-1.8.0
	}{
		{"a follower's adds", 0, 6, list(1, 2, 3), "[1 2 3]", "[1 2 3]", 0, 0},
		{"a follower's removes", 0, 6, list(2), "[2]", "[2]", 0, 0},
		{"a follower's removes its sender", 0, 6, list(1), "[1]", "[1]", 0, 0},
		{"an equal one of a follower", 0, 5, list(2, 3), "[1 2]", "[1 2]", 0, 0},
		{"the leader's adds and removes", model.IsLeader, 6, list(2, 3), "[2 3]", "[2 3]", 2, 2},
		{"an equal one of the leader", model.IsLeader, 5, list(2, 3), "[1 2]", "[2 3]", 2, 0},
		{"an older one of the leader", model.IsLeader, 4, list(2, 3), "[1 2]", "[2 3]", 0, 0},
		{"an empty one", model.IsLeader, 6, list(), "[1 2]", "[1 2]", 0, 0},
	} {
		for _, release := range releases() {
			maker, f := fakes()
			b := newBench(t, config(release), maker)
			b.connect(1)
			b.connect(2)
			b.deliver(1, model.Msg{Kind: model.CtrlAddresses, Index: 5, Body: list(1, 2)})
			b.run(b.now)
			f.events = nil
			b.deliver(2, model.Msg{Kind: model.CtrlAddresses, Flags: c.flags, Index: c.index, Body: c.list})
			b.run(b.now)
			want, leader := c.known, c.leader
			switch {
			case release < model.Ziti140Pre:
				want, leader = c.before, 0
			case release < model.Ziti210:
				leader = c.nested
			}
			var known []sim.NodeID
			for i := range b.r.channels {
				if b.r.channels[i].wanted() {
					known = append(known, b.r.channels[i].ctrl)
				}
			}
			if fmt.Sprint(known) != want || b.r.leader != leader {
				t.Errorf("%s: release %d knows %v, follows %d; want %s, %d", c.what, release, known, b.r.leader, want,
					leader)
			}
			for _, e := range f.events {
				if e.ev == hosting.Disconnected {
					t.Errorf("%s: release %d wakes the tunneler for a removed controller", c.what, release)
				}
			}
		}
	}
}

// TestAnnouncements count in the order they arrive, whoever sent them, and nobody steps down.
func TestAnnouncements(t *testing.T) {
	maker, f := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.connect(1)
	b.connect(2)
	b.run(b.now)
	f.events = nil
	for _, leader := range []sim.NodeID{1, 2, 2, 1} {
		b.deliver(leader, model.Msg{Kind: model.LeaderIs, Peer: leader})
	}
	b.run(b.now)
	want := []ctrlEvent{{hosting.LeaderChanged, 1}, {hosting.LeaderChanged, 2}, {hosting.LeaderChanged, 1}}
	if !slices.Equal(f.events, want) {
		t.Errorf("events %v, want %v", f.events, want)
	}
	b.inside(func() {
		if !f.env.LeaderConnected() {
			t.Error("the leader is connected")
		}
	})
	b.lose(1)
	b.inside(func() {
		if f.env.LeaderConnected() || b.r.leader != 1 {
			t.Error("the lost leader is still followed, and not connected")
		}
	})
}

// TestOldReleases: they follow nobody. An older list of a leader counts, and a version once lowered lets a list of
// a follower count that was too old before.
func TestOldReleases(t *testing.T) {
	list := func(nodes ...sim.NodeID) *model.NodeList { return &model.NodeList{Nodes: nodes} }
	for _, release := range []model.Release{model.Ziti100, model.Ziti118} {
		maker, f := fakes()
		b := newBench(t, config(release), maker)
		b.connect(1)
		b.deliver(1, model.Msg{Kind: model.CtrlAddresses, Index: 30, Body: list(1, 2)})
		b.deliver(1, model.Msg{Kind: model.LeaderIs, Peer: 1})
		if b.r.leader != 0 || len(b.dialed) != 2 || len(f.events) != 1 {
			t.Errorf("release %d: leader %d, dials %v, events %v", release, b.r.leader, b.dialed, f.events)
		}
		b.deliver(1, model.Msg{Kind: model.CtrlAddresses, Index: 20, Body: list(1, 2, 3)})
		if len(b.dialed) != 2 {
			t.Errorf("release %d: an old list counts", release)
		}
		b.deliver(1, model.Msg{Kind: model.CtrlAddresses, Flags: model.IsLeader, Index: 10, Body: list(1, 2)})
		b.deliver(1, model.Msg{Kind: model.CtrlAddresses, Index: 20, Body: list(1, 2, 3)})
		if len(b.dialed) != 3 {
			t.Errorf("release %d: dials %v", release, b.dialed)
		}
	}
}

// TestValidation: one verdict per id, in the order asked, over the connection the question came on.
func TestValidation(t *testing.T) {
	maker, _ := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.connect(1)
	ask := model.Msg{Kind: model.ValidateRequest, Req: 5, Body: &model.CheckList{
		Checks: []model.Check{{Term: 1, Marker: 8}, {Term: 2, Marker: 9}}}}
	b.deliver(1, ask)
	b.run(b.now)
	last := b.sent[len(b.sent)-1].m
	for _, s := range b.sent {
		if s.m.Kind == model.ValidateReply {
			last = s.m
		}
	}
	want := []model.Check{{Term: 1, Marker: 8, Valid: true}, {Term: 2, Marker: 9, Reason: model.NotFound}}
	if list, ok := last.Body.(*model.CheckList); !ok || last.Req != 5 || !slices.Equal(list.Checks, want) {
		t.Errorf("reply %+v", last)
	}
	b.deliver(1, ask)
	b.lose(1)
	b.answerDial(1, true)
	b.hello(1)
	b.run(b.now)
	if n := b.count(model.ValidateReply); n != 1 {
		t.Errorf("%d replies, want 1: the second connection was not asked", n)
	}
}
