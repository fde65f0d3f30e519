package campaign

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	New     []int              `json:"new,omitempty"` // transitions that nobody had reached
	Buckets []scenarios.Bucket `json:"buckets,omitempty"`
}

// open reads the corpus folder and, to resume, the journal of the campaign.
func (r *runner) open() error {
	dir := r.config.Corpus
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !r.config.Resume:
		if err := os.Mkdir(dir, 0o777); err != nil {
			return fmt.Errorf("corpus %s: cannot make the folder: %w", dir, reason(err))
		}
	case err != nil:
		return fmt.Errorf("corpus %s: %w", dir, reason(err))
	case !info.IsDir():
		return fmt.Errorf("corpus %s: is not a folder", dir)
	}
	r.corpus = &store{dir: dir}
	files, err := r.corpus.read()
	if err != nil {
		return err
	}
	for _, f := range files {
		r.known[f.Entry.Bucket()] = true
	}
	return r.openJournal(files)
}

// read parses the files of the corpus. Every file that is no use is told, with what to do.
func (s *store) read() ([]corpus.File, error) {
	paths, err := corpus.Find([]string{s.dir})
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

// reason strips the operation and path from a file error.
func reason(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	if p := (*os.LinkError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// journalVersion is the version of the journal's form.
const journalVersion = "gyre campaign 1"

// journalPath names the journal of a shard.
func (c *Config) journalPath() string {
	name := "campaign.journal"
	if c.Shards > 1 {
		name = fmt.Sprintf("campaign-%d-of-%d.journal", c.Shard, c.Shards)
	}
	return filepath.Join(c.Corpus, name)
}

// openJournal starts the journal anew, or goes on with the one there is.
func (r *runner) openJournal(files []corpus.File) error {
	path := r.config.journalPath()
	head := journalVersion + " | " + r.config.identity() + "\n"
	var keep []byte
	if r.config.Resume {
		text, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("--resume: %s is missing: there is no campaign to go on with (leave out --resume)", path)
		case err != nil:
			return fmt.Errorf("--resume: %s: %w", path, reason(err))
		}
		if keep, err = r.replay(path, head, text, files); err != nil {
			return err
		}
	} else {
		keep = []byte(head)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("corpus %s: cannot write: %w", path, reason(err))
	}
	if err := lock(f); err != nil {
		f.Close()
		return fmt.Errorf("corpus %s: another campaign writes it (use another --corpus, or --shard)", path)
	}
	if err = f.Truncate(int64(len(keep))); err == nil {
		_, err = f.WriteAt(keep, 0)
	}
	if err == nil {
		_, err = f.Seek(int64(len(keep)), 0)
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("corpus %s: cannot write: %w", path, reason(err))
	}
	r.corpus.journal = f
	return nil
}

// replay takes the seeds that are done from the journal, without playing them again, and returns what of it stays.
// A last line that was cut short is dropped.
func (r *runner) replay(path, head string, text []byte, files []corpus.File) ([]byte, error) {
	if !bytes.HasPrefix(text, []byte(head)) {
		line, _, _ := strings.Cut(string(text), "\n")
		if !strings.HasPrefix(line, journalVersion+" | ") {
			return nil, fmt.Errorf("--resume: %s:1: it is of another version (this gyre reads %q)", path, journalVersion)
		}
		return nil, fmt.Errorf("--resume: %s:1: it is of another campaign\n  there  %s\n  here   %s", path,
			strings.TrimPrefix(line, journalVersion+" | "), r.config.identity())
	}
	kept := len(head)
	scanner := bufio.NewScanner(bytes.NewReader(text[len(head):]))
	scanner.Buffer(nil, 1<<24)
	for number := 2; scanner.Scan(); number++ {
		end := kept + len(scanner.Bytes()) + 1
		if end > len(text) {
			break
		}
		var e entry
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil || e.Seed != r.config.seed(r.next) {
			return nil, fmt.Errorf("--resume: %s:%d: it is damaged (delete this line and what follows)", path, number)
		}
		r.restore(&e, files)
		kept = end
	}
	return text[:kept], nil
}

// restore takes a seed from the journal as if it had just been played.
func (r *runner) restore(e *entry, files []corpus.File) {
	p := r.config.plan(e.Seed, r.epochs[r.next/epoch])
	for _, t := range e.New {
		r.seen[t/scenarios.Transitions].Add(t % scenarios.Transitions)
	}
	if len(e.New) > 0 {
		r.pool = append(r.pool, p)
	}
	for _, b := range e.Buckets {
		r.recall(e.Seed, b, files)
	}
	r.count(e, p)
	r.advance(r.next)
	r.next++
	r.result.Resumed++
}

// recall makes a finding of the campaign's own file again.
func (r *runner) recall(seed sim.Seed, b scenarios.Bucket, files []corpus.File) {
	if r.mine[b] != nil {
		return
	}
	mark := fmt.Sprintf("seed %s, ", seed)
	i := slices.IndexFunc(files, func(f corpus.File) bool {
		e := f.Entry
		return e.Bucket() == b && strings.HasPrefix(e.Found, "gyre fuzz, ") && strings.Contains(e.Found, mark)
	})
	if i < 0 {
		return
	}
	e := files[i].Entry
	f := &Finding{Bucket: b, Seed: seed, Plan: e.Plan, Drawn: len(e.Plan.Steps), Text: e.Why, File: files[i].Path}
	r.mine[b] = f
	r.result.Findings = append(r.result.Findings, f)
}

// record appends a line to the journal.
func (s *store) record(e *entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := s.journal.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("corpus %s: cannot write: %w", s.journal.Name(), reason(err))
	}
	return nil
}

func (s *store) close() {
	if s.journal != nil {
		s.journal.Close()
	}
}
