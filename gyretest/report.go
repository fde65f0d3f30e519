package gyretest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gyre/sim"
)

// Report is what a search came to.
type Report struct {
	Seeds   int          // played
	Events  uint64       // simulated
	Virtual sim.Duration // simulated
	Resting int          // runs that were proven to rest for good
	Twice   int          // runs that were played twice, with the same result
	Drawn   map[string]int
	Finding *Finding // the first; nil if all is well
}

// String renders the report in two lines: what was tried, and of which faults and operations it was made, so that blind
// spots show.
func (r *Report) String() string {
	var drawn []string
	for _, verb := range slices.Sorted(maps.Keys(r.Drawn)) {
		drawn = append(drawn, fmt.Sprintf("%s %d", verb, r.Drawn[verb]))
	}
	return fmt.Sprintf("%d seeds, %d events in %s of virtual time, %d at rest for good, %d played twice\ndrawn: %s",
		r.Seeds, r.Events, r.Virtual, r.Resting, r.Twice, strings.Join(drawn, ", "))
}

// Finding is a plan that does what must not be.
type Finding struct {
	Property string // the name of a check, or Panic, Determinism, Limit
	Rung     string // how sure it is: witness, lasso, closure, deadline; empty for trouble of another kind
	Text     string // in the words of the check
	Seed     sim.Seed
	At       sim.Time
	Event    uint64
	Digest   uint64   // of the run of Plan
	Plan     *Plan    // shrunk
	From     int      // directives before
	Plays    int      // that shrinking took
	Trace    []string // the last lines
	Stack    string   // of a panic
	Repeat   string   // the command; empty outside of Test
}

// String renders the finding as Test prints it.
func (f *Finding) String() string {
	var b strings.Builder
	rung := ""
	if f.Rung != "" {
		rung = " (" + f.Rung + ")"
	}
	fmt.Fprintf(&b, "seed %s, %s%s: %s\n", f.Seed, f.Property, rung, f.Text)
	fmt.Fprintf(&b, "at %s, event %d, digest %016x; %s shrunk to %d in %s\n\n", f.At, f.Event, f.Digest,
		count(f.From, "directive"), len(f.Plan.Steps), count(f.Plays, "play"))
	b.WriteString(indent(f.Plan.String()))
	fmt.Fprintf(&b, "\n# %s\n%s\n", legend, strings.Join(f.Trace, "\n"))
	if f.Stack != "" {
		fmt.Fprintf(&b, "\n%s", f.Stack)
	}
	if f.Repeat != "" {
		fmt.Fprintf(&b, "\nrepeat: %s\n", f.Repeat)
	}
	return b.String()
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
