package hosting

import (
	"fmt"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// hosted returns a registry of ziti-2.1.0 with n established terminators, connected to its leader, one minute in.
func hosted(n int) *fake {
	f := newFake(model.Ziti210, 5, model.DefaultParams())
	f.replies = true
	f.leader = 1
	f.join(1)
	for i := range n {
		f.reg.Host(Key{Service: model.ServiceID(i + 1)})
	}
	f.run(sim.Time(sim.Minute))
	return f
}

func (f *fake) count(kind string) (n int) {
	for _, l := range f.log {
		if l.kind == kind {
			n++
		}
	}
	return n
}

func (f *fake) states() map[model.State]int {
	states := map[model.State]int{}
	f.reg.Entries(func(_ model.TermID, _ Key, state model.State) { states[state]++ })
	return states
}

// TestQuietCostsNothing: with all established, no timer is armed, and time changes nothing.
func TestQuietCostsNothing(t *testing.T) {
	f := hosted(20)
	f.run(sim.Time(3 * sim.Minute)) // the last minute tick found nothing to do
	if len(f.armed) != 0 || f.states()[model.Established] != 20 {
		t.Fatalf("%d timers armed, states %v", len(f.armed), f.states())
	}
	hash := func() uint64 {
		c := sim.NewState(f.now)
		f.reg.Canon(c)
		return c.Sum()
	}
	before := hash()
	f.run(f.now.Add(5 * sim.Hour))
	if hash() != before {
		t.Error("the canonical state moved with nothing happening")
	}
}

// TestLazyTicks: ticks that are not armed would do nothing. A copy that takes the minute tick at every minute, and
// a turn of the loop at any moment something else looks, does the same at the same times.
func TestLazyTicks(t *testing.T) {
	for seed := sim.Seed(1); seed <= 60; seed++ {
		lazy, eager := soak(model.Ziti210, seed, false), soak(model.Ziti210, seed, true)
		if lazy.text() != eager.text() {
			a, b := lazy.log, eager.log
			for i := range min(len(a), len(b)) {
				if a[i] != b[i] {
					t.Fatalf("seed %d: lazy has %v, eager %v", seed, a[i], b[i])
				}
			}
			t.Fatalf("seed %d: lazy has %d lines, eager %d", seed, len(a), len(b))
		}
	}
}

func (f *fake) text() string { return fmt.Sprint(f.log) }

// TestLostWakeUp is S16c: a request that comes when the re-establish goroutine has decided to end is lost.
func TestLostWakeUp(t *testing.T) {
	f := hosted(1)
	r := f.reg.(*ziti210)
	f.at(70000, func() { r.tryReestablish() })
	f.run(sim.Time(81999 * sim.Millisecond))
	if f.count("reestablish") != 1 || r.phase != ending210 && r.running {
		t.Fatalf("%d passes, phase %d", f.count("reestablish"), r.phase)
	}
	f.at(90000, func() {
		r.phase, r.running = ending210, true // between its last look and its end
		r.tryReestablish()
		r.Task(model.Msg{Kind: model.Task, Aux: passEnded210})
	})
	f.run(sim.Time(3 * sim.Minute))
	if f.count("reestablish") != 1 || !r.required || r.running {
		t.Errorf("%d passes, required %v, running %v", f.count("reestablish"), r.required, r.running)
	}
}

// TestStoredTooLate is S16b: the leader is lost between asking for a pass and remembering that it is connected; when
// it is back, nobody asks.
func TestStoredTooLate(t *testing.T) {
	f := hosted(1)
	f.at(70000, func() {
		f.lose(1)
		f.reg.CtrlEvent(Disconnected, 1)
		f.regain(1)
		f.reg.CtrlEvent(Reconnected, 1)
		f.lose(1)
		f.reg.CtrlEvent(Disconnected, 1) // before the task that stores true
	})
	f.at(100000, func() {
		f.regain(1)
		f.reg.CtrlEvent(Reconnected, 1)
	})
	f.run(sim.Time(5 * sim.Minute))
	if n := f.count("reestablish"); n != 1 {
		t.Errorf("%d passes", n)
	}
}

// TestDeleteHotLoop is S11: a failure that is no busy is sent again at once, for as long as it lasts.
func TestDeleteHotLoop(t *testing.T) {
	f := hosted(2)
	f.replies = false
	f.answer = func(w wire) {
		if w.m.Kind == model.RemoveRequest {
			k := len(f.removes)
			f.when(f.now.Add(10*sim.Millisecond), func() { f.removeReply(k, model.Failed) })
		}
	}
	f.at(70000, func() { f.reg.Close(Key{Service: 1}) })
	f.run(sim.Time(71 * sim.Second))
	if n := len(f.removes); n != 101 || f.limit.backoffs != 0 {
		t.Errorf("%d removes in a second, %d backoffs", n, f.limit.backoffs)
	}
}

// TestDeleteScan is S20: the time of a delete is not kept, so each scan sends another while one is under way.
func TestDeleteScan(t *testing.T) {
	f := hosted(1)
	f.run(sim.Time(5*sim.Minute - sim.Second))
	f.replies = false
	f.pool.workers, f.pool.idle = 2, 2 // a pool with one worker would let the second wait for the first
	f.reg.Close(Key{Service: 1})
	f.run(f.now.Add(2 * sim.Second))
	if len(f.removes) != 2 || f.removes[1].at != sim.Time(5*sim.Minute) {
		t.Errorf("removes %v", f.removes)
	}
}

// TestSleepWithoutController is S30: a worker that finds no controller sleeps up to a minute, whatever happens.
func TestSleepWithoutController(t *testing.T) {
	f := hosted(1)
	f.at(70000, func() {
		f.shut(1)
		f.reg.Close(Key{Service: 1})
	})
	f.at(90000, func() { f.join(1) })
	f.run(sim.Time(4 * sim.Minute))
	// 10 ms doubling: eleven sleeps are 20.47 s.
	if len(f.removes) != 1 || f.removes[0].at != sim.Time(70*sim.Second+10*2047*sim.Millisecond) {
		t.Errorf("%d removes, at %s", len(f.removes), f.removes[0].at)
	}
}

// TestSlotLeak is S27: a retry overwrites the slot of the attempt before, and only the sweep ends that.
func TestSlotLeak(t *testing.T) {
	f := newFake(model.Ziti210, 5, model.DefaultParams())
	f.leader = 1
	f.join(1)
	f.at(1000, func() { f.reg.Host(Key{Service: 1}) })
	f.at(3500, func() { // a re-establish pass of long ago may queue it again
		r := f.reg.(*ziti210)
		r.post(queueEstablish210, r.terms[0], 0)
		r.turn()
	})
	f.at(4000, func() { f.createReply(2, model.OK) })
	f.run(sim.Time(5 * sim.Second))
	if len(f.creates) != 2 || len(f.limit.slots) != 1 {
		t.Errorf("%d creates, %d slots", len(f.creates), len(f.limit.slots))
	}
}

// TestBlockedSend: a delete waits for room in the channel's queue, for as long as a request may take.
func TestBlockedSend(t *testing.T) {
	f := hosted(1)
	f.at(70000, func() {
		f.lose(1)
		for range 16 {
			f.Send(1, model.Msg{Kind: model.Heartbeat})
		}
		f.reg.Close(Key{Service: 1})
	})
	f.at(72000, func() { f.regain(1) })
	f.run(sim.Time(75 * sim.Second))
	if len(f.removes) != 1 || f.removes[0].at != sim.Time(72*sim.Second+10*sim.Millisecond) &&
		f.removes[0].at != sim.Time(72*sim.Second) {
		t.Errorf("removes %v", f.removes)
	}
}

// TestPrune: keys of an earlier life that nobody hosts leave the cache after four hours; the others keep their id.
func TestPrune(t *testing.T) {
	f := newFake(model.Ziti210, 5, model.DefaultParams())
	r := newZiti210(f)
	f.reg = r
	kept, lost := model.NewTermID(9, 7, 1), model.NewTermID(9, 7, 2)
	r.Boot(map[Key]model.TermID{{Service: 1}: kept, {Service: 2}: lost})
	f.reg.Host(Key{Service: 1})
	f.run(sim.Time(5 * sim.Hour))
	if i, found := r.find(kept); !found || r.terms[i].key.Service != 1 {
		t.Error("the cached id was not used")
	}
	if len(r.cache) != 1 || r.cache[Key{Service: 1}] != kept || r.IDCache() != nil {
		t.Errorf("cache %v", r.cache)
	}
}

func BenchmarkReestablish(b *testing.B) {
	for b.Loop() {
		f := newFake(model.Ziti210, 5, model.DefaultParams())
		f.replies, f.leader = true, 1
		f.join(1)
		for i := range 15000 {
			f.reg.Host(Key{Service: model.ServiceID(i)})
		}
		f.run(sim.Time(sim.Minute))
		f.log = nil
		f.lose(1)
		f.reg.CtrlEvent(Disconnected, 1)
		f.regain(1)
		f.reg.CtrlEvent(Reconnected, 1)
		f.run(sim.Time(5 * sim.Minute))
		if f.states()[model.Established] != 15000 {
			b.Fatal(f.states())
		}
	}
}
