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
