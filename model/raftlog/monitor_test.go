package raftlog

import (
	"strings"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"gyre/model"
	"gyre/sim"
)

// breaks runs f and fails unless the monitor calls the broken promise by name.
func breaks(t *testing.T, promise string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		fault, ok := recover().(sim.Fault)
		if !ok || !strings.Contains(fault.Text, promise) {
			t.Errorf("got %v, want a fault about %s", fault, promise)
		}
	}()
	f()
}

func (c *cluster) stand(id sim.NodeID) {
	c.step(id, func(out *sim.Outbox[model.Msg]) { c.nodes[id].log.Elect(c.now, out) })
}

func (c *cluster) sever(a, b sim.NodeID) {
	c.cut[[2]sim.NodeID{a, b}], c.cut[[2]sim.NodeID{b, a}] = true, true
}

// The planted mistake: a voter forgets its vote in a crash and gives it twice.
func TestMonitorElectionSafety(t *testing.T) {
	c := newCluster(t, config(1, 3, 3, 0))
	l := c.elect()
	c.commit(1)
	a, b := l%3+1, (l+1)%3+1
	c.sever(a, b)
	c.stand(a)
	c.until(sim.Second, func() bool { return c.nodes[a].log.IsLeader() })
	c.crash(l)
	c.nodes[l].disk.Delete(fileState, slotVote)
	c.boot(l)
	c.sever(a, l)
	breaks(t, "election safety", func() {
		c.stand(b)
		c.run(10 * sim.Second)
	})
}

// The planted mistake: a member loses an entry that it had confirmed, and helps to elect one who never had it.
func TestMonitorLeaderCompleteness(t *testing.T) {
	c := newCluster(t, config(1, 3, 3, 0))
	l := c.elect()
	c.commit(1)
	c.run(sim.Second)
	a, b := l%3+1, (l+1)%3+1
	c.isolate(b, true)
	c.step(a, func(out *sim.Outbox[model.Msg]) { c.nodes[a].log.SetLag(c.now, sim.Hour, out) })
	index := c.commit(2)
	c.crash(a)
	c.crash(l)
	c.nodes[a].disk.Delete(fileEntries, index)
	clear(c.cut)
	c.boot(a)
	breaks(t, "leader completeness", func() {
		c.stand(b)
		c.run(10 * sim.Second)
	})
}

// The same with a log as long as needed but of the wrong entries.
func TestMonitorLeaderCompletenessByTerm(t *testing.T) {
	v := NewMonitor()
	note := func(node sim.NodeID, kind model.Kind, index, aux, req uint64) {
		v.Observe(node, &model.Msg{Kind: kind, Index: index, Aux: aux, Req: req, Flags: model.On})
	}
	note(1, model.NoteAppended, 5, 1, 11)
	note(2, model.NoteAppended, 5, 1, 11)
	note(1, model.NoteAppended, 6, 2, 12)
	note(2, model.NoteAppended, 6, 3, 13)
	note(2, model.NoteAppended, 7, 3, 14)
	note(1, model.NoteApplied, 6, 2, 0)
	breaks(t, "leader completeness", func() { note(2, model.NoteLeader, 4, 0, 0) })
}

// A leader of an old term that comes late need not have what a later term has committed; one of a still later term must.
func TestMonitorLateLeader(t *testing.T) {
	v := NewMonitor()
	note := func(node sim.NodeID, kind model.Kind, index, aux, req uint64) {
		v.Observe(node, &model.Msg{Kind: kind, Index: index, Aux: aux, Req: req, Flags: model.On})
	}
	note(2, model.NoteLeader, 3, 0, 0)
	note(2, model.NoteAppended, 5, 3, 11)
	note(2, model.NoteApplied, 5, 3, 0)
	note(1, model.NoteAppended, 4, 1, 10)
	note(1, model.NoteLeader, 2, 0, 0)
	breaks(t, "leader completeness", func() { note(1, model.NoteLeader, 4, 0, 0) })
}

// The planted mistake: an entry changes on its way.
func TestMonitorLogMatching(t *testing.T) {
	c := newCluster(t, config(1, 3, 3, 0))
	l := c.elect()
	c.commit(1)
	c.tamper = func(p *Packet) *Packet {
		if p.m.GetType() != raftpb.MsgApp || len(p.m.GetEntries()) == 0 || p.m.GetTo() != uint64(l%3+1) {
			return p
		}
		other := proto.Clone(p.m).(*raftpb.Message)
		data := other.Entries[0].Data
		data[len(data)-3] ^= 1
		return &Packet{m: other}
	}
	breaks(t, "log matching", func() { c.commit(2) })
}

// The planted mistake: one member reads an entry differently.
func TestMonitorAgreement(t *testing.T) {
	c := newCluster(t, config(1, 3, 3, 0))
	c.commit(1)
	c.lie = func(m *member, e *model.Entry) *model.Entry {
		if m.id == 2 {
			other := *e
			other.N++
			return &other
		}
		return e
	}
	breaks(t, "agreement", func() {
		c.commit(2)
		c.run(sim.Second)
	})
}

// The planted mistake: two members apply entries of different terms.
func TestMonitorAgreementByTerm(t *testing.T) {
	v := NewMonitor()
	v.Observe(1, &model.Msg{Kind: model.NoteApplied, Index: 9, Aux: 3})
	breaks(t, "agreement", func() { v.Observe(2, &model.Msg{Kind: model.NoteApplied, Index: 9, Aux: 4}) })
}

// Goal: the monitor's memory is bounded by its window, whatever the length of the run.
func TestMonitorMemory(t *testing.T) {
	v := NewMonitor()
	for i := uint64(1); i < 20*windowMin; i++ {
		for node := sim.NodeID(1); node <= 3; node++ {
			v.Observe(node, &model.Msg{Kind: model.NoteAppended, Index: i, Aux: i, Req: i})
			v.Observe(node, &model.Msg{Kind: model.NoteApplied, Index: i, Aux: i})
		}
		v.Observe(1, &model.Msg{Kind: model.NoteLeader, Flags: model.On, Index: i})
	}
	if n := len(v.slots.slots); n > 2*windowMin {
		t.Errorf("%d slots", n)
	}
	if n := len(v.leaders); n > windowMin {
		t.Errorf("%d leaders", n)
	}
	for _, m := range v.members {
		if n := len(m.log.marks); n > 2*windowMin {
			t.Errorf("%d entries", n)
		}
	}
}

func TestMonitorDiskLost(t *testing.T) {
	v := NewMonitor()
	v.Observe(1, &model.Msg{Kind: model.NoteApplied, Index: 9, Aux: 3})
	v.DiskLost(2)
	v.Observe(2, &model.Msg{Kind: model.NoteApplied, Index: 9, Aux: 4})
}
