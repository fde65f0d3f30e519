package sim

import "testing"

// TestReseed forks a run: it is the same up to the fork, and another one afterwards.
func TestReseed(t *testing.T) {
	play := func(fork bool, seed Seed) (before, after uint64) {
		w := New[rumour](Config{Seed: 7, Link: Link{Latency: Millisecond, Jitter: 5 * Millisecond}})
		for id := NodeID(1); id <= 3; id++ {
			w.AddHost(string(rune('a'+id)), nil, func(uint32) Node[rumour] {
				return &gossip{id: id, peers: 3, stream: Seed(id).Stream("gossip")}
			})
		}
		for id := NodeID(1); id <= 3; id++ {
			w.Start(id)
		}
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
		return before, w.State()
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
