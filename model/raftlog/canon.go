package raftlog

import (
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/tracker"

	"gyre/sim"
)

// Canon implements Log. Canonical state takes indexes relative to the end of the log and terms relative to the
// present one. It leaves out where the log begins: that decides only whether a member far behind is sent
// entries or a snapshot, and a loop that writes would otherwise never come back to where it was.
func (l *etcd) Canon(c *sim.Canon) {
	last := l.disk.last()
	c.Kind(uint64(l.role), roleWords[l.role])
	c.Node("leader", l.leader)
	c.Node("vote", sim.NodeID(l.disk.vote))
	c.Count("term", l.term, l.term)
	c.Count("log-term", l.disk.termAt(last), l.term)
	c.Count("last", last, last)
	c.Count("committed", l.committed, last)
	c.Count("applied", l.disk.applied, last)
	c.Same(func(c *sim.Canon) {
		c.Count("base", l.disk.base, 0)
		c.Count("chain", l.disk.chainAt(last), 0)
		c.Count("drawn", l.draws.Drawn(), 0)
	})
	if !c.Rendering() {
		l.disk.conf.Canon(c)
		for _, e := range l.disk.entries[max(l.disk.applied, l.disk.base)-l.disk.base:] {
			canonEntry(c, e, last, l.term)
		}
	}
	c.Int("queue", int64(len(l.queue)))
	if len(l.queue) > 0 {
		c.When("due", l.applyDue)
		c.When("since", l.applyAt)
	}
	c.Span("lag", l.lag)
	if l.armed != 0 {
		c.When("armed", l.armed)
	}
	if l.led != 0 {
		l.canonLeader(c)
		return
	}
	c.Span("patience", l.patience)
	if l.waryUntil > 0 {
		c.When("wary", l.waryUntil)
	}
	if l.deadline != sim.Never {
		c.When("deadline", l.deadline)
	}
	c.When("caught-up", l.caughtUp)
}

// canonLeader visits what only a leader has.
func (l *etcd) canonLeader(c *sim.Canon) {
	last := l.disk.last()
	c.Int("ticks", int64(l.ticks))
	c.Int("pending", int64(len(l.pending)))
	for _, t := range l.pending {
		c.Count("", uint64(t), uint64(l.tickets))
	}
	c.Int("changes", int64(len(l.changes)))
	for _, ch := range l.changes {
		c.Node("", ch.node)
		c.Flag("join", ch.join)
		c.Flag("learner", ch.learner)
	}
	c.Flag("changing", l.confOpen > l.disk.applied)
	transferee := raft.None
	if l.handing {
		transferee = l.node.BasicStatus().LeadTransferee
	}
	c.Node("transferee", sim.NodeID(transferee))
	for i := range l.peers {
		p := &l.peers[i]
		c.Node("peer", sim.NodeID(p.id))
		c.When("heard", p.heard)
		c.Int("waiting", int64(p.waiting))
	}
	l.node.WithProgress(func(id uint64, _ raft.ProgressType, p tracker.Progress) {
		c.Node("progress", sim.NodeID(id))
		c.Int("", int64(p.State))
		c.Count("match", p.Match, last)
		c.Count("next", p.Next, last)
		if p.State == tracker.StateSnapshot {
			c.Count("snapshot", p.PendingSnapshot, last)
		}
		c.Flag("active", p.RecentActive)
		c.Flag("paused", p.MsgAppFlowPaused)
	})
}

var roleWords = [...]string{ //tidy:ok constant table
	raft.StateFollower:     "follower",
	raft.StateCandidate:    "candidate",
	raft.StateLeader:       "leader",
	raft.StatePreCandidate: "pre-candidate",
}
