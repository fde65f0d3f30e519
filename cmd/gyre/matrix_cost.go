package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// cost is what a run spends on hosting. It implements sim.Observer[model.Msg].
type cost struct {
	requests uint64 // creates and removes of routers
	checks   uint64 // validations and audits
	named    uint64 // terminators named in any of these messages or their answers
	entries  uint64 // creates and deletes of terminators in the log, each batch once
	index    uint64
}

func (c *cost) Input(sim.Stamp, *sim.Input[model.Msg]) {}
func (c *cost) Event(sim.Time, sim.Outside)            {}

// Effect implements sim.Observer.
func (c *cost) Effect(_ sim.Stamp, e *sim.Effect[model.Msg]) {
	m := &e.Msg
	switch {
	case e.Kind == sim.Note && m.Kind == model.NoteApplied:
		entry, ok := m.Body.(*model.Entry)
		if ok && m.Index > c.index && entry.Origin != model.ByOperator {
			c.index = m.Index
			c.entries++
		}
	case e.Kind != sim.Send:
	case m.Kind == model.CreateRequest || m.Kind == model.RemoveRequest:
		c.requests++
		c.named += named(m)
	case m.Kind == model.ValidateRequest || m.Kind == model.Audit:
		c.checks++
		c.named += named(m)
	case m.Kind == model.CreateReply || m.Kind == model.RemoveReply || m.Kind == model.ValidateReply ||
		m.Kind == model.AuditReply:
		c.named += named(m)
	}
}

// named counts the terminators that a message names.
func named(m *model.Msg) uint64 {
	switch list := m.Body.(type) {
	case *model.TermList:
		return uint64(len(list.Terms))
	case *model.CheckList:
		return uint64(len(list.Checks))
	case *model.RowList:
		return uint64(len(list.Rows))
	}
	if m.Term != 0 {
		return 1
	}
	return 0
}

func costCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "cost",
		Short: "Compare what hosting costs in ziti-2.1.0 and in the reference, in every built-in scenario",
		Long: `Cost plays every built-in scenario in ziti-2.1.0 and in the reference and counts, for each: the create and
remove requests that routers sent; the checks, which are validation requests of controllers or audits of routers; how
many terminators all these and their answers name, which is what their size grows with; the entries that creates and
deletes of terminators made in the log, the operator's left out and a batch counted once; and the rows that came or
went.

Exit codes: 0 the table was made, whatever it shows; 4 fault in Gyre itself; 130 interrupted.`,
		Example: "  gyre matrix cost",
		Args:    atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printCost(cmd.OutOrStdout())
		},
	}
}

// printCost plays everything and prints a row for each scenario and algorithm.
func printCost(w io.Writer) error {
	rows := [][]string{{"scenario", "algorithm", "requests", "checks", "named", "entries", "rows moved"}}
	for _, file := range scenarios.Builtin() {
		plan, err := scenarios.Parse(file.Name+".txt", file.Text)
		if err != nil {
			return exitError{exitFault, err}
		}
		name := file.Name
		for _, algorithm := range []string{"ziti-2.1.0", "reference"} {
			a, _ := model.LookupAlgorithm(algorithm)
			if reference, _ := model.LookupAlgorithm("reference"); plan.Plays(reference) != nil {
				continue // there is nothing to compare with
			}
			c := &cost{}
			o, err := scenarios.Play(plan, scenarios.Options{Algorithm: a, Observers: []sim.Observer[model.Msg]{c}})
			if err != nil {
				return exitError{exitFault, err}
			}
			if o.Fault != nil {
				return exitError{exitFault, fmt.Errorf("fault in Gyre itself: %s, %s: %s", name, algorithm, o.Fault.Text)}
			}
			rows = append(rows, []string{name, algorithm, fmt.Sprint(c.requests), fmt.Sprint(c.checks), fmt.Sprint(c.named),
				fmt.Sprint(c.entries), fmt.Sprint(o.Report.Creates + o.Report.Deletes)})
			name = ""
		}
	}
	_, err := io.WriteString(w, align(rows, func(_, _ int, cell string) string { return cell }))
	return err
}
