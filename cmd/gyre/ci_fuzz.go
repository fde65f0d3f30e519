package main

import (
	"fmt"
	"time"

	"gyre/checker"
	"gyre/internal/campaign"
	"gyre/internal/ci"
	"gyre/scenarios"
)

// fuzzReport is what a campaign came to, for CI: a case for each bucket, and one for each property that no run of an
// algorithm violated.
func fuzzReport(r *campaign.Result, c *campaign.Config, start time.Time) *ci.Report {
	report := ciReport("gyre fuzz", start)
	violated := map[[2]string]bool{}
	for _, f := range r.Findings {
		violated[[2]string{f.Bucket.Algorithm, f.Bucket.Property}] = true
		report.Cases = append(report.Cases, findingCase(f))
	}
	for _, b := range knownBuckets(r) {
		violated[[2]string{b.Algorithm, b.Property}] = true
		known := ci.Case{Bucket: b, Status: ci.Known, Runs: r.Known[b], File: r.Files[b], First: 1}
		report.Cases = append(report.Cases, known)
	}
	for _, a := range c.Algorithms {
		for _, p := range checker.Properties() {
			if !violated[[2]string{a.Name, p.Name}] {
				b := scenarios.Bucket{Algorithm: a.Name, Property: p.Name}
				report.Cases = append(report.Cases, ci.Case{Bucket: b, Status: ci.Holds})
			}
		}
	}
	shard := "1/1"
	if c.Shards > 1 {
		shard = fmt.Sprintf("%d/%d", c.Shard, c.Shards)
	}
	report.Facts = [][2]string{
		{"first seed", c.First.String()}, {"seeds", fmt.Sprint(r.Seeds)}, {"shard", shard}, {"strategy", c.Strategy},
		{"plans", fmt.Sprint(r.Plays)}, {"events", fmt.Sprint(r.Events)}, {"virtual time", hours(r.Virtual)},
		{"wall time", wall(r.Wall)}, {"played twice and compared", fmt.Sprint(r.Twice)},
		{"without a verdict on something", fmt.Sprint(r.Unknown)},
	}
	for i, a := range c.Algorithms {
		report.Facts = append(report.Facts, [2]string{"transitions of " + a.Name, fmt.Sprint(r.Coverage[i])})
	}
	if r.Interrupted {
		report.Notices = append(report.Notices, ci.Notice{Text: "interrupted: what was found until then is here"})
	}
	if r.Seeds == 0 {
		report.Notices = append(report.Notices, ci.Notice{Error: true, Text: "no plan was played: this says nothing"})
	}
	return report
}

func findingCase(f *campaign.Finding) ci.Case {
	c := ci.Case{
		Status: ci.New, Runs: f.Count, File: f.File, Drawn: f.Drawn,
		Repeat: fmt.Sprintf("gyre fuzz --seeds %s..%s --algorithm %s", f.Seed, f.Seed, f.Bucket.Algorithm),
	}
	if f.Entry != nil {
		entryCase(&c, f.Entry, f.Diagram)
	} else {
		c.Text, c.Plan, c.Size, c.Diagram = f.Text, f.Plan.String(), len(f.Plan.Steps), f.Diagram
	}
	c.Bucket, c.Seed = f.Bucket, f.Seed.String()
	if f.File != "" {
		c.Repeat = "gyre replay " + quote(f.File)
	} else {
		c.First = 1
	}
	return c
}
