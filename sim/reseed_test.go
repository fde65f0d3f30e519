package sim

import "testing"

// arrivals hashes when inputs arrive.
type arrivals struct{ sum uint64 }

func (a *arrivals) Input(s Stamp, _ *Input[rumour]) { a.sum = mix(a.sum, uint64(s.At)) }
func (a *arrivals) Effect(Stamp, *Effect[rumour])   {}
func (a *arrivals) Event(Time, Outside)             {}

// TestReseed forks a run: it is the same up to the fork, and another one afterwards.
func TestReseed(t *testing.T) {
	play := func(fork bool, seed Seed) (before, after uint64) {
		w := newGossip(Config{Seed: 7, Link: Link{Latency: Millisecond, Jitter: 5 * Millisecond}}, 5)
		var seen arrivals
		w.Observe(&seen)
		if err := w.RunUntil(Time(5 * Second)); err != nil {
			t.Fatal(err)
		}
		before = w.Digest()
		if fork {
			w.Reseed(seed)
		}
		if err := w.RunUntil(Time(10 * Second)); err != nil {
			t.Fatal(err)
		}
		return before, seen.sum
	}
	before, after := play(false, 0)
	seen := map[uint64]bool{after: true}
	for seed := range Seed(3) {
		b, a := play(true, seed)
		if b != before {
			t.Error("a fork differs before it parts")
		}
		if seen[a] {
			t.Errorf("the fork with seed %d came to nothing new", seed)
		}
		seen[a] = true
		if _, again := play(true, seed); again != a {
			t.Error("a fork is not repeatable")
		}
	}
	if _, same := play(true, 7); same != after {
		t.Error("the fork with the run's own seed is another run")
	}
}
