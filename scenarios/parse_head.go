package scenarios

import (
	"strconv"
	"strings"

	"gyre/model"
	"gyre/sim"
)

// headLine takes a line of the head.
func (p *parser) headLine(verb string, args []string) {
	switch verb {
	case "cluster":
		p.readCluster(args)
	case "service":
		p.readService(args)
	case "services":
		p.readServices(args)
	case "sdk":
		p.readSDK(args)
	case "seed":
		p.readSeed(args)
	case "set":
		p.readSettings(args)
	case "link":
		p.readLink(args)
	case "version":
		p.readVersion(args)
	case "connect":
		if len(args) != 1 || args[0] != "manual" {
			p.fail(verb, "in the head it reads connect manual; elsewhere it needs a time (write 5s connect rtr1->ctl1)")
			return
		}
		p.once(verb, verb, "connect manual")
		p.plan.Manual = true
	case "twin":
		p.readTwin(args)
	case "shuffle":
		if len(args) > 0 {
			p.fail(verb, "unexpected %q (write shuffle)", args[0])
			return
		}
		p.once(verb, verb, "shuffle")
		p.plan.Shuffle = true
	}
}

// keys splits key=value words. Every key must be one of have; none may come twice.
func (p *parser) keys(verb string, words []string, have ...string) (map[string]string, bool) {
	values := map[string]string{}
	for _, w := range words {
		key, value, ok := strings.Cut(w, "=")
		known := false
		for _, h := range have {
			known = known || h == key
		}
		switch {
		case !ok && len(have) == 0:
			p.fail(verb, "unexpected %q", w)
		case !ok:
			p.fail(verb, "unexpected %q (options are written %s=...)", w, strings.Join(have, "=..., "))
		case !known && len(have) == 0:
			p.fail(verb, "unknown option %q (it has none)", key)
		case !known:
			p.fail(verb, "unknown option %q (have %s)", key, strings.Join(have, ", "))
		case values[key] != "":
			p.fail(verb, "%s is given twice", key)
		case value == "":
			p.fail(verb, "%s= lacks its value", key)
		default:
			values[key] = value
			continue
		}
		return nil, false
	}
	return values, true
}

// count reads a whole number; an empty value is the given default.
func (p *parser) count(verb, key, value string, low, high, none int) int {
	if value == "" {
		return none
	}
	n, err := strconv.Atoi(value)
	switch {
	case err != nil || n < low:
		p.fail(verb, "%s: bad count %q: write a whole number from %d to %d", key, value, low, high)
		return low
	case n > high:
		p.fail(verb, "%s: %d is too many (at most %d)", key, n, high)
		return high
	}
	return n
}

// readCluster takes the counts of nodes. If they are wrong, every line below would name nodes there are not.
func (p *parser) readCluster(args []string) {
	p.once("cluster", "cluster", "cluster")
	p.cluster = true
	before := len(p.errs)
	o, ok := p.keys("cluster", args, "controllers", "routers", "voters", "spares")
	if ok && (o["controllers"] == "" || o["routers"] == "") {
		p.fail("cluster", "it needs both counts (write cluster controllers=3 routers=2)")
	}
	if p.hopeless = len(p.errs) > before; p.hopeless {
		return
	}
	c := p.plan
	c.Controllers = p.count("cluster", "controllers", o["controllers"], 1, ControllersMax, 0)
	c.Routers = p.count("cluster", "routers", o["routers"], 1, RoutersMax, 0)
	c.Spares = p.count("cluster", "spares", o["spares"], 0, ControllersMax, 0)
	if n := c.Controllers + c.Spares; n > ControllersMax && len(p.errs) == before {
		p.fail("cluster", "%d controllers are too many (at most %d, spares included)", n, ControllersMax)
	}
	c.Voters = p.count("cluster", "voters", o["voters"], 1, c.Controllers, c.Controllers)
	p.hopeless = len(p.errs) > before
}

// readService takes NAME on ROUTERS [terminators=N].
func (p *parser) readService(args []string) {
	if len(args) < 3 || args[1] != "on" {
		p.fail("service", "it takes a name and routers (write service web on rtr1)")
		return
	}
	s := Service{Name: args[0], On: p.nodes("service", args[2], routersOnly)}
	p.newService("service", s.Name)
	o, ok := p.keys("service", args[3:], "terminators")
	if !ok || s.On == nil {
		return
	}
	s.Terminators = p.count("service", "terminators", o["terminators"], 1, CountMax, 0)
	p.plan.Services = append(p.plan.Services, s)
	p.hosted("service")
}

