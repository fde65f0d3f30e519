package raftlog

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// Goal: what was committed survives a crash after any prefix of the effects of any step.
// Method: one schedule with every kind of step; run it once per step and prefix, restart, let it heal, and ask
// for all commands that were confirmed.
func TestCrashEverywhere(t *testing.T) {
	script := func(c *cluster) (confirmed []uint64) {
		propose := func(n int) {
			l := c.leader()
			if l == 0 {
				return
			}
			c.propose(l, n)
		}
		act := func(id sim.NodeID, f func(log Log, out *sim.Outbox[model.Msg])) {
			if m := c.nodes[id]; id != 0 && m.up {
				c.step(id, func(out *sim.Outbox[model.Msg]) { f(m.log, out) })
			}
		}
		for _, m := range c.nodes[1:] {
			c.boot(m.id)
		}
		c.run(8 * sim.Second)
		for n := range 4 {
			propose(n)
		}
		c.run(100 * sim.Millisecond)
		// A leader alone appends what its successor overwrites.
		l := c.leader()
		c.isolate(max(l, 1), true)
		for n := range 3 {
			propose(10 + n)
		}
		c.run(10 * sim.Second)
		for n := range 30 {
			propose(20 + n)
		}
		c.run(200 * sim.Millisecond)
		clear(c.cut) // the old leader is behind the others' logs: it gets a snapshot
		c.run(3 * sim.Second)
		act(c.leader(), func(log Log, out *sim.Outbox[model.Msg]) { log.Member(c.now, 4, true, false, out) })
		c.run(3 * sim.Second)
		act(c.leader(), func(log Log, out *sim.Outbox[model.Msg]) { log.Transfer(c.now, 0, out) })
		c.run(sim.Second)
		propose(90)
		act(1, func(log Log, out *sim.Outbox[model.Msg]) { log.Compact(c.now, out) })
		c.run(sim.Second)
		return nil
	}
	cfg := func() *model.Config {
		cfg := config(4, 3, 3, 1)
		cfg.Params.SnapshotEvery = 6
		return cfg
	}
	plain := prepare(t, cfg())
	script(plain)
	cases, stride := 0, 1
	if testing.Short() {
		stride = 17
	}
	for at := 0; at < plain.steps; at += stride {
		for prefix := 0; ; prefix++ {
			c := prepare(t, cfg())
			c.crashAt, c.prefix = at, prefix
			script(c)
			if c.crashed == 0 {
				t.Fatalf("step %d was not reached", at)
			}
			cases++
			c.recover(t, at)
			if prefix >= c.widest {
				break
			}
		}
	}
	t.Logf("%d steps, %d crashes", plain.steps, cases)
}

// recover restarts the node that crashed and checks that the cluster heals with nothing lost.
func (c *cluster) recover(t *testing.T, at int) {
	t.Helper()
	best := &fsm{}
	for _, m := range c.nodes[1:] {
		if m.state != nil && m.state.index > best.index {
			best = m.state
		}
	}
	clear(c.cut)
	c.crashAt = -1
	c.boot(c.crashed)
	c.run(20 * sim.Second)
	index := c.commit(9999)
	c.run(3 * sim.Second)
	l := c.nodes[c.leader()]
	if len(l.voters) < 3 || l.state.count <= best.count {
		t.Fatalf("step %d prefix %d: %d commands after recovery, %d before; voters %v", at, c.prefix, l.state.count,
			best.count, l.voters)
	}
	c.agree(index, l.voters...)
}
