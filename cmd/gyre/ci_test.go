package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/joshdk/go-junit"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// ciFiles are where a command is told to write, and the arguments that tell it.
type ciFiles struct{ junit, sarif, summary string }

func newCIFiles(t *testing.T) (f ciFiles, args []string) {
	dir := t.TempDir()
	f = ciFiles{filepath.Join(dir, "j.xml"), filepath.Join(dir, "s.sarif"), filepath.Join(dir, "s.md")}
	return f, []string{"--junit", f.junit, "--sarif", f.sarif, "--summary", f.summary}
}

// read returns the totals of the JUnit file, the levels of the results by rule, and the summary.
func (f ciFiles) read(t *testing.T) (totals junit.Totals, levels map[string]string, summary string) {
	t.Helper()
	suites, err := junit.IngestFile(f.junit)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range suites {
		totals.Tests += s.Totals.Tests
		totals.Passed += s.Totals.Passed
		totals.Failed += s.Totals.Failed
		totals.Skipped += s.Totals.Skipped
		totals.Error += s.Totals.Error
	}
	log, err := sarif.Open(f.sarif)
	if err == nil {
		err = log.Validate()
	}
	if err != nil {
		t.Fatal(err)
	}
	levels = map[string]string{}
	for _, r := range log.Runs[0].Results {
		levels[*r.RuleID] = r.Level
	}
	text, err := os.ReadFile(f.summary)
	if err != nil {
		t.Fatal(err)
	}
	return totals, levels, string(text)
}

// A campaign tells CI systems what is new and what is known; only what is new fails, and code scanning is pointed at
// the plan.
func TestFuzzCI(t *testing.T) {
	found := filepath.Join(t.TempDir(), "found")
	files, args := newCIFiles(t)
	fuzz := []string{"fuzz", "--scenario", spinScenario(t), "-a", "ziti-1.0.0", "--seeds", "1..2", "--no-shrink"}
	if _, stderr, code := gyreRun(t, append(append(fuzz, args...), "--corpus", found)...); code != exitViolated {
		t.Fatal(code, stderr)
	}
	totals, levels, summary := files.read(t)
	if totals.Failed == 0 || totals.Skipped != 0 || totals.Passed == 0 || levels["no-spin"] != "error" {
		t.Errorf("%+v, %v", totals, levels)
	}
	for _, want := range []string{"❌ gyre fuzz: ", " new", "| no-spin | closure |", "```mermaid\nsequenceDiagram\n", "loop stale revert"} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary does not have %q:\n%s", want, summary)
		}
	}
	log, err := sarif.Open(files.sarif)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range log.Runs[0].Results {
		p := r.Locations[0].PhysicalLocation
		text, err := os.ReadFile(strings.TrimPrefix(*p.ArtifactLocation.URI, "file://"))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		if first, last := *p.Region.StartLine, *p.Region.EndLine; lines[first-2] != "-- plan --" || lines[last] != "-- trace --" {
			t.Errorf("%s:%d-%d: the plan is not there", *p.ArtifactLocation.URI, first, last)
		}
	}

	if stdout, stderr, code := gyreRun(t, append(append(fuzz, args...), "--corpus", t.TempDir(), "--known", found)...); code != exitHolds {
		t.Fatal(code, stdout, stderr)
	}
	again, levels, summary := files.read(t)
	if again.Failed != 0 || again.Skipped != totals.Failed || levels["no-spin"] != "note" || !strings.Contains(summary, "✅") {
		t.Errorf("%+v, %v\n%s", again, levels, summary)
	}
}

