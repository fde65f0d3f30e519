package raftlog

import (
	"slices"
	"testing"

	"go.etcd.io/raft/v3/raftpb"

	"gyre/model"
	"gyre/sim"
)

// Goal: what was committed survives a crash after any prefix of the effects of any step.
// Method: one schedule with every kind of step; run it once per step and prefix, restart at once or at the end,
// let it heal, and ask for all commands that were confirmed. With short logs the member left behind is sent a
// snapshot, with long ones entries that overwrite its own.
func TestCrashEverywhere(t *testing.T) {
	t.Run("snapshots", func(t *testing.T) { t.Parallel(); crashEverywhere(t, 6, false) })
	t.Run("entries", func(t *testing.T) { t.Parallel(); crashEverywhere(t, 500, true) })
}

func crashEverywhere(t *testing.T, every int64, atOnce bool) {
	start := func() *cluster {
		cfg := config(4, 3, 3, 1)
		cfg.Params.SnapshotEvery = every
		c := prepare(t, cfg)
		c.atOnce = atOnce
		return c
	}
	plain := start()
	script(plain)
	restores := 0
	for _, m := range plain.nodes[1:4] {
		restores += m.restores
	}
	if (restores > 0) != (every == 6) || plain.erased == 0 {
		t.Errorf("the script restores %d snapshots and erases %d entries", restores, plain.erased)
	}
	cases, stride := 0, 1
	if testing.Short() {
		stride = 17
	}
	for at := 0; at < plain.steps; at += stride {
		for prefix := 0; ; prefix++ {
			c := start()
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

// script has every kind of step in it.
func script(c *cluster) {
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
	for n := range 14 {
		propose(20 + n)
	}
	c.run(200 * sim.Millisecond)
	clear(c.cut) // the old leader has what the others' log overwrites
	c.run(3 * sim.Second)
	act(c.leader(), func(log Log, out *sim.Outbox[model.Msg]) { log.Member(c.now, 4, true, false, out) })
	c.run(3 * sim.Second)
	act(c.leader(), func(log Log, out *sim.Outbox[model.Msg]) { log.Transfer(c.now, 0, out) })
	c.run(sim.Second)
	propose(90)
	act(1, func(log Log, out *sim.Outbox[model.Msg]) { log.Compact(c.now, out) })
	c.run(sim.Second)
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
	if !c.nodes[c.crashed].up {
		c.boot(c.crashed)
	}
	c.run(20 * sim.Second)
	index := c.commit(9999)
	c.run(3 * sim.Second)
	l := c.nodes[c.leader()]
	if len(l.voters) < 3 || l.state.count <= best.count {
		t.Fatalf("step %d prefix %d: %d commands after recovery, %d before; voters %v", at, c.prefix, l.state.count,
			best.count, l.voters)
	}
	c.agree(index, l.voters...)
	for _, id := range l.voters {
		if m := c.nodes[id]; !slices.Equal(m.voters, l.voters) {
			t.Fatalf("step %d prefix %d: ctl%d has voters %v, ctl%d %v", at, c.prefix, id, m.voters, l.id, l.voters)
		}
	}
}

// Goal: what a crash leaves of a restore is sorted out by what is on disk.
func TestLoad(t *testing.T) {
	for _, test := range []struct {
		name             string
		snapshot, term   uint64 // of the snapshot
		first, last, of  uint64 // entries on disk and their term
		base, baseT, end uint64
	}{
		{"fresh", 10, 3, 0, 0, 0, 10, 3, 10},
		{"appended", 10, 3, 11, 14, 4, 10, 3, 14},
		{"compacted", 10, 3, 20, 30, 4, 20, 4, 30},
		{"kept for others", 10, 3, 5, 14, 3, 5, 3, 14},
		{"cut short, the old log ends before", 10, 3, 5, 8, 2, 10, 3, 10},
		{"cut short, the old log conflicts", 10, 3, 5, 14, 2, 10, 3, 10},
		{"cut short, some erased", 10, 3, 5, 11, 2, 10, 3, 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			var disk sim.Disk[model.Msg]
			log, chain := &storage{digest: sim.NewDigest()}, uint64(7)
			disk.Put(fileSnapshot, 0, model.Msg{Index: test.snapshot, Aux: test.term, Req: 7, Body: &savedSnapshot{}})
			for i := test.first; i != 0 && i <= test.last; i++ {
				e := &raftpb.Entry{Index: &i, Term: &test.of}
				chain = log.extend(chain, e)
				disk.Put(fileEntries, i, model.Msg{Index: i, Aux: test.of, Req: chain, Body: savedEntry{e}})
			}
			l := &etcd{disk: log, out: sim.NewOutbox[model.Msg](nil)}
			l.load(&disk)
			s := l.disk
			if s.base != test.base || s.baseT != test.baseT || s.last() != test.end {
				t.Errorf("log %d..%d, term %d", s.base, s.last(), s.baseT)
			}
			for _, e := range l.out.Effects() {
				disk.Delete(e.File, e.Slot)
			}
			for _, slot := range disk.Slots(fileEntries) {
				if slot < s.base || slot > s.last() || slot < s.erased {
					t.Errorf("entry %d is still on disk", slot)
				}
			}
		})
	}
}
