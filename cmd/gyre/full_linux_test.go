package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gyre/internal/corpus"
)

// When a disk is full nothing is half-written and nothing is lost: what was found and could not be saved is told with its
// plan, and the campaign goes on to the same findings once there is room.
func TestFullCorpus(t *testing.T) {
	oneGoroutine(t, "TestFuzz has the same workers")
	disk, wide := t.TempDir(), filepath.Join(t.TempDir(), "corpus")
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=24k"); err != nil { // six pages
		t.Skip("no disk of its own: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	fill := func(pages int) {
		if err := os.WriteFile(filepath.Join(disk, "fill"), bytes.Repeat([]byte("x"), pages*4096), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const full = "no space left on device (make room, or name another place)\n"
	fuzz := []string{"fuzz", "--scenario", spinScenario(t), "-a", "ziti-1.0.0", "--seeds", "1..3", "--no-shrink", "--corpus"}
	if _, stderr, code := gyreRun(t, append(fuzz, wide)...); code != exitViolated {
		t.Fatal(code, stderr)
	}

	fill(6)
	if _, stderr, code := gyreRun(t, append(fuzz, disk)...); code != exitUsage || !strings.HasSuffix(stderr, "cannot write: "+full) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if _, stderr, code := gyreRun(t, append(fuzz, disk, "--resume")...); code != exitUsage ||
		!strings.Contains(stderr, "(leave out --resume)") {
		t.Errorf("exit code %d, %s", code, stderr)
	}

	fill(4) // for a journal and a finding; there are three
	stdout, stderr, code := gyreRun(t, append(fuzz, disk)...)
	if code != exitUsage || strings.Count(stderr, full) != 2 || !strings.Contains(stderr, "go on with the same command and --resume") ||
		strings.Count(stdout, "\nnot saved: ") != 2 || strings.Count(stdout, "\nsettle ") != 2 {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	fill(0)
	if _, stderr, code := gyreRun(t, append(fuzz, disk, "--resume")...); code != exitViolated {
		t.Fatal(code, stderr)
	}
	have, want := contents(t, disk), contents(t, wide)
	delete(have, "fill")
	if len(want) != 4 || len(have) != len(want) {
		t.Errorf("%d files, want %d", len(have), len(want))
	}
	for name, text := range want {
		if have[name] != text {
			t.Errorf("%s:\n%s\nwant\n%s", name, have[name], text)
		}
	}

	for name := range have {
		if err := os.Remove(filepath.Join(disk, name)); err != nil {
			t.Fatal(err)
		}
	}
	fill(4)
	stdout, stderr, code = gyreRun(t, "corpus", "merge", "--into", disk, corpusDir)
	files, err := corpus.Find([]string{disk})
	if code != exitUsage || !strings.HasSuffix(stderr, full) || err != nil || len(files) == 0 || strings.Count(stdout, "\n") != len(files) {
		t.Errorf("exit code %d, %d files\n%s%s", code, len(files), stdout, stderr)
	}
	for _, f := range files {
		if _, err := corpus.Read(f); err != nil {
			t.Error(err)
		}
	}
	if all := contents(t, disk); len(all) != len(files)+1 {
		t.Errorf("%d files, %d of them in the corpus", len(all), len(files))
	}
}
