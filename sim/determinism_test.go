package sim

import "testing"

// gossip is a node that does a bit of everything, driven by its own random stream: the subject of the tests of
// determinism and of the benchmarks. It allocates nothing.
type gossip struct {
	id     NodeID
	peers  NodeID
	stream Stream
	conns  [8]ConnID
	heard  uint64
	drawn  uint64
}

// rumour is its message.
type rumour struct {
	kind uint64
	n    uint64
}

func (r rumour) Canon(c *Canon) {
	c.Kind(r.kind, "rumour")
	c.Count("n", r.n, r.n)
}

func (g *gossip) Canon(c *Canon) {
	c.Count("heard", g.heard, g.heard)
	for i := range g.conns {
		c.Flag("conn", g.conns[i] != 0)
	}
	c.Count("drawn", g.drawn, 0)
}

func (g *gossip) draw(n uint64) uint64 {
	g.drawn++
	return g.stream.Below(n)
}

func (g *gossip) Step(_ Time, in *Input[rumour], out *Outbox[rumour]) {
	switch in.Kind {
	case Boot:
		out.Arm(1, Duration(g.draw(1000))*Millisecond)
		for peer := NodeID(1); peer < g.id && peer < 8; peer++ {
			out.Dial(peer, rumour{})
		}
	case Up:
		if in.From < 8 {
			g.conns[in.From] = in.Conn
		}
	case Down:
		if in.From < 8 && g.conns[in.From] == in.Conn {
			g.conns[in.From] = 0
			out.Dial(in.From, rumour{})
		}
	case DialFailed:
		out.Dial(in.From, rumour{})
	case Expire:
		if in.Timer == 1 {
			out.Arm(1, Duration(500+g.draw(1000))*Millisecond)
			out.Arm(2, 10*Second)
			out.Defer(0, rumour{kind: 1, n: g.heard})
		}
	case Work:
		peer := NodeID(1 + g.draw(7))
		if conn := g.conns[peer]; conn != 0 {
			out.Send(conn, rumour{kind: 2, n: in.Msg.n})
		} else {
			out.Datagram(1+NodeID(g.draw(uint64(g.peers))), rumour{kind: 3, n: in.Msg.n})
		}
	case Deliver:
		g.heard++
		out.Note(rumour{kind: 4, n: g.heard})
		if g.heard%8 == 0 {
			out.Save(1, 1, rumour{kind: 5, n: g.heard})
		}
	}
}

// newGossip returns a running world of n gossips.
func newGossip(cfg Config, n int) *World[rumour] {
	w := New[rumour](cfg)
	lanes := []Lane{{Name: "work", Workers: 2, Queue: 8, Min: Millisecond, Max: 3 * Millisecond}}
	for i := 1; i <= n; i++ {
		name := "n" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676))
		w.AddHost(name, lanes, func(uint32) Node[rumour] {
			return &gossip{id: NodeID(i), peers: NodeID(n), stream: cfg.Seed.Stream("gossip/" + name)}
		})
	}
	for i := 1; i <= n; i++ {
		w.Start(NodeID(i))
	}
	return w
}

// torment runs a gossip world through faults and returns its digest and canonical state.
func torment(t testing.TB, cfg Config) (digest, state uint64) {
	cfg.Link = Link{Latency: 5 * Millisecond, Jitter: 20 * Millisecond, Loss: 50, Copies: 50}
	w := newGossip(cfg, 12)
	faults := cfg.Seed.Stream("faults")
	for range 60 {
		a, b := NodeID(1+faults.Below(12)), NodeID(1+faults.Below(12))
		switch faults.Below(10) {
		case 0:
			w.Crash(a)
		case 1:
			w.Start(a)
		case 2:
			w.Pause(a)
		case 3:
			w.Resume(a)
		case 4:
			w.Cut(a, b)
		case 5:
			w.Mend(a, b)
		case 6:
			w.Stall(a, b)
		case 7:
			w.HalfOpen(a, b)
		case 8:
			w.Break(a, b)
		case 9:
			w.CrashAfter(a, int(faults.Below(4)))
		}
		if err := w.RunUntil(w.Now().Add(Duration(faults.Below(3000)) * Millisecond)); err != nil {
			t.Fatal(err)
		}
	}
	return w.Digest(), w.State()
}

func TestSameSeedSameRun(t *testing.T) {
	seen := map[uint64]Seed{}
	for seed := Seed(1); seed <= 20; seed++ {
		digest, state := torment(t, Config{Seed: seed})
		if other, ok := seen[digest]; ok {
			t.Errorf("seeds %d and %d give one digest", seed, other)
		}
		seen[digest] = seed
		for _, cfg := range []Config{{Seed: seed}, {Seed: seed, Heap: true}} {
			if d, s := torment(t, cfg); d != digest || s != state {
				t.Errorf("seed %d heap=%v: digest %x state %x, first run %x %x", seed, cfg.Heap, d, s, digest, state)
			}
		}
	}
}

// TestShuffleIsSeeded wants the order of one instant to be drawn: repeatable, and different from first come,
// first served.
func TestShuffleIsSeeded(t *testing.T) {
	differ := 0
	for seed := Seed(1); seed <= 10; seed++ {
		plain, _ := torment(t, Config{Seed: seed})
		first, _ := torment(t, Config{Seed: seed, Shuffle: true})
		second, _ := torment(t, Config{Seed: seed, Shuffle: true})
		if first != second {
			t.Errorf("seed %d: two shuffled runs differ", seed)
		}
		if first != plain {
			differ++
		}
	}
	if differ == 0 {
		t.Error("shuffling changed nothing in ten runs")
	}
}

// TestStreamsArePinned pins the generator: a change of it would make every seed in every report meaningless.
func TestStreamsArePinned(t *testing.T) {
	s := Seed(7).Stream("net/ctl1->rtr1")
	want := [4]uint64{0x18ca1b7f4eca2a05, 0xe19114859bb07a31, 0x360e02872053cd28, 0xdccff1d4827f89ca}
	for i, n := range want {
		if got := s.Next(); got != n {
			t.Errorf("draw %d is %#x, want %#x", i, got, n)
		}
	}
}

// TestStateSeesALoop wants equal canonical states one period apart in a world without chance, and different ones
// inside the period.
func TestStateSeesALoop(t *testing.T) {
	s := connected(t, tenMillis)
	s.na.step = func(_ Time, in *Input[word], out *Outbox[word]) {
		if in.Kind == Deliver || in.Kind == Command {
			out.Send(s.na.conn, "ping")
		}
	}
	s.nb.step = func(_ Time, in *Input[word], out *Outbox[word]) { out.Send(s.nb.conn, "pong") }
	s.Command(s.a, "")
	s.run(100 * Millisecond)
	draws, roots := s.Draws(), s.Roots()
	first := s.State()
	s.run(10 * Millisecond)
	if s.State() == first {
		t.Error("half a period looks like a whole one")
	}
	s.run(10 * Millisecond)
	if s.State() != first {
		t.Error("one period on, the state differs")
	}
	if s.Draws() != draws || s.Roots() != roots {
		t.Error("chance or an outside event had a part in the loop")
	}
}
