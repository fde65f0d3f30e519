package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// referenceDoc explains the reference. Its examples are played like those of the README.
const referenceDoc = "../../docs/reference.md"

// TestCures plays the ablation with two samples in each cell. A corner that begins or ceases to spin fails the test.
func TestCures(t *testing.T) {
	if raceEnabled {
		t.Skip("256 runs; the race detector sees nothing new in them")
	}
	stdout, stderr, code := gyreRun(t, "matrix", "cures", "--seeds", "2")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	golden(t, "testdata/cures.golden", stdout)
}

func golden(t *testing.T, file, have string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if have != string(want) {
		t.Errorf("%s (-want +have; -update accepts it):\n%s", file,
			cmp.Diff(strings.Split(string(want), "\n"), strings.Split(have, "\n")))
	}
}

// TestCuresUsage: a number of samples that is none.
func TestCuresUsage(t *testing.T) {
	_, stderr, code := gyreRun(t, "matrix", "cures", "--seeds", "0")
	if code != exitUsage || !strings.Contains(stderr, "write a number from 1") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// TestReferenceDoc plays the examples of the document.
func TestReferenceDoc(t *testing.T) {
	if raceEnabled {
		t.Skip("as TestReadme")
	}
	before, err := os.ReadFile(referenceDoc)
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
		return "<!-- gyre " + args + " -->\n```text\n$ go run ./cmd/gyre " + args + "\n" + stdout + "```"
	})
	if played == 0 {
		t.Error("the document shows no example: has their form changed?")
	}
	switch {
	case after == string(before):
	case *update:
		if err := os.WriteFile(referenceDoc, []byte(after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the document shows something else (-want +have; -update accepts it):\n%s",
			cmp.Diff(strings.Split(string(before), "\n"), strings.Split(after, "\n")))
	}
}
