package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gyre/model"
)

// ShrinkOptions say what to shrink for.
type ShrinkOptions struct {
	Options Options // Algorithm, Registry, limits are kept; Seed, Set, Settle become part of the plan; no more counts
	Bucket  Bucket  // what the plan must go on violating; without an algorithm it is that of Options
	Budget  int     // plays at most; 0 is 2000

	// Holds is an algorithm in which the property may not be violated, if it has a name: what is left of the plan then
	// tells the two apart. It counts only if the plan does so from the start.
	Holds model.Algorithm

	// Progress is told of every plan that is the best so far. Shrinking can be resumed from it.
	Progress func(tried, kept int, p *Plan)
	// Stop is asked before every play whether to end with the best so far. It may be nil.
	Stop func() bool
}

// budgetUsual is how many plays shrinking takes at most unless told otherwise.
const budgetUsual = 2000

// ShrinkStats say what shrinking took.
type ShrinkStats struct {
	Tried, Kept int    // plays, and the steps that were accepted
	Events      uint64 // simulated
	Complete    bool   // nothing was left to try: neither the budget nor Stop ended it
	From, To    int    // directives before and after
}

// Shrink makes a plan smaller: fewer directives, a smaller topology, rounder and earlier times. The result
// violates the same bucket and skips no more directives than the plan did. It has seed, settings and settle of the
// options in its text, so play it without them. It is deterministic. The error says that the plan does not violate the
// bucket, or that it cannot be played.
func Shrink(p *Plan, o ShrinkOptions) (*Plan, ShrinkStats, error) {
	s := &shrinker{o: o, seen: map[string]bool{}}
	s.play = Options{Algorithm: o.Options.Algorithm, Events: o.Options.Events, Heap: o.Options.Heap, NoDigest: true}
	s.play.Registry = o.Options.Registry
	s.stats.From, s.stats.To = len(p.Steps), len(p.Steps)
	if s.o.Budget == 0 {
		s.o.Budget = budgetUsual
	}
	if s.play.Algorithm.Release == 0 {
		s.play.Algorithm, _ = model.LookupAlgorithm(o.Bucket.Algorithm)
	}
	if s.o.Bucket.Algorithm == "" {
		s.o.Bucket.Algorithm = s.play.Algorithm.Name
	}
	if err := s.start(p); err != nil {
		return nil, s.stats, err
	}
	for before := -1; before != s.stats.Kept && !s.over(); {
		before = s.stats.Kept
		for _, pass := range shrinkPasses() {
			pass(s)
		}
	}
	s.stats.Complete = !s.over()
	s.stats.To = len(s.best.Steps)
	return s.best, s.stats, nil
}

// shrinkPasses are the passes in the order that saves most time: what makes a play cheaper comes first.
func shrinkPasses() []func(*shrinker) {
	return []func(*shrinker){
		(*shrinker).settle, (*shrinker).steps, (*shrinker).services, (*shrinker).sdks, (*shrinker).routers,
		(*shrinker).controllers,
		(*shrinker).steps, (*shrinker).settings, (*shrinker).operands, (*shrinker).times, (*shrinker).numbers,
		(*shrinker).settle, (*shrinker).names, (*shrinker).seed,
	}
}

// shrinker looks for smaller plans, one change at a time, each to the best so far.
type shrinker struct {
	o       ShrinkOptions
	play    Options
	best    *Plan
	events  uint64 // of the best
	skipped int    // directives of the best that could not be carried out
	limited bool   // the plan hit a bound from the start
	seen    map[string]bool
	stats   ShrinkStats
	stopped bool
}

// start takes the plan as it was given, with the seed and settings it was played with and without what a play
// does not look at.
func (s *shrinker) start(p *Plan) error {
	first := p.clone()
	if o := s.o.Options; o.Seed != nil {
		first.Seed = *o.Seed
	}
	first.Settle = max(first.Settle, s.o.Options.Settle)
	for _, set := range s.o.Options.Set {
		name, value, _ := strings.Cut(set, "=")
		first.Settings = slices.DeleteFunc(first.Settings, func(old Setting) bool { return old.Name == name })
		first.Settings = append(first.Settings, Setting{name, value})
	}
	first.Expect = nil
	first.Story = first.Story[:min(1, len(first.Story))]
	if len(first.Story) == 0 {
		first.Story = []string{first.Name + ": a finding."}
	}
	again, err := Parse(first.Name, first.String())
	if err != nil {
		return fmt.Errorf("the plan cannot be shrunk, for it cannot be read back: %w", err)
	}
	if !s.apart(again, s.play) {
		s.o.Holds = model.Algorithm{}
	}
	o, err := Play(again, s.play)
	if err != nil {
		return err
	}
	s.stats.Tried++
	s.stats.Events += o.Events
	found := Buckets(o)
	if !slices.Contains(found, s.o.Bucket) {
		return fmt.Errorf("%s does not violate %q: there is nothing to shrink for (%s)", p.Name, s.o.Bucket, violates(found))
	}
	s.best, s.events, s.skipped, s.limited = again, o.Events, len(o.Skipped), o.Limit != nil
	s.seen[again.String()] = true
	return nil
}

