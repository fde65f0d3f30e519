package scenarios

import (
	"gyre/model"
	"gyre/sim"
)

// cluster carries out what concerns the controllers as a group.
func (r *player) cluster(d *Directive) {
	switch d.Verb {
	case "read-only":
		on := d.Word == "on"
		e := r.effect(d)
		if e.on("the mesh", when(on == r.ailments.readOnly, "is so already")) {
			r.readOnly(on)
		}
	case "transfer":
		r.transfer(d)
	default:
		r.each(d, func(id sim.NodeID) string { return r.unfit(d, id) }, func(id sim.NodeID) { r.member(d, id) })
	}
}

// transfer lets the leader hand over, to any other unless the directive names one.
func (r *player) transfer(d *Directive) {
	leader := r.leader()
	if leader == 0 {
		r.skip(d.Text(), "nobody leads")
		return
	}
	if len(d.Nodes) == 0 {
		r.command(leader, model.Msg{Kind: model.OpTransfer})
		return
	}
	why := func(id sim.NodeID) string {
		return when(id == leader, "leads") + when(!r.isMember(id), "is no member")
	}
	r.each(d, why, func(id sim.NodeID) { r.command(leader, model.Msg{Kind: model.OpTransfer, Peer: id}) })
}

// unfit tells why a directive would change nothing about a controller's part in the cluster; empty if it would.
func (r *player) unfit(d *Directive, id sim.NodeID) string {
	switch member := r.isMember(id); d.Verb {
	case "elect":
		return when(!r.world.Up(id), "is down") + when(r.world.Up(id) && id == r.leader(), "leads")
	case "join":
		voter := d.Word == ""
		if member && r.ailments.voter[id] == voter {
			return when(voter, "is a voting member") + when(!voter, "is a member without a vote")
		}
	case "leave":
		return when(!member, "is no member")
	}
	return ""
}

// member lets a controller stand for election, join or leave.
func (r *player) member(d *Directive, id sim.NodeID) {
	a := &r.ailments
	msg := model.Msg{Kind: model.OpMember, Peer: id}
	switch d.Verb {
	case "elect":
		r.command(id, model.Msg{Kind: model.OpElect})
		return
	case "join":
		if msg.Flags = model.On; d.Word != "" {
			msg.Flags |= model.NonVoter
		}
		a.joined[id], a.left[id], a.voter[id] = true, false, d.Word == ""
		r.start([]sim.NodeID{id})
	case "leave":
		a.left[id] = true
	}
	r.enqueue(subject{}, d.Text(), msg)
}

// readOnly tells every controller that another version is in the mesh, or is no longer.
func (r *player) readOnly(on bool) {
	r.ailments.readOnly = on
	msg := model.Msg{Kind: model.OpReadOnly}
	if on {
		msg.Flags = model.On
	}
	for id := sim.NodeID(1); !r.isRouter(id); id++ {
		if r.world.Up(id) {
			r.command(id, msg)
		}
	}
}
