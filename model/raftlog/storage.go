package raftlog

import (
	"encoding/binary"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"

	"gyre/sim"
)

// batchMax is how many entries one append carries at most (hashicorp/raft 1.7.3, MaxAppendEntries).
const batchMax = 64

// storage is the log as raft reads it. It mirrors what is on disk and is changed only together with it.
type storage struct {
	host    Host
	digest  *sim.Canon
	term    uint64 // of the hard state
	vote    uint64
	base    uint64 // index of the entry before the first one held; its term and chain hash are known
	baseT   uint64
	baseH   uint64
	entries []*raftpb.Entry // entry base+1 and on
	chains  []uint64        // chain hash of the log up to and with each entry
	conf    membership      // as of the last membership change applied here
	applied uint64          // applied here: where the host's state stands
	made    []snapshot      // for the messages under way in the library
	erased  uint64          // the disk holds no entry below this index
}

// snapshot is a state of the state machine and where in the log it stands.
type snapshot struct {
	index, term, chain uint64
	conf               membership
	state              Snapshot
}

func (s *storage) last() uint64 { return s.base + uint64(len(s.entries)) }

// termAt returns the term of an entry held or of the base; 0 elsewhere.
func (s *storage) termAt(i uint64) uint64 {
	if i == s.base {
		return s.baseT
	}
	if i < s.base || i > s.last() {
		return 0
	}
	return s.entries[i-s.base-1].GetTerm()
}

// chainAt returns the chain hash up to an entry held or the base.
func (s *storage) chainAt(i uint64) uint64 {
	if i == s.base {
		return s.baseH
	}
	return s.chains[i-s.base-1]
}

// InitialState implements raft.Storage. What is committed is what was applied: hashicorp/raft saves no commit
// index either.
func (s *storage) InitialState() (*raftpb.HardState, *raftpb.ConfState, error) {
	term, vote, commit := s.term, s.vote, max(s.base, s.applied)
	return &raftpb.HardState{Term: &term, Vote: &vote, Commit: &commit}, s.conf.state(), nil
}

// Entries implements raft.Storage. A size limit is a limit on the number of entries, as in hashicorp/raft; the
// library passes one only where it fills messages.
func (s *storage) Entries(lo, hi, maxSize uint64) ([]*raftpb.Entry, error) {
	if lo <= s.base {
		return nil, raft.ErrCompacted
	}
	if hi > s.last()+1 {
		return nil, raft.ErrUnavailable
	}
	if maxSize <= sizeMax && hi-lo > batchMax {
		hi = lo + batchMax
	}
	from, to := lo-s.base-1, hi-s.base-1
	return s.entries[from:to:to], nil
}

// Term implements raft.Storage.
func (s *storage) Term(i uint64) (uint64, error) {
	if i < s.base {
		return 0, raft.ErrCompacted
	}
	if i > s.last() {
		return 0, raft.ErrUnavailable
	}
	return s.termAt(i), nil
}

// LastIndex implements raft.Storage.
func (s *storage) LastIndex() (uint64, error) { return s.last(), nil }

// FirstIndex implements raft.Storage.
func (s *storage) FirstIndex() (uint64, error) { return s.base + 1, nil }

// Snapshot implements raft.Storage: the host's present state. It is made when a member needs it, so it always
// has that member in its membership, which raft demands of a snapshot it restores.
func (s *storage) Snapshot() (*raftpb.Snapshot, error) {
	index, term := s.applied, s.termAt(s.applied)
	if n := len(s.made); n == 0 || s.made[n-1].index != index {
		s.made = append(s.made, snapshot{index: index, state: s.host.Snapshot()})
	}
	return &raftpb.Snapshot{
		Data:     binary.BigEndian.AppendUint64(nil, s.chainAt(index)),
		Metadata: &raftpb.SnapshotMetadata{ConfState: s.conf.state(), Index: &index, Term: &term},
	}, nil
}

// stateAt returns the state of a snapshot made for a message.
func (s *storage) stateAt(index uint64) Snapshot {
	for i := range s.made {
		if s.made[i].index == index {
			return s.made[i].state
		}
	}
	sim.Assert(false, "raft: snapshot %d is sent and was not made", index)
	return nil
}

// extend returns the chain hash of the log that ends with e, given the hash up to the entry before.
func (s *storage) extend(chain uint64, e *raftpb.Entry) uint64 {
	s.digest.Reset(0)
	s.digest.Count("", chain, 0)
	s.digest.Count("", e.GetIndex(), 0)
	s.digest.Count("", e.GetTerm(), 0)
	s.digest.Int("", int64(e.GetType()))
	canonBytes(s.digest, e.GetData())
	return s.digest.Sum()
}

// append adds entries after cutting off what they conflict with.
func (s *storage) append(entries []*raftpb.Entry) {
	first := entries[0].GetIndex()
	sim.Assert(first > s.base && first <= s.last()+1, "append at %d, log is %d..%d", first, s.base, s.last())
	keep := first - s.base - 1
	// What was handed out before shares the array: a fresh array keeps its past as it was.
	if keep < uint64(len(s.entries)) {
		s.entries = append([]*raftpb.Entry(nil), s.entries[:keep]...)
		s.chains = s.chains[:keep]
	}
	for _, e := range entries {
		chain := s.extend(s.chainAt(s.last()), e)
		s.entries = append(s.entries, e)
		s.chains = append(s.chains, chain)
	}
}

// drop forgets the entries up to index, which becomes the base.
func (s *storage) drop(index uint64) {
	n := index - s.base
	baseT, baseH := s.termAt(index), s.chainAt(index)
	s.entries = append([]*raftpb.Entry(nil), s.entries[n:]...)
	s.chains = append([]uint64(nil), s.chains[n:]...)
	s.base, s.baseT, s.baseH = index, baseT, baseH
}

// reset makes the log begin after a snapshot.
func (s *storage) reset(snap snapshot) {
	s.entries, s.chains = nil, nil
	s.base, s.baseT, s.baseH = snap.index, snap.term, snap.chain
	s.conf, s.applied = snap.conf, snap.index
}
