package calibrate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// player plays one timeline on a bench: the actions at their times, the controllers as scripted.
type player struct {
	*bench
	t        *Timeline
	suite    suite
	sdk      sdkSide
	black    map[sim.NodeID]bool
	latency  map[sim.NodeID]sim.Duration
	keys     []hosted // in order of hosting
	many     bool     // hosts many at once: replies are not recorded one by one
	every    sim.Duration
	delays   map[string]sim.Duration // of scripted replies, where the times of requests are chance
	creates  []wire
	removes  []wire
	states   map[model.TermID]model.State
	names    map[model.TermID]string // T1, T2 as they were recorded
	left     []string                // names not given yet
	seen     []seen
	outcomes map[int]outcome             // of what is judged event by event, by index
	stuck    int                         // index of the first action that could not be replayed, or -1
	why      string                      // it could not
	replied  map[uint64]*model.CheckList // validations answered, by request
	passing  bool
	taken    int64 // slots held before the step
}

type hosted struct {
	name string
	key  hosting.Key
}

// wire is a request that left the router.
type wire struct {
	ctrl sim.NodeID
	conn sim.ConnID
	m    model.Msg
}

// seen is something the model did, in the words of the timelines.
type seen struct {
	at   sim.Time
	kind string
	text string
}

// controllerLatency is the round trip of heartbeats unless the title says another.
const controllerLatency = 2 * sim.Millisecond

// Words of titles that say how the script's controllers are.
var (
	latencies   = regexp.MustCompile(`c([1-9])[^0-9=,]*=?(?: \(leader\))? (\d+) ms`)
	hostMany    = regexp.MustCompile(`^(?:host )?(\d+) (?:services|established|hosted)\b`)
	answerDelay = regexp.MustCompile(`(\d+) ms`)
	termName    = regexp.MustCompile(`\bT\d+\b`)
)

func newPlayer(t *Timeline, s suite, params model.Params, seed sim.Seed) *player {
	beats := t.has("heartbeat", "heartbeat-close") || strings.Contains(t.Title, "heartbeat")
	if !beats {
		params.HeartbeatEvery = 0
	}
	p := &player{
		t: t, black: map[sim.NodeID]bool{}, latency: map[sim.NodeID]sim.Duration{},
		states: map[model.TermID]model.State{}, names: map[model.TermID]string{}, outcomes: map[int]outcome{},
		delays: map[string]sim.Duration{}, replied: map[uint64]*model.CheckList{}, stuck: -1, every: 50 * sim.Millisecond,
		suite: s,
	}
	for _, e := range t.Events {
		for _, name := range termName.FindAllString(e.Detail, -1) {
			if !slices.Contains(p.left, name) {
				p.left = append(p.left, name)
			}
		}
	}
	p.bench = newBench(config(s, params, seed), p.sdkMaker())
	p.onSend, p.onNote, p.onShut, p.starting, p.after = p.sent, p.noted, p.hungUp, p.starts, p.stepped
	if t.Determinism != exact {
		p.writer = newWriter(seed.Stream("writer"))
	}
	p.title()
	p.boot()
	p.reg.see, p.reg.event = p.see, p.ctrlEvent
	p.conventions(s)
	return p
}

// title takes from the title what the events do not say.
func (p *player) title() {
	title := p.t.Title
	if m := answerDelay.FindStringSubmatch(title); m != nil {
		ms, _ := strconv.Atoi(m[1])
		p.every = sim.Duration(ms) * sim.Millisecond
	}
	if strings.Contains(title, "send queue never full") {
		p.room = 1 << 30
	}
	if strings.Contains(title, "heartbeat latencies") {
		for _, m := range latencies.FindAllStringSubmatch(title, -1) {
			c, _ := strconv.Atoi(m[1])
			ms, _ := strconv.Atoi(m[2])
			p.latency[sim.NodeID(c)] = sim.Duration(ms) * sim.Millisecond
		}
	}
}

// conventions are those of the recordings: c1 is connected from 0 unless the script brings a controller at all, and
// what a title calls established was hosted at 10 s.
func (p *player) conventions(s suite) {
	brings, hosts := s.ctrlFromStart, false
	for _, e := range p.t.Events {
		if e.Event == "action" {
			brings = brings && e.Detail != "controller available" && !strings.HasSuffix(e.Detail, "established")
			hosts = hosts || strings.HasPrefix(e.Detail, "host ")
			p.many = p.many || hostMany.MatchString(e.Detail)
		}
	}
	m := hostMany.FindStringSubmatch(p.t.Title)
	p.many = p.many || m != nil
	if m != nil && !hosts {
		p.at(sim.Time(10*sim.Second), func() { p.act("host " + m[1] + " services") })
	}
	if brings {
		p.establish(1)
	}
}

// play runs the timeline to its end.
func (p *player) play() {
	if p.t.Determinism != exact {
		p.learnDelays()
	}
	for i, e := range p.t.Events {
		p.schedule(i, e)
	}
	end := at(p.t.Events[len(p.t.Events)-1].Ms)
	p.run(end.Add(sim.Millisecond - 1))
}

// at converts recorded milliseconds.
func at(ms float64) sim.Time { return sim.Time(ms * 1000) }

