package scenarios

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"gyre/checker"
	"gyre/model"
)

// TraceMax bounds the lines of trace in a corpus file.
const TraceMax = 1000

// StaleError says that the plan of an otherwise good corpus file does not apply any more, as the language or the
// limits have changed since it was written.
type StaleError struct {
	Err     error  // what is wrong with the plan, with file and line
	Entry   *Entry // with the plan up to the line that does not apply; its plan is nil if the head does not
	Applied int    // directives before that line
	Of      int    // directives in all
}

func (e *StaleError) Error() string { return e.Err.Error() }

func (e *StaleError) Unwrap() error { return e.Err }

// ParseEntry reads a corpus file. name is the file's name, for errors, which have its lines. A plan that does not
// apply any more is a *StaleError.
func ParseEntry(name, text string) (*Entry, error) {
	if !strings.Contains(name, ".") {
		name += ".trace"
	}
	r := &entryReader{file: name, entry: &Entry{Name: entryName(name)}}
	switch {
	case strings.TrimSpace(text) == "":
		return nil, fmt.Errorf("%s: it is empty: nothing was written, or it was cut short (delete it, or restore it from "+
			"where it came)", name)
	case len(text) > TextMax:
		return nil, fmt.Errorf("%s: %d bytes are too many (at most %d)", name, len(text), TextMax)
	case strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text):
		return nil, fmt.Errorf("%s: it is no text: a corpus file is UTF-8 (delete it, or restore it from where it came)",
			name)
	}
	r.lines = strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	for _, part := range []func() error{r.magic, r.whole, r.header, r.plan, r.trace, r.check} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return r.entry, nil
}

// entryName strips folders and the extension of a corpus file.
func entryName(name string) string { return strings.TrimSuffix(base(name), ".trace") }

type entryReader struct {
	file  string
	lines []string
	next  int // index of the line to read
	entry *Entry
}

// fail returns an error at a line, counted from 0.
func (r *entryReader) fail(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", r.file, line+1, fmt.Sprintf(format, args...))
}

// magic reads the first line.
func (r *entryReader) magic() error {
	rest, ok := strings.CutPrefix(r.lines[0], corpusMagic)
	version, err := strconv.Atoi(rest)
	switch {
	case !ok || err != nil || version < 1:
		return r.fail(0, "it is no corpus file: the first line of one is %s%d", corpusMagic, CorpusVersion)
	case version > CorpusVersion:
		return r.fail(0, "it has format %d, which is newer than this gyre, which reads up to %d: use a newer gyre",
			version, CorpusVersion)
	}
	r.entry.Version, r.next = version, 1
	return nil
}

// whole checks that the file was written to its end.
func (r *entryReader) whole() error {
	last := len(r.lines) - 1
	if r.lines[last] != markEnd {
		return r.fail(last, "it is cut short: the last line must be %s (delete it, or restore it from where it came)",
			markEnd)
	}
	r.lines = r.lines[:last]
	return nil
}

// header reads the keys, which come in one order.
func (r *entryReader) header() error {
	e := r.entry
	for _, h := range e.header() {
		if err := r.field(h.key, h.value, h.prose); err != nil {
			return err
		}
		if h.key != "class" {
			continue
		}
		digits := ""
		if err := r.field(digestKey, &digits, false); err != nil {
			return err
		}
		digest, err := strconv.ParseUint(digits, 16, 64)
		if err != nil || len(digits) != 16 {
			return r.fail(r.next-1, "digest: bad digest %q: it has 16 hexadecimal digits", digits)
		}
		e.Digest = digest
	}
	for i, h := range e.header() {
		if h.need && *h.value == "" {
			return r.fail(min(i+1, len(r.lines)-1), "%s: it is empty", h.key)
		}
	}
	return nil
}

// field reads one key and, if it is prose, the indented lines that go on with it.
func (r *entryReader) field(key string, value *string, prose bool) error {
	line := ""
	if r.next < len(r.lines) {
		line = r.lines[r.next]
	}
	have, rest, _ := strings.Cut(line, " ")
	if have != key {
		return r.fail(min(r.next, len(r.lines)-1), "the key %s must come here, not %q (the order is: algorithm, bugs, seed, "+
			"violates, rung, class, digest, found, why)", key, have)
	}
	r.next++
	*value = oneLine(rest)
	for prose && r.next < len(r.lines) && strings.HasPrefix(r.lines[r.next], " ") {
		*value = oneLine(*value + " " + r.lines[r.next])
		r.next++
	}
	return nil
}

