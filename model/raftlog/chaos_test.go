package raftlog

import (
	"slices"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// chaos runs a busy schedule and returns the digest of every effect.
func chaos(t testing.TB, seed uint64) *cluster {
	c := newCluster(t, config(seed, 5, 4, 1))
	c.jitter, c.loss = 20*sim.Millisecond, 20
	return c
}

// stir takes one step of the schedule.
func (c *cluster) stir(n int) {
	c.run(sim.Duration(c.noise.Below(uint64(2 * sim.Second))))
	id := sim.NodeID(c.noise.Below(uint64(len(c.nodes)-1)) + 1)
	m := c.nodes[id]
	switch c.noise.Below(12) {
	case 0:
		c.crash(id)
	case 1, 2:
		if !m.up {
			c.boot(id)
		}
	case 3:
		c.isolate(id, true)
	case 4:
		clear(c.cut)
	case 5:
		if m.up {
			c.step(id, func(out *sim.Outbox[model.Msg]) { m.log.Elect(c.now, out) })
		}
	case 6:
		if l := c.leader(); l != 0 {
			c.step(l, func(out *sim.Outbox[model.Msg]) { c.nodes[l].log.Transfer(c.now, 0, out) })
		}
	case 7:
		if l := c.leader(); l != 0 {
			join, learner := c.noise.Chance(2, 3), c.noise.Chance(1, 2)
			c.step(l, func(out *sim.Outbox[model.Msg]) { c.nodes[l].log.Member(c.now, id, join, learner, out) })
		}
	case 8:
		if m.up {
			d := sim.Duration(c.noise.Below(3)) * 50 * sim.Millisecond
			c.step(id, func(out *sim.Outbox[model.Msg]) { m.log.SetLag(c.now, d, out) })
		}
	default:
		if l := c.leader(); l != 0 {
			for i := range 5 {
				c.propose(l, 10*n+i)
			}
		}
	}
}

func (c *cluster) state() uint64 {
	for _, m := range c.nodes[1:] {
		if m.up {
			m.log.Canon(c.digest)
		}
	}
	return c.digest.Sum()
}

// Goal: a run is a function of its seed, whatever else runs in the process.
// Method: 100 runs of one seed, four clusters stepped in turn, one of them of another seed.
func TestDeterminism(t *testing.T) {
	const rounds, steps = 25, 60
	sums := map[uint64]int{}
	others := map[uint64]int{}
	for round := range rounds {
		all := []*cluster{chaos(t, 7), chaos(t, 7), chaos(t, 7), chaos(t, 7), chaos(t, uint64(1000+round))}
		for n := range steps {
			for _, c := range all {
				c.stir(n)
			}
		}
		for _, c := range all[:4] {
			sums[c.state()]++
		}
		others[all[4].state()]++
	}
	if len(sums) != 1 {
		t.Errorf("one seed gave %d histories in %d runs", len(sums), 4*rounds)
	}
	if len(others) != rounds {
		t.Errorf("%d seeds gave %d histories", rounds, len(others))
	}
}

// Goal: no schedule breaks raft's promises, and the cluster heals when it is left alone.
func TestChaos(t *testing.T) {
	seeds := uint64(150)
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		c := chaos(t, seed)
		for n := range 150 {
			c.stir(n)
		}
		clear(c.cut)
		c.loss = 0
		for _, m := range c.nodes[1:] {
			if !m.up {
				c.boot(m.id)
			}
			c.step(m.id, func(out *sim.Outbox[model.Msg]) { m.log.SetLag(c.now, 0, out) })
		}
		c.run(sim.Minute)
		index := c.commit(99999)
		c.run(5 * sim.Second)
		l := c.nodes[c.leader()]
		ids := append(slices.Clone(l.voters), l.learners...)
		c.agree(index, ids...)
	}
}
