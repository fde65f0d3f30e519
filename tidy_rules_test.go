package gyre_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// house holds the rules against folders of Go files and collects what it finds.
type house struct {
	findings []string
	excuses  map[place]*excuse
	exports  map[string]string // import path to compiled package, for the type checker
	fset     *token.FileSet
	info     *types.Info
	folder   string // the entry of allowed that applies, or empty outside the core
	strict   bool   // type errors are findings
	parents  []ast.Node
}

type place struct {
	file string
	line int
}

type excuse struct {
	reason string
	used   bool
}

// exportData asks the go command, once, where the compiled packages are: the tree's and what snippets use.
var exportData = sync.OnceValues(func() (map[string]string, error) {
	cmd := exec.Command("go", "list", "-e", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}",
		"./...", "maps", "slices", "time", "fmt")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, &stderr)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if name, file, _ := strings.Cut(strings.TrimSpace(line), " "); file != "" {
			exports[name] = file
		}
	}
	return exports, nil
})

func newHouse(t *testing.T) *house {
	exports, err := exportData()
	if err != nil {
		t.Fatal(err)
	}
	return &house{exports: exports, excuses: map[place]*excuse{}}
}

// check applies the rules to the files of one folder.
func (h *house) check(dir string, texts map[string]string) {
	h.fset = token.NewFileSet()
	var files []*ast.File
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		f, err := parser.ParseFile(h.fset, name, texts[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			h.findings = append(h.findings, err.Error())
			continue
		}
		files = append(files, f)
		h.comments(f)
		h.lengths(f, texts[name])
	}
	if h.folder = folderOf(dir); h.folder == "" {
		return
	}
	h.types(dir, files)
	for _, f := range files {
		h.imports(f)
		h.declarations(f)
		h.walk(f)
	}
}

// folderOf returns the longest core folder that contains dir.
func folderOf(dir string) string {
	for ; dir != "." && dir != "/"; dir = path.Dir(dir) {
		if _, ok := allowed[dir]; ok {
			return dir
		}
	}
	return ""
}

// types runs the type checker. In the tree its errors are findings, for rules about types look away from what
// has none; snippets are allowed to be half of a program.
func (h *house) types(dir string, files []*ast.File) {
	h.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
	}
	lookup := func(name string) (io.ReadCloser, error) {
		file, ok := h.exports[name]
		if !ok {
			return nil, fmt.Errorf("%s is not compiled", name)
		}
		return os.Open(file)
	}
	config := types.Config{Importer: importer.ForCompiler(h.fset, "gc", lookup), Error: func(err error) {
		if h.strict {
			h.findings = append(h.findings, err.Error())
		}
	}}
	_, _ = config.Check("gyre/"+dir, h.fset, files, h.info)
}

// comments collects the exceptions of a file.
func (h *house) comments(f *ast.File) {
	for _, group := range f.Comments {
		for _, c := range group.List {
			rest, ok := strings.CutPrefix(c.Text, "//tidy:ok")
			if !ok {
				continue
			}
			at := h.fset.Position(c.Pos())
			h.excuses[place{at.Filename, at.Line}] = &excuse{reason: strings.TrimSpace(rest)}
			if strings.TrimSpace(rest) == "" {
				h.findings = append(h.findings, fmt.Sprintf("%s:%d: tidy:ok needs a reason", at.Filename, at.Line))
			}
		}
	}
}

// stale finds exceptions that excuse nothing any more.
func (h *house) stale() {
	for _, at := range h.places() {
		if !h.excuses[at].used {
			h.findings = append(h.findings, fmt.Sprintf("%s:%d: tidy:ok excuses nothing here, remove it", at.file, at.line))
		}
	}
}

// excused lists the exceptions.
func (h *house) excused() []string {
	var lines []string
	for _, at := range h.places() {
		lines = append(lines, fmt.Sprintf("%s:%d: %s", at.file, at.line, h.excuses[at].reason))
	}
	return lines
}

func (h *house) places() []place {
	return slices.SortedFunc(maps.Keys(h.excuses), func(a, b place) int {
		if a.file != b.file {
			return strings.Compare(a.file, b.file)
		}
		return a.line - b.line
	})
}

// find reports a finding at pos unless its line is excused.
func (h *house) find(pos token.Pos, format string, args ...any) {
	at := h.fset.Position(pos)
	if e := h.excuses[place{at.Filename, at.Line}]; e != nil {
		e.used = true
		return
	}
	h.findings = append(h.findings, fmt.Sprintf("%s:%d: ", at.Filename, at.Line)+fmt.Sprintf(format, args...))
}

// lengths holds for every folder.
func (h *house) lengths(f *ast.File, text string) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > fileMax {
		h.find(f.Name.Pos(), "file has %d lines, at most %d: split it by what a reader looks for", len(lines), fileMax)
	}
	file := h.fset.File(f.Pos())
	for i, line := range lines {
		if n := utf8.RuneCountInString(line); n > columnMax {
			h.find(file.LineStart(i+1), "line has %d characters, at most %d", n, columnMax)
		}
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := h.fset.Position(fn.End()).Line - h.fset.Position(fn.Pos()).Line + 1; n > functionMax {
			h.find(fn.Pos(), "function %s has %d lines, at most %d: push ifs up and fors down", fn.Name.Name, n, functionMax)
		}
	}
}

