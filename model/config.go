package model

import (
	"fmt"
	"slices"
	"strings"

	"gyre/sim"
)

// Release is an OpenZiti release whose algorithm the model has.
type Release uint8

// Releases, oldest first, then what is ours. Algorithms says which of them the model has. Controllers tell each other
// their release, so the numbers are part of what a run is: a new release changes none.
const (
	Ziti100    Release = 100
	Ziti110    Release = 110
	Ziti118    Release = 118
	Ziti140Pre Release = 139
	Ziti140    Release = 140
	Ziti180    Release = 180
	Ziti210    Release = 210
	Reference  Release = 250
	Ideal      Release = 255
)

// Algorithm is a release, or a variant of it: with bugs of the catalogue, or without cures of the reference.
type Algorithm struct {
	Release Release
	Name    string   // ziti-2.1.0, ziti-2.1.0+B24, reference-sync-order
	Source  string   // release, commit and files it was drawn from
	Belief  string   // one sentence: what it takes for granted
	Known   string   // what it is known for
	Bugs    Bugs     // switched on
	Without Cures    // switched off, of the reference
	Cured   Suspects // taken away, of today's release
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
			Release: Ziti110,
			Name:    "ziti-1.1.0",
			Source:  "v1.1.0, 4085c3200 (2024-04): router/state/manager.go, controller/raft/raft.go",
			Belief:  "only SDK sessions spin, and theirs are bearer tokens",
			Known:   "the spin of ziti-1.0.0, for edge routers' own sessions are no bearer tokens",
		},
		{
			Release: Ziti118,
			Name:    "ziti-1.1.8",
			Source:  "v1.1.8, 094542732 (2024-07): router/xgress_edge_tunnel_v2, common/router_data_model.go",
			Belief:  "a service with a newer index has changed",
			Known:   "churn at every full sync, giving up after 15 minutes, orphans on close",
		},
		{
			Release: Ziti140Pre,
			Name:    "ziti-1.4.0-pre",
			Source: "ec57c80ff (2025-02, before v1.4.0): router/xgress_edge_tunnel_v2/hosted.go, router/env/ctrls.go, " +
				"controller/handler_ctrl/remove_terminators.go",
			Belief: "what the leader has not applied is not there, and what a follower has is",
			Known:  "orphans by deletes dropped too early (B24), rows missing by a follower's word (B26)",
		},
		{
			Release: Ziti140,
			Name:    "ziti-1.4.0",
			Source: "v1.4.0, 30da593c1 (2025-02): router/xgress_edge_tunnel_v2/hosted.go and fabric.go, " +
				"common/router_data_model.go",
			Belief: "a service has one terminator on a router",
			Known:  "one row where a service has several terminators (B27), and all of ziti-1.4.0-pre",
		},
		{
			Release: Ziti180,
			Name:    "ziti-1.8.0",
			Source: "v1.8.0-pre3, 67ee98c73 (2025-12): router/xgress_edge_tunnel_v2/hosted.go and fabric.go, " +
				"controller/handler_peer_ctrl/command.go, controller/settings.go",
			Belief: "what is in the id cache is saved",
			Known:  "new ids at every router restart (B28), orphans by deletes dropped too early (B24)",
		},
		{
			Release: Ziti210,
			Name:    "ziti-2.1.0",
			Source: "v2.1.0-pre2 and later, 804f55abb (2026-08): router/xgress_edge_tunnel/hosted.go, " +
				"router/env/ctrls.go, controller/network/router_messaging.go",
			Belief: "what was established stays established until the leader is lost",
			Known:  "a missed wake-up with no controller, orphans after router and leader restarts",
		},
		{
			Release: Reference,
			Name:    "reference",
			Source:  "ours: docs/reference.md",
			Belief:  "nothing that is not in the log at an index it has seen, under the newest generation it has given",
			Known:   "holding every property; each of its four cures can be switched off",
		},
	}
}

