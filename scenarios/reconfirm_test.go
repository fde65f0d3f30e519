package scenarios

import (
	"strings"
	"testing"

	"gyre/checker"
	"gyre/sim"
)

// orphans leaves ziti-1.1.8 with rows that nobody hosts and nobody ever deletes.
func orphans(t *testing.T) *Plan {
	t.Helper()
	f, ok := Load("spin-frequent-toggle")
	if !ok {
		t.Fatal("no such scenario")
	}
	return mustParse(t, f.Text)
}

// Playing on says of a missed deadline whether it was missed by far. What the plan came to stays as it was.
func TestReconfirm(t *testing.T) {
	p := orphans(t)
	plain := mustPlay(t, p, "ziti-1.1.8", Options{})
	on := mustPlay(t, p, "ziti-1.1.8", Options{Reconfirm: true})
	if plain.Digest != on.Digest || plain.Events != on.Events || plain.Virtual != on.Virtual {
		t.Error("playing on changed the outcome of the plan")
	}
	v := on.Report.Verdict("converges")
	if v.Factor != 16 || v.Rung != checker.Deadline || !strings.Contains(v.Text, "at 4 times the bound and at 16 times") {
		t.Errorf("%d %v %s", v.Factor, v.Rung, v.Text)
	}
	short := mustPlay(t, p, "ziti-1.1.8", Options{Reconfirm: true, Events: plain.Events + 1000})
	v = short.Report.Verdict("converges")
	if short.Limit != nil || v.Factor != 0 || !strings.Contains(v.Text, "not reconfirmed at 4 times the bound") {
		t.Errorf("%v %d %s", short.Limit, v.Factor, v.Text)
	}
}

// Forks part from the run at its last outside event, not before, and differ from one another.
func TestForks(t *testing.T) {
	p := orphans(t)
	o := mustPlay(t, p, "ziti-1.1.8", Options{})
	quiet := o.Report.Quiet
	digests := map[uint64]bool{o.Digest: true}
	for seed := range sim.Seed(4) {
		fork := mustPlay(t, p, "ziti-1.1.8", Options{Fork: &Fork{At: quiet, Seed: seed}})
		if digests[fork.Digest] {
			t.Error("two forks are the same run")
		}
		digests[fork.Digest] = true
		if fork.Report.Quiet < quiet {
			t.Errorf("the fork at %v went quiet at %v", quiet, fork.Report.Quiet)
		}
	}
	options := Options{Algorithm: o.Algorithm}
	if err := PlayForks(o, options, 10); err != nil {
		t.Fatal(err)
	}
	v := o.Report.Verdict("converges")
	if v.Rung != checker.Statistical || v.Forks != 10 || v.Escaped != 0 || !strings.Contains(v.Text, "fewer than 30% do") {
		t.Errorf("%v %d %d %s", v.Rung, v.Forks, v.Escaped, v.Text)
	}
}
