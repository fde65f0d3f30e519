package fuzztarget

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gyre/scenarios"
)

// seeds are what engines begin with.
func seeds(t testing.TB) []string {
	var list []string
	for _, f := range scenarios.Builtin() {
		list = append(list, f.Text, "\x01"+f.Text)
	}
	files, err := filepath.Glob("../../corpus/*.trace")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(text), string(text[:len(text)/2]))
	}
	return append(list, "", "\x00", "\xff\xfe")
}

// The seeds are fine with every target, and each target is built for ClusterFuzzLite.
func TestTargets(t *testing.T) {
	script, err := os.ReadFile("../../.clusterfuzzlite/build.sh")
	if err != nil {
		t.Fatal(err)
	}
	list := seeds(t)
	if testing.Short() {
		list = list[:8]
	}
	for _, target := range Targets() {
		if !strings.Contains(string(script), " "+target.Name) {
			t.Errorf(".clusterfuzzlite/build.sh does not build %s", target.Name)
		}
		for _, s := range list {
			if err := target.Run([]byte(s)); err != nil {
				t.Errorf("%s: %v", target.Name, err)
			}
		}
	}
}

// What prints differently is told.
func TestStable(t *testing.T) {
	if err := stable("x", func(s string) (word, error) { return word(s + "y"), nil }); err == nil {
		t.Error("a text that grows passes")
	}
	if err := stable("x", func(s string) (word, error) {
		if s == "x" {
			return "z", nil
		}
		return "", errors.New("no")
	}); err == nil {
		t.Error("a text that cannot be read again passes")
	}
}

type word string

func (w word) String() string { return string(w) }

// The libFuzzer glue compiles, where there is a C compiler.
func TestGlue(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles")
	}
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("there is no C compiler")
	}
	out, err := exec.Command("go", "vet", "-tags", "libfuzzer", "./libfuzzer").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
