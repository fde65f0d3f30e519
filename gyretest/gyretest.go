package gyretest

import (
	"flag"
	"fmt"
	"testing"

	"gyre/sim"
)

var (
	seedFlag  = flag.String("gyre.seed", "", "the seed to play, or the first of them: decimal, 0x hex or a commit hash")
	seedsFlag = flag.Int("gyre.seeds", 0, "how many seeds to play")
)

// Test plays plans drawn from seeds in worlds that build makes, and fails with the first that does what must not be:
// with the shrunk plan, the end of its trace and the command that repeats it. The flags -gyre.seed and -gyre.seeds go
// before the configuration.
func Test[M sim.Canonical](t testing.TB, c Config, build func(*Bed[M])) {
	t.Helper()
	if err := c.flags(); err != nil {
		t.Fatal(err)
	}
	r := Run(c, build)
	t.Log(r)
	if f := r.Finding; f != nil {
		f.Repeat = repeat(t.Name(), f.Seed)
		t.Error(f)
	}
}

// Run is Test without a test: it plays plans until one of them is a finding, or until it has played them all.
func Run[M sim.Canonical](c Config, build func(*Bed[M])) *Report {
	c = c.withDefaults()
	r := &Report{Drawn: map[string]int{}}
	for i := range c.Seeds {
		p, v := drawFor(&c, c.First+sim.Seed(i), build)
		if v == nil {
			r.add(p)
			v = examine(&c, p, build, r, i%twiceEvery == 0)
		}
		if v != nil {
			r.Finding = explain(&c, p, v, build)
			break
		}
	}
	return r
}

// twiceEvery is how many seeds there are for each that is played twice.
const twiceEvery = 8

// Replay plays one plan, such as one that a finding had, and returns what it does that must not be, if anything. It
// shrinks nothing. The error says what of the plan cannot be read, or is not there.
func Replay[M sim.Canonical](c Config, plan string, build func(*Bed[M])) (*Finding, error) {
	c = c.withDefaults()
	p, err := ParsePlan(plan)
	if err != nil {
		return nil, err
	}
	b := newBed[M](&c, p)
	build(b)
	if err := fits(p, b); err != nil {
		return nil, err
	}
	c.Budget = -1
	if v := examine(&c, p, build, &Report{}, true); v != nil {
		return explain(&c, p, v, build), nil
	}
	return nil, nil
}

// flags lets the flags go before what the caller says.
func (c *Config) flags() error {
	if *seedFlag != "" {
		seed, err := sim.ParseSeed(*seedFlag)
		if err != nil {
			return fmt.Errorf("-gyre.seed: %w", err)
		}
		c.First, c.Seeds = seed, 1
	}
	if *seedsFlag > 0 {
		c.Seeds = *seedsFlag
	}
	return nil
}

// add counts what is in a plan.
func (r *Report) add(p *Plan) {
	r.Seeds++
	for i := range p.Steps {
		r.Drawn[p.Steps[i].Verb]++
	}
}

// drawFor draws the plan of a seed. A world that cannot be built is a violation of an empty plan.
func drawFor[M sim.Canonical](c *Config, seed sim.Seed, build func(*Bed[M])) (p *Plan, v *violation) {
	p = &Plan{Seed: seed}
	b := newBed[M](c, p)
	defer func() {
		if e := recover(); e != nil {
			v = panicked(e)
		}
	}()
	build(b)
	return draw(c, b, seed), nil
}

// examine plays a plan, twice if told to.
func examine[M sim.Canonical](c *Config, p *Plan, build func(*Bed[M]), r *Report, twice bool) *violation {
	o := play(c, p, build, nil)
	r.Events += o.events
	r.Virtual += o.at.Sub(0)
	if o.resting {
		r.Resting++
	}
	if o.violation != nil || !twice {
		return o.violation
	}
	if play(c, p, build, nil).digest != o.digest {
		return &violation{property: Determinism, text: differ(c, p, build)}
	}
	r.Twice++
	return nil
}

// explain shrinks a plan and makes a finding of it.
func explain[M sim.Canonical](c *Config, p *Plan, v *violation, build func(*Bed[M])) *Finding {
	f := &Finding{Seed: p.Seed, From: len(p.Steps), Plan: p, Property: v.property}
	fails := func(p *Plan) bool {
		o := play(c, p, build, nil)
		if v.property == Determinism {
			return o.digest != play(c, p, build, nil).digest
		}
		return o.violation != nil && o.violation.property == v.property
	}
	f.Plan, f.Plays = shrink(p, c.Budget, fails)
	tracer, observe := watch[M](c.Tail)
	o := play(c, f.Plan, build, observe)
	f.At, f.Event, f.Digest, f.Trace = o.at, o.events, o.digest, tracer.tail()
	switch {
	case v.property == Determinism:
		f.Text = differ(c, f.Plan, build)
	case o.violation == nil || o.violation.property != v.property:
		f.Property, f.Text = Determinism, "it failed before ("+v.property+": "+v.text+"), and does not when played again"
	default:
		v = o.violation
		f.Rung, f.Text, f.Stack = v.rung, v.text, v.stack
	}
	return f
}

// differMax bounds the lines that are compared to find where two runs part.
const differMax = 1 << 18

// differ plays a plan twice and says where the runs part.
func differ[M sim.Canonical](c *Config, p *Plan, build func(*Bed[M])) string {
	for range 5 {
		one, first := watch[M](differMax)
		two, second := watch[M](differMax)
		play(c, p, build, first)
		play(c, p, build, second)
		a, b := one.tail(), two.tail()
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				return fmt.Sprintf("two runs of one plan part at line %d of the trace:\n    %s\n    %s\n"+
					"(a map that is ranged over, a clock, or a draw that is not from b.Seed?)", i+1, a[i], b[i])
			}
		}
	}
	return "two runs of one plan have different digests, but equal traces: Canon of some node or message shows less in " +
		"text than it hashes, or visits what is not its own (a map that is ranged over?)"
}
