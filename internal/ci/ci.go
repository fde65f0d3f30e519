// Package ci says what a campaign or a replay came to in the forms that CI systems read: JUnit XML, which all of them
// show, SARIF 2.1.0 for code scanning, and Markdown with Mermaid for the summary of a job. It renders text; where the
// text goes is up to the caller.
//
// A finding is one case in all three, and its identity is its bucket: a name in JUnit, a fingerprint in SARIF. Neither
// has a seed, a time or a path in it, so that a finding that comes back is the same one.
package ci

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gyre/scenarios"
)

// Status is what became of a case.
type Status int

// What becomes of a case, the least trouble first.
const (
	Holds    Status = iota // the property was not violated by any run
	Recorded               // a corpus file says what still happens
	Known                  // violated, and a corpus file has it
	Changed                // a corpus file says something else than what happens
	New                    // violated, and no corpus file had it
	Bad                    // no verdict: a fault in Gyre itself, a file that cannot be read, a bound that was hit
)

// String is the word people are told.
func (s Status) String() string {
	return [...]string{"holds", "as recorded", "known", "changed", "new", "error"}[s]
}

// Failed reports whether the status ought to turn a CI job red.
func (s Status) Failed() bool { return s >= Changed }

// Case is one thing that was judged: a bucket, or a property that nothing violates.
type Case struct {
	Bucket scenarios.Bucket // rung and class are empty where the property holds
	Status Status
	Detail string // what became of it in a few words, if the status does not say all: holds now, not readable
	Runs   uint64 // that came to it; 0 if that says nothing
	Seed   string
	File   string // of the corpus, or empty
	First  int    // line of the file at which the plan begins, from 1; 0 if unknown
	Last   int    // line at which it ends
	Size   int    // directives of the plan
	Drawn  int    // directives before it was shrunk, 0 if unknown

	Text    string   // what happened, in one sentence
	More    []string // lines about it
	Plan    string   // as text
	Trace   []string // around the violation
	Diagram string   // Mermaid, of the dispute or the trace
	Repeat  string   // the command that plays it again
	Wall    time.Duration
}

// Name names a case for ever: property, rung and causal class.
func (c *Case) Name() string {
	b := c.Bucket
	b.Algorithm = ""
	return b.String()
}

// Report is what a command came to.
type Report struct {
	Tool    string      // gyre fuzz
	Version string      // of Gyre
	Command string      // the command line
	Facts   [][2]string // figures, name and value
	Cases   []Case
	Notices []Notice // what befell the command itself
	Start   time.Time
	Wall    time.Duration
	Exit    int // exit code
}

// Notice is something that befell the command itself, such as an interruption.
type Notice struct {
	Error bool // the result is not to be relied on
	Text  string
}

// Rule says what a property is about.
type Rule struct {
	ID   string
	Text string // in one sentence
}

// counts returns how many cases have each status.
func (r *Report) counts() map[Status]int {
	n := map[Status]int{}
	for i := range r.Cases {
		n[r.Cases[i].Status]++
	}
	return n
}

// failed reports whether anything is wrong.
func (r *Report) failed() bool {
	return slices.ContainsFunc(r.Cases, func(c Case) bool { return c.Status.Failed() }) ||
		slices.ContainsFunc(r.Notices, func(n Notice) bool { return n.Error })
}

// sorted returns the cases that pick takes, the most trouble first, otherwise in order.
func (r *Report) sorted(pick func(*Case) bool) []*Case {
	var list []*Case
	for i := range r.Cases {
		if pick(&r.Cases[i]) {
			list = append(list, &r.Cases[i])
		}
	}
	slices.SortStableFunc(list, func(a, b *Case) int { return cmp.Compare(b.Status, a.Status) })
	return list
}

// outcome is the result in one line.
func (r *Report) outcome() string {
	n := r.counts()
	var parts []string
	for _, s := range []Status{New, Changed, Bad, Known, Recorded} {
		if n[s] > 0 {
			parts = append(parts, plural(n[s], s))
		}
	}
	if len(parts) == 0 {
		return "nothing is violated"
	}
	return strings.Join(parts, ", ")
}
