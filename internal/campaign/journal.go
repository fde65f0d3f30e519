package campaign

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gyre/internal/corpus"
	"gyre/scenarios"
	"gyre/sim"
)

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

// openJournal starts the journal anew, or goes on with the one there is. It is locked before it is read, so that nobody
// else adds to it meanwhile.
func (r *runner) openJournal(files []corpus.File) error {
	path := r.config.journalPath()
	flags := os.O_RDWR | os.O_CREATE
	if r.config.Resume {
		flags = os.O_RDWR
	}
	f, err := os.OpenFile(path, flags, 0o644)
	switch {
	case r.config.Resume && errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--resume: %s is missing: there is no campaign to go on with (leave out --resume)", path)
	case err != nil:
		return fmt.Errorf("corpus %s: cannot write: %w", path, corpus.Reason(err))
	}
	if err := lock(f); err != nil {
		f.Close()
		return fmt.Errorf("corpus %s: another campaign writes it (use another --corpus, or --shard)", path)
	}
	if err := r.startJournal(f, files); err != nil {
		f.Close()
		return err
	}
	r.corpus.journal = f
	return nil
}

// startJournal writes what of the journal stays, and goes on behind it.
func (r *runner) startJournal(f *os.File, files []corpus.File) error {
	head := journalVersion + " | " + r.config.identity() + "\n"
	kept := []byte{}
	if r.config.Resume {
		text, err := io.ReadAll(f)
		if err != nil {
			return fmt.Errorf("--resume: %s: %w", f.Name(), corpus.Reason(err))
		}
		if kept, err = r.replay(f.Name(), head, text, files); err != nil {
			return err
		}
	}
	err := f.Truncate(int64(len(kept))) // first, so that a new head never stands above old lines
	if err == nil {
		_, err = f.Seek(int64(len(kept)), io.SeekStart)
	}
	if err == nil && len(kept) == 0 {
		_, err = f.WriteString(head)
	}
	if err != nil {
		return fmt.Errorf("corpus %s: cannot write: %w", f.Name(), corpus.Reason(err))
	}
	return nil
}

// replay takes the seeds that are done from the journal, without playing them again, and returns what of it stays.
// A last line that was cut short is dropped.
func (r *runner) replay(path, head string, text []byte, files []corpus.File) ([]byte, error) {
	if !bytes.HasPrefix(text, []byte(head)) {
		line, _, whole := strings.Cut(string(text), "\n")
		if !whole {
			return nil, fmt.Errorf("--resume: %s:1: it is cut short: no seed of that campaign was done (leave out --resume)",
				path)
		}
		if !strings.HasPrefix(line, journalVersion+" | ") {
			return nil, fmt.Errorf("--resume: %s:1: it is of another version, and this gyre reads %q (leave out --resume, or "+
				"use the gyre that wrote it)", path, journalVersion)
		}
		return nil, fmt.Errorf("--resume: %s:1: it is of another campaign\n  there  %s\n  here   %s", path,
			strings.TrimPrefix(line, journalVersion+" | "), r.config.identity())
	}
	r.own = ownFindings(files)
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
		r.restore(&e)
		kept = end
	}
	return text[:kept], nil
}

// origin is what a finding of a campaign came from.
type origin struct {
	bucket scenarios.Bucket
	seed   string
}

// ownFindings sorts the files that campaigns saved by what they came from.
func ownFindings(files []corpus.File) map[origin]corpus.File {
	own := map[origin]corpus.File{}
	for _, f := range files {
		parts := strings.Split(f.Entry.Found, ", ")
		if len(parts) < 3 || parts[0] != foundBy {
			continue
		}
		o := origin{f.Entry.Bucket(), strings.TrimPrefix(parts[2], "seed ")}
		if _, ok := own[o]; !ok {
			own[o] = f
		}
	}
	return own
}

// restore takes a seed from the journal as if it had just been played.
func (r *runner) restore(e *entry) {
	p := r.config.plan(e.Seed, r.epochs[r.next/epoch])
	for _, t := range e.New {
		r.seen[t/scenarios.Transitions].Add(t % scenarios.Transitions)
	}
	if len(e.New) > 0 {
		r.pool = append(r.pool, p)
	}
	for _, b := range e.Buckets {
		r.recall(e.Seed, b)
	}
	r.count(e, p)
	r.advance(r.next)
	r.next++
	r.result.Resumed++
}

// recall makes a finding of the campaign's own file again.
func (r *runner) recall(seed sim.Seed, b scenarios.Bucket) {
	file, ok := r.own[origin{b, seed.String()}]
	if !ok || r.mine[b] != nil {
		return
	}
	e := file.Entry
	f := &Finding{Bucket: b, Seed: seed, Plan: e.Plan, Drawn: len(e.Plan.Steps), Text: e.Why, File: file.Path, Entry: e}
	r.mine[b] = f
	r.result.Findings = append(r.result.Findings, f)
}
