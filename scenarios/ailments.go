package scenarios

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// link is one direction between two nodes.
type link struct {
	from, to sim.NodeID
}

// ailments is what the plan has done to the world and not undone, by node where it concerns one.
type ailments struct {
	cut, slow, stalled marks
	skewed, overloaded []bool
	lag                []sim.Duration
	armed              []uint32 // a crash within a step is ordered for this life of the process
	joined, left       []bool
	told               [][]sim.NodeID // controllers that a router's endpoints file names
	barred             [][]sim.NodeID // controllers that it has forgotten
	misled             [][]sim.NodeID // controllers that it was told of when they were no members
	plain              []bool         // routers whose tunneler flag is off
	readOnly           bool
	voter              []bool
	hosted             map[subject]uint16 // terminators the plan wants
	allowed            map[subject]bool   // and whether controllers let the router create them
	unsure             map[subject]bool   // an order about it was given up: who knows
	count              map[subject]uint16 // the last number of them it wanted
}

func newAilments(nodes int) ailments {
	return ailments{
		skewed: make([]bool, nodes), overloaded: make([]bool, nodes), lag: make([]sim.Duration, nodes),
		armed: make([]uint32, nodes), joined: make([]bool, nodes), left: make([]bool, nodes),
		voter: make([]bool, nodes), told: make([][]sim.NodeID, nodes), barred: make([][]sim.NodeID, nodes),
		misled: make([][]sim.NodeID, nodes), plain: make([]bool, nodes),
		hosted: map[subject]uint16{}, count: map[subject]uint16{}, allowed: map[subject]bool{}, unsure: map[subject]bool{},
	}
}

// marks is a set of links that remembers the order in which they came.
type marks struct {
	list []link
	at   map[link]bool
}

func (m *marks) add(l link) {
	if m.at == nil {
		m.at = map[link]bool{}
	}
	if !m.at[l] {
		m.at[l] = true
		m.list = append(m.list, l)
	}
}

// drop reports whether the link was in the set, and removes it.
func (m *marks) drop(l link) bool {
	if !m.at[l] {
		return false
	}
	delete(m.at, l)
	for i := range m.list {
		if m.list[i] == l {
			m.list = append(m.list[:i], m.list[i+1:]...)
			break
		}
	}
	return true
}

// take empties the set and returns what was in it.
func (m *marks) take() []link {
	list := m.list
	m.list, m.at = nil, nil
	return list
}

// eachPair visits the directions that links in the text stand for. Routers have none among themselves.
func (r *player) eachPair(pairs []Pair, visit func(from, to sim.NodeID)) {
	for _, pair := range pairs {
		for _, a := range r.plan.resolve([]string{pair.From}, r.leader()) {
			for _, b := range r.plan.resolve([]string{pair.To}, r.leader()) {
				if !r.plan.talk(a, b) {
					continue
				}
				if visit(a, b); pair.Both {
					visit(b, a)
				}
			}
		}
	}
}

// eachSplit visits both directions between nodes of different groups. A node belongs to the first group that
// names it.
func (r *player) eachSplit(groups [][]string, visit func(from, to sim.NodeID)) {
	side := map[sim.NodeID]int{}
	var ids []sim.NodeID
	for i, g := range groups {
		for _, id := range r.plan.resolve(g, r.leader()) {
			if side[id] == 0 {
				side[id] = i + 1
				ids = append(ids, id)
			}
		}
	}
	for _, a := range ids {
		for _, b := range ids {
			if side[a] != side[b] && r.plan.talk(a, b) {
				visit(a, b)
			}
		}
	}
}

// network carries out a directive about links.
func (r *player) network(d *Directive) {
	before := r.outside
	if d.Verb == "heal" && len(d.Pairs) == 0 && len(d.Groups) == 0 {
		r.healNetwork()
	}
	visit := func(from, to sim.NodeID) { r.afflict(d, link{from, to}) }
	r.eachPair(d.Pairs, visit)
	r.eachSplit(d.Groups, visit)
	if r.outside == before {
		r.idled(d.Text(), "there is nothing it would change")
	}
}

