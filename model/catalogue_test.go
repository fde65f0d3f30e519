package model

import "testing"

// Every row can be read back by its name, and names releases, others and a contrast that there are.
func TestCatalogueRows(t *testing.T) {
	before := Bug(0)
	for _, i := range Catalogue() {
		if i.Bug <= before {
			t.Errorf("%s is not in order", i.Bug)
		}
		before = i.Bug
		set, err := ParseBugs(i.Bug.String())
		if want := Bugs(0).With(i.Bug); len(i.Releases) > 0 && (err != nil || set != want) {
			t.Errorf("%s: %v, %v", i.Bug, set, err)
		} else if len(i.Releases) == 0 && err == nil {
			t.Errorf("%s has no switch and is taken for one", i.Bug)
		}
		if i.Bug.Info().Belief != i.Belief {
			t.Errorf("%s is not found", i.Bug)
		}
		if i.Scenario == "" {
			continue
		}
		for _, name := range []string{i.Shown(), i.Holds()} {
			if _, ok := LookupAlgorithm(name); !ok {
				t.Errorf("%s: unknown algorithm %q", i.Bug, name)
			}
		}
		if i.Shown() == i.Holds() {
			t.Errorf("%s: shown and not shown in %s", i.Bug, i.Shown())
		}
	}
	if s, err := ParseBugs("b24,Backoff"); err != nil || s.String() != "B24,backoff" {
		t.Errorf("%v, %v", s, err)
	}
}
