package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gyre/scenarios"
	"gyre/sim"
)

// spin is an entry that is quick to play.
func spin(t testing.TB) *scenarios.Entry {
	e, err := Read("../../corpus/ziti-1.0.0-no-spin-reconnect.trace")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Several campaigns save into one folder: every finding gets a file of its own, none is lost or overwritten, the
// same finding is saved once, and nothing else is left behind.
func TestSaveTogether(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "for", "it")
	const campaigns, findings = 8, 25
	var wait sync.WaitGroup
	for c := range campaigns {
		wait.Go(func() {
			for i := range findings {
				e := *spin(t)
				if e.Digest = uint64(c*findings + i); i == 0 {
					e.Digest = 1 << 40 // all of them found this one
				}
				if _, _, err := Save(dir, &e, "spin"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	files, err := Find([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	digests := map[uint64]bool{}
	for _, f := range files {
		e, err := Read(f)
		if err != nil {
			t.Fatal(err)
		}
		digests[e.Digest] = true
	}
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := campaigns*(findings-1) + 1; len(digests) != want || len(files) != want || len(all) != want {
		t.Errorf("%d findings in %d files, %d with the hidden ones; want %d", len(digests), len(files), len(all), want)
	}
}

// Findings of one name, however many, cost the same each: a look or two at what is there. All are kept, and are known
// when they come again.
func TestAddMany(t *testing.T) {
	dir, e := t.TempDir(), *spin(t)
	reads := 0
	save := func(digest uint64) (fresh bool) {
		e.Digest = digest
		_, fresh, err := add(dir, "spin", &e, func(path string) (*scenarios.Entry, error) { reads++; return Read(path) })
		if err != nil {
			t.Fatal(err)
		}
		return fresh
	}
	const many = 300
	for _, again := range []bool{false, true} {
		reads = 0
		for i := range uint64(many) {
			if fresh := save(i); fresh == again {
				t.Fatalf("number %d: fresh %v", i, fresh)
			}
		}
		if reads > 2*many {
			t.Errorf("%d findings took %d reads, again %v", many, reads, again)
		}
	}
	if files, err := Find([]string{dir}); err != nil || len(files) != many {
		t.Errorf("%d files, %v", len(files), err)
	}
	taken := filepath.Join(dir, fmt.Sprintf("spin-%016x.trace", sim.HashString(Key(&e))))
	if err := os.WriteFile(taken, []byte("a letter"), 0o644); err != nil { // somebody else's by now
		t.Fatal(err)
	}
	if !save(many-1) || save(many-1) {
		t.Error("a name that is taken by what is no finding of ours")
	}
	if text, err := Text(taken); err != nil || text != "a letter" {
		t.Errorf("overwritten: %q, %v", text, err)
	}
	if err := os.Remove(filepath.Join(dir, "spin.trace")); err != nil {
		t.Fatal(err)
	}
	if save(5) {
		t.Error("saved twice, for its first choice of a name is free now")
	}
}

// A folder with thousands of files is found in order, without what is no corpus file.
func TestFind(t *testing.T) {
	dir := t.TempDir()
	text := spin(t).String()
	put := func(name string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const many = 3000
	for i := range many {
		put(fmt.Sprintf("%02d/%05d.trace", i%30, i))
	}
	put("README.md")
	put(".half.trace.123.tmp")
	put(".hidden.trace")
	for name, to := range map[string]string{"z1.trace": "README.md", "z2.trace": "nowhere", "z3.trace": "00"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Find([]string{dir, filepath.Join(dir, "00"), filepath.Join(dir, "README.md")})
	if err != nil || len(files) != many+2 || !strings.HasSuffix(files[0], "00/00000.trace") {
		t.Errorf("%d files, %v", len(files), err)
	}
	if e, err := Read(filepath.Join(dir, "z1.trace")); err != nil {
		t.Error(e, err)
	}
	if _, err := Read(filepath.Join(dir, "z2.trace")); err == nil { // a link that leads nowhere is told, not passed by
		t.Error("read")
	}
	if _, err := Find([]string{filepath.Join(dir, "none")}); err == nil ||
		!strings.HasSuffix(err.Error(), "none: no such file or directory (give a corpus file or a folder with some)") {
		t.Error(err)
	}
}

// What a finding costs does not grow with how many of its name are there:
//
//	go test ./internal/corpus -run - -bench Add -benchtime 1000x
func BenchmarkAdd(b *testing.B) {
	for _, there := range []int{1000, 10_000} {
		b.Run(fmt.Sprintf("there=%d", there), func(b *testing.B) {
			dir, e := b.TempDir(), *spin(b)
			save := func(digest int) {
				e.Digest = uint64(digest)
				if _, _, err := Add(dir, "spin", &e); err != nil {
					b.Fatal(err)
				}
			}
			for i := range there {
				save(i)
			}
			b.ResetTimer()
			for i := range b.N {
				save(there + i)
			}
		})
	}
}

// What the file system refuses is told in one line that names the place, and leaves nothing half-written.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	e := spin(t)
	if _, _, err := Save(filepath.Join(file, "sub"), e, "x"); err == nil ||
		!strings.HasSuffix(err.Error(), "sub: cannot make the folder: not a directory") {
		t.Error(err)
	}
	if err := Replace("/dev/full", e.String()); err == nil ||
		err.Error() != "cannot write /dev/full: no space left on device (make room, or name another place)" {
		t.Error(err)
	}
	if err := Replace("/dev/null", e.String()); err != nil {
		t.Error(err)
	}
	if err := Replace(filepath.Join(dir, "none", "x"), ""); err == nil ||
		!strings.HasSuffix(err.Error(), "none/x: no such file or directory") {
		t.Error(err)
	}
	sealed := filepath.Join(dir, "sealed")
	if err := os.Mkdir(sealed, 0o555); err != nil {
		t.Fatal(err)
	}
	switch _, _, err := Save(sealed, e, "x"); {
	case os.Geteuid() == 0: // whom nothing is denied; a system folder that nobody can write to stands in
		if _, _, err := Save("/proc/self/x", e, "x"); err == nil || !strings.HasPrefix(err.Error(), "corpus /proc/self/x: ") {
			t.Error(err)
		}
	case err == nil || !strings.HasSuffix(err.Error(), "permission denied (ask for access, or name another place)"):
		t.Error(err)
	}
	if _, err := Read(dir); err == nil || !strings.HasSuffix(err.Error(), "is a directory (give a file in it)") {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*tmp")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// Replace takes the place of a file at once; until then the old one is whole.
func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.trace")
	for _, text := range []string{"one", "two"} {
		if err := Replace(path, text); err != nil {
			t.Fatal(err)
		}
		if have, err := Text(path); err != nil || have != text {
			t.Errorf("%q, %v", have, err)
		}
	}
}

// The trace of a violation is of the lines around it, and the same each time.
func TestTrace(t *testing.T) {
	for _, name := range []string{"ziti-1.0.0-no-spin-reconnect", "ziti-1.1.8-no-orphan-read-only"} {
		e, err := Read("../../corpus/" + name + Extension)
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.Replay(scenarios.Options{})
		if err != nil {
			t.Fatal(err)
		}
		lines, err := Trace(r.Outcome, e.Property, scenarios.Options{})
		if err != nil || len(lines) == 0 || len(lines) > linesBefore+linesAfter {
			t.Fatalf("%d lines, %v", len(lines), err)
		}
		if strings.Join(lines, "\n") != strings.Join(e.Trace, "\n") {
			t.Errorf("%s: the trace has changed:\n%s", name, strings.Join(lines, "\n"))
		}
		if again, err := Finding(r.Outcome, e.Bucket(), e.Found); err != nil || again.String() != e.String() {
			t.Errorf("%s: an entry made of its replay differs (%v):\n%s", name, err, again)
		}
	}
}

// The files of a bucket come smallest first.
func TestGroup(t *testing.T) {
	var files []File
	for i, settle := range []int{10, 1, 1} {
		e := *spin(t)
		plan := *e.Plan
		plan.Settle *= 1
		if e.Plan = &plan; settle > 1 {
			plan.Steps = append(plan.Steps[:1:1], plan.Steps[0])
		}
		files = append(files, File{fmt.Sprint(i), &e})
	}
	other := *spin(t)
	other.Algorithm = "ziti-0"
	groups := Group(append(files, File{"3", &other}))
	if len(groups) != 2 || groups[0][0].Path != "3" || groups[1][0].Path != "1" || groups[1][2].Path != "0" {
		t.Errorf("%v", groups)
	}
}
