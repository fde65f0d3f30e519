package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// plainRun is gyreRun as somebody to whom things can be denied.
func plainRun(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	if os.Geteuid() != 0 {
		return gyreRun(t, args...)
	}
	const nobody = 65534
	cmd := exec.Command(binary, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Skip(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// Where nothing may be read or written every command says so, where, and what to do, and all is as it was.
func TestDenied(t *testing.T) {
	oneGoroutine(t, "what is refused is refused before anything runs at a time")
	top, err := os.MkdirTemp("", "denied") // a test's own would be closed to others as a whole
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(top) })
	folder := func(name string) string {
		path := filepath.Join(top, name)
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sealed, secret, dark := folder("sealed"), folder("secret"), folder("dark")
	a, b := change(t, sealed, "a.trace"), change(t, sealed, "b.trace", "30s      break", "29s      break")
	x := change(t, secret, "x.trace")
	for path, mode := range map[string]os.FileMode{top: 0o755, sealed: 0o555, x: 0, dark: 0} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	before := contents(t, sealed)
	const denied = ": permission denied (ask for access, or name another place)"
	fuzz := "fuzz -a ziti-1.0.0 --seeds 1..2 --corpus "
	for _, c := range []struct {
		args, want string
		said       bool // to standard output
	}{
		{fuzz + sealed, "corpus " + sealed + "/campaign.journal: cannot write" + denied, false},
		{fuzz + sealed + "/new", "corpus " + sealed + "/new: cannot make the folder" + denied, false},
		{fuzz + secret, x + denied, false},
		{"corpus merge --into " + sealed + " " + corpusDir, "corpus " + sealed + ": cannot write ", false},
		{"corpus merge --into " + sealed + "/new " + corpusDir, "corpus " + sealed + "/new: cannot make the folder" + denied, false},
		{"corpus minimise " + sealed, "cannot delete " + b + denied, false},
		{"corpus stats " + secret, x + denied, false},
		{"corpus stats " + dark, "corpus " + dark + denied, false},
		{"replay " + dark, "corpus " + dark + denied, false},
		{"replay " + secret, x + denied, true},
		{"replay --update " + sealed, "--update: cannot write " + b + denied, true},
		{"shrink " + a, "cannot write " + strings.TrimSuffix(a, ".trace") + ".shrunk.trace" + denied, false},
		{"shrink " + x, x + denied, false},
	} {
		stdout, stderr, code := plainRun(t, strings.Fields(c.args)...)
		where := stderr
		if c.said {
			where = stdout
		}
		if code != exitUsage || !strings.Contains(where, c.want) || !strings.Contains(where, denied) {
			t.Errorf("gyre %s: exit code %d\n%s%swant %s", c.args, code, stdout, stderr, c.want)
		}
	}
	if after := contents(t, sealed); !maps.Equal(before, after) {
		t.Errorf("%d files, now %d", len(before), len(after))
	}
}
