package router

import (
	"fmt"
	"slices"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// TestSilentController black-holes the only controller at 60 s and looks at what the router takes it for. The times are
// those recorded from OpenZiti's own code (timeline S13 of internal/calibrate).
func TestSilentController(t *testing.T) {
	maker, _ := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.onSend = func(to sim.NodeID, m model.Msg) {
		if m.Kind == model.Heartbeat && b.now < sim.Time(60*sim.Second) {
			b.at(b.now.Add(2*ms), func() { b.deliver(to, model.Msg{Kind: model.HeartbeatReply, Req: m.Req}) })
		}
	}
	b.connect(1)
	var have []string
	unresponsive := false
	for at := sim.Time(0); at <= sim.Time(90*sim.Second); at = at.Add(500 * ms) {
		b.run(at)
		ch := b.r.at(1)
		if ch.beat.unresponsive != unresponsive || !ch.registered {
			unresponsive = ch.beat.unresponsive
			have = append(have, fmt.Sprintf("%d unresponsive=%v registered=%v", at.Milliseconds(), unresponsive, ch.registered))
		}
		if !ch.registered {
			break
		}
	}
	want := []string{
		"73000 unresponsive=true registered=true", "79000 unresponsive=false registered=true",
		"84000 unresponsive=true registered=true", "87000 unresponsive=true registered=false",
	}
	if !slices.Equal(have, want) {
		t.Errorf("have %v\nwant %v", have, want)
	}
	b.run(sim.Time(89 * sim.Second))
	if dials := b.dialed[1]; len(dials) != 2 || dials[1] != sim.Time(88*sim.Second) {
		t.Errorf("dials at %v, want the second at 88s: one second after the close", dials)
	}
}

// TestQuietHour counts the router's own steps in an hour in which nothing happens: with a timer per look there
// would be 3600 per controller.
func TestQuietHour(t *testing.T) {
	maker, _ := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.onSend = func(to sim.NodeID, m model.Msg) {
		if m.Kind == model.Heartbeat {
			b.at(b.now.Add(5*ms), func() { b.deliver(to, model.Msg{Kind: model.HeartbeatReply, Req: m.Req}) })
		}
	}
	b.connect(1)
	b.connect(2)
	b.run(0)
	n := b.run(sim.Time(sim.Hour))
	beats := b.count(model.Heartbeat)
	if want := 2 * 328; beats < want-2 || beats > want {
		t.Errorf("%d heartbeats in an hour, want about %d: one each 11 s per controller", beats, want)
	}
	// A heartbeat, its reply and the settings of the timer that were moved; and the lease.
	if n > 5*beats {
		t.Errorf("%d events in a quiet hour of %d heartbeats", n, beats)
	}
}

// TestHeartbeatTravels: a message sent when a heartbeat is due carries it, and shifts the phase.
func TestHeartbeatTravels(t *testing.T) {
	maker, f := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.onSend = func(to sim.NodeID, m model.Msg) {
		if m.Kind == model.Heartbeat {
			b.at(b.now, func() { b.deliver(to, model.Msg{Kind: model.HeartbeatReply, Req: m.Req}) })
		}
	}
	b.connect(1)
	b.at(sim.Time(11500*ms), func() { b.inside(func() { f.env.Send(1, model.Msg{Kind: model.CreateRequest}) }) })
	b.run(sim.Time(25 * sim.Second))
	var have []int64
	for _, s := range b.sent {
		if s.m.Kind == model.Heartbeat {
			have = append(have, s.at.Milliseconds())
		}
	}
	if want := []int64{1000, 11500, 22000}; !slices.Equal(have, want) {
		t.Errorf("heartbeats at %v, want %v", have, want)
	}
}

// TestLazyLooks compares the lazy timer with a look every second, over every reply delay around the thresholds.
func TestLazyLooks(t *testing.T) {
	for delay := sim.Duration(0); delay <= 33*sim.Second; delay += 700 * ms {
		maker, _ := fakes()
		b := newBench(t, config(model.Ziti210), maker)
		b.onSend = func(to sim.NodeID, m model.Msg) {
			if m.Kind == model.Heartbeat {
				b.at(b.now.Add(delay), func() { b.deliver(to, model.Msg{Kind: model.HeartbeatReply, Req: m.Req}) })
			}
		}
		b.connect(1)
		ch := b.r.at(1)
		for at := sim.Time(0); at < sim.Time(2*sim.Minute); at = at.Add(sim.Second) {
			// Everything before the look has happened, the look itself has not.
			b.run(at - 1)
			if !ch.registered {
				break
			}
			b.now = at
			want := b.r.judge(ch, at)
			look := at > ch.beat.born
			b.run(at)
			if look && ch.registered && ch.beat.unresponsive != want {
				t.Fatalf("delay %v, look at %v: unresponsive %v, want %v", delay, at, ch.beat.unresponsive, want)
			}
		}
	}
}
