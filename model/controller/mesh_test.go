package controller

import (
	"slices"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// dials lists who is dialled.
func dials(effects []sim.Effect[model.Msg]) []sim.NodeID {
	var ids []sim.NodeID
	for _, e := range effects {
		if e.Kind == sim.Dial {
			ids = append(ids, e.Peer)
		}
	}
	return ids
}

// spareRig drives controller 2, which is a member or a spare; 1 is a member, 3 the other spare.
func spareRig(t *testing.T, member bool) *rig {
	r := &rig{t: t, cfg: testConfig(model.Ziti210), out: sim.NewOutbox[model.Msg](nil), on: map[sim.NodeID]sim.ConnID{}}
	r.cfg.Controllers, r.cfg.Voters, r.cfg.Spares = []sim.NodeID{ctl1}, 1, []sim.NodeID{ctl2, ctl3}
	if member {
		r.cfg.Controllers, r.cfg.Voters, r.cfg.Spares = []sim.NodeID{ctl1, ctl2}, 2, []sim.NodeID{ctl3}
	}
	r.boot()
	return r
}

// A spare is dialled when it joins and no more when it has left; whoever is no member dials nobody.
func TestOnlyMembersAreDialled(t *testing.T) {
	r := spareRig(t, true)
	if got := dials(r.out.Effects()); len(got) != 0 {
		t.Errorf("at boot %v are dialled", got)
	}
	for range 5 {
		if got := dials(r.expire(timerMesh, sim.Second)); len(got) != 0 {
			t.Errorf("%v are dialled", got)
		}
	}
	all := []sim.NodeID{ctl1, ctl2, ctl3}
	if got := dials(r.call(func() { r.c.MembersChanged(9, all, nil) })); !slices.Equal(got, []sim.NodeID{ctl3}) {
		t.Errorf("after the join %v are dialled", got)
	}
	r.call(func() { r.c.MembersChanged(10, all[:2], nil) })
	r.step(sim.Input[model.Msg]{Kind: sim.DialFailed, From: ctl3})
	if got := dials(r.expire(timerMesh, 10*sim.Second)); len(got) != 0 {
		t.Errorf("after it left %v are dialled", got)
	}
	r.call(func() { r.c.MembersChanged(11, all[:1], []sim.NodeID{ctl3}) }) // now this controller has left
	if got := dials(r.expire(timerMesh, 10*sim.Second)); len(got) != 0 {
		t.Errorf("after leaving it dials %v", got)
	}
	if r = spareRig(t, false); len(dials(r.out.Effects()))+len(dials(r.expire(timerMesh, sim.Second))) != 0 {
		t.Error("a spare dials")
	}
}

// A leader dials also the lower ids it lacks: one that joins knows nobody.
func TestLeaderDialsEveryMember(t *testing.T) {
	r := spareRig(t, true)
	r.lead()
	if got := dials(r.out.Effects()); !slices.Equal(got, []sim.NodeID{ctl1}) {
		t.Errorf("the leader dials %v", got)
	}
	r.follow(ctl1)
	r.step(sim.Input[model.Msg]{Kind: sim.DialFailed, From: ctl1})
	if got := dials(r.expire(timerMesh, 10*sim.Second)); len(got) != 0 {
		t.Errorf("a follower dials %v", got)
	}
}

// When two controllers dial each other at once, both keep the connection of the lower id, whichever comes first.
func TestBothDial(t *testing.T) {
	for _, accepted := range []bool{false, true} { // is the first connection of the other's making
		for _, peer := range []sim.NodeID{ctl1, ctl3} {
			r := newRig(t, model.Ziti210)
			up := func(conn sim.ConnID, accepted bool) []sim.Effect[model.Msg] {
				return r.step(sim.Input[model.Msg]{Kind: sim.Up, From: peer, Conn: conn, Accepted: accepted})
			}
			up(51, accepted)
			effects := up(52, !accepted)
			keep, drop := sim.ConnID(51), sim.ConnID(52)
			if first := accepted == (peer == ctl1); !first {
				keep, drop = drop, keep
			}
			if got := r.c.peer(peer).conn; got != keep || !closed(effects, drop) || closed(effects, keep) {
				t.Errorf("peer %d, accepted first %v: kept %d, want %d", peer, accepted, got, keep)
			}
		}
	}
}

// A connection to who has left carries no heartbeats and ends.
func TestLeftConnectionEnds(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.connect(ctl3)
	if m := r.sent(r.expire(timerMesh, 10*sim.Second), ctl3, model.Heartbeat); m == nil {
		t.Error("no heartbeat to a member")
	}
	r.call(func() { r.c.MembersChanged(9, []sim.NodeID{ctl1, ctl2}, nil) })
	if m := r.sent(r.expire(timerMesh, 10*sim.Second), ctl3, model.Heartbeat); m != nil {
		t.Error("a heartbeat to who has left")
	}
	effects := r.expire(timerMesh, 31*sim.Second)
	if !closed(effects, r.on[ctl3]) || len(dials(effects)) != 0 {
		t.Error("the connection was kept, or dialled again")
	}
}
