package router

import (
	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// members takes a list of controllers (router/handler_ctrl, updateCtrlAddresses.go before ziti-1.4.0,
// update_ctrl_addresses.go at HEAD). A list that counts is the truth, whoever sent it: who is not in it is
// dropped, who is new is dialled. At HEAD a list of a follower is meant to add only, but what is then filtered is
// the list itself, by addresses that include its own, so it removes all the same.
//
// At HEAD a list counts if it is newer than the last that counted, and the sender leads from now on if it says so
// and the list is not older. From ziti-1.4.0-pre to ziti-1.8.0 it leads only if the list counts, so that a leader whose
// list comes after a follower's of the same membership is not heard (router/handler_ctrl/update_ctrl_addresses.go,
// ec57c80ff, v1.8.0-pre3). Before, nobody follows a leader, but a leader's list counts however old it is.
//
// An empty list is ignored in all releases. Before ziti-1.4.0 it would remove every controller, but only one that
// is no member has an empty list, and that one knows no router and so refuses its connection. Left out is that at
// HEAD a router then asks the leader for its list every 30 s: a leader sends it unasked to whoever is connected.
func (r *Router) members(from sim.NodeID, m *model.Msg) {
	isLeader := m.Flags&model.IsLeader != 0
	newer := r.listVersion == 0 || r.listVersion < m.Index
	if newer || isLeader && !r.prof.tracks {
		list, _ := m.Body.(*model.NodeList)
		if list == nil || len(list.Nodes) == 0 {
			return
		}
		r.forgetOthers(list.Nodes)
		for _, ctrl := range list.Nodes {
			if !r.at(ctrl).barred {
				r.want(ctrl)
			}
		}
		r.listVersion = m.Index
	}
	if isLeader && (newer || !r.prof.nested) && (r.listVersion == 0 || r.listVersion <= m.Index) {
		r.follow(from)
	}
}

// forgetOthers drops every controller that is not in the list.
func (r *Router) forgetOthers(list []sim.NodeID) {
	for i := range r.channels {
		ctrl := r.channels[i].ctrl
		listed := false
		for _, node := range list {
			listed = listed || node == ctrl
		}
		if !listed {
			r.forget(ctrl, false)
		}
	}
}

// announced takes a controller's word that it leads (update_cluster_leader.go). The index of these messages is
// never filled in, so they count in the order they arrive.
func (r *Router) announced(from sim.NodeID, m *model.Msg) {
	if r.leaderVersion == 0 || r.leaderVersion < m.Index {
		r.follow(from)
		r.leaderVersion = m.Index
	}
}

// follow is UpdateLeader. Nobody ever steps down: the last one named stays the leader.
func (r *Router) follow(leader sim.NodeID) {
	if !r.prof.tracks || r.leader == leader {
		return
	}
	r.leader = leader
	r.out.Note(model.Msg{Kind: model.NoteFollows, Peer: leader})
	r.event(hosting.LeaderChanged, leader)
}
