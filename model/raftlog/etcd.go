package raftlog

import (
	"math"
	"strconv"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"

	"gyre/model"
	"gyre/sim"
)

const (
	tick        = sim.Second // of a leader: it sends heartbeats once per tick
	sizeMax     = 1 << 40    // bytes of one append: no bound, storage bounds the number of entries
	inflightMax = 128        // appends under way to one member (hashicorp/raft 1.7.3, its pipeline)
)

// etcd is the Log on etcd's raft.
type etcd struct {
	self sim.NodeID
	cfg  *model.Config
	host Host
	disk *storage
	node *raft.RawNode

	now  sim.Time // of the step under way
	out  *sim.Outbox[model.Msg]
	life uint32

	// Beliefs, as of the last Ready.
	role      raft.StateType
	leader    sim.NodeID
	term      uint64
	committed uint64
	led       uint64 // term in which this member leads; 0 if it does not

	waryUntil sim.Time // gives no vote before, having perhaps lost its disk
	handing   bool     // leadership was being handed over when last looked

	tickets  Ticket
	pending  []Ticket // proposals of this member that wait for their outcome, ascending
	changes  []change // membership changes that wait for the one before them
	confOpen uint64   // no membership change is proposed before this index is applied
	incoming snapshot // the one that came with the packet under way

	queue    []*raftpb.Entry // committed, not yet applied
	applyDue sim.Time        // when the first of them is applied; Never if there is none
	applyAt  sim.Time        // when it became the first
	lag      sim.Duration

	confirmation *raftpb.Message // reused: tells the library what was applied

	clock
	peers []peer // on a leader: the other members
}

// change is a membership change.
type change struct {
	node          sim.NodeID
	join, learner bool
}

// peer is what a leader remembers of another member besides what the library does.
type peer struct {
	id      uint64
	voter   bool
	heard   sim.Time // last answer
	waiting int      // ticks since a snapshot was sent that is not answered yet
}

// NewEtcd returns the log of a controller on etcd's raft. It does nothing before Boot. The host's methods are
// called during the log's own. cfg gives the members at the start, the parameters and the seed.
func NewEtcd(self sim.NodeID, cfg *model.Config, host Host) Log {
	return &etcd{self: self, cfg: cfg, host: host}
}

// Boot implements Log. On an empty disk a member of the start begins with a configuration entry after the
// genesis, in term 1, as if the cluster had been bootstrapped; any other node waits for a leader to add it.
func (l *etcd) Boot(now sim.Time, disk *sim.Disk[model.Msg], life uint32, out *sim.Outbox[model.Msg]) {
	l.now, l.out, l.life = now, out, life
	l.disk = &storage{host: l.host, digest: sim.NewDigest()}
	l.applyDue = sim.Never
	l.clock.draws = l.cfg.Seed.Stream("raft/" + l.cfg.Names.Name(sim.Nodes, uint64(l.self)) + "/" +
		strconv.FormatUint(uint64(life), 10))
	snap, begun := l.load(disk)
	if !begun && l.founder() {
		snap, begun = l.found(), true
		if life > 1 {
			l.waryUntil = now.Add(waryMax)
		}
	}
	if begun {
		l.resume(snap)
		l.noteAppended(l.disk.last())
	}
	node, err := raft.NewRawNode(&raft.Config{
		ID:                        uint64(l.self),
		ElectionTick:              l.leaseTicks(),
		HeartbeatTick:             1,
		Storage:                   l.disk,
		Applied:                   l.disk.applied,
		AsyncStorageWrites:        true, // lets entries be applied late and one by one, with raft knowing how far
		MaxSizePerMsg:             sizeMax,
		MaxCommittedSizePerReady:  math.MaxUint64,
		MaxInflightMsgs:           inflightMax,
		CheckQuorum:               true, // the leader's lease, and voters deaf to others while they hear a leader
		PreVote:                   true, // hashicorp/raft's default since 1.7
		DisableProposalForwarding: true, // OpenZiti forwards commands itself
		StepDownOnRemoval:         true, // as hashicorp/raft
		Logger:                    mute{},
	})
	sim.Assert(err == nil, "raft: %v", err)
	l.node = node
	l.term, l.committed = l.disk.term, max(l.disk.base, l.disk.applied)
	l.caughtUp = now
	l.drawPatience()
	l.expectLeader()
	if begun {
		l.tellMembers()
	}
	l.run()
}

