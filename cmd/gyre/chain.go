package main

import (
	"fmt"

	"gyre/checker"
	"gyre/internal/tracetext"
	"gyre/scenarios"
	"gyre/sim"
)

// why returns the sentence that says why a property matters.
func why(property string) string {
	for _, p := range checker.Properties() {
		if p.Name == property {
			return p.Why
		}
	}
	return ""
}

// printChains tells, when asked for more, of everything that is violated why it matters, whom it concerns, and step by
// step how it came about, newest first.
func (r *report) printChains() {
	if !r.verbose {
		return
	}
	for _, o := range r.outcomes {
		for i := range o.Report.Verdicts {
			if v := &o.Report.Verdicts[i]; v.Status == checker.Violated && o.Fault == nil {
				r.printChain(o, v)
			}
		}
	}
}

func (r *report) printChain(o result, v *checker.Verdict) {
	about := ""
	if v.Subject.Router != 0 {
		about = ", " + scenarios.Subject(o.Names, v.Subject)
	}
	at := ""
	if v.Step != 0 {
		at = fmt.Sprintf(", step %d", v.Step)
	}
	name := paint(r.color, "1", v.Property)
	fmt.Fprintf(r.w, "chain    %s, %s%s%s: %s\n", o.Algorithm.Name, name, about, at, why(v.Property))
	var rows [][]string
	for _, l := range v.Chain {
		step := "-"
		if l.Step != 0 {
			step = fmt.Sprint(l.Step)
		}
		rows = append(rows, []string{"  " + tracetext.Clock(l.At), step, o.Names.Name(sim.Nodes, uint64(l.Node)), l.What})
	}
	fmt.Fprintf(r.w, "%s\n", align(rows, nil))
}