// learnDelays finds how long each scripted reply took: where the times of requests are chance, it takes as long again.
func (p *player) learnDelays() {
	sentAt := map[string]float64{}
	for _, e := range p.t.Events {
		m := numbered.FindStringSubmatch(e.Detail)
		if m == nil {
			continue
		}
		kind, what, _ := strings.Cut(e.Event, "-")
		switch what {
		case "sent":
			sentAt[kind+m[1]] = e.Ms
		case "reply":
			if from, ok := sentAt[kind+m[1]]; ok {
				p.delays[kind+m[1]] = sim.Duration((e.Ms - from) * 1000)
			}
		}
	}
}

var numbered = regexp.MustCompile(`#(\d+)\b`)

func (p *player) schedule(i int, e Event) {
	when := at(e.Ms)
	switch e.Event {
	case "action":
		p.at(when, func() {
			if p.stuck >= 0 {
				return
			}
			if why := p.act(e.Detail); why != "" {
				p.stuck, p.why = i, why
				return
			}
			p.outcomes[i] = agreed
		})
	case "create-reply", "remove-reply":
		if p.t.Determinism == exact && !p.many {
			p.at(when, func() { p.outcomes[i] = p.reply(e) })
		}
	case "validate-sent":
		p.at(when, func() { p.outcomes[i] = p.validate(i) })
	case "validate-reply":
		p.at(when.Add(lookLate), func() { p.outcomes[i] = p.validated(i) })
	case "inspect", "sample", "summary", "note":
		look := func() {
			if p.outcomes[i] != agreed {
				p.outcomes[i] = p.look(e)
			}
		}
		p.at(when, look)
		p.at(when.Add(lookLate), look)
	}
}

// lookLate is how far into its millisecond a look is taken: everything else of that millisecond is done by then. What
// is seen inside the router is looked at in the place it has in the recording, too: where in its millisecond it was
// taken is not known, so it agrees if it is true at either.
const lookLate = sim.Millisecond - 1

func (p *player) see(kind string, ctrl sim.NodeID, term model.TermID, text string) {
	switch kind {
	case "create-attempt":
		text = fmt.Sprintf("%s handed to control channel c%d", p.name(term), ctrl)
	case "state":
		text = p.name(term) + " " + text
	case "remove-failed":
		text = p.name(term)
	}
	p.seen = append(p.seen, seen{p.now, kind, text})
}

// name returns what the recording calls a terminator. The k-th that the model makes is the k-th recorded.
func (p *player) name(term model.TermID) string {
	if p.names[term] == "" {
		if len(p.left) > 0 {
			p.names[term], p.left = p.left[0], p.left[1:]
		} else {
			p.names[term] = fmt.Sprintf("another%d", len(p.names)+1)
		}
	}
	return p.names[term]
}

// sent takes what the router sends: it does what the scripted controllers do by themselves.
func (p *player) sent(to sim.NodeID, m model.Msg) {
	if p.black[to] {
		return
	}
	w := wire{to, p.conn(to), m}
	switch m.Kind {
	case model.Heartbeat:
		p.see("heartbeat", 0, 0, fmt.Sprintf("c%d received heartbeat", to))
		wait, ok := p.latency[to]
		if !ok {
			wait = controllerLatency
		}
		p.at(p.now.Add(wait), func() {
			if !p.black[to] {
				p.deliver(to, model.Msg{Kind: model.HeartbeatReply, Req: m.Req})
			}
		})
	case model.CreateRequest:
		p.creates = append(p.creates, w)
		p.see("create-sent", 0, 0, fmt.Sprintf("%s #%d to c%d", p.name(m.Term), len(p.creates), to))
		p.answer("create", len(p.creates), p.createReply)
	case model.RemoveRequest:
		p.removes = append(p.removes, w)
		var names []string
		for _, term := range termsOf(&m) {
			names = append(names, p.name(term))
		}
		slices.Sort(names)
		p.see("remove-sent", 0, 0, fmt.Sprintf("#%d to c%d count=%d %s", len(p.removes), to, len(names),
			strings.Join(names, ",")))
		p.answer("remove", len(p.removes), p.removeReply)
	case model.ValidateReply:
		if list, ok := m.Body.(*model.CheckList); ok {
			p.replied[m.Req] = list
		}
	}
}

// answer replies to the k-th request of a kind where the script does not say at which time.
func (p *player) answer(kind string, k int, reply func(k int, code model.Code) bool) {
	wait, ok := p.delays[kind+strconv.Itoa(k)]
	if p.many {
		wait, ok = p.every, true
	}
	if ok {
		p.at(p.now.Add(wait), func() { reply(k, model.OK) })
	}
}

func (p *player) createReply(k int, code model.Code) bool {
	if k < 1 || k > len(p.creates) {
		return false
	}
	w := p.creates[k-1]
	if p.conn(w.ctrl) == w.conn {
		p.deliver(w.ctrl, model.Msg{Kind: model.CreateReply, Req: w.m.Req, Term: w.m.Term, Code: code})
	}
	return true
}

func (p *player) removeReply(k int, code model.Code) bool {
	if k < 1 || k > len(p.removes) {
		return false
	}
	w := p.removes[k-1]
	if p.conn(w.ctrl) == w.conn {
		p.deliver(w.ctrl, model.Msg{Kind: model.RemoveReply, Req: w.m.Req, Term: w.m.Term, Body: w.m.Body, Code: code})
	}
	return true
}
