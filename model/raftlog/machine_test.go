package raftlog

import (
	"testing"

	"pgregory.net/rapid"

	"gyre/model"
	"gyre/sim"
)

// shrinking is a test whose failures rapid can make smaller.
type shrinking struct {
	testing.TB
	rt *rapid.T
}

func (s shrinking) Fatalf(format string, args ...any) { s.rt.Fatalf(format, args...) }

// logMachine drives a cluster beside the plainest log there is: what was applied at each index, by whoever came first.
type logMachine struct {
	c     *cluster
	log   map[uint64]int    // command at an index
	where map[int]uint64    // and the index of a command
	state map[uint64]uint64 // hash of the state after an index
	asks  []ask
}

// ask is a command that was proposed.
type ask struct {
	node   sim.NodeID
	life   uint32
	ticket Ticket
	code   model.Code
	since  uint64 // highest index that was known to be OK when it was proposed
	done   bool   // settled as OK
	never  bool   // settled as not applied
}

// TestLogMachine: whatever is proposed, crashed, cut off, elected and compacted, every member applies one log, a command
// at most once; what was confirmed is in it where it was said to be, after all that had been confirmed before; what was
// refused is not; and when it is left alone, the cluster agrees.
func TestLogMachine(t *testing.T) { rapid.Check(t, logProperty(t, func(*cluster) {})) }

// logProperty plays the machine on a cluster into which a mistake may be planted.
func logProperty(t *testing.T, plant func(c *cluster)) func(*rapid.T) {
	return func(rt *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(rt, "controllers")
		cfg := config(rapid.Uint64Range(0, 1<<20).Draw(rt, "seed"), n, rapid.IntRange((n+1)/2, n).Draw(rt, "voters"), 0)
		cfg.Params.SnapshotEvery = rapid.Int64Range(2, 40).Draw(rt, "every")
		m := &logMachine{log: map[uint64]int{}, where: map[int]uint64{}, state: map[uint64]uint64{}}
		m.c = prepare(shrinking{t, rt}, cfg)
		m.c.jitter = 20 * sim.Millisecond
		m.c.lie = m.applied
		plant(m.c)
		for id := range cfg.Controllers {
			m.c.boot(sim.NodeID(id + 1))
		}
		m.c.run(8 * sim.Second)
		node := rapid.Custom(func(t *rapid.T) sim.NodeID { return sim.NodeID(rapid.IntRange(1, n).Draw(t, "node")) })
		act := func(do func(log Log, out *sim.Outbox[model.Msg])) func(*rapid.T) {
			return func(rt *rapid.T) {
				if x := m.c.nodes[node.Draw(rt, "of")]; x.up {
					m.c.step(x.id, func(out *sim.Outbox[model.Msg]) { do(x.log, out) })
				}
			}
		}
		run := func(rt *rapid.T) {
			m.c.run(sim.Duration(rapid.Int64Range(1, 3_000_000).Draw(rt, "span")))
		}
		rt.Repeat(map[string]func(*rapid.T){
			"run": run, "run on": run, "run more": run,
			"propose": func(rt *rapid.T) { m.propose(node.Draw(rt, "to")) },
			"burst": func(rt *rapid.T) {
				for range rapid.IntRange(1, 20).Draw(rt, "commands") {
					m.propose(max(1, m.c.leader()))
				}
			},
			"crash": func(rt *rapid.T) { m.c.crash(node.Draw(rt, "of")) },
			"crash within": func(rt *rapid.T) {
				m.c.crashAt, m.c.prefix = m.c.steps+rapid.IntRange(0, 5).Draw(rt, "step"), rapid.IntRange(0, 4).Draw(rt, "prefix")
			},
			"boot": func(rt *rapid.T) {
				if id := node.Draw(rt, "of"); !m.c.nodes[id].up {
					m.c.boot(id)
				}
			},
			"cut off":  func(rt *rapid.T) { m.c.isolate(node.Draw(rt, "of"), true) },
			"mend":     func(*rapid.T) { clear(m.c.cut) },
			"elect":    act(func(log Log, out *sim.Outbox[model.Msg]) { log.Elect(m.c.now, out) }),
			"compact":  act(func(log Log, out *sim.Outbox[model.Msg]) { log.Compact(m.c.now, out) }),
			"transfer": act(func(log Log, out *sim.Outbox[model.Msg]) { log.Transfer(m.c.now, 0, out) }),
			"lag":      act(func(log Log, out *sim.Outbox[model.Msg]) { log.SetLag(m.c.now, 50*sim.Millisecond, out) }),
			"":         m.check,
		})
		m.heal(rt)
	}
}

