package controller

import (
	"testing"
	"time"

	"gyre/model"
	"gyre/sim"
)

// stub is a router that keeps a channel to every controller, sends heartbeats, hosts what it was told to and
// asks one controller to create it.
type stub struct {
	cfg    *model.Config
	self   sim.NodeID
	want   uint32 // terminators
	next   uint32
	flying int
	made   int
	failed int
	conns  map[sim.NodeID]sim.ConnID
	target func(serial uint32) sim.NodeID
}

const (
	stubBeat sim.TimerID = iota + 1
	stubCreate
	stubRedial
)

func (s *stub) Canon(*sim.Canon) {}

func (s *stub) Step(_ sim.Time, in *sim.Input[model.Msg], out *sim.Outbox[model.Msg]) {
	switch in.Kind {
	case sim.Boot:
		s.conns = map[sim.NodeID]sim.ConnID{}
		for _, id := range s.cfg.Controllers {
			out.Dial(id, model.Msg{})
		}
		out.Arm(stubBeat, 10*sim.Second)
		out.Arm(stubCreate, 15*sim.Second)
	case sim.Up:
		s.conns[in.From] = in.Conn
	case sim.Down:
		delete(s.conns, in.From)
		out.Arm(stubRedial, sim.Second)
	case sim.DialFailed:
		out.Arm(stubRedial, sim.Second)
	case sim.Expire:
		s.expire(in.Timer, out)
	case sim.Deliver:
		s.deliver(in, out)
	}
}

func (s *stub) expire(timer sim.TimerID, out *sim.Outbox[model.Msg]) {
	switch timer {
	case stubBeat:
		for _, id := range s.cfg.Controllers {
			if s.conns[id] != 0 {
				out.Send(s.conns[id], model.Msg{Kind: model.Heartbeat})
			}
		}
		out.Arm(stubBeat, 10*sim.Second)
	case stubRedial:
		for _, id := range s.cfg.Controllers {
			if s.conns[id] == 0 {
				out.Dial(id, model.Msg{})
			}
		}
	case stubCreate:
		s.ask(out)
	}
}

func (s *stub) ask(out *sim.Outbox[model.Msg]) {
	for s.next < s.want && s.flying < 40 {
		to := s.cfg.Controllers[0]
		if s.target != nil {
			to = s.target(s.next)
		}
		id := model.NewTermID(s.self, 1, s.next+1)
		if !out.Send(s.conns[to], model.Msg{Kind: model.CreateRequest, Req: uint64(s.next), Term: id, Service: web,
			Router: s.self}) {
			out.Arm(stubCreate, 10*sim.Millisecond)
			return
		}
		s.next++
		s.flying++
	}
}

func (s *stub) deliver(in *sim.Input[model.Msg], out *sim.Outbox[model.Msg]) {
	switch m := in.Msg; m.Kind {
	case model.CreateReply:
		s.flying--
		if m.Code == model.OK {
			s.made++
		} else {
			s.failed++
		}
		s.ask(out)
	case model.ValidateRequest:
		answer := &model.CheckList{}
		for _, k := range m.Body.(*model.CheckList).Checks {
			k.Valid = uint32(k.Term) <= s.want
			answer.Checks = append(answer.Checks, k)
		}
		out.Send(in.Conn, model.Msg{Kind: model.ValidateReply, Req: m.Req, Body: answer})
	}
}

// cluster builds a world of three controllers and some routers, each with so many terminators to make.
func cluster(release model.Release, routers int, terms uint32, target func(serial uint32) sim.NodeID) (
	*sim.World[model.Msg], []*stub, func(id sim.NodeID) *controller) {
	w, stubs, node := clusterOf(testConfig(release), routers, terms, target)
	for id := sim.NodeID(1); int(id) <= w.Hosts(); id++ {
		w.Start(id)
	}
	return w, stubs, node
}

