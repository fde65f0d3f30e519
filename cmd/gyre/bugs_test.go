package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/scenarios"
)

// A failure of the corpus that is put down to a bug is due to it: without the bug the plan does not violate the property.
func TestCorpusBlames(t *testing.T) {
	oneGoroutine(t, "it plays one plan after the other")
	for name, e := range entries(t) {
		if e.Bugs == "" {
			continue
		}
		release, _, _ := strings.Cut(e.Algorithm, "+")
		a, ok := model.LookupAlgorithm(release)
		if !ok {
			t.Fatal(release)
		}
		o, err := scenarios.Play(e.Plan, scenarios.Options{Algorithm: a})
		if err != nil || o.Fault != nil {
			t.Fatal(name, err, o.Fault)
		}
		for _, b := range scenarios.Buckets(o) {
			if b.Property == e.Property {
				t.Errorf("%s: %s violates %s without the bug, too", name, release, b.Property)
			}
		}
	}
}

// Every bug that a scenario shows by a violation has a file in the corpus.
func TestCorpusCoversBugs(t *testing.T) {
	all := entries(t)
	for _, i := range model.Catalogue() {
		if i.Scenario == "" || i.Rung == scenarios.Score {
			continue
		}
		found := false
		for _, e := range all {
			found = found || e.Algorithm == i.Shown() && e.Property == i.Property
		}
		if !found {
			t.Errorf("%s: gyre shrink %s -a %s -p %s -o corpus/...", i.Bug, i.Scenario, i.Shown(), i.Property)
		}
	}
}

// What gyre list bugs says, for people and for machines.
func TestListBugs(t *testing.T) {
	stdout, stderr, code := gyreRun(t, "list", "bugs")
	if code != exitHolds || stderr != "" || strings.Count(stdout, "\n") != len(model.Catalogue()) {
		t.Errorf("exit %d: %s\n%s", code, stderr, stdout)
	}
	if !strings.Contains(stdout, "B24") || !strings.Contains(stdout, "early-remove: no-orphan (deadline)") {
		t.Error(stdout)
	}
	stdout, _, _ = gyreRun(t, "list", "bugs", "--json")
	for line := range strings.Lines(stdout) {
		var i struct {
			Name, Belief, Scenario, Reason string
			Releases                       []string
		}
		if err := json.Unmarshal([]byte(line), &i); err != nil || i.Belief == "" || i.Scenario == "" && i.Reason == "" {
			t.Errorf("%v: %s", err, line)
		}
		if i.Name == "B24" && !slices.Equal(i.Releases, []string{"ziti-2.1.0"}) {
			t.Errorf("B24: %v", i.Releases)
		}
	}
}
