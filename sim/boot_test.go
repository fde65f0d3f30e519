package sim

import "testing"

// restless is a node that ends as soon as it is there. Its state is not to be looked at before its first step.
type restless struct {
	t      *testing.T
	booted bool
}

func (n *restless) Step(_ Time, in *Input[word], out *Outbox[word]) {
	n.booted = true
	if in.Kind == Boot {
		out.Exit(Second)
	}
}

func (n *restless) Canon(*Canon) {
	if !n.booted {
		n.t.Error("a process is looked at that has not taken a step")
	}
}

// TestUnbooted: the state of the world can be asked for, and is folded into the digest, between the restart of a process
// and its first step.
func TestUnbooted(t *testing.T) {
	w := New[word](Config{})
	host := w.AddHost("a", nil, func(uint32) Node[word] { return &restless{t: t} })
	w.Start(host)
	w.State()
	for checks := range 3 { // a life has two events: its restart and its first step
		for range checkpointEvery + 1 {
			if _, err := w.Step(Never); err != nil {
				t.Fatal(checks, err)
			}
		}
	}
}
