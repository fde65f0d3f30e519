package scenarios

// Help describes a directive for people.
type Help struct {
	Verb     string
	Usage    string
	Text     string // one sentence
	Scenario string // a scenario that uses it
	Reason   string // or why none does
	Head     bool   // it belongs to the head of a plan and takes no time
}

// Directives returns what a plan may say, head first.
func Directives() []Help {
	list := make([]Help, 0, 64)
	for _, s := range specs {
		list = append(list, s.Help)
	}
	return list
}

// operand is the form of what follows a timed verb.
type operand uint8

const (
	opNothing   operand = iota // heal's other form is opAnyLinks
	opNodes                    // ctl1,rtr2
	opNode                     // ctl1
	opMaybeNode                // ctl1, or nothing
	opMember                   // ctl1 [non-voter]
	opPairs                    // a->b,c<->d
	opSplit                    // pairs, or a | b,c
	opMaybe                    // pairs, or a | b,c, or nothing
	opService                  // web
	opHosting                  // web on rtr1,rtr2
	opLookup                   // web at ctl1
	opSwitch                   // on or off
	opVersion                  // ctl1,rtr2 ziti-2.1.0
)

// nodeKind is which nodes an operand may name.
type nodeKind uint8

const (
	anyNode nodeKind = iota
	controllersOnly
	routersOnly
	routerToController // pairs
	routerToRouter     // pairs, of two routers that are named
	sdksOnly
	hosters // routers, and processes with SDKs
)

// optionKind is the form of an option's value.
type optionKind uint8

const (
	countOption optionKind = iota
	spanOption             // longer than nothing
	offSpan                // or 0s, which ends it
	signedSpan             // or negative
	timeOption
)

type option struct {
	key      string
	kind     optionKind
	required bool
}

// spec is a directive's grammar. Verbs of the head have a reader of their own and no operand.
type spec struct {
	Help
	operand operand
	kind    nodeKind
	options []option
}

func headSpecs() []spec {
	h := func(verb, usage, text, scenario string) spec {
		return spec{Help: Help{Verb: verb, Usage: usage, Text: text, Scenario: scenario, Head: true}}
	}
	return []spec{
		h("cluster", "cluster controllers=N routers=N [voters=N] [spares=N]",
			"Names the nodes: ctl1 and on, the last ones spare; rtr1 and on.", "leader-spin"),
		h("service", "service NAME on ROUTERS [terminators=N]",
			"A service that routers host from the start.", "leader-spin"),
		h("services", "services N on ROUTERS [each=N] [terminators=N]",
			"The services svc1 to svcN, all on every router or dealt round so that each hosts N of them.", "mass-close"),
		h("sdk", "sdk SERVICE via ROUTERS [x=N] [legacy=CTL]",
			"Processes with an SDK that host the service via each of the routers: sdk1 and on; legacy: only CTL knows them.",
			"sdk-restart"),
		h("seed", "seed N",
			"The root of all randomness: decimal, hexadecimal, or a commit hash.", "leader-spin"),
		h("set", "set NAME=VALUE ...",
			"A parameter of the model that differs from its default.", "spin-high-latency"),
		h("link", "link A->B latency=SPAN [jitter=SPAN]",
			"A link that is slower or faster than the others; A<->B is both directions.", "spin-many-controllers"),
		{Help: Help{Verb: "twin", Usage: "twin ROUTER of ROUTER", Head: true,
			Text:   "The first has the identity of the second, as a copied container has.",
			Reason: "it is a misconfiguration, which no release survives: see docs/suspects/S24.md"}},
		h("version", "version NODES RELEASE",
			"The nodes run this release, whatever the algorithm; controllers of two releases refuse every write.",
			"mixed-routers"),
		h("connect manual", "connect manual",
			"Routers are told of controllers by connect directives, and by those they reach; not of all at the start.",
			"spin-frequent-toggle"),
		{Help: Help{Verb: "shuffle", Usage: "shuffle", Head: true,
			Text:   "Events of one instant come in an order drawn from the seed, instead of first come, first served.",
			Reason: "it is for generated plans: what a person writes down has an order"}},
		h("settle", "[TIME] settle SPAN",
			"Ends every fault and half an upgrade, brings everything up, judges after at most this long; comes once, last.",
			"leader-spin"),
		h("expect", "expect PROPERTY",
			"What the property comes to: a line ---- and a line per algorithm follow, up to an empty line.", "leader-spin"),
	}
}

