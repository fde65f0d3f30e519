package gyre_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The house rules as a test. The core (sim, model, checker, scenarios) must be a function of its input, so
// whatever could let the machine in is banned there: clocks, goroutines, map order, floats, hidden state. The
// other rules keep the tree readable and hold for every Go file that is not a test.
//
// An exception is a comment at the end of the line it excuses, with a reason: "//tidy:ok sorted below". The
// exceptions are counted, so that nobody adds one unseen: look at the new one, then change the number.
const exceptions = 33

const (
	functionMax = 70  // lines from func to the closing brace
	fileMax     = 350 // lines
	columnMax   = 120 // characters of a line, a tab counts as one
)

// allowed lists what each core folder may import besides base: an allow-list, so that the import line
// sim <- model <- checker <- scenarios <- cmd/gyre holds and nothing ambient slips in. The longest folder
// that contains a file counts.
var (
	base = []string{
		"bytes", "cmp", "encoding/binary", "errors", "fmt", "iter", "maps", "math", "math/bits", "slices", "strconv",
		"strings", "unicode", "unicode/utf8",
	}
	allowed = map[string][]string{
		"sim":           {},
		"model":         {"gyre/sim", "gyre/model/..."},
		"model/raftlog": {"gyre/sim", "gyre/model", "go.etcd.io/raft/v3/...", "google.golang.org/protobuf/proto"},
		"checker":       {"gyre/sim", "gyre/model/...", "gyre/checker/...", "github.com/anishathalye/porcupine"},
		"scenarios":     {"gyre/sim", "gyre/model/...", "gyre/checker/...", "gyre/scenarios/...", "embed"},
	}
)

// banned names functions that no core code calls, should their package ever get an exception.
var banned = map[string]string{
	"time.Now": "reads the clock", "time.Since": "reads the clock", "time.Until": "reads the clock",
	"time.Sleep": "waits for the clock", "time.After": "waits for the clock", "time.Tick": "waits for the clock",
	"time.NewTimer": "waits for the clock", "time.NewTicker": "waits for the clock",
	"time.AfterFunc": "waits for the clock",
	"fmt.Print":      "prints; return text instead", "fmt.Printf": "prints; return text instead",
	"fmt.Println": "prints; return text instead",
	"maps.Keys":   "has a random order; wrap it in slices.Sorted",
	"maps.Values": "has a random order; wrap it in slices.Sorted",
	"maps.All":    "has a random order; go through slices.Sorted(maps.Keys(m))",
}

// machine matches absolute paths of somebody's machine. It is put together so that it does not match itself.
var machine = regexp.MustCompile(`(^|[\s"'` + "`" + `(=:,])/(ho` + `me|ro` + `ot|wo` + `rk|Us` + `ers|var/fol` + `ders)/\w`)

// TestTidy checks the tree.
func TestTidy(t *testing.T) {
	files := goFiles(t)
	h := newHouse(t)
	h.strict = true
	for _, dir := range slices.Sorted(maps.Keys(files)) {
		h.check(dir, files[dir])
	}
	for _, name := range textFiles(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		h.paths(name, string(text))
	}
	h.stale()
	for _, f := range h.findings {
		t.Error(f)
	}
	excused := h.excused()
	t.Logf("%d exceptions to the rules:\n%s", len(excused), strings.Join(excused, "\n"))
	if len(excused) != exceptions {
		t.Errorf("%d exceptions (//tidy:ok), the golden number is %d: look at what changed (go test -run TestTidy -v .), "+
			"then set it in tidy_test.go", len(excused), exceptions)
	}
}

