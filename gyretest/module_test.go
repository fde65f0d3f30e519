package gyretest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestModule makes the module that the README tells of, somewhere else, with the test that is printed there, and runs it:
// it depends on Gyre as the README says, finds what its controller does wrong, and repeats it with the command it prints.
func TestModule(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a module")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	code, err := os.ReadFile("testdata/own/controller.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "controller.go", string(code))
	head := "package own\n\nimport (\n\t\"fmt\"\n\t\"testing\"\n\n\t\"gyre/gyretest\"\n\t\"gyre/sim\"\n)\n\n"
	write(t, dir, "controller_test.go", head+readmeTest(t, root))
	write(t, dir, "go.mod", "module own\n\ngo 1.26\n")
	if out, err := run(dir, "mod", "edit", "-require", "gyre@v0.0.0", "-replace", "gyre="+root); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := run(dir, "mod", "tidy"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := run(dir, "test", ".", "-run", "TestController")
	if err == nil || !strings.Contains(out, "never too many (witness): 2 pods, and never more than 1 were wanted") {
		t.Fatalf("it should fail, but: %v\n%s", err, out)
	}
	_, command, _ := strings.Cut(out, "repeat: go ")
	command, _, _ = strings.Cut(command, "\n")
	again, err := run(dir, strings.Fields(strings.ReplaceAll(command, "'", ""))...)
	if err == nil || story(again) != story(out) || story(out) == "" {
		t.Errorf("%s: %v\n%s\nwas\n%s", command, err, again, out)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// run runs the go command with what is on this machine.
func run(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// readmeTest returns the test that the README prints.
func readmeTest(t *testing.T, root string) string {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Your own controller under Gyre\n")
	_, block, _ := strings.Cut(section, "\n```go\n")
	block, _, ok := strings.Cut(block, "```\n")
	if !ok || !strings.Contains(block, "func TestController") {
		t.Fatal("the README prints no TestController")
	}
	return block
}

// story is the part of a message from the finding to its trace.
func story(out string) string {
	_, finding, _ := strings.Cut(out, "never too many")
	finding, _, _ = strings.Cut(finding, "# <")
	return finding
}
