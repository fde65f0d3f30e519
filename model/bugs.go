package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gyre/sim"
)

// Bug is a bug of the catalogue by its number: 24 is B24.
type Bug uint8

// BugsMax bounds the numbers of bugs.
const BugsMax = 63

// String renders a bug as B24, and a switch without a number in the catalogue by its name.
func (b Bug) String() string {
	for _, n := range named {
		if n.bug == b {
			return n.name
		}
	}
	return fmt.Sprintf("B%02d", uint8(b))
}

// lookupBug finds a bug by what String says, in any case.
func lookupBug(word string) (Bug, bool) {
	word = strings.TrimSpace(word)
	for _, n := range named {
		if strings.EqualFold(n.name, word) {
			return n.bug, true
		}
	}
	digits, ok := strings.CutPrefix(strings.ToUpper(word), "B")
	n, err := strconv.ParseUint(digits, 10, 8)
	return Bug(n), ok && err == nil && n > 0 && Bug(n) < firstNamed
}

// Info returns what is known of a bug; the zero value if the model has no such switch.
func (b Bug) Info() BugInfo {
	for _, i := range Catalogue() {
		if i.Bug == b {
			return i
		}
	}
	return BugInfo{Bug: b}
}

// BugInfo is a row of the catalogue: a bug that can be switched on, or one that a release has anyway. A switch changes
// only what it says.
type BugInfo struct {
	Bug      Bug
	Issue    string    // ziti#3609, edge#1512 of openziti/edge, or none
	Source   string    // commits of OpenZiti that brought and cured it
	Belief   string    // one line: what the code took for granted
	Releases []Release // it can be switched on in; the first is that in which Scenario shows it
	Inherent []Release // have it without a switch; if it has no switch, the first is that in which Scenario shows it
	With     Bugs      // others that must be on for it to show
	Scenario string    // the built-in scenario that shows it
	Property string    // that flags it there
	Rung     string    // of the proof; score: nothing is violated, it is slower, or does more, by a factor
	Contrast string    // the algorithm in which the scenario holds; by default the release without the switch
	Cure     bool      // it is no bug: what is switched on mends
	Reason   string    // why no scenario shows it, or which parts; of a cure, of what
}

// Shown returns the name of the algorithm in which the scenario shows the bug; empty if nothing does.
func (i BugInfo) Shown() string {
	switch {
	case i.Scenario == "":
		return ""
	case len(i.Releases) > 0:
		v, err := nameOf(i.Releases[0]).Variant(i.With.With(i.Bug), 0, 0)
		sim.Assert(err == nil, "catalogue: %v", err)
		return v.Name
	default:
		return nameOf(i.Inherent[0]).Name
	}
}

// Holds returns the name of the algorithm in which the same scenario shows nothing.
func (i BugInfo) Holds() string {
	if i.Contrast == "" && i.Scenario != "" {
		return nameOf(append(i.Releases, i.Inherent...)[0]).Name
	}
	return i.Contrast
}

func nameOf(r Release) Algorithm {
	for _, a := range Algorithms() {
		if a.Release == r {
			return a
		}
	}
	return Algorithm{}
}

// In reports whether the bug can be switched on in a release.
func (i BugInfo) In(r Release) bool { return slices.Contains(i.Releases, r) }

// Names lists the releases the bug can be switched on in.
func (i BugInfo) Names() string { return namesOf(i.Releases, "no release") }

// Has lists the releases that have the bug without a switch; empty if none has.
func (i BugInfo) Has() string { return namesOf(i.Inherent, "") }

func namesOf(releases []Release, none string) string {
	var names []string
	for _, a := range Algorithms() {
		if slices.Contains(releases, a.Release) {
			names = append(names, a.Name)
		}
	}
	if len(names) == 0 {
		return none
	}
	return strings.Join(names, ", ")
}

// Bugs is a set of bugs.
type Bugs uint64

// Has reports whether a bug is in the set.
func (s Bugs) Has(b Bug) bool { return s>>b&1 == 1 }

// With returns the set with a bug in it.
func (s Bugs) With(b Bug) Bugs { return s | 1<<b }

// List returns the bugs of the set in order.
func (s Bugs) List() []Bug {
	var list []Bug
	for b := Bug(1); b <= BugsMax; b++ {
		if s.Has(b) {
			list = append(list, b)
		}
	}
	return list
}

// String renders the set as B24,B26.
func (s Bugs) String() string {
	var names []string
	for _, b := range s.List() {
		names = append(names, b.String())
	}
	return strings.Join(names, ",")
}

// ParseBugs reads bugs parted by commas, as in B24,B26. An empty text is the empty set. The error says which word is
// no bug that can be switched on.
func ParseBugs(text string) (Bugs, error) {
	var s Bugs
	if text == "" {
		return s, nil
	}
	for word := range strings.SplitSeq(text, ",") {
		b, ok := lookupBug(word)
		if !ok || b.Info().Releases == nil {
			return 0, fmt.Errorf("unknown bug %q (have %s)", word, haveBugs())
		}
		s = s.With(b)
	}
	return s, nil
}

func haveBugs() string {
	names := []string{}
	for _, i := range Catalogue() {
		if i.Releases != nil {
			names = append(names, i.Bug.String())
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