// plan reads the section of the plan.
func (r *entryReader) plan() error {
	if r.next >= len(r.lines) || r.lines[r.next] != markPlan {
		return r.fail(min(r.next, len(r.lines)-1), "a line %s must come after the header", markPlan)
	}
	r.next++
	end := r.next
	for end < len(r.lines) && r.lines[end] != markTrace {
		end++
	}
	if end == len(r.lines) {
		return r.fail(end-1, "a line %s must come after the plan", markTrace)
	}
	from := r.next
	r.next = end + 1
	plan, err := r.planOf(r.lines[from:end], from)
	if err != nil {
		return r.stale(r.lines[from:end], from, err)
	}
	r.entry.Plan = plan
	return nil
}

// planOf reads a plan whose first line is at an index, so that errors have the lines of the file.
func (r *entryReader) planOf(lines []string, at int) (*Plan, error) {
	plan, err := Parse(r.file, strings.Repeat("\n", at)+strings.Join(lines, "\n")+"\n")
	if err != nil {
		return nil, err
	}
	plan.Name = r.entry.Name
	return plan, nil
}

// stale finds out how much of a plan still applies.
func (r *entryReader) stale(lines []string, at int, err error) error {
	var steps []int // indexes of the timeline
	settle := len(lines)
	for i, line := range lines {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || settle < len(lines):
		case words[0] == "settle" || len(words) > 1 && words[1] == "settle":
			settle = i
		case words[0][0] >= '0' && words[0][0] <= '9':
			steps = append(steps, i)
		}
	}
	stale := &StaleError{Err: err, Entry: r.entry, Of: len(steps)}
	if settle == len(lines) {
		return stale
	}
	for n := range len(steps) + 1 {
		end := settle
		if n < len(steps) {
			end = steps[n]
		}
		plan, err := r.planOf(append(append([]string{}, lines[:end]...), lines[settle:]...), at)
		if err != nil {
			break
		}
		stale.Applied, r.entry.Plan = n, plan
	}
	return stale
}

// trace reads the section of the trace, which is the rest.
func (r *entryReader) trace() error {
	if n := len(r.lines) - r.next; n > TraceMax {
		return r.fail(r.next+TraceMax, "the trace has %d lines, which are too many (at most %d)", n, TraceMax)
	}
	for _, line := range r.lines[r.next:] {
		r.entry.Trace = append(r.entry.Trace, strings.TrimRight(line, " \t\r"))
	}
	return nil
}

// check holds the header against what there is.
func (r *entryReader) check() error {
	e := r.entry
	if _, err := algorithmOf(e.Algorithm); err != nil {
		return r.fail(1, "algorithm: %v", err)
	}
	if seed := e.Plan.Seed.String(); e.Seed != seed {
		return r.fail(3, "seed: it says %s, and its plan %s", e.Seed, seed)
	}
	if err := knownProperty(e.Property); err != nil {
		return r.fail(4, "violates: %v", err)
	}
	if e.Property != Fault && rungOf(e.Rung) == checker.None && e.Rung != checker.None.String() {
		return r.fail(5, "rung: unknown rung %q", e.Rung)
	}
	return nil
}

func algorithmOf(name string) (model.Algorithm, error) {
	a, ok := model.LookupAlgorithm(name)
	if ok {
		return a, nil
	}
	names := []string{}
	for _, a := range model.Algorithms() {
		names = append(names, a.Name)
	}
	return a, fmt.Errorf("unknown algorithm %q (%s)", name, have(names))
}

func knownProperty(name string) error {
	names := []string{Fault}
	for _, p := range checker.Properties() {
		names = append(names, p.Name)
		if p.Name == name {
			return nil
		}
	}
	if name == Fault {
		return nil
	}
	return fmt.Errorf("unknown property %q (%s)", name, have(names))
}

// Stale returns what is stale about an entry that could not be read, if that is the trouble.
func Stale(err error) (*StaleError, bool) { return errors.AsType[*StaleError](err) }
