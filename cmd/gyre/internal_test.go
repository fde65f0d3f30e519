package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"gyre/checker"
	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// TestExitCodes crafts outcomes that no healthy run has.
func TestExitCodes(t *testing.T) {
	with := func(status checker.Status) checker.Report {
		return checker.Report{Verdicts: []checker.Verdict{{Property: "no-spin", Status: status, Text: "as crafted"}}}
	}
	release := model.Algorithms()[0]
	for _, c := range []struct {
		name string
		out  result
		code int
		said string
		json string
	}{
		{"holds", result{Outcome: &scenarios.Outcome{Report: with(checker.Holds)}}, exitHolds, "", "holds"},
		{"not judged", result{Outcome: &scenarios.Outcome{Report: with(checker.NotJudged)}}, exitHolds, "", "holds"},
		{"violated", result{Outcome: &scenarios.Outcome{Report: with(checker.Violated)}}, exitViolated, "", "violated"},
		{"unknown", result{Outcome: &scenarios.Outcome{Report: with(checker.Unknown)}}, exitUnknown, "", "unknown"},
		{"limit", result{Outcome: &scenarios.Outcome{Limit: &sim.Limit{Name: "events", Max: 3}}}, exitUnknown, "", "unknown"},
		{"limit after violation", result{Outcome: &scenarios.Outcome{
			Report: with(checker.Violated), Limit: &sim.Limit{Name: "events", Max: 3}}}, exitViolated, "", "violated"},
		{"fault", result{Outcome: &scenarios.Outcome{
			Report: with(checker.Violated), Fault: &sim.Fault{Text: "two leaders"}, Events: 12, Virtual: sim.Second}}, exitFault,
			"fault in Gyre itself: ziti-1.0.0, seed 7, event 12, at 1s: two leaders\n" +
				"repeat it with: gyre run 'my plan.txt' --algorithm ziti-1.0.0 --seed 7", "fault"},
		{"nondeterminism", result{Outcome: &scenarios.Outcome{Report: with(checker.Holds)}, diverged: "somewhere"}, exitDiverged,
			"nondeterminism: ziti-1.0.0, seed 7: somewhere", "nondeterminism"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var text bytes.Buffer
			c.out.Algorithm, c.out.Seed = release, 7
			c.out.Names = &model.Names{}
			r := &report{plan: &scenarios.Plan{Name: "crafted", Story: []string{"crafted: x"}}, scenario: "my plan.txt",
				flags: &runFlags{}, w: &text, outcomes: []result{c.out}}
			err := r.verdict()
			var code exitError
			if errors.As(err, &code); code.code != c.code || code.err != nil && code.err.Error() != c.said {
				t.Errorf("exit code %d, want %d: %v", code.code, c.code, err)
			}
			r.print()
			if err := r.printJSON(c.out); err != nil || !strings.Contains(text.String(), `"status":"`+c.json+`"`) {
				t.Errorf("%v, status is not %s: %s", err, c.json, &text)
			}
		})
	}
}

// TestAgain plays runs that differ the second time, by a counter that outlives them.
func TestAgain(t *testing.T) {
	names := &model.Names{Nodes: []string{"", "rtr1"}}
	played := 0
	play := func(watch observer) (*scenarios.Outcome, error) {
		played++
		if watch != nil {
			for i := range 3 {
				m := model.Msg{Kind: model.NoteDesired, N: 1}
				if i == 2 {
					m.N = uint16(played)
				}
				watch.Effect(sim.Stamp{Node: 1}, &sim.Effect[model.Msg]{Kind: sim.Note, Msg: m})
			}
		}
		return &scenarios.Outcome{Digest: uint64(played), Events: 3, Names: names}, nil
	}
	first, _ := play(nil)
	serial := make(chan struct{}, 1) // the two players of parting take turns, or the counter would race
	got := again(first, func(watch observer) (*scenarios.Outcome, error) {
		serial <- struct{}{}
		defer func() { <-serial }()
		if watch == nil {
			return play(nil)
		}
		var lines recorder
		out, err := play(&lines)
		for _, e := range lines {
			watch.Effect(sim.Stamp{Node: 1}, &e)
		}
		return out, err
	})
	if !strings.Contains(got, "first diverging line, number 3:\n") || !strings.Contains(got, "~ desired n=3") ||
		!strings.Contains(got, "~ desired n=4") {
		t.Error(got)
	}
	if got := again(first, func(observer) (*scenarios.Outcome, error) { return first, nil }); got != "" {
		t.Errorf("equal runs: %s", got)
	}
}

type recorder []sim.Effect[model.Msg]

func (r *recorder) Input(sim.Stamp, *sim.Input[model.Msg])       {}
func (r *recorder) Effect(_ sim.Stamp, e *sim.Effect[model.Msg]) { *r = append(*r, *e) }
func (r *recorder) Event(sim.Time, sim.Outside)                  {}

func TestNearest(t *testing.T) {
	have := []string{"leader-spin", "leader-crash", "late-policy"}
	for name, want := range map[string]string{
		"leder-spin": "leader-spin", "leader": "leader-spin", "LATE-POLICY": "late-policy", "zebra": "", "": "",
	} {
		if got := nearest(name, have); got != want {
			t.Errorf("nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	for word, want := range map[string]string{
		"leader-spin": "leader-spin", "./a b.txt": "'./a b.txt'", "it's": `'it'\''s'`, "": "''", "x=1s": "x=1s",
	} {
		if got := quote(word); got != want {
			t.Errorf("quote(%q) = %s, want %s", word, got, want)
		}
	}
}

func TestAlign(t *testing.T) {
	got := align([][]string{{"a", "bb", "c"}, {"", "b", ""}, {"ööö", "", "c"}}, nil)
	if want := "a    bb  c\n     b\nööö      c\n"; got != want {
		t.Errorf("have\n%swant\n%s", got, want)
	}
}

// TestLayOut puts sentences beside the other columns where there is room, and below them where there is not.
func TestLayOut(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("word ", 20)) // 99 characters
	rows := [][]string{{"name", "text"}, {"a", long}, {"b", "short"}, {"c", ""}}
	for width, want := range map[int]string{
		60: "name  text\na     " + long[:54] + "\n      " + long[55:] + "\nb     short\nc\n",
		53: "name\na\n    " + long[:49] + "\n    " + long[50:] + "\nb\n    short\nc\n",
	} {
		if got := layOut(rows, width, nil); got != want {
			t.Errorf("%d wide: have\n%swant\n%s", width, got, want)
		}
	}
}