func desireSpecs() []spec {
	terminators := []option{{"terminators", countOption, false}}
	d := func(verb, usage, text, scenario string, o operand, k nodeKind, options ...option) spec {
		return spec{Help{Verb: verb, Usage: usage, Text: text, Scenario: scenario}, o, k, options}
	}
	return []spec{
		d("connect", "TIME connect ROUTER->CTL", "The router is told of the controller.",
			"spin-frequent-toggle", opPairs, routerToController),
		d("disconnect", "TIME disconnect ROUTER->CTL", "The router forgets the controller, until it is told again.",
			"spin-many-controllers", opPairs, routerToController),
		d("host", "TIME host SERVICE on ROUTERS [terminators=N]", "The operator writes all policies: the routers host it.",
			"spin-frequent-toggle", opHosting, hosters, terminators...),
		d("retire", "TIME retire SERVICE on ROUTERS", "The operator takes the service away; services means the whole family.",
			"mass-close", opHosting, hosters),
		d("bind", "TIME bind SERVICE on ROUTERS [terminators=N]", "Only the service policy: routers see the service.",
			"late-policy", opHosting, hosters, terminators...),
		d("unbind", "TIME unbind SERVICE on ROUTERS", "Takes the service policy away.",
			"late-policy", opHosting, hosters),
		d("allow", "TIME allow SERVICE on ROUTERS", "Only the edge-router policies: controllers let the routers create.",
			"late-policy", opHosting, hosters),
		d("deny", "TIME deny SERVICE on ROUTERS", "Takes the edge-router policies away.",
			"late-policy", opHosting, hosters),
		d("touch", "TIME touch SERVICE", "The operator edits the service.",
			"edits", opService, anyNode),
		d("touch-identity", "TIME touch-identity ROUTERS", "The operator edits the routers' identities.",
			"edits", opNodes, routersOnly),
		d("tunneler-off", "TIME tunneler-off ROUTERS",
			"The operator takes the tunneler flag off the routers: their identities go, and what the policies gave them.",
			"flag-toggled", opNodes, routersOnly),
		d("tunneler-on", "TIME tunneler-on ROUTERS",
			"And gives it back: the identities are made anew, and what the policies say applies again.",
			"flag-toggled", opNodes, routersOnly),
		d("delete", "TIME delete SERVICE on ROUTERS", "The operator deletes the terminators, which the routers still want.",
			"follower-lag", opHosting, routersOnly),
		d("toggle", "TIME toggle SERVICE on ROUTERS every=SPAN until=TIME",
			"The operator retires and hosts by turns, starting with what changes something, the last time at until=.",
			"toggle-every-second", opHosting, routersOnly,
			option{"every", spanOption, true}, option{"until", timeOption, true}),
		d("lookup", "TIME lookup SERVICE at CTL", "A client asks a controller which terminators there are.",
			"quiet-start", opLookup, controllersOnly),
		d("watch", "TIME watch SERVICE every=SPAN until=TIME",
			"A client asks every controller so, over and over, also in the settle phase.",
			"hosting-register", opService, anyNode,
			option{"every", spanOption, true}, option{"until", timeOption, true}),
	}
}

