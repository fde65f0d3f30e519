package checker_test

import (
	"strings"
	"testing"

	"gyre/checker"
	"gyre/model"
	"gyre/model/controller"
	"gyre/model/hosting"
	"gyre/model/router"
	"gyre/sim"
)

// Disputes as they come about in whole runs: real controllers, real log, real routers, and inside the router the
// hosting registry of ziti-2.1.0 with a mistake planted around it.

// mutant is a registry with a mistake. It sees every call and may close and host by itself.
type mutant struct {
	hosting.Registry
	env    hosting.Env
	mine   []hosting.Key
	armed  bool
	wait   sim.Duration
	onOK   func(m *mutant, key hosting.Key)
	onBusy func(m *mutant, key hosting.Key)
	onTick func(m *mutant)
	onHost func(m *mutant)
	valid  func(m *mutant) bool
}

const mutantTimer = 900 // none of the registry's own

func (m *mutant) Host(key hosting.Key) {
	m.mine = append(m.mine, key)
	m.Registry.Host(key)
	if m.onHost != nil {
		m.onHost(m)
	}
}

func (m *mutant) key(id model.TermID) (key hosting.Key, found bool) {
	m.Entries(func(i model.TermID, k hosting.Key, _ model.State) {
		if i == id {
			key, found = k, true
		}
	})
	return key, found
}

func (m *mutant) CreateReply(from sim.NodeID, msg *model.Msg) {
	key, found := m.key(msg.Term)
	m.Registry.CreateReply(from, msg)
	switch {
	case found && msg.Code == model.OK && m.onOK != nil:
		m.onOK(m, key)
	case found && msg.Code == model.Busy && m.onBusy != nil:
		m.onBusy(m, key)
	}
}

func (m *mutant) Expire(timer uint32) {
	if timer != mutantTimer {
		m.Registry.Expire(timer)
		return
	}
	m.armed = false
	m.onTick(m)
}

func (m *mutant) Valid(id model.TermID) bool {
	if m.valid != nil {
		return m.valid(m)
	}
	return m.Registry.Valid(id)
}

// later arms the mutant's timer unless it runs.
func (m *mutant) later() {
	if !m.armed {
		m.armed = true
		m.env.Arm(mutantTimer, m.wait)
	}
}

// anew closes a terminator and hosts it again.
func (m *mutant) anew(key hosting.Key) {
	m.Registry.Close(key)
	m.Registry.Host(key)
}

// play runs one or two controllers and a router with such a registry, and judges it.
func play(t *testing.T, services int, params func(p *model.Params), plant func(m *mutant),
	span sim.Duration) (checker.Report, *model.Names) {
	t.Helper()
	const ctl1, ctl2, rtr1 sim.NodeID = 1, 2, 3
	cfg := &model.Config{
		Release: model.Ziti210, Params: model.DefaultParams(), Seed: 5, Voters: 2,
		Names:       &model.Names{Nodes: []string{"", "ctl1", "ctl2", "rtr1"}, Services: []string{"", "web", "db", "api", "ssh"}},
		Controllers: []sim.NodeID{ctl1, ctl2}, Routers: []sim.NodeID{rtr1},
	}
	if params != nil {
		params(&cfg.Params)
	}
	for s := range services {
		service := model.ServiceID(s + 1)
		cfg.Genesis = append(cfg.Genesis, model.Entry{Verb: model.Allow, Service: service, Router: rtr1},
			model.Entry{Verb: model.Bind, Service: service, Router: rtr1, N: 1})
	}
	w := sim.New[model.Msg](sim.Config{Seed: cfg.Seed, Names: cfg.Names,
		Link: sim.Link{Latency: cfg.Params.Latency, Jitter: cfg.Params.Jitter, Queue: int(cfg.Params.SendQueue)}})
	for _, id := range cfg.Controllers {
		w.AddHost(cfg.Names.Nodes[id], controller.Lanes(&cfg.Params),
			func(uint32) sim.Node[model.Msg] { return controller.New(cfg, id) })
	}
	w.AddHost("rtr1", router.Lanes(&cfg.Params), func(uint32) sim.Node[model.Msg] {
		return router.NewWith(cfg, rtr1, func(release model.Release, env hosting.Env) hosting.Registry {
			m := &mutant{Registry: hosting.New(release, env), env: env}
			plant(m)
			return m
		})
	})
	mesh := sim.Link{Latency: cfg.Params.Latency, Queue: sim.QueueMax}
	w.SetLink(ctl1, ctl2, mesh)
	w.SetLink(ctl2, ctl1, mesh)
	c := checker.New(cfg)
	w.Observe(c)
	for id := ctl1; id <= rtr1; id++ {
		w.Start(id)
	}
	for _, id := range cfg.Controllers {
		w.Command(rtr1, model.Msg{Kind: model.OpConnect, Peer: id})
	}
	c.Settle(w.Now())
	for end := sim.Time(span); ; {
		more, err := w.Step(end)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
		if c.WantsState() {
			c.State(w.Now(), w.Events(), w.State(), w.Draws())
		}
	}
	return c.Finish(w.Now()), cfg.Names
}

