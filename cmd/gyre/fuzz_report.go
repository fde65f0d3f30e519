package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"gyre/internal/campaign"
	"gyre/scenarios"
	"gyre/sim"
)

// fuzzPrinter says how a campaign goes.
type fuzzPrinter struct {
	flags  *fuzzFlags
	config *campaign.Config
	color  bool
	out    io.Writer
	live   *live
	start  time.Time
	events uint64 // and plays of earlier runs, which took none of this one's time
	plays  uint64
	base   bool
}

// head says what is about to happen, and how to repeat it.
func (p *fuzzPrinter) head() {
	c := p.config
	what := "generated plans"
	if c.Scenario != nil {
		what = "variations of " + c.Scenario.Name
	}
	end := ""
	if c.Strategy == "sweep" && c.Scenario != nil {
		what = "disturbances of " + c.Scenario.Name
		end = "each once"
	}
	if c.Count > 0 {
		end = fmt.Sprintf("%d seeds", c.Count)
		if c.For > 0 {
			end += ", at most " + c.For.String()
		}
	} else if c.For > 0 {
		end = c.For.String()
	}
	fmt.Fprintf(p.out, "fuzz     %s from seed %s, %s, strategy %s, %d workers\n",
		what, c.First, end, c.Strategy, c.Workers)
	fmt.Fprintf(p.out, "corpus   %s\n", c.Corpus)
}

// found tells of a new finding.
func (p *fuzzPrinter) found(f *campaign.Finding) {
	p.live.clear()
	if p.flags.json {
		_ = json.NewEncoder(p.out).Encode(findingOf(f))
		return
	}
	b := f.Bucket
	fmt.Fprintf(p.out, "%s  seed %s  %s  %s %s %s  %d of %d directives  %s\n", paint(p.color, "1;31", "new"), f.Seed,
		b.Algorithm, b.Property, b.Rung, b.Class, len(f.Plan.Steps), f.Drawn, cmp.Or(f.File, "not saved"))
}

// progress shows how far the campaign is.
func (p *fuzzPrinter) progress(r *campaign.Result) {
	if !p.base { // what an earlier run has done took none of this one's time
		p.base = true
		if r.Resumed > 0 {
			p.events, p.plays = r.Events, r.Plays
		}
	}
	p.live.show(func() string { return p.line(r) })
}

func (p *fuzzPrinter) line(r *campaign.Result) string {
	done, all := r.Seeds, r.Total
	share := 0.0
	switch {
	case all > 0:
		share = float64(done) / float64(all)
	case p.config.For > 0:
		share = min(1, float64(r.Wall)/float64(p.config.For))
	}
	const wide = 20
	full := int(share * wide)
	bar := "[" + strings.Repeat("#", full) + strings.Repeat(".", wide-full) + "]"
	count := fmt.Sprint(done)
	if all > 0 {
		count += "/" + fmt.Sprint(all)
	}
	states := 0
	for _, n := range r.Coverage {
		states += n
	}
	seconds := max(r.Wall.Seconds(), 0.001)
	return fmt.Sprintf("%s %3.0f%%  %s seeds  %.1f plans/s  %s events/s  %s virtual  %d transitions  %d new, %d known",
		bar, share*100, count, float64(r.Plays-p.plays)/seconds, short(float64(r.Events-p.events)/seconds),
		hours(r.Virtual), states, len(r.Findings), len(r.Known))
}

// short renders a large number in few digits.
func short(x float64) string {
	switch {
	case x >= 1e6:
		return fmt.Sprintf("%.2fM", x/1e6)
	case x >= 1e3:
		return fmt.Sprintf("%.0fk", x/1e3)
	}
	return fmt.Sprintf("%.0f", x)
}

func hours(d sim.Duration) string { return strconv.FormatInt(int64(d/sim.Hour), 10) + "h" }

// summary is the end of the story.
func (p *fuzzPrinter) summary(r *campaign.Result) {
	seconds := max(r.Wall.Seconds(), 0.001)
	fmt.Fprintf(p.out, "\nseeds    %d", r.Seeds)
	if r.Resumed > 0 {
		fmt.Fprintf(p.out, ", %d of them done before", r.Resumed)
	}
	fmt.Fprintf(p.out, "\nplans    %d, %.1f/s, %s events/s, %s virtual in %s\n", r.Plays, float64(r.Plays-p.plays)/seconds,
		short(float64(r.Events-p.events)/seconds), hours(r.Virtual), wall(r.Wall))
	fmt.Fprintf(p.out, "twice    %d played again and compared\n", r.Twice)
	fmt.Fprintf(p.out, "unknown  %d without a verdict on something, %d with a directive that could not be carried out\n",
		r.Unknown, r.Skipped)
	if p.config.Holds.Name != "" {
		fmt.Fprintf(p.out, "shared   %d violations that cannot be told from those of %s\n", r.Shared, p.config.Holds.Name)
	}
	for i, a := range p.config.Algorithms {
		fmt.Fprintf(p.out, "states   %d transitions of %s\n", r.Coverage[i], a.Name)
	}
	if p.flags.verbose {
		fmt.Fprintf(p.out, "\n%s", &r.Drawn)
	}
	rows := [][]string{{"", "runs", "algorithm", "property", "rung", "class", "seed", "size", "file"}}
	for _, f := range r.Findings {
		b := f.Bucket
		rows = append(rows, []string{"new", fmt.Sprint(f.Count), b.Algorithm, b.Property, b.Rung, b.Class, f.Seed.String(),
			fmt.Sprint(len(f.Plan.Steps)), f.File})
	}
	for _, b := range knownBuckets(r) {
		rows = append(rows, []string{"known", fmt.Sprint(r.Known[b]), b.Algorithm, b.Property, b.Rung, b.Class})
	}
	if len(rows) == 1 {
		fmt.Fprintf(p.out, "\n%s\n", paint(p.color, "32", "nothing is violated"))
	} else {
		fmt.Fprintf(p.out, "\n%s", align(rows, func(row, column int, cell string) string {
			return paint(p.color && (row == 0 || column == 0), map[bool]string{true: "2", false: "1"}[row == 0], cell)
		}))
	}
	p.unsaved(r)
	if r.Interrupted {
		fmt.Fprintf(p.out, "\ninterrupted: go on with the same command and --resume\n")
	}
}

