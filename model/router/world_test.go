package router

import (
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// ctl is a controller that says hello, answers heartbeats, sends its model to whoever subscribes, and creates
// and removes whatever it is asked to.
type ctl struct {
	self  sim.NodeID
	index uint64
	list  *model.DesiredList
}

func (n *ctl) Canon(*sim.Canon) {}

func (n *ctl) Step(_ sim.Time, in *sim.Input[model.Msg], out *sim.Outbox[model.Msg]) {
	m := in.Msg
	switch in.Kind {
	case sim.Up:
		out.Send(in.Conn, model.Msg{Kind: model.CtrlAddresses, Flags: model.IsLeader, Index: 1,
			Body: &model.NodeList{Nodes: []sim.NodeID{n.self}}})
	case sim.Deliver:
		switch m.Kind {
		case model.Heartbeat:
			out.Send(in.Conn, model.Msg{Kind: model.HeartbeatReply, Req: m.Req})
		case model.Subscribe:
			out.Send(in.Conn, model.Msg{Kind: model.DataState, Req: m.Req, Index: n.index, Aux: 1, Body: n.list})
		case model.CreateRequest:
			out.Send(in.Conn, model.Msg{Kind: model.CreateReply, Req: m.Req, Term: m.Term, Code: model.OK})
		case model.RemoveRequest:
			out.Send(in.Conn, model.Msg{Kind: model.RemoveReply, Req: m.Req, Body: m.Body, Code: model.OK})
		}
	}
}

type world struct {
	*sim.World[model.Msg]
	ctl *ctl
	rtr *Router
	cfg *model.Config
	id  sim.NodeID
	reg *fake // nil: the real one
}

func newWorld(release model.Release, reg *fake) *world {
	cfg := config(release)
	cfg.Controllers = []sim.NodeID{1}
	cfg.Names.Nodes = []string{"", "c1", "rtr"}
	w := &world{cfg: cfg, reg: reg, World: sim.New[model.Msg](sim.Config{
		Seed: cfg.Seed, Names: cfg.Names, Link: sim.Link{Latency: 10 * ms, Queue: 16}})}
	list := &model.DesiredList{Wanted: []model.Wanted{{Service: 1, N: 2, Version: 5, Index: 5}}}
	c := w.AddHost("c1", nil, func(uint32) sim.Node[model.Msg] {
		w.ctl = &ctl{self: 1, index: 5, list: list}
		return w.ctl
	})
	w.id = w.AddHost("rtr", Lanes(&cfg.Params), func(uint32) sim.Node[model.Msg] {
		w.rtr = NewWith(cfg, 2, hosting.New)
		if reg != nil {
			w.rtr.maker = func(_ model.Release, e hosting.Env) hosting.Registry { reg.env = e; return reg }
		}
		return w.rtr
	})
	w.Start(c)
	w.Start(w.id)
	w.Command(w.id, model.Msg{Kind: model.OpConnect, Peer: 1})
	return w
}

func (w *world) run(t *testing.T, until sim.Duration) {
	t.Helper()
	if err := w.RunUntil(sim.Time(until)); err != nil {
		t.Fatal(err)
	}
}

// TestSaveAndLoad: the model is written every 30 s if it moved, with the registry's ids, and a restarted router
// hosts from it once any channel exists, before that controller has said anything of the model.
func TestSaveAndLoad(t *testing.T) {
	f := &fake{ids: map[hosting.Key]model.TermID{{Service: 1, Index: 1}: 12, {Service: 1}: 11}}
	w := newWorld(model.Ziti210, f)
	w.run(t, 30*sim.Second-1)
	if w.Disk(w.id).Len(fileModel) != 0 {
		t.Error("saved before the first tick")
	}
	w.run(t, 30*sim.Second)
	m, ok := w.Disk(w.id).Get(fileModel, slotModel)
	if !ok || m.Index != 5 {
		t.Fatalf("on disk: %v, %+v", ok, m)
	}
	f.log = nil
	w.Crash(w.id)
	w.Start(w.id)
	w.Command(w.id, model.Msg{Kind: model.OpConnect, Peer: 1})
	w.ctl.list = &model.DesiredList{} // what it was meanwhile
	w.ctl.index = 9
	w.run(t, 31*sim.Second)
	if have, want := strings.Join(f.log, " "), "+a0 +a1 -a0 -a1"; have != want {
		t.Errorf("after the restart %q, want %q", have, want)
	}
	if f.booted[hosting.Key{Service: 1, Index: 1}] != 12 || len(f.booted) != 2 {
		t.Errorf("ids after the restart: %v", f.booted)
	}
}

// TestEstablish runs the real registry of every release that has a data model to its end.
func TestEstablish(t *testing.T) {
	w := newWorld(model.Ziti210, nil)
	w.run(t, 10*sim.Second)
	var states []model.State
	w.rtr.reg.Entries(func(_ model.TermID, _ hosting.Key, s model.State) { states = append(states, s) })
	if want := []model.State{model.Established, model.Established}; !slices.Equal(states, want) {
		t.Errorf("states %v, want %v", states, want)
	}
}

// TestSameRun: two runs of one seed agree, through a cut long enough for the channel to be closed and a crash.
func TestSameRun(t *testing.T) {
	for _, release := range releases() {
		var digests []uint64
		for range 2 {
			w := newWorld(release, nil)
			w.run(t, 10*sim.Second)
			w.Cut(1, 2)
			w.Cut(2, 1)
			w.run(t, 70*sim.Second)
			w.Mend(1, 2)
			w.Mend(2, 1)
			w.run(t, 100*sim.Second)
			w.Crash(1)
			w.run(t, 130*sim.Second)
			w.Start(1)
			w.run(t, 300*sim.Second)
			if n := w.rtr.registrations(); n != 1 {
				t.Errorf("release %d: %d registrations at the end", release, n)
			}
			digests = append(digests, w.Digest())
		}
		if digests[0] != digests[1] {
			t.Errorf("release %d: digests %x", release, digests)
		}
	}
}

// TestChaos: cuts, pauses, crashes and skewed clocks at random trip no assertion, and once they are over the
// router finds its controller again.
func TestChaos(t *testing.T) {
	for _, release := range releases() {
		for seed := range sim.Seed(20) {
			w := newWorld(release, nil)
			dice := seed.Stream("chaos")
			at := sim.Duration(0)
			for range 60 {
				at += dice.Between(10*ms, 20*sim.Second)
				w.run(t, at)
				id := sim.NodeID(1 + dice.Below(2))
				switch dice.Below(9) {
				case 0:
					w.Crash(id)
				case 1, 2:
					w.Cut(id, 3-id)
				case 3:
					w.Mend(id, 3-id)
				case 4:
					w.Pause(id)
				case 5:
					w.Skew(id, dice.Between(-sim.Minute, sim.Minute))
				case 6:
					w.Break(1, 2)
				default:
					w.recover(id)
				}
			}
			w.recover(1)
			w.recover(2)
			w.run(t, at+20*sim.Minute)
			if w.rtr.registrations() != 1 || w.rtr.connections() != 1 {
				t.Errorf("release %d, seed %d: %d registrations, %d connections at the end",
					release, seed, w.rtr.registrations(), w.rtr.connections())
			}
		}
	}
}

// recover undoes what happened to a host and its links.
func (w *world) recover(id sim.NodeID) {
	w.Resume(id)
	w.Mend(1, 2)
	w.Mend(2, 1)
	w.Skew(id, 0)
	if !w.Up(id) {
		w.Start(id)
		if id == w.id {
			w.Command(w.id, model.Msg{Kind: model.OpConnect, Peer: 1})
		}
	}
}

// TestCanonRepeats: a router at rest is in the same canonical state one heartbeat period later, whatever its
// counters and clocks show.
func TestCanonRepeats(t *testing.T) {
	w := newWorld(model.Ziti210, &fake{})
	hash := func(at sim.Duration) uint64 {
		w.run(t, at)
		c := sim.NewState(w.Now())
		w.rtr.model.expires = 0 // the lease is longer than this test
		w.rtr.model.source = 0
		w.rtr.Canon(c)
		return c.Sum()
	}
	first := hash(100 * sim.Second)
	if second := hash(111 * sim.Second); second != first {
		t.Errorf("state %x after 100s, %x a period of 11s later", first, second)
	}
	if third := hash(113 * sim.Second); third == first {
		t.Errorf("the state does not show the phase of the heartbeat")
	}
}

// BenchmarkQuietHour is a router at rest with one controller.
func BenchmarkQuietHour(b *testing.B) {
	for b.Loop() {
		w := newWorld(model.Ziti210, nil)
		if err := w.RunUntil(sim.Time(sim.Hour)); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(w.Events()), "events/hour")
	}
}

