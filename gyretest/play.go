package gyretest

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"

	"gyre/sim"
)

// violation is why a run is not as it should be.
type violation struct {
	property string
	rung     string // of the proof: witness, lasso, closure, deadline; empty for trouble of another kind
	text     string
	stack    string // of a panic
}

// Properties of a finding that are not the builder's.
const (
	Panic       = "panic"       // a node, an operation or a check panicked, or the kernel refused what it was asked
	Determinism = "determinism" // two runs of one plan differ
	Limit       = "limit"       // the run had more events than Config.Events, or outgrew the kernel
)

// outcome is what playing a plan came to.
type outcome struct {
	violation *violation
	digest    uint64
	events    uint64
	at        sim.Time
	resting   bool // it was proven that nothing changes any more
}

// play plays a plan once.
func play[M sim.Canonical](c *Config, p *Plan, build func(*Bed[M]), watch func(*Bed[M])) (o *outcome) {
	b := newBed[M](c, p)
	r := &player[M]{c: c, bed: b, plan: p, o: &outcome{}, loop: loop{seen: map[uint64]mark{}}}
	defer func() {
		if v := recover(); v != nil {
			r.o.violation = panicked(v)
		}
		o = r.o
		o.digest, o.events, o.at = b.Digest(), b.Events(), b.Now()
	}()
	build(b)
	if watch != nil {
		watch(b)
	}
	r.run()
	return r.o
}

// panicked makes a violation of what was recovered.
func panicked(v any) *violation {
	text := fmt.Sprint(v)
	if f, ok := v.(sim.Fault); ok {
		text = f.Text
	}
	return &violation{Panic, "", text, string(debug.Stack())}
}

// newBed makes an empty world for a plan.
func newBed[M sim.Canonical](c *Config, p *Plan) *Bed[M] {
	b := &Bed[M]{Seed: p.Seed}
	link := c.Link
	link.Jitter = max(link.Jitter, p.Jitter)
	b.World = sim.New[M](sim.Config{Seed: p.Seed, Names: b, Events: c.Events, Shuffle: p.Shuffle, Link: link})
	return b
}

// player plays one plan once.
type player[M sim.Canonical] struct {
	c    *Config
	bed  *Bed[M]
	plan *Plan
	o    *outcome
	loop loop
	sick ailments

	due    bool    // what must come to hold must hold from now on
	wrong  []error // of each Eventually, after the latest event of the quiet phase
	times  []int   // and after how many events it was wrong
	latest []error // how it was wrong last
}

// run plays the timeline, then lets the world be.
func (r *player[M]) run() {
	r.sick = ailments{active: map[string][]sim.Duration{}}
	for _, h := range r.bed.hosts {
		r.bed.Start(h.id)
	}
	for _, a := range r.timeline() {
		if !r.advance(a.at) {
			return
		}
		a.do()
	}
	if r.advance(r.bed.Now()) && len(r.bed.soon) > 0 {
		r.settle()
	}
}

// timeline has everything from outside in order of time: what begins, what ends, what the builder wants. At last,
// everything is up and well.
func (r *player[M]) timeline() []appointment {
	list := slices.Clone(r.bed.fixed)
	for i := range r.plan.Steps {
		d := &r.plan.Steps[i]
		list = append(list, appointment{d.At, d.Verb, func() { r.begin(d) }})
		if k, ok := kindOf(d.Verb); ok && k.lasts {
			list = append(list, appointment{d.At.Add(d.For), d.Verb, func() { r.end(d) }})
		}
	}
	slices.SortStableFunc(list, func(a, b appointment) int { return cmp.Compare(a.at, b.at) })
	end := sim.Time(0)
	if len(list) > 0 {
		end = list[len(list)-1].at
	}
	return append(list, appointment{end, "heal", func() {
		for _, h := range r.bed.hosts {
			r.bed.Start(h.id)
		}
	}})
}

// advance lets everything up to a time happen and looks after each event. It reports whether the run goes on.
func (r *player[M]) advance(to sim.Time) bool {
	for {
		more, err := r.bed.Step(to)
		if err != nil {
			r.o.violation = &violation{Limit, "", err.Error() + ": allow more with Config.Events, or find what runs away", ""}
			return false
		}
		if !more {
			return true
		}
		if !r.safe() {
			return false
		}
	}
}

// safe looks at what must always hold.
func (r *player[M]) safe() bool {
	for _, a := range r.bed.always {
		if err := a.holds(); err != nil {
			r.o.violation = &violation{a.name, "witness", err.Error(), ""}
			return false
		}
	}
	return true
}

// settle lets the world come to rest and judges it: within Settle everything must be as it should be, and for as long
// again it must stay so. It ends as soon as the rest is certain.
func (r *player[M]) settle() {
	quiet := r.bed.Now()
	n := len(r.bed.soon)
	r.wrong, r.latest, r.times = make([]error, n), make([]error, n), make([]int, n)
	due, end := quiet.Add(r.c.Settle), quiet.Add(2*r.c.Settle)
	if !r.judge(due) {
		return
	}
	for i, err := range r.wrong {
		if err != nil {
			r.o.violation = &violation{r.bed.soon[i].name, "deadline", fmt.Sprintf("%v, %s after the last fault had ended",
				err, r.c.Settle), ""}
			return
		}
	}
	if r.due = true; r.judge(end) {
		r.o.resting = r.bed.Pending() == 0
	}
}

// judge lets everything up to a time happen and looks after each event at what must hold now. It reports whether the
// run goes on.
func (r *player[M]) judge(to sim.Time) bool {
	r.look()
	for {
		more, err := r.bed.Step(to)
		if err != nil {
			r.o.violation = &violation{Limit, "", err.Error() + ": allow more with Config.Events, or find what runs away", ""}
			return false
		}
		if !more {
			return true
		}
		if !r.safe() || !r.look() || !r.around() {
			return false
		}
	}
}

// look asks what must come to hold. From Settle on it must hold all the time.
func (r *player[M]) look() bool {
	for i, s := range r.bed.soon {
		r.wrong[i] = s.holds()
		if r.wrong[i] == nil {
			continue
		}
		r.times[i]++
		r.latest[i] = r.wrong[i]
		if r.due {
			text := fmt.Sprintf("%v: it was right, and went wrong by itself", r.wrong[i])
			r.o.violation = &violation{s.name, "closure", text, ""}
			return false
		}
	}
	return true
}

// around looks whether the world has been here before. If it has, with nothing left to chance, then it goes on like
// that for ever: well or not. The second time round counts, so that a check may have a memory.
func (r *player[M]) around() bool {
	if !r.loop.show(r.bed.Now(), r.bed.State(), r.bed.Draws(), r.bed.Events(), r.times) {
		return true
	}
	c := &r.loop.claim
	events := int(r.bed.Events() - c.again.events)
	for i, s := range r.bed.soon {
		wrong := r.times[i] - c.again.times[i]
		if wrong == 0 {
			continue
		}
		how := "again and again"
		if wrong == events {
			how = "for ever"
		}
		r.o.violation = &violation{s.name, "lasso", fmt.Sprintf(
			"%v, %s: the state of %s comes back every %s (%s), with no draw and nothing from outside in between",
			r.latest[i], how, c.from.at, c.period, count(events, "event")), ""}
		return false
	}
	r.o.resting = true
	return false
}
