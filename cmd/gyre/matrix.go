package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gyre/checker"
	"gyre/model"
	"gyre/scenarios"
)

// matrix is what gyre matrix shows: scenarios down, releases across, in each cell what is violated.
type matrix struct {
	algorithms []model.Algorithm
	rows       []matrixRow
}

type matrixRow struct {
	scenario string
	cells    []string
	short    []string
}

func matrixCommand() *cobra.Command {
	var color string
	var long, bugs bool
	cmd := &cobra.Command{
		Use:   "matrix",
		Short: "Play every built-in scenario in every release, or every bug, and show which properties are violated",
		Long: `Matrix plays every built-in scenario in every release. A cell names the most telling property that is violated
and says how many more are, or says holds; the rung of the proof is named where it says that it goes on (closure,
lasso). With --long there is a line per release that names them all with their rungs. It takes some seconds.

With --bugs it plays each bug of the catalogue in the scenario that shows it, and prints the properties that are
violated with the number of the event at which they are; without the bug the first one holds in the same scenario. A
bug that violates nothing is measured: by how long it takes until all is as desired, or by creates and deletes.

Exit codes: 0 the matrix was made, whatever it shows; 4 fault in Gyre itself; 130 interrupted.`,
		Example: `  gyre matrix
  gyre matrix --long
  gyre matrix --bugs`,
		Args: atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			painted, err := colorful(color)
			if err != nil {
				return err
			}
			if bugs {
				return bugMatrix(cmd.OutOrStdout(), painted)
			}
			m, err := newMatrix()
			if err != nil {
				return err
			}
			if long {
				m.print(cmd.OutOrStdout(), painted)
			} else {
				m.printShort(cmd.OutOrStdout(), painted)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&long, "long", false, "name every violated property, a line per release")
	cmd.Flags().StringVar(&color, "color", "auto", "auto, always or never")
	cmd.Flags().BoolVar(&bugs, "bugs", false, "bugs by properties instead of scenarios by releases")
	complete(cmd, "color", cobra.FixedCompletions(colors, cobra.ShellCompDirectiveNoFileComp))
	cmd.AddCommand(curesCommand(), costCommand())
	return cmd
}

// newMatrix plays everything.
func newMatrix() (*matrix, error) {
	m := &matrix{algorithms: model.Algorithms()}
	for _, file := range scenarios.Builtin() {
		plan, err := scenarios.Parse(file.Name+".txt", file.Text)
		if err != nil {
			return nil, exitError{exitFault, err}
		}
		row := matrixRow{scenario: file.Name, cells: make([]string, len(m.algorithms)),
			short: make([]string, len(m.algorithms))}
		var all []scenarios.Options
		for i, a := range m.algorithms {
			if row.cells[i], row.short[i] = notPlayed, "-"; plan.Plays(a) == nil {
				all = append(all, scenarios.Options{Algorithm: a})
			}
		}
		for r := range play(plan, all, false, 0) {
			if r.err != nil {
				return nil, exitError{exitFault, r.err}
			}
			if r.Fault != nil {
				return nil, exitError{exitFault, fmt.Errorf("fault in Gyre itself: %s, %s: %s",
					file.Name, r.Algorithm.Name, r.Fault.Text)}
			}
			i := slices.IndexFunc(m.algorithms, func(a model.Algorithm) bool { return a.Name == r.Algorithm.Name })
			row.cells[i], row.short[i] = cell(r.Outcome), shortCell(r.Outcome)
		}
		m.rows = append(m.rows, row)
	}
	return m, nil
}

// notPlayed is the cell of a release whose routers have no registry of SDKs in the model.
const notPlayed = "not played: no SDKs"

// cell says what an outcome came to: the violated properties with their rungs, highest proof first in the order of
// the properties, or holds, or unknown.
func cell(o *scenarios.Outcome) string {
	if o.Limit != nil {
		return "unknown: " + o.Limit.Name
	}
	var violated []string
	unknown := false
	for i := range o.Report.Verdicts {
		v := &o.Report.Verdicts[i]
		switch {
		case v.Aside:
		case v.Status == checker.Violated && v.Rung == checker.None:
			violated = append(violated, v.Property)
		case v.Status == checker.Violated:
			violated = append(violated, fmt.Sprintf("%s (%s)", v.Property, v.Rung))
		case v.Status == checker.Unknown:
			unknown = true
		}
	}
	switch {
	case len(violated) > 0:
		return strings.Join(violated, ", ")
	case unknown:
		return "unknown"
	default:
		return "holds"
	}
}

// print writes one block per scenario: a release a line keeps long cells readable.
func (m *matrix) print(w io.Writer, painted bool) {
	rows := [][]string{{"scenario", "release", "violated"}}
	for _, r := range m.rows {
		name := r.scenario
		for i, a := range m.algorithms {
			rows = append(rows, []string{name, a.Name, r.cells[i]})
			name = ""
		}
	}
	io.WriteString(w, align(rows, func(row, column int, cell string) string {
		switch {
		case row == 0:
			return paint(painted, "2", cell)
		case column == 2 && cell == "holds":
			return paint(painted, "32", cell)
		case column == 2 && cell != "unknown" && cell != notPlayed:
			return paint(painted, "31", cell)
		}
		return cell
	}))
}
