package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bug is a bug of the catalogue by its number: 24 is B24.
type Bug uint8

// BugsMax bounds the numbers of bugs.
const BugsMax = 63

// String renders a bug as B24.
func (b Bug) String() string { return fmt.Sprintf("B%02d", uint8(b)) }

// Info returns what is known of a bug; the zero value if the model has no such switch.
func (b Bug) Info() BugInfo {
	for _, i := range Catalogue() {
		if i.Bug == b {
			return i
		}
	}
	return BugInfo{Bug: b}
}

// BugInfo describes a bug that can be switched on. A switch changes only what it says.
type BugInfo struct {
	Bug      Bug
	Issue    string // ziti#3609, or none
	Source   string // commits and files of OpenZiti that brought and cured it
	Belief   string // one line: what the code took for granted
	Releases []Release
	Scenario string // the built-in scenario that shows it
	Property string // that flags it there
	Rung     string // of the proof; none where the witness is the proof
}

// In reports whether the bug can be switched on in a release.
func (i BugInfo) In(r Release) bool { return slices.Contains(i.Releases, r) }

// Names lists the releases the bug can be switched on in.
func (i BugInfo) Names() string {
	var names []string
	for _, a := range Algorithms() {
		if i.In(a.Release) {
			names = append(names, a.Name)
		}
	}
	if len(names) == 0 {
		return "no release"
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
		digits, ok := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(word)), "B")
		n, err := strconv.ParseUint(digits, 10, 8)
		if !ok || err != nil || n == 0 || n > BugsMax || Bug(n).Info().Releases == nil {
			return 0, fmt.Errorf("unknown bug %q (have %s)", word, haveBugs())
		}
		s = s.With(Bug(n))
	}
	return s, nil
}

func haveBugs() string {
	names := []string{}
	for _, i := range Catalogue() {
		names = append(names, i.Bug.String())
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
