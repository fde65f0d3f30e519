package scenarios

import (
	"testing"

	"gyre/model"
)

// Every row of the catalogue that names a scenario is shown by it: violated as the catalogue says with the bug, and held
// without it. A row that names none says why.
func TestCatalogue(t *testing.T) {
	told := map[string]bool{}
	for _, i := range model.Catalogue() {
		if i.Issue == "" || i.Source == "" || i.Belief == "" {
			t.Errorf("%s lacks issue, source or belief", i.Bug)
		}
		if i.Scenario == "" {
			if i.Reason == "" {
				t.Errorf("%s: neither a scenario nor a reason", i.Bug)
			}
			continue
		}
		told[i.Scenario] = true
		t.Run(i.Bug.String(), func(t *testing.T) {
			t.Parallel()
			s, err := Show(i)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range []*Outcome{s.With, s.Less} {
				for _, skipped := range append(o.Skipped, o.Idle...) {
					t.Errorf("%s: not carried out: %s", o.Algorithm.Name, skipped)
				}
			}
		})
	}
	for _, f := range BugStories() {
		if !told[f.Name] {
			t.Errorf("no bug of the catalogue needs bugs/%s.txt", f.Name)
		}
	}
}
