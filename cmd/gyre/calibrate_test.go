package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCalibrate compares the table of agreement with recorded timelines with its golden file.
func TestCalibrate(t *testing.T) {
	oneGoroutine(t, "it plays one timeline after the other")
	const path = "testdata/calibrate.golden"
	stdout, stderr, code := gyreRun(t, "calibrate")
	if code != exitHolds || stderr != "" {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if *update {
		if err := os.WriteFile(path, []byte(stdout), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != stdout {
		t.Errorf("the table of agreement differs (-update accepts it); have:\n%s", stdout)
	}
}

// TestCalibrateFile plays files of timelines that are good, that differ and that are bad.
func TestCalibrateFile(t *testing.T) {
	oneGoroutine(t, "it plays one timeline after the other")
	write := func(events string) string {
		path := filepath.Join(t.TempDir(), "t.json")
		text := `{"scripts": [{"suite": "tunnel-HEAD", "name": "mine", "title": "t", "determinism": "exact", "events": [` +
			"\n" + `{"ms": 0, "event": "action", "detail": "control channel to c1 established"},` + "\n" + events + "]}]}"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const hosted = `{"ms": 7000, "event": "action", "detail": "host svcA"},
{"ms": 7000, "event": "state", "detail": "T1 new->establishing (host called)"},
`
	for _, c := range []struct {
		what, events, stdout, stderr string
		code                         int
	}{
		{"agrees", hosted + `{"ms": 9000, "event": "create-sent", "detail": "T1 #1 to c1"}`,
			"1 of 1 timelines agree, 1 of them to the millisecond", "", exitHolds},
		{"differs", hosted + `{"ms": 9001, "event": "create-sent", "detail": "T1 #1 to c1"}`,
			"differs: 1 create-sent, first at 9001 ms (line 5)", "", exitViolated},
		{"unknown", hosted + `{"ms": 9000, "event": "create-sent", "detail": "T1 #1 to c1"},
{"ms": 9500, "event": "omen", "detail": "a raven"}`,
			`not judged: 1 omen: unknown event kind "omen"`, "", exitHolds},
		{"bad", hosted + `{"ms": 9000}`, "", `t.json:5: event of mine has no "event"`, exitUsage},
	} {
		stdout, stderr, code := gyreRun(t, "calibrate", write(c.events))
		if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%s: exit %d, want %d\n%s%s", c.what, code, c.code, stdout, stderr)
		}
	}
	_, stderr, code := gyreRun(t, "calibrate", "no/such/file.json")
	if code != exitUsage || !strings.Contains(stderr, "none for those that come with Gyre") {
		t.Errorf("no such file: exit %d: %s", code, stderr)
	}
	stdout, _, code := gyreRun(t, "calibrate", "--json",
		write(hosted+`{"ms": 9000, "event": "create-sent", "detail": "T1 #1 to c1"}`))
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var sum struct {
		Schema        string
		Agreed, Exact int
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &sum); err != nil || code != exitHolds || len(lines) != 2 ||
		sum.Schema != "gyre.calibrate.sum/1" || sum.Exact != 1 {
		t.Errorf("json: exit %d, %v:\n%s", code, err, stdout)
	}
}
