package raftlog

import (
	"gyre/model"
	"gyre/sim"
)

// Monitor watches the members of one cluster through their notes and holds raft to its promises: one leader per
// term, equal logs up to any common entry, the same entry applied at each index by everyone, and every committed
// entry in the log of each leader of a later term. A broken promise is a fault of ours. Each note costs constant
// time; of the past it remembers at least the last windowMin indexes.
type Monitor struct {
	digest  *sim.Canon
	slots   window // what is known of each index
	leaders map[uint64]sim.NodeID
	newest  uint64 // term, of those in leaders
	commits uint64 // newest index known to be committed: applied by someone
	settled uint64 // newest as it was then: no later term than that has committed it
	members []memberLog
	lossy   bool
}

// windowMin is how many indexes and terms the monitor remembers at least; it forgets in steps of as many.
const windowMin = 4096

// slot is what is known of one index.
type slot struct {
	applied bool
	term    uint64 // of the entry applied
	command uint64 // digest of the entry applied, and of what it did
	marks   []mark // entries any member ever held there, by term
}

// mark is an entry with all that is before it.
type mark struct{ term, chain uint64 }

// memberLog is the log of one member as its notes tell it.
type memberLog struct {
	node sim.NodeID
	log  entries
}

// NewMonitor returns a monitor that has seen nothing.
func NewMonitor() *Monitor {
	return &Monitor{digest: sim.NewDigest(), leaders: map[uint64]sim.NodeID{}}
}

// DiskLost tells that a member lost what it had saved. Raft promises nothing from then on, so nothing is
// checked any more: what is lost then is lost in OpenZiti too, and shows in the properties.
func (v *Monitor) DiskLost(sim.NodeID) { v.lossy = true }

// Observe takes a note of a node. Notes of other kinds than NoteAppended, NoteApplied and NoteLeader are
// ignored. It panics with a sim.Fault if raft broke a promise.
func (v *Monitor) Observe(node sim.NodeID, m *model.Msg) {
	if v.lossy {
		return
	}
	switch m.Kind {
	case model.NoteAppended:
		v.appended(node, m.Index, mark{term: m.Aux, chain: m.Req})
	case model.NoteApplied:
		v.applied(node, m)
	case model.NoteLeader:
		if m.Flags&model.On != 0 {
			v.elected(node, m.Index)
		}
	}
}

// appended checks log matching: entries of equal index and term have equal logs before them.
func (v *Monitor) appended(node sim.NodeID, index uint64, m mark) {
	v.member(node).put(index, m)
	s := v.slots.at(index)
	if s == nil {
		return // older than what is remembered
	}
	for _, other := range s.marks {
		if other.term == m.term {
			sim.Assert(other.chain == m.chain, "raft: log matching: node %d has another log up to index %d term %d",
				node, index, m.term)
			return
		}
	}
	s.marks = append(s.marks, m)
}

// applied checks agreement: everyone applies the same entry at an index, to the same effect.
func (v *Monitor) applied(node sim.NodeID, m *model.Msg) {
	s := v.slots.at(m.Index)
	if s == nil {
		return
	}
	v.digest.Reset(0)
	v.digest.Int("", int64(m.Code))
	v.digest.Flag("", m.Body != nil)
	if m.Body != nil {
		m.Body.Canon(v.digest)
	}
	command := v.digest.Sum()
	if s.applied {
		sim.Assert(s.term == m.Aux, "raft: agreement: node %d applied index %d of term %d, another one of term %d",
			node, m.Index, m.Aux, s.term)
		sim.Assert(s.command == command, "raft: agreement: node %d applied another entry at index %d", node, m.Index)
		return
	}
	s.applied, s.term, s.command = true, m.Aux, command
	if m.Index > v.commits {
		v.commits, v.settled = m.Index, v.newest
	}
}

// elected checks election safety and leader completeness. Who stood still with the votes for it unread may find that it
// leads an old term, when a later one has committed without it: raft promises nothing of such a leader's log.
func (v *Monitor) elected(node sim.NodeID, term uint64) {
	other, ok := v.leaders[term]
	sim.Assert(!ok || other == node, "raft: election safety: node %d leads term %d, so did node %d", node, term, other)
	v.leaders[term] = node
	v.newest = max(v.newest, term)
	if term > windowMin {
		delete(v.leaders, term-windowMin)
	}
	if v.commits == 0 || term <= v.settled {
		return
	}
	log := v.member(node)
	sim.Assert(log.last() >= v.commits,
		"raft: leader completeness: node %d leads term %d with a log up to %d, %d is committed",
		node, term, log.last(), v.commits)
	s, have := v.slots.at(v.commits), log.at(v.commits)
	if s == nil || have.term == 0 {
		return // compacted away: covered by the snapshot, which is of applied entries
	}
	sim.Assert(have.term == s.term,
		"raft: leader completeness: node %d leads term %d with index %d of term %d, committed is term %d",
		node, term, v.commits, have.term, s.term)
}

func (v *Monitor) member(node sim.NodeID) *entries {
	for i := range v.members {
		if v.members[i].node == node {
			return &v.members[i].log
		}
	}
	v.members = append(v.members, memberLog{node: node})
	return &v.members[len(v.members)-1].log
}

// window is a run of slots by index, the oldest dropped.
type window struct {
	first uint64
	slots []slot
}

// at returns the slot of an index, growing the window as needed, or nil if it was dropped.
func (w *window) at(index uint64) *slot {
	if len(w.slots) == 0 {
		w.first = index
	}
	if index < w.first {
		return nil
	}
	if index > w.first+uint64(len(w.slots))+windowMin {
		w.first, w.slots = index, nil // a jump by snapshot
	}
	for index >= w.first+uint64(len(w.slots)) {
		w.slots = append(w.slots, slot{})
	}
	if n := len(w.slots); n >= 2*windowMin {
		w.slots = append([]slot(nil), w.slots[n-windowMin:]...)
		w.first += uint64(n - windowMin)
		if index < w.first {
			return nil
		}
	}
	return &w.slots[index-w.first]
}

// entries is the end of a member's log.
type entries struct {
	first uint64
	marks []mark
}

func (e *entries) last() uint64 {
	if len(e.marks) == 0 {
		return 0
	}
	return e.first + uint64(len(e.marks)) - 1
}

// put makes the log end with m at index.
func (e *entries) put(index uint64, m mark) {
	switch {
	case len(e.marks) == 0 || index < e.first || index > e.last()+1:
		e.first, e.marks = index, e.marks[:0]
	default:
		e.marks = e.marks[:index-e.first]
	}
	e.marks = append(e.marks, m)
	if n := len(e.marks); n >= 2*windowMin {
		e.first += uint64(n - windowMin)
		e.marks = append([]mark(nil), e.marks[n-windowMin:]...)
	}
}

// at returns the entry at index; zero if it is not held or not remembered.
func (e *entries) at(index uint64) mark {
	if len(e.marks) == 0 || index < e.first || index > e.last() {
		return mark{}
	}
	return e.marks[index-e.first]
}
