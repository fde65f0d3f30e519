package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readme is the file whose examples are played.
const readme = "../../README.md"

// example finds the blocks of the README that show a command and what it prints: a comment <!-- gyre ARGS -->, then
// a fenced block whose first line is the command as people type it.
var example = regexp.MustCompile("(?m)^<!-- gyre (.*) -->\n```text\n((?s).*?)```$")

// wallTime is what differs from run to run in the output: the column of wall times.
var wallTime = regexp.MustCompile(`(?m)^((?:ziti-|reference)\S* +(?:\d+[hms]+)+ +)[\d.]+(?:µs|ms|s) *( \d+)`)

// TestReadme plays every example of the README, so that it cannot rot. -update writes down what they print.
func TestReadme(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes it a minute and a half and sees nothing new")
	}
	before, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	after := example.ReplaceAllStringFunc(string(before), func(block string) string {
		played++
		args := example.FindStringSubmatch(block)[1]
		stdout, stderr, code := gyreRun(t, strings.Fields(args)...)
		if code > exitViolated || stderr != "" {
			t.Errorf("gyre %s: exit %d: %s", args, code, stderr)
		}
		masked := wallTime.ReplaceAllString(stdout, "$1...  $2")
		return "<!-- gyre " + args + " -->\n```text\n$ go run ./cmd/gyre " + args + "\n" + masked + "```"
	})
	if played < 3 {
		t.Errorf("the README shows %d examples, want at least 3: has their form changed?", played)
	}
	if after == string(before) {
		return
	}
	if *update {
		if err := os.WriteFile(readme, []byte(after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("the README shows something else (-want +got; -update accepts it):\n%s",
		cmp.Diff(strings.Split(string(before), "\n"), strings.Split(after, "\n")))
}
