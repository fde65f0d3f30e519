package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gyre/model"
	"gyre/sim"
)

// SDKs are processes that host a service with an OpenZiti SDK. They are nodes: sdk1, sdk2, ... in the order of the
// text.
type SDKs struct {
	Service string
	Via     []string // routers, or the group of them: each process binds at all
	Count   int      // 0 is one
	Legacy  string   // the controller that alone knows their sessions; empty: any can check them
}

// SDKsMax bounds the processes with SDKs of a plan. OpenZiti's own chaos test has 1,500 that host five services each.
const SDKsMax = 7500

// groupSDKs stands for all of them.
const groupSDKs = "sdks"

func (s *SDKs) count() int { return max(1, s.Count) }

// sdkCount returns how many processes with SDKs there are.
func (p *Plan) sdkCount() int {
	n := 0
	for i := range p.SDKs {
		n += p.SDKs[i].count()
	}
	return n
}

// sdkNames returns their names.
func (p *Plan) sdkNames() []string {
	var names []string
	for i := range p.sdkCount() {
		names = append(names, "sdk"+strconv.Itoa(i+1))
	}
	return names
}

// Plays tells why an algorithm cannot play the plan; nil if it can.
func (p *Plan) Plays(a model.Algorithm) error {
	if len(p.SDKs) > 0 && a.Release != model.Ziti210 {
		return fmt.Errorf("%s: its processes with SDKs need a router that has a registry of theirs in the model, and that "+
			"of %s has none (play it with ziti-2.1.0)", p.Name, a.Name)
	}
	if a.Release >= model.Reference && len(p.mixed(a.Release)) > 0 {
		return fmt.Errorf("%s: its nodes run several releases, and %s speaks to itself only (play it with a release)",
			p.Name, a.Name)
	}
	return nil
}

// Algorithms returns those that can play the plan, oldest first.
func (p *Plan) Algorithms() []model.Algorithm {
	var can []model.Algorithm
	for _, a := range model.Algorithms() {
		if p.Plays(a) == nil {
			can = append(can, a)
		}
	}
	return can
}

// isSDK reports whether a node is a process with an SDK.
func (p *Plan) isSDK(id sim.NodeID) bool { return int(id) > p.Controllers+p.Spares+p.Routers }

// talk reports whether two nodes have links between them: controllers with all but SDKs, routers with SDKs.
func (p *Plan) talk(a, b sim.NodeID) bool {
	switch {
	case a == b:
		return false
	case p.isSDK(a) || p.isSDK(b):
		return p.isSDK(a) != p.isSDK(b) && !p.controls(a) && !p.controls(b)
	default:
		return p.controls(a) || p.controls(b)
	}
}

// eachSDK visits the processes with SDKs in order.
func (p *Plan) eachSDK(visit func(s *SDKs, host sim.NodeID)) {
	host := sim.NodeID(p.Controllers + p.Spares + p.Routers)
	for i := range p.SDKs {
		for range p.SDKs[i].count() {
			host++
			visit(&p.SDKs[i], host)
		}
	}
}

// hostsOf returns what the processes with SDKs host, in order.
func (p *Plan) hostsOf(services map[string]model.ServiceID) []model.SDKHost {
	var hosts []model.SDKHost
	p.eachSDK(func(s *SDKs, _ sim.NodeID) {
		hosts = append(hosts, model.SDKHost{
			Service: services[s.Service], Index: model.SDKIndex + uint16(len(hosts)), Via: p.resolve(s.Via, 0),
			Issuer: p.node(s.Legacy),
		})
	})
	return hosts
}