// A replay does the same for files; with --known they are findings.
func TestReplayCI(t *testing.T) {
	dir := t.TempDir()
	files, args := newCIFiles(t)
	change(t, dir, "fine.trace")
	change(t, dir, "half.trace", "-- end --\n", "")
	change(t, dir, "lost.trace", "30s      break", "1s       break")
	if _, stderr, code := gyreRun(t, append([]string{"replay", dir}, args...)...); code != exitUsage {
		t.Fatal(code, stderr)
	}
	totals, levels, summary := files.read(t)
	if totals.Passed != 1 || totals.Failed != 1 || totals.Error != 1 || levels["corpus"] != "error" || levels["no-spin"] != "note" {
		t.Errorf("%+v, %v", totals, levels)
	}
	if !strings.Contains(summary, "1 not as recorded, 1 without a verdict, 1 as recorded") {
		t.Error(summary)
	}
	fine, other := filepath.Join(dir, "fine.trace"), filepath.Join(corpusDir, "ziti-1.0.0-no-spin-for-ever.trace")
	for _, c := range []struct {
		known, want string
		code        int
	}{{fine, "1 file: 1 known", exitHolds}, {other, "1 file: 1 new", exitViolated}} {
		stdout, stderr, code := gyreRun(t, append([]string{"replay", fine, "--known", c.known}, args...)...)
		if code != c.code || !strings.Contains(stdout, c.want) {
			t.Errorf("exit code %d, want %d\n%s%s", code, c.code, stdout, stderr)
		}
		if totals, _, _ := files.read(t); totals.Failed != c.code {
			t.Errorf("%+v", totals)
		}
	}
}

