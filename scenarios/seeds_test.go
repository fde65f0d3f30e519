package scenarios

import (
	"flag"
	"fmt"
	"slices"
	"testing"

	"gyre/checker"
	"gyre/model"
	"gyre/sim"
)

var (
	firstSeed = flag.String("gyre.seed", "1", "first seed of TestSeeds: decimal, 0x hex or a commit hash")
	seedCount = flag.Uint64("gyre.seeds", 8, "how many seeds TestSeeds plays")
)

// tolerated is what generated plans are known to violate, release by release; the corpus has the proofs. Whatever
// else is violated is news.
func tolerated() map[string][]string {
	old := []string{"no-spin", "stays-converged", "converges", "no-orphan", "no-missing", "no-duplicate", "no-stuck",
		"agree", "never-gives-up", "linearizable", "session-reads", "no-storm"}
	return map[string][]string{
		"ziti-1.0.0": old,
		"ziti-1.1.0": old,
		"ziti-1.1.8": old,
		"ziti-2.1.0": {"converges", "no-orphan", "no-missing", "agree", "no-storm"},
	}
}

// TestSeeds plays what seeds are turned into, for every release: no assertion fails, no bound is hit, no directive is
// skipped, every property gets a verdict, a second run is the same, and nothing is violated that was not before.
// Widen it with -gyre.seeds, repeat one seed with -gyre.seed.
func TestSeeds(t *testing.T) {
	first, err := sim.ParseSeed(*firstSeed)
	if err != nil {
		t.Fatalf("-gyre.seed: %v", err)
	}
	d := &Distribution{}
	for i := range *seedCount {
		seed := first + sim.Seed(i)
		p := Generate(seed, GenConfig{})
		d.Add(p)
		for _, a := range p.Algorithms() {
			playSeed(t, p, a, i%4 == 0)
		}
	}
	t.Logf("\n%s", d)
}

func playSeed(t *testing.T, p *Plan, a model.Algorithm, twice bool) {
	t.Helper()
	options := Options{Algorithm: a}
	o, err := Play(p, options)
	if err != nil {
		t.Fatal(err)
	}
	repeat := fmt.Sprintf("go test ./scenarios -run 'TestSeeds$' -gyre.seed=%s -gyre.seeds=1", p.Seed)
	while := func(what func(o *Outcome) bool) string { // what is left of the plan while it is so
		if t.Failed() {
			return "repeat: " + repeat // which shrinks it; here the first one is enough
		}
		return shrunk(p, options, repeat, func(p *Plan) bool {
			o, err := Play(p, options)
			return err == nil && what(o)
		})
	}
	limited := func(o *Outcome) bool { return o.Limit != nil || len(o.Skipped) > 0 }
	if limited(o) {
		t.Errorf("seed %s, %s: limit %v, skipped %v\n%s", p.Seed, a.Name, o.Limit, o.Skipped, while(limited))
	}
	for _, b := range Buckets(o) {
		if slices.Contains(tolerated()[a.Name], b.Property) {
			continue
		}
		if t.Failed() {
			t.Errorf("seed %s: %s\n%s\nrepeat: %s", p.Seed, b, why(o, b.Property), repeat)
			continue
		}
		small, _, err := Shrink(p, ShrinkOptions{Options: options, Bucket: b, Budget: 300})
		if err != nil {
			small = p
		}
		t.Errorf("seed %s: %s\n%s\n%s", p.Seed, b, why(o, b.Property), shown(p, small, options, repeat))
	}
	for i := range o.Report.Verdicts {
		if v := &o.Report.Verdicts[i]; v.Status == checker.Unknown && !limited(o) {
			unknown := func(o *Outcome) bool { return o.Report.Verdict(v.Property).Status == checker.Unknown }
			t.Errorf("seed %s, %s: %s is unknown: %s\n%s", p.Seed, a.Name, v.Property, v.Text, while(unknown))
		}
	}
	if !twice {
		return
	}
	if again, err := Play(p, options); err != nil || again.Digest != o.Digest || again.Events != o.Events {
		t.Errorf("seed %s, %s: digest %x after %d events, then %x after %d (%v)\n%s", p.Seed, a.Name, o.Digest, o.Events,
			again.Digest, again.Events, err, shrunk(p, options, repeat, func(p *Plan) bool { return differ(p, options) }))
	}
}