// TestTidyRules has a bad line for each rule, and what the rule says about it. A green TestTidy means nothing
// if the rules could not turn red.
func TestTidyRules(t *testing.T) {
	imports := func(p string) string { return "import _ " + strconv.Quote(p) }
	for _, c := range []struct{ rule, dir, code, want string }{
		{"time is ambient", "sim", imports("time"), `sim must not import "time"`},
		{"random is ambient", "model", imports("math/rand/v2"), `model must not import "math/rand/v2"`},
		{"sync is scheduling", "checker", imports("sync"), `checker must not import "sync"`},
		{"import line", "sim", imports("gyre/model"), `sim must not import "gyre/model"`},
		{"import line", "model/hosting", imports("gyre/checker"), `model must not import "gyre/checker"`},
		{"raft stays inside", "model/router", imports("go.etcd.io/raft/v3"), `model must not import "go.etcd.io/raft/v3"`},
		{"map order", "sim", "func f(m map[int]int) {\n\tfor range m {\n\t}\n}", "ranges over a map"},
		{"map order", "sim", "type s map[int]int\nfunc f(m s) {\n\tfor k := range m {\n\t\t_ = k\n\t}\n}", "ranges over a map"},
		{"map order", "sim", "import \"maps\"\nfunc f(m map[int]int) any { return maps.Keys(m) }", "maps.Keys has a random order"},
		{"goroutine", "model", "func f() { go f() }", "starts a goroutine"},
		{"channel", "model", "func f(c chan int) {}", "has a channel"},
		{"select", "model", "func f() { select {} }", "selects"},
		{"recover", "model", "func f() { defer func() { _ = recover() }() }", "recovers"},
		{"float", "checker", "func f(a, b int) bool { return float64(a) > 1.5 }", "is a float"},
		{"float", "checker", "type f struct{ x float32 }", "is a float"},
		{"hidden state", "model", "var seen int", "package variable seen"},
		{"init", "model", "func init() {}", "init runs by itself"},
		{"clock", "sim", "import \"time\" //tidy:ok to show the next rule\nvar _ = time.Now()", "time.Now reads the clock"},
		{"print", "sim", "import \"fmt\"\nfunc f() { fmt.Println(1) }", "fmt.Println prints"},
		{"builtin print", "sim", "func f() { println(1) }", "println prints"},
		{"address", "sim", "import \"fmt\"\nfunc f() string { return fmt.Sprintf(\"%p\", f) }", "%p shows an address"},
		{"address", "sim", "import \"fmt\"\ntype s struct{}\nfunc f(x *s) string { return fmt.Sprint(x) }", "formats a pointer"},
		{"long function", "cmd/gyre", "func f() {" + strings.Repeat("\n", functionMax) + "}", "function f has 71 lines"},
		{"long file", "cmd/gyre", strings.Repeat("\n", fileMax), "file has 351 lines"},
		{"long line", "cmd/gyre", "// " + strings.Repeat("x", columnMax), "line has 123 characters"},
		{"reason", "sim", "var table = 1 //tidy:ok", "tidy:ok needs a reason"},
		{"stale exception", "sim", "const one = 1 //tidy:ok constant", "excuses nothing"},
		{"path", "README.md", "see /ho" + "me/me/gyre", "speaks of a path of one machine"},
		{"fine: sorted", "sim", "import (\n\t\"maps\"\n\t\"slices\"\n)\nfunc f(m map[int]int) []int { return slices.Sorted(maps.Keys(m)) }", ""},
		{"fine: excused", "sim", "func f(m map[int]int) {\n\tfor range m { //tidy:ok counted only\n\t}\n}", ""},
		{"fine: assertion of a type", "sim", "type t int\nfunc (t) String() string { return \"\" }\nvar _ interface{ String() string } = t(0)", ""},
		{"fine: goroutine in a command", "cmd/gyre", "func f() { go f() }", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h := newHouse(t)
			if c.rule == "path" {
				h.paths(c.dir, c.code)
			} else {
				h.check(c.dir, map[string]string{c.dir + "/bad.go": "package bad\n" + c.code})
				h.stale()
			}
			if c.want == "" {
				if len(h.findings) > 0 {
					t.Fatalf("should be fine, but: %s", strings.Join(h.findings, "\n"))
				}
				return
			}
			if got := strings.Join(h.findings, "\n"); !strings.Contains(got, c.want) {
				t.Fatalf("want a finding with %q, have %q", c.want, got)
			}
		})
	}
}

// goFiles returns the Go files of the tree that are no tests: folder to file to text.
func goFiles(t *testing.T) map[string]map[string]string {
	files := map[string]map[string]string{}
	for _, name := range textFiles(t) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.ToSlash(filepath.Dir(name))
		if files[dir] == nil {
			files[dir] = map[string]string{}
		}
		files[dir][filepath.ToSlash(name)] = string(text)
	}
	for dir := range allowed {
		if len(files[dir]) == 0 {
			t.Errorf("no Go files in %s: the rules would pass by looking at nothing", dir)
		}
	}
	return files
}

// textFiles returns the files of the tree, in order, without what git and the tools keep for themselves.
func textFiles(t *testing.T) []string {
	var names []string
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
