package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestFuzzBadInput has every way to hold gyre fuzz wrong.
func TestFuzzBadInput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	half, blank := filepath.Join(dir, "half"), filepath.Join(dir, "blank")
	for _, d := range []string{half, blank} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(half, "a.trace"), []byte("gyre corpus 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"--seeds 1", `--seeds "1": write the first and the last, as in 1..1000`},
		{"--seeds 9..1", `--seeds "9..1": the last lies before the first (write 1..9)`},
		{"--seeds 1..x", `--seeds "1..x": bad seed "x"`},
		{"--seed -1", `--seed: bad seed "-1"`},
		{"--seed 1 --seeds 1..2", "--seed and --seeds: give one of them"},
		{"--for -1s", "--for -1s: write a time longer than nothing, as in 10m"},
		{"--for 0s", "--for 0s: write a time longer than nothing, as in 10m"},
		{"--workers 0", "--workers 0: write a number from 1"},
		{"--shard 3", `--shard "3": write i/n with i from 1 to n, as in 2/8`},
		{"--shard 0/2", `--shard "0/2": write i/n`},
		{"--shard 3/2", `--shard "3/2": write i/n`},
		{"--strategy unifrom", `unknown --strategy "unifrom" (did you mean uniform? have: portfolio, uniform, coverage, priority, stories, sweep)`},
		{"--algorithm zitti", `unknown algorithm "zitti"`},
		{"--holds zitti-1.1.8", `--holds: unknown algorithm "zitti-1.1.8" (did you mean ziti-1.1.8?`},
		{"--holds ziti-1.1.8", "--holds ziti-1.1.8: it cannot hold what it violates (play others, with --algorithm)"},
		{"--scenario nothing", `unknown scenario "nothing"`},
		{"--leave-out craash", `--leave-out: unknown directive "craash" (did you mean crash?`},
		{"--fault-free --scenario leader-crash", "--fault-free is about generated plans: leave out --scenario"},
		{"--corpus= --seeds 1..2", "--corpus is empty: name a folder"},
		{"--seeds 1..2 --corpus " + file, "is not a folder (name one)"},
		{"--seeds 1..2 --corpus " + dir + "/a/b", "/a/b: there is no folder " + dir + "/a to make it in (make that first, or name another place)"},
		{"--seeds 1..2 --corpus " + half, "a.trace"},
		{"--seeds 1..2 --resume --corpus " + blank, "there is no campaign to go on with (leave out --resume)"},
		{"--seeds 1..2 --resume --corpus " + dir + "/no", "no such file or directory"},
		{"more", "gyre fuzz takes no argument"},
	} {
		stdout, stderr, code := gyreRun(t, append([]string{"fuzz"}, strings.Fields(c.args)...)...)
		lines := strings.Split(strings.TrimSpace(stderr), "\n")
		if code != exitUsage || len(lines) != 1 || !strings.HasPrefix(stderr, "gyre: ") || !strings.Contains(stderr, c.want) {
			t.Errorf("gyre fuzz %s: exit code %d, said\n%s%s\nwant %s", c.args, code, stdout, stderr, c.want)
		}
	}
}

