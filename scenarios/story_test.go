package scenarios

import (
	"regexp"
	"strings"
	"testing"

	"gyre/internal/tracetext"
	"gyre/model"
	"gyre/sim"
)

// traced plays a plan and returns its trace as people read it as well.
func traced(t *testing.T, p *Plan, algorithm string, all bool) (*Outcome, string) {
	t.Helper()
	var b strings.Builder
	text := tracetext.New(&b, tracetext.Options{Names: p.Names(), All: all})
	o := mustPlay(t, p, algorithm, Options{Observers: []sim.Observer[model.Msg]{text}})
	if err := text.Flush(); err != nil || o.Fault != nil {
		t.Fatal(err, o.Fault)
	}
	return o, b.String()
}

// What the stories say happens: how often a line of the trace matches, at least and at most.
func TestStories(t *testing.T) {
	const old, middle, new = "ziti-1.0.0", "ziti-1.1.8", "ziti-2.1.0"
	const many = 1 << 30
	texts := map[string]string{}
	for _, c := range []struct {
		scenario, algorithm, line string
		low, high                 int
	}{
		// The refusals: of web on two routers, of db, of web on rtr1 once more, each with its repetitions.
		{"late-policy", old, `why .* db .*access-denied`, 5, 20},
		{"late-policy", middle, `why .* db .*access-denied`, 5, 20},
		{"late-policy", new, `why .* db .*access-denied`, 5, 20},
		{"late-policy", old, `why .* web .*access-denied`, 2, 20},
		{"late-policy", middle, `why .* web .*access-denied`, 2, 20},
		{"late-policy", new, `why .* web .*access-denied`, 2, 20},
		{"late-policy", old, `rtr2  ~ gave-up .* db`, 1, 1},
		{"late-policy", middle, `rtr2  ~ gave-up .* db`, 1, 1},
		{"late-policy", new, `gave-up`, 0, 0},
		{"late-policy", new, `2\dm.* ctl1  ~ applied ok .* create .* db`, 1, 1},
		// Busy is said after the services were taken away, and only to ziti-2.1.0.
		{"mass-close", new, ` 5m.* < remove-reply .* busy`, 100, many},
		{"mass-close", old, `remove-reply .* busy`, 0, 0},
		{"mass-close", old, ` 5m.* why .* rate-limited`, 30, many},
		{"mass-close", middle, ` 5m.* why .* rate-limited`, 30, many},
		// One id, again and again; the others ask once or twice.
		{"upgrade-read-only", new, `rtr1  > remove-request rtr1#1 `, 9_000, 11_000},
		{"upgrade-read-only", middle, `rtr1  > remove-request rtr1#1 `, 2, 2},
		{"upgrade-read-only", old, `rtr1  > remove-request rtr1#1 `, 1, 1},
	} {
		key := c.scenario + " " + c.algorithm
		if texts[key] == "" {
			f, ok := Load(c.scenario)
			if !ok {
				t.Fatal(c.scenario)
			}
			_, texts[key] = traced(t, mustParse(t, f.Text), c.algorithm, false)
		}
		got := len(regexp.MustCompile(`(?m)^.*`+c.line+`.*$`).FindAllString(texts[key], -1))
		if got < c.low || got > c.high {
			t.Errorf("%s, %s: %d lines match %q, want %d to %d", c.scenario, c.algorithm, got, c.line, c.low, c.high)
		}
	}
}

// The creates and deletes of the scenarios that count them.
func TestStoriesCount(t *testing.T) {
	for _, c := range []struct {
		scenario         string
		algorithm        string
		creates, deletes uint64
	}{
		{"quiet-start", "ziti-1.0.0", 30, 0}, {"quiet-start", "ziti-1.1.8", 30, 0}, {"quiet-start", "ziti-2.1.0", 30, 0},
		{"edits", "ziti-1.0.0", 33, 3}, {"edits", "ziti-1.1.8", 43, 13}, {"edits", "ziti-2.1.0", 43, 13},
	} {
		f, _ := Load(c.scenario)
		o := mustPlay(t, mustParse(t, f.Text), c.algorithm, Options{})
		if o.Report.Creates != c.creates || o.Report.Deletes != c.deletes {
			t.Errorf("%s, %s: creates and deletes %d and %d, want %d and %d", c.scenario, o.Algorithm.Name,
				o.Report.Creates, o.Report.Deletes, c.creates, c.deletes)
		}
	}
}

// In toggle-every-second removes overtake creates: ziti-1.1.8 has answers that a terminator is not there before it is
// made, and it is never removed; before the toggle is fast, and in the other releases, that does not happen.
func TestOvertaking(t *testing.T) {
	f, _ := Load("toggle-every-second")
	gone := regexp.MustCompile(`> remove-reply (rtr1#\d+) not-found`)
	made := regexp.MustCompile(`^ *(\S+)  ctl1  ~ applied ok .* create (rtr1#\d+) `)
	for _, a := range model.Algorithms() {
		_, text := traced(t, mustParse(t, f.Text), a.Name, false)
		answered, overtaken := map[string]bool{}, 0
		for line := range strings.Lines(text) {
			if m := gone.FindStringSubmatch(line); m != nil {
				answered[m[1]] = true
			}
			if m := made.FindStringSubmatch(line); m != nil && answered[m[2]] {
				if overtaken++; !strings.HasPrefix(m[1], "2m") {
					t.Errorf("%s: too early: %s", a.Name, line)
				}
			}
		}
		if want := a.Name == "ziti-1.1.8"; want != (overtaken > 10) || !want && overtaken > 0 {
			t.Errorf("%s: %d creates were overtaken", a.Name, overtaken)
		}
	}
}
