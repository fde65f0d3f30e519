package raftlog

import (
	"fmt"
	"slices"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// Goal: one leader comes up, commands commit, everyone agrees, all outcomes are told.
func TestCommit(t *testing.T) {
	c := newCluster(t, config(1, 3, 3, 0))
	var last uint64
	for n := range 20 {
		last = c.commit(n)
	}
	c.agree(last, 1, 2, 3)
	if got := c.nodes[1].state.count; got != 20 {
		t.Errorf("applied %d commands, want 20", got)
	}
	if !slices.Equal(c.nodes[1].voters, []sim.NodeID{1, 2, 3}) {
		t.Errorf("voters %v", c.nodes[1].voters)
	}
}

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

// Goal: a crashed leader is replaced within the 3 s to 16 s of hashicorp's timeouts.
func TestFailover(t *testing.T) {
	var all []sim.Duration
	for seed := range uint64(60) {
		c := newCluster(t, config(seed, 3, 3, 0))
		l := c.elect()
		c.commit(1)
		c.run(sim.Duration(seed) * 37 * sim.Millisecond)
		c.crash(l)
		from := c.now
		if !c.until(sim.Minute, func() bool { n := c.leader(); return n != 0 && n != l }) {
			t.Fatalf("seed %d: no new leader", seed)
		}
		all = append(all, c.now.Sub(from))
	}
	slices.Sort(all)
	t.Logf("failover: least %v, median %v, most %v", all[0], all[len(all)/2], all[len(all)-1])
	// The last heartbeat may have come up to a tick before the crash.
	if all[0] < 2*sim.Second || all[len(all)-1] > 16*sim.Second {
		t.Errorf("failover between %v and %v", all[0], all[len(all)-1])
	}
}

// Goal: a leader cut off with a minority steps down after its lease, tells its proposers that the outcome is
// unknown, and takes over the log of its successor.
func TestPartition(t *testing.T) {
	for seed := range uint64(20) {
		c := newCluster(t, config(seed, 5, 5, 0))
		l := c.elect()
		c.commit(1)
		other := l%5 + 1
		for i := sim.NodeID(1); i <= 5; i++ {
			if i != l && i != other {
				for _, a := range []sim.NodeID{l, other} {
					c.cut[[2]sim.NodeID{a, i}], c.cut[[2]sim.NodeID{i, a}] = true, true
				}
			}
		}
		m, from := c.nodes[l], c.now
		var tickets []Ticket
		for n := range 3 {
			ticket, code := c.propose(l, 100+n)
			if code != model.OK {
				t.Fatal(code)
			}
			tickets = append(tickets, ticket)
		}
		if !c.until(sim.Minute, func() bool { return !m.log.IsLeader() }) {
			t.Fatalf("seed %d: still leader", seed)
		}
		if d := c.now.Sub(from); d < 2*sim.Second || d > 4100*sim.Millisecond {
			t.Errorf("seed %d: stepped down after %v", seed, d)
		}
		for _, ticket := range tickets {
			if r := m.outcomes[ticket]; r.code != model.LeadershipLost {
				t.Errorf("seed %d: outcome %v", seed, r.code)
			}
		}
		if !slices.Equal(m.order, append([]Ticket{1}, tickets...)) && !slices.Equal(m.order, tickets) {
			t.Errorf("seed %d: outcomes in order %v", seed, m.order)
		}
		if _, code := c.propose(l, 200); code != model.Leaderless {
			t.Errorf("seed %d: propose without leadership: %v", seed, code)
		}
		c.until(sim.Minute, func() bool { return c.leader() != 0 })
		index := c.commit(300)
		clear(c.cut)
		c.agree(index, 1, 2, 3, 4, 5)
		if got := c.nodes[l].state.count; got != 2 {
			t.Errorf("seed %d: applied %d commands, want 2", seed, got)
		}
	}
}

// Goal: a transfer takes a round trip or two, refuses proposals meanwhile, and is given up after a lease if the
// target does not answer.
func TestTransfer(t *testing.T) {
	c := newCluster(t, config(3, 3, 3, 0))
	l := c.elect()
	c.commit(1)
	to := l%3 + 1
	transfer := func(id, to sim.NodeID) (code model.Code) {
		c.step(id, func(out *sim.Outbox[model.Msg]) { code = c.nodes[id].log.Transfer(c.now, to, out) })
		return code
	}
	if code := transfer(to, 0); code != model.Leaderless {
		t.Errorf("transfer by a follower: %v", code)
	}
	if code := transfer(l, l); code != model.Other {
		t.Errorf("transfer to itself: %v", code)
	}
	from := c.now
	if code := transfer(l, to); code != model.OK {
		t.Fatal(code)
	}
	if _, code := c.propose(l, 2); code != model.TransferInProgress {
		t.Errorf("propose during transfer: %v", code)
	}
	if !c.until(sim.Second, func() bool { return c.leader() == to }) {
		t.Fatal("not transferred")
	}
	if d := c.now.Sub(from); d > 50*sim.Millisecond {
		t.Errorf("transfer took %v", d)
	}
	c.agree(c.commit(3), 1, 2, 3)

	c.crash(l)
	if code := transfer(to, l); code != model.OK {
		t.Fatal(code)
	}
	if code := transfer(to, 0); code != model.TransferInProgress {
		t.Errorf("second transfer: %v", code)
	}
	c.run(4 * sim.Second)
	if _, code := c.propose(to, 4); code != model.OK {
		t.Errorf("propose after a failed transfer: %v", code)
	}
	c.run(sim.Second)
	if code := transfer(to, 0); code != model.OK {
		t.Fatal(code)
	}
	c.run(sim.Second)
	if got := c.leader(); got == l || got == to {
		t.Logf("leader is %d", got)
	}
}

// Goal: an ordered election takes leadership from a healthy leader, in spite of pre-vote and lease.
func TestElect(t *testing.T) {
	for seed := range uint64(20) {
		c := newCluster(t, config(seed, 3, 3, 0))
		l := c.elect()
		c.commit(1)
		c.run(sim.Duration(seed) * 100 * sim.Millisecond)
		want := l%3 + 1
		c.step(want, func(out *sim.Outbox[model.Msg]) { c.nodes[want].log.Elect(c.now, out) })
		if !c.until(100*sim.Millisecond, func() bool { return c.leader() == want }) {
			t.Fatalf("seed %d: not elected", seed)
		}
		c.run(10 * sim.Second)
		if c.leader() != want || c.nodes[l].log.IsLeader() {
			t.Errorf("seed %d: leader is %d, want %d", seed, c.leader(), want)
		}
		c.agree(c.commit(2), 1, 2, 3)
	}
}

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

// Goal: lag spaces applies; ending it ends the wait.
func TestLag(t *testing.T) {
	c := newCluster(t, config(2, 3, 3, 0))
	l := c.elect()
	c.commit(0)
	c.run(sim.Second)
	slow := l%3 + 1
	lag := func(d sim.Duration) {
		c.step(slow, func(out *sim.Outbox[model.Msg]) { c.nodes[slow].log.SetLag(c.now, d, out) })
	}
	lag(3 * sim.Second)
	m := c.nodes[slow]
	m.applied = nil
	from := c.now
	for n := range 3 {
		c.propose(l, n)
	}
	c.run(20 * sim.Second)
	if len(m.applied) != 3 {
		t.Fatalf("applied %d", len(m.applied))
	}
	for i, at := range m.applied {
		want := sim.Duration(i+1) * (3*sim.Second + c.cfg.Params.ApplyCost)
		if d := at.Sub(from); d < want || d > want+100*sim.Millisecond {
			t.Errorf("entry %d applied after %v, want %v", i, d, want)
		}
	}
	lag(sim.Hour)
	c.propose(l, 9)
	c.run(sim.Minute)
	if len(m.applied) != 3 {
		t.Fatalf("applied %d during the lag", len(m.applied))
	}
	if m.log.Committed() <= m.log.Applied() {
		t.Errorf("committed %d applied %d", m.log.Committed(), m.log.Applied())
	}
	lag(0)
	c.run(sim.Millisecond)
	if len(m.applied) != 4 {
		t.Errorf("applied %d after the lag", len(m.applied))
	}
}

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

// Goal: an idle cluster costs little and comes back to the same canonical state.
func TestIdle(t *testing.T) {
	c := newCluster(t, config(6, 3, 3, 0))
	c.commit(1)
	c.run(10 * sim.Second)
	steps, packets := c.steps, c.packets
	seen := map[uint64]bool{}
	recurred := 0
	for range 3600 {
		c.run(sim.Second)
		s := sim.NewState(c.now)
		for _, m := range c.nodes[1:] {
			m.log.Canon(s)
		}
		if seen[s.Sum()] {
			recurred++
		}
		seen[s.Sum()] = true
	}
	t.Logf("a quiet hour of 3: %d steps, %d packets, %d canonical states", c.steps-steps, c.packets-packets, len(seen))
	if len(seen) > 60 || recurred < 3500 {
		t.Errorf("%d canonical states in an idle hour", len(seen))
	}
	if c.steps-steps > 25000 {
		t.Errorf("%d steps in an idle hour", c.steps-steps)
	}
}

// Goal: a cluster of one works, and outcomes never come during Propose.
func TestAlone(t *testing.T) {
	cfg := config(6, 1, 1, 0)
	cfg.Params.ApplyCost = 0
	c := newCluster(t, cfg)
	l := c.elect()
	ticket, code := c.propose(l, 1)
	if _, ok := c.nodes[l].outcomes[ticket]; ok || code != model.OK {
		t.Errorf("outcome during Propose, code %v", code)
	}
	c.run(0)
	if r := c.nodes[l].outcomes[ticket]; r.code != model.OK {
		t.Errorf("outcome %v", r)
	}
	c.crash(l)
	c.boot(l)
	c.agree(c.commit(2), 1)
	if c.nodes[1].state.count != 2 {
		t.Errorf("%d commands", c.nodes[1].state.count)
	}
}

func TestPacketText(t *testing.T) {
	c := newCluster(t, config(6, 3, 3, 0))
	words := map[string]bool{}
	c.drop = func(_, _ sim.NodeID, p *Packet) bool {
		text := sim.NewText(c.cfg.Names)
		p.Canon(text)
		words[text.Text()] = true
		return false
	}
	c.commit(1)
	c.run(5 * sim.Second)
	for _, want := range []string{"beat term=3 commit=5", "app term=3 index=4 log-term=3 entries=1 commit=4"} {
		if !words[want] {
			t.Errorf("no packet reads %q in %v", want, fmt.Sprint(words))
		}
	}
}
