package scenarios

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"gyre/checker"
	"gyre/model"
	"gyre/sim"
)

// Parse reads a plan. name is the file's name, as errors tell it; the plan is called after it. The error joins what
// is wrong, a line each, as in `leader-spin.txt:14: slow: unknown node "rtr9" (have ctl1, ctl2, rtr1)`.
func Parse(name, text string) (*Plan, error) {
	text = strings.TrimPrefix(text, "\ufeff") // a byte order mark, which some editors write
	p := &parser{file: name, plan: &Plan{Name: base(name)}, seen: map[string]int{}}
	switch {
	case strings.TrimSpace(text) == "":
		return nil, fmt.Errorf("%s: it is empty: a plan starts with its story, in lines of #", name)
	case len(text) > TextMax:
		return nil, fmt.Errorf("%s: %d bytes are too many (at most %d)", name, len(text), TextMax)
	}
	if line, why := illegible(text); why != "" {
		return nil, fmt.Errorf("%s:%d: it is no text: %s", name, line, why)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > LinesMax {
		return nil, fmt.Errorf("%s: %d lines are too many (at most %d)", name, len(lines), LinesMax)
	}
	for i, line := range lines {
		p.line = i + 1
		p.read(strings.TrimSpace(line))
		if p.hopeless || len(p.errs) >= errorsMax {
			break
		}
	}
	p.finish()
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return p.plan, nil
}

// illegible returns the line of the first thing that is no text, and what it is. Control characters could make a
// terminal show another plan than the one that is played.
func illegible(text string) (int, string) {
	line := 1
	for i, r := range text {
		switch {
		case r == '\n':
			line++
		case r == '\t' || r == '\r' && strings.HasPrefix(text[i:], "\r\n"):
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			return line, "a plan is UTF-8"
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return line, fmt.Sprintf("it has the control character %U (take it out)", r)
		}
	}
	return 0, ""
}

// base strips folders and the extension of a file name.
func base(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	return strings.TrimSuffix(name, ".txt")
}

type section uint8

const (
	inNothing section = iota // nothing but empty lines so far
	inStory
	inHead
	inTimeline
	afterSettle
	inFence // after expect, before ----
	inLines // after ----
)

type parser struct {
	file     string
	line     int
	plan     *Plan
	section  section
	cluster  bool
	settled  bool
	seen     map[string]int // what may come once, and the line it came on
	services int            // declared so far
	writes   int            // asked of the operator so far
	errs     []error
	hopeless bool // what follows could only be misread
}

// fail records an error at the present line.
func (p *parser) fail(verb, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s:%d: %s: %s", p.file, p.line, verb, fmt.Sprintf(format, args...)))
}

// once records an error if key has come before.
func (p *parser) once(verb, key, what string) {
	if first := p.seen[key]; first > 0 {
		p.fail(verb, "%s is on line %d already", what, first)
		return
	}
	p.seen[key] = p.line
}

// read takes one line, trimmed.
func (p *parser) read(line string) {
	switch {
	case p.section == inFence:
		p.fence(line)
	case p.section == inLines && line != "" && line[0] != '#':
		p.expectation(line)
	case line == "":
		p.blank()
	case line[0] == '#':
		p.comment(line)
	default:
		if p.section < inHead {
			if len(p.plan.Story) == 0 {
				p.fail("story", "a plan starts with its story, a paragraph of lines of #")
			}
			p.section = inHead
		}
		p.directive(strings.Fields(line))
	}
}

func (p *parser) blank() {
	switch p.section {
	case inStory:
		p.section = inHead
	case inLines:
		p.section = afterSettle
	}
}

func (p *parser) comment(line string) {
	if p.section > inStory {
		return
	}
	p.section = inStory
	text := strings.TrimPrefix(line[1:], " ")
	if len(p.plan.Story) > 0 || text != "" {
		p.plan.Story = append(p.plan.Story, text)
	}
}

// directive takes a line that is neither empty nor a comment.
func (p *parser) directive(words []string) {
	timed := words[0][0] >= '0' && words[0][0] <= '9'
	var at sim.Time
	if timed {
		d, err := sim.ParseDuration(words[0])
		if err != nil {
			p.fail("time", "%v", err)
			return
		}
		if at, words = sim.Time(d), words[1:]; len(words) == 0 {
			p.fail("time", "a directive is missing after %s", d)
			return
		}
	}
	verb, args := words[0], words[1:]
	s, head := p.find(verb, timed)
	switch {
	case s == nil:
	case !p.cluster && verb != "cluster":
		p.fail(verb, "the head starts with the cluster (write cluster controllers=3 routers=2)")
		p.hopeless = true
	case verb == "settle":
		p.settle(at, args)
	case verb == "expect":
		p.expect(timed, args)
	case p.settled:
		p.fail(verb, "nothing but expect comes after settle")
	case head && timed:
		p.fail(verb, "it belongs to the head and takes no time (write %s)", s.Usage)
	case head && p.section == inTimeline:
		p.fail(verb, "it belongs to the head, above the first line with a time")
	case head:
		p.headLine(verb, args)
	case !timed:
		p.fail(verb, "it needs a time in front (write %s)", s.Usage)
	default:
		p.section = inTimeline
		p.step(at, s, args)
	}
}

// find returns the grammar of a verb and whether it belongs to the head. connect is a verb of both kinds.
func (p *parser) find(verb string, timed bool) (*spec, bool) {
	for i := range specs {
		if word, _, _ := strings.Cut(specs[i].Verb, " "); word == verb {
			if specs[i].Head && verb == "connect" && (timed || p.section == inTimeline) {
				continue
			}
			return &specs[i], specs[i].Head
		}
	}
	have := make([]string, len(specs))
	for i := range specs {
		have[i] = specs[i].Verb
	}
	p.fail(verb, "unknown directive (have %s)", strings.Join(have, ", "))
	return nil, false
}

// finish checks what a whole plan needs.
func (p *parser) finish() {
	if len(p.errs) > 0 {
		return
	}
	switch {
	case len(p.plan.Story) == 0:
		p.fail("story", "a plan starts with its story, a paragraph of lines of #")
	case !p.cluster:
		p.fail("cluster", "it is missing (write cluster controllers=3 routers=2)")
	case !p.settled:
		p.fail("settle", "it is missing: a plan ends with it (write settle 10m)")
	case p.section == inFence:
		p.fail("expect", "a line %s is missing", fence)
	}
}

// settle takes the line that ends the timeline.
func (p *parser) settle(at sim.Time, args []string) {
	p.once("settle", "settle", "settle")
	p.settled, p.section = true, afterSettle
	if len(args) != 1 {
		p.fail("settle", "it takes one span (write settle 10m)")
		return
	}
	d, err := sim.ParseDuration(args[0])
	switch {
	case err != nil:
		p.fail("settle", "%v", err)
	case d == 0:
		p.fail("settle", "it must be longer than 0s")
	case d > settleMax:
		p.fail("settle", "%s is too long (at most %s)", d, settleMax)
	}
	p.after("settle", at)
	p.plan.Settle, p.plan.SettleAt = d, at
}

// after records an error if a time lies before the line above.
func (p *parser) after(verb string, at sim.Time) {
	if n := len(p.plan.Steps); n > 0 && at < p.plan.Steps[n-1].At && (at > 0 || verb != "settle") {
		p.fail(verb, "%s lies before the line above (%s)", at, p.plan.Steps[n-1].At)
	}
	if at > sim.Time(settleMax) {
		p.fail(verb, "%s is too late (at most %s)", at, settleMax)
	}
}

// expect starts a block of expectations.
func (p *parser) expect(timed bool, args []string) {
	switch {
	case timed || len(args) != 1:
		p.fail("expect", "it takes a property and no time (write expect no-spin)")
	case !p.settled:
		p.fail("expect", "it comes after settle")
	default:
		p.once("expect", "expect "+args[0], args[0])
		p.knownProperty(args[0])
		p.plan.Expect = append(p.plan.Expect, Expectation{Property: args[0], Line: p.line})
		p.section = inFence
	}
}

func (p *parser) fence(line string) {
	p.section = inLines
	if line != fence {
		p.fail("expect", "the next line must be %s", fence)
	}
}

// expectation takes one line of a block: an algorithm and what it comes to.
func (p *parser) expectation(line string) {
	if line == fence {
		return // told already: it is not on the line after expect
	}
	algorithm, text, _ := strings.Cut(line, " ")
	e := &p.plan.Expect[len(p.plan.Expect)-1]
	for _, l := range e.Lines {
		if l.Algorithm == algorithm {
			p.fail("expect", "%s is on line %d already", algorithm, l.Line)
			return
		}
	}
	if _, ok := model.LookupAlgorithm(algorithm); !ok {
		names := []string{}
		for _, a := range model.Algorithms() {
			names = append(names, a.Name)
		}
		p.fail("expect", "unknown algorithm %q (%s)", algorithm, have(names))
		return
	}
	text = strings.TrimSpace(text)
	if text == "" {
		p.fail("expect", "%s: what it comes to is missing", algorithm)
		return
	}
	e.Lines = append(e.Lines, Line{Algorithm: algorithm, Text: text, Line: p.line})
}

func (p *parser) knownProperty(name string) {
	names := []string{}
	for _, known := range checker.Properties() {
		if names = append(names, known.Name); known.Name == name {
			return
		}
	}
	p.fail("expect", "unknown property %q (%s)", name, have(names))
}