func (h *house) imports(f *ast.File) {
	for _, spec := range f.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil || slices.Contains(base, name) || slices.ContainsFunc(allowed[h.folder], func(pattern string) bool {
			root, tree := strings.CutSuffix(pattern, "/...")
			return name == root || tree && strings.HasPrefix(name, root+"/")
		}) {
			continue
		}
		h.find(spec.Pos(), "%s must not import %q (see allowed in tidy_test.go)", h.folder, name)
	}
}

// declarations finds hidden state.
func (h *house) declarations(f *ast.File) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name == "init" {
				h.find(d.Pos(), "init runs by itself: call what you need where you need it")
			}
		case *ast.GenDecl:
			if d.Tok != token.VAR {
				continue
			}
			for _, spec := range d.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if name.Name != "_" {
						h.find(name.Pos(), "package variable %s is hidden state: pass it, or make it a constant", name.Name)
					}
				}
			}
		}
	}
}

// walk visits every node with its parents at hand.
func (h *house) walk(f *ast.File) {
	h.parents = h.parents[:0]
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			h.parents = h.parents[:len(h.parents)-1]
			return false
		}
		h.node(n)
		h.parents = append(h.parents, n)
		return true
	})
}

func (h *house) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.RangeStmt:
		if t := h.info.TypeOf(n.X); t != nil {
			if _, ok := t.Underlying().(*types.Map); ok {
				h.find(n.Pos(), "ranges over a map, which has a random order: range over slices.Sorted(maps.Keys(m))")
			}
		}
	case *ast.GoStmt:
		h.find(n.Pos(), "starts a goroutine: the scheduler's order is not ours")
	case *ast.ChanType:
		h.find(n.Pos(), "has a channel: use a queue")
	case *ast.SelectStmt:
		h.find(n.Pos(), "selects, and select chooses at random")
	case *ast.BasicLit:
		if n.Kind == token.STRING && strings.Contains(n.Value, "%"+"p") {
			h.find(n.Pos(), "%%p shows an address, which differs from run to run")
		}
	case *ast.Ident:
		h.ident(n)
	case *ast.CallExpr:
		h.call(n)
	}
	if e, ok := n.(ast.Expr); ok && isFloat(h.info.TypeOf(e)) {
		h.float(e)
	}
}

// float reports each line once: at the outermost float expression.
func (h *house) float(e ast.Expr) {
	if len(h.parents) > 0 {
		if up, ok := h.parents[len(h.parents)-1].(ast.Expr); ok && isFloat(h.info.TypeOf(up)) {
			return
		}
	}
	h.find(e.Pos(), "is a float, and architectures round differently: use integers")
}

func isFloat(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
}

// ident finds the builtins and functions that are banned by name.
func (h *house) ident(n *ast.Ident) {
	switch use := h.info.Uses[n].(type) {
	case *types.Builtin:
		switch use.Name() {
		case "recover":
			h.find(n.Pos(), "recovers, which hides faults: that is done once, at the boundary of a run")
		case "print", "println":
			h.find(n.Pos(), "%s prints; return text instead", use.Name())
		}
	case *types.Func:
		if use.Pkg() == nil || use.Signature().Recv() != nil {
			return
		}
		name := use.Pkg().Path() + "." + use.Name()
		if why, ok := banned[name]; ok && (use.Pkg().Path() != "maps" || !h.sorted()) {
			h.find(n.Pos(), "%s %s", name, why)
		}
	}
}

// sorted reports whether the call we are inside is an argument of slices.Sorted or its kin.
func (h *house) sorted() bool {
	for _, up := range slices.Backward(h.parents) {
		call, ok := up.(*ast.CallExpr)
		if !ok {
			continue
		}
		if s, ok := call.Fun.(*ast.SelectorExpr); ok && strings.HasPrefix(s.Sel.Name, "Sorted") {
			return true
		}
	}
	return false
}

// call finds arguments of the formatting functions that print as an address.
func (h *house) call(n *ast.CallExpr) {
	s, ok := n.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	fn, ok := h.info.Uses[s.Sel].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "fmt" && fn.FullName() != "gyre/sim.Assert" {
		return
	}
	for _, arg := range n.Args {
		t := h.info.TypeOf(arg)
		if t == nil || hasMethod(t, "String") || hasMethod(t, "Error") || hasMethod(t, "Write") {
			continue
		}
		switch t.Underlying().(type) {
		case *types.Pointer, *types.Signature, *types.Chan:
			h.find(arg.Pos(), "formats a pointer, function or channel: give it a String method or format its parts")
		}
	}
}

func hasMethod(t types.Type, name string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	_, ok := obj.(*types.Func)
	return ok
}

// paths finds the paths of somebody's machine in any file.
func (h *house) paths(name, text string) {
	for i, line := range strings.Split(text, "\n") {
		if at := machine.FindString(line); at != "" {
			h.findings = append(h.findings, fmt.Sprintf("%s:%d: speaks of a path of one machine: %q", name, i+1, at))
		}
	}
}
