package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gyre/internal/corpus"
	"gyre/scenarios"
)

const (
	corpusDir = "../../corpus"
	spinFile  = "ziti-1.0.0-no-spin-reconnect.trace"
)

// TestCorpus plays every file of the corpus: each violates what it says, as surely, in the same run. -update takes
// over what drifted, and nothing else.
func TestCorpus(t *testing.T) {
	files, err := corpus.Find([]string{corpusDir})
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for r := range inOrder(len(files), func(i int) replayed { return replayFile(files[i], *update) }) {
		if r.Status != asRecorded && r.Status != updated || r.Status == asRecorded && len(r.Text) > 0 {
			t.Errorf("%s: %s\n  %s", r.File, r.Status, strings.Join(r.Text, "\n  "))
		}
		e, err := corpus.Read(r.File)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(filepath.Base(r.File), e.Algorithm+"-"+e.Property+"-") {
			t.Errorf("%s is of %s", r.File, e.Bucket())
		}
	}
}

// Whatever a built-in scenario expects to be violated has a file in the corpus.
func TestCorpusCoversScenarios(t *testing.T) {
	have := map[string]bool{}
	for _, e := range entries(t) {
		have[e.Algorithm+" "+e.Property] = true
	}
	for _, f := range scenarios.Builtin() {
		plan, err := scenarios.Parse(f.Name, f.Text)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range plan.Expect {
			for _, l := range e.Lines {
				if strings.HasPrefix(l.Text, "violated") && !have[l.Algorithm+" "+e.Property] {
					t.Errorf("%s: %s violates %s, and no corpus file does (gyre shrink %s -a %s -p %s -o corpus/...)", f.Name,
						l.Algorithm, e.Property, f.Name, l.Algorithm, e.Property)
				}
			}
		}
	}
}