// inert reports whether a directive would leave a direction as it is.
func (r *player) inert(d *Directive, l link) bool {
	switch d.Verb {
	case "cut":
		return r.ailments.cut.at[l]
	case "slow":
		return d.Span == 0 && !r.ailments.slow.at[l]
	case "unstall":
		return !r.ailments.stalled.at[l]
	}
	return false
}

// afflict does to one direction what a directive says.
func (r *player) afflict(d *Directive, l link) {
	if d.Verb == "heal" {
		r.heal(l)
		return
	}
	if r.inert(d, l) {
		return
	}
	r.outside++
	switch d.Verb {
	case "cut":
		r.ailments.cut.add(l)
		r.world.Cut(l.from, l.to)
	case "slow":
		if r.ailments.slow.add(l); d.Span == 0 {
			r.ailments.slow.drop(l)
		}
		r.world.Slow(l.from, l.to, d.Span)
	case "stall":
		r.ailments.stalled.add(l)
		r.world.Stall(l.from, l.to)
	case "unstall":
		r.ailments.stalled.drop(l)
		r.world.Unstall(l.from, l.to)
	case "half-open":
		r.world.HalfOpen(l.from, l.to)
	case "break":
		r.world.Break(l.from, l.to)
	}
}

// heal ends what is wrong with one direction.
func (r *player) heal(l link) {
	if r.ailments.cut.drop(l) {
		r.outside++
		r.world.Mend(l.from, l.to)
	}
	if r.ailments.slow.drop(l) {
		r.outside++
		r.world.Slow(l.from, l.to, 0)
	}
	if r.ailments.stalled.drop(l) {
		r.outside++
		r.world.Unstall(l.from, l.to)
	}
}

// healNetwork ends what is wrong with any link.
func (r *player) healNetwork() {
	lists := [][]link{r.ailments.cut.take(), r.ailments.slow.take(), r.ailments.stalled.take()}
	for kind, list := range lists {
		for _, l := range list {
			r.outside++
			switch kind {
			case 0:
				r.world.Mend(l.from, l.to)
			case 1:
				r.world.Slow(l.from, l.to, 0)
			default:
				r.world.Unstall(l.from, l.to)
			}
		}
	}
}

// settle ends every fault, brings everything up and starts the phase after which the checker judges.
func (r *player) settle() {
	r.healNetwork()
	r.finishUpgrade()
	for id := sim.NodeID(1); int(id) < len(r.config.Names.Nodes); id++ {
		r.cure(id)
	}
	if r.ailments.readOnly {
		r.readOnly(false)
	}
	r.settling = true
	if r.checker != nil {
		r.checker.Settle(r.world.Now())
	}
}

// cure ends what is wrong with one process.
func (r *player) cure(id sim.NodeID) {
	a := &r.ailments
	if a.armed[id] > 0 && a.armed[id] == r.world.Life(id) && r.world.Up(id) {
		r.outside++
		r.world.Crash(id) // the crash that was ordered has not come yet; it must not come later
	}
	if r.world.Up(id) && r.world.Paused(id) {
		r.outside++
		r.world.Resume(id)
	}
	if a.skewed[id] {
		a.skewed[id] = false
		r.outside++
		r.world.Skew(id, 0)
	}
	if a.overloaded[id] {
		a.overloaded[id] = false
		r.outside++
		r.world.Overload(id, 1)
	}
	if a.lag[id] > 0 {
		r.lag(id, 0)
	}
	if r.isRouter(id) || r.isMember(id) {
		r.start([]sim.NodeID{id})
	}
	r.correct(id)
}

// correct lets a router forget the controllers that it should not have been told of: who has left the cluster hears no
// more, and keeps a router that trusts it in the past.
func (r *player) correct(router sim.NodeID) {
	for _, ctl := range r.ailments.misled[router] {
		told := &r.ailments.told[router]
		if i := slices.Index(*told, ctl); i >= 0 && !r.isMember(ctl) {
			*told = slices.Delete(*told, i, i+1)
			r.command(router, model.Msg{Kind: model.OpDisconnect, Peer: ctl})
		}
	}
}
