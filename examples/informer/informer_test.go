package informer

import (
	"os"
	"strings"
	"testing"

	"gyre/gyretest"
)

const overCreated = "no more pods than were ever wanted"

// The naive controller creates too much, and the story of it is short.
func TestNaive(t *testing.T) {
	r := gyretest.Run(gyretest.Config{Seeds: 300}, World(Naive))
	f := r.Finding
	if f == nil || f.Property != overCreated || len(f.Plan.Steps) > 3 {
		t.Fatalf("want a short story of %q, have %v\n%s", overCreated, f, r)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), f.String()) {
		t.Errorf("the README shows something else than what is found now:\n%s", f)
	}
}

// Both remedies hold.
func TestExpecting(t *testing.T) { gyretest.Test(t, gyretest.Config{Seeds: 300}, World(Expecting)) }
func TestNaming(t *testing.T)    { gyretest.Test(t, gyretest.Config{Seeds: 300}, World(Naming)) }

// Expectations are the memory of a process: a create that is on its way when the process dies is forgotten, and comes
// nevertheless. A name is refused the second time.
func TestForgotten(t *testing.T) {
	const plan = `
1s       scale 1
1s       slow controller->api by=5s for=1s
1.5s     crash controller for=1s
`
	f, err := gyretest.Replay(gyretest.Config{}, plan, World(Expecting))
	if err != nil || f == nil || f.Property != overCreated {
		t.Errorf("expecting: %v, %v", f, err)
	}
	if f, err := gyretest.Replay(gyretest.Config{}, plan, World(Naming)); err != nil || f != nil {
		t.Errorf("naming: %v, %v", f, err)
	}
}
