package campaign

import (
	"context"
	"slices"
	"testing"
	"time"

	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// patience is how much CPU time a campaign of BenchmarkFind may take.
const patience = 15 * time.Second

// How long it takes a campaign, on one core, to find a bug that another algorithm does not have and to shrink what shows
// it: a campaign as users run it that does not know the story of the bug (drawn), and one of variations of that story
// (told).
//
//	go test ./internal/campaign -run - -bench Find -benchtime 3x -timeout 0
//
// It reports medians over the campaigns, each with seeds of its own. The time is that of the processor, so that what else
// the machine does makes no difference to it.
func BenchmarkFind(b *testing.B) {
	for _, q := range quarries(b) {
		c := Config{Algorithms: []model.Algorithm{q.hunted}, Holds: q.without, Workers: 1}
		told, drawn := c, c
		drawn.untold = q.story
		file, ok := scenarios.Load(q.story)
		if !ok {
			b.Fatal(q.story)
		}
		var err error
		if told.Scenario, err = scenarios.Parse(file.Name, file.Text); err != nil {
			b.Fatal(err)
		}
		b.Run("drawn/"+q.name, func(b *testing.B) { finds(b, drawn, q.property) })
		b.Run("told/"+q.name, func(b *testing.B) { finds(b, told, q.property) })
	}
}

// finds runs campaigns that are after a violation of the property.
func finds(b *testing.B, c Config, property string) {
	var cpu, plays, size []float64
	missed := 0
	for i := 0; b.Loop(); i++ {
		c.First = sim.Seed(1 + 1_000_000*i)
		start := cpuTime()
		r, f := find(b, c, property, start)
		cpu = append(cpu, (cpuTime() - start).Seconds())
		plays = append(plays, float64(r.Plays))
		if f == nil {
			missed++
			continue
		}
		size = append(size, float64(len(f.Plan.Steps)))
	}
	b.ReportMetric(0, "ns/op") // wall time says nothing here
	b.ReportMetric(middle(cpu), "cpu-s")
	b.ReportMetric(middle(plays), "plans")
	b.ReportMetric(middle(size), "directives")
	b.ReportMetric(float64(missed), "missed")
}

// find runs a campaign until the property is found violated and the plan is shrunk, or until patience is over.
func find(tb testing.TB, c Config, property string, start time.Duration) (*Result, *Finding) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var found *Finding
	c.Found = func(f *Finding) {
		if f.Bucket.Property == property && found == nil {
			found = f
			cancel()
		}
	}
	c.Progress = func(*Result) {
		if cpuTime()-start > patience {
			cancel()
		}
	}
	r, err := Run(ctx, c)
	if err != nil {
		tb.Fatal(err)
	}
	return r, found
}

// middle is the median, and 0 of nothing.
func middle(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}
