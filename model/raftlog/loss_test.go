package raftlog

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// Goal: a member whose disk was lost is filled again by the same leader, whatever the number of voters.
func TestDiskLoss(t *testing.T) {
	for n := 2; n <= 5; n++ {
		for _, busy := range []bool{false, true} {
			cfg := config(uint64(n), n, n, 0)
			if n == 4 {
				cfg.Voters = 3
			}
			c := newCluster(t, cfg)
			l := c.elect()
			for i := range 5 {
				c.commit(i)
			}
			for id := sim.NodeID(1); int(id) <= n; id++ {
				if id == l {
					continue
				}
				c.monitor.DiskLost(id)
				c.crash(id)
				c.nodes[id].disk = sim.Disk[model.Msg]{}
				if busy && c.leader() != 0 {
					c.propose(c.leader(), 50)
				}
				c.run(500 * sim.Millisecond)
				c.boot(id)
				c.run(20 * sim.Second)
				if !busy && n > 2 && c.leader() != l {
					t.Errorf("n=%d: the leader changed", n)
				}
			}
			c.run(2 * sim.Minute)
			index := c.commit(100)
			c.agree(index, cfg.Controllers...)
		}
	}
}

// Goal: a member that lost its disk does not help to elect one who lacks what it had confirmed.
func TestDiskLossVote(t *testing.T) {
	c := newCluster(t, config(3, 3, 3, 0))
	l := c.elect()
	c.commit(1)
	a, b := l%3+1, (l+1)%3+1
	c.isolate(a, true)
	index := c.commit(2)
	c.crash(b)
	c.nodes[b].disk = sim.Disk[model.Msg]{}
	c.boot(b)
	c.crash(l)
	clear(c.cut)
	c.stand(a)
	if c.until(50*sim.Second, func() bool { return c.leader() != 0 }) {
		t.Fatal("elected")
	}
	c.boot(l)
	c.agree(index, 1, 2, 3)
}
