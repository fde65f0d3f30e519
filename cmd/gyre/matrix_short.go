package main

import (
	"fmt"
	"io"
	"strings"

	"gyre/checker"
	"gyre/scenarios"
)

// telling lists the properties in the order in which a short cell prefers to name one of several: what happened to the
// terminators before what follows from it.
func telling() []string {
	return []string{
		"no-spin", "no-storm", "never-gives-up", "valid-delete", "own-delete", "no-missing", "no-orphan", "no-duplicate",
		"agree", "no-stuck", "replicated", "stays-converged", "linearizable", "session-reads", "converges",
	}
}

// shortCell names one violated property and says how many more there are: spin closure +1. The rung is named where it
// says that it goes on: a deadline that passed and a witness are told by the bare name.
func shortCell(o *scenarios.Outcome) string {
	violated := map[string]string{}
	for i := range o.Report.Verdicts {
		if v := &o.Report.Verdicts[i]; v.Status == checker.Violated && !v.Aside {
			violated[v.Property] = ""
			if v.Rung != checker.None && v.Rung != checker.Deadline && v.Rung != checker.Witness {
				violated[v.Property] = " " + v.Rung.String()
			}
		}
	}
	if o.Limit != nil || len(violated) == 0 {
		return cell(o)
	}
	for _, property := range telling() {
		rung, ok := violated[property]
		if !ok {
			continue
		}
		name := strings.TrimPrefix(strings.TrimPrefix(property, "no-"), "never-")
		if len(violated) > 1 {
			return fmt.Sprintf("%s%s +%d", name, rung, len(violated)-1)
		}
		return name + rung
	}
	return cell(o)
}

// printShort writes one line per scenario and one column per release.
func (m *matrix) printShort(w io.Writer, painted bool) {
	head := []string{"scenario"}
	for _, a := range m.algorithms {
		head = append(head, strings.TrimPrefix(a.Name, "ziti-"))
	}
	rows := [][]string{head}
	for _, r := range m.rows {
		rows = append(rows, append([]string{r.scenario}, r.short...))
	}
	io.WriteString(w, align(rows, func(row, column int, cell string) string {
		switch {
		case row == 0:
			return paint(painted, "2", cell)
		case column > 0 && cell == "holds":
			return paint(painted, "32", cell)
		case column > 0 && cell != "unknown":
			return paint(painted, "31", cell)
		}
		return cell
	}))
}
