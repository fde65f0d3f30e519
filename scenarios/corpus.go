package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gyre/checker"
)

// CorpusVersion is the format of corpus files that this code writes. It reads all up to it.
const CorpusVersion = 1

// Entry is a file of the corpus: a minimised failure. The plan is authoritative; that it violates Property is a
// contract; the digest is a tripwire; the trace is for people.
type Entry struct {
	Name      string // of the file, without folder and extension
	Version   int    // of the format
	Algorithm string // or variant, as in ziti-2.1.0+B24
	Bugs      string // those of the algorithm, parted by commas, for people; empty is none
	Seed      string // as in the plan
	Property  string // violated, or Fault
	Rung      string // none where the witness is the proof; empty for a fault
	Class     string // causal class, empty if unknown
	Digest    uint64
	Found     string // how it was found, one sentence
	Why       string // how the violation comes about
	Plan      *Plan
	Trace     []string // the lines around the violation
}

// Lines of a corpus file that part its sections. The last one shows that the file is complete.
const (
	corpusMagic = "gyre corpus "
	markPlan    = "-- plan --"
	markTrace   = "-- trace --"
	markEnd     = "-- end --"
)

// NewEntry makes an entry of a finding: o has the outcome of a plan that was played without Options.Set, and b is
// one of its buckets. The trace is left empty; the caller has the means to make it.
func NewEntry(o *Outcome, b Bucket, found string) (*Entry, error) {
	if !slices.Contains(Buckets(o), b) {
		return nil, fmt.Errorf("%s: it does not violate %q (%s)", o.Plan.Name, b, violates(Buckets(o)))
	}
	plan := o.Plan.clone()
	plan.Seed, plan.Expect = o.Seed, nil
	e := &Entry{
		Name: plan.Name, Version: CorpusVersion, Algorithm: b.Algorithm, Seed: o.Seed.String(), Property: b.Property,
		Rung: b.Rung, Class: b.Class, Digest: o.Digest, Found: oneLine(found), Why: why(o, b.Property), Plan: plan,
	}
	if a, err := algorithmOf(b.Algorithm); err == nil {
		e.Bugs = a.Bugs.String()
	}
	if e.Found == "" {
		e.Found = "unknown"
	}
	if _, err := ParseEntry(e.Name, e.String()); err != nil {
		return nil, fmt.Errorf("it cannot be written as a corpus file: %w", err)
	}
	return e, nil
}

// why says in the words of the verdict what happened.
func why(o *Outcome, property string) string {
	if o.Fault != nil {
		return oneLine(o.Fault.Text)
	}
	return oneLine(o.Report.Verdict(property).Text)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Bucket returns the bucket the entry was saved for.
func (e *Entry) Bucket() Bucket { return Bucket{e.Property, e.Rung, e.Class, e.Algorithm} }

// Size orders entries of one bucket: the fewer directives and the shorter the text of the plan, the better.
func (e *Entry) Size() (directives, bytes int) { return len(e.Plan.Steps), len(e.Plan.String()) }

// FileName returns what a file with the entry is called: algorithm, property and a word about what it is, the
// n-th of that name from 1 on.
func (e *Entry) FileName(what string, n int) string {
	words := []string{e.Algorithm, e.Property}
	if what = slug(what); what != "" {
		words = append(words, what)
	}
	if n > 1 {
		words = append(words, fmt.Sprint(n))
	}
	return strings.Join(words, "-") + ".trace"
}

// slug makes a word fit for the name of a file.
func slug(text string) string {
	const longest = 48
	plain := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return ' '
	}
	text = strings.Join(strings.Fields(strings.Map(plain, text)), "-")
	return strings.Trim(text[:min(len(text), longest)], "-")
}

// keyWidth aligns the values of the header.
const keyWidth = 11