// readSDK takes SERVICE via ROUTERS [x=N] [legacy=CTL].
func (p *parser) readSDK(args []string) {
	if len(args) < 3 || args[1] != "via" {
		p.fail("sdk", "it takes a service and routers (write sdk web via rtr1,rtr2)")
		return
	}
	s := SDKs{Service: args[0], Via: p.nodes("sdk", args[2], routersOnly)}
	o, ok := p.keys("sdk", args[3:], "x", "legacy")
	if !ok || s.Via == nil {
		return
	}
	if p.seen["service "+s.Service] == 0 {
		p.newService("sdk", s.Service)
	}
	s.Count = p.count("sdk", "x", o["x"], 1, SDKsMax, 0)
	if s.Legacy = o["legacy"]; s.Legacy != "" && p.nodes("sdk", s.Legacy, controllersOnly) == nil {
		return
	}
	if isGroup(s.Legacy) {
		p.fail("sdk", "legacy: name one controller, not %s", s.Legacy)
		return
	}
	p.plan.SDKs = append(p.plan.SDKs, s)
	if n := p.plan.sdkCount(); n > SDKsMax {
		p.fail("sdk", "%d processes are too many (at most %d)", n, SDKsMax)
	}
}

func (s *SDKs) text() string {
	text := "sdk " + s.Service + " via " + strings.Join(s.Via, ",")
	if s.Count > 0 {
		text += " x=" + strconv.Itoa(s.Count)
	}
	if s.Legacy != "" {
		text += " legacy=" + s.Legacy
	}
	return text
}

func isSDK(name string) bool { return serial(name, "sdk") > 0 || name == groupSDKs }

// sdkSpecs are the directives about processes with SDKs. What may befall any process, may befall them.
func sdkSpecs() []spec {
	d := func(verb, usage, text, scenario string) spec {
		return spec{Help{Verb: verb, Usage: usage, Text: text, Scenario: scenario}, opNodes, sdksOnly, nil}
	}
	return []spec{
		d("unlisten", "TIME unlisten SDKS", "The applications close their listeners, and tell the routers.", "sdk-restart"),
		d("listen", "TIME listen SDKS", "The applications open their listeners again, each under a new id.", "sdk-restart"),
		d("rebind", "TIME rebind SDKS", "The applications close their listeners and open them again at once.",
			"sdk-router-restart"),
	}
}

// sdk carries out a directive about applications with SDKs.
func (r *player) sdk(d *Directive) {
	r.each(d, func(id sim.NodeID) string { return when(!r.world.Up(id), "is down") }, func(id sim.NodeID) {
		r.outside++
		if d.Verb != "listen" {
			r.world.Command(id, model.Msg{Kind: model.OpUnbind})
		}
		if d.Verb != "unlisten" {
			r.world.Command(id, model.Msg{Kind: model.OpBind})
		}
	})
}

// dropSDKs takes lines of SDKs away, and what speaks of their processes; those after them move up.
func (p *Plan) dropSDKs(from, to int) {
	first, last := 0, 0
	for i := range p.SDKs[:to] {
		if last += p.SDKs[i].count(); i < from {
			first = last
		}
	}
	p.SDKs = slices.Delete(slices.Clone(p.SDKs), from, to)
	p.rename(func(name string) string { return renumber(name, "sdk", first, last) })
}

// viaOnly renames the routers of SDKs and takes the lines away that are left with none.
func (p *Plan) viaOnly(name func(string) string) {
	p.SDKs = slices.Clone(p.SDKs)
	for i := len(p.SDKs) - 1; i >= 0; i-- {
		p.SDKs[i].Via = names(p.SDKs[i].Via, name)
		p.SDKs[i].Legacy = name(p.SDKs[i].Legacy)
		if len(p.SDKs[i].Via) == 0 {
			p.dropSDKs(i, i+1)
		}
	}
}

// sdks drops processes with SDKs.
func (s *shrinker) sdks() {
	s.reduce(func() int { return len(s.best.SDKs) }, (*Plan).dropSDKs)
	for i := range s.best.SDKs {
		for _, n := range below(s.best.SDKs[i].count()) {
			if s.try(s.edit(func(p *Plan) { p.SDKs = slices.Clone(p.SDKs); p.SDKs[i].Count = n })) {
				break
			}
		}
	}
}
