package router

import (
	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// members takes a list of controllers (router/handler_ctrl/update_ctrl_addresses.go). A list counts if it is
// newer than the last that counted. The leader's may add and remove, any other may only add: that is the intent
// upstream, whose filter at HEAD lets removals through all the same. The list's sender is the leader from now on
// if it says so and the list is not older.
func (r *Router) members(from sim.NodeID, m *model.Msg) {
	isLeader := m.Flags&model.IsLeader != 0
	list, _ := m.Body.(*model.NodeList)
	if r.prof.lists && list != nil && len(list.Nodes) > 0 && (r.listVersion == 0 || r.listVersion < m.Index) {
		for _, ctrl := range list.Nodes {
			if !r.at(ctrl).barred {
				r.want(ctrl)
			}
		}
		if isLeader {
			r.forgetOthers(list.Nodes)
		}
		r.listVersion = m.Index
	}
	if isLeader && (r.listVersion == 0 || r.listVersion <= m.Index) {
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