// readServices takes N on ROUTERS [each=N] [terminators=N].
func (p *parser) readServices(args []string) {
	if len(args) < 3 || args[1] != "on" {
		p.fail("services", "it takes a number and routers (write services 500 on rtr1)")
		return
	}
	p.once("services", "services", "services")
	before := len(p.errs)
	s := Service{Count: p.count("services", "number", args[0], 1, ServicesMax, 0)}
	s.On = p.nodes("services", args[2], routersOnly)
	o, ok := p.keys("services", args[3:], "each", "terminators")
	if !ok || len(p.errs) > before {
		return
	}
	s.Each = p.count("services", "each", o["each"], 1, s.Count, 0)
	s.Terminators = p.count("services", "terminators", o["terminators"], 1, CountMax, 0)
	p.plan.Services = append(p.plan.Services, s)
	for _, name := range s.names() {
		p.newService("services", name)
	}
	p.hosted("services")
}

// newService declares the name of a service.
func (p *parser) newService(verb, name string) {
	if !goodName(name) || name == groupServices {
		p.fail(verb, "bad service name %q: write letters, digits and dashes, a letter first", name)
		return
	}
	p.once(verb, "service "+name, "service "+name)
	if p.services++; p.services > ServicesMax {
		p.fail(verb, "%d services are too many (at most %d)", p.services, ServicesMax)
	}
}

// hosted bounds the terminators that the head asks for.
func (p *parser) hosted(verb string) {
	n := 0
	p.plan.eachHosted(func(_ string, _ sim.NodeID, count int) { n += count })
	if n > HostedMax {
		p.fail(verb, "%d terminators are too many (at most %d)", n, HostedMax)
	}
}

func goodName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

func (p *parser) readSeed(args []string) {
	p.once("seed", "seed", "seed")
	if len(args) != 1 {
		p.fail("seed", "it takes one number (write seed 7)")
		return
	}
	seed, err := sim.ParseSeed(args[0])
	if err != nil {
		p.fail("seed", "%v", err)
		return
	}
	p.plan.Seed = seed
}

// readSettings takes NAME=VALUE words.
func (p *parser) readSettings(args []string) {
	if len(args) == 0 {
		p.fail("set", "it takes names and values (write set latency=40ms)")
	}
	for _, w := range args {
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			p.fail("set", "unexpected %q (write set latency=40ms)", w)
			continue
		}
		params := model.DefaultParams()
		if err := params.Set(name, value); err != nil {
			p.fail("set", "%v", err)
			continue
		}
		p.once("set", "set "+name, name)
		p.plan.Settings = append(p.plan.Settings, Setting{name, value})
	}
}

// readLink takes A->B latency=SPAN [jitter=SPAN].
func (p *parser) readLink(args []string) {
	if len(args) == 0 {
		p.fail("link", "it takes a link and its latency (write link ctl1<->rtr1 latency=70ms jitter=5ms)")
		return
	}
	pair, ok := p.pair("link", args[0], anyNode)
	o, good := p.keys("link", args[1:], "latency", "jitter")
	if !ok || !good {
		return
	}
	if pair.From == groupLeader || pair.To == groupLeader {
		p.fail("link", "nobody leads before the start: name the controller")
		return
	}
	if !p.linked("link", pair) {
		return
	}
	if o["latency"] == "" {
		p.fail("link", "latency= is missing (write link ctl1<->rtr1 latency=70ms jitter=5ms)")
		return
	}
	l := LinkSetting{Pair: pair, Latency: p.span("link", "latency", o["latency"]), Jitter: -1}
	if o["jitter"] != "" {
		l.Jitter = p.span("link", "jitter", o["jitter"])
	}
	p.once("link", "link "+pair.String(), pair.String())
	p.plan.Links = append(p.plan.Links, l)
}

// span reads a duration of an option.
func (p *parser) span(verb, key, value string) sim.Duration {
	d, err := sim.ParseDuration(value)
	if err != nil {
		p.fail(verb, "%s: %v", key, err)
		return 0
	}
	if d > spanMax {
		p.fail(verb, "%s: %s is too long (at most %s)", key, d, spanMax)
		return 0
	}
	return d
}

// readTwin takes ROUTER of ROUTER.
func (p *parser) readTwin(args []string) {
	if len(args) != 3 || args[1] != "of" {
		p.fail("twin", "it takes two routers (write twin rtr2 of rtr1)")
		return
	}
	for _, name := range []string{args[0], args[2]} {
		if !p.nodeOf("twin", name, routersOnly) {
			return
		}
		if isGroup(name) {
			p.fail("twin", "%s is no single router", name)
			return
		}
		for _, t := range p.plan.Twins {
			if t[0] == name || t[1] == args[0] {
				p.fail("twin", "%s is a twin already, or has one", name)
				return
			}
		}
	}
	if args[0] == args[2] {
		p.fail("twin", "%s cannot be its own twin", args[0])
		return
	}
	p.plan.Twins = append(p.plan.Twins, [2]string{args[0], args[2]})
}
