package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gyre/checker"
	"gyre/internal/tracetext"
	"gyre/scenarios"
)

// report is what gyre run prints.
type report struct {
	plan     *scenarios.Plan
	scenario string // as it was given
	flags    *runFlags
	color    bool
	verbose  bool
	plain    bool // nothing was overridden
	w        io.Writer
	outcomes []result
	wall     time.Duration
}

// print writes the verdicts and what else there is to know, as text.
func (r *report) print() {
	if len(r.plan.Story) > 0 {
		fmt.Fprintf(r.w, "%s: %s\n\n", paint(r.color, "1", r.plan.Name), headline(r.plan))
	}
	rows := [][]string{{"algorithm", "property", "verdict", "rung", "when", "churn", "what happened"}}
	for _, o := range r.outcomes {
		rows = append(rows, r.rows(o)...)
	}
	io.WriteString(r.w, layOut(rows, width(), r.paintVerdict))
	runs := [][]string{{"", "virtual", "wall", "events", "digest"}}
	for _, o := range r.outcomes {
		runs = append(runs, []string{o.Algorithm.Name, o.Virtual.String(), wall(o.wall), fmt.Sprint(o.Events),
			fmt.Sprintf("%016x", o.Digest)})
	}
	fmt.Fprintf(r.w, "\n%s\n", align(runs, r.paintHead))
	r.printMeasures()
	r.printDisputes()
	r.printChains()
	for _, o := range r.outcomes {
		for _, s := range o.Skipped {
			fmt.Fprintf(r.w, "skipped  %s: %s\n", o.Algorithm.Name, s)
		}
		for _, s := range o.Idle {
			fmt.Fprintf(r.w, "idle     %s: %s\n", o.Algorithm.Name, s)
		}
	}
	fmt.Fprintf(r.w, "seed     %s\nrepeat   %s\n", r.outcomes[0].Seed, r.repeat())
	if r.golden() {
		r.printExpected()
	}
}

// repeat returns the command that repeats the whole run.
func (r *report) repeat() string {
	if r.plain {
		return r.flags.command("run", r.scenario, "", nil)
	}
	var names []string
	for _, o := range r.outcomes {
		names = append(names, o.Algorithm.Name)
	}
	if slices.Equal(names, algorithmNames()) {
		names = nil
	}
	return r.flags.command("run", r.scenario, strings.Join(names, ","), &r.outcomes[0].Seed)
}

// printExpected says whether all is as the scenario says.
func (r *report) printExpected() {
	mismatches := r.mismatches()
	if len(mismatches) == 0 {
		fmt.Fprintf(r.w, "\n%s\n", paint(r.color, "32", "as expected"))
		return
	}
	var blank []string // properties for which nothing is written down yet
	said := false
	for _, m := range mismatches {
		if m.Want == "" {
			if !slices.Contains(blank, m.Property) {
				blank = append(blank, m.Property)
			}
			continue
		}
		if !said {
			fmt.Fprintf(r.w, "\n%s\n", paint(r.color, "31", "not as expected:"))
			said = true
		}
		fmt.Fprintf(r.w, "  %s, %s, line %d\n    want  %s\n    have  %s\n", m.Property, m.Algorithm, m.Line, m.Want, m.Got)
	}
	if len(blank) > 0 {
		fmt.Fprintf(r.w, "\n%s for %s: gyre run FILE --update writes it\n",
			paint(r.color, "33", "nothing is expected yet"), strings.Join(blank, ", "))
	}
}

// rows returns the lines of one algorithm: what is violated, else the property the scenario asks for first.
func (r *report) rows(o result) [][]string {
	name := o.Algorithm.Name
	if o.Fault != nil {
		return [][]string{{name, "", "fault", "", "", "", o.Fault.Text}}
	}
	var rows [][]string
	var headline []string
	for i := range o.Report.Verdicts {
		v := &o.Report.Verdicts[i]
		row := []string{name, v.Property, v.Status.String(), "", "", thousandths(o.Report.Churn), v.Text}
		if v.Status == checker.Violated {
			row[4] = tracetext.Clock(v.At)
			if v.Rung != checker.None {
				row[3] = v.Rung.String()
			}
		}
		if len(r.plan.Expect) > 0 && v.Property == r.plan.Expect[0].Property || headline == nil {
			headline = row
		}
		if r.verbose || !v.Aside && (v.Status == checker.Violated || v.Status == checker.Unknown) {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 && headline != nil && o.Limit == nil { // what a bound cut off does not hold
		rows = append(rows, headline)
	}
	if o.Limit != nil {
		text := o.Limit.Error()
		if o.Limit.Name == "events" {
			text += " (--events allows more)"
		}
		rows = append(rows, []string{name, "", "unknown", "", "", "", text})
	}
	for i := 1; i < len(rows); i++ { // said once
		rows[i][0], rows[i][5] = "", ""
	}
	return rows
}

func (r *report) paintVerdict(row, column int, cell string) string {
	if row == 0 {
		return r.paintHead(row, column, cell)
	}
	if column != 2 {
		return cell
	}
	code := map[string]string{"holds": "32", "violated": "1;31", "unknown": "33", "fault": "1;35"}[cell]
	return paint(r.color && code != "", code, cell)
}

func (r *report) paintHead(row, _ int, cell string) string {
	return paint(r.color && row == 0, "2", cell)
}

// thousandths renders n/1000 with one decimal.
func thousandths(n uint64) string {
	n = (n + 50) / 100
	return fmt.Sprintf("%d.%d", n/10, n%10)
}

func wall(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
