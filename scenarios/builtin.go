package scenarios

import (
	"embed"
	"strings"

	"gyre/sim"
)

//go:embed *.txt
var files embed.FS //tidy:ok embedded files

// File is a scenario that comes with Gyre.
type File struct {
	Name string // without .txt
	Text string
}

// Builtin returns the scenarios that come with Gyre, by name.
func Builtin() []File {
	entries, err := files.ReadDir(".")
	sim.Assert(err == nil, "embedded scenarios: %v", err)
	list := make([]File, 0, len(entries))
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		sim.Assert(err == nil, "embedded scenario %s: %v", e.Name(), err)
		list = append(list, File{Name: strings.TrimSuffix(e.Name(), ".txt"), Text: string(text)})
	}
	return list
}

// Load returns the scenario of that name.
func Load(name string) (File, bool) {
	for _, f := range Builtin() {
		if f.Name == name {
			return f, true
		}
	}
	return File{}, false
}
