package gyretest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gyre/internal/corpus"
	"gyre/model"
	"gyre/model/router"
	"gyre/scenarios"
	"gyre/sim"
)

// Hosting says how a hosting registry of your own is tested: among whose controllers and router, and with which plans.
// Its zero value is a good start.
type Hosting struct {
	Release  string              // whose controllers and router, as gyre list algorithms has them; empty is ziti-2.1.0
	First    sim.Seed            // the first seed; 0 is 1
	Seeds    int                 // how many plans are drawn; 0 is 20
	Plans    scenarios.GenConfig // bounds of what is drawn
	Tolerate []string            // properties whose violation is no finding
	Budget   int                 // plays for shrinking, at most; 0 is 300
}

// HostingReport is what testing a registry came to.
type HostingReport struct {
	Scenarios int // built in, played
	Seeds     int // plans drawn and played
	Events    uint64
	Finding   *HostingFinding // the first; nil if every property holds but those tolerated
}

// HostingFinding is a plan under which a registry violates a property, or fails an assertion (scenarios.Fault).
type HostingFinding struct {
	Bucket scenarios.Bucket
	Text   string          // in the words of the verdict
	Plan   *scenarios.Plan // shrunk
	From   int             // directives before
	Trace  []string        // the lines around the violation
	Repeat string          // the command; empty outside of TestHosting, and for a scenario that is built in
	Seed   sim.Seed        // that the plan was drawn from; 0 if it is built in
}

// TestHosting plays the scenarios that are built in, then plans drawn from seeds, with a hosting registry of your own
// in every router, and fails with the first that violates a property: with the shrunk plan, its trace and the command
// that repeats it. The flags -gyre.seed and -gyre.seeds go before what h says; with them, the scenarios are left out.
func TestHosting(t testing.TB, h Hosting, maker router.Maker) {
	t.Helper()
	c := Config{First: h.First, Seeds: h.Seeds}
	if err := c.flags(); err != nil {
		t.Fatal(err)
	}
	h.First, h.Seeds = c.First, c.Seeds
	r, err := runHosting(h, maker, *seedFlag == "" && *seedsFlag == 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	if f := r.Finding; f != nil {
		if f.Seed != 0 {
			f.Repeat = repeat(t.Name(), f.Seed)
		}
		t.Error(f)
	}
}

// RunHosting is TestHosting without a test. The error says that there is no such release.
func RunHosting(h Hosting, maker router.Maker) (*HostingReport, error) {
	return runHosting(h, maker, true)
}

func runHosting(h Hosting, maker router.Maker, builtin bool) (*HostingReport, error) {
	if h.Release == "" {
		h.Release = "ziti-2.1.0"
	}
	a, ok := model.LookupAlgorithm(h.Release)
	if !ok {
		return nil, fmt.Errorf("hosting: there is no release %q (gyre list algorithms has them)", h.Release)
	}
	if h.First == 0 {
		h.First = 1
	}
	if h.Seeds == 0 {
		h.Seeds = 20
	}
	if h.Budget == 0 {
		h.Budget = 300
	}
	s := &hostingSearch{h: h, r: &HostingReport{}, o: scenarios.Options{Algorithm: a, Registry: maker}}
	for _, f := range scenarios.Builtin() {
		if !builtin {
			break
		}
		p, err := scenarios.Parse(f.Name, f.Text)
		if err != nil {
			return nil, err
		}
		if len(p.Versions) > 0 {
			continue // its routers run what it names
		}
		s.r.Scenarios++
		if found, err := s.play(p, 0); found || err != nil {
			return s.r, err
		}
	}
	h.Plans.OneRelease = true
	for i := range h.Seeds {
		seed := h.First + sim.Seed(i)
		s.r.Seeds++
		if found, err := s.play(scenarios.Generate(seed, h.Plans), seed); found || err != nil {
			return s.r, err
		}
	}
	return s.r, nil
}

// hostingSearch looks for the first finding.
type hostingSearch struct {
	h Hosting
	o scenarios.Options
	r *HostingReport
}

// play plays a plan and makes a finding of the first thing that is not tolerated.
func (s *hostingSearch) play(p *scenarios.Plan, seed sim.Seed) (bool, error) {
	o, err := scenarios.Play(p, s.o)
	if err != nil {
		return false, err
	}
	s.r.Events += o.Events
	for _, b := range scenarios.Buckets(o) {
		if slices.Contains(s.h.Tolerate, b.Property) {
			continue
		}
		f := &HostingFinding{Bucket: b, Seed: seed, Plan: p, From: len(p.Steps)}
		small, _, err := scenarios.Shrink(p, scenarios.ShrinkOptions{Options: s.o, Bucket: b, Budget: s.h.Budget})
		if err == nil { // else it cannot be made smaller
			f.Plan = small
		}
		if o, err = scenarios.Play(f.Plan, s.o); err != nil {
			return false, err
		}
		f.Text = o.Report.Verdict(b.Property).Text
		if o.Fault != nil {
			f.Text = o.Fault.Text
		}
		f.Trace, err = corpus.Trace(o, b.Property, s.o)
		s.r.Finding = f
		return true, err
	}
	return false, nil
}

// String renders the report in one line.
func (r *HostingReport) String() string {
	return fmt.Sprintf("%d scenarios, %d seeds, %d events", r.Scenarios, r.Seeds, r.Events)
}

// String renders the finding as TestHosting prints it.
func (f *HostingFinding) String() string {
	var b strings.Builder
	where := "seed " + f.Seed.String()
	if f.Seed == 0 {
		where = "scenario " + f.Plan.Name
	}
	fmt.Fprintf(&b, "%s, %s: %s\n", where, f.Bucket, f.Text)
	fmt.Fprintf(&b, "%s shrunk to %d\n\n%s", count(f.From, "directive"), len(f.Plan.Steps),
		indent(f.Plan.String()))
	fmt.Fprintf(&b, "\n# %s\n%s\n", legend, strings.Join(f.Trace, "\n"))
	if f.Repeat != "" {
		fmt.Fprintf(&b, "\nrepeat: %s\n", f.Repeat)
	}
	return b.String()
}