// TestForeignDisk: of what another identity has saved a router takes the ids, and waits for a controller to tell it what
// it may host. A twin has the same identity.
func TestForeignDisk(t *testing.T) {
	for _, c := range []struct {
		owner sim.NodeID
		twins []model.Twin
		want  string
	}{{2, nil, "+a0"}, {3, nil, ""}, {3, []model.Twin{{Node: 2, Of: 3}}, "+a0"}} {
		f := &fake{}
		w := newWorld(model.Ziti210, f)
		w.cfg.Twins = c.twins
		w.run(t, 10*sim.Second)
		w.Crash(w.id)
		body := &saved{services: []model.Wanted{wanted("a1@5", 5)}, owner: c.owner, cache: []cached{{hosting.Key{Service: 1}, 11}}}
		w.Disk(w.id).Put(fileModel, slotModel, model.Msg{Kind: model.Record, Index: 5, Aux: 1, Body: body})
		f.log = nil
		w.Start(w.id)
		w.ctl.list = &model.DesiredList{}
		w.Command(w.id, model.Msg{Kind: model.OpConnect, Peer: 1})
		w.run(t, 10*sim.Second+30*sim.Millisecond)
		if have := strings.Join(f.log, " "); have != c.want || f.booted[hosting.Key{Service: 1}] != 11 {
			t.Errorf("written by %d, twins %v: hosts %q, want %q; ids %v", c.owner, c.twins, have, c.want, f.booted)
		}
	}
}
