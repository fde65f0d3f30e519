package scenarios

import (
	"embed"
	"strings"

	"gyre/sim"
)

//go:embed *.txt bugs/*.txt
var files embed.FS //tidy:ok embedded files

// File is a scenario that comes with Gyre.
type File struct {
	Name string // without .txt
	Text string
}

// bugFolder has the stories of single bugs.
const bugFolder = "bugs"

// Builtin returns the scenarios that come with Gyre, by name, but for those of BugStories.
func Builtin() []File { return embedded(".") }

// BugStories returns the scenarios that show one bug of the catalogue each, or a few, by name. They say nothing of what
// to expect: model.Catalogue does.
func BugStories() []File { return embedded(bugFolder) }

func embedded(dir string) []File {
	entries, err := files.ReadDir(dir)
	sim.Assert(err == nil, "embedded scenarios: %v", err)
	list := make([]File, 0, len(entries))
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		name := e.Name()
		if dir != "." {
			name = dir + "/" + name
		}
		text, err := files.ReadFile(name)
		sim.Assert(err == nil, "embedded scenario %s: %v", e.Name(), err)
		list = append(list, File{Name: strings.TrimSuffix(e.Name(), ".txt"), Text: string(text)})
	}
	return list
}

// Load returns the scenario of that name.
func Load(name string) (File, bool) {
	for _, f := range append(Builtin(), BugStories()...) {
		if f.Name == name {
			return f, true
		}
	}
	return File{}, false
}
