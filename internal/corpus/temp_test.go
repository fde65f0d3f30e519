package corpus

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What a killed writer left behind goes when nobody can be writing it any more; nothing else does.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-2 * abandoned)
	for name, age := range map[string]time.Time{
		".a.trace.123.tmp": old, ".b.trace.123.tmp": time.Now(), "c.trace": old, ".d.tmp": old, "e.trace.1.tmp": old,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("half"), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, age, age); err != nil {
			t.Fatal(err)
		}
	}
	Sweep(dir)
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if f.Name() == ".a.trace.123.tmp" {
			t.Errorf("%s is there still", f.Name())
		}
	}
	if len(left) != 4 {
		t.Errorf("%d files are left, want 4", len(left))
	}
}

// What is left of one file goes by its name, whatever it is made of; what is another's stays.
func TestSweepFile(t *testing.T) {
	dir, old := t.TempDir(), time.Now().Add(-2*abandoned)
	for _, name := range []string{".a[*].txt.123.tmp", ".ab.txt.123.tmp", "a[*].txt"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("half"), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	SweepFile(filepath.Join(dir, "a[*].txt"))
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 || left[0].Name() != ".ab.txt.123.tmp" {
		t.Errorf("%v, %v", left, err)
	}
}

// A name under which nothing can be written is told before there is anything to write, and nothing is left of the try.
func TestWritable(t *testing.T) {
	dir := t.TempDir()
	if err := Writable(filepath.Join(dir, "new.xml")); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{dir, filepath.Join(dir, "no", "x"), filepath.Join(dir, "no") + "/"} {
		if Writable(bad) == nil {
			t.Errorf("%s can be written", bad)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
