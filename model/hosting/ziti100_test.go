package hosting

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// sessionWorld scripts controllers for ziti-1.0.0: each knows only its own token; any reply takes 20 ms.
func sessionWorld(params model.Params) *fake {
	f := newFake(model.Ziti100, 3, params)
	f.answer = func(w wire) {
		token := model.NewToken(w.ctrl, 1, 1)
		f.when(f.now.Add(20*sim.Millisecond), func() {
			switch w.m.Kind {
			case model.CreateRequest:
				f.reg.CreateReply(w.ctrl, &model.Msg{
					Kind: model.CreateReply, Req: w.m.Req, Term: w.m.Term, Code: model.OK, Token: token,
					Index: uint64(w.ctrl),
				})
			case model.RemoveRequest:
				f.reg.RemoveReply(w.ctrl, &model.Msg{Kind: model.RemoveReply, Req: w.m.Req, Code: model.OK})
			case model.ValidateSessions:
				var unknown []model.Token
				for _, have := range w.m.Body.(*model.TokenList).Tokens {
					if have != token {
						unknown = append(unknown, have)
					}
				}
				f.reg.SessionsRemoved(w.ctrl, unknown)
			}
		})
	}
	return f
}

func (f *fake) join(id sim.NodeID) {
	f.establish(id)
	f.reg.CtrlEvent(Added, id)
}

// TestSpin is B01: a second controller does not know the session of the first. Each removal is followed by a create
// that is answered with the same session, whose removal is remembered; after five minutes it is not.
func TestSpin(t *testing.T) {
	for _, memory := range []sim.Duration{5 * sim.Minute, 0} {
		params := model.DefaultParams()
		params.RecentlyRemoved = memory
		f := sessionWorld(params)
		f.ctrls[2].latency = sim.Second // everything else goes to the first
		f.at(0, func() { f.join(1) })
		f.at(1000, func() { f.reg.Host(Key{Service: 1}) })
		f.at(60000, func() { f.join(2) })
		f.run(sim.Time(20 * sim.Minute))
		first, last := f.removes[0].at, f.removes[len(f.removes)-1].at
		if first != sim.Time(60*sim.Second+20*sim.Millisecond) {
			t.Errorf("the first removal is at %s", first)
		}
		ended := last.Sub(first) >= memory-40*sim.Millisecond && last.Sub(first) <= memory
		if memory > 0 && (!ended || len(f.removes) != 7500) {
			t.Errorf("memory %s: %d removals from %s to %s", memory, len(f.removes), first, last)
		}
		if memory == 0 && last < sim.Time(20*sim.Minute-sim.Second) {
			t.Errorf("with a memory for ever the last removal is at %s", last)
		}
	}
}

// TestBoundSession: the next create names the session the last one was answered with.
func TestBoundSession(t *testing.T) {
	f := sessionWorld(model.DefaultParams())
	f.at(0, func() { f.join(1) })
	f.at(1000, func() { f.reg.Host(Key{Service: 1}) })
	f.at(2000, func() { f.join(1) })
	f.run(sim.Time(20 * sim.Second))
	if len(f.creates) != 2 || f.creates[0].m.Token != 0 || f.creates[1].m.Token != 1 {
		t.Errorf("creates %+v", f.creates)
	}
}

// TestDuplicateListeners is B02: after a reconnect a terminator listens twice to one session, and two callbacks
// race when it is removed.
func TestDuplicateListeners(t *testing.T) {
	f := sessionWorld(model.DefaultParams())
	f.at(0, func() { f.join(1) })
	f.at(1000, func() { f.reg.Host(Key{Service: 1}) })
	f.at(2000, func() { f.join(1) })
	f.run(sim.Time(25 * sim.Second)) // the runner's first round ends at 10 s, its second at 20 s
	token := model.NewToken(1, 1, 1)
	r := f.reg.(*ziti100)
	if i, found := r.session(token); !found || len(r.sessions[i].listeners) != 2 || r.sessions[i].uses != 2 {
		t.Fatalf("sessions %+v", r.sessions)
	}
	f.reg.SessionsRemoved(2, []model.Token{token})
	f.run(f.now.Add(10 * sim.Millisecond))
	if len(f.removes) != 2 {
		t.Errorf("%d removals", len(f.removes))
	}
}

// TestSessionNeverDropped is B50: closing counts up, so the session is asked about for ever; and closing after it
// was removed counts as another removal, later.
func TestSessionNeverDropped(t *testing.T) {
	f := sessionWorld(model.DefaultParams())
	f.at(0, func() { f.join(1) })
	f.at(1000, func() { f.reg.Host(Key{Service: 1}) })
	f.at(2000, func() { f.reg.Close(Key{Service: 1}) })
	f.run(sim.Time(30 * sim.Second))
	r := f.reg.(*ziti100)
	if len(r.sessions) != 1 || r.sessions[0].uses != 2 || len(r.sessions[0].listeners) != 0 {
		t.Fatalf("sessions %+v", r.sessions)
	}
	release := release100{kind: forget100, token: 77}
	r.forget(&release)
	r.forget(&release)
	if len(r.sessions) != 1 || !r.recentlyRemoved(77) || len(r.ended) != 1 {
		t.Errorf("sessions %+v, removed %+v", r.sessions, r.ended)
	}
}

// TestUnlimited is B14: every create goes out at once, where the others would wait for a worker; the pool's second one
// comes when the first has ended a job.
func TestUnlimited(t *testing.T) {
	for bugs, want := range map[model.Bugs]int{0: 1, model.Bugs(0).With(model.B14): 40} {
		f := newFake(model.Ziti100, 3, model.DefaultParams())
		f.bugs = bugs // nobody answers
		f.at(0, func() { f.join(1) })
		for i := range 40 {
			f.at(1000, func() { f.reg.Host(Key{Service: model.ServiceID(i + 1)}) })
		}
		f.run(sim.Time(2 * sim.Second))
		if len(f.creates) != want {
			t.Errorf("bugs %q: %d creates are out, want %d", bugs, len(f.creates), want)
		}
	}
}
