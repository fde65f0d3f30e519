// Package raftlog is the replicated log of the controllers: real raft (go.etcd.io/raft/v3) behind one small
// interface, with hashicorp/raft's outcomes as OpenZiti sees them.
//
// # Determinism
//
// The library draws its election timeout from a global source of randomness. It looks at the draw in one place
// only, when a follower or candidate ticks. So here only a leader ever gets Tick; the others count time with
// TickQuiesced, which keeps the lease by which they refuse votes and starts nothing, and they stand for election
// when a timer of ours says so, drawn from a stream of the run's seed. No global is read or written, any number
// of logs can be stepped in one process, and one seed is one history.
//
// # Clocks
//
// A leader ticks once a second: it sends heartbeats, and it steps down when a quorum was silent for RaftLease
// (LeaderLeaseTimeout). A follower stands when a leader was silent for RaftHeartbeat and up to twice that; a
// candidate tries again after RaftElection and up to twice that. Those are hashicorp/raft's HeartbeatTimeout and
// ElectionTimeout, and so are the pre-vote (the default since its 1.7) and the refusal to vote against a leader
// one still hears. A crashed leader is therefore replaced within 3 s to 16 s at the defaults, mostly in under 7.
//
// # Storage
//
// What raft must not forget is saved as records before anything is sent that relies on it. The order of the
// records makes every prefix of a step's effects a log that raft could have had: the vote before entries, a
// conflicting tail erased from its end before it is overwritten, a snapshot before what it replaces is erased,
// a membership before the host saves that it applied it. The commit index is not saved, as in hashicorp/raft: a
// restarted member serves what it had applied and learns from the leader what else is committed.
package raftlog