// clusterOf builds a world of the three controllers of cfg, be they members or spares, and starts nothing.
func clusterOf(cfg *model.Config, routers int, terms uint32, target func(serial uint32) sim.NodeID) (
	*sim.World[model.Msg], []*stub, func(id sim.NodeID) *controller) {
	cfg.Routers, cfg.Genesis, cfg.Names.Nodes = nil, nil, []string{"", "ctl1", "ctl2", "ctl3"}
	for i := range routers {
		id := rtr4 + sim.NodeID(i)
		cfg.Routers = append(cfg.Routers, id)
		cfg.Names.Nodes = append(cfg.Names.Nodes, "rtr"+string(rune('a'+i)))
		cfg.Genesis = append(cfg.Genesis, model.Entry{Verb: model.Bind, Service: web, Router: id, N: 1},
			model.Entry{Verb: model.Allow, Service: web, Router: id})
	}
	w := sim.New[model.Msg](sim.Config{Seed: cfg.Seed, Names: cfg.Names,
		Link: sim.Link{Latency: cfg.Params.Latency, Jitter: cfg.Params.Jitter}})
	nodes := map[sim.NodeID]*controller{}
	for i := range 3 {
		id := sim.NodeID(i + 1)
		w.AddHost(cfg.Names.Nodes[id], Lanes(&cfg.Params), func(uint32) sim.Node[model.Msg] {
			n := New(cfg, id)
			nodes[id] = n.(*controller)
			return n
		})
	}
	var stubs []*stub
	for _, id := range cfg.Routers {
		s := &stub{cfg: cfg, self: id, want: terms, target: target}
		stubs = append(stubs, s)
		w.AddHost(cfg.Names.Nodes[id], nil, func(uint32) sim.Node[model.Msg] { return s })
	}
	return w, stubs, func(id sim.NodeID) *controller { return nodes[id] }
}

func run(t testing.TB, w *sim.World[model.Msg], until sim.Duration) {
	t.Helper()
	if err := w.RunUntil(sim.Time(until)); err != nil {
		t.Fatal(err)
	}
}

// Creates through every controller reach every controller, and nobody deletes them.
func TestClusterCreates(t *testing.T) {
	for _, release := range releases() {
		w, stubs, node := cluster(release, 2, 60, func(serial uint32) sim.NodeID { return sim.NodeID(serial%3) + 1 })
		run(t, w, 2*sim.Minute)
		for _, s := range stubs {
			if s.made != 60 || s.failed != 0 {
				t.Errorf("release %d: router %d made %d, failed %d", release, s.self, s.made, s.failed)
			}
		}
		for id := ctl1; id <= ctl3; id++ {
			if n := node(id).db.counts[web]; n != 120 {
				t.Errorf("release %d: %d rows at controller %d", release, n, id)
			}
			if got, want := node(id).db.content(), node(1).db.content(); got != want {
				t.Errorf("release %d: controllers %d and 1 differ", release, id)
			}
			if n := len(node(id).loop.letters); n != 0 {
				t.Errorf("release %d: %d letters left", release, n)
			}
			for i := range node(id).ops {
				if node(id).ops[i].stage != stageFree {
					t.Errorf("release %d: an operation is left at controller %d", release, id)
				}
			}
		}
	}
}

// The validation after a create, and the one on connect, delete what the router does not host.
func TestClusterValidates(t *testing.T) {
	for _, release := range releases() {
		w, stubs, node := cluster(release, 1, 20, nil)
		run(t, w, 17*sim.Second)
		stubs[0].want = 15 // five are no longer hosted
		run(t, w, 3*sim.Minute)
		if n := node(2).db.counts[web]; n != 15 {
			t.Errorf("release %d: %d rows after the validation of creates, want 15", release, n)
		}
		stubs[0].want = 10
		w.Crash(rtr4)
		w.Start(rtr4)
		run(t, w, 6*sim.Minute)
		if n := node(2).db.counts[web]; n != 10 {
			t.Errorf("release %d: %d rows after the validation on connect, want 10", release, n)
		}
	}
}