// What cannot be written is refused before anything is played, or told when it happens; the other files are written.
func TestCIBadInput(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ args, want string }{
		{"--junit " + dir, "--junit: cannot write " + dir + ": it is a folder (name a file in it)"},
		{"--sarif " + dir + "/no/s.sarif", "--sarif: cannot write " + dir + "/no/s.sarif: no such file or directory"},
		{"--junit x --summary ./x", "--junit and --summary: both name ./x (give each a file of its own)"},
	} {
		for _, command := range []string{"fuzz --seeds 1..1 -a ziti-2.1.0 --corpus " + dir, "replay " + corpusDir} {
			stdout, stderr, code := gyreRun(t, strings.Fields(command+" "+c.args)...)
			if code != exitUsage || stderr != "gyre: "+c.want+"\n" || strings.Contains(stdout, "plans") {
				t.Errorf("gyre %s %s: exit code %d\n%s%swant %s", command, c.args, code, stdout, stderr, c.want)
			}
		}
	}
	other := filepath.Join(dir, "other.xml")
	_, stderr, code := gyreRun(t, "replay", change(t, dir, "a.trace"), "--sarif", "/dev/full", "--junit", other)
	if code != exitUsage || stderr != "gyre: --sarif: cannot write /dev/full: no space left on device (make room, or name another place)\n" {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if suites, err := junit.IngestFile(other); err != nil || len(suites) != 1 {
		t.Errorf("%v, %v", suites, err)
	}
	if _, stderr, code := gyreRun(t, "replay", corpusDir, "--known", dir+"/none"); code != exitUsage ||
		!strings.HasPrefix(stderr, "gyre: --known: corpus "+dir+"/none: no such file or directory") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// running starts the command and waits until a file is as it should be.
func running(t *testing.T, path string, ready func([]byte) bool, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	cmd, stderr = exec.Command(binary, args...), &bytes.Buffer{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 1200 {
		if text, err := os.ReadFile(path); err == nil && ready(text) {
			return cmd, stderr
		}
		time.Sleep(50 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	t.Fatalf("%s is not ready: %s", path, stderr)
	return nil, nil
}

// A campaign that is killed loses the plan in hand and nothing else: it goes on to the very files of one that was not.
func TestFuzzKill(t *testing.T) {
	if testing.Short() {
		t.Skip("it plays the same seeds several times")
	}
	dir := t.TempDir()
	whole, killed := filepath.Join(dir, "whole"), filepath.Join(dir, "killed")
	args := []string{"fuzz", "-a", "ziti-1.0.0", "--seeds", "1..7", "--no-shrink", "-j", "1", "--corpus"}
	want, stderr, code := gyreRun(t, append(args, whole)...)
	if code != exitViolated {
		t.Fatal(code, stderr)
	}
	resume := []string{}
	for lines := 2; lines < 6; lines += 2 {
		enough := func(text []byte) bool { return bytes.Count(text, []byte("\n")) >= lines }
		cmd, _ := running(t, filepath.Join(killed, "campaign.journal"), enough, append(append(args, killed), resume...)...)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		resume = []string{"--resume"}
	}
	have, stderr, code := gyreRun(t, append(append(args, killed), resume...)...)
	if code != exitViolated {
		t.Fatal(code, stderr)
	}
	table := func(s string) string { return strings.ReplaceAll(s[strings.Index(s, "\n    "):], killed, whole) }
	if fields := strings.Fields; strings.Join(fields(table(have)), " ") != strings.Join(fields(table(want)), " ") {
		t.Errorf("have\n%s\nwant\n%s", have, want)
	}
	a, b := contents(t, whole), contents(t, killed)
	if len(a) < 3 || len(a) != len(b) {
		t.Errorf("%d files, %d files", len(a), len(b))
	}
	for name, text := range a {
		if b[name] != text {
			t.Errorf("%s differs", name)
		}
	}
}

// contents are the files of a folder, hidden ones too.
func contents(t *testing.T, dir string) map[string]string {
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range list {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name()] = string(text)
	}
	return all
}

// Ctrl-C ends a shrink with the best so far saved, whole and failing still, and nothing beside it; the same command goes on.
func TestShrinkInterrupt(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out.trace")
	args := []string{"shrink", "rolling-restart", "-a", "ziti-1.1.8", "-p", "converges", "-o", out}
	cmd, stderr := running(t, out, func([]byte) bool { return true }, args...)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupts || !strings.Contains(stderr.String(), "the best so far is saved") {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	if files := contents(t, dir); len(files) != 1 {
		t.Errorf("%d files", len(files))
	}
	if r := replayFile(out, false); r.Status != asRecorded {
		t.Errorf("%+v", r)
	}
	if stdout, stderr, code := gyreRun(t, append(args, "--budget", "3")...); code != exitHolds || !strings.Contains(stdout, "going on from") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

// The script of the workflows: shards that Kubernetes and Slurm number, joined; and a canary that dies when a campaign
// finds nothing.
func TestCampaignScript(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil || testing.Short() {
		t.Skip("there is no bash, or no time")
	}
	out := t.TempDir()
	script := func(env []string, args ...string) (string, int) {
		cmd := exec.Command("../../.ci/campaign", args...)
		cmd.Env = append(append(os.Environ(), "GYRE="+binary, "GYRE_FOR=1s", "GYRE_SEED=1", "GYRE_ALGORITHM=ziti-1.1.8",
			"GITHUB_STEP_SUMMARY="), env...)
		text, err := cmd.CombinedOutput()
		if err != nil && cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(text), cmd.ProcessState.ExitCode()
	}
	for i, env := range [][]string{
		{"GYRE_SHARDS=2", "JOB_COMPLETION_INDEX=0"}, {"SLURM_ARRAY_TASK_ID=8", "SLURM_ARRAY_TASK_MIN=7", "SLURM_ARRAY_TASK_COUNT=2"},
	} {
		dir := filepath.Join(out, string(rune('a'+i)))
		if text, code := script(append(env, "GYRE_OUT="+dir), "shard"); code != 0 {
			t.Fatalf("exit code %d\n%s", code, text)
		}
		journal := filepath.Join(dir, "found", []string{"campaign-1-of-2.journal", "campaign-2-of-2.journal"}[i])
		if _, err := os.Stat(journal); err != nil {
			t.Error(err)
		}
	}
	if err := os.Link(change(t, t.TempDir(), "x.trace", "learned>", "other>"), filepath.Join(out, "b", "found", "x.trace")); err != nil {
		t.Fatal(err)
	}
	summary := filepath.Join(out, "step.md")
	merged := []string{"GYRE_OUT=" + filepath.Join(out, "merged"), "GITHUB_STEP_SUMMARY=" + summary}
	if text, code := script(merged, "merge", filepath.Join(out, "a"), filepath.Join(out, "b")); code != exitViolated {
		t.Errorf("exit code %d\n%s", code, text)
	}
	for _, file := range []string{summary, filepath.Join(out, "merged", "issue.md")} {
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "❌ gyre replay: ") {
			t.Errorf("%s: %v\n%s", file, err, text)
		}
	}
	if text, code := script(nil, "merge", t.TempDir()); code != exitUsage || !strings.Contains(text, "no campaign ran in ") {
		t.Errorf("exit code %d\n%s", code, text)
	}
	if text, code := script([]string{"GYRE=true", "GYRE_OUT=" + out}, "canary"); code != 1 || !strings.Contains(text, "the canary is dead") {
		t.Errorf("exit code %d\n%s", code, text)
	}
}
