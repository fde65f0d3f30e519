package raftlog

import (
	"encoding/binary"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"

	"gyre/model"
	"gyre/sim"
)

// run does everything that follows from a step of the library: what is to be saved, sent, applied and told.
func (l *etcd) run() {
	for more := true; more; {
		l.ready()
		more = l.applyDueEntries() || l.proposeChange()
	}
	l.rearm()
}

// ready takes what the library has ready until there is no more.
func (l *etcd) ready() {
	for l.node.HasReady() {
		rd := l.node.Ready()
		l.take(&rd)
	}
	l.disk.made = l.disk.made[:0]
}

// take handles one Ready: save first, then send, then tell the host, then answer the library.
func (l *etcd) take(rd *raft.Ready) {
	term, vote := l.disk.term, l.disk.vote
	if !raft.IsEmptyHardState(rd.HardState) {
		l.takeHardState(rd.HardState)
	}
	restored := !raft.IsEmptySnap(rd.Snapshot)
	if restored {
		l.takeSnapshot(l.arrived(rd.Snapshot))
	}
	if len(rd.Entries) > 0 {
		l.saveEntries(rd.Entries)
	}
	var appended, committed *raftpb.Message
	for _, m := range rd.Messages {
		switch m.GetTo() {
		case raft.LocalAppendThread:
			appended = m
		case raft.LocalApplyThread:
			committed = m
		default:
			l.send(m)
		}
	}
	for _, m := range appended.GetResponses() {
		if m.GetTo() != uint64(l.self) {
			l.send(m)
		}
	}
	if restored {
		l.restore()
	}
	if rd.SoftState != nil {
		l.takeRole(rd.SoftState)
	}
	if l.role == raft.StateFollower && (l.term != term || l.disk.vote != vote && l.disk.vote != raft.None) {
		// A new term, or a vote given, is as good as a sign of the leader: it gives the candidate time.
		l.drawPatience()
		l.expectLeader()
	}
	for _, m := range appended.GetResponses() {
		if m.GetTo() == uint64(l.self) {
			_ = l.node.Step(m)
		}
	}
	if committed != nil {
		l.enqueue(committed.GetEntries())
	}
}

// takeHardState saves term and vote.
func (l *etcd) takeHardState(h *raftpb.HardState) {
	l.committed = h.GetCommit()
	if h.GetTerm() == l.disk.term && h.GetVote() == l.disk.vote {
		return
	}
	l.term = h.GetTerm()
	l.disk.term, l.disk.vote = h.GetTerm(), h.GetVote()
	l.saveVote()
}

// takeRole follows a change of role or leader.
func (l *etcd) takeRole(s *raft.SoftState) {
	was, led := l.role, l.led
	leader := sim.NodeID(s.Lead)
	heard := leader != l.leader
	l.role, l.leader = s.RaftState, leader
	l.led = 0
	if s.RaftState == raft.StateLeader {
		l.led = l.term
	}
	switch {
	case led == 0 && l.led != 0:
		l.ascend()
	case led != 0 && l.led == 0:
		l.descend(led)
	case was == raft.StateFollower && s.RaftState != raft.StateFollower:
		l.expectVotes()
	case leader != 0 && heard:
		l.drawPatience()
		l.expectLeader()
	}
	if heard {
		l.host.LeaderChanged(leader, l.term)
	}
}

func (l *etcd) ascend() {
	l.ticks, l.handing = 0, false
	l.confOpen = l.disk.last()
	sim.Assert(len(l.pending) == 0, "raft: %d proposals outlived their leader", len(l.pending))
	l.peers = nil
	l.meet()
	l.out.Note(model.Msg{Kind: model.NoteLeader, Flags: model.On, Index: l.led})
	l.out.Arm(timerTick, tick)
}

// descend settles what this member proposed as the leader: it may still be committed by the next one.
func (l *etcd) descend(led uint64) {
	l.out.Disarm(timerTick)
	l.out.Note(model.Msg{Kind: model.NoteLeader, Index: led})
	l.caughtUp = l.now
	l.drawPatience()
	l.expectLeader()
	l.changes = l.changes[:0]
	lost := l.pending
	l.pending = nil
	for _, t := range lost {
		l.host.Outcome(t, model.LeadershipLost, 0)
	}
}

// send hands a message to the host, with the state if it is a snapshot.
func (l *etcd) send(m *raftpb.Message) {
	p := &Packet{m: m}
	if m.GetType() == raftpb.MsgSnap {
		index := m.GetSnapshot().GetMetadata().GetIndex()
		p.state = l.disk.stateAt(index)
	}
	l.host.SendPacket(sim.NodeID(m.GetTo()), p)
}

// arrived puts together the snapshot that came with the packet under way.
func (l *etcd) arrived(s *raftpb.Snapshot) snapshot {
	meta := s.GetMetadata()
	sim.Assert(l.incoming.state != nil, "raft: snapshot %d without a state", meta.GetIndex())
	return snapshot{
		index: meta.GetIndex(), term: meta.GetTerm(), chain: binary.BigEndian.Uint64(s.GetData()),
		conf: membership{
			index:    meta.GetIndex(),
			voters:   meta.GetConfState().GetVoters(),
			learners: meta.GetConfState().GetLearners(),
		},
		state: l.incoming.state,
	}
}

// restore tells the host to take over the snapshot just saved. What was committed but not applied is in it.
func (l *etcd) restore() {
	dropped := l.queue
	l.queue = nil
	l.setApplyTimer()
	l.host.Restore(l.disk.applied, l.incoming.state)
	l.tellMembers()
	if len(dropped) > 0 {
		l.confirm(dropped)
	}
}