// violates lists buckets for an error.
func violates(found []Bucket) string {
	if len(found) == 0 {
		return "it violates nothing"
	}
	list := make([]string, len(found))
	for i, b := range found {
		list[i] = fmt.Sprintf("%q", b)
	}
	return "it violates " + strings.Join(list, ", ")
}

// over reports whether it is time to end.
func (s *shrinker) over() bool {
	s.stopped = s.stopped || s.o.Stop != nil && s.o.Stop()
	return s.stopped || s.stats.Tried >= s.o.Budget
}

// eventsMore is how many events more than the best, beside a quarter, a candidate may take before it is given up: a
// smaller plan that runs longer is no simpler.
const eventsMore = 5_000

// try plays a candidate and keeps it if it is as bad as the plan was. nil is no candidate.
func (s *shrinker) try(p *Plan) bool {
	if p == nil || s.over() {
		return false
	}
	text := p.String()
	if s.seen[text] {
		return false
	}
	s.seen[text] = true
	again, err := Parse(p.Name, text)
	if err != nil {
		return false
	}
	play := s.play
	if most := s.events + s.events/4 + eventsMore; !s.limited && (play.Events == 0 || most < play.Events) {
		play.Events = most
	}
	o, err := Play(again, play)
	if err != nil {
		return false
	}
	s.stats.Tried++
	s.stats.Events += o.Events
	if o.Limit != nil && !s.limited || len(o.Skipped) > s.skipped || !slices.Contains(Buckets(o), s.o.Bucket) {
		return false
	}
	if !s.apart(again, play) {
		return false
	}
	s.best, s.events, s.skipped = again, o.Events, len(o.Skipped)
	s.stats.Kept++
	s.stats.To = len(again.Steps)
	if s.o.Progress != nil {
		s.o.Progress(s.stats.Tried, s.stats.Kept, again)
	}
	return true
}

// apart reports whether the plan holds where it should.
func (s *shrinker) apart(p *Plan, play Options) bool {
	if s.o.Holds.Name == "" {
		return true
	}
	play.Algorithm = s.o.Holds
	o, err := Play(p, play)
	return err == nil && o.Fault == nil && !slices.ContainsFunc(Buckets(o), func(b Bucket) bool {
		return b.Property == s.o.Bucket.Property
	})
}

// edit returns the best with a change.
func (s *shrinker) edit(change func(p *Plan)) *Plan {
	p := s.best.clone()
	change(p)
	return p
}

// reduce drops items of the best in chunks, large ones first, later items first as they may need the earlier
// ones. count says how many there are and drop takes a stretch of them away.
func (s *shrinker) reduce(count func() int, drop func(p *Plan, from, to int)) {
	for size := count(); size >= 1; size /= 2 {
		for to := count(); to > 0 && !s.over(); to = min(to, count()) {
			from := max(0, to-size)
			s.try(s.edit(func(p *Plan) { drop(p, from, to) }))
			to = from
		}
	}
}

// clone returns a copy that shares nothing.
func (p *Plan) clone() *Plan {
	c := *p
	c.Story, c.Settings = slices.Clone(p.Story), slices.Clone(p.Settings)
	c.Links, c.Services, c.Steps = slices.Clone(p.Links), slices.Clone(p.Services), slices.Clone(p.Steps)
	c.Versions, c.Twins, c.SDKs = slices.Clone(p.Versions), slices.Clone(p.Twins), slices.Clone(p.SDKs)
	for i := range c.Versions {
		c.Versions[i].Nodes = slices.Clone(c.Versions[i].Nodes)
	}
	for i := range c.Services {
		c.Services[i].On = slices.Clone(c.Services[i].On)
	}
	for i := range c.Steps {
		d := &c.Steps[i]
		d.Nodes, d.Pairs, d.Groups = slices.Clone(d.Nodes), slices.Clone(d.Pairs), slices.Clone(d.Groups)
		for k := range d.Groups {
			d.Groups[k] = slices.Clone(d.Groups[k])
		}
	}
	c.Expect = slices.Clone(p.Expect)
	for i := range c.Expect {
		c.Expect[i].Lines = slices.Clone(c.Expect[i].Lines)
	}
	return &c
}
