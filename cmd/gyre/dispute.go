package main

import (
	"fmt"
	"strings"

	"gyre/checker"
	"gyre/scenarios"
)

// printDisputes tells one turn of each spin: who wrote what, because of which read.
func (r *report) printDisputes() {
	for _, o := range r.outcomes {
		for i := range o.Report.Verdicts {
			v := &o.Report.Verdicts[i]
			if d := v.Dispute; d != nil && o.Fault == nil {
				r.printDispute(o, v, d)
			}
		}
	}
}

func (r *report) printDispute(o result, v *checker.Verdict, d *checker.Dispute) {
	about := scenarios.Subject(o.Names, v.Subject)
	fmt.Fprintf(r.w, "dispute  %s, %s, %s: %s\n", o.Algorithm.Name, about, paint(r.color, "1", d.Class), d.Why)
	for _, line := range d.Words(o.Names) {
		for i, part := range wrapText(line, max(40, min(width(), 120)-11)) {
			fmt.Fprintf(r.w, "%s%s\n", []string{"  ", "             "}[min(i, 1)], part)
		}
	}
	if d.Closed {
		fmt.Fprintln(r.w, "  and so on from the first")
	} else {
		fmt.Fprintln(r.w, "  and so on, by a way that was not followed")
	}
	if r.verbose {
		fmt.Fprintf(r.w, "\n%s", d.Mermaid())
	}
	fmt.Fprintln(r.w)
}

// wrapText breaks a line between words.
func wrapText(line string, room int) []string {
	var lines []string
	for len([]rune(line)) > room {
		cut := strings.LastIndex(line[:room], " ")
		if cut <= 12 {
			break
		}
		lines = append(lines, line[:cut])
		line = strings.TrimLeft(line[cut:], " ")
		room = max(20, room-11)
	}
	return append(lines, line)
}
