package router

import (
	"fmt"
	"strings"
	"testing"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// player drives a bench by a script.
type player struct {
	*bench
	s       script
	old     bool // ziti-1.1.8, whose timelines name no controller and other states
	black   map[sim.NodeID]bool
	latency map[sim.NodeID]sim.Duration
	creates []sent
	removes []sent
	names   map[model.TermID]string // T1, T2 in order of the states recorded
	left    []string                // names not given yet
	seen    []string
}

func newPlayer(t *testing.T, s script) *player {
	cfg := config(model.Ziti210)
	old := s.Suite != "tunnel-HEAD"
	if old {
		cfg = config(model.Ziti118)
	}
	p := &player{s: s, old: old, black: map[sim.NodeID]bool{}, names: map[model.TermID]string{}}
	p.latency = map[sim.NodeID]sim.Duration{1: 2 * ms, 2: 2 * ms, 3: 2 * ms}
	switch s.Name {
	case "S13":
	case "S14":
		p.latency = map[sim.NodeID]sim.Duration{1: 40 * ms, 2: 5 * ms, 3: 20 * ms}
	default:
		cfg.Params.HeartbeatEvery = 0
	}
	for _, e := range s.Events {
		if e.Event == "state" && strings.Contains(e.Detail, "new->") {
			p.left = append(p.left, strings.Fields(e.Detail)[0])
		}
	}
	p.bench = newBench(t, cfg, hosting.New)
	p.onSend = p.controller
	if old {
		p.left = []string{"T1"}
		p.connect(1)
	}
	return p
}

// controller is the scripted controllers' own behaviour; create and remove replies come from the script.
func (p *player) controller(to sim.NodeID, m model.Msg) {
	if p.black[to] {
		return
	}
	s := sent{p.now, to, m}
	switch m.Kind {
	case model.Heartbeat:
		p.see("heartbeat c%d", to)
		p.at(p.now.Add(p.latency[to]), func() {
			if !p.black[to] {
				p.deliver(to, model.Msg{Kind: model.HeartbeatReply, Req: m.Req})
			}
		})
	case model.CreateRequest:
		p.creates = append(p.creates, s)
		if p.old {
			p.see("create-sent %s #%d", p.name(m.Term), len(p.creates))
			return
		}
		p.see("create-sent %s #%d to c%d", p.name(m.Term), len(p.creates), to)
		if p.mass() {
			reply := model.Msg{Kind: model.CreateReply, Req: m.Req, Term: m.Term, Code: model.OK}
			p.at(p.now.Add(50*ms), func() { p.deliver(to, reply) })
		}
	case model.RemoveRequest:
		p.removes = append(p.removes, s)
		terms := []model.TermID{m.Term}
		if list, ok := m.Body.(*model.TermList); ok {
			terms = list.Terms
		}
		if p.old {
			p.see("remove-sent %s #%d", p.name(m.Term), len(p.removes))
			return
		}
		var names []string
		for _, term := range terms {
			names = append(names, p.name(term))
		}
		p.see("remove-sent #%d to c%d count=%d %s", len(p.removes), to, len(terms), strings.Join(names, ","))
	}
}

func (p *player) see(format string, args ...any) {
	p.seen = append(p.seen, fmt.Sprintf("%d ", p.now.Milliseconds())+fmt.Sprintf(format, args...))
}

func (p *player) name(term model.TermID) string {
	if p.names[term] == "" && len(p.left) > 0 {
		p.names[term], p.left = p.left[0], p.left[1:]
	}
	return p.names[term]
}

func (p *player) play() {
	for _, e := range p.s.Events {
		at := sim.Time(e.MS * 1000)
		p.at(at, func() { p.event(e.Event, e.Detail) })
		if p.mass() && e.Event == "sample" {
			p.at(at.Add(1), func() { p.seen = append(p.seen, p.sample()) })
		}
	}
	last := p.s.Events[len(p.s.Events)-1].MS
	p.run(sim.Time(last * 1000))
}

func (p *player) event(kind, detail string) {
	switch kind {
	case "action":
		p.action(detail)
	case "create-reply":
		p.createReply(detail)
	case "remove-reply":
		p.removeReply(detail)
	case "validate-sent":
		p.validate(detail)
	}
	p.drainNotes()
}

func (p *player) action(detail string) {
	var c sim.NodeID
	var n int
	var a, b string
	ctrl := func(format string) bool {
		got, _ := fmt.Sscanf(detail, format, &c)
		return got == 1
	}
	switch {
	case strings.HasSuffix(detail, "established") && ctrl("control channel to c%d"):
		p.connect(c)
	case strings.HasSuffix(detail, "(registration removed)") && ctrl("control channel to c%d"):
		p.step(sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpDisconnect, Peer: c}})
	case ctrl("leader is now c%d"):
		p.deliver(c, model.Msg{Kind: model.LeaderIs, Peer: c})
	case strings.HasSuffix(detail, "(underlay lost)") && ctrl("c%d becomes"):
		p.lose(c)
	case strings.HasSuffix(detail, "reachable again") && ctrl("c%d"):
		p.answerDial(c, true)
		p.hello(c)
	case strings.HasSuffix(detail, "black-holed") && ctrl("c%d"):
		p.black[c] = true
	case match(detail, "host svc%s", &a):
		p.inside(func() { p.r.reg.Host(service(a)) })
	case match(detail, "host %d services", &n):
		p.inside(func() {
			for i := range n {
				p.r.reg.Host(hosting.Key{Service: model.ServiceID(i + 1)})
			}
		})
	case match(detail, "close svc%s %s", &a, &b):
		p.inside(func() { p.r.reg.Close(service(a)) })
	case detail == "close called":
		p.inside(func() { p.r.reg.Close(service("A")) })
	case detail == "NotifyOfReconnect":
		p.inside(func() { p.r.reg.CtrlEvent(hosting.Reconnected, 1) })
	default:
		p.t.Fatalf("unknown action %q", detail)
	}
}