// founder reports whether this node is a member from the start.
func (l *etcd) founder() bool {
	for _, id := range l.cfg.Controllers {
		if id == l.self {
			return true
		}
	}
	return false
}

// found begins the log of a new cluster: after the genesis, with the membership as its entry.
func (l *etcd) found() snapshot {
	conf := membership{index: uint64(len(l.cfg.Genesis)) + 1}
	for i, id := range l.cfg.Controllers {
		if i < l.cfg.Voters {
			conf.voters = append(conf.voters, uint64(id))
		} else {
			conf.learners = append(conf.learners, uint64(id))
		}
	}
	snap := snapshot{index: conf.index, term: 1, conf: conf}
	l.disk.reset(snap)
	l.disk.applied, l.disk.erased, l.disk.term = 0, snap.index+1, 1
	l.saveSnapshot(snap)
	return snap
}

// resume brings the host to where the log begins, if it is not there yet, and the log to where the host is.
func (l *etcd) resume(snap snapshot) {
	if l.host.Applied() < snap.index {
		if snap.state != nil {
			l.host.Restore(snap.index, snap.state) // a crash cut the restore short
		} else {
			first := l.host.Applied() + 1
			sim.Assert(first > uint64(len(l.cfg.Genesis)), "raft: the host lacks the genesis")
			for i := first; i <= snap.index; i++ {
				l.host.Apply(i, snap.term, nil)
			}
		}
		l.disk.applied = snap.index
		return
	}
	l.disk.applied = l.host.Applied()
	sim.Assert(l.disk.applied >= l.disk.base && l.disk.applied <= l.disk.last(),
		"raft: applied %d is outside of the log %d..%d", l.disk.applied, l.disk.base, l.disk.last())
}

func (l *etcd) tellMembers() {
	conf := &l.disk.conf
	l.host.MembersChanged(conf.index, nodes(conf.voters), nodes(conf.learners))
}

func nodes(ids []uint64) []sim.NodeID {
	list := make([]sim.NodeID, len(ids))
	for i, id := range ids {
		list[i] = sim.NodeID(id)
	}
	return list
}

// Receive implements Log.
func (l *etcd) Receive(now sim.Time, from sim.NodeID, p *Packet, out *sim.Outbox[model.Msg]) {
	l.now, l.out = now, out
	m := p.m
	sim.Assert(sim.NodeID(m.GetFrom()) == from, "raft: packet of %d came from %d", m.GetFrom(), from)
	l.catchUp()
	l.incoming = snapshot{state: p.state}
	contact := false
	switch m.GetType() {
	case raftpb.MsgApp, raftpb.MsgHeartbeat, raftpb.MsgSnap:
		contact = m.GetTerm() >= l.term
	case raftpb.MsgAppResp, raftpb.MsgHeartbeatResp:
		l.heard(m.GetFrom(), m.GetTerm())
	}
	if m = l.screen(m); m != nil {
		// The errors are messages of nodes that are no members any more: to be ignored.
		_ = l.node.Step(m)
	}
	l.ready()
	if contact {
		l.caughtUp = now // the lease by which votes are refused runs from here
		l.expectLeader()
		l.trusted(p.m)
	}
	l.run()
}

// Expire implements Log.
func (l *etcd) Expire(now sim.Time, timer sim.TimerID, out *sim.Outbox[model.Msg]) bool {
	if timer < TimerBase || timer >= TimerEnd {
		return false
	}
	l.now, l.out = now, out
	switch timer {
	case timerTick:
		l.tick()
	case timerStand:
		l.stand()
	case timerApply:
		// It fires when the first entry is due; a clock set back meanwhile must not make it wait again.
		if len(l.queue) > 0 {
			l.applyDue = now
		}
	}
	l.run()
	return true
}

// IsLeader implements Log.
func (l *etcd) IsLeader() bool { return l.led != 0 }

// Leader implements Log.
func (l *etcd) Leader() sim.NodeID { return l.leader }

// Term implements Log.
func (l *etcd) Term() uint64 { return l.term }

// Applied implements Log.
func (l *etcd) Applied() uint64 { return l.disk.applied }

// Committed implements Log.
func (l *etcd) Committed() uint64 { return l.committed }

// LastIndex implements Log.
func (l *etcd) LastIndex() uint64 { return l.disk.last() }
