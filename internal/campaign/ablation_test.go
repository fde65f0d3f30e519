package campaign

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

var (
	ablation = flag.Int("gyre.ablation", 0, "compare the strategies over every bug, with this many campaigns each")
	compared = flag.String("gyre.strategies", "uniform,coverage,priority,sweep,portfolio", "the strategies to compare")
)

// quarry is what a campaign is after: a property that an algorithm violates and another does not, on the same plan.
type quarry struct {
	name        string
	story       string // that shows it
	hunted      model.Algorithm
	without     model.Algorithm
	property    string
	description string
}

// quarries are the bugs that can be switched on, and those that are in old releases and cured in later ones.
func quarries(t testing.TB) []quarry {
	t.Helper()
	must := func(name string) model.Algorithm {
		a, ok := model.LookupAlgorithm(name)
		if !ok {
			t.Fatal(name)
		}
		return a
	}
	list := []quarry{
		{"B01", "leader-spin", must("ziti-1.0.0"), must("ziti-1.1.8"), "no-spin", "the spin"},
		{"B08", "late-policy", must("ziti-1.1.8"), must("ziti-2.1.0"), "never-gives-up", "giving up after 15 minutes"},
		{"B09", "toggle-every-second", must("ziti-1.1.8"), must("ziti-2.1.0"), "no-orphan", "close during create"},
	}
	for _, b := range model.Catalogue() {
		if len(b.Releases) == 0 || b.Cure || b.Scenario == "" || b.Rung == "score" {
			continue // there is nothing to switch on, or nothing is violated
		}
		list = append(list, quarry{b.Bug.String(), b.Scenario, must(b.Shown()), must(b.Holds()), b.Property, b.Belief})
	}
	return list
}

// hunt lets a campaign of one strategy go after a bug and returns how many events that took; budget if it was not found.
func hunt(t testing.TB, q quarry, strategy string, first sim.Seed, budget uint64) uint64 {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	spent, found := uint64(0), false
	c := Config{
		Algorithms: []model.Algorithm{q.hunted}, First: first, Workers: 1, Strategy: strategy, Generate: small, Shrink: -1,
		untold: q.story,
	}
	c.play = func(p *scenarios.Plan, o scenarios.Options) (*scenarios.Outcome, error) {
		o.NoDigest = true
		out, err := scenarios.Play(p, o)
		if err != nil || found || spent >= budget {
			return out, err
		}
		spent += out.Events
		if violates(out, q.property) {
			base, err := scenarios.Play(p, scenarios.Options{Algorithm: q.without})
			if err != nil {
				return nil, err
			}
			found = base.Limit == nil && base.Fault == nil && !violates(base, q.property)
		}
		if found || spent >= budget {
			cancel()
		}
		return out, nil
	}
	if _, err := Run(ctx, c); err != nil {
		t.Fatal(err)
	}
	if !found {
		return budget
	}
	return min(spent, budget)
}

func violates(o *scenarios.Outcome, property string) bool {
	return slices.ContainsFunc(scenarios.Buckets(o), func(b scenarios.Bucket) bool { return b.Property == property })
}

// Every strategy finds the spin of ziti-1.0.0 in a few million events.
// With -gyre.ablation 20 the strategies are compared over every bug: see docs/strategies.md.
func TestAblation(t *testing.T) {
	if *ablation == 0 {
		if testing.Short() {
			t.Skip("it takes minutes under the race detector and sees nothing new")
		}
		q := quarries(t)[0]
		for _, s := range Strategies() {
			if spent := hunt(t, q, s[0], 1, 20e6); spent == 20e6 {
				t.Errorf("%s does not find %s", s[0], q.description)
			} else {
				t.Logf("%s: %d events", s[0], spent)
			}
		}
		return
	}
	chosen := strings.Split(*compared, ",")
	fmt.Println("| bug | property | " + strings.Join(chosen, " | ") + " |")
	for _, q := range quarries(t) {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			row := []string{q.name, q.property}
			for _, strategy := range chosen {
				row = append(row, median(*ablation, 1e6, func(i int, budget uint64) uint64 {
					return hunt(t, q, strategy, sim.Seed(1+1_000_000*i), budget)
				}))
			}
			fmt.Println("| " + strings.Join(row, " | ") + " |")
		})
	}
}

// hopeless is how many hunts in a row come to nothing before the others are not begun.
const hopeless = 5

// median returns the median of n hunts in thousands of events, or how many of those that were begun found something if
// more than half do not within the budget, or the first few do not. A hunt ends where it can no longer change the answer.
func median(n int, budget uint64, hunt func(i int, budget uint64) uint64) string {
	need, missed := n/2+1, 0
	var found []uint64
	for i := range n {
		limit := budget
		if len(found) >= need {
			limit = found[need-1] // one that takes longer leaves the median where it is
		}
		switch spent := hunt(i, limit); {
		case spent < limit:
			found = append(found, spent)
			slices.Sort(found)
		case limit == budget:
			missed++
		}
		if missed > n-need || missed == hopeless && len(found) == 0 {
			return fmt.Sprintf("%d/%d", len(found), i+1)
		}
	}
	return fmt.Sprintf("%d", found[need-1]/1000)
}

// The median that skips what cannot change it is the median.
func TestMedian(t *testing.T) {
	s, told := sim.Seed(7).Stream("medians"), 0
	for range 1000 {
		n, budget := int(1+s.Below(20)), uint64(50_000)
		all := make([]uint64, n)
		for i := range all {
			all[i] = min(budget, 1000*s.Below(80))
		}
		got := median(n, budget, func(i int, limit uint64) uint64 { return min(all[i], limit) })
		slices.Sort(all)
		if got == "0/5" && n > 5 { // not tried further
			continue
		}
		told++
		if want := all[n/2]; (want < budget) != (got == fmt.Sprint(want/1000)) {
			t.Fatalf("%v: %s, want %d", all, got, want)
		}
	}
	if told < 900 {
		t.Errorf("only %d of 1000 were told", told)
	}
}
