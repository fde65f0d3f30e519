package raftlog

import (
	"go.etcd.io/raft/v3/raftpb"

	"gyre/sim"
)

// A member that lost its disk begins again from the genesis under its old name. Raft has no answer to that;
// hashicorp/raft copes: the leader finds the log short and fills it. Here are the three places where etcd's
// library would not cope.

// waryMax bounds how long a member that may have lost its disk refuses to vote. Without a bound a majority that
// lost its disks would wait for itself.
const waryMax = sim.Minute

// screen looks at a packet before the library does and returns the message to step, or nil.
func (l *etcd) screen(m *raftpb.Message) *raftpb.Message {
	switch m.GetType() {
	case raftpb.MsgVote, raftpb.MsgPreVote:
		// A member that forgot what it confirmed could help to elect one who never had it.
		if l.now < l.waryUntil {
			return nil
		}
	case raftpb.MsgHeartbeat:
		// The leader takes what a member once confirmed for what it has.
		if last := l.disk.last(); m.GetCommit() > last {
			to, from, term := m.GetTo(), m.GetFrom(), m.GetTerm()
			return &raftpb.Message{
				Type: m.GetType().Enum(), To: &to, From: &from, Term: &term, Commit: &last, Context: m.GetContext(),
			}
		}
	case raftpb.MsgAppResp:
		if m.GetReject() && l.led != 0 && m.GetTerm() == l.led && m.GetRejectHint() < l.progress(m.GetFrom()).Match {
			l.startOver(m.GetFrom())
			return nil
		}
	}
	return m
}

// trusted ends the wariness of a member that has everything its leader knows to be committed.
func (l *etcd) trusted(m *raftpb.Message) {
	if m.GetType() == raftpb.MsgApp && l.committed >= m.GetCommit() && m.GetTerm() == l.term {
		l.waryUntil = 0
	}
}

// startOver makes this leader forget how far a member is. The library has no call for that, but for a member
// that joins: so the member leaves and joins, in this leader's view only. While it is gone quorums may be
// smaller; that must not commit anything, so there must be nothing to commit, or quorums of the same size.
func (l *etcd) startOver(id uint64) {
	if voters := len(l.disk.conf.voters); l.committed < l.disk.last() && voters%2 == 0 && l.voter(id) {
		l.checkQuorum()
		l.checkQuorum()
		return // steps down: the next leader starts with everyone over
	}
	kind := raftpb.ConfChangeAddNode
	if !l.voter(id) {
		kind = raftpb.ConfChangeAddLearnerNode
	}
	for _, k := range [...]raftpb.ConfChangeType{raftpb.ConfChangeRemoveNode, kind} {
		l.node.ApplyConfChange(&raftpb.ConfChangeV2{
			Changes: []*raftpb.ConfChangeSingle{{Type: k.Enum(), NodeId: &id}},
		})
	}
}

// voter reports whether a node is a voter as far as this member knows.
func (l *etcd) voter(id uint64) bool {
	for _, v := range l.disk.conf.voters {
		if v == id {
			return true
		}
	}
	return false
}
