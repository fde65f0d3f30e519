package calibrate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gyre/model"
	"gyre/sim"
)

// Words for how deterministic a timeline is.
const (
	exact     = "exact"     // the same in every run
	aggregate = "aggregate" // the same counts in every millisecond
	varies    = "varies"    // depends on scheduling, map order or jitter
)

// Verdict is what became of a comparison.
type Verdict string

// Verdicts.
const (
	Agreed    Verdict = "agreed"
	Differed  Verdict = "differed"
	NotJudged Verdict = "not judged"
)

// outcome is what became of one event that is judged by itself. The zero value was not reached.
type outcome struct {
	verdict Verdict
	have    string // of the model, if it differs
	why     string // it was not judged
}

var agreed = outcome{verdict: Agreed}

func differed(have string) outcome { return outcome{verdict: Differed, have: have} }
func unjudged(why string) outcome  { return outcome{verdict: NotJudged, why: why} }

func compared(have, want string) outcome {
	if have == want {
		return agreed
	}
	return differed(have)
}

// Difference is where model and recording part.
type Difference struct {
	Ms       float64 `json:"ms"`
	Recorded string  `json:"recorded"`
	Model    string  `json:"model"`
	Line     int     `json:"line,omitempty"` // of the recording, 0 if it has nothing there
}

// Kind is what became of the events of one kind.
type Kind struct {
	Event    string      `json:"event"`
	Recorded int         `json:"recorded"`
	Agreed   int         `json:"agreed"`
	Differed int         `json:"differed"`
	Unjudged int         `json:"not_judged"`
	First    *Difference `json:"first_difference,omitempty"`
	Why      []string    `json:"reasons,omitempty"` // for which events were not judged
	How      string      `json:"how,omitempty"`     // they were compared, if not one by one
}

// Result is what became of one timeline.
type Result struct {
	Suite       string  `json:"suite"`
	Name        string  `json:"name"`
	Title       string  `json:"title"`
	Determinism string  `json:"determinism"`
	Verdict     Verdict `json:"verdict"`
	Why         string  `json:"reason,omitempty"`
	Kinds       []Kind  `json:"kinds"`
}

// Replay plays one timeline and compares. The error is a failed assertion of Gyre's own, a sim.Fault.
func Replay(t *Timeline) (Result, error) { return replay(t, model.DefaultParams()) }

func replay(t *Timeline, params model.Params) (r Result, err error) {
	r = Result{Suite: t.Suite, Name: t.Name, Title: t.Title, Determinism: t.Determinism}
	i := slices.IndexFunc(suites(), func(s suite) bool { return s.name == t.Suite })
	switch {
	case i < 0:
		return r.unjudged(t, fmt.Sprintf("unknown suite %q", t.Suite)), nil
	case !slices.Contains([]string{exact, aggregate, varies}, t.Determinism):
		return r.unjudged(t, fmt.Sprintf("unknown determinism %q", t.Determinism)), nil
	}
	defer func() {
		fault := recover()
		if f, ok := fault.(sim.Fault); ok {
			err = fmt.Errorf("%s: %w", t.Name, f)
		} else if fault != nil {
			panic(fault)
		}
	}()
	p := newPlayer(t, suites()[i], params, 7)
	p.play()
	ranges := map[string]*spread{}
	if t.Determinism != exact {
		ranges = spreads(t, suites()[i], params)
	}
	for _, kind := range p.kinds() {
		r.Kinds = append(r.Kinds, p.judge(kind, ranges))
	}
	r.sum()
	if p.stuck >= 0 {
		r.Why = fmt.Sprintf("only up to %v ms: %s", t.Events[p.stuck].Ms, p.why)
	}
	return r, nil
}

// sum is the verdict on the whole of a timeline.
func (r *Result) sum() {
	r.Verdict = NotJudged
	for _, k := range r.Kinds {
		switch {
		case k.Differed > 0:
			r.Verdict = Differed
			return
		case k.Agreed > 0:
			r.Verdict = Agreed
		}
	}
	if r.Verdict == NotJudged {
		r.Why = "nothing in it could be judged"
	}
}

// unjudged is the result of a timeline that cannot be replayed.
func (r Result) unjudged(t *Timeline, why string) Result {
	r.Verdict, r.Why, r.Kinds = NotJudged, why, nil
	for _, kind := range kindsOf(t) {
		k := Kind{Event: kind}
		for _, e := range t.Events {
			if e.Event == kind {
				k.Recorded++
				k.Unjudged++
			}
		}
		k.Why = []string{why}
		r.Kinds = append(r.Kinds, k)
	}
	return r
}