// String prints the entry in its one canonical form. ParseEntry reads it back to an equal entry.
func (e *Entry) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%d\n", corpusMagic, e.Version)
	for _, h := range e.header() {
		lines := fold(*h.value, textMax-keyWidth)
		if !h.prose {
			lines = []string{*h.value}
		}
		fmt.Fprintf(&b, "%s\n", strings.TrimRight(fmt.Sprintf("%-*s%s", keyWidth, h.key, lines[0]), " "))
		for _, more := range lines[1:] {
			fmt.Fprintf(&b, "%*s%s\n", keyWidth, "", more)
		}
		if h.key == "class" {
			fmt.Fprintf(&b, "%-*s%016x\n", keyWidth, digestKey, e.Digest)
		}
	}
	fmt.Fprintf(&b, "%s\n%s%s\n", markPlan, strings.TrimRight(e.Plan.String(), "\n")+"\n", markTrace)
	for _, line := range e.Trace {
		b.WriteString(strings.TrimRight(line, " \t\r\n") + "\n")
	}
	b.WriteString(markEnd + "\n")
	return b.String()
}

const digestKey = "digest"

// field is one key of the header that is text.
type field struct {
	key   string
	value *string
	need  bool // it may not be empty
	prose bool // it may take several lines
}

// header returns the text fields in the order of the file; the digest comes after class.
func (e *Entry) header() []field {
	return []field{
		{"algorithm", &e.Algorithm, true, false},
		{"bugs", &e.Bugs, false, false},
		{"seed", &e.Seed, true, false},
		{"violates", &e.Property, true, false},
		{"rung", &e.Rung, e.Property != Fault, false},
		{"class", &e.Class, false, false},
		{"found", &e.Found, true, true},
		{"why", &e.Why, false, true},
	}
}

// textMax is how long a line of prose may be.
const textMax = 110

// fold breaks a text into lines of at most so many bytes, at blanks. There is at least one line.
func fold(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

// Replayed is what replaying an entry came to.
type Replayed struct {
	*Outcome
	Violated bool   // the contract is kept
	Now      Bucket // what the property comes to now, if it is violated
	Why      string // in the words of the verdict
}

// Replay plays the plan of an entry again. The error says that it cannot be played.
func (e *Entry) Replay(o Options) (*Replayed, error) {
	if o.Algorithm.Release == 0 {
		a, err := algorithmOf(e.Algorithm)
		if err != nil {
			return nil, err
		}
		o.Algorithm = a
	}
	out, err := Play(e.Plan, o)
	if err != nil {
		return nil, err
	}
	r := &Replayed{Outcome: out}
	for _, b := range Buckets(out) {
		if b.Property == e.Property {
			r.Violated, r.Now = true, b
		}
	}
	switch {
	case out.Fault != nil && e.Property != Fault:
		r.Why = "fault: " + oneLine(out.Fault.Text)
	case out.Limit != nil:
		r.Why = out.Limit.Error()
	default:
		r.Why = why(out, e.Property)
	}
	return r, nil
}

// Drift says how a replay differs from the entry, a line each; nothing if it does not.
func (e *Entry) Drift(r *Replayed) []string {
	var list []string
	add := func(key, was, is string) {
		if was != is {
			list = append(list, fmt.Sprintf("%s was %s, is %s", key, dash(was), dash(is)))
		}
	}
	add("rung", e.Rung, r.Now.Rung)
	add("class", e.Class, r.Now.Class)
	add(digestKey, fmt.Sprintf("%016x", e.Digest), fmt.Sprintf("%016x", r.Digest))
	return list
}

func dash(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// Accept takes over what a replay came to: rung, class, digest and why. It never takes a weaker rung, nor a run
// that keeps the property: losing a known failure is for people to decide.
func (e *Entry) Accept(r *Replayed) error {
	switch {
	case !r.Violated:
		return errors.New("it does not violate its property any more")
	case rungOf(r.Now.Rung) < rungOf(e.Rung):
		return fmt.Errorf("the proof is weaker: %s, it was %s", dash(r.Now.Rung), dash(e.Rung))
	}
	e.Rung, e.Class, e.Digest, e.Why = r.Now.Rung, r.Now.Class, r.Digest, r.Why
	return nil
}

// rungOf returns the rung of a word, None for others.
func rungOf(word string) checker.Rung {
	for r := checker.Score; r <= checker.Witness; r++ {
		if r.String() == word {
			return r
		}
	}
	return checker.None
}
