package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerify writes a certificate, checks it, and checks what somebody changed.
func TestVerify(t *testing.T) {
	oneGoroutine(t, "it plays one run after the other")
	path := filepath.Join(t.TempDir(), "spin.cert")
	out, errs, code := gyreRun(t, "run", "spin-lasso", "--certificate", path)
	if code != exitHolds || !strings.Contains(out, "certificate of ziti-1.0.0 written to ") {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	out, errs, code = gyreRun(t, "verify", path)
	if code != exitHolds || !strings.HasPrefix(out, "spin-lasso: as certified: ") ||
		!strings.Contains(out, "600 creates and 600 deletes") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		old, new, want string
		code           int
	}{
		{"\nstate ", "\nstate z", "bad number", exitUsage},
		{"delete rtr1 web.0", "delete rtr2 web.0", "not as certified: period 1: action 1 is", exitViolated},
		{"handler-max=4ms", "handler-max=5ms", "not as certified: ", exitViolated},
		{"gyre certificate", "gyre", "no certificate of ours", exitUsage},
	} {
		spoiled := filepath.Join(t.TempDir(), "spoiled.cert")
		if err := os.WriteFile(spoiled, []byte(strings.Replace(string(text), x.old, x.new, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		out, errs, code := gyreRun(t, "verify", spoiled)
		if code != x.code || out != "" || !strings.Contains(errs, x.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q for %q: exit code %d, want %d\n%s%s", x.new, x.old, code, x.code, out, errs)
		}
	}
	for want, args := range map[string][]string{
		"takes one certificate, not 0":          {"verify"},
		"no such file or directory (gyre run -": {"verify", "/nonexistent"},
		"--forks 10001: is over the limit":      {"run", "--forks", "10001"},
	} {
		if _, errs, code := gyreRun(t, args...); code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%v: exit code %d: %s", args, code, errs)
		}
	}
}

// TestNoCertificate asks for one where nothing is endless.
func TestNoCertificate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.cert")
	out, _, _ := gyreRun(t, "run", "quiet-start", "-a", "ziti-2.1.0", "--certificate", path)
	if _, err := os.Stat(path); err == nil || !strings.Contains(out, "no certificate was written") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestExplained has everything about a violation in the JSON, and the diagram only where asked for.
func TestExplained(t *testing.T) {
	oneGoroutine(t, "it plays one run after the other")
	out, _, _ := gyreRun(t, "run", "leader-spin", "-a", "ziti-1.0.0", "--forks", "3", "--json")
	var run runJSON
	if err := json.Unmarshal([]byte(out), &run); err != nil {
		t.Fatal(err)
	}
	v := run.Verdicts[0]
	if v.Property != "no-spin" || v.Dispute == nil || v.Dispute.Class != "stale revert" || !v.Dispute.Closed ||
		len(v.Dispute.Turns) != 4 || !strings.HasPrefix(v.Dispute.Mermaid, "sequenceDiagram") || len(v.Chain) == 0 ||
		v.Forks != 3 || v.Escaped == nil {
		t.Errorf("%+v", v)
	}
	if len(run.Judged) < 10 {
		t.Errorf("judged %v", run.Judged)
	}
	for _, verbose := range []bool{false, true} {
		args := []string{"run", "leader-spin", "-a", "ziti-1.0.0"}
		if verbose {
			args = append(args, "-v")
		}
		out, _, _ := gyreRun(t, args...)
		if !strings.Contains(out, "dispute  ziti-1.0.0, rtr1 web, stale revert: ") ||
			strings.Contains(out, "sequenceDiagram") != verbose {
			t.Errorf("verbose %v\n%s", verbose, out)
		}
	}
}
