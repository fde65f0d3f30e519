package calibrate

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"gyre/model"
	"gyre/sim"
)

// spreadSeeds is under how many seeds a timeline that depends on chance is replayed.
const spreadSeeds = 100

// measure is what is compared of events whose times are chance.
type measure struct {
	count, peak int     // events, and the most of them in one millisecond
	first, last float64 // ms; NaN without events
	pauses      []float64
}

// pausesMax is how many pauses between events are compared one by one. More events than that are a crowd.
const pausesMax = 32

// spread is where the measures of the model's runs lie.
type spread struct{ low, high measure }

func measured(ms []float64) measure {
	m := measure{count: len(ms), first: math.NaN(), last: math.NaN()}
	if len(ms) == 0 {
		return m
	}
	slices.Sort(ms)
	m.first, m.last = ms[0], ms[len(ms)-1]
	same := 0
	for i := range ms {
		if i > 0 && int64(ms[i]) != int64(ms[i-1]) {
			same = 0
		}
		same++
		m.peak = max(m.peak, same)
		if i > 0 && i <= pausesMax {
			m.pauses = append(m.pauses, ms[i]-ms[i-1])
		}
	}
	return m
}

// spreads replays a timeline under many seeds.
func spreads(t *Timeline, s suite, params model.Params) map[string]*spread {
	all := map[string]*spread{}
	for seed := range sim.Seed(spreadSeeds) {
		p := newPlayer(t, s, params, seed)
		p.play()
		times := map[string][]float64{}
		for _, kind := range slices.Concat(kindsOf(t), s.always) {
			times[kind] = nil
		}
		for _, s := range p.seen {
			times[s.kind] = append(times[s.kind], float64(s.at)/1000)
		}
		for kind, ms := range times {
			m := measured(ms)
			if all[kind] == nil {
				all[kind] = &spread{m, m}
				all[kind].low.pauses, all[kind].high.pauses = slices.Clone(m.pauses), slices.Clone(m.pauses)
			}
			all[kind].take(m)
		}
	}
	return all
}

func (s *spread) take(m measure) {
	s.low.count, s.high.count = min(s.low.count, m.count), max(s.high.count, m.count)
	s.low.peak, s.high.peak = min(s.low.peak, m.peak), max(s.high.peak, m.peak)
	for i, pause := range m.pauses {
		if i == len(s.low.pauses) {
			s.low.pauses, s.high.pauses = append(s.low.pauses, pause), append(s.high.pauses, pause)
		}
		s.low.pauses[i], s.high.pauses[i] = min(s.low.pauses[i], pause), max(s.high.pauses[i], pause)
	}
	if m.count == 0 {
		return
	}
	if math.IsNaN(s.low.first) {
		s.low.first, s.high.first, s.low.last, s.high.last = m.first, m.first, m.last, m.last
		return
	}
	s.low.first, s.high.first = min(s.low.first, m.first), max(s.high.first, m.first)
	s.low.last, s.high.last = min(s.low.last, m.last), max(s.high.last, m.last)
}

