package campaign

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gyre/internal/corpus"
	"gyre/scenarios"
	"gyre/sim"
)

// store is the corpus folder a campaign reads known findings from and saves new ones to.
type store struct {
	dir     string
	journal *os.File
}

// entry is a line of the journal: what a seed came to.
type entry struct {
	Seed    sim.Seed           `json:"seed"`
	Plays   int                `json:"plays"`
	Events  uint64             `json:"events"`
	Virtual sim.Duration       `json:"virtual"`
	Twice   int                `json:"twice,omitempty"`
	Unknown int                `json:"unknown,omitempty"`
	Skipped int                `json:"skipped,omitempty"`
	Shared  int                `json:"shared,omitempty"`
	New     []int              `json:"new,omitempty"` // transitions that nobody had reached
	Buckets []scenarios.Bucket `json:"buckets,omitempty"`
}

// open reads the corpus folder and, to resume, the journal of the campaign.
func (r *runner) open() error {
	known, err := read(r.config.Known)
	if err != nil {
		return err
	}
	dir := r.config.Corpus
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !r.config.Resume:
		if err := os.Mkdir(dir, 0o777); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("corpus %s: there is no folder %s to make it in (make that first, or name another place)", dir,
				filepath.Dir(dir))
		} else if err != nil {
			return fmt.Errorf("corpus %s: cannot make the folder: %w", dir, corpus.Reason(err))
		}
	case err != nil:
		return fmt.Errorf("corpus %s: %w", dir, corpus.Reason(err))
	case !info.IsDir():
		return fmt.Errorf("corpus %s: is not a folder (name one)", dir)
	}
	r.corpus = &store{dir: dir}
	files, err := read([]string{dir})
	if err != nil {
		return err
	}
	for _, f := range append(known, files...) {
		if b := f.Entry.Bucket(); !r.known[b] {
			r.known[b], r.result.Files[b] = true, f.Path
		}
	}
	if err := r.openJournal(files); err != nil {
		return err
	}
	corpus.Sweep(dir)
	return nil
}

// read parses the files of corpora. Every file that is no use is told, with what to do.
func read(dirs []string) ([]corpus.File, error) {
	paths, err := corpus.Find(dirs)
	if err != nil {
		return nil, err
	}
	var files []corpus.File
	var wrong []error
	for _, path := range paths {
		e, err := corpus.Read(path)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		files = append(files, corpus.File{Path: path, Entry: e})
	}
	return files, errors.Join(wrong...)
}

// record appends a line to the journal.
func (s *store) record(e *entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := s.journal.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("corpus %s: cannot write: %w", s.journal.Name(), corpus.Reason(err))
	}
	return nil
}

func (s *store) close() {
	if s.journal != nil {
		s.journal.Close()
	}
}
