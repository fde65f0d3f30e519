package campaign

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gyre/internal/corpus"
	"gyre/scenarios"
)

// When findings cannot be saved the campaign ends and says so, every finding of the seed is told with its plan, and
// the seed is played again when the campaign goes on.
func TestUnsaved(t *testing.T) {
	if testing.Short() {
		t.Skip("it plays the same seeds several times, with the goroutines of TestWorkers")
	}
	c := config(t, "ziti-1.0.0", 60)
	c.Corpus = filepath.Join(t.TempDir(), "corpus")
	aside := c.Corpus + "-aside"
	c.Workers = 1
	gone := false
	c.play = func(p *scenarios.Plan, o scenarios.Options) (*scenarios.Outcome, error) {
		out, err := scenarios.Play(p, o)
		if err == nil && len(scenarios.Buckets(out)) > 1 && !gone { // the folder goes in the middle of the campaign
			gone = true
			if err := os.Rename(c.Corpus, aside); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Dir(c.Corpus), "corpus", "in the way")
		}
		return out, err
	}
	var told []*Finding
	c.Found = func(f *Finding) { told = append(told, f) }
	r, err := Run(context.Background(), c)
	if err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Fatal(err)
	}
	var unsaved []*Finding
	for _, f := range r.Findings {
		if f.File == "" {
			unsaved = append(unsaved, f)
		}
	}
	if len(unsaved) < 2 || unsaved[0].Plan == nil || !slices.Equal(told, r.Findings) {
		t.Fatalf("%d unsaved, %d told of %d", len(unsaved), len(told), len(r.Findings))
	}
	if err := os.Remove(c.Corpus); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(aside, c.Corpus); err != nil {
		t.Fatal(err)
	}
	c.Resume, c.Found = true, nil
	again := run(t, c)
	for _, f := range unsaved {
		if !slices.ContainsFunc(again.Findings, func(g *Finding) bool { return g.Bucket == f.Bucket && g.Seed == f.Seed && g.File != "" }) {
			t.Errorf("%v of seed %s is lost", f.Bucket, f.Seed)
		}
	}
}

// A campaign that was killed after a finding was saved and before the seed was in the journal has the finding still,
// as its own, and shrinks it.
func TestKilledBeforeJournal(t *testing.T) {
	if testing.Short() {
		t.Skip("it plays the same seeds several times, with the goroutines of TestWorkers")
	}
	c := config(t, "ziti-1.0.0", 8)
	c.Corpus, c.StopFirst = t.TempDir(), true
	first := run(t, c)
	if len(first.Findings) == 0 {
		t.Fatal("nothing was found")
	}
	text, err := os.ReadFile(c.journalPath())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n") // without the seed that found it
	write(t, c.Corpus, "campaign.journal", strings.Join(lines[:len(lines)-2], ""))
	c.Resume, c.StopFirst = true, false
	again := run(t, c)
	if again.Known[first.Findings[0].Bucket] > 0 || len(again.Findings) == 0 || again.Findings[0].File != first.Findings[0].File {
		t.Fatalf("%v, known %v", again.Findings, again.Known)
	}
	c.Shrink = 100
	run(t, c)
	e, err := corpus.Read(first.Findings[0].File)
	if err != nil || len(e.Plan.Steps) >= first.Findings[0].Drawn || strings.HasSuffix(e.Found, notShrunk) {
		t.Errorf("%v: %d of %d directives, %s", err, len(e.Plan.Steps), first.Findings[0].Drawn, e.Found)
	}
}

// Findings of corpora that are only read are known, and nothing is written there.
func TestKnownElsewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("it plays the same seeds several times, with the goroutines of TestWorkers")
	}
	c := config(t, "ziti-1.0.0", 12)
	c.Corpus = t.TempDir()
	first := run(t, c)
	known, err := os.ReadDir(c.Corpus)
	if err != nil || len(first.Findings) == 0 {
		t.Fatal(err, len(first.Findings))
	}
	c.Known, c.Corpus = []string{c.Corpus}, t.TempDir()
	again := run(t, c)
	if len(again.Findings) > 0 || len(again.Known) != len(first.Findings) {
		t.Errorf("%d new, %d known", len(again.Findings), len(again.Known))
	}
	for b := range again.Known {
		if filepath.Dir(again.Files[b]) != c.Known[0] {
			t.Errorf("%v is in %q", b, again.Files[b])
		}
	}
	if after, err := os.ReadDir(c.Known[0]); err != nil || len(after) != len(known) {
		t.Errorf("%v, %v", after, err)
	}
}
