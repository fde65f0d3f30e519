// Package certificate writes down that a run never ends, in a form that anyone can check by replaying it: from a
// numbered event on, the canonical state of the whole world comes back after one period with creates and deletes in
// it, and neither chance nor anything from outside had a part. It knows the simulator and the player, and nothing of
// the checker that found the loop.
package certificate

import (
	"fmt"
	"strconv"
	"strings"

	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// Certificate claims a loop.
type Certificate struct {
	Name      string // of the plan
	Algorithm string
	Seed      sim.Seed
	Set       []string // settings besides the plan's
	Event     uint64   // number of the event after which the first period begins
	Events    uint64   // in one period
	At        sim.Time // when it begins
	Period    sim.Duration
	State     uint64   // hash of the canonical state, at the beginning and after every period
	Actions   []string // creates and deletes of one period, each with its distance from the beginning
	Plan      string   // as text
}

// magic is the first line: name and version of the format.
const magic = "gyre certificate 1"

// Limits on what is parsed.
const (
	actionsMax = 1 << 20
	textMax    = 64 << 20
)

// String writes the certificate. Parse reads it back.
func (c *Certificate) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nname %s\nalgorithm %s\nseed %s\n", magic, c.Name, c.Algorithm, c.Seed)
	for _, s := range c.Set {
		fmt.Fprintf(&b, "set %s\n", s)
	}
	fmt.Fprintf(&b, "event %d\nevents %d\nat %dus\nperiod %dus\nstate %016x\nactions %d\n",
		c.Event, c.Events, int64(c.At), int64(c.Period), c.State, len(c.Actions))
	for _, a := range c.Actions {
		b.WriteString(a + "\n")
	}
	b.WriteString("plan\n" + c.Plan)
	return b.String()
}

// Parse reads a certificate. Errors say in which line what is wrong.
func Parse(text string) (*Certificate, error) {
	if len(text) > textMax {
		return nil, fmt.Errorf("the certificate is over the limit of %d MiB", textMax>>20)
	}
	r := reader{rest: text, seen: map[string]bool{}}
	if first := r.line(); first != magic {
		return nil, fmt.Errorf("line 1: %q is no certificate of ours (want %q)", clip(first), magic)
	}
	c := &Certificate{}
	for r.err == nil {
		if r.rest == "" {
			r.fail("the certificate ends before its plan")
			break
		}
		word, value, _ := strings.Cut(r.line(), " ")
		if word == "plan" {
			c.Plan = r.rest
			break
		}
		c.field(&r, word, value)
	}
	for _, word := range []string{"name", "algorithm", "seed", "event", "events", "at", "period", "state", "actions"} {
		if r.err == nil && !r.seen[word] {
			r.fail("there is no line %q", word)
		}
	}
	if r.err == nil && c.Plan == "" {
		r.fail("the plan is empty")
	}
	if r.err != nil {
		return nil, r.err
	}
	return c, nil
}

// field takes one line of the head.
func (c *Certificate) field(r *reader, word, value string) {
	if r.seen[word] && word != "set" {
		r.fail("%s is given twice", word)
		return
	}
	r.seen[word] = true
	switch word {
	case "name":
		c.Name = value
	case "algorithm":
		c.Algorithm = value
	case "seed":
		seed, err := sim.ParseSeed(value)
		if err != nil {
			r.fail("%v", err)
		}
		c.Seed = seed
	case "set":
		c.Set = append(c.Set, value)
	case "event":
		c.Event = r.number(value, 10)
	case "events":
		c.Events = r.number(value, 10)
	case "at":
		c.At = sim.Time(r.number(strings.TrimSuffix(value, "us"), 10))
	case "period":
		c.Period = sim.Duration(r.number(strings.TrimSuffix(value, "us"), 10))
	case "state":
		c.State = r.number(value, 16)
	case "actions":
		n := r.number(value, 10)
		if n > actionsMax {
			r.fail("%d actions are over the limit of %d", n, actionsMax)
			return
		}
		for range n {
			if r.rest == "" {
				r.fail("the certificate ends before its actions")
				return
			}
			c.Actions = append(c.Actions, r.line())
		}
	default:
		r.fail("unknown word %q", clip(word))
	}
}

// reader goes through a text line by line.
type reader struct {
	rest string
	at   int
	err  error
	seen map[string]bool
}

func (r *reader) line() string {
	line, rest, _ := strings.Cut(r.rest, "\n")
	r.rest = rest
	r.at++
	return line
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("line %d: %s", r.at, fmt.Sprintf(format, args...))
	}
}

func (r *reader) number(s string, base int) uint64 {
	n, err := strconv.ParseUint(s, base, 63)
	if base == 16 {
		n, err = strconv.ParseUint(s, base, 64)
	}
	if err != nil {
		r.fail("bad number %q", clip(s))
	}
	return n
}

func clip(s string) string { return s[:min(len(s), 40)] }

// plan returns what to play.
func (c *Certificate) plan() (*scenarios.Plan, scenarios.Options, error) {
	plan, err := scenarios.Parse(c.Name, c.Plan)
	if err != nil {
		return nil, scenarios.Options{}, fmt.Errorf("the plan in the certificate: %w", err)
	}
	a, ok := model.LookupAlgorithm(c.Algorithm)
	if !ok {
		return nil, scenarios.Options{}, fmt.Errorf("the certificate is about the unknown algorithm %q", clip(c.Algorithm))
	}
	return plan, scenarios.Options{Algorithm: a, Seed: &c.Seed, Set: c.Set, NoChecks: true, NoDigest: true}, nil
}
