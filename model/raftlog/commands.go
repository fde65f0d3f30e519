package raftlog

import (
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"

	"gyre/model"
	"gyre/sim"
)

// Propose implements Log.
func (l *etcd) Propose(now sim.Time, e *model.Entry, out *sim.Outbox[model.Msg]) (Ticket, model.Code) {
	l.now, l.out = now, out
	if code := l.mayLead(); code != model.OK {
		return 0, code
	}
	l.tickets++
	t := l.tickets
	err := l.node.Propose(encode(proposal{node: l.self, life: l.life, ticket: t}, e))
	sim.Assert(err == nil, "raft: proposal refused: %v", err)
	l.pending = append(l.pending, t)
	l.ready()
	if l.applyDue <= now {
		// The only voter commits at once. The outcome still comes after the ticket is known.
		out.Arm(timerApply, 0)
	}
	return t, model.OK
}

// mayLead returns OK if this member leads and is not handing over.
func (l *etcd) mayLead() model.Code {
	if l.led == 0 {
		return model.Leaderless
	}
	if l.handing = l.handing && l.node.BasicStatus().LeadTransferee != raft.None; l.handing {
		return model.TransferInProgress
	}
	return model.OK
}

// Elect implements Log. It stands like the target of a hand-over does: without the pre-vote, and with votes that
// a leader one still hears does not forbid; a healthy leader would otherwise win every such election.
func (l *etcd) Elect(now sim.Time, out *sim.Outbox[model.Msg]) {
	l.now, l.out = now, out
	if l.led == 0 {
		l.catchUp()
		if l.role == raft.StateFollower {
			from := uint64(l.self)
			_ = l.node.Step(&raftpb.Message{Type: raftpb.MsgTimeoutNow.Enum(), From: &from})
		} else {
			_ = l.node.Campaign()
		}
		l.expectVotes()
	}
	l.run()
}

// Transfer implements Log. Other means that the target is this member or no voter, or that there is none.
func (l *etcd) Transfer(now sim.Time, to sim.NodeID, out *sim.Outbox[model.Msg]) model.Code {
	l.now, l.out = now, out
	if code := l.mayLead(); code != model.OK {
		return code
	}
	target, match := uint64(0), uint64(0)
	l.node.WithProgress(func(id uint64, typ raft.ProgressType, p tracker.Progress) {
		if id == uint64(l.self) || typ == raft.ProgressTypeLearner || to != 0 && id != uint64(to) {
			return
		}
		if target == 0 || p.Match > match {
			target, match = id, p.Match
		}
	})
	if target == 0 {
		return model.Other
	}
	l.node.TransferLeader(target)
	l.handing = true
	l.ticks = 0
	l.run()
	return model.OK
}

// Member implements Log. Changes are made one at a time: one that comes while another is under way waits, as in
// hashicorp/raft, and is forgotten if this member stops leading. Other means that no voter would be left.
func (l *etcd) Member(now sim.Time, node sim.NodeID, join, learner bool, out *sim.Outbox[model.Msg]) model.Code {
	l.now, l.out = now, out
	if code := l.mayLead(); code != model.OK {
		return code
	}
	c := change{node: node, join: join, learner: learner}
	if l.emptying(c) {
		return model.Other
	}
	l.changes = append(l.changes, c)
	l.run()
	return model.OK
}

// emptying reports whether a change would leave no voter.
func (l *etcd) emptying(c change) bool {
	voters := l.disk.conf.voters
	return (!c.join || c.learner) && len(voters) == 1 && voters[0] == uint64(c.node)
}

// proposeChange proposes the next membership change if the one before is applied, and reports whether it did.
func (l *etcd) proposeChange() bool {
	for len(l.changes) > 0 && l.disk.applied >= l.confOpen && l.mayLead() == model.OK {
		c := l.changes[0]
		l.changes = append(l.changes[:0], l.changes[1:]...)
		if l.emptying(c) {
			continue
		}
		kind := raftpb.ConfChangeRemoveNode
		if c.join && c.learner {
			kind = raftpb.ConfChangeAddLearnerNode
		} else if c.join {
			kind = raftpb.ConfChangeAddNode
		}
		id := uint64(c.node)
		err := l.node.ProposeConfChange(&raftpb.ConfChangeV2{
			Changes: []*raftpb.ConfChangeSingle{{Type: kind.Enum(), NodeId: &id}},
		})
		sim.Assert(err == nil, "raft: membership change refused: %v", err)
		l.ready()
		l.confOpen = l.disk.last()
		return true
	}
	return false
}

// SetLag implements Log.
func (l *etcd) SetLag(now sim.Time, d sim.Duration, out *sim.Outbox[model.Msg]) {
	l.now, l.out = now, out
	l.lag = d
	if len(l.queue) > 0 {
		l.setApplyTimer()
	}
	l.run()
}

// Compact implements Log. The state itself is on the host's own disk; a member that needs it gets the state as
// it is then.
func (l *etcd) Compact(now sim.Time, out *sim.Outbox[model.Msg]) {
	l.now, l.out = now, out
	if every := l.trail(); l.disk.applied > every {
		l.compact(l.disk.applied - every)
	}
}