// TestDisputesInRuns has each kind of mistake spin in a whole run, and looks at what is said about it.
func TestDisputesInRuns(t *testing.T) {
	for _, x := range []struct {
		class    string
		services int
		says     []string
		params   func(p *model.Params)
		plant    func(m *mutant)
	}{
		{"echo", 1, []string{"reacts to the answer to its own write", "got create-reply"}, nil, func(m *mutant) {
			m.onOK = func(m *mutant, key hosting.Key) { m.anew(key) }
		}},
		{"retry storm", 1, []string{"no answer", "asked to remove"}, func(p *model.Params) {
			p.Latency, p.Jitter = 1500*sim.Millisecond, 0
		}, func(m *mutant) {
			m.wait = 4 * sim.Second
			m.onHost = func(m *mutant) { m.later() }
			m.onTick = func(m *mutant) {
				m.Registry.Entries(func(_ model.TermID, _ hosting.Key, state model.State) {
					if state == model.Establishing {
						m.later()
					}
				})
				if m.armed {
					m.anew(m.mine[0])
				}
			}
		}},
		{"starvation", 4, []string{"refused for want of room", "busy"}, func(p *model.Params) {
			p.RaftWindowMin, p.RaftWindowMax, p.WindowMin, p.RaftSlotAge = 1, 1, p.WindowMax, sim.Minute
		}, func(m *mutant) {
			m.onBusy = func(m *mutant, key hosting.Key) {
				for _, k := range m.mine[:4] {
					if k != key {
						m.anew(k)
					}
				}
			}
		}},
		{"resonance", 1, []string{"a timer of rtr1 comes round", "asked to create"}, nil, func(m *mutant) {
			m.wait = sim.Minute
			m.onOK = func(m *mutant, _ hosting.Key) { m.later() }
			m.onTick = func(m *mutant) { m.anew(m.mine[0]) }
		}},
		{"two writers", 1, []string{"undoes what rtr1 writes", "queued its delete"}, nil, func(m *mutant) {
			m.valid = func(m *mutant) bool { m.later(); return false }
			m.wait = 20 * sim.Second
			m.onTick = func(m *mutant) {
				m.Entries(func(id model.TermID, key hosting.Key, _ model.State) {
					m.env.Send(m.env.ModelController(), model.Msg{Kind: model.CreateRequest, Req: m.env.NextReq(), Term: id,
						Service: key.Service, N: key.Index, Router: m.env.Self()})
				})
			}
		}},
	} {
		t.Run(x.class, func(t *testing.T) {
			r, names := play(t, x.services, x.params, x.plant, 25*sim.Minute)
			v := r.Verdict("no-spin")
			if v.Status != checker.Violated || v.Dispute == nil {
				t.Fatalf("%v: %s", v.Status, v.Text)
			}
			d := v.Dispute
			words := d.Class + ": " + d.Why + "\n" + strings.Join(d.Words(names), "\n")
			t.Logf("%s\n%s closed=%v", v.Text, words, d.Closed)
			if d.Class != x.class {
				t.Errorf("%s, want %s", d.Class, x.class)
			}
			for _, s := range x.says {
				if !strings.Contains(words, s) {
					t.Errorf("nothing of %q", s)
				}
			}
			if strings.Contains(words, "?") {
				t.Error("a name is missing")
			}
		})
	}
	r, _ := play(t, 2, nil, func(*mutant) {}, 25*sim.Minute)
	if v := r.Verdict("no-spin"); v.Status != checker.Holds {
		t.Errorf("without a mistake: %s", v.Text)
	}
}

// TestDampedInRun has a registry wait twice as long before each new mistake: the law of the spin is found from the run.
func TestDampedInRun(t *testing.T) {
	for _, x := range []struct {
		by   sim.Duration // wait grows by this much of itself, in per cent
		low  uint64
		high uint64
	}{{100, 1900, 2050}, {50, 1400, 1550}, {0, 0, 0}} {
		r, _ := play(t, 1, nil, func(m *mutant) {
			m.wait = 5 * sim.Second
			m.onOK = func(m *mutant, _ hosting.Key) { m.later() }
			m.onTick = func(m *mutant) {
				m.wait += m.wait * x.by / 100
				m.anew(m.mine[0])
			}
		}, sim.Hour)
		v := r.Verdict("no-spin")
		t.Log(v.Text)
		if v.Status != checker.Violated || v.Growth < x.low || v.Growth > x.high {
			t.Errorf("grown by %d %%: %v, growth %d", x.by, v.Status, v.Growth)
		}
		if strings.Contains(v.Text, "damped: each period is") != (x.by > 0) {
			t.Error("it should say so if the spin is damped, and only then")
		}
	}
}
