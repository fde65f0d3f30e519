package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gyre/model"
	"gyre/scenarios"
)

// example finds the blocks of a document that show a command and what it prints: a comment <!-- gyre ARGS -->, then
// a fenced block whose first line is the command as people type it.
var example = regexp.MustCompile("(?m)^<!-- gyre (.*) -->\n```text\n((?s).*?)```$")

// wallTime is what differs from run to run in the output: the column of wall times.
var wallTime = regexp.MustCompile(`(?m)^((?:ziti-|reference|ideal)\S* +(?:\d+[hms]+)+ +)[\d.]+(?:µs|ms|s) *( \d+)`)

// wallHead is the head of that column, which is as wide as the widest time.
var wallHead = regexp.MustCompile(`(?m)^( +virtual +wall) +`)

// TestDocuments plays every example of the README and of docs, so that they cannot rot. -update writes down what they
// print.
func TestDocuments(t *testing.T) {
	oneGoroutine(t, "TestRun, TestFuzz and others run the same commands")
	t.Chdir("../..") // where people are who type the commands
	files := []string{"README.md"}
	err := filepath.WalkDir("docs", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, file := range files {
		played += playExamples(t, file)
	}
	if played < 9 {
		t.Errorf("the documents show %d examples, want at least 9: has their form changed?", played)
	}
}

// playExamples plays the examples of one document and returns how many there are.
func playExamples(t *testing.T, file string) (played int) {
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	after := example.ReplaceAllStringFunc(string(before), func(block string) string {
		played++
		args := example.FindStringSubmatch(block)[1]
		stdout, stderr, code := gyreRun(t, strings.Fields(args)...)
		if code > exitViolated || stderr != "" {
			t.Errorf("%s: gyre %s: exit %d: %s", file, args, code, stderr)
		}
		masked := wallHead.ReplaceAllString(wallTime.ReplaceAllString(stdout, "$1...  $2"), "$1  ")
		return "<!-- gyre " + args + " -->\n```text\n$ go run ./cmd/gyre " + args + "\n" + masked + "```"
	})
	switch {
	case after == string(before):
	case *update:
		if err := os.WriteFile(file, []byte(after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s shows something else (-want +got; -update accepts it):\n%s",
			file, cmp.Diff(strings.Split(string(before), "\n"), strings.Split(after, "\n")))
	}
	return played
}

// TestScripts plays the scripts of docs in the algorithms they are about: of each suspect, and of upstream's own tests.
func TestScripts(t *testing.T) {
	oneGoroutine(t, "it plays one script after the other")
	files, err := filepath.Glob("../../docs/*/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	for _, file := range files {
		plan, err := load(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if testing.Short() && (plan.Routers > 100 || len(plan.SDKs) > 0) {
			continue
		}
		names := about(plan, "ziti-2.1.0")
		for name := range strings.SplitSeq(names, ",") {
			a, ok := model.LookupAlgorithm(name)
			if !ok {
				t.Fatal(name)
			}
			out, err := scenarios.Play(plan, scenarios.Options{Algorithm: a, Reconfirm: true})
			if err != nil {
				t.Fatal(err)
			}
			if len(out.Idle) > 0 || len(out.Skipped) > 0 {
				t.Errorf("%s, %s: idle %q, skipped %q", file, name, out.Idle, out.Skipped)
			}
			for _, m := range scenarios.Mismatches(out) {
				t.Error(m)
			}
		}
	}
}

// TestScenes plays the scenes of the suspects that were not reproduced: all is carried out, and nothing is violated. What
// the documents say of variations starts there.
func TestScenes(t *testing.T) {
	oneGoroutine(t, "it plays one scene after the other")
	files, err := filepath.Glob("../../docs/suspects/scenes/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d scenes, %v", len(files), err)
	}
	today, _ := model.LookupAlgorithm("ziti-2.1.0")
	for _, file := range files {
		plan, err := load(file)
		if err != nil {
			t.Error(err)
			continue
		}
		out, err := scenarios.Play(plan, scenarios.Options{Algorithm: today})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Idle) > 0 || len(out.Skipped) > 0 || len(scenarios.Buckets(out)) > 0 {
			t.Errorf("%s: idle %q, skipped %q, violated %v", file, out.Idle, out.Skipped, scenarios.Buckets(out))
		}
	}
}