func match(detail, format string, into ...any) bool {
	n, _ := fmt.Sscanf(detail, format, into...)
	return n == len(into)
}

func service(name string) hosting.Key {
	return hosting.Key{Service: model.ServiceID(name[0]-'A') + 1}
}

func (p *player) createReply(detail string) {
	var name, result string
	var n int
	if !match(detail, "%s #%d %s", &name, &n, &result) || n > len(p.creates) {
		p.see("no create to answer: %s", detail)
		return
	}
	codes := map[string]model.Code{
		"Success": model.OK, "(create": model.OK, "FailedBusy": model.Busy, "FailedOther": model.Failed}
	s := p.creates[n-1]
	p.deliver(s.to, model.Msg{Kind: model.CreateReply, Req: s.m.Req, Term: s.m.Term, Code: codes[result]})
}

func (p *player) removeReply(detail string) {
	var result string
	var n int
	if !match(detail, "#%d %s", &n, &result) || n > len(p.removes) {
		p.see("no remove to answer: %s", detail)
		return
	}
	codes := map[string]model.Code{"ok": model.OK, "busy": model.Busy}
	s := p.removes[n-1]
	m := model.Msg{Kind: model.RemoveReply, Req: s.m.Req, Term: s.m.Term, Body: s.m.Body, Code: codes[result]}
	if m.Code == model.None {
		p.t.Fatalf("unknown remove reply %q", detail)
	}
	p.deliver(s.to, m)
}

// validate asks for the id the script is about: the latest there is, or one nobody knows.
func (p *player) validate(detail string) {
	check := model.Check{Term: 999, Marker: 7}
	if !strings.Contains(detail, "unknown") {
		for term := range p.names {
			if check.Term == 999 || term > check.Term {
				check.Term = term
			}
		}
	}
	p.deliver(1, model.Msg{Kind: model.ValidateRequest, Body: &model.CheckList{Checks: []model.Check{check}}})
}