// A crash of each controller in turn loses nothing that was answered.
func TestClusterCrashes(t *testing.T) {
	w, stubs, node := cluster(model.Ziti210, 2, 200, func(serial uint32) sim.NodeID { return sim.NodeID(serial%3) + 1 })
	for i, at := 0, 16*sim.Second; i < 9; i, at = i+1, at+20*sim.Second {
		run(t, w, at)
		id := sim.NodeID(i%3) + 1
		w.CrashAfter(id, i)
		run(t, w, at+5*sim.Second)
		if !w.Up(id) {
			w.Start(id)
		}
	}
	run(t, w, 6*sim.Minute)
	made := 0
	for _, s := range stubs {
		made += s.made
	}
	for id := ctl1; id <= ctl3; id++ {
		if n := node(id).db.counts[web]; int(n) < made || made == 0 {
			t.Errorf("%d rows at controller %d, %d were confirmed", n, id, made)
		}
		if got, want := node(id).db.content(), node(1).db.content(); got != want {
			t.Errorf("controllers %d and 1 differ", id)
		}
	}
}

func TestClusterRepeats(t *testing.T) {
	digest := func() uint64 {
		w, _, _ := cluster(model.Ziti210, 3, 100, nil)
		run(t, w, 2*sim.Minute)
		return w.Digest()
	}
	if a, b := digest(), digest(); a != b {
		t.Errorf("two runs, digests %x and %x", a, b)
	}
}

// Goal: the figures of the plan. An hour without news costs few events; 15,000 creates cost under a second.
func TestClusterCost(t *testing.T) {
	if testing.Short() {
		t.Skip()
	}
	w, stubs, _ := cluster(model.Ziti210, 6, 2500, nil)
	start := time.Now()
	run(t, w, 3*sim.Minute)
	made := 0
	for _, s := range stubs {
		made += s.made
	}
	t.Logf("%d creates: %d events, %v", made, w.Events(), time.Since(start))
	before := w.Events()
	start = time.Now()
	run(t, w, 63*sim.Minute)
	t.Logf("a quiet hour: %d events, %v", w.Events()-before, time.Since(start))
}

// A controller that was away for longer than the log remembers is sent a snapshot, restarts itself (not in
// v1.0.0), and has what the others have.
func TestClusterRestores(t *testing.T) {
	for _, release := range []model.Release{model.Ziti100, model.Ziti210} {
		w, _, node := cluster(release, 2, 800, nil)
		run(t, w, 14*sim.Second)
		away := ctl2
		if node(2).leads {
			away = ctl3
		}
		w.Crash(away)
		run(t, w, 2*sim.Minute)
		life := w.Life(away)
		w.Start(away)
		run(t, w, 3*sim.Minute)
		if got, want := node(away).db.content(), node(1).db.content(); got != want {
			t.Errorf("release %d: the restored controller differs", release)
		}
		want := life + 2
		if release == model.Ziti100 {
			want--
		}
		if w.Life(away) != want {
			t.Errorf("release %d: %d lives, want %d", release, w.Life(away), want)
		}
		if n := w.Disk(away).Len(fileRows); n < 1500 {
			t.Errorf("release %d: %d rows on disk", release, n)
		}
	}
}

// A forwarded command survives the change of the leader as one of the known outcomes, and never twice.
func TestClusterLeaderChanges(t *testing.T) {
	w, stubs, node := cluster(model.Ziti210, 2, 300, func(serial uint32) sim.NodeID { return sim.NodeID(serial%3) + 1 })
	for i := range 40 {
		run(t, w, 15*sim.Second+sim.Duration(i)*700*sim.Millisecond)
		for id := ctl1; id <= ctl3; id++ {
			if node(id).leads {
				w.Invoke(id, model.Msg{Kind: model.OpTransfer})
				break
			}
		}
	}
	run(t, w, 3*sim.Minute)
	for _, s := range stubs {
		if s.made == 0 || s.made+s.failed != 300 {
			t.Errorf("router %d: made %d, failed %d of 300", s.self, s.made, s.failed)
		}
	}
	for id := ctl1; id <= ctl3; id++ {
		for i := range node(id).ops {
			if o := &node(id).ops[i]; o.stage != stageFree {
				t.Errorf("controller %d: an operation waits in stage %d", id, o.stage)
			}
		}
		if node(id).window.taken != 0 || len(node(id).tickets) != 0 || node(id).inbound.working != 0 {
			t.Errorf("controller %d: %d slots, %d tickets, %d workers are taken", id, node(id).window.taken,
				len(node(id).tickets), node(id).inbound.working)
		}
	}
}
