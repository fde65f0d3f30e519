package model

import "gyre/sim"

// Release is an OpenZiti release whose algorithm the model has.
type Release uint8

// Releases, oldest first.
const (
	_ Release = iota
	Ziti100
	Ziti118
	Ziti210
)

// Algorithm describes a release for people.
type Algorithm struct {
	Release Release
	Name    string // ziti-2.1.0
	Source  string // release, commit and files it was drawn from
	Belief  string // one sentence: what it takes for granted
	Known   string // what it is known for
}

// Algorithms returns what there is, oldest first.
func Algorithms() []Algorithm {
	return []Algorithm{
		{
			Release: Ziti100,
			Name:    "ziti-1.0.0",
			Source: "v1.0.0, parent of 4085c3200 (2024-04): router/xgress_edge_tunnel, router/state, " +
				"controller/handler_edge_ctrl",
			Belief: "a session that one controller does not know is over everywhere",
			Known:  "the create/delete spin (ziti#1936), duplicate listeners, giving up after 15 minutes",
		},
		{
			Release: Ziti118,
			Name:    "ziti-1.1.8",
			Source:  "v1.1.8, 094542732 (2024-07): router/xgress_edge_tunnel_v2, common/router_data_model.go",
			Belief:  "a service with a newer index has changed",
			Known:   "churn at every full sync, giving up after 15 minutes, orphans on close",
		},
		{
			Release: Ziti210,
			Name:    "ziti-2.1.0",
			Source: "v2.1.0-pre2 and later, 804f55abb (2026-08): router/xgress_edge_tunnel/hosted.go, " +
				"router/env/ctrls.go, controller/network/router_messaging.go",
			Belief: "what was established stays established until the leader is lost",
			Known:  "a missed wake-up with no controller, orphans after router and leader restarts",
		},
	}
}

// LookupAlgorithm finds an algorithm by name.
func LookupAlgorithm(name string) (Algorithm, bool) {
	for _, a := range Algorithms() {
		if a.Name == name {
			return a, true
		}
	}
	return Algorithm{}, false
}

// Config is what every node of a run is built from. It is shared and never written after the world is made.
type Config struct {
	Release     Release
	Params      Params
	Seed        sim.Seed
	Names       *Names
	Controllers []sim.NodeID // members at the start, ascending; the first Voters of them vote
	Voters      int
	Spares      []sim.NodeID // controllers that exist but are no members yet
	Routers     []sim.NodeID // ascending
	Genesis     []Entry      // applied in every controller's database before the run, at index 1, 2, ...
}