// spinScenario writes a scenario that spins soon and ends soon.
func spinScenario(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "spin.txt")
	if err := os.WriteFile(path, []byte(entries(t)[spinFile].Plan.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFuzz runs a campaign that finds the spin, one that knows it, and one for machines.
func TestFuzz(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "corpus")
	args := []string{"fuzz", "--scenario", spinScenario(t), "-a", "ziti-1.0.0", "--seeds", "1..6", "--corpus", dir, "--no-shrink"}
	stdout, stderr, code := gyreRun(t, args...)
	if code != exitViolated || !regexp.MustCompile(`(?m)^new +\d+ +ziti-1.0.0 +no-spin +closure`).MatchString(stdout) {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	stdout, stderr, code = gyreRun(t, args...)
	if code != exitHolds || !regexp.MustCompile(`(?m)^known +\d+ +ziti-1.0.0 +no-spin +closure`).MatchString(stdout) {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	stdout, stderr, code = gyreRun(t, append(args, "--json")...)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var j fuzzJSON
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &j); err != nil || code != exitHolds || j.Seeds != 6 || len(j.Known) == 0 {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, stdout, stderr)
	}
}

// TestFuzzHolds: what another release violates in the same plan is counted, not told.
func TestFuzzHolds(t *testing.T) {
	stdout, stderr, code := gyreRun(t, "fuzz", "-a", "ziti-1.0.0", "--holds", "ziti-1.1.8", "--seeds", "1..4", "--no-shrink",
		"--strategy", "uniform", "--corpus", t.TempDir())
	shared := regexp.MustCompile(`(?m)^shared   [1-9]\d* violations that cannot be told from those of ziti-1.1.8$`)
	if code != exitViolated || !shared.MatchString(stdout) || !strings.Contains(stdout, "ziti-1.0.0  session-reads") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

// TestFuzzInterrupt ends a campaign and goes on with it.
func TestFuzzInterrupt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "corpus")
	args := []string{"fuzz", "-a", "ziti-2.1.0", "--for", "10m", "--corpus", dir, "--no-shrink", "-j", "1"}
	cmd := exec.Command(binary, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	journal := filepath.Join(dir, "campaign.journal")
	for range 600 { // until some seeds are done
		time.Sleep(100 * time.Millisecond)
		if text, _ := os.ReadFile(journal); bytes.Count(text, []byte("\n")) > 3 {
			break
		}
	}
	if _, second, code := gyreRun(t, args...); code != exitUsage || !strings.Contains(second, "another campaign writes it") {
		t.Errorf("a second campaign in one folder: exit code %d, %s", code, second)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupts || !strings.Contains(stdout.String(), "--resume") {
		t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	out, errs, code := gyreRun(t, append(args[:4:4], "1ms", "--corpus", dir, "--no-shrink", "--resume")...)
	if !strings.Contains(out, "of them done before") || code > exitViolated {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
}

// A second Ctrl-C ends a campaign at once, says what that means, and leaves nothing half-written.
func TestFuzzInterruptTwice(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "corpus")
	head := func(text []byte) bool { return bytes.Count(text, []byte("\n")) > 0 }
	cmd, stderr := running(t, filepath.Join(dir, "campaign.journal"), head, "fuzz", "--scenario", "testdata/endless.txt",
		"-a", "ziti-2.1.0", "--seeds", "1..4", "--corpus", dir)
	for range 2 {
		time.Sleep(300 * time.Millisecond) // the plans in hand take far longer
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupts || stderr.String() != "\ngyre: interrupted: the plans in hand are "+
		"finished (again to stop at once)\ngyre: stopped: what was found is saved, the same command and --resume goes on\n" {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if all := contents(t, dir); len(all) != 1 {
		t.Errorf("%d files", len(all))
	}
	if _, errs, code := gyreRun(t, "fuzz", "--scenario", "testdata/endless.txt", "-a", "ziti-2.1.0", "--seeds", "1..4", "--corpus", dir,
		"--resume", "--for", "1ms", "--strategy", "uniform"); code != exitUsage || !strings.Contains(errs, "it is of another campaign") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

// TestFuzzIdeal: nothing is said against the algorithm that is right by construction, which has to be asked for by name.
func TestFuzzIdeal(t *testing.T) {
	oneGoroutine(t, "TestFuzz has the same workers")
	for _, args := range [][]string{{"--fault-free"}, {}} {
		args = append([]string{"fuzz", "-a", "ideal", "--seeds", "1..10", "--corpus", t.TempDir()}, args...)
		stdout, stderr, code := gyreRun(t, args...)
		if code != exitHolds || !strings.Contains(stdout, "nothing is violated") {
			t.Errorf("gyre %s: exit code %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
		}
	}
	if stdout, _, _ := gyreRun(t, "list", "algorithms"); strings.Contains(stdout, "ideal") {
		t.Errorf("ideal is no candidate, and is listed:\n%s", stdout)
	}
}
