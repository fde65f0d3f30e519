package scenarios

import (
	"reflect"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// What is generated reads back as itself, is a function of the seed, and lets no directive be skipped.
func TestGenerate(t *testing.T) {
	seeds, played := 5000, 100
	if testing.Short() {
		seeds, played = 500, 10
	}
	skipped := 0
	for i := range seeds {
		seed := sim.Seed(i)
		c := GenConfig{}
		if i%4 == 3 {
			c.Depth = 3
		}
		p := Generate(seed, c)
		text := p.String()
		q, err := Parse(p.Name, text)
		if err != nil || !reflect.DeepEqual(p, q) {
			t.Fatalf("seed %d: %v\n%s", i, err, text)
		}
		if again := Generate(seed, c).String(); again != text {
			t.Fatalf("seed %d: the plan differs from\n%s\nit is\n%s", i, text, again)
		}
		if i >= played {
			continue
		}
		p.Settle = 70 * sim.Second
		a, _ := model.LookupAlgorithm("ziti-2.1.0")
		o, err := Play(p, Options{Algorithm: a, NoChecks: true, NoDigest: true})
		if err != nil {
			t.Fatal(err)
		}
		if o.Fault != nil || o.Limit != nil {
			t.Errorf("seed %d: %v %v\n%s", i, o.Fault, o.Limit, text)
		}
		if len(o.Skipped) > 0 {
			skipped++
			t.Errorf("seed %d: %v\n%s", i, o.Skipped, text)
		}
	}
}

// A fault-free plan has orders of the operator and nothing else, whatever the strategy.
func TestGenerateFaultFree(t *testing.T) {
	orders := map[string]bool{}
	for _, verb := range []string{"host", "retire", "bind", "unbind", "allow", "deny", "toggle", "delete", "touch",
		"touch-identity", "lookup", "connect", "disconnect"} {
		orders[verb] = true
	}
	for i := range 1000 {
		p := Generate(sim.Seed(i), GenConfig{FaultFree: true, Depth: i % 2 * 3})
		for k := range p.Steps {
			if verb := p.Steps[k].Verb; !orders[verb] {
				t.Fatalf("seed %d: %s is a fault\n%s", i, verb, p)
			}
		}
	}
}

// Everything a plan may say is said sooner or later, and what is likely is.
func TestDescribe(t *testing.T) {
	d := &Distribution{}
	for i := range 2000 {
		d.Add(Generate(sim.Seed(i), GenConfig{SDKs: true}))
	}
	t.Logf("\n%s", d)
	if missing := d.Missing(); len(missing) > 0 {
		t.Errorf("never drawn: %v", missing)
	}
	for verb, n := range d.Verbs {
		if n < 20 {
			t.Errorf("%s is in %d of %d plans only", verb, n, d.Plans)
		}
	}
	for n := 1; n <= ControllersMax; n++ {
		if d.Controllers[n] == 0 {
			t.Errorf("no plan has %d controllers", n)
		}
	}
	if min(d.Routers[3], d.Services[3], d.Steps[3]) == 0 || d.Several < 1500 || d.Latency < 800 || d.Toggles < 800 {
		t.Errorf("blind spots:\n%s", d)
	}
}

// What mutates stays a plan.
func TestMutate(t *testing.T) {
	pool := []*Plan{Generate(1, GenConfig{}), Generate(2, GenConfig{}), Generate(3, GenConfig{})}
	same := 0
	for i := range 2000 {
		p, other := pool[i%len(pool)], pool[(i+1)%len(pool)]
		q := Mutate(p, other, sim.Seed(i), "m")
		if _, err := Parse("m", q.String()); err != nil {
			t.Fatal(err)
		}
		if again := Mutate(p, other, sim.Seed(i), "m"); again.String() != q.String() {
			t.Fatalf("seed %d differs", i)
		}
		if len(q.Steps) == len(p.Steps) && q.Seed == p.Seed {
			same++
		}
		pool = append(pool, q)
	}
	t.Log(same, "of 2000 with as many directives")
}

// The scout sees what a run goes through, and does not change it.
func TestScout(t *testing.T) {
	f, _ := Load("leader-crash")
	p := mustParse(t, f.Text)
	p.Settle = 5 * sim.Minute
	s := NewScout(p)
	first := mustPlay(t, p, "ziti-2.1.0", Options{Observers: []sim.Observer[model.Msg]{s}})
	if again := mustPlay(t, p, "ziti-2.1.0", Options{}); again.Digest != first.Digest {
		t.Error("a scout changes the run")
	}
	n := 0
	s.Seen.Each(func(int) { n++ })
	if n != s.Seen.Count() || n < 10 {
		t.Errorf("%d transitions, counted %d", n, s.Seen.Count())
	}
	t.Log(n, "transitions")
}
