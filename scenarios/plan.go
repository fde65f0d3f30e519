package scenarios

import (
	"strconv"
	"strings"

	"gyre/model"
	"gyre/sim"
)

// Limits of a plan. A plan beyond them is refused when it is read; a run with more events ends there, unless its
// options allow more.
const (
	ControllersMax = 9                   // controllers and spares together
	RoutersMax     = 1000                // routers
	ServicesMax    = 5000                // services
	HostedMax      = 100_000             // terminators that the head asks for, or one directive
	CountMax       = 10_000              // any other count
	TurnsMax       = 10_000              // turns of one toggle or watch
	WritesMax      = 200_000             // writes that the timeline asks of the operator
	LinesMax       = 20_000              // lines of a plan
	TextMax        = 4 << 20             // bytes of a plan
	EventsMax      = 50_000_000          // events of a run
	settleMax      = 100 * 24 * sim.Hour // the settle phase, and the timeline as well
	spanMax        = 24 * sim.Hour       // spans of links and options
	errorsMax      = 10                  // errors told at once
)

// Plan is a scenario: what there is, what happens to it, and what is expected of it. Nodes are named as in the
// text: ctl1, ctl2, ... (members, then spares) and rtr1, rtr2, ...
type Plan struct {
	Name  string
	Story []string // the first comment paragraph, a line each, without the mark

	Controllers int // members at the start
	Voters      int // the first Voters of them vote
	Spares      int // controllers that are down and no members until they join
	Routers     int
	Services    []Service // hosted from the start
	SDKs        []SDKs    // processes that host with an SDK
	Seed        sim.Seed
	Settings    []Setting
	Links       []LinkSetting
	Versions    []Version   // nodes that run another release than the algorithm under test
	Twins       [][2]string // routers with the identity of another: the first is the second again
	Manual      bool        // routers are told of controllers by connect directives, then by lists of members
	Shuffle     bool        // events of one instant come in an order drawn from the seed

	Steps    []Directive  // in order of time
	SettleAt sim.Time     // the settle phase starts no earlier; 0 is right after the last step
	Settle   sim.Duration // and lasts this long

	Expect []Expectation
}

// Service is a service hosted from the start, or a family of them.
type Service struct {
	Name        string
	Count       int      // 0: one service called Name; else the services svc1 to svcCount
	On          []string // routers
	Each        int      // families only: each router hosts this many, dealt round; 0 is all
	Terminators int      // per service and router; 0 is one
}

// Setting is one parameter of the model that differs from its default.
type Setting struct {
	Name, Value string
}

// Version is the release some nodes run from the start.
type Version struct {
	Nodes   []string // nodes or group words
	Release string   // the name of an algorithm
}

// Pair is a link in the text: From->To, or From<->To. An end is a node or a group word.
type Pair struct {
	From, To string
	Both     bool
}

// LinkSetting is a link that differs from the others.
type LinkSetting struct {
	Pair
	Latency sim.Duration
	Jitter  sim.Duration // -1: the parameter's
}

// Directive is one line of the timeline. Only the fields its verb names are set.
type Directive struct {
	At      sim.Time
	Verb    string
	Nodes   []string   // nodes or group words
	Pairs   []Pair     // links
	Groups  [][]string // the sides of a partition
	Service string
	Count   int          // terminators=, after=, x=
	Span    sim.Duration // by=, down=, every=
	Until   sim.Time     // until=
	Word    string       // on, off, non-voter, a release
	Line    int          // in the text; 0 if there is none
}

// Expectation is what a property is expected to come to, per algorithm.
type Expectation struct {
	Property string
	Lines    []Line
	Line     int // in the text
}

// Line is the expectation of one algorithm, in the words of Summary.
type Line struct {
	Algorithm string
	Text      string
	Line      int // in the text
}

// Group words stand for several nodes. Leader is whoever leads when the directive is carried out.
const (
	groupControllers = "controllers"
	groupRouters     = "routers"
	groupAll         = "all"
	groupLeader      = "leader"
	groupServices    = "services" // the family that a services line declares
)

// Names returns the names of the plan's nodes and services by number.
func (p *Plan) Names() *model.Names {
	n := &model.Names{Nodes: []string{""}, Services: []string{""}}
	for i := range p.Controllers + p.Spares {
		n.Nodes = append(n.Nodes, "ctl"+strconv.Itoa(i+1))
	}
	for i := range p.Routers {
		n.Nodes = append(n.Nodes, "rtr"+strconv.Itoa(i+1))
	}
	n.Nodes = append(n.Nodes, p.sdkNames()...)
	for i := range p.Services {
		n.Services = append(n.Services, p.Services[i].names()...)
	}
	known := map[string]bool{}
	for _, s := range n.Services {
		known[s] = true
	}
	for i := range p.SDKs {
		if s := p.SDKs[i].Service; !known[s] {
			known[s] = true
			n.Services = append(n.Services, s)
		}
	}
	for i := range p.Steps {
		if s := p.Steps[i].Service; s != "" && s != groupServices && !known[s] {
			known[s] = true
			n.Services = append(n.Services, s)
		}
	}
	return n
}

// names returns the names of the services of one line.
func (s *Service) names() []string {
	if s.Count == 0 {
		return []string{s.Name}
	}
	names := make([]string, s.Count)
	for i := range names {
		names[i] = family + strconv.Itoa(i+1)
	}
	return names
}

// family is the stem of the names that a services line declares.
const family = "svc"

// node returns the id of a node's name, 0 if the plan has no such node.
func (p *Plan) node(name string) sim.NodeID {
	if n := serial(name, "ctl"); n >= 1 && n <= p.Controllers+p.Spares {
		return sim.NodeID(n)
	}
	if n := serial(name, "rtr"); n >= 1 && n <= p.Routers {
		return sim.NodeID(p.Controllers + p.Spares + n)
	}
	if n := serial(name, "sdk"); n >= 1 && n <= p.sdkCount() {
		return sim.NodeID(p.Controllers + p.Spares + p.Routers + n)
	}
	return 0
}

// serial reads the number after a stem; 0 if name is not of that form.
func serial(name, stem string) int {
	digits, ok := strings.CutPrefix(name, stem)
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || strconv.Itoa(n) != digits || n < 1 {
		return 0
	}
	return n
}

// isRouter reports whether a name has the form of a router's name.
func isRouter(name string) bool { return serial(name, "rtr") > 0 }
