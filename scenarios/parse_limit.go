package scenarios

import "gyre/sim"

// amount bounds what a directive asks of the operator: turns, terminators, and all writes together.
func (p *parser) amount(d *Directive) {
	turns := int64(1)
	if d.Verb == "toggle" || d.Verb == "watch" {
		turns += int64(d.Until.Sub(d.At) / d.Span)
	}
	if turns > TurnsMax {
		p.fail(d.Verb, "%d turns are too many (at most %d): write a longer every= or an earlier until=", turns, TurnsMax)
		return
	}
	s, _ := lookup(d.Verb)
	writes := max(1, len(p.plan.resolve(d.Nodes, 0)))
	switch {
	case s.operand == opHosting:
		writes *= p.plan.size(d.Service)
	case d.Verb == "touch":
		writes = p.plan.size(d.Service)
	case d.Verb == "tunneler-off" || d.Verb == "tunneler-on":
		writes *= 1 + p.services
	case d.Verb != "touch-identity":
		return
	}
	if n := writes * d.Count; n > HostedMax {
		p.fail(d.Verb, "%d terminators are too many (at most %d)", n, HostedMax)
		return
	}
	before := p.writes
	if p.writes += writes * int(turns); before <= WritesMax && p.writes > WritesMax { // told once
		p.fail(d.Verb, "with it the timeline has %d changes of policy, which are too many (at most %d)", p.writes, WritesMax)
	}
}

// size returns how many services a directive is about.
func (p *Plan) size(service string) int {
	if service != groupServices {
		return 1
	}
	n := 0
	for i := range p.Services {
		n += p.Services[i].Count
	}
	return n
}

// links refuses a directive about links there are not: it would do nothing.
func (p *parser) links(d *Directive) {
	if d.Verb == "clone" {
		return // no links, though it is written like them
	}
	for _, pair := range d.Pairs {
		if !p.linked(d.Verb, pair) {
			return
		}
	}
	if len(d.Groups) > 0 && !p.plan.parts(d.Groups) {
		p.fail(d.Verb, "there is no link between these groups (a node is of the first that names it; "+
			"routers do not talk to routers)")
	}
}

// linked reports whether a link of the text stands for one there is, and records an error if it does not.
func (p *parser) linked(verb string, pair Pair) bool {
	routers := func(name string) bool { return name == groupRouters || isRouter(name) }
	if routers(pair.From) && routers(pair.To) {
		p.fail(verb, "%s is no link: routers do not talk to routers", pair)
		return false
	}
	if (isSDK(pair.From) || isSDK(pair.To)) && routers(pair.From) == routers(pair.To) {
		p.fail(verb, "%s is no link: processes with SDKs talk to routers", pair)
		return false
	}
	if isGroup(pair.From) && isGroup(pair.To) { // those there are, if any
		return true
	}
	for leader := 1; leader <= p.plan.Controllers+p.plan.Spares; leader++ {
		from := p.plan.resolve([]string{pair.From}, sim.NodeID(leader))
		to := p.plan.resolve([]string{pair.To}, sim.NodeID(leader))
		if len(from) > 1 || len(to) > 1 || from[0] != to[0] {
			return true
		}
	}
	p.fail(verb, "%s is no link: both ends are the same controller", pair)
	return false
}

// parts reports whether there is a link between two of the groups. A node belongs to the first group that names
// it; the leader may be any controller.
func (p *Plan) parts(groups [][]string) bool {
	for leader := 1; leader <= p.Controllers+p.Spares; leader++ {
		seen := map[sim.NodeID]bool{}
		sides, controllers, sdks := 0, 0, 0
		for _, g := range groups {
			before := len(seen)
			for _, id := range p.resolve(g, sim.NodeID(leader)) {
				if !seen[id] && p.controls(id) {
					controllers++
				}
				if !seen[id] && p.isSDK(id) {
					sdks++
				}
				seen[id] = true
			}
			if len(seen) > before {
				sides++
			}
		}
		if sides > 1 && controllers+sdks > 0 {
			return true
		}
	}
	return false
}

// controls reports whether a node is a controller.
func (p *Plan) controls(id sim.NodeID) bool { return int(id) <= p.Controllers+p.Spares }
