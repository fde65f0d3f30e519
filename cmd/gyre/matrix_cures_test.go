package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCures plays the ablation with two samples in each cell. A corner that begins or ceases to spin fails the test.
func TestCures(t *testing.T) {
	oneGoroutine(t, "256 runs, as TestRun has some")
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
