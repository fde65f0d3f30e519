package raftlog

import (
	"slices"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// Goal: spares join as learner and voter, by snapshot; members leave, even the leader; the rest goes on.
func TestMembers(t *testing.T) {
	c := newCluster(t, config(5, 3, 2, 2))
	member := func(id sim.NodeID, join, learner bool) (code model.Code) {
		l := c.elect()
		c.step(l, func(out *sim.Outbox[model.Msg]) { code = c.nodes[l].log.Member(c.now, id, join, learner, out) })
		return code
	}
	c.commit(1)
	// Two at once: the second waits for the first.
	if a, b := member(4, true, true), member(5, true, false); a != model.OK || b != model.OK {
		t.Fatal(a, b)
	}
	c.agree(c.commit(2), 1, 2, 3, 4, 5)
	for _, id := range []sim.NodeID{1, 5} {
		m := c.nodes[id]
		if !slices.Equal(m.voters, []sim.NodeID{1, 2, 5}) || !slices.Equal(m.learners, []sim.NodeID{3, 4}) {
			t.Errorf("ctl%d: voters %v learners %v", id, m.voters, m.learners)
		}
	}
	if c.nodes[4].restores != 1 || c.nodes[5].restores != 1 {
		t.Errorf("restores %d and %d", c.nodes[4].restores, c.nodes[5].restores)
	}
	member(4, true, false)
	c.agree(c.commit(3), 1, 2, 3, 4, 5)
	l := c.leader()
	if code := member(l, false, false); code != model.OK {
		t.Fatal(code)
	}
	c.run(20 * sim.Second)
	if c.nodes[l].log.IsLeader() || c.leader() == l || c.leader() == 0 {
		t.Fatalf("leader %d was removed, leader is %d", l, c.leader())
	}
	rest := slices.DeleteFunc([]sim.NodeID{1, 2, 3, 4, 5}, func(id sim.NodeID) bool { return id == l })
	c.agree(c.commit(4), rest...)
	if c.nodes[l].log.Leader() != 0 {
		t.Errorf("the removed node follows %d", c.nodes[l].log.Leader())
	}
	for _, id := range rest {
		c.crash(id)
		c.boot(id)
	}
	c.agree(c.commit(5), rest...)
	if got := c.nodes[rest[0]].voters; len(got) != 3 {
		t.Errorf("voters after restart %v", got)
	}
}

// Goal: the only voter cannot be removed or demoted.
func TestLastVoter(t *testing.T) {
	c := newCluster(t, config(5, 2, 1, 0))
	l := c.elect()
	for _, join := range []bool{false, true} {
		var code model.Code
		c.step(l, func(out *sim.Outbox[model.Msg]) { code = c.nodes[l].log.Member(c.now, l, join, true, out) })
		if code != model.Other {
			t.Errorf("join=%v: %v", join, code)
		}
	}
	c.agree(c.commit(1), 1, 2)
}

// Goal: a member that was away while the log was compacted gets a snapshot, also if it is lost at first.
func TestSnapshot(t *testing.T) {
	for _, lose := range []bool{false, true} {
		cfg := config(9, 3, 3, 0)
		cfg.Params.SnapshotEvery = 10
		c := newCluster(t, cfg)
		l := c.elect()
		away := l%3 + 1
		c.crash(away)
		var last uint64
		for n := range 50 {
			last = c.commit(n)
		}
		lost := 0
		c.drop = func(_, _ sim.NodeID, p *Packet) bool {
			if lose && p.state != nil && lost < 2 {
				lost++
				return true
			}
			return false
		}
		c.boot(away)
		c.agree(last, 1, 2, 3)
		if c.nodes[away].restores != 1 || lose && lost != 2 {
			t.Errorf("restores %d, lost %d", c.nodes[away].restores, lost)
		}
		if n := c.nodes[l].disk.Len(fileEntries); n > 25 {
			t.Errorf("%d entries on the leader's disk", n)
		}
		c.crash(away)
		c.boot(away)
		c.agree(c.commit(99), 1, 2, 3)
	}
}