// judgeSpread compares counts, bounds and phases with those of the model's runs: a recording is one draw of what is
// chance, and it agrees if the model draws the like. A tenth on either side is left for what 100 seeds do not show.
func (p *player) judgeSpread(k *Kind, s *spread) {
	if p.stuck >= 0 {
		k.pass(k.Recorded, p.afterwards())
		return
	}
	var ms []float64
	for _, e := range p.t.Events {
		if e.Event == k.Event {
			ms = append(ms, e.Ms)
		}
	}
	m := measured(ms)
	if s == nil {
		s = &spread{measured(nil), measured(nil)}
	}
	if p.t.Determinism == aggregate {
		p.judgeAggregate(k)
		return
	}
	var off []string
	number := func(what string, have, low, high int) {
		slack := max(1, high/10)
		if have < low-slack || have > high+slack {
			off = append(off, fmt.Sprintf("%s %d..%d", what, low, high))
		}
	}
	instant := func(what string, have, low, high float64) {
		slack := max(1, (high-low)/10, (s.high.last-s.low.first)/10)
		if p.many { // a few requests more may take another round trip
			slack = max(slack, float64(p.every)/1000)
		}
		if m.count > 0 && !(have >= low-slack && have <= high+slack) {
			off = append(off, fmt.Sprintf("%s %v..%v ms", what, low, high))
		}
	}
	number("count", m.count, s.low.count, s.high.count)
	number("most in one ms", m.peak, s.low.peak, s.high.peak)
	instant("first", m.first, s.low.first, s.high.first)
	instant("last", m.last, s.low.last, s.high.last)
	for i := range min(len(m.pauses), len(s.low.pauses)) {
		low, high := s.low.pauses[i], s.high.pauses[i]
		slack := max(1, (high-low)/10)
		if !p.many && (m.pauses[i] < low-slack || m.pauses[i] > high+slack) {
			off = append(off, fmt.Sprintf("pause %d %v..%v ms, not %v", i+1, low, high, m.pauses[i]))
		}
	}
	k.How = fmt.Sprintf("%d (model %d..%d), most in one ms %d (model %d..%d)", m.count, s.low.count, s.high.count, m.peak,
		s.low.peak, s.high.peak)
	if m.count > 0 {
		k.How += fmt.Sprintf(", from %v to %v ms (model %v..%v to %v..%v ms)", m.first, m.last, s.low.first, s.high.first,
			s.low.last, s.high.last)
	}
	if len(off) == 0 {
		k.Agreed = k.Recorded
		return
	}
	k.Differed = max(1, k.Recorded)
	k.First = &Difference{
		Ms:       max(m.first, 0),
		Recorded: fmt.Sprintf("%d events, most in one ms %d, from %v to %v ms", m.count, m.peak, m.first, m.last),
		Model:    strings.Join(off, ", ") + fmt.Sprintf(" under %d seeds", spreadSeeds),
	}
	if math.IsNaN(m.first) {
		k.First.Ms = 0
	}
}

// judgeAggregate wants the same number of events in every millisecond.
func (p *player) judgeAggregate(k *Kind) {
	counts := map[int64]int{}
	for _, s := range p.seen {
		if s.kind == k.Event {
			counts[s.at.Milliseconds()]++
		}
	}
	for _, e := range p.t.Events {
		if e.Event != k.Event {
			continue
		}
		if counts[int64(e.Ms)] == 0 {
			k.differ(Difference{e.Ms, e.Detail, "fewer in this millisecond", e.Line})
			continue
		}
		counts[int64(e.Ms)]--
		k.Agreed++
	}
	for ms, n := range counts {
		for range n {
			k.differ(Difference{float64(ms), "fewer in this millisecond", "more", 0})
		}
	}
	k.How = "as many in every millisecond"
}

var (
	oldCreate = regexp.MustCompile(`^T\d+ #\d+$`)
	oldRemove = regexp.MustCompile(`^(T\d+) (#\d+)$`)
	remove    = regexp.MustCompile(`^(#\d+ to c\d count=\d+) (.*)$`)
	ctrlOf    = regexp.MustCompile(`^tls:c[1-9]:`)
)

// normal puts a recorded event into the words of the model's.
func (p *player) normal(e Event) string {
	switch e.Event {
	case createSent:
		if oldCreate.MatchString(e.Detail) {
			return e.Detail + " to c1"
		}
	case removeSent:
		if m := oldRemove.FindStringSubmatch(e.Detail); m != nil {
			return m[2] + " to c1 count=1 " + m[1]
		}
		if m := remove.FindStringSubmatch(e.Detail); m != nil {
			names := strings.Split(m[2], ",")
			slices.Sort(names)
			return m[1] + " " + strings.Join(names, ",")
		}
	case state:
		return stateText(e.Detail)
	case "create-not-sent":
		_, text, _ := strings.Cut(e.Detail, ": ")
		text, _, _ = strings.Cut(text, " available")
		return strings.TrimPrefix(text, "channel ")
	case "remove-failed":
		name, _, _ := strings.Cut(e.Detail, ":")
		return name
	case "heartbeat-close":
		if m := ctrlOf.FindString(e.Detail); m != "" {
			return m
		}
	case "limiter-expired", "limiter-window", "reestablish-begin", "give-up": // the time is all
		return ""
	}
	return e.Detail
}
