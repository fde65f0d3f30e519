package controller

import (
	"slices"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// memberWorld is a cluster of two members and a spare, with a router.
type memberWorld struct {
	*sim.World[model.Msg]
	t     *testing.T
	cfg   *model.Config
	stubs []*stub
	node  func(id sim.NodeID) *controller
	at    sim.Duration
}

func newMemberWorld(t *testing.T, release model.Release, members, spares []sim.NodeID) *memberWorld {
	cfg := testConfig(release)
	cfg.Controllers, cfg.Voters, cfg.Spares = members, len(members), spares
	m := &memberWorld{t: t, cfg: cfg}
	m.World, m.stubs, m.node = clusterOf(cfg, 1, 30, func(serial uint32) sim.NodeID { return members[serial%2] })
	for id := sim.NodeID(1); int(id) <= m.Hosts(); id++ {
		if !slices.Contains(spares, id) {
			m.Start(id)
		}
	}
	return m
}

func (m *memberWorld) after(d sim.Duration) {
	m.t.Helper()
	m.at += d
	run(m.t, m.World, m.at)
}

// leader returns who leads; nobody is fatal.
func (m *memberWorld) leader() sim.NodeID {
	m.t.Helper()
	for id := ctl1; id <= ctl3; id++ {
		if m.Up(id) && m.node(id).leads {
			return id
		}
	}
	m.t.Fatal("nobody leads")
	return 0
}

// lead makes a controller the leader.
func (m *memberWorld) lead(id sim.NodeID) {
	m.t.Helper()
	if m.leader() != id {
		m.Command(m.leader(), model.Msg{Kind: model.OpTransfer, Peer: id})
		m.after(10 * sim.Second)
	}
	if m.leader() != id {
		m.t.Fatalf("%d leads, want %d", m.leader(), id)
	}
}

func (m *memberWorld) change(id sim.NodeID, flags model.Flags) {
	m.Command(m.leader(), model.Msg{Kind: model.OpMember, Peer: id, Flags: flags})
}

// agree wants the nodes to be members, to have the same rows and to be connected to each other.
func (m *memberWorld) agree(what string, ids ...sim.NodeID) {
	m.t.Helper()
	for _, id := range ids {
		c := m.node(id)
		if !slices.Equal(c.members.Nodes, ids) {
			m.t.Errorf("%s: controller %d knows members %v, want %v", what, id, c.members.Nodes, ids)
		}
		if got, want := c.db.content(), m.node(ids[0]).db.content(); got != want || c.db.counts[web] != 30 {
			m.t.Errorf("%s: controller %d has %d rows, or others than %d", what, id, c.db.counts[web], ids[0])
		}
		for _, other := range ids {
			if other != id && c.peer(other).conn == 0 {
				m.t.Errorf("%s: controllers %d and %d are not connected", what, id, other)
			}
		}
	}
}

// A spare joins as voter or non-voter, whatever its id and whoever leads, is restarted, leaves and comes back. A
// controller that is no member costs nothing: nobody dials it, and it dials nobody.
func TestJoinAndLeave(t *testing.T) {
	for _, release := range releases() {
		for _, spare := range []sim.NodeID{ctl1, ctl2, ctl3} {
			members := slices.DeleteFunc([]sim.NodeID{ctl1, ctl2, ctl3}, func(id sim.NodeID) bool { return id == spare })
			for i, flags := range []model.Flags{0, model.NonVoter} {
				m := newMemberWorld(t, release, members, []sim.NodeID{spare})
				m.after(sim.Minute)
				m.agree("start", members...)
				m.lead(members[i])
				m.Start(spare)
				m.after(10 * sim.Second)
				for _, id := range members {
					if m.node(spare).peer(id).conn != 0 || m.node(id).peer(spare).dialing {
						t.Fatalf("spare %d and member %d are connected", spare, id)
					}
				}
				m.change(spare, model.On|flags)
				m.after(30 * sim.Second)
				m.agree("joined", ctl1, ctl2, ctl3)
				m.Crash(spare)
				m.after(10 * sim.Second)
				m.Start(spare)
				m.after(20 * sim.Second)
				m.agree("restarted", ctl1, ctl2, ctl3)
				m.leave(spare, members)
				m.change(spare, model.On|flags)
				m.after(30 * sim.Second)
				m.agree("joined again", ctl1, ctl2, ctl3)
				if t.Failed() {
					t.Fatalf("release %d, spare %d, flags %v", release, spare, flags)
				}
			}
		}
	}
}

// leave takes the spare out while a member leads.
func (m *memberWorld) leave(spare sim.NodeID, members []sim.NodeID) {
	m.t.Helper()
	if m.leader() == spare {
		m.lead(members[0])
	}
	m.change(spare, 0)
	m.after(2 * sim.Minute)
	m.agree("left", members...)
	for _, id := range members {
		if m.node(id).peer(spare).dialing || m.node(id).lacks(m.node(id).peer(spare)) {
			m.t.Errorf("%d still dials %d", id, spare)
		}
	}
}

// A member leaves while the leader's process is new: the leader reads who its peers are from its disk.
func TestMembersSurviveRestart(t *testing.T) {
	m := newMemberWorld(t, model.Ziti210, []sim.NodeID{ctl1, ctl2}, []sim.NodeID{ctl3})
	m.after(sim.Minute)
	m.Start(ctl3)
	m.change(ctl3, model.On)
	m.after(30 * sim.Second)
	m.lead(ctl3)
	m.change(ctl1, 0)
	m.after(30 * sim.Second)
	m.agree("without the first", ctl2, ctl3)
	for _, id := range []sim.NodeID{ctl2, ctl3} {
		m.Crash(id)
		m.Start(id)
	}
	m.after(30 * sim.Second)
	m.agree("restarted without the first", ctl2, ctl3)
	if m.node(ctl2).dials(m.node(ctl2).peer(ctl1)) || m.node(ctl3).dials(m.node(ctl3).peer(ctl1)) {
		t.Error("who has left is dialled after a restart")
	}
}
