package raftlog

import (
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"

	"gyre/sim"
)

// Timers of the log.
const (
	timerTick  = TimerBase     // of a leader, once per tick
	timerStand = TimerBase + 1 // of the others: perhaps time to stand for election
	timerApply = TimerBase + 2 // the next committed entry is due
)

// clock is when a member that does not lead stands for election. The kernel's timer is lazy: hearing from the
// leader moves only the deadline, and a timer that fires before it is set again.
type clock struct {
	draws    sim.Stream
	patience sim.Duration // drawn beyond the least wait for a leader, once per leader rather than per heartbeat
	deadline sim.Time
	armed    sim.Time // when the kernel's timer fires; 0 if it is not set
	caughtUp sim.Time // the time up to which the library has been told that time passed
	ticks    int      // of this leader, modulo the lease
}

// leaseTicks is how many ticks the library takes for the lease.
func (l *etcd) leaseTicks() int { return max(2, int(l.cfg.Params.RaftLease/tick)) }

// expectLeader starts the wait for a sign of the leader over.
func (l *etcd) expectLeader() {
	l.deadline = l.now.Add(l.cfg.Params.RaftHeartbeat + l.patience)
}

// expectVotes starts the wait of a candidate.
func (l *etcd) expectVotes() {
	wait := l.cfg.Params.RaftElection
	l.deadline = l.now.Add(wait + l.drawBelow(wait))
}

func (l *etcd) drawPatience() { l.patience = l.drawBelow(l.cfg.Params.RaftHeartbeat) }

func (l *etcd) drawBelow(d sim.Duration) sim.Duration {
	if d < 1 {
		return 0
	}
	return sim.Duration(l.draws.Below(uint64(d)))
}

// catchUp tells the library of the whole ticks that passed, so that the lease by which a follower refuses to
// vote ends when it should. TickQuiesced does nothing but count.
func (l *etcd) catchUp() {
	if l.led != 0 {
		return
	}
	n := l.now.Sub(l.caughtUp) / tick
	l.caughtUp = l.caughtUp.Add(n * tick)
	for i := min(n, sim.Duration(l.leaseTicks())); i > 0; i-- {
		l.node.TickQuiesced()
	}
}

// rearm sets the kernel's timer if it would fire too late.
func (l *etcd) rearm() {
	if l.led != 0 || l.deadline == sim.Never || l.armed != 0 && l.armed <= l.deadline {
		return
	}
	l.armed = max(l.deadline, l.now)
	l.out.Arm(timerStand, l.armed.Sub(l.now))
}

// stand stands for election if it is time to.
func (l *etcd) stand() {
	l.armed = 0
	if l.deadline != sim.Never && l.deadline.Sub(l.now) > 2*max(l.cfg.Params.RaftHeartbeat, l.cfg.Params.RaftElection) {
		l.expectLeader() // the clock was set back
	}
	if l.led != 0 || l.now < l.deadline {
		return
	}
	l.catchUp()
	l.expectVotes()
	_ = l.node.Campaign()
	if l.node.BasicStatus().RaftState == raft.StateFollower {
		// No voter, or a membership change is still to be applied: it stays a follower, of nobody now
		// (hashicorp/raft 1.7.3 runFollower forgets the leader in any case).
		_ = l.node.ForgetLeader()
		l.drawPatience()
		l.expectLeader()
		if !l.voter(uint64(l.self)) {
			l.deadline = sim.Never // until a leader is heard
		}
	}
}

// tick is a leader's: lease, heartbeats, snapshots that got lost.
func (l *etcd) tick() {
	if l.led == 0 {
		return
	}
	if l.quorumSilent() {
		// The library looks once per lease whether a quorum was active since it last looked, so it finds out
		// up to a lease late. The first look forgets what was, the second finds nobody.
		l.checkQuorum()
		l.checkQuorum()
		l.ready()
	}
	if l.led == 0 {
		return // and must not tick: the library would look at its own random timeout
	}
	l.ticks = (l.ticks + 1) % l.leaseTicks()
	l.retrySnapshots()
	l.node.Tick()
	l.ready()
	if l.led != 0 {
		l.out.Arm(timerTick, tick)
	}
}

func (l *etcd) checkQuorum() {
	from := raft.LocalAppendThread // a local message, which Step takes from local senders only
	_ = l.node.Step(&raftpb.Message{Type: raftpb.MsgCheckQuorum.Enum(), From: &from})
}

// quorumSilent reports whether a quorum was silent for longer than the lease (hashicorp/raft 1.7.3
// checkLeaderLease).
func (l *etcd) quorumSilent() bool {
	near := 0
	if l.voter(uint64(l.self)) {
		near++
	}
	for i := range l.peers {
		if p := &l.peers[i]; p.voter && l.now.Sub(p.heard) <= l.cfg.Params.RaftLease {
			near++
		}
	}
	return near <= len(l.disk.conf.voters)/2
}

// heard marks an answer of a member to this leader.
func (l *etcd) heard(id, term uint64) {
	if l.led == 0 || term != l.led {
		return
	}
	for i := range l.peers {
		if l.peers[i].id == id {
			l.peers[i].heard = l.now
		}
	}
}

// retrySnapshots tells the library of snapshots that nobody answers: it would wait for ever.
func (l *etcd) retrySnapshots() {
	wait := max(1, int(l.cfg.Params.RaftElection/tick))
	for i := range l.peers {
		p := &l.peers[i]
		if l.progress(p.id).State != tracker.StateSnapshot {
			p.waiting = 0
			continue
		}
		if p.waiting++; p.waiting > wait {
			p.waiting = 0
			l.node.ReportSnapshot(p.id, raft.SnapshotFailure)
		}
	}
}

// progress returns what the library knows of a member; zero if it is none.
func (l *etcd) progress(id uint64) (found tracker.Progress) {
	l.node.WithProgress(func(other uint64, _ raft.ProgressType, p tracker.Progress) {
		if other == id {
			found = p
		}
	})
	return found
}

// meet renews the list of the other members, keeping what is known of those that stay.
func (l *etcd) meet() {
	old := l.peers
	l.peers = nil
	add := func(ids []uint64, voter bool) {
		for _, id := range ids {
			if id == uint64(l.self) {
				continue
			}
			p := peer{id: id, heard: l.now}
			for _, o := range old {
				if o.id == id {
					p = o
				}
			}
			p.voter = voter
			l.peers = append(l.peers, p)
		}
	}
	add(l.disk.conf.voters, true)
	add(l.disk.conf.learners, false)
}
