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
	if m := all[len(all)/2]; m > 4200*sim.Millisecond {
		t.Errorf("median failover %v: voters stay deaf for longer than the lease", m)
	}
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

// Goal: clocks that are set hold up neither apply nor failover for longer than usual.
func TestSkew(t *testing.T) {
	for seed := range uint64(40) {
		c := newCluster(t, config(seed, 3, 3, 0))
		l := c.elect()
		c.commit(1)
		c.run(sim.Hour)
		jump := func(d sim.Duration) {
			for _, m := range c.nodes[1:] {
				m.skew = d
			}
		}
		c.propose(l, 2)
		c.run(20200 * sim.Microsecond) // committed, waiting for its cost
		jump(-30 * sim.Minute)
		c.run(sim.Second)
		if n := c.nodes[l].state.count; n != 2 {
			t.Fatalf("seed %d: applied %d", seed, n)
		}
		c.run(sim.Duration(seed) * 100 * sim.Millisecond)
		c.crash(l)
		jump(-50 * sim.Minute)
		if !c.until(20*sim.Second, func() bool { n := c.leader(); return n != 0 && n != l }) {
			t.Fatalf("seed %d: no leader", seed)
		}
		jump(sim.Hour)
		c.run(20 * sim.Second)
		c.commit(3)
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
	for _, want := range []string{"beat term=2 commit=5", "app term=2 index=4 log-term=2 entries=1 commit=4"} {
		if !words[want] {
			t.Errorf("no packet reads %q in %v", want, fmt.Sprint(words))
		}
	}
}