// entries are the files of the corpus by name.
func entries(t *testing.T) map[string]*scenarios.Entry {
	files, err := corpus.Find([]string{corpusDir})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*scenarios.Entry{}
	for _, f := range files {
		e, err := corpus.Read(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = e
	}
	return all
}

// The track record has a row for each file, and says of it what its header says.
func TestTrackRecord(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(corpusDir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := entries(t)
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 7 || !strings.HasSuffix(strings.TrimSpace(cells[6]), corpus.Extension) {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		e, ok := all[cells[6]]
		if !ok {
			t.Errorf("no such file, or two rows for it: %s", cells[6])
			continue
		}
		delete(all, cells[6])
		if want := []string{e.Algorithm, e.Property, e.Rung}; !slices.Equal(cells[2:5], want) {
			t.Errorf("%s: the row says %q, the file %q", cells[6], cells[2:5], want)
		}
		if !strings.Contains(e.Found, "the scenario "+cells[5]+",") && !strings.Contains(e.Found, cells[5]) {
			t.Errorf("%s: found by %s, the file says: %s", cells[6], cells[5], e.Found)
		}
		if cells[0] == "" || !regexp.MustCompile(`^(none|[BS]\d\d.*)$`).MatchString(cells[1]) {
			t.Errorf("%s: what %q, source %q", cells[6], cells[0], cells[1])
		}
	}
	for name := range all {
		t.Errorf("%s has no row in the track record", name)
	}
}

// change writes a changed copy of a corpus file.
func change(t *testing.T, dir, name string, pairs ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(corpusDir, spinFile))
	if err != nil {
		t.Fatal(err)
	}
	changed := string(text)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(changed, pairs[i]) {
			t.Fatalf("%s has no %q", spinFile, pairs[i])
		}
		changed = strings.Replace(changed, pairs[i], pairs[i+1], 1)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Every way a replay can end: what is said, and the exit code.
func TestReplay(t *testing.T) {
	dir := t.TempDir()
	e := entries(t)[spinFile]
	digest := fmt.Sprintf("%016x", e.Digest)
	for _, c := range []struct {
		name string
		path string
		want []string
		code int
	}{
		{"fine", change(t, dir, "fine.trace"), []string{"as recorded", "1 file: 1 as recorded"}, exitHolds},
		{"digest", change(t, dir, "digest.trace", digest, "0123456789abcdef"), []string{"drifted",
			"digest was 0123456789abcdef, is " + digest, "the recorded lines of the trace are the same",
			"accept it with: gyre replay --update "}, exitViolated},
		{"trace", change(t, dir, "trace.trace", digest, "0123456789abcdef", "-- trace --\n", "-- trace --\n    0.001s  other\n"),
			[]string{"first line of the trace that differs, number 1:", "  was     0.001s  other"}, exitViolated},
		{"rung", change(t, dir, "rung.trace", "closure", "lasso"), []string{"rung was lasso, is closure"}, exitViolated},
		{"lost", change(t, dir, "lost.trace", "30s      break", "1s       break"), []string{"holds now",
			"no-spin was violated (closure learned>dropped>deleted), now: "}, exitViolated},
		{"stale", change(t, dir, "stale.trace", "settle", "31s      teleport rtr1\nsettle"), []string{"stale",
			"stale.trace:21: teleport: unknown directive", "1 of 2 directives still apply, those before it",
			"they violate no-spin all the same (closure): rtr1 web.0"}, exitViolated},
		{"newer", change(t, dir, "newer.trace", "corpus 1", "corpus 2"), []string{"not readable",
			"newer.trace:1: it has format 2, which is newer than this gyre, which reads up to 1: use a newer gyre"}, exitUsage},
		{"half", change(t, dir, "half.trace", "-- end --\n", ""), []string{"not readable", "it is cut short"}, exitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, code := gyreRun(t, "replay", c.path)
			for _, w := range c.want {
				if !strings.Contains(stdout, w) {
					t.Errorf("it does not say %q:\n%s", w, stdout)
				}
			}
			if code != c.code || stderr != "" {
				t.Errorf("exit code %d, want %d; %s", code, c.code, stderr)
			}
		})
	}
	stdout, _, code := gyreRun(t, "replay", "--json", dir)
	if code != exitUsage || strings.Count(stdout, "\n") != 8 {
		t.Errorf("all together: exit code %d\n%s", code, stdout)
	}
	for line := range strings.Lines(stdout) {
		var r replayed
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Schema != replaySchema || r.Status == "" {
			t.Errorf("%v: %s", err, line)
		}
	}
}

// --update takes over a digest; it leaves a lost failure and a weaker proof as they are.
func TestReplayUpdate(t *testing.T) {
	dir := t.TempDir()
	digest := fmt.Sprintf("%016x", entries(t)[spinFile].Digest)
	drifted := change(t, dir, "drifted.trace", digest, "0123456789abcdef", "-- trace --\n", "-- trace --\nold\n")
	if stdout, _, code := gyreRun(t, "replay", "--update", drifted); code != exitHolds || !strings.Contains(stdout, "updated") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
	want, _ := os.ReadFile(filepath.Join(corpusDir, spinFile))
	if have, _ := os.ReadFile(drifted); string(have) != string(want) {
		t.Errorf("have\n%s\nwant\n%s", have, want)
	}
	for _, path := range []string{
		change(t, dir, "lost.trace", "30s      break", "1s       break"), change(t, dir, "weaker.trace", "closure", "lasso"),
	} {
		before, _ := os.ReadFile(path)
		stdout, _, code := gyreRun(t, "replay", "--update", path)
		if after, _ := os.ReadFile(path); code != exitViolated || string(after) != string(before) {
			t.Errorf("exit code %d\n%s", code, stdout)
		}
	}
}

// Bad input to the commands of the corpus: one line, exit code 2.
func TestCorpusBadInput(t *testing.T) {
	oneGoroutine(t, "what is refused is refused before anything runs at a time")
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	fine, half := change(t, dir, "fine.trace"), change(t, dir, "half.trace", "-- end --\n", "")
	taken := filepath.Join(dir, "taken.txt")
	if err := os.WriteFile(taken, []byte("a letter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"replay", "corpus corpus: no such file or directory (give a corpus file or a folder with some)"},
		{"replay " + empty, "corpus " + empty + ": no file in it ends in .trace"},
		{"replay --colour", `unknown flag "--colour" for gyre replay (did you mean --color? have: --color, --help, --json, ` +
			`--junit, --known, --sarif, --summary, --update, --verbose)`},
		{"corpus stat", `unknown command "stat" for gyre corpus (did you mean stats? have: merge, minimise, stats)`},
		{"corpus stats none", "corpus none: no such file or directory (give a corpus file or a folder with some)"},
		{"corpus merge", "gyre corpus merge needs folders or files to merge (see gyre corpus merge --help)"},
		{"corpus merge --into " + taken + " " + fine, "corpus " + taken + ": cannot make the folder: not a directory"},
		{"shrink", "gyre shrink needs one file: a scenario or a corpus file"},
		{"shrink " + half, half + ":62: it is cut short: the last line must be -- end -- (delete it, or restore it from where " +
			"it came)"},
		{"shrink leader-spin -a ziti-2.1.0", "leader-spin does not violate anything in ziti-2.1.0: there is nothing to shrink for"},
		{"shrink leader-spin -p no-orphan", "leader-spin does not violate no-orphan in any release: there is nothing to shrink for"},
		{"shrink leader-spin -o " + filepath.Join(dir, "none", "x.txt"), "cannot save in " + filepath.Join(dir, "none", "x.txt") +
			": there is no folder " + filepath.Join(dir, "none")},
		{"shrink leader-spin -o " + empty, "cannot save in " + empty + ": it is a folder (name a file in it)"},
		{"shrink leader-spin -o " + taken, taken + " is there already and is no plan to go on from: " +
			"remove it, or save elsewhere with -o"},
		{"shrink " + fine + " -o /dev/full", "cannot write /dev/full: no space left on device (make room, or name another place)"},
	} {
		t.Run(c.args, func(t *testing.T) {
			_, stderr, code := gyreRun(t, strings.Fields(c.args)...)
			if stderr != "gyre: "+c.want+"\n" || code != exitUsage {
				t.Errorf("gyre %s: exit code %d, want %d\nhave %swant gyre: %s", c.args, code, exitUsage, stderr, c.want)
			}
		})
	}
	if text, _ := os.ReadFile(taken); string(text) != "a letter\n" {
		t.Errorf("overwritten: %s", text)
	}
}

// Shrinking saves beside the file, in the same form, and goes on from there.
func TestShrinkCommand(t *testing.T) {
	oneGoroutine(t, "it plays one plan after the other, as TestShrinkInterrupt does")
	dir := t.TempDir()
	text, _ := scenarios.Load("leader-spin")
	file := filepath.Join(dir, "mine.txt")
	padded := strings.Replace(text.Text, "settle 45m", "61s      touch web\n62s      lookup web at ctl1\nsettle 45m", 1)
	if err := os.WriteFile(file, []byte(padded), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := gyreRun(t, "shrink", file, "--budget", "12")
	if code != exitHolds || stderr != "" || !strings.Contains(stdout, "the budget is used up: the same command goes on") {
		t.Fatalf("exit code %d: %s\n%s", code, stderr, stdout)
	}
	stdout, _, code = gyreRun(t, "shrink", file)
	if code != exitHolds || !strings.Contains(stdout, "going on from ") || !strings.Contains(stdout, "nothing is left to try") {
		t.Fatalf("exit code %d\n%s", code, stdout)
	}
	small, err := load(filepath.Join(dir, "mine.shrunk.txt"))
	if err != nil || len(small.Steps) != 1 {
		t.Fatalf("%v\n%s", err, stdout)
	}
	trace := filepath.Join(dir, "mine.trace")
	if stdout, _, code = gyreRun(t, "shrink", file, "-p", "stays-converged", "-o", trace); code != exitHolds {
		t.Fatalf("exit code %d\n%s", code, stdout)
	}
	if stdout, _, code = gyreRun(t, "replay", trace); code != exitHolds {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
	e, err := corpus.Read(trace)
	if err != nil || e.Property != "stays-converged" || e.Found != "the scenario mine, shrunk from 4 directives to 1" {
		t.Errorf("%v: %s", err, e)
	}
}

// Merging joins folders, passes by what is there, gives a name that is taken a number, and overwrites nothing,
// even when two merge at once. Minimising keeps the smallest of each bucket.
func TestMergeAndMinimise(t *testing.T) {
	dir := t.TempDir()
	folder := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, b, into := folder("a"), folder("b"), filepath.Join(dir, "into")
	digest := fmt.Sprintf("%016x", entries(t)[spinFile].Digest)
	change(t, a, "spin.trace")
	change(t, b, "spin.trace", digest, "0123456789abcdef", "30s      break", "29s      touch web\n30s      break")
	change(t, b, "same.trace")
	change(t, b, "half.trace", "-- end --\n", "")
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			cmd := exec.Command(binary, "corpus", "merge", "--into", into, a, b)
			if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != exitUsage || // for the half-written one
				!strings.Contains(string(out), "half.trace:62: it is cut short") {
				t.Errorf("exit code %d\n%s", cmd.ProcessState.ExitCode(), out)
			}
		})
	}
	both.Wait()
	files, err := corpus.Find([]string{into})
	if err != nil || len(files) < 2 || len(files) > 3 { // same.trace may have come before the other saw spin.trace
		t.Fatalf("%q, %v", files, err)
	}
	stdout, _, code := gyreRun(t, "corpus", "stats", into)
	if code != exitHolds || !strings.Contains(stdout, "files in 1 bucket") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
	if stdout, _, code = gyreRun(t, "corpus", "minimise", "-n", into); code != exitHolds || !strings.Contains(stdout, "1 left") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
	if left, _ := corpus.Find([]string{into}); len(left) != len(files) {
		t.Errorf("a dry run deleted: %q", left)
	}
	gyreRun(t, "corpus", "minimise", into)
	left, _ := corpus.Find([]string{into})
	if len(left) != 1 {
		t.Fatalf("left: %q", left)
	}
	if r := replayFile(left[0], false); r.Status != asRecorded {
		t.Errorf("the wrong one stayed: %+v", r)
	}
}

// A file that is named twice, by whatever way, is one: it is not taken for one that adds nothing.
func TestMinimiseOnce(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.Mkdir(there, 0o755); err != nil {
		t.Fatal(err)
	}
	file := change(t, there, "b.trace")
	for from, to := range map[string]string{"here": there, filepath.Join("there", "a.trace"): file} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	stdout, stderr, code := gyreRun(t, "corpus", "minimise", "there", there, "here", "./there/../there/b.trace")
	if code != exitHolds || stdout != "1 file, deleted 0, 1 left\n" {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if _, err := corpus.Read(file); err != nil {
		t.Error(err)
	}
}

// What a killed merge or shrink left behind goes with the next one.
func TestLeftBehind(t *testing.T) {
	oneGoroutine(t, "it is one command after the other")
	dir, old := t.TempDir(), time.Now().Add(-time.Hour)
	file := change(t, t.TempDir(), "a.trace")
	for _, name := range []string{".a.trace.1.tmp", ".small.txt.1.tmp"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"corpus", "merge", "--into", dir, file}, {"shrink", file, "-o", filepath.Join(dir, "small.txt"), "--budget", "1"},
	} {
		if stdout, stderr, code := gyreRun(t, args...); code != exitHolds {
			t.Errorf("gyre %v: exit code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	if all := contents(t, dir); len(all) != 2 || all["a.trace"] == "" || all["small.txt"] == "" {
		t.Errorf("%d files", len(all))
	}
}

// A thousand files: results in order, only what is not as recorded is listed.
func TestReplayMany(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes a thousand files")
	}
	dir := t.TempDir()
	text := entries(t)[spinFile].String()
	const many = 1000
	for i := range many {
		now := text
		if i == 700 {
			now = strings.Replace(text, "corpus 1", "corpus 9", 1)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.trace", i)), []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stdout, _, code := gyreRun(t, "replay", dir)
	if code != exitUsage || !strings.Contains(stdout, "0700.trace") || strings.Contains(stdout, "0701.trace") ||
		!strings.HasSuffix(stdout, "1000 files: 999 as recorded, 1 not readable\n") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
}

// A pool yields in order whatever takes how long, and ends early when asked.
func TestInOrder(t *testing.T) {
	got := []int{}
	for i := range inOrder(100, func(i int) int {
		time.Sleep(time.Duration(i*7%5) * 100 * time.Microsecond)
		return i
	}) {
		if got = append(got, i); len(got) == 60 {
			break
		}
	}
	if !slices.IsSorted(got) || len(got) != 60 {
		t.Error(got)
	}
	for range inOrder(0, func(i int) int { return i }) {
		t.Error("nothing is something")
	}
}
