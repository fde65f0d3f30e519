package scenarios

import (
	"strconv"
	"strings"

	"gyre/sim"
)

// step takes a line of the timeline.
func (p *parser) step(at sim.Time, s *spec, args []string) {
	before := len(p.errs)
	p.after(s.Verb, at)
	d := Directive{At: at, Verb: s.Verb, Line: p.line}
	rest := p.operand(&d, s, args)
	if len(p.errs) > before {
		return
	}
	p.options(&d, s, rest)
	if len(p.errs) > before {
		return
	}
	if (s.Verb == "toggle" || s.Verb == "watch") && d.Until < d.At {
		p.fail(s.Verb, "until=%s lies before %s", d.Until, d.At)
		return
	}
	p.links(&d)
	if d.Service != "" && p.seen["service "+d.Service] == 0 {
		p.strange(&d)
	}
	if len(p.errs) == before {
		p.amount(&d)
	}
	p.plan.Steps = append(p.plan.Steps, d)
}

// strange declares a service that host or bind name for the first time; other verbs must know it.
func (p *parser) strange(d *Directive) {
	if d.Service == groupServices {
		if p.seen[groupServices] == 0 {
			p.fail(d.Verb, "services stands for those of a services line, and there is none")
		}
		return
	}
	if d.Verb == "host" || d.Verb == "bind" || d.Verb == "allow" {
		p.newService(d.Verb, d.Service)
		return
	}
	names := p.plan.Names().Services[1:]
	p.fail(d.Verb, "unknown service %q (%s; host, bind and allow declare new ones)", d.Service, have(names))
}

// operand reads what follows the verb and returns the words left over.
func (p *parser) operand(d *Directive, s *spec, args []string) []string {
	n := 0 // words that are no options
	for n < len(args) && !strings.Contains(args[n], "=") {
		n++
	}
	words, rest := args[:n], args[n:]
	want := map[operand][]int{
		opNothing: {0, 0}, opNodes: {1, 1}, opNode: {1, 1}, opMaybeNode: {0, 1}, opMember: {1, 2}, opPairs: {1, 1},
		opSplit: {1, 1000}, opMaybe: {0, 1000}, opService: {1, 1}, opHosting: {3, 3}, opLookup: {3, 3}, opSwitch: {1, 1},
		opVersion: {2, 2},
	}[s.operand]
	if n < want[0] || n > want[1] {
		p.fail(s.Verb, "it is written %s", s.Usage)
		return nil
	}
	switch s.operand {
	case opNodes:
		d.Nodes = p.nodes(s.Verb, words[0], s.kind)
	case opNode, opMaybeNode, opMember:
		p.member(d, s, words)
	case opPairs:
		d.Pairs = p.pairs(s.Verb, words[0], s.kind)
	case opSplit, opMaybe:
		p.split(d, s, words)
	case opService:
		d.Service = words[0]
	case opHosting, opLookup:
		p.hosting(d, s, words)
	case opVersion:
		d.Nodes = p.nodes(s.Verb, words[0], s.kind)
		d.Word = p.release(s.Verb, words[1])
	case opSwitch:
		if d.Word = words[0]; d.Word != "on" && d.Word != "off" {
			p.fail(s.Verb, "%q is neither on nor off", d.Word)
		}
	}
	return rest
}

// member reads one controller, perhaps, and non-voter, perhaps.
func (p *parser) member(d *Directive, s *spec, words []string) {
	if len(words) == 0 {
		return
	}
	d.Nodes = p.nodes(s.Verb, words[0], s.kind)
	if len(d.Nodes) > 1 || len(d.Nodes) == 1 && p.plan.node(d.Nodes[0]) == 0 && d.Nodes[0] != groupLeader {
		p.fail(s.Verb, "it takes one controller, not %s", words[0])
	}
	if len(words) == 2 {
		if d.Word = words[1]; d.Word != "non-voter" {
			p.fail(s.Verb, "unexpected %q (write %s)", d.Word, s.Usage)
		}
	}
}

// hosting reads SERVICE on ROUTERS or SERVICE at CTL.
func (p *parser) hosting(d *Directive, s *spec, words []string) {
	want := "on"
	if s.operand == opLookup {
		want = "at"
	}
	if words[1] != want {
		p.fail(s.Verb, "it is written %s", s.Usage)
		return
	}
	d.Service = words[0]
	d.Nodes = p.nodes(s.Verb, words[2], s.kind)
}

// split reads links, or groups of nodes with bars between them, or nothing.
func (p *parser) split(d *Directive, s *spec, words []string) {
	all := strings.Join(words, "")
	switch {
	case all == "":
	case strings.Contains(all, "|"):
		for _, side := range strings.Split(all, "|") {
			d.Groups = append(d.Groups, p.nodes(s.Verb, side, s.kind))
		}
	case len(words) > 1:
		p.fail(s.Verb, "unexpected %q (write %s)", words[1], s.Usage)
	default:
		d.Pairs = p.pairs(s.Verb, all, s.kind)
	}
}

// nodes reads a comma list of nodes and group words; nil means it was wrong.
func (p *parser) nodes(verb, list string, kind nodeKind) []string {
	names := p.ranges(verb, strings.Split(list, ","))
	seen := map[string]bool{}
	for _, name := range names {
		if !p.nodeOf(verb, name, kind) {
			return nil
		}
		if seen[name] {
			p.fail(verb, "%s is named twice", name)
			return nil
		}
		seen[name] = true
	}
	return names
}

