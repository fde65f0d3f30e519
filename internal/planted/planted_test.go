package planted

import (
	"flag"
	"testing"

	"pgregory.net/rapid"
)

// A mistake is found; a property that holds is not called mistaken; and rapid is as it was afterwards.
func TestFound(t *testing.T) {
	small := func(rt *rapid.T) {
		if n := rapid.IntRange(0, 100).Draw(rt, "n"); n > 50 {
			rt.Fatalf("%d is large", n)
		}
	}
	Found(t, "a number is large", small)
	var said verdict
	rapid.Check(&said, func(rt *rapid.T) { rapid.Bool().Draw(rt, "b") })
	if said.failed {
		t.Error(said.text)
	}
	for _, name := range []string{"rapid.seed", "rapid.nofailfile", "rapid.shrinktime"} {
		if f := flag.Lookup(name); f.Value.String() != f.DefValue {
			t.Errorf("-%s is %s", name, f.Value)
		}
	}
}
