// Package corpus keeps failures as files: it finds, reads and writes them, so that several campaigns may write into
// one folder at the same time and a kill at any moment leaves no half-written file under a name that counts.
//
// The format is that of scenarios.Entry; a file of the corpus ends in .trace.
package corpus

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gyre/scenarios"
	"gyre/sim"
)

// Extension is how the name of a corpus file ends.
const Extension = ".trace"

// Dir is the corpus that commands use unless told otherwise.
const Dir = "corpus"

// Find returns the corpus files that paths name: files as they are, and of folders all files in and below them
// that end in .trace, in order. Each file comes once, by the first way to it.
func Find(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("corpus %s: %w (give a corpus file or a folder with some)", path, bare(err))
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return fmt.Errorf("corpus %s: %w", name, Reason(err))
			}
			if isFile(name, d) && strings.HasSuffix(name, Extension) && !strings.HasPrefix(d.Name(), ".") {
				files = append(files, name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var once []string
	seen := map[string]bool{}
	places := map[string]string{}
	for _, f := range files {
		if place := place(f, places); !seen[place] {
			seen[place] = true
			once = append(once, f)
		}
	}
	return once, nil
}

// place returns where a file is, whatever the way to it: one file by two ways is one, or a command that keeps one of
// two would delete it. dirs has the folders that were looked up.
func place(path string, dirs map[string]string) string {
	dir := filepath.Dir(path)
	if _, ok := dirs[dir]; !ok {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil {
			real, err = filepath.Abs(real)
		}
		if err != nil {
			real = dir
		}
		dirs[dir] = real
	}
	path = filepath.Join(dirs[dir], filepath.Base(path))
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return real
		}
	}
	return path
}

// isFile reports whether an entry of a folder is a file, or a link to one. A link that leads nowhere is taken for a
// file, so that reading it tells what is wrong.
func isFile(name string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	info, err := os.Stat(name)
	return err != nil || info.Mode().IsRegular()
}

// Read reads a corpus file.
func Read(path string) (*scenarios.Entry, error) {
	text, err := Text(path)
	if err != nil {
		return nil, err
	}
	return scenarios.ParseEntry(path, text)
}

// Text returns the text of a file that is no longer than a plan may be.
func Text(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, Reason(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return "", fmt.Errorf("%s: is a directory (give a file in it)", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, scenarios.TextMax+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: %w", path, Reason(err))
	case len(text) > scenarios.TextMax:
		return "", fmt.Errorf("%s: it is over the limit of %d MiB: what Gyre writes is shorter (move it away)", path,
			scenarios.TextMax>>20)
	}
	return string(text), nil
}

// Save writes an entry into a folder, which it makes if need be, under a name that no file has yet: algorithm,
// property and what, which is a word about the finding. If a file of that name has the same plan already,
// violating the same, nothing is written; fresh tells. Any number of processes may save into one folder.
func Save(dir string, e *scenarios.Entry, what string) (path string, fresh bool, err error) {
	return Add(dir, strings.TrimSuffix(e.FileName(what, 1), Extension), e)
}

// Add is Save under a name of the caller's. If it is taken, a hash of the finding is added: where the file of a finding
// is does not depend on how many others have the name, so that a folder of ten thousand is no slower than one of ten.
func Add(dir, name string, e *scenarios.Entry) (path string, fresh bool, err error) {
	return add(dir, name, e, Read)
}

func add(dir, name string, e *scenarios.Entry, read func(string) (*scenarios.Entry, error)) (string, bool, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", false, fmt.Errorf("corpus %s: cannot make the folder: %w", dir, Reason(err))
	}
	text := e.String()
	own := fmt.Sprintf("%s-%016x", name, sim.HashString(Key(e)))
	same := func(name string) bool {
		there, err := read(filepath.Join(dir, name+Extension))
		return err == nil && Key(there) == Key(e)
	}
	if same(own) { // the plain name was another's when it was saved; by now it may be free
		return filepath.Join(dir, own+Extension), false, nil
	}
	for n := 1; ; n++ {
		try := name
		switch {
		case n == 2:
			try = own
		case n > 2: // what was there has been changed by hand, or hashes are equal
			try = fmt.Sprintf("%s-%d", own, n-1)
		}
		path := filepath.Join(dir, try+Extension)
		err := create(path, text)
		switch {
		case err == nil:
			return path, true, nil
		case !errors.Is(err, fs.ErrExist):
			return "", false, fmt.Errorf("corpus %s: cannot write %s: %w", dir, filepath.Base(path), Reason(err))
		case same(try):
			return path, false, nil
		}
	}
}

// Key is what two entries of one finding have in common: the same plan violates the same in the same run.
func Key(e *scenarios.Entry) string {
	return fmt.Sprintf("%s %016x\n%s", e.Bucket(), e.Digest, e.Plan)
}

// create writes a new file, whole or not at all; if the name is taken the error is fs.ErrExist.
func create(path, text string) error {
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	writes.RLock()
	defer writes.RUnlock()
	temp, err := written(path, text)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	return os.Link(temp, path) // fails if the name was taken meanwhile
}

// Replace writes a file, whole or not at all, whether there was one or not. What is no regular file, such as a
// pipe or a device, is written to.
func Replace(path, text string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return describe(path, os.WriteFile(path, []byte(text), 0o666))
	}
	writes.RLock()
	defer writes.RUnlock()
	temp, err := written(path, text)
	if err != nil {
		return describe(path, err)
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return describe(path, err)
	}
	return nil
}

func describe(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cannot write %s: %w", path, Reason(err))
}

// written writes a text into a file of its own beside path, down to the disk, and returns its name.
func written(path, text string) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*"+tempExtension)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	return f.Name(), err
}

// File is a corpus file that was read.
type File struct {
	Path  string
	Entry *scenarios.Entry
}

// Smaller orders the files of one bucket, best first: fewer directives, then a shorter plan, then the name.
func Smaller(f, g File) int {
	directives, bytes := f.Entry.Size()
	d, b := g.Entry.Size()
	return cmp.Or(cmp.Compare(directives, d), cmp.Compare(bytes, b), strings.Compare(f.Path, g.Path))
}

// Group sorts files into buckets. The buckets come in the order of their text, the files of each best first.
func Group(files []File) [][]File {
	byBucket := map[scenarios.Bucket][]File{}
	for _, f := range files {
		byBucket[f.Entry.Bucket()] = append(byBucket[f.Entry.Bucket()], f)
	}
	groups := slices.Collect(maps.Values(byBucket))
	for _, g := range groups {
		slices.SortFunc(g, Smaller)
	}
	slices.SortFunc(groups, func(a, b []File) int {
		return strings.Compare(a[0].Entry.Bucket().String(), b[0].Entry.Bucket().String())
	})
	return groups
}