// nodeOf checks one name of a node, or a group word.
func (p *parser) nodeOf(verb, name string, kind nodeKind) bool {
	switch {
	case strings.Contains(name, ">") || strings.Contains(name, "<"):
		p.fail(verb, "it takes nodes, not the link %s", name)
	case p.plan.node(name) == 0 && !isGroup(name):
		p.fail(verb, "unknown node %q (%s)", name, p.plan.haveNodes(kind))
	case kind == routersOnly && !isRouter(name) && name != groupRouters:
		p.fail(verb, "%s is no router (%s)", name, p.plan.haveNodes(kind))
	case kind == hosters && !isRouter(name) && !isSDK(name) && name != groupRouters:
		p.fail(verb, "%s is no router (%s)", name, p.plan.haveNodes(kind))
	case kind == sdksOnly && !isSDK(name):
		p.fail(verb, "%s is no process with an SDK (%s)", name, p.plan.haveNodes(kind))
	case kind == controllersOnly && (isRouter(name) || isSDK(name) || name == groupRouters || name == groupAll):
		p.fail(verb, "%s is no controller (%s)", name, p.plan.haveNodes(kind))
	default:
		return true
	}
	return false
}

func isGroup(name string) bool {
	return name == groupSDKs || name == groupControllers || name == groupRouters || name == groupAll || name == groupLeader
}

// pairs reads a comma list of links; nil means it was wrong.
func (p *parser) pairs(verb, list string, kind nodeKind) []Pair {
	words := strings.Split(list, ",")
	pairs := make([]Pair, 0, len(words))
	for _, w := range words {
		pair, ok := p.pair(verb, w, kind)
		if !ok {
			return nil
		}
		for _, other := range pairs {
			if other == pair {
				p.fail(verb, "%s is named twice", w)
				return nil
			}
		}
		pairs = append(pairs, pair)
	}
	return pairs
}

// pair reads one link.
func (p *parser) pair(verb, word string, kind nodeKind) (Pair, bool) {
	from, to, ok := strings.Cut(word, "->")
	pair := Pair{From: from, To: to}
	if left, both := strings.CutSuffix(from, "<"); both {
		pair.From, pair.Both = left, true
	}
	if !ok || pair.From == "" || pair.To == "" {
		p.fail(verb, "%q is no link (write ctl1->rtr1 or ctl1<->rtr1)", word)
		return pair, false
	}
	ends := [2]nodeKind{anyNode, anyNode}
	if kind == routerToController {
		ends = [2]nodeKind{routersOnly, controllersOnly}
		if pair.Both {
			p.fail(verb, "a router connects to a controller: write %s->%s", pair.From, pair.To)
			return pair, false
		}
	}
	if kind == routerToRouter {
		ends = [2]nodeKind{routersOnly, routersOnly}
		if pair.Both || pair.From == groupRouters || pair.To == groupRouters {
			p.fail(verb, "%s: it goes from one router to one other (write rtr1->rtr2)", word)
			return pair, false
		}
	}
	if !p.nodeOf(verb, pair.From, ends[0]) || !p.nodeOf(verb, pair.To, ends[1]) {
		return pair, false
	}
	if pair.From == pair.To && (!isGroup(pair.From) || pair.From == groupLeader) {
		p.fail(verb, "%s is linked to itself", pair.From)
		return pair, false
	}
	return pair, true
}

// options reads the key=value words of a timed directive.
func (p *parser) options(d *Directive, s *spec, words []string) {
	keys := make([]string, len(s.options))
	for i, o := range s.options {
		keys[i] = o.key
	}
	values, ok := p.keys(s.Verb, words, keys...)
	if !ok {
		return
	}
	for _, o := range s.options {
		value := values[o.key]
		if value == "" {
			if o.required {
				p.fail(s.Verb, "%s= is missing (write %s)", o.key, s.Usage)
			}
			continue
		}
		switch o.kind {
		case countOption:
			d.Count = p.count(s.Verb, o.key, value, 1, CountMax, 0)
		case timeOption:
			d.Until = sim.Time(p.spanAny(s.Verb, o.key, value))
		case signedSpan:
			positive, negative := strings.CutPrefix(value, "-")
			if d.Span = p.span(s.Verb, o.key, positive); negative {
				d.Span = -d.Span
			}
		default:
			if d.Span = p.span(s.Verb, o.key, value); o.kind == spanOption && d.Span == 0 {
				p.fail(s.Verb, "%s must be longer than 0s", o.key)
			}
		}
	}
}

// spanAny reads a duration as long as a timeline.
func (p *parser) spanAny(verb, key, value string) sim.Duration {
	d, err := sim.ParseDuration(value)
	if err != nil {
		p.fail(verb, "%s: %v", key, err)
	} else if d > settleMax {
		p.fail(verb, "%s: %s is too late (at most %s)", key, d, settleMax)
	}
	return d
}

// haveNodes lists the nodes of a kind for errors.
func (p *Plan) haveNodes(kind nodeKind) string {
	names := p.Names().Nodes[1:]
	switch kind {
	case controllersOnly:
		names = append(names[:p.Controllers+p.Spares:p.Controllers+p.Spares], groupLeader)
	case routersOnly:
		names = names[p.Controllers+p.Spares : p.Controllers+p.Spares+p.Routers]
	case hosters:
		names = names[p.Controllers+p.Spares:]
	case sdksOnly:
		names = names[p.Controllers+p.Spares+p.Routers:]
	}
	return have(names)
}

// have lists names for errors, not too many.
func have(names []string) string {
	const shown = 12
	if len(names) == 0 {
		return "have none"
	}
	if len(names) > shown {
		more := strconv.Itoa(len(names) - shown)
		return "have " + strings.Join(names[:shown], ", ") + " and " + more + " more"
	}
	return "have " + strings.Join(names, ", ")
}