func processSpecs() []spec {
	d := func(verb, usage, text, scenario string, o operand, k nodeKind, options ...option) spec {
		return spec{Help{Verb: verb, Usage: usage, Text: text, Scenario: scenario}, o, k, options}
	}
	return []spec{
		d("crash", "TIME crash NODES [after=N]",
			"Kills the processes: at once, or in the middle of their next step, after N effects.",
			"leader-crash", opNodes, anyNode, option{"after", countOption, false}),
		d("start", "TIME start NODES", "Starts what is down, from its disk.", "leader-crash", opNodes, anyNode),
		d("restart", "TIME restart NODES [down=SPAN]", "Kills the processes and starts them again, 1s later unless told.",
			"rolling-restart", opNodes, anyNode, option{"down", spanOption, false}),
		d("upgrade", "TIME upgrade NODES RELEASE [down=SPAN]",
			"A restart as this release, from the same disk; or a downgrade.",
			"rolling-upgrade", opVersion, anyNode, option{"down", spanOption, false}),
		d("pause", "TIME pause NODES", "Freezes the processes, as SIGSTOP does.", "minority-leader", opNodes, anyNode),
		d("resume", "TIME resume NODES", "Lets them go on with all that arrived meanwhile.",
			"minority-leader", opNodes, anyNode),
		d("wipe", "TIME wipe ROUTERS", "The routers lose their disks; a running one is killed and started again.",
			"router-restart", opNodes, routersOnly),
		d("clone", "TIME clone ROUTER->ROUTER",
			"The second router gets a copy of the first one's disk, its terminator ids with it; one that runs is started again.",
			"cloned-disk", opPairs, routerToRouter),
		d("skew", "TIME skew NODES by=SPAN", "Their clocks are ahead by this much, or behind (by=-2s); 0s ends it.",
			"rolling-restart", opNodes, anyNode, option{"by", signedSpan, true}),
		d("overload", "TIME overload NODES x=N", "Their work takes N times as long; 1 ends it.",
			"mass-close", opNodes, anyNode, option{"x", countOption, true}),
		d("lag", "TIME lag CTLS by=SPAN", "The controllers apply each log entry this much later; 0s ends it.",
			"follower-lag", opNodes, controllersOnly, option{"by", offSpan, true}),
		d("read-only", "TIME read-only on|off", "Another version joins the mesh, so writes are refused; or leaves it.",
			"upgrade-read-only", opSwitch, anyNode),
		d("transfer", "TIME transfer [CTL]", "The leader hands over, to the given controller or to any.",
			"upgrade-read-only", opMaybeNode, controllersOnly),
		d("elect", "TIME elect CTL", "The controller stands for election now.",
			"leader-spin", opNode, controllersOnly),
		d("join", "TIME join CTL [non-voter]", "The controller starts if it is down and becomes a member.",
			"rolling-restart", opMember, controllersOnly),
		d("leave", "TIME leave CTL", "The controller is taken out of the membership; its process stays.",
			"rolling-restart", opNode, controllersOnly),
		d("snapshot", "TIME snapshot CTLS", "The controllers compact their logs.",
			"rolling-restart", opNodes, controllersOnly),
	}
}

func networkSpecs() []spec {
	d := func(verb, usage, text, scenario string, o operand, options ...option) spec {
		return spec{Help{Verb: verb, Usage: usage, Text: text, Scenario: scenario}, o, anyNode, options}
	}
	return []spec{
		d("cut", "TIME cut A->B[,C<->D] or cut A,B | C", "Nothing passes: over the links, or between the groups.",
			"minority-leader", opSplit),
		d("heal", "TIME heal [A->B or A,B | C]", "Ends cut, slow and stall: on the links, between the groups, everywhere.",
			"minority-leader", opMaybe),
		d("slow", "TIME slow A->B by=SPAN", "Messages take this much longer; 0s ends it.",
			"follower-lag", opPairs, option{"by", offSpan, true}),
		d("stall", "TIME stall A->B", "The connections that exist carry nothing, without notice.",
			"router-restart", opPairs),
		d("unstall", "TIME unstall A->B", "They go on.", "router-restart", opPairs),
		d("half-open", "TIME half-open A->B", "A's ends of the connections to B break; B is told nothing.",
			"leader-crash", opPairs),
		d("break", "TIME break A<->B", "The connections break and both ends are told.",
			"spin-many-controllers", opPairs),
	}
}

var specs = grammar() //tidy:ok constant table

// grammar returns the directives, head first.
func grammar() []spec {
	all := headSpecs()
	all = append(all, desireSpecs()...)
	all = append(all, processSpecs()...)
	all = append(all, sdkSpecs()...)
	return append(all, networkSpecs()...)
}
