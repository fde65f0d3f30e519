package raftlog

import (
	"gyre/model"
	"gyre/sim"
)

// Ticket pairs a proposal with its outcome.
type Ticket uint64

// Host is what the log asks of the controller it lives in. Calls come during the Log's own methods; the host
// must not call back into the Log's mutating methods from them.
type Host interface {
	// SendPacket sends a packet to a peer over the mesh; it may be lost.
	SendPacket(to sim.NodeID, p *Packet)
	// Apply applies a committed entry; indexes are consecutive within a life, from the saved applied index on.
	// Entries without a command (elections, membership) come with e == nil.
	Apply(index, term uint64, e *model.Entry)
	// Snapshot returns the state after the last applied entry. It is immutable.
	Snapshot() Snapshot
	// Restore replaces the state: the leader sent a snapshot because the log was too far behind.
	Restore(index uint64, s Snapshot)
	// Outcome settles a proposal: OK with its index once applied here, LeadershipLost (outcome unknown),
	// TransferInProgress or Leaderless (not applied). Every ticket is settled exactly once unless the process
	// dies.
	Outcome(t Ticket, code model.Code, index uint64)
	// LeaderChanged tells whom this member takes for the leader; 0 is nobody.
	LeaderChanged(leader sim.NodeID, term uint64)
	// Applied returns the index of the last entry in the state the host has saved. The log asks at Boot and hands
	// over what follows. On an empty disk it is the length of the genesis.
	Applied() uint64
	// MembersChanged tells the membership after a committed change, and at Boot; index is its log index.
	MembersChanged(index uint64, voters, learners []sim.NodeID)
}

// Snapshot is the state of the state machine, as the host made it; immutable.
type Snapshot interface {
	sim.Canonical
}

// Log is one member's replica. Every method takes the time and the outbox of the step it is called in; timers
// are TimerBase and up, records are in the files from FileBase up.
type Log interface {
	// Boot starts from what was saved, or from the genesis configuration on an empty disk.
	Boot(now sim.Time, disk *sim.Disk[model.Msg], life uint32, out *sim.Outbox[model.Msg])
	// Receive takes a packet from a peer.
	Receive(now sim.Time, from sim.NodeID, p *Packet, out *sim.Outbox[model.Msg])
	// Expire takes a timer of this log; it reports false if the timer is not its own.
	Expire(now sim.Time, timer sim.TimerID, out *sim.Outbox[model.Msg]) bool
	// Propose submits a command. Outcome follows for the ticket, never during the call, unless the code is not OK:
	// Leaderless when this member is not the leader, TransferInProgress during a hand-over.
	Propose(now sim.Time, e *model.Entry, out *sim.Outbox[model.Msg]) (Ticket, model.Code)
	// Elect stands for election now.
	Elect(now sim.Time, out *sim.Outbox[model.Msg])
	// Transfer hands leadership to a voter, or to the most up to date one if to is 0.
	Transfer(now sim.Time, to sim.NodeID, out *sim.Outbox[model.Msg]) model.Code
	// Member proposes that a node joins as voter or learner, or leaves.
	Member(now sim.Time, node sim.NodeID, join, learner bool, out *sim.Outbox[model.Msg]) model.Code
	// SetLag delays the apply of each committed entry by d from now on, on top of the cost of applying.
	SetLag(now sim.Time, d sim.Duration, out *sim.Outbox[model.Msg])
	// Compact drops the log before the last SnapshotEvery applied entries. It happens by itself when more than
	// twice as many applied ones are held.
	Compact(now sim.Time, out *sim.Outbox[model.Msg])

	IsLeader() bool     // local belief
	Leader() sim.NodeID // local belief; 0 is nobody
	Term() uint64
	Applied() uint64 // index applied here
	Committed() uint64
	LastIndex() uint64

	// Canon visits the state relative to itself: terms and indexes through Count.
	Canon(c *sim.Canon)
}

// Timers and files of the log inside its controller.
const (
	TimerBase sim.TimerID = 1
	TimerEnd  sim.TimerID = 8 // exclusive; the controller's own timers start here
	FileBase  sim.File    = 1
	FileEnd   sim.File    = 4 // exclusive; the controller's own files start here
)