// unsaved prints the plans of findings that could not be saved, so that they are not lost.
func (p *fuzzPrinter) unsaved(r *campaign.Result) {
	for _, f := range r.Findings {
		if f.File == "" {
			fmt.Fprintf(p.out, "\nnot saved: %s, seed %s: %s\n%s", f.Bucket, f.Seed, f.Text, f.Plan)
		}
	}
}

func knownBuckets(r *campaign.Result) []scenarios.Bucket {
	return slices.SortedFunc(maps.Keys(r.Known), func(a, b scenarios.Bucket) int {
		return strings.Compare(a.String(), b.String())
	})
}

// fuzzSchema names the form of --json.
const fuzzSchema = "gyre.fuzz/1"

type findingJSON struct {
	Schema     string `json:"schema"`
	Kind       string `json:"kind"` // new or known
	Algorithm  string `json:"algorithm"`
	Property   string `json:"property"`
	Rung       string `json:"rung,omitempty"`
	Class      string `json:"class,omitempty"`
	Runs       uint64 `json:"runs,omitempty"`
	Seed       string `json:"seed,omitempty"`
	Directives int    `json:"directives,omitempty"`
	Drawn      int    `json:"drawn,omitempty"`
	File       string `json:"file,omitempty"`
	Text       string `json:"text,omitempty"`
	Plan       string `json:"plan,omitempty"` // of what could not be saved
}

type fuzzJSON struct {
	Schema      string        `json:"schema"`
	Kind        string        `json:"kind"` // campaign
	Seeds       uint64        `json:"seeds"`
	Plays       uint64        `json:"plays"`
	Events      uint64        `json:"events"`
	VirtualMS   int64         `json:"virtual_ms"`
	Twice       uint64        `json:"twice"`
	Unknown     uint64        `json:"unknown"`
	Skipped     uint64        `json:"skipped"`
	Shared      uint64        `json:"shared,omitempty"`
	Coverage    []int         `json:"coverage"`
	Curve       []int         `json:"curve"`
	New         int           `json:"new"`
	Known       []findingJSON `json:"known"`
	Interrupted bool          `json:"interrupted"`
	Diverged    string        `json:"diverged,omitempty"`
	WallMS      int64         `json:"wall_ms"`
}

func findingOf(f *campaign.Finding) findingJSON {
	b := f.Bucket
	j := findingJSON{
		Schema: fuzzSchema, Kind: "new", Algorithm: b.Algorithm, Property: b.Property, Rung: b.Rung, Class: b.Class,
		Seed: f.Seed.String(), Directives: len(f.Plan.Steps), Drawn: f.Drawn, File: f.File, Text: f.Text,
	}
	if f.File == "" {
		j.Plan = f.Plan.String()
	}
	return j
}

func (p *fuzzPrinter) printJSON(r *campaign.Result) error {
	j := fuzzJSON{
		Schema: fuzzSchema, Kind: "campaign", Seeds: r.Seeds, Plays: r.Plays, Events: r.Events,
		VirtualMS: r.Virtual.Milliseconds(), Twice: r.Twice, Unknown: r.Unknown, Skipped: r.Skipped, Shared: r.Shared,
		Coverage: r.Coverage, Curve: append([]int{}, r.Curve...), New: len(r.Findings), Known: []findingJSON{},
		Interrupted: r.Interrupted, Diverged: r.Diverged, WallMS: r.Wall.Milliseconds(),
	}
	for _, b := range knownBuckets(r) {
		j.Known = append(j.Known, findingJSON{
			Schema: fuzzSchema, Kind: "known", Algorithm: b.Algorithm, Property: b.Property, Rung: b.Rung, Class: b.Class,
			Runs: r.Known[b],
		})
	}
	return json.NewEncoder(p.out).Encode(j)
}

// live is a line that is rewritten on a terminal, and a line now and then elsewhere.
type live struct {
	w     io.Writer
	tty   bool
	every time.Duration
	last  time.Time
	shown bool
}

func newLive(w io.Writer) *live {
	l := &live{w: w, every: 10 * time.Second, last: time.Now()}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		l.tty, l.every = true, 200*time.Millisecond
	}
	return l
}

func (l *live) show(line func() string) {
	if time.Since(l.last) < l.every {
		return
	}
	l.last = time.Now()
	if !l.tty {
		fmt.Fprintln(l.w, line())
		return
	}
	text := line()
	if wide, _, err := term.GetSize(int(l.w.(*os.File).Fd())); err == nil && len(text) >= wide && wide > 1 {
		text = text[:wide-1]
	}
	fmt.Fprint(l.w, "\r\x1b[2K"+text)
	l.shown = true
}

// clear takes the line away, so that something else can be written.
func (l *live) clear() {
	if l.shown {
		fmt.Fprint(l.w, "\r\x1b[2K")
		l.shown = false
	}
}
