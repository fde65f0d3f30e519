package scenarios

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the expectations of the scenario files")

// Every scenario comes to what its file says, for every algorithm.
func TestScenarios(t *testing.T) {
	for _, f := range Builtin() {
		t.Run(f.Name, func(t *testing.T) {
			p, err := Parse(f.Name, f.Text)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Expect) == 0 {
				t.Errorf("%s.txt expects nothing", f.Name)
			}
			var outcomes []*Outcome
			for _, a := range p.Algorithms() {
				o, err := Play(p, Options{Algorithm: a})
				if err != nil {
					t.Fatal(err)
				}
				if o.Fault != nil {
					t.Errorf("%s: %s: %v (seed %s, step %d)", f.Name, a.Name, o.Fault, o.Seed, o.Events)
				}
				for _, s := range append(o.Skipped, o.Idle...) {
					t.Errorf("%s: %s: not carried out: %s", f.Name, a.Name, s)
				}
				outcomes = append(outcomes, o)
			}
			if text := Update(f.Text, outcomes...); *update && text != f.Text { // what is embedded is not touched in vain
				if err := os.WriteFile(f.Name+".txt", []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for _, o := range outcomes {
				for _, m := range Mismatches(o) {
					t.Error(m)
				}
			}
		})
	}
}
