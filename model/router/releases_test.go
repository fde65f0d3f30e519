package router

import (
	"fmt"
	"testing"

	"gyre/model"
	"gyre/model/hosting"
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

// machines are the releases with a state machine and a reconnecting dialer.
var machines = []model.Release{model.Ziti140Pre, model.Ziti140, model.Ziti180}

// TestPositionWindow: before ziti#3636 a backoff sets the window to ten less than the position its slot was taken at, if
// that is less, and not below the least; every tenth success grows it by one (controller/command/rate_limiter.go,
// 67ee98c73). Each row takes so many slots, ends the last with a backoff and the others without a word, and then has so
// many successes.
func TestPositionWindow(t *testing.T) {
	for _, release := range machines {
		maker, _ := fakes()
		b := newBench(t, config(release), maker)
		l := &b.r.lim
		for _, c := range []struct{ taken, successes, want int64 }{
			{250, 0, 240},  // 250-10
			{30, 0, 20},    // 30-10
			{15, 9, 5},     // 15-10; nine successes are no step
			{5, 1, 2},      // 5-10 is below the least, so 1; the tenth success
			{1, 10, 2},     // 1-10: 1; the twentieth
			{2, 30, 4},     // 2-10: 1; the thirtieth, fortieth and fiftieth
			{0, 2500, 250}, // 246 steps would do
			{11, 0, 1},     // 11-10
		} {
			b.inside(func() {
				var slots []hosting.Slot
				for range c.taken {
					slots = append(slots, l.Acquire())
				}
				for i, s := range slots {
					if i < len(slots)-1 {
						l.Failed(s)
					} else {
						l.Backoff(s)
					}
				}
				for range c.successes {
					l.Success(l.Acquire())
				}
			})
			if l.window != c.want {
				t.Errorf("release %d: %d slots, %d successes: window %d, want %d", release, c.taken, c.successes, l.window,
					c.want)
			}
		}
	}
}

// TestPositionSweep: a slot that is never ended is a backoff at the sweep, so one lost answer at a quiet time leaves a
// window of one: 1-10.
func TestPositionSweep(t *testing.T) {
	for release, want := range map[model.Release]int64{
		model.Ziti140Pre: 1, model.Ziti140: 1, model.Ziti180: 1, model.Ziti210: 250,
	} {
		maker, _ := fakes()
		b := newBench(t, config(release), maker)
		b.run(sim.Time(sim.Second))
		b.inside(func() { b.r.lim.Acquire() })
		if b.run(sim.Time(60*sim.Second) - 1); b.r.lim.window != 250 {
			t.Errorf("release %d: window %d before the sweep", release, b.r.lim.window)
		}
		if b.run(sim.Time(60 * sim.Second)); b.r.lim.window != want || len(b.r.lim.held) != 0 {
			t.Errorf("release %d: window %d after the sweep, want %d", release, b.r.lim.window, want)
		}
	}
}

// TestToldTwice: the first connection of a channel is told as added and then as back (router/router.go, ec57c80ff: the
// reconnect handler is called once by hand); a later one as back.
func TestToldTwice(t *testing.T) {
	for _, release := range releases() {
		maker, f := fakes()
		b := newBench(t, config(release), maker)
		b.connect(1)
		b.run(b.now)
		want := fmt.Sprint([]ctrlEvent{{hosting.Added, 1}})
		if b.r.prof.twice {
			want = fmt.Sprint([]ctrlEvent{{hosting.Added, 1}, {hosting.Reconnected, 1}})
		}
		if have := fmt.Sprint(f.events); have != want {
			t.Errorf("release %d: events %s, want %s", release, have, want)
		}
	}
	for _, release := range machines {
		if !profileOf(release).twice {
			t.Errorf("release %d tells once", release)
		}
	}
}

// TestDeaf: a router that re-establishes within the call that told of a reconnect reads nothing of that channel for ten
// seconds (B33), and all of it afterwards.
func TestDeaf(t *testing.T) {
	for _, release := range machines {
		b := newBench(t, config(release), hosting.New)
		b.connect(1)
		b.connect(2)
		b.run(sim.Time(60 * sim.Second))
		b.lose(2)
		b.run(b.now)
		b.answerDial(2, true)
		b.hello(2)
		b.deliver(2, model.Msg{Kind: model.LeaderIs, Peer: 2})
		b.deliver(1, model.Msg{Kind: model.LeaderIs, Peer: 1})
		if b.r.leader != 1 {
			t.Errorf("release %d: follows %d; the other channel is read", release, b.r.leader)
		}
		b.run(sim.Time(70*sim.Second) - 1)
		if b.r.leader != 1 || len(b.r.at(2).unread) == 0 {
			t.Errorf("release %d: follows %d before ten seconds are over", release, b.r.leader)
		}
		b.run(sim.Time(70 * sim.Second))
		if b.r.leader != 2 || len(b.r.at(2).unread) != 0 {
			t.Errorf("release %d: follows %d after ten seconds, %d unread", release, b.r.leader, len(b.r.at(2).unread))
		}
	}
}

// TestNoGaps: before ziti#3599 a change is taken whatever it follows, and before c18a594b5 whatever subscription it came
// under, if only from the controller subscribed to.
func TestNoGaps(t *testing.T) {
	for _, release := range machines {
		maker, f := fakes()
		b := newBench(t, config(release), maker)
		b.connect(1)
		b.connect(2)
		b.deliver(1, state(10, 3, b.r.model.lease, "a1@5"))
		f.log = nil
		b.deliver(1, change(15, 12, b.r.model.lease+9, "b1@15"))
		b.deliver(2, change(16, 15, b.r.model.lease, "c1@16"))
		if have := fmt.Sprint(f.log); have != "[+b0]" {
			t.Errorf("release %d: %s, want the change of controller 1 only", release, have)
		}
	}
}
