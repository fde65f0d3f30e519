package raftlog

import (
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"gyre/model"
	"gyre/sim"
)

// enqueue takes committed entries. They are applied one by one, each costing what it costs.
func (l *etcd) enqueue(entries []*raftpb.Entry) {
	if len(l.queue) == 0 {
		l.applyAt = l.now
		l.queue = append(l.queue[:0], entries...)
		l.setApplyTimer()
		return
	}
	l.queue = append(l.queue, entries...)
}

// setApplyTimer sets when the first entry of the queue is due.
func (l *etcd) setApplyTimer() {
	if len(l.queue) == 0 {
		if l.applyDue > l.now && l.applyDue != sim.Never {
			l.out.Disarm(timerApply)
		}
		l.applyDue = sim.Never
		return
	}
	l.applyDue = max(l.now, l.applyAt.Add(l.cfg.Params.ApplyCost+l.lag))
	if l.applyDue > l.now {
		l.out.Arm(timerApply, l.applyDue.Sub(l.now))
	}
}

// applyDueEntries applies what is due and reports whether it applied anything.
func (l *etcd) applyDueEntries() bool {
	n := 0
	for n < len(l.queue) && l.applyDue <= l.now {
		l.apply(l.queue[n])
		n++
		l.applyAt = l.now
		l.applyDue = l.now.Add(l.cfg.Params.ApplyCost + l.lag)
	}
	if n == 0 {
		return false
	}
	l.confirm(l.queue[:n])
	rest := copy(l.queue, l.queue[n:])
	clear(l.queue[rest:])
	l.queue = l.queue[:rest]
	l.setApplyTimer()
	if every := l.trail(); l.disk.applied > l.disk.base+2*every {
		l.compact(l.disk.applied - every)
	}
	return true
}

// confirm tells the library that entries were applied.
func (l *etcd) confirm(entries []*raftpb.Entry) {
	if l.confirmation == nil {
		to, from := uint64(l.self), raft.LocalApplyThread
		l.confirmation = &raftpb.Message{Type: raftpb.MsgStorageApplyResp.Enum(), To: &to, From: &from}
	}
	l.confirmation.Entries = entries
	_ = l.node.Step(l.confirmation)
	l.confirmation.Entries = nil
}

// apply hands one entry to the host, and settles it if this member proposed it and still leads.
func (l *etcd) apply(e *raftpb.Entry) {
	index := e.GetIndex()
	sim.Assert(index == l.disk.applied+1, "raft: entry %d applied after %d", index, l.disk.applied)
	changed := e.GetType() != raftpb.EntryNormal && l.applyChange(e)
	var by proposal
	var command *model.Entry
	if e.GetType() == raftpb.EntryNormal && len(e.GetData()) > 0 {
		var ok bool
		by, command, ok = decode(e.GetData())
		sim.Assert(ok, "raft: entry %d does not decode", index)
	}
	l.host.Apply(index, e.GetTerm(), command)
	l.disk.applied = index
	if changed {
		l.tellMembers()
	}
	if by.node == l.self && by.life == l.life {
		l.settle(by.ticket, index)
	}
}

// settle tells the outcome of a proposal that was applied here, unless its leader is gone already.
func (l *etcd) settle(t Ticket, index uint64) {
	for i := range l.pending {
		if l.pending[i] == t {
			l.pending = append(l.pending[:i], l.pending[i+1:]...)
			l.host.Outcome(t, model.OK, index)
			return
		}
	}
}

// applyChange changes the membership. It is saved before the host saves that it applied the entry; a restart in
// between finds the change done.
func (l *etcd) applyChange(e *raftpb.Entry) bool {
	if e.GetIndex() <= l.disk.conf.index {
		return false
	}
	var cc raftpb.ConfChangeV2
	err := proto.Unmarshal(e.GetData(), &cc)
	sim.Assert(err == nil, "raft: membership change %d: %v", e.GetIndex(), err)
	state := l.node.ApplyConfChange(&cc)
	l.disk.conf = membership{index: e.GetIndex(), voters: state.GetVoters(), learners: state.GetLearners()}
	l.saveConf()
	if l.led != 0 {
		l.meet()
	}
	return true
}

// trail is how many applied entries stay in the log behind a compaction, and half of how many there are before
// the next.
func (l *etcd) trail() uint64 { return uint64(max(1, l.cfg.Params.SnapshotEvery)) }
