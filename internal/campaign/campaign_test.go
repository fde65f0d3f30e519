package campaign

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gyre/internal/corpus"
	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// small bounds plans so that a campaign of many takes seconds.
var small = scenarios.GenConfig{Controllers: 3, Routers: 2, Services: 3, Cards: 4}

func config(t *testing.T, algorithm string, count uint64) Config {
	t.Helper()
	a, ok := model.LookupAlgorithm(algorithm)
	if !ok {
		t.Fatal(algorithm)
	}
	return Config{Algorithms: []model.Algorithm{a}, First: 1, Count: count, Workers: 2, Generate: small, Shrink: -1}
}

func run(t *testing.T, c Config) *Result {
	t.Helper()
	r, err := Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// digest says all that must not depend on workers, kills and time.
func digest(r *Result) string {
	text := fmt.Sprintf("%d seeds, %d plays, %d events, %s, twice %d, unknown %d, skipped %d, coverage %v, curve %v\n%s",
		r.Seeds, r.Plays, r.Events, r.Virtual, r.Twice, r.Unknown, r.Skipped, r.Coverage, r.Curve, &r.Drawn)
	for _, f := range r.Findings {
		text += fmt.Sprintf("%v %s %d\n%s", f.Bucket, f.Seed, f.Count, f.Plan)
	}
	return text + fmt.Sprint(r.Known)
}

// quick plays plans without their settle phase, where verdicts do not matter.
func quick(p *scenarios.Plan, o scenarios.Options) (*scenarios.Outcome, error) {
	q := *p
	q.Settle = 30 * sim.Second
	out, err := scenarios.Play(&q, o)
	if out != nil {
		out.Plan = p
	}
	return out, err
}

// What a campaign comes to does not depend on how many work on it.
func TestWorkers(t *testing.T) {
	strategies := []string{"coverage", "portfolio"} // the workers of one see what others found, the other is as ever
	if testing.Short() {
		strategies = strategies[:1]
	}
	for _, strategy := range strategies {
		var first string
		for _, workers := range []int{1, 4} {
			c := config(t, "ziti-2.1.0", 3*epoch+7)
			c.Strategy, c.Workers, c.play = strategy, workers, quick
			if got := digest(run(t, c)); first == "" {
				first = got
			} else if got != first {
				t.Errorf("%s with %d workers:\n%s\nwith one:\n%s", strategy, workers, got, first)
			}
		}
	}
}

// The canary: a campaign that does not find the spin of ziti-1.0.0 finds nothing.
func TestCanary(t *testing.T) {
	c := config(t, "ziti-1.0.0", 60)
	c.Corpus = t.TempDir()
	var spin *Finding
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c.Found = func(f *Finding) {
		if f.Bucket.Property == "no-spin" {
			spin = f
			cancel()
		}
	}
	if _, err := Run(ctx, c); err != nil {
		t.Fatal(err)
	}
	if spin == nil {
		t.Fatal("the spin was not found")
	}
	t.Logf("seed %s: %s", spin.Seed, spin.Text)
	e, err := corpus.Read(spin.File)
	if err != nil || e.Bucket() != spin.Bucket {
		t.Fatalf("%v %+v", err, e)
	}
}

// What the corpus knows is counted and passed by.
func TestKnown(t *testing.T) {
	if testing.Short() {
		t.Skip("it plays the same seeds several times, with the goroutines of TestWorkers")
	}
	c := config(t, "ziti-1.0.0", 40)
	c.Corpus = t.TempDir()
	first := run(t, c)
	again := run(t, c)
	if len(first.Findings) == 0 || len(again.Findings) > 0 || len(again.Known) != len(first.Findings) {
		t.Fatalf("found %d, then %d, and knew %v", len(first.Findings), len(again.Findings), again.Known)
	}
}

// A campaign that was killed at any moment goes on and comes to what it would have come to.
func TestResume(t *testing.T) {
	if testing.Short() {
		t.Skip("it plays the same seeds several times, with the goroutines of TestWorkers")
	}
	c := config(t, "ziti-1.0.0", 3*epoch)
	c.Corpus, c.Strategy = t.TempDir(), "coverage"
	c.play = quick
	whole := run(t, c)
	path := c.journalPath()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{len(text) - 1, len(text) * 2 / 3} {
		if err := os.WriteFile(path, text[:cut], 0o666); err != nil {
			t.Fatal(err)
		}
		c.Resume = true
		r := run(t, c)
		if got, want := digest(r), digest(whole); got != want {
			t.Errorf("cut at %d of %d, %d resumed:\n%s\nwant\n%s", cut, len(text), r.Resumed, got, want)
		}
		if now, _ := os.ReadFile(path); string(now) != string(text) {
			t.Errorf("cut at %d: the journal differs", cut)
		}
	}
}

// Interrupted, a campaign ends with what it has, and goes on from there.
func TestInterrupt(t *testing.T) {
	c := config(t, "ziti-2.1.0", 2*epoch)
	c.Corpus, c.play = t.TempDir(), quick
	ctx, cancel := context.WithCancel(context.Background())
	c.Progress = func(r *Result) {
		if r.Seeds == 20 {
			cancel()
		}
	}
	r, err := Run(ctx, c)
	if err != nil || !r.Interrupted || r.Seeds < 20 || r.Seeds > 30 {
		t.Fatalf("%v %+v", err, r)
	}
	c.Progress, c.Resume = nil, true
	if r = run(t, c); r.Seeds != 2*epoch || r.Resumed < 20 {
		t.Fatalf("%d seeds, %d of them resumed", r.Seeds, r.Resumed)
	}
}

// Shards are disjoint and together everything.
func TestShards(t *testing.T) {
	seeds := map[sim.Seed]int{}
	for i := range 3 {
		c := Config{Algorithms: model.Algorithms(), First: 5, Count: 20, Shard: i + 1, Shards: 3}
		if err := c.check(); err != nil {
			t.Fatal(err)
		}
		for n := range c.total() {
			seeds[c.seed(n)]++
		}
	}
	for s := sim.Seed(5); s < 25; s++ {
		if seeds[s] != 1 {
			t.Errorf("seed %s is in %d shards", s, seeds[s])
		}
	}
	if len(seeds) != 20 {
		t.Error(len(seeds))
	}
}

// A run that comes out differently stops the campaign.
func TestDiverged(t *testing.T) {
	c := config(t, "ziti-2.1.0", 200)
	c.play = quick
	c.Again = func(*scenarios.Outcome, func(sim.Observer[model.Msg]) (*scenarios.Outcome, error)) string {
		return "line 1"
	}
	r := run(t, c)
	if !strings.HasSuffix(r.Diverged, "line 1") || r.Seeds > 100 || r.Twice != 1 {
		t.Errorf("%q after %d seeds", r.Diverged, r.Seeds)
	}
}

// A finding is shrunk, still violates what it did, and replaces its own file.
func TestShrunk(t *testing.T) {
	c := config(t, "ziti-1.0.0", 200)
	c.Corpus, c.Shrink, c.StopFirst = t.TempDir(), 200, true
	r := run(t, c)
	if len(r.Findings) == 0 {
		t.Fatal("nothing was found")
	}
	files, err := corpus.Find([]string{c.Corpus})
	if err != nil || len(files) != len(r.Findings) {
		t.Fatalf("%v: %v", err, files)
	}
	for _, f := range r.Findings {
		e, err := corpus.Read(f.File)
		if err != nil || e.Bucket() != f.Bucket || !reflect.DeepEqual(e.Plan.Steps, f.Plan.Steps) && len(e.Plan.Steps) > f.Drawn {
			t.Errorf("%v: %v %v", f.Bucket, err, e)
		}
		if len(f.Plan.Steps) > f.Drawn {
			t.Errorf("%v grew from %d directives to %d", f.Bucket, f.Drawn, len(f.Plan.Steps))
		}
	}
}

// What is wrong with the corpus is told, and nothing in it is touched.
func TestBadCorpus(t *testing.T) {
	for _, b := range []struct {
		name   string
		spoil  func(t *testing.T, dir string)
		resume bool
		want   string
	}{
		{"half a file", func(t *testing.T, dir string) { write(t, dir, "a.trace", "gyre corpus 1\nalgorithm") }, false, "a.trace"},
		{"newer", func(t *testing.T, dir string) { write(t, dir, "a.trace", "gyre corpus 99\n") }, false, "a.trace:1"},
		{"a file", func(t *testing.T, dir string) {
			if err := os.Remove(dir); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Dir(dir), filepath.Base(dir), "")
		}, false, "is not a folder (name one)"},
		{"no journal", func(*testing.T, string) {}, true, "there is no campaign to go on with"},
		{"empty journal", func(t *testing.T, dir string) { write(t, dir, "campaign.journal", "") }, true,
			"campaign.journal:1: it is cut short: no seed of that campaign was done (leave out --resume)"},
		{"other journal", func(t *testing.T, dir string) {
			write(t, dir, "campaign.journal", journalVersion+" | something else\n")
		}, true, "it is of another campaign"},
		{"newer journal", func(t *testing.T, dir string) {
			write(t, dir, "campaign.journal", "gyre campaign 9 | x\n")
		}, true, "it is of another version"},
		{"read-only", func(t *testing.T, dir string) {
			if os.Getuid() == 0 {
				t.Skip("nothing is read-only for root")
			}
			if err := os.Chmod(dir, 0o500); err != nil {
				t.Fatal(err)
			}
		}, false, "cannot write: permission denied (ask for access, or name another place)"},
	} {
		t.Run(b.name, func(t *testing.T) {
			c := config(t, "ziti-2.1.0", 1)
			c.Corpus, c.Resume = filepath.Join(t.TempDir(), "corpus"), b.resume
			if err := os.Mkdir(c.Corpus, 0o777); err != nil {
				t.Fatal(err)
			}
			b.spoil(t, c.Corpus)
			_, err := Run(context.Background(), c)
			if err == nil || !strings.Contains(err.Error(), b.want) {
				t.Fatalf("%v, want %q", err, b.want)
			}
			t.Log(err)
		})
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// What another algorithm violates in the same plan is passed by, and what is left tells the two apart, shrunk or not.
func TestHolds(t *testing.T) {
	all := run(t, config(t, "ziti-1.0.0", 20))
	c := config(t, "ziti-1.0.0", 20)
	c.Holds, _ = model.LookupAlgorithm("ziti-1.1.8")
	for _, c.Shrink = range []int{-1, 60} {
		r := run(t, c)
		if r.Shared == 0 || len(r.Findings) == 0 || len(r.Findings) >= len(all.Findings) || r.Events != all.Events {
			t.Fatalf("%d findings of %d, %d shared, %d events instead of %d", len(r.Findings), len(all.Findings), r.Shared,
				r.Events, all.Events)
		}
		for _, f := range r.Findings {
			for _, a := range []model.Algorithm{c.Algorithms[0], c.Holds} {
				o, err := scenarios.Play(f.Plan, scenarios.Options{Algorithm: a})
				if err != nil {
					t.Fatal(err)
				}
				if got, want := violates(o, f.Bucket.Property), a.Name == f.Bucket.Algorithm; got != want {
					t.Errorf("%s, shrink %d: violated in %s: %v\n%s", f.Bucket, c.Shrink, a.Name, got, f.Plan)
				}
			}
		}
	}
	c.Algorithms = append(c.Algorithms, c.Holds)
	if _, err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "ziti-1.1.8 cannot hold where it fails") {
		t.Error(err)
	}
}