func (m *logMachine) propose(id sim.NodeID) {
	x := m.c.nodes[id]
	if !x.up {
		return
	}
	a := ask{node: id, life: x.life}
	for _, b := range m.asks {
		if b.done {
			a.since = max(a.since, m.where[m.number(b)])
		}
	}
	m.asks = append(m.asks, a)
	i := len(m.asks) - 1
	m.asks[i].ticket, m.asks[i].code = m.c.propose(id, i)
}

func (m *logMachine) number(a ask) int {
	for i := range m.asks {
		if m.asks[i].ticket == a.ticket && m.asks[i].node == a.node && m.asks[i].life == a.life {
			return i
		}
	}
	return -1
}

// applied is told of every command that a member applies.
func (m *logMachine) applied(x *member, e *model.Entry) *model.Entry {
	index, n := x.state.index+1, int(e.N)
	if old, ok := m.log[index]; ok && old != n {
		m.c.t.Fatalf("ctl%d applies command %d at index %d, where others have %d", x.id, n, index, old)
	}
	if old, ok := m.where[n]; ok && old != index {
		m.c.t.Fatalf("ctl%d applies command %d at index %d, and it is at %d too", x.id, n, index, old)
	}
	if since := m.asks[n].since; index <= since {
		m.c.t.Fatalf("command %d is at index %d, and what was confirmed before it was proposed is at %d", n, index, since)
	}
	m.log[index], m.where[n] = n, index
	return e
}

// check holds what members say against the log.
func (m *logMachine) check(rt *rapid.T) {
	for _, x := range m.c.nodes[1:] {
		hash, ok := m.state[x.state.index]
		if ok && hash != x.state.hash {
			rt.Fatalf("ctl%d: the state at index %d is not that of others", x.id, x.state.index)
		}
		m.state[x.state.index] = x.state.hash
	}
	for i := range m.asks {
		a := &m.asks[i]
		x := m.c.nodes[a.node]
		r, settled := result{}, false
		if a.code == model.OK && x.life == a.life {
			r, settled = x.outcomes[a.ticket]
		}
		at, there := m.where[i]
		switch {
		case settled && r.code == model.OK:
			if a.done = true; !there || at != r.index {
				rt.Fatalf("ctl%d said that command %d is at index %d: there %v, at %d", a.node, i, r.index, there, at)
			}
		case a.code != model.OK, settled && r.code != model.LeadershipLost:
			a.never = true
		}
		if a.never && there {
			rt.Fatalf("ctl%d refused command %d (%s, %s), and it is at index %d", a.node, i, a.code, r.code, at)
		}
	}
}

// heal leaves the cluster alone: it must come to agree on all that was confirmed.
func (m *logMachine) heal(rt *rapid.T) {
	c := m.c
	clear(c.cut)
	c.crashAt = -1
	for _, x := range c.nodes[1:] {
		if !x.up {
			c.boot(x.id)
		}
		c.step(x.id, func(out *sim.Outbox[model.Msg]) { x.log.SetLag(c.now, 0, out) })
	}
	c.run(sim.Minute)
	last := len(m.asks)
	if c.leader() == 0 {
		rt.Fatal("nobody leads")
	}
	m.propose(c.leader())
	c.run(10 * sim.Second)
	m.check(rt)
	if !m.asks[last].done {
		rt.Fatalf("command %d does not come through", last)
	}
	for _, x := range c.nodes[1:] {
		if *x.state != *c.nodes[1].state {
			rt.Fatalf("ctl%d is at %+v, ctl1 at %+v", x.id, *x.state, *c.nodes[1].state)
		}
	}
}
