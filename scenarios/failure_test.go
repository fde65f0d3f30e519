package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gyre/sim"
)

// fewer drops directives of a plan, in chunks, as long as it fails.
func fewer(p *Plan, fails func(p *Plan) bool) *Plan {
	best := p
	for size := len(p.Steps); size >= 1; size /= 2 {
		for to := len(best.Steps); to > 0; to = min(to, len(best.Steps)) {
			from := max(0, to-size)
			q := best.clone()
			if q.Steps = slices.Delete(q.Steps, from, to); fails(q) {
				best = q
			}
			to = from
		}
	}
	return best
}

// shrunk is the end of a message about a plan that fails: the plan, made smaller, and two commands. again is the one that
// repeats it as it was found, and may be empty; the other repeats what is left of it.
func shrunk(p *Plan, o Options, again string, fails func(p *Plan) bool) string {
	small := fewer(p, fails)
	return shown(p, small, o, again)
}

func shown(p, small *Plan, o Options, again string) string {
	var b strings.Builder
	if again != "" {
		fmt.Fprintf(&b, "repeat: %s\n", again)
	}
	fmt.Fprintf(&b, "shrunk from %d directives to %d:\n", len(p.Steps), len(small.Steps))
	fmt.Fprintf(&b, "go run ./cmd/gyre run /dev/stdin --twice --algorithm %s <<'END'\n%sEND\n", o.Algorithm.Name, small)
	return b.String()
}

// sound plays a plan twice and tells what must not be of any plan, whatever the algorithm does: a failed assertion, or
// two runs that differ.
func sound(t *testing.T, p *Plan, o Options, again string) {
	t.Helper()
	one, err := Play(p, o)
	if err != nil {
		t.Fatal(err)
	}
	if one.Fault != nil {
		b := Buckets(one)[0]
		small, _, err := Shrink(p, ShrinkOptions{Options: o, Bucket: b, Budget: 300})
		if err != nil {
			small = p
		}
		t.Fatalf("%s, step %d: %s\n%s", o.Algorithm.Name, one.Events, one.Fault.Text, shown(p, small, o, again))
	}
	if two, err := Play(p, o); err != nil || two.Digest != one.Digest {
		t.Fatalf("%s: nondeterminism: digests %016x and %016x (%v)\n%s", o.Algorithm.Name, one.Digest, two.Digest, err,
			shrunk(p, o, again, func(p *Plan) bool { return differ(p, o) }))
	}
}

func differ(p *Plan, o Options) bool {
	one, err := Play(p, o)
	two, err2 := Play(p, o)
	return err == nil && err2 == nil && one.Digest != two.Digest
}

// corpusPlans are the plans of the files of the corpus, as text.
func corpusPlans(t testing.TB) []string {
	var plans []string
	for _, text := range corpusTexts(t) {
		if _, rest, ok := strings.Cut(text, markPlan+"\n"); ok {
			plan, _, _ := strings.Cut(rest, markTrace)
			plans = append(plans, plan)
		}
	}
	return plans
}

func builtinTexts() []string {
	var texts []string
	for _, file := range Builtin() {
		texts = append(texts, file.Text)
	}
	return texts
}

// smallPlans bounds what FuzzSeed plays.
func smallPlans() GenConfig { return GenConfig{Controllers: 3, Routers: 3, Services: 6, Cards: 6} }

// FuzzSeed: no seed is turned into a plan that makes a run fail an assertion, skips a directive, or runs differently
// twice.
func FuzzSeed(f *testing.F) {
	for i, text := range append(corpusPlans(f), builtinTexts()...) {
		if p, err := Parse("seed", text); err == nil {
			f.Add(uint64(p.Seed), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, seed uint64, which uint8) {
		p := Generate(sim.Seed(seed), smallPlans())
		can := p.Algorithms() // a plan of several releases is not for the reference
		o := Options{Algorithm: can[int(which)%len(can)], Events: 200_000}
		again := fmt.Sprintf("go test ./scenarios -run 'TestSeedSmall$' -gyre.seed=%d -gyre.seeds=1", seed)
		sound(t, p, o, again)
	})
}

// TestSeedSmall is FuzzSeed for -gyre.seed, in every release.
func TestSeedSmall(t *testing.T) {
	first, err := sim.ParseSeed(*firstSeed)
	if err != nil {
		t.Fatalf("-gyre.seed: %v", err)
	}
	for i := range min(*seedCount, 3) {
		seed := first + sim.Seed(i)
		again := fmt.Sprintf("go test ./scenarios -run 'TestSeedSmall$' -gyre.seed=%s -gyre.seeds=1", seed)
		for _, a := range Generate(seed, smallPlans()).Algorithms() {
			sound(t, Generate(seed, smallPlans()), Options{Algorithm: a, Events: 200_000}, again)
		}
	}
}
