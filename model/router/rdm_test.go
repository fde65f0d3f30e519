package router

import (
	"fmt"
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// state is a full state; services are written a2@7, name, count and version.
func state(index, identity, lease uint64, services ...string) model.Msg {
	list := &model.DesiredList{}
	for _, s := range services {
		list.Wanted = append(list.Wanted, wanted(s, index))
	}
	return model.Msg{Kind: model.DataState, Req: lease, Index: index, Aux: identity, Flags: model.Full, Body: list}
}

func wanted(s string, index uint64) model.Wanted {
	var name rune
	w := model.Wanted{Index: index}
	if _, err := fmt.Sscanf(s, "%c%d@%d", &name, &w.N, &w.Version); err != nil {
		panic(err)
	}
	w.Service = model.ServiceID(name-'a') + 1
	return w
}

func change(index, previous, lease uint64, s string) model.Msg {
	w := wanted(s, index)
	return model.Msg{Kind: model.ChangeSet, Req: lease, Index: index, Aux: previous, Service: w.Service, N: w.N,
		Body: &model.DesiredList{Wanted: []model.Wanted{w}}}
}

func touchIdentity(index, previous, lease uint64) model.Msg {
	return model.Msg{Kind: model.ChangeSet, Req: lease, Index: index, Aux: previous, Flags: model.Identity}
}

// TestModelDiffs: what each release does with the second of two messages.
func TestModelDiffs(t *testing.T) {
	for _, c := range []struct {
		what    string
		release model.Release
		second  model.Msg
		want    string
	}{
		{"same content, newer index", model.Ziti118, state(20, 3, 0, "a2@5", "b1@6"),
			"-a0 -a1 -b0 +a0 +a1 +b0 -a0 -a1 +a0 +a1 -b0 +b0"},
		{"same content, newer index", model.Ziti210, state(20, 3, 0, "a2@5", "b1@6"), ""},
		{"same content, older index", model.Ziti118, state(7, 3, 0, "a2@5", "b1@6"), "-a0 -a1 +a0 +a1 -b0 +b0"},
		{"same content, older index", model.Ziti210, state(7, 3, 0, "a2@5", "b1@6"), ""},
		{"same state", model.Ziti118, state(10, 3, 0, "a2@5", "b1@6"), ""},
		{"identity edited", model.Ziti210, state(20, 15, 0, "a2@5", "b1@6"), "-a0 -a1 -b0 +a0 +a1 +b0"},
		{"identity of an older state", model.Ziti210, state(20, 2, 0, "a2@5", "b1@6"), ""},
		{"service edited", model.Ziti210, state(20, 3, 0, "a2@12", "b1@6"), "-a0 -a1 +a0 +a1"},
		{"gained and lost", model.Ziti210, state(20, 3, 0, "b1@6", "c1@12"), "-a0 -a1 +c0"},
		{"gained with a newer identity is hosted twice", model.Ziti118, state(20, 3, 0, "c1@12"),
			"-a0 -a1 -b0 +c0 +c0"},
		{"change: gained", model.Ziti118, change(11, 10, 0, "c2@11"), "+c0 +c1"},
		{"change: gained", model.Ziti210, change(11, 10, 0, "c2@11"), "+c0 +c1"},
		{"change: edited", model.Ziti118, change(11, 10, 0, "b2@11"), "-b0 +b0 +b1"},
		{"change: lost", model.Ziti210, change(11, 10, 0, "a0@11"), "-a0 -a1"},
		{"change: old", model.Ziti118, change(10, 9, 0, "a0@10"), ""},
		{"change: old", model.Ziti210, change(9, 8, 0, "a0@9"), ""},
		{"change after a gap", model.Ziti118, change(15, 12, 0, "a0@15"), "-a0 -a1"},
		{"change after a gap", model.Ziti210, change(15, 12, 0, "a0@15"), ""},
		{"identity touched", model.Ziti118, touchIdentity(11, 10, 0), "-a0 -a1 -b0 +a0 +a1 +b0"},
		{"identity touched", model.Ziti210, touchIdentity(11, 10, 0), "-a0 -a1 -b0 +a0 +a1 +b0"},
		{"nothing of ours", model.Ziti210, model.Msg{Kind: model.ChangeSet, Index: 11, Aux: 10}, ""},
	} {
		maker, f := fakes()
		b := newBench(t, config(c.release), maker)
		b.connect(1)
		first := state(10, 3, b.r.model.lease, "a2@5", "b1@6")
		b.deliver(1, first)
		if have := strings.Join(f.log, " "); have != "+a0 +a1 +b0" {
			t.Fatalf("%s, release %d: the first state gave %q", c.what, c.release, have)
		}
		f.log = nil
		c.second.Req = b.r.model.lease
		b.deliver(1, c.second)
		if have := strings.Join(f.log, " "); have != c.want {
			t.Errorf("%s, release %d:\nhave %q\nwant %q", c.what, c.release, have, c.want)
		}
	}
}

// TestDesiredNotes: a note for every change of the set, none for a reset that leaves it as it is.
func TestDesiredNotes(t *testing.T) {
	maker, _ := fakes()
	b := newBench(t, config(model.Ziti118), maker)
	b.connect(1)
	b.deliver(1, state(10, 3, 0, "a2@5", "b1@6"))
	b.deliver(1, state(20, 3, 0, "a2@5", "b1@6"))
	b.deliver(1, state(30, 3, 0, "a1@25", "c1@26"))
	var have []string
	for _, n := range b.notes {
		if n.m.Kind == model.NoteDesired {
			have = append(have, fmt.Sprintf("%c=%d", 'a'+rune(n.m.Service-1), n.m.N))
		}
	}
	if have, want := strings.Join(have, " "), "a=2 b=1 b=0 a=1 c=1"; have != want {
		t.Errorf("have %s\nwant %s", have, want)
	}
}

// TestSubscription follows the one subscription of today's router through its life.
func TestSubscription(t *testing.T) {
	maker, _ := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.onSend = func(to sim.NodeID, m model.Msg) {
		if m.Kind == model.Heartbeat {
			delay := sim.Duration(to) * ms
			b.at(b.now.Add(delay), func() { b.deliver(to, model.Msg{Kind: model.HeartbeatReply, Req: m.Req}) })
		}
	}
	subscriptions := func() (asked []sent) {
		for _, s := range b.sent {
			if s.m.Kind == model.Subscribe {
				asked = append(asked, s)
			}
		}
		return asked
	}
	b.connect(2)
	b.connect(1)
	first := subscriptions()
	if len(first) != 1 || first[0].to != 2 {
		t.Fatalf("subscribed to %v, want the first controller, 2", first)
	}
	lease := b.r.model.lease
	b.deliver(2, state(10, 1, lease, "a1@5"))
	b.deliver(1, state(50, 1, lease, "b1@5")) // another controller
	b.deliver(2, state(50, 1, 99, "b1@5"))    // another subscription
	if b.r.model.index != 10 {
		t.Fatalf("index %d, want 10", b.r.model.index)
	}
	// The lease of 5 min has run out at the check after 5 min; the better controller takes over.
	b.run(sim.Time(5*sim.Minute + 30*sim.Second - 1))
	if n := len(subscriptions()); n != 1 {
		t.Errorf("%d subscriptions before the lease ran out", n)
	}
	b.run(sim.Time(5*sim.Minute + 30*sim.Second))
	now := subscriptions()
	if len(now) != 2 || now[1].to != 1 || now[1].m.Index != 10 || b.r.model.lease == lease {
		t.Fatalf("subscriptions %v", now)
	}
	// Its loss moves the subscription at once, a gap renews it.
	b.refuse[1] = true
	b.lose(1)
	if b.r.model.source != 2 {
		t.Errorf("source %d after the loss of 1, want 2", b.r.model.source)
	}
	lease = b.r.model.lease
	b.deliver(2, change(15, 12, lease, "c1@15"))
	if b.r.model.source != 2 || b.r.model.lease == lease || b.r.model.index != 10 {
		t.Errorf("after a gap: source %d, lease %d, index %d", b.r.model.source, b.r.model.lease, b.r.model.index)
	}
	b.refuse[2] = true
	b.lose(2)
	if b.r.model.source != 0 {
		t.Errorf("source %d without connections", b.r.model.source)
	}
	b.refuse[1] = false
	for !func() bool { b.run(b.now.Add(ms)); return len(b.dials) > 0 && b.dials[1].Kind != 0 }() {
	}
	b.answerDial(1, true)
	b.hello(1)
	if b.r.model.source != 1 {
		t.Errorf("source %d after 1 came back, want 1", b.r.model.source)
	}
}

// TestChangeFirst: a change may come first.
func TestChangeFirst(t *testing.T) {
	maker, f := fakes()
	b := newBench(t, config(model.Ziti118), maker)
	b.connect(1)
	b.deliver(1, change(11, 0, 0, "a1@11"))
	b.deliver(1, change(12, 11, 0, "b1@12"))
	if have := strings.Join(f.log, " "); have != "+a0 +b0" {
		t.Errorf("have %q", have)
	}
}

// TestPoll follows ziti-1.0.0 through authentication and polls.
func TestPoll(t *testing.T) {
	maker, f := fakes()
	b := newBench(t, config(model.Ziti100), maker)
	b.r.p.HeartbeatEvery = 0
	b.connect(1)
	if b.count(model.Authenticate) != 1 || b.count(model.ListServices) != 0 {
		t.Fatal("a first channel authenticates")
	}
	b.run(sim.Time(30 * sim.Second))
	if b.count(model.Authenticate) != 2 {
		t.Fatal("an unanswered authentication is repeated")
	}
	b.deliver(1, model.Msg{Kind: model.AuthenticateReply, Code: model.OK})
	b.deliver(1, model.Msg{Kind: model.AuthenticateReply, Code: model.OK})
	list := func(token uint64, services ...string) model.Msg {
		m := state(0, 0, 0, services...)
		m.Kind, m.Index = model.ServiceList, token
		return m
	}
	b.deliver(1, list(7, "b1@6", "a2@5"))
	b.run(sim.Time(45 * sim.Second))
	if n := b.count(model.ListServices); n != 2 {
		t.Fatalf("%d polls, want one at once and one after 15 s", n)
	}
	if last := b.sent[len(b.sent)-1].m; last.Index != 7 {
		t.Errorf("token %d, want 7", last.Index)
	}
	// A lagging controller's answer undoes what is newer.
	b.connect(2)
	b.deliver(2, list(4, "b1@3"))
	b.deliver(1, list(8, "b1@6", "a2@5"))
	if have, want := strings.Join(f.log, " "), "+a0 +a1 +b0 -a0 -a1 -b0 +b0 +a0 +a1 -b0 +b0"; have != want {
		t.Errorf("have %s\nwant %s", have, want)
	}
	b.deliver(2, model.Msg{Kind: model.SessionRemoved, Body: &model.TokenList{Tokens: []model.Token{4, 5}}})
	if len(f.tokens) != 2 {
		t.Errorf("tokens %v", f.tokens)
	}
}

// TestIdentityGone: the identity goes and is made anew. What is bound afterwards is hosted, unless B35.
func TestIdentityGone(t *testing.T) {
	for bugs, want := range map[model.Bugs]string{
		0: "-a0 -a1 -b0 +c0 -c0 +b0", model.Bugs(0).With(model.B35): "-a0 -a1 -b0",
	} {
		maker, f := fakes()
		cfg := config(model.Ziti210)
		cfg.Bugs = bugs
		b := newBench(t, cfg, maker)
		b.connect(1)
		lease := b.r.model.lease
		b.deliver(1, state(10, 3, lease, "a2@5", "b1@6"))
		f.log = nil
		gone := touchIdentity(11, 10, lease)
		gone.Code = model.NotFound
		b.deliver(1, gone)
		b.deliver(1, change(12, 11, lease, "a0@12"))
		b.deliver(1, touchIdentity(13, 12, lease))
		b.deliver(1, change(14, 13, lease, "c1@14"))
		b.deliver(1, state(20, 13, lease, "b1@19"))
		if have := strings.Join(f.log, " "); have != want || b.r.model.index != 20 {
			t.Errorf("bugs %q: %q, want %q; index %d", bugs, have, want, b.r.model.index)
		}
	}
}

// TestOldSubscription is B34: what comes under a subscription that is over counts. It has to be from the same controller.
func TestOldSubscription(t *testing.T) {
	for bugs, want := range map[model.Bugs]uint64{0: 10, model.Bugs(0).With(model.B34): 11} {
		maker, _ := fakes()
		cfg := config(model.Ziti210)
		cfg.Bugs = bugs
		b := newBench(t, cfg, maker)
		b.connect(1)
		b.connect(2)
		lease := b.r.model.lease
		b.deliver(1, state(10, 3, lease, "a2@5"))
		b.deliver(1, change(11, 10, lease+100, "b1@11"))
		b.deliver(2, change(12, 11, lease, "c1@12"))
		if b.r.model.index != want {
			t.Errorf("bugs %q: index %d, want %d", bugs, b.r.model.index, want)
		}
	}
}
