package corpus

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// tempExtension is how the name of a file ends that is being written; it begins with a dot.
const tempExtension = ".tmp"

// abandoned is how old such a file is when nobody can be writing it any more: its process was killed.
const abandoned = 10 * time.Minute

// writes is read-locked while a file is written.
var writes sync.RWMutex

// Settle waits until no file is under way, a second at most, and lets no further one begin. It is for a program that
// is about to end in the middle of things, so that it leaves nothing half-written behind.
func Settle() {
	done := make(chan struct{})
	go func() {
		writes.Lock()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}

// Sweep removes from a folder what writers of corpus files left behind that were killed. What cannot be removed stays:
// it is hidden, and no command takes it for a corpus file.
func Sweep(dir string) { sweep(dir, ".*"+Extension+".*"+tempExtension) }

// SweepFile removes what writers of one file left behind, whatever its extension.
func SweepFile(path string) {
	quoted := strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`).Replace(filepath.Base(path))
	sweep(filepath.Dir(path), "."+quoted+".*"+tempExtension)
}

func sweep(dir, pattern string) {
	all, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, f := range all {
		if ours, err := filepath.Match(pattern, f.Name()); err != nil || !ours {
			continue
		}
		info, err := f.Info()
		if err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(dir, f.Name()))
		}
	}
}

// Writable says why a file could not be written, before there is anything to write: its folder is missing or
// read-only, or it is a folder itself.
func Writable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return describe(path, errors.New("it is a folder (name a file in it)"))
	case err == nil && !info.Mode().IsRegular(): // a pipe or a device: opening it may have an effect
		return nil
	}
	temp, err := written(path, "")
	if err != nil {
		return describe(path, err)
	}
	return describe(path, os.Remove(temp))
}
