package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// binary is the command as people run it; TestMain builds it.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "gyre")
	if err != nil {
		panic(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // TestDenied runs it as nobody
		panic(err)
	}
	binary = filepath.Join(dir, "gyre")
	args := []string{"build", "-o", binary}
	if raceEnabled { // a race is the end, whatever the exit code would have been; and no second's rest before each end
		args = append(args, "-race")
		os.Setenv("GORACE", "halt_on_error=1 atexit_sleep_ms=50")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// oneGoroutine skips a test of what one goroutine does under the race detector, which makes it slow and sees nothing in it
// that it does not see elsewhere.
func oneGoroutine(t *testing.T, why string) {
	t.Helper()
	if raceEnabled {
		t.Skip("the race detector sees nothing new: " + why)
	}
}

// gyreRun runs the binary and returns what it said and its exit code.
func gyreRun(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// TestBadInput has every way to hold it wrong: one line each, that says what, where and what to do.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	empty, binary := file("empty.txt", ""), file("binary.txt", "# a\x00b\n")
	huge, wrong := file("huge.txt", "# "+strings.Repeat("x", fileMax)), file("wrong.txt", "# wrong: a story.\n\nclutser\n")
	mute := file("mute.txt", "# mute: asks for nothing.\n\ncluster controllers=1 routers=1\n\nsettle 1s\n")
	releases := strings.Join(algorithmNames(), ", ")
	have, settings := strings.Join(builtin(), ", "), strings.Join(settingNames(), ", ")
	for _, c := range []struct {
		name, args, want string
	}{
		{"command", "rum", `unknown command "rum" for gyre (did you mean run? have: calibrate, completion, corpus, fuzz, help, ` +
			`list, matrix, replay, run, shrink, trace, verify)`},
		{"flag", "run --jsn", `unknown flag "--jsn" for gyre run (did you mean --json? have: --algorithm, ` +
			`--bug, --certificate, --color, --events, --forks, --help, --json, --linear-html, --measure, --seed, --set, --twice, ` +
			`--update, --verbose, --without)`},
		{"no seed", "run --seed=", `--seed: bad seed "": write a decimal number below 2^64, 0x and hex digits, or a ` +
			`commit hash`},
		{"no events", "run --events 0", "--events: a run of no events says nothing (write a number from 1)"},
		{"near what", "trace leader-spin --near 1s", "--near says how far --at looks: give --at too"},
		{"flag value", "run --events many", `invalid argument "many" for "--events" flag (see gyre run --help)`},
		{"list", "list scenarois", `unknown command "scenarois" for gyre list (did you mean scenarios? ` +
			`have: algorithms, bugs, faults, properties, scenarios, settings)`},
		{"too many", "run a b", `gyre run takes one scenario, not 2 arguments (see gyre run --help)`},
		{"scenario", "run leder-spin", `unknown scenario "leder-spin" (did you mean leader-spin? have: ` + have + `)`},
		{"no file", "run ./none.txt", `scenario ./none.txt: no such file or directory ` +
			`(give a readable file, or a name from: gyre list scenarios)`},
		{"directory", "run " + dir, `scenario ` + dir + `: is a directory (give a file in it, or a name from: gyre list scenarios)`},
		{"empty", "run " + empty, empty + `: it is empty: a plan starts with its story, in lines of #`},
		{"binary", "run " + binary, binary + `:1: it is no text: it has the control character U+0000 (take it out)`},
		{"no extension", "run /dev/null", `/dev/null: it is empty: a plan starts with its story, in lines of #`},
		{"huge", "run " + huge, `scenario ` + huge + `: is over the limit of 1 MiB`},
		{"algorithm", "run -a ziti-1.1.9", `unknown algorithm "ziti-1.1.9" (did you mean ziti-1.1.0? have: ` + releases + `, all)`},
		{"seed", "run --seed seven", `--seed: bad seed "seven": write a decimal number below 2^64, 0x and hex digits, ` +
			`or a commit hash`},
		{"setting", "run --set latancy=1s", `--set: unknown setting "latancy" (did you mean latency? have: ` + settings + `)`},
		{"setting form", "run --set latency", `--set "latency": write name=value, as in latency=40ms`},
		{"setting value", "run --set latency=40", `--set: latency: bad duration "40": it lacks a unit (h, m, s, ms, us)`},
		{"color", "run --color allways", `unknown --color "allways" (did you mean always? have: auto, always, never)`},
		{"update builtin", "run leader-spin --update", `--update: leader-spin is built in (give the path of its file, ` +
			`as in scenarios/leader-spin.txt)`},
		{"update nothing", "run --update " + mute, `--update: ` + mute + ` asks for nothing (add a line: expect no-spin, ` +
			`and below it: ----)`},
		{"trace nothing", "trace", `gyre trace needs one scenario: a file, or a name from: gyre list scenarios`},
		{"trace two", "trace " + mute + " -a all", `--algorithm all: a trace shows one algorithm (have: ` + releases + `)`},
		{"trace node", "trace " + mute + " -n ctl2", `--node: unknown node "ctl2" (did you mean ctl1? have: ctl1, rtr1)`},
		{"trace time", "trace " + mute + " --from 5", `--from: bad duration "5": it lacks a unit (h, m, s, ms, us)`},
		{"trace window", "trace " + mute + " --from 5s --to 1s", `--to 1s is before --from 5s`},
		{"trace windows", "trace " + mute + " --at 5s --to 9s", `--at is a window of its own: leave out --from and --to, ` +
			`or use --near`},
		{"help", "help me", `unknown help topic "me" (see gyre --help)`},
		{"completion", "completion tcsh", `unknown command "tcsh" for gyre completion (have: bash, fish, powershell, zsh)`},
		{"trace grep", "trace " + mute + " --grep (", "--grep: error parsing regexp: missing closing ): `(`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, code := gyreRun(t, strings.Fields(c.args)...)
			if stdout != "" || stderr != "gyre: "+c.want+"\n" || code != exitUsage {
				t.Errorf("gyre %s: exit code %d, want %d\nstdout %q\nhave %s\nwant gyre: %s", c.args, code, exitUsage, stdout,
					stderr, c.want)
			}
		})
	}
	t.Run("parse error", func(t *testing.T) { // the words are the parser's
		_, stderr, code := gyreRun(t, "run", wrong)
		if !strings.HasPrefix(stderr, "gyre: "+wrong+":3: ") || code != exitUsage {
			t.Errorf("exit code %d, %s", code, stderr)
		}
	})
	t.Run("unreadable", func(t *testing.T) {
		if os.Geteuid() == 0 {
			t.Skip("root reads everything")
		}
		os.Chmod(mute, 0)
		_, stderr, code := gyreRun(t, "run", mute)
		if !strings.Contains(stderr, "permission denied") || code != exitUsage {
			t.Errorf("exit code %d, %s", code, stderr)
		}
	})
}

// TestRun plays a small scenario in every way there is.
func TestRun(t *testing.T) {
	const quiet = "testdata/quiet.txt"
	stdout, stderr, code := gyreRun(t, "run", quiet)
	if code != exitHolds || stderr != "" || !strings.Contains(stdout, "\nas expected\n") {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	for _, want := range append(algorithmNames(), "no-spin", "holds", "seed     7", "repeat   gyre run testdata/quiet.txt\n") {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Error("colour, but this is no terminal")
	}
	name := algorithmNames()[0]
	stdout, _, code = gyreRun(t, "run", quiet, "-v", "-a", name, "--seed", "0x2a", "--set", "latency=20ms", "--color", "always")
	repeat := "repeat   gyre run testdata/quiet.txt --algorithm " + name + " --seed 42 --set latency=20ms\n"
	if code != exitHolds || !strings.Contains(stdout, repeat) || !strings.Contains(stdout, "\x1b[32mholds") {
		t.Errorf("exit code %d, want 0 and %s\n%s", code, repeat, stdout)
	}
	stdout, _, code = gyreRun(t, "run", quiet, "--events", "10")
	if code != exitUnknown || !strings.Contains(stdout, "limit: more than 10 events (--events allows more)") ||
		strings.Contains(stdout, "holds") {
		t.Errorf("ten events: exit code %d, want %d\n%s", code, exitUnknown, stdout)
	}
	if stdout, stderr, code = gyreRun(t, "run", quiet, "--twice"); code != exitHolds {
		t.Errorf("--twice: exit code %d\n%s%s", code, stdout, stderr)
	}
}

// TestJSON reads what machines read.
func TestJSON(t *testing.T) {
	stdout, stderr, code := gyreRun(t, "run", "testdata/quiet.txt", "--json")
	if code != exitHolds || stderr != "" {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	var names []string
	for line := range strings.Lines(stdout) {
		var j map[string]any
		if err := json.Unmarshal([]byte(line), &j); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		names = append(names, j["algorithm"].(string))
		for field, want := range map[string]any{"schema": "gyre.run/1", "scenario": "quiet", "seed": "7", "status": "holds"} {
			if j[field] != want {
				t.Errorf("%s is %v, want %v", field, j[field], want)
			}
		}
		for _, field := range []string{"verdicts", "events", "virtual_ms", "digest", "replay", "bugs", "without"} {
			if j[field] == nil {
				t.Errorf("%s is missing: %s", field, line)
			}
		}
		verdict := j["verdicts"].([]any)[0].(map[string]any)
		if verdict["property"] != "no-spin" || verdict["status"] != "holds" {
			t.Errorf("first verdict is %v", verdict)
		}
	}
	if !slices.Equal(names, algorithmNames()) {
		t.Errorf("algorithms %v, want %v", names, algorithmNames())
	}
	again, _, _ := gyreRun(t, "run", "testdata/quiet.txt", "--json")
	if again != stdout {
		t.Errorf("two runs differ:\n%s%s", stdout, again)
	}
}

// TestUpdate writes wrong expectations right, and nothing else.
func TestUpdate(t *testing.T) {
	right, err := os.ReadFile("testdata/quiet.txt")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "quiet.txt")
	if err := os.WriteFile(path, bytes.ReplaceAll(right, []byte("holds"), []byte("violated")), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, _, code := gyreRun(t, "run", path)
	if code != exitViolated || !strings.Contains(stdout, "not as expected:\n  no-spin, "+algorithmNames()[0]) {
		t.Fatalf("exit code %d, want %d\n%s", code, exitViolated, stdout)
	}
	stdout, stderr, code := gyreRun(t, "run", path, "--update")
	if code != exitHolds || !strings.Contains(stdout, "expectations updated in "+path) {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if updated, err := os.ReadFile(path); err != nil || !bytes.Equal(updated, right) {
		t.Errorf("%v, updated to:\n%s", err, updated)
	}
}

// TestInterrupt stops a run that would take very long.
func TestInterrupt(t *testing.T) {
	for i, args := range [][]string{{"run", "testdata/endless.txt"}, {"trace", "testdata/endless.txt"}} {
		cmd := exec.Command(binary, args...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if args[0] == "trace" {
			cmd.Stdout = io.Discard
		}
		// The program says nothing before the end; it is surely up when it has opened the scenario, a pipe here.
		pipe := filepath.Join(t.TempDir(), "pipe.txt")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Skip(err)
		}
		text, err := os.ReadFile(args[1])
		if err != nil {
			t.Fatal(err)
		}
		cmd.Args[2] = pipe
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(pipe, text, 0); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal([]os.Signal{os.Interrupt, syscall.SIGTERM}[i]); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != exitInterrupts || stderr.String() != "gyre: interrupted\n" {
			t.Errorf("gyre %v: exit code %d, want %d, %s", args, code, exitInterrupts, &stderr)
		}
	}
}

// TestClosedPipe reads one line and goes, as head does.
func TestClosedPipe(t *testing.T) {
	cmd := exec.Command(binary, "trace", "testdata/endless.txt", "--all")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	out.Close()
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitClosedPipe || stderr.Len() > 0 {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
}

// TestFullDisk cannot write.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	cmd := exec.Command(binary, "list", "settings")
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = full, &stderr
	cmd.Run()
	want := "gyre: cannot write the output: no space left on device\n"
	if code := cmd.ProcessState.ExitCode(); code != exitUsage || stderr.String() != want {
		t.Errorf("exit code %d, %s", code, &stderr)
	}
}

// TestTrace looks at a window of a run.
func TestTrace(t *testing.T) {
	stdout, stderr, code := gyreRun(t, "trace", "testdata/quiet.txt", "--node", "rtr1", "--to", "1s")
	if code != exitHolds || stderr != "" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for line := range strings.Lines(stdout) {
		if !strings.HasPrefix(line, "#") && !strings.Contains(line, "  rtr1  ") {
			t.Errorf("not of rtr1: %s", line)
		}
	}
	if !strings.Contains(stdout, "  rtr1  < boot life 1\n") {
		t.Errorf("no boot:\n%s", stdout)
	}
	around, _, _ := gyreRun(t, "trace", "testdata/quiet.txt", "--at", "3s", "--near", "10ms", "--all")
	for line := range strings.Lines(around) {
		clock, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if clock != "#" && (clock < "2.990s" || clock > "3.010s") {
			t.Errorf("outside of the window: %s", line)
		}
	}
}

// TestTraceGolden has the whole trace of a small run, as a page to read.
func TestTraceGolden(t *testing.T) {
	const name = "testdata/quiet.trace"
	got, stderr, code := gyreRun(t, "trace", "testdata/quiet.txt", "-a", "ziti-1.1.8")
	if code != exitHolds || stderr != "" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the trace differs from %s (-want +got; -update accepts it):\n%s", name, diff)
	}
}

// TestLists and their completions.
func TestLists(t *testing.T) {
	for _, l := range lists() {
		stdout, stderr, code := gyreRun(t, "list", l.name)
		rows := strings.Count(stdout, "\n")
		if code != exitHolds || stderr != "" || rows == 0 {
			t.Errorf("list %s: exit code %d\n%s%s", l.name, code, stdout, stderr)
		}
		if stdout, _, _ = gyreRun(t, "list", l.name, "--json"); strings.Count(stdout, "\n") != rows || !json.Valid([]byte(
			"["+strings.ReplaceAll(strings.TrimSpace(stdout), "\n", ",")+"]")) {
			t.Errorf("list %s --json has other lines than without:\n%s", l.name, stdout)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"run lead", "leader-spin"},
		{"trace lead", "leader-spin"},
		{"run --algorithm ziti-1.0.0,", "ziti-1.0.0,ziti-2.1.0\n"},
		{"run --set lat", "latency="},
		{"run --color n", "never"},
		{"trace testdata/quiet.txt --node r", "rtr1"},
	} {
		stdout, _, _ := gyreRun(t, append([]string{"__complete"}, strings.Fields(c.args)...)...)
		if !strings.Contains(stdout, c.want) {
			t.Errorf("completion of %q lacks %q: %s", c.args, c.want, stdout)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if stdout, _, code := gyreRun(t, "completion", shell); code != exitHolds || stdout == "" {
			t.Errorf("completion %s: exit code %d", shell, code)
		}
	}
}

// TestHelp wants examples of every command, and that they are commands.
func TestHelp(t *testing.T) {
	for _, args := range []string{"", "run", "trace", "list", "list scenarios"} {
		stdout, stderr, code := gyreRun(t, append(strings.Fields(args), "--help")...)
		if code != exitHolds || stderr != "" || !strings.Contains(stdout, "Examples:\n  gyre ") {
			t.Errorf("gyre %s --help: exit code %d\n%s%s", args, code, stdout, stderr)
		}
		for line := range strings.Lines(stdout) {
			if len([]rune(line)) > 121 {
				t.Errorf("gyre %s --help is wide: %s", args, line)
			}
		}
	}
}
