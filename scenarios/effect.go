package scenarios

import (
	"slices"

	"gyre/sim"
)

// effect keeps account of what a directive changes. What it names and does not change is skipped, with the reason. A
// group word stands for those of the group it changes: the others are passed over, unless there is nobody else.
type effect struct {
	player    *player
	directive *Directive
	some      bool // something was changed
	told      bool // something was skipped
}

func (r *player) effect(d *Directive) *effect { return &effect{player: r, directive: d} }

// on reports whether the directive is to be carried out: why is what is against it, if anything, and whom names what it
// would change if that was named on its own.
func (e *effect) on(whom, why string) bool {
	switch {
	case why == "":
		e.some = true
	case whom != "":
		e.told = true
		e.player.idled(e.directive.Text(), whom+" "+why)
	}
	return why == ""
}

// end records that a directive changed nothing, if that has not been said.
func (e *effect) end() {
	if !e.some && !e.told {
		e.player.idled(e.directive.Text(), "there is nothing it would change")
	}
}

// each visits the nodes that a directive changes something about; why tells what is against that, if anything.
func (r *player) each(d *Directive, why func(sim.NodeID) string, visit func(sim.NodeID)) {
	ids := r.nodes(d)
	if len(ids) == 0 {
		return // told
	}
	e := r.effect(d)
	for _, id := range ids {
		if e.on(r.named(d, id), why(id)) {
			visit(id)
		}
	}
	e.end()
}

// named returns the name of a node if a directive names it on its own, not by a word for several.
func (r *player) named(d *Directive, id sim.NodeID) string {
	name := r.config.Names.Nodes[id]
	if slices.Contains(d.Nodes, name) || id == r.leader() && slices.Contains(d.Nodes, groupLeader) {
		return name
	}
	return ""
}

// when returns a reason if it holds.
func when(holds bool, reason string) string {
	if holds {
		return reason
	}
	return ""
}
