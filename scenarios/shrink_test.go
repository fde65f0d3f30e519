package scenarios

import (
	"flag"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gyre/model"
	"gyre/sim"
)

// few makes rapid try only so many examples, for properties whose examples take long. More can be asked for with
// -rapid.checks.
func few(t *testing.T, n int) {
	const usual = "100"
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != usual {
		return
	}
	if err := f.Value.Set(fmt.Sprint(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Value.Set(usual); err != nil {
			t.Fatal(err)
		}
	})
}

// builtinPlan returns the plan of a scenario that is built in.
func builtinPlan(t testing.TB, name string) *Plan {
	file, ok := Load(name)
	p, err := Parse(name, file.Text)
	if !ok || err != nil {
		t.Fatal(name, err)
	}
	return p
}

func algorithmNamed(t testing.TB, name string) model.Algorithm {
	a, ok := model.LookupAlgorithm(name)
	if !ok {
		t.Fatal(name)
	}
	return a
}

// playAs plays a plan that can be played.
func playAs(t testing.TB, p *Plan, algorithm string) *Outcome {
	o, err := Play(p, Options{Algorithm: algorithmNamed(t, algorithm)})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// pad adds n directives that do nothing to a spin, in a fixed order that looks random.
func pad(p *Plan, n int, draw func(below int) int) *Plan {
	p = p.clone()
	p.Routers++
	for i := range 3 {
		p.Services = append(p.Services, Service{Name: fmt.Sprint("pad-", i+1), On: []string{groupRouters}})
	}
	for i := range n {
		at := sim.Time(draw(200_000)) * sim.Time(sim.Millisecond)
		node := []string{"ctl1", "ctl2", "rtr1", "rtr2"}[draw(4)]
		service := fmt.Sprint("pad-", 1+draw(3))
		d := Directive{At: at, Nodes: []string{"rtr2"}, Service: service}
		switch draw(9) {
		case 0:
			d.Verb, d.Nodes = "touch", nil
		case 1:
			d.Verb, d.Service = "touch-identity", ""
		case 2:
			d.Verb, d.Nodes = "lookup", []string{"ctl1"}
		case 3:
			d.Verb, d.Service = "host", fmt.Sprint("extra-", i)
		case 4:
			d.Verb = "retire"
		case 5:
			d.Verb = "host"
		case 6:
			d = Directive{At: at, Verb: "skew", Nodes: []string{node}, Span: sim.Duration(draw(3_000_000))}
		case 7:
			d = Directive{At: at, Verb: "overload", Nodes: []string{node}, Count: 1 + draw(3)}
		default:
			d = Directive{At: at, Verb: "slow", Pairs: []Pair{{"rtr2", "ctl2", true}}, Span: sim.Duration(draw(30_000))}
		}
		p.Steps = append(p.Steps, d)
	}
	slices.SortStableFunc(p.Steps, func(a, b Directive) int { return int(a.At - b.At) })
	return p
}

// lcg draws numbers below a bound.
func lcg(seed uint64) func(below int) int {
	return func(below int) int {
		seed = seed*6364136223846793005 + 1442695040888963407
		return int(seed>>33) % below
	}
}

// A finding of 30 directives becomes at most 6, and what is left is the story of the spin.
func TestShrink(t *testing.T) {
	for seed := range uint64(2) {
		padded := pad(builtinPlan(t, "leader-spin"), 30, lcg(seed))
		o := playAs(t, padded, "ziti-1.0.0")
		for _, b := range Buckets(o) {
			if b.Property != "no-spin" {
				continue
			}
			best, stats, err := Shrink(padded, ShrinkOptions{Bucket: b})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v\n%s", stats, best)
			switch {
			case len(best.Steps) > 6 || best.Routers > 1 || !stats.Complete || stats.To != len(best.Steps):
				t.Errorf("seed %d: not small: %+v\n%s", seed, stats, best)
			case !slices.Contains(Buckets(playAs(t, best, b.Algorithm)), b):
				t.Errorf("seed %d: does not violate %q any more:\n%s", seed, b, best)
			}
		}
	}
}

// Whatever surrounds a failure, the shrunk plan fails in the same way, is no larger, skips no more, reads back to
// itself, comes out the same twice, and can be gone on from at any point.
func TestShrinkKeepsFailing(t *testing.T) {
	few(t, 3)
	flagships := []struct{ scenario, algorithm string }{
		{"leader-spin", "ziti-1.0.0"}, {"spin-high-latency", "ziti-1.0.0"}, {"leader-crash", "ziti-1.1.8"},
	}
	rapid.Check(t, func(rt *rapid.T) {
		f := rapid.SampledFrom(flagships).Draw(rt, "flagship")
		n := rapid.IntRange(0, 12).Draw(rt, "padding")
		p := pad(builtinPlan(t, f.scenario), n, lcg(rapid.Uint64().Draw(rt, "kinds")))
		p.Seed = sim.Seed(rapid.Uint64Range(0, 1<<20).Draw(rt, "seed"))
		first := playAs(t, p, f.algorithm)
		found := Buckets(first)
		if len(found) == 0 {
			return // it does not fail: nothing to shrink for
		}
		b := rapid.SampledFrom(found).Draw(rt, "bucket")
		o := ShrinkOptions{Bucket: b, Budget: rapid.IntRange(1, 30).Draw(rt, "budget")}
		var last *Plan
		o.Progress = func(_, _ int, p *Plan) { last = p }
		best, stats, err := Shrink(p, o)
		if err != nil {
			rt.Fatal(err)
		}
		again := playAs(t, best, f.algorithm)
		read, err := Parse(best.Name, best.String())
		switch {
		case !slices.Contains(Buckets(again), b):
			rt.Errorf("it violates %q no more, but %q:\n%s", b, Buckets(again), best)
		case len(best.Steps) > len(p.Steps) || len(again.Skipped) > len(first.Skipped) || stats.Tried > o.Budget:
			rt.Errorf("not smaller: %+v, skipped %q", stats, again.Skipped)
		case err != nil || read.String() != best.String():
			rt.Errorf("it does not read back: %v\n%s", err, best)
		case stats.Kept > 0 && last.String() != best.String():
			rt.Errorf("progress told of\n%s\nbut it came to\n%s", last, best)
		}
		if twin, _, _ := Shrink(p, o); twin.String() != best.String() {
			rt.Errorf("twice, it differs:\n%s\n%s", best, twin)
		}
		o.Budget = 10
		if _, _, err := Shrink(best, o); err != nil {
			rt.Errorf("it cannot be gone on from: %v", err)
		}
	})
}

// Seed and settings of the options become part of the plan.
func TestShrinkFoldsOptions(t *testing.T) {
	p, seed := builtinPlan(t, "leader-spin"), sim.Seed(99)
	o := Options{Algorithm: algorithmNamed(t, "ziti-1.0.0"), Seed: &seed, Set: []string{"latency=20ms", "jitter=0s"}}
	out, err := Play(p, o)
	if err != nil {
		t.Fatal(err)
	}
	best, _, err := Shrink(p, ShrinkOptions{Options: o, Bucket: Buckets(out)[0], Budget: 1})
	if err != nil {
		t.Fatal(err)
	}
	if best.Seed != seed || !slices.Contains(best.Settings, Setting{"latency", "20ms"}) || len(best.Settings) != 2 {
		t.Errorf("seed and settings are not in the plan:\n%s", best)
	}
	if same := playAs(t, best, "ziti-1.0.0"); same.Digest != out.Digest {
		t.Errorf("the plan with the options in it runs otherwise")
	}
}

func TestShrinkRefuses(t *testing.T) {
	p := builtinPlan(t, "leader-spin")
	_, _, err := Shrink(p, ShrinkOptions{Bucket: Bucket{"no-orphan", "deadline", "", "ziti-2.1.0"}})
	want := `leader-spin does not violate "ziti-2.1.0 no-orphan deadline": there is nothing to shrink for (it violates nothing)`
	if err == nil || err.Error() != want {
		t.Errorf("have %v, want %s", err, want)
	}
	if _, _, err := Shrink(p, ShrinkOptions{}); err == nil {
		t.Error("no algorithm, and no error")
	}
	stopped := 0
	b := Buckets(playAs(t, p, "ziti-1.0.0"))[0]
	best, stats, err := Shrink(p, ShrinkOptions{Bucket: b, Stop: func() bool { stopped++; return stopped > 3 }})
	if err != nil || stats.Complete || stats.Tried > 4 || best == nil {
		t.Errorf("stopped: %+v, %v", stats, err)
	}
}

// Faults of one kind have one class, whatever numbers they name.
func TestFaultBucket(t *testing.T) {
	one := Buckets(&Outcome{Fault: &sim.Fault{Text: "node 7: index 1203 after 1200\nstack"}})
	two := Buckets(&Outcome{Fault: &sim.Fault{Text: "node 12: index 3 after 1"}})
	if len(one) != 1 || one[0] != two[0] || one[0].Property != Fault || one[0].Class != "node-N:-index-N-after-N" {
		t.Errorf("%+v, %+v", one, two)
	}
}

// What the topology passes do to a plan, each by itself.
func TestShrinkShape(t *testing.T) {
	text := `# shape: all there is.

cluster controllers=3 routers=3 voters=2 spares=1
service web on rtr2,rtr3
services 4 on routers each=2
seed 1
link ctl2<->rtr2 latency=5ms

1s       cut ctl1,rtr1 | ctl2,rtr2
2s       break rtr1->ctl1,rtr3->ctl3
3s       retire svc4 on rtr1
4s       crash ctl2
5s       join ctl4
settle 1m
`
	for _, c := range []struct {
		name   string
		change func(p *Plan)
		want   []string // lines of the head and timeline
	}{
		{"first router", func(p *Plan) { p.dropRouters(0, 1) }, []string{
			"cluster controllers=3 routers=2 voters=2 spares=1", "service web on rtr1,rtr2", "services 4 on routers each=2",
			"seed 1", "link ctl2<->rtr1 latency=5ms", "1s       cut ctl1 | ctl2,rtr1", "2s       break rtr2->ctl3",
			"4s       crash ctl2", "5s       join ctl4", "settle 1m"}},
		{"second controller", func(p *Plan) { p.dropControllers(1, 2) }, []string{
			"cluster controllers=2 routers=3 spares=1", "service web on rtr2,rtr3", "services 4 on routers each=2", "seed 1",
			"1s       cut ctl1,rtr1 | rtr2", "2s       break rtr1->ctl1,rtr3->ctl2", "3s       retire svc4 on rtr1",
			"5s       join ctl3", "settle 1m"}},
		{"member and spare", func(p *Plan) { p.dropControllers(2, 4) }, []string{
			"cluster controllers=2 routers=3", "service web on rtr2,rtr3", "services 4 on routers each=2", "seed 1",
			"link ctl2<->rtr2 latency=5ms", "1s       cut ctl1,rtr1 | ctl2,rtr2", "2s       break rtr1->ctl1",
			"3s       retire svc4 on rtr1", "4s       crash ctl2", "settle 1m"}},
		{"family", func(p *Plan) { p.cutFamily(1, 1) }, []string{
			"cluster controllers=3 routers=3 voters=2 spares=1", "service web on rtr2,rtr3", "services 1 on routers each=1",
			"seed 1", "link ctl2<->rtr2 latency=5ms", "1s       cut ctl1,rtr1 | ctl2,rtr2",
			"2s       break rtr1->ctl1,rtr3->ctl3", "3s       retire svc1 on rtr1", "4s       crash ctl2", "5s       join ctl4",
			"settle 1m"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Parse("shape", text)
			if err != nil {
				t.Fatal(err)
			}
			before := p.String()
			q := p.clone()
			c.change(q)
			if p.String() != before {
				t.Errorf("the original changed:\n%s", p)
			}
			want := "# shape: all there is.\n"
			for _, line := range c.want {
				want += line + "\n"
			}
			if have := dense(q.String()); have != want {
				t.Errorf("have\n%s\nwant\n%s", have, want)
			}
			if _, err := Parse("shape", q.String()); err != nil {
				t.Error(err)
			}
		})
	}
}
