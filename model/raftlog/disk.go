package raftlog

import (
	"go.etcd.io/raft/v3/raftpb"

	"gyre/model"
	"gyre/sim"
)

// Files of the log on its host's disk, and the slots of the first.
const (
	fileState    = FileBase     // slotVote and slotConf
	fileEntries  = FileBase + 1 // slot = index
	fileSnapshot = FileBase + 2 // slot 0: where the log began, or the last snapshot taken over from a leader

	slotVote = 0
	slotConf = 1
)

// membership is who belongs to the cluster since log index; lists ascend. It is immutable.
type membership struct {
	index    uint64
	voters   []uint64
	learners []uint64
}

func (m *membership) state() *raftpb.ConfState {
	return &raftpb.ConfState{Voters: m.voters, Learners: m.learners}
}

// Canon implements sim.Canonical.
func (m *membership) Canon(c *sim.Canon) {
	c.Count("members-at", m.index, m.index)
	for _, set := range [...][]uint64{m.voters, m.learners} {
		c.Int("", int64(len(set)))
		for _, id := range set {
			c.Node("", sim.NodeID(id))
		}
	}
}

// savedEntry is the body of an entry's record.
type savedEntry struct{ e *raftpb.Entry }

// Canon implements sim.Canonical.
func (b savedEntry) Canon(c *sim.Canon) {
	if c.Rendering() {
		c.Int("bytes", int64(len(b.e.GetData())))
		return
	}
	canonEntry(c, b.e, b.e.GetIndex(), b.e.GetTerm())
}

// savedSnapshot is the body of the snapshot's record; the state is nil where the host has it from its genesis.
type savedSnapshot struct {
	conf  membership
	state Snapshot
}

// Canon implements sim.Canonical.
func (b *savedSnapshot) Canon(c *sim.Canon) {
	b.conf.Canon(c)
	c.Flag("state", b.state != nil)
	if b.state != nil && !c.Rendering() {
		b.state.Canon(c)
	}
}

func (l *etcd) saveVote() {
	l.out.Save(fileState, slotVote, model.Msg{Kind: model.Record, Index: l.disk.term, Peer: sim.NodeID(l.disk.vote)})
}

func (l *etcd) saveConf() {
	conf := l.disk.conf
	l.out.Save(fileState, slotConf, model.Msg{Kind: model.Record, Index: conf.index, Body: &conf})
}

func (l *etcd) saveSnapshot(s snapshot) {
	l.out.Save(fileSnapshot, 0, model.Msg{
		Kind: model.Record, Index: s.index, Aux: s.term, Req: s.chain,
		Body: &savedSnapshot{conf: s.conf, state: s.state},
	})
}

// saveEntries appends to the log, on disk and in memory. A conflicting tail goes first, from its end, so that a
// crash in between leaves a shorter log and never a mixed one.
func (l *etcd) saveEntries(entries []*raftpb.Entry) {
	first := entries[0].GetIndex()
	for i := l.disk.last(); i > first; i-- {
		l.out.Erase(fileEntries, i)
	}
	l.disk.append(entries)
	for _, e := range entries {
		i := e.GetIndex()
		chain := l.disk.chainAt(i)
		l.out.Save(fileEntries, i, model.Msg{
			Kind: model.Record, Index: i, Aux: e.GetTerm(), Req: chain, Body: savedEntry{e},
		})
		l.noteAppended(i)
	}
}

// takeSnapshot replaces the log by a snapshot. The snapshot is on disk before anything is erased: until then
// the entries are what this member has told others it holds.
func (l *etcd) takeSnapshot(s snapshot) {
	l.saveSnapshot(s)
	for i := l.disk.last(); i >= l.disk.erased && i > 0; i-- {
		l.out.Erase(fileEntries, i)
	}
	l.disk.reset(s)
	l.disk.erased = s.index + 1
	l.noteAppended(s.index)
}

// compact drops the log up to and with an index that was applied; that entry stays on disk for its term.
func (l *etcd) compact(index uint64) {
	if index <= l.disk.base {
		return
	}
	for i := l.disk.erased; i < index; i++ {
		l.out.Erase(fileEntries, i)
	}
	l.disk.erased = index
	l.disk.drop(index)
}

func (l *etcd) noteAppended(index uint64) {
	l.out.Note(model.Msg{
		Kind: model.NoteAppended, Index: index, Aux: l.disk.termAt(index), Req: l.disk.chainAt(index),
	})
}

// load reads what was saved. It reports whether a log was ever begun here, and the snapshot it begins with. A
// restore of a snapshot that a crash cut short leaves entries of the log before it: they are erased.
func (l *etcd) load(disk *sim.Disk[model.Msg]) (snapshot, bool) {
	s := l.disk
	if m, ok := disk.Get(fileState, slotVote); ok {
		s.term, s.vote = m.Index, uint64(m.Peer)
	}
	m, ok := disk.Get(fileSnapshot, 0)
	if !ok {
		sim.Assert(disk.Len(fileEntries) == 0, "raft: entries on disk and no beginning")
		return snapshot{}, false
	}
	body := m.Body.(*savedSnapshot)
	snap := snapshot{index: m.Index, term: m.Aux, chain: m.Req, conf: body.conf, state: body.state}
	s.reset(snap)
	s.applied, s.erased = 0, snap.index+1
	s.term = max(s.term, snap.term)
	if m, ok := disk.Get(fileState, slotConf); ok && m.Index > snap.index {
		s.conf = *m.Body.(*membership)
	}
	slots := disk.Slots(fileEntries)
	if len(slots) > 0 && slots[0] <= snap.index {
		if at, ok := disk.Get(fileEntries, snap.index); !ok || at.Aux != snap.term {
			for i := len(slots) - 1; i >= 0; i-- {
				l.out.Erase(fileEntries, slots[i])
			}
			slots = nil
		}
	}
	l.loadEntries(disk, slots)
	return snap, true
}

// loadEntries fills the log from the records. The first stands for the base unless it follows the snapshot.
func (l *etcd) loadEntries(disk *sim.Disk[model.Msg], slots []uint64) {
	s := l.disk
	for n, slot := range slots {
		m, _ := disk.Get(fileEntries, slot)
		if n == 0 {
			s.erased = slot
			if slot != s.base+1 {
				s.base, s.baseT, s.baseH = slot, m.Aux, m.Req
				continue
			}
		}
		sim.Assert(slot == s.last()+1, "raft: entry %d on disk follows %d", slot, s.last())
		e := m.Body.(savedEntry).e
		sim.Assert(s.extend(s.chainAt(s.last()), e) == m.Req, "raft: entry %d on disk is of another log", slot)
		s.entries = append(s.entries, e)
		s.chains = append(s.chains, m.Req)
	}
}