// kindsOf lists the kinds of events of a timeline in order of their names.
func kindsOf(t *Timeline) []string {
	var kinds []string
	for _, e := range t.Events {
		kinds = append(kinds, e.Event)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// kinds adds those of which the recording would have shown every event, and the model has some. Of many terminators
// only what the script was about was recorded.
func (p *player) kinds() []string {
	kinds := kindsOf(p.t)
	for _, s := range p.seen {
		if slices.Contains(p.suite.always, s.kind) && !p.many {
			kinds = append(kinds, s.kind)
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// judge compares the events of one kind.
func (p *player) judge(kind string, ranges map[string]*spread) Kind {
	k := Kind{Event: kind}
	for _, e := range p.t.Events {
		if e.Event == kind {
			k.Recorded++
		}
	}
	switch kind {
	case createSent, removeSent, state, "create-not-sent", "create-attempt", "limiter-expired", "limiter-window",
		"remove-failed", "ctrl-event", "reestablish-begin", "heartbeat", "heartbeat-close", "give-up", "to-sdk":
		if p.t.Determinism == exact {
			p.judgeExact(&k)
		} else {
			p.judgeSpread(&k, ranges[kind])
		}
	case "action", "create-reply", "remove-reply", "validate-sent", "validate-reply", "inspect", "sample", "summary",
		"note":
		p.judgeEach(&k)
	case "dial-failed":
		k.pass(k.Recorded, "dials are answered as the script says, at once or never")
	default:
		k.pass(k.Recorded, fmt.Sprintf("unknown event kind %q", kind))
	}
	return k
}

// pass leaves events unjudged.
func (k *Kind) pass(n int, why string) {
	if n == 0 {
		return
	}
	k.Unjudged += n
	if !slices.Contains(k.Why, why) {
		k.Why = append(k.Why, why)
	}
}

func (k *Kind) differ(d Difference) {
	k.Differed++
	if k.First == nil || d.Ms < k.First.Ms {
		k.First = &d
	}
}

// judgeEach takes the outcomes of events that were judged when they were played.
func (p *player) judgeEach(k *Kind) {
	for i, e := range p.t.Events {
		if e.Event != k.Event {
			continue
		}
		o, reached := p.outcomes[i]
		switch {
		case p.stuck >= 0 && i == p.stuck:
			k.pass(1, p.why)
		case p.stuck >= 0 && (i > p.stuck || o.verdict == ""):
			k.pass(1, p.afterwards())
		case !reached && p.many:
			k.pass(1, "one of many: each request is answered after the same time")
		case !reached && p.t.Determinism != exact:
			k.pass(1, "the time of its request is chance: it is answered after the same time")
		case o.verdict == Agreed:
			k.Agreed++
		case o.verdict == NotJudged:
			k.pass(1, o.why)
		default:
			k.differ(Difference{e.Ms, e.Detail, o.have, e.Line})
		}
	}
}

func (p *player) afterwards() string {
	return fmt.Sprintf("after an action that cannot be replayed (%s)", p.why)
}

// item is an event of either side.
type item struct {
	ms   int64
	text string
	line int
	raw  float64
	said string
}

// judgeExact compares one by one: the same events in the same millisecond, in any order.
func (p *player) judgeExact(k *Kind) {
	var want, have []item
	limit := int64(1) << 62
	if p.stuck >= 0 {
		limit = int64(p.t.Events[p.stuck].Ms)
	}
	for _, e := range p.t.Events {
		if e.Event != k.Event {
			continue
		}
		if int64(e.Ms) >= limit {
			k.pass(1, p.afterwards())
			continue
		}
		want = append(want, item{int64(e.Ms), p.normal(e), e.Line, e.Ms, e.Detail})
	}
	for _, s := range p.seen {
		if ms := s.at.Milliseconds(); s.kind == k.Event && ms < limit {
			have = append(have, item{ms: ms, text: s.text, raw: float64(s.at) / 1000, said: s.text})
		}
	}
	order := func(a, b item) int { return cmp.Or(cmp.Compare(a.ms, b.ms), strings.Compare(a.text, b.text)) }
	slices.SortStableFunc(want, order)
	slices.SortStableFunc(have, order)
	want, have, k.Agreed = unmatched(want, have)
	for i := range max(len(want), len(have)) {
		d := Difference{Recorded: "nothing", Model: "nothing"}
		if i < len(have) {
			d.Ms, d.Model = have[i].raw, fmt.Sprintf("%s at %v ms", have[i].said, have[i].raw)
		}
		if i < len(want) {
			d.Ms, d.Recorded, d.Line = want[i].raw, fmt.Sprintf("%s at %v ms", want[i].said, want[i].raw), want[i].line
		}
		k.differ(d)
	}
}

// unmatched takes out of both what both have.
func unmatched(want, have []item) ([]item, []item, int) {
	n, taken := 0, make([]bool, len(have))
	want = slices.DeleteFunc(want, func(w item) bool {
		from, _ := slices.BinarySearchFunc(have, w.ms, func(h item, ms int64) int { return cmp.Compare(h.ms, ms) })
		for i := from; i < len(have) && have[i].ms == w.ms; i++ {
			if !taken[i] && same(w.text, have[i].text) {
				taken[i] = true
				n++
				return true
			}
		}
		return false
	})
	var rest []item
	for i := range have {
		if !taken[i] {
			rest = append(rest, have[i])
		}
	}
	return want, rest, n
}

func same(want, have string) bool {
	if start, ok := strings.CutSuffix(want, open); ok {
		return strings.HasPrefix(have, start)
	}
	return want == have
}
