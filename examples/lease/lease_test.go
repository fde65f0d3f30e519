package lease

import (
	"os"
	"strings"
	"testing"

	"gyre/gyretest"
)

const afterNewer = "nobody writes after a newer leader"

// faults of processes, clocks and links; nothing here keeps a connection that could break.
func faults() []string { return []string{"crash", "pause", "skew", "cut", "slow"} }

// A lease alone lets an old leader write after a new one, and the story of it is short.
func TestLeaseAlone(t *testing.T) {
	r := gyretest.Run(gyretest.Config{Seeds: 200, Faults: faults()}, World(false))
	f := r.Finding
	if f == nil || f.Property != afterNewer || len(f.Plan.Steps) > 2 {
		t.Fatalf("want a short story of %q, have %v\n%s", afterNewer, f, r)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), f.String()) {
		t.Errorf("the README shows something else than what is found now:\n%s", f)
	}
}

// Which faults are enough by themselves. A process that is gone writes nothing; one that hears nothing stops before its
// lease is over; and clocks may jump, as client-go says, for they only measure spans of what is seen anew all the time.
func TestEachFault(t *testing.T) {
	for _, c := range []struct {
		fault string
		found bool
	}{{"pause", true}, {"crash", false}, {"cut", false}, {"skew", false}} {
		r := gyretest.Run(gyretest.Config{Seeds: 100, Faults: []string{c.fault}}, World(false))
		if found := r.Finding != nil; found != c.found {
			t.Errorf("%s: found %v, want %v\n%s\n%v", c.fault, found, c.found, r, r.Finding)
		}
	}
}

// With fencing it holds, though two believe that they lead.
func TestFencing(t *testing.T) {
	gyretest.Test(t, gyretest.Config{Seeds: 300, Faults: faults()}, World(true))
}