// LookupAlgorithm finds an algorithm, or a variant of one, by name. The name of a variant is that of its release, then
// +B24 for each bug that is on, then -sync for each cure that is off and -S11 for each suspect that is cured.
func LookupAlgorithm(name string) (Algorithm, bool) {
	base, found := Algorithm{}, false
	for _, a := range append(Algorithms(), IdealAlgorithm()) {
		rest, ok := strings.CutPrefix(name, a.Name)
		if ok && (rest == "" || rest[0] == '+' || rest[0] == '-') && len(a.Name) > len(base.Name) {
			base, found = a, true
		}
	}
	if !found || base.Name == name {
		return base, found
	}
	bugs, without, _ := strings.Cut(name[len(base.Name):], "-")
	b, err := ParseBugs(strings.ReplaceAll(strings.TrimPrefix(bugs, "+"), "+", ","))
	if err != nil {
		return base, false
	}
	cures, suspects, err := ParseWithout(strings.ReplaceAll(without, "-", ","))
	if err != nil {
		return base, false
	}
	v, err := base.Variant(b, cures, suspects)
	return v, err == nil && v.Name == name
}

// Variant returns the algorithm with bugs on, cures off and suspects cured, under its own name. The error says which of
// them it does not have.
func (a Algorithm) Variant(bugs Bugs, without Cures, cured Suspects) (Algorithm, error) {
	for _, b := range bugs.List() {
		if !b.Info().In(a.Release) {
			return a, fmt.Errorf("%s: not a bug of %s (it belongs to %s)", b, a.Name, b.Info().Names())
		}
	}
	if without != 0 && a.Release != Reference {
		return a, fmt.Errorf("%s has no cures to be without (reference has)", a.Name)
	}
	if cured != 0 && a.Release != Ziti210 {
		return a, fmt.Errorf("%s has no suspects to be without (ziti-2.1.0 has)", a.Name)
	}
	for _, x := range Algorithms() {
		if x.Release == a.Release {
			a.Name = x.Name
		}
	}
	a.Bugs |= bugs
	a.Without |= without
	a.Cured |= cured
	for _, b := range a.Bugs.List() {
		a.Name += "+" + b.String()
	}
	for _, c := range a.Without.List() {
		a.Name += "-" + c.String()
	}
	for _, s := range a.Cured.List() {
		a.Name += "-" + s.String()
	}
	return a, nil
}

// Config is what every node of a run is built from. It is shared and never written after the world is made.
type Config struct {
	Release     Release
	Others      []Release // that some node runs at some time, ascending; only bounds need to know
	Bugs        Bugs      // switched on
	Without     Cures     // switched off, of the reference
	Cured       Suspects  // taken away, of today's release
	Params      Params
	Seed        sim.Seed
	Names       *Names
	Controllers []sim.NodeID // members at the start, ascending; the first Voters of them vote
	Voters      int
	Spares      []sim.NodeID // controllers that exist but are no members yet
	Routers     []sim.NodeID // ascending
	Twins       []Twin       // routers that come with the identity of another
	SDKs        []sim.NodeID // SDK hosts, ascending, after the routers
	Hosted      []SDKHost    // what they host, in the same order
	Genesis     []Entry      // applied in every controller's database before the run, at index 1, 2, ...
}

// Twin is a router process that comes with the identity of another: a virtual machine that was failed over while the
// first still runs, a container that was copied. Controllers cannot tell the two apart.
type Twin struct {
	Node sim.NodeID
	Of   sim.NodeID
}

// Identity returns whose identity a router comes with: its own, unless it is a twin.
func (c *Config) Identity(router sim.NodeID) sim.NodeID {
	for _, t := range c.Twins {
		if t.Node == router {
			return t.Of
		}
	}
	return router
}

// SDKHost is what an SDK host hosts: one listener of a service, which it binds at each of its routers.
type SDKHost struct {
	Service ServiceID
	Index   uint16 // of the listener, from SDKIndex on; no other has it
	Via     []sim.NodeID
	Issuer  sim.NodeID // the controller that alone knows its session, of before sessions were tokens; 0: any may check it
}

// Identities returns who may host: routers, then SDK hosts.
func (c *Config) Identities() []sim.NodeID { return slices.Concat(c.Routers, c.SDKs) }
