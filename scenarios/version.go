package scenarios

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// readVersion takes NODES RELEASE.
func (p *parser) readVersion(args []string) {
	if len(args) != 2 {
		p.fail("version", "it takes nodes and a release (write version ctl1,rtr1 ziti-1.8.0)")
		return
	}
	v := Version{Nodes: p.nodes("version", args[0], anyNode), Release: p.release("version", args[1])}
	if v.Nodes == nil || v.Release == "" {
		return
	}
	if slices.Contains(v.Nodes, groupLeader) {
		p.fail("version", "nobody leads before the start: name the controller")
		return
	}
	for _, id := range p.plan.members(v.Nodes) {
		p.once("version", "version of "+p.plan.Names().Nodes[id], "the version of "+p.plan.Names().Nodes[id])
	}
	p.plan.Versions = append(p.plan.Versions, v)
}

// release checks the name of an algorithm; empty means it was wrong.
func (p *parser) release(verb, name string) string {
	if _, ok := model.LookupAlgorithm(name); ok {
		return name
	}
	var names []string
	for _, a := range model.Algorithms() {
		names = append(names, a.Name)
	}
	p.fail(verb, "unknown release %q (%s)", name, have(names))
	return ""
}

// members returns the ids of nodes and of all that group words stand for, ascending; leader stands for nobody.
func (p *Plan) members(names []string) []sim.NodeID {
	var ids []sim.NodeID
	for id := sim.NodeID(1); int(id) <= p.Controllers+p.Spares+p.Routers; id++ {
		for _, name := range names {
			all := name == groupAll || name == groupControllers && p.controls(id) || name == groupRouters && !p.controls(id)
			if all || p.node(name) == id {
				ids = append(ids, id)
				break
			}
		}
	}
	return ids
}

// mixed returns the releases that a plan names besides the algorithm under test, ascending.
func (p *Plan) mixed(under model.Release) []model.Release {
	var list []model.Release
	add := func(name string) {
		if a, ok := model.LookupAlgorithm(name); ok && a.Release != under && !slices.Contains(list, a.Release) {
			list = append(list, a.Release)
		}
	}
	for _, v := range p.Versions {
		add(v.Release)
	}
	for i := range p.Steps {
		if p.Steps[i].Verb == "upgrade" {
			add(p.Steps[i].Word)
		}
	}
	slices.SortFunc(list, func(a, b model.Release) int { return cmp.Compare(a, b) })
	return list
}

// install gives every node its configuration: the run's own, or a copy for the release the plan says it runs.
func (r *player) install() {
	r.config.Others = r.plan.mixed(r.config.Release)
	r.configs = make([]*model.Config, len(r.config.Names.Nodes))
	for i := range r.configs {
		r.configs[i] = r.config
	}
	for _, v := range r.plan.Versions {
		for _, id := range r.plan.members(v.Nodes) {
			r.runs(id, v.Release)
		}
	}
}

// runs makes a node run a release from its next start on.
func (r *player) runs(id sim.NodeID, name string) {
	a, ok := model.LookupAlgorithm(name)
	sim.Assert(ok, "there is no release %s", name)
	config := *r.config
	config.Release, config.Bugs, config.Without, config.Cured = a.Release, a.Bugs, a.Without, a.Cured
	r.configs[id] = &config
}

// upgrade kills the processes that run and returns what is to be started later, as the release it names.
func (r *player) upgrade(d *Directive) []sim.NodeID {
	ids := r.restart(d)
	for _, id := range ids {
		r.runs(id, d.Word)
	}
	return ids
}

// finishUpgrade ends an upgrade of the controllers that is half done: as long as two of them run different releases
// nothing can be written. All become the newest release that one of them runs.
func (r *player) finishUpgrade() {
	newest := r.config
	for id := sim.NodeID(1); !r.isRouter(id); id++ {
		if c := r.configs[id]; r.isMember(id) && (c.Release > newest.Release || !r.someRun(newest.Release)) {
			newest = c
		}
	}
	for id := sim.NodeID(1); !r.isRouter(id); id++ {
		if r.configs[id].Release == newest.Release {
			continue
		}
		if r.configs[id] = newest; r.world.Up(id) {
			r.outside++
			r.world.Crash(id) // cure starts it
		}
	}
}

// someRun reports whether a member runs a release.
func (r *player) someRun(release model.Release) bool {
	for id := sim.NodeID(1); !r.isRouter(id); id++ {
		if r.isMember(id) && r.configs[id].Release == release {
			return true
		}
	}
	return false
}
