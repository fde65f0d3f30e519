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
	"gyre/sim"
)

// cells are the conditions under which the spin was reported, by three bits.
const (
	severalControllers = 1 << iota
	frequentChanges
	highLatency
	cells
)

// corners is how many ways there are to have or not to have each of the cures.
const corners = int(model.AllCures) + 1

// ablation is what gyre matrix cures shows: for each corner and cell in how many samples it spins, and in how many it
// violates anything at all.
type ablation struct {
	samples int
	spins   [corners][cells]int
	fails   [corners][cells]int
	moved   [corners]uint64         // rows that came or went
	entries [corners]uint64         // creates and deletes in the log, whatever they changed
	what    [corners]map[string]int // by property
}

func curesCommand() *cobra.Command {
	var seeds int
	cmd := &cobra.Command{
		Use:   "cures",
		Short: "Play the reference without each combination of its cures, under each combination of conditions",
		Long: `Cures plays the 16 corners of the reference: each of its four cures on or off, under the eight combinations of
the conditions under which the spin was reported. A cell is the same samples for every corner: plans drawn from seeds 1
to the number given. It says in how many of them the corner spins (no-spin is violated), and after a plus in how many
more it violates something else.

  c  several controllers: 5 instead of 1, one of which applies the log 0.5 to 3 s late
  f  frequent changes: one service taken and given every 0.2 to 2 s, for a minute
  l  high latency: 400 ms one way and up to 100 ms more, instead of 10 and 2

In every sample the router loses a controller for a moment, another router restarts, and the operator deletes a row.

Exit codes: 0 the table was made, whatever it shows; 2 bad usage; 3 a bound was hit; 4 fault in Gyre itself;
130 interrupted.`,
		Example: "  gyre matrix cures --seeds 20",
		Args:    atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if seeds < 1 {
				return usage("--seeds %d: write a number from 1", seeds)
			}
			a, err := newAblation(seeds)
			if err != nil {
				return err
			}
			a.print(cmd.OutOrStdout())
			return nil
		},
	}
	cmd.Flags().IntVar(&seeds, "seeds", 3, "samples in each cell")
	return cmd
}

// newAblation plays everything.
func newAblation(samples int) (*ablation, error) {
	a := &ablation{samples: samples}
	var all []scenarios.Options
	for i := range corners {
		reference, _ := model.LookupAlgorithm("reference")
		corner, err := reference.Variant(0, model.Cures(i), 0)
		if err != nil {
			return nil, exitError{exitFault, err}
		}
		a.what[i] = map[string]int{}
		all = append(all, scenarios.Options{Algorithm: corner})
	}
	for cell := range cells {
		for n := range samples {
			plan, err := sampleOf(cell, sim.Seed(n+1))
			if err != nil {
				return nil, exitError{exitFault, err}
			}
			corner := 0
			for r := range play(plan, all, false, 0) {
				if r.err != nil {
					return nil, exitError{exitFault, r.err}
				}
				if r.Fault != nil {
					return nil, exitError{exitFault, fmt.Errorf("%s, %s: %w", plan.Name, r.Algorithm.Name, *r.Fault)}
				}
				if r.Limit != nil {
					return nil, exitError{exitUnknown, fmt.Errorf("%s, %s: %w", plan.Name, r.Algorithm.Name, *r.Limit)}
				}
				a.count(corner, cell, r.Outcome)
				corner++
			}
		}
	}
	return a, nil
}

// count counts what one run came to.
func (a *ablation) count(corner, cell int, o *scenarios.Outcome) {
	spins, fails := false, false
	a.moved[corner] += o.Report.Creates + o.Report.Deletes
	a.entries[corner] += o.Report.Creates + o.Report.Deletes + o.Report.NoOps
	for i := range o.Report.Verdicts {
		v := &o.Report.Verdicts[i]
		if v.Status != checker.Violated || v.Aside {
			continue
		}
		a.what[corner][v.Property]++
		spins = spins || v.Property == "no-spin"
		fails = true
	}
	switch {
	case spins:
		a.spins[corner][cell]++
	case fails:
		a.fails[corner][cell]++
	}
}

// sampleOf draws the plan of a cell and a seed.
func sampleOf(cell int, seed sim.Seed) (*scenarios.Plan, error) {
	name := "cures-" + cellName(cell) + "-" + seed.String()
	s := seed.Stream("cures")
	draw := func(low, high int) int { return low + int(s.Below(uint64(high-low+1))) }
	controllers, latency, jitter := 1, 10, 2
	if cell&severalControllers != 0 {
		controllers = 5
	}
	if cell&highLatency != 0 {
		latency, jitter = 400, 100
	}
	slow, by := draw(1, controllers), draw(5, 30)*100
	every, lost := []int{200, 500, 1000, 2000}[draw(0, 3)], draw(1, controllers)
	at := [...]int{draw(60000, 120000), draw(120000, 150000), draw(150000, 180000)}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s: sample %s of the ablation.\n", name, seed)
	line("cluster controllers=%d routers=2", controllers)
	line("service web on routers\nservice db on rtr1 terminators=2\nseed %s", seed)
	line("set latency=%dms\nset jitter=%dms\n", latency, jitter)
	if cell&severalControllers != 0 {
		line("30s lag ctl%d by=%dms", slow, by)
	}
	if cell&frequentChanges != 0 {
		line("1m toggle web on rtr1 every=%dms until=%dms", every, 60000+60000/(2*every)*(2*every)-every)
	}
	line("%dms break rtr1<->ctl%d", at[0], lost)
	line("%dms delete db on rtr1", at[1])
	line("%dms restart rtr2", at[2])
	line("5m settle 30m")
	return scenarios.Parse(name, b.String())
}

func cellName(cell int) string {
	name := ""
	for i, letter := range []string{"c", "f", "l"} {
		if cell>>i&1 == 1 {
			name += letter
		}
	}
	if name == "" {
		return "none"
	}
	return name
}

// print writes the table, worst corners last, and what it teaches.
func (a *ablation) print(w io.Writer) {
	fmt.Fprintf(w, "%d samples in each cell: spins, + violates something else only; rows moved (came or went) and\n"+
		"writes (creates and deletes of terminators in the log) are means of all %d samples of a corner\n\n", a.samples,
		cells*a.samples)
	rows := [][]string{{"with", "without"}}
	for cell := range cells {
		rows[0] = append(rows[0], cellName(cell))
	}
	rows[0] = append(rows[0], "rows moved", "writes")
	for _, corner := range a.order() {
		row := []string{cureNames(^corner), cureNames(corner)}
		for cell := range cells {
			row = append(row, tally(a.spins[corner][cell], a.fails[corner][cell]))
		}
		row = append(row, a.mean(a.moved[corner]), a.mean(a.entries[corner]))
		rows = append(rows, row)
	}
	io.WriteString(w, align(rows, func(_, _ int, cell string) string { return cell }))
	fmt.Fprintf(w, "\nviolated, over all %d samples of a corner:\n", cells*a.samples)
	rows = nil
	for _, corner := range a.order() {
		rows = append(rows, []string{"without " + cureNames(corner), a.properties(corner)})
	}
	io.WriteString(w, align(rows, func(_, _ int, cell string) string { return cell }))
	fmt.Fprintln(w)
	a.teach(w, "spin", func(corner model.Cures) bool { return sum(a.spins[corner]) > 0 })
	a.teach(w, "violate anything", func(corner model.Cures) bool {
		return sum(a.spins[corner])+sum(a.fails[corner]) > 0
	})
}

// mean renders a total over all samples as a mean with one decimal.
func (a *ablation) mean(total uint64) string {
	n := uint64(cells * a.samples)
	tenths := (10*total + n/2) / n
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

func tally(spins, fails int) string {
	text := "-"
	if spins > 0 {
		text = fmt.Sprint(spins)
	}
	if fails > 0 {
		text += fmt.Sprintf("+%d", fails)
	}
	return text
}

func sum(list [cells]int) int {
	n := 0
	for _, x := range list {
		n += x
	}
	return n
}

// order returns the corners, those with most cures first.
func (a *ablation) order() []model.Cures {
	var all []model.Cures
	for i := range corners {
		all = append(all, model.Cures(i))
	}
	slices.SortStableFunc(all, func(x, y model.Cures) int { return len(x.List()) - len(y.List()) })
	return all
}

// properties lists what a corner violated, in the order of the properties, with the number of samples.
func (a *ablation) properties(corner model.Cures) string {
	var list []string
	for _, p := range checker.Properties() {
		if n := a.what[corner][p.Name]; n > 0 {
			list = append(list, fmt.Sprintf("%s %d", p.Name, n))
		}
	}
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

// cureNames names the cures of a set.
func cureNames(set model.Cures) string {
	var names []string
	for _, c := range (set & model.AllCures).List() {
		names = append(names, c.String())
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, "+")
}

// teach says which cures no corner does without that never came to it, and which smallest sets were enough.
func (a *ablation) teach(w io.Writer, what string, bad func(without model.Cures) bool) {
	needed := model.AllCures
	var enough []model.Cures
	for with := range model.AllCures + 1 {
		if bad(^with & model.AllCures) {
			continue
		}
		needed &= with
		enough = append(enough, with)
	}
	if len(enough) == 0 {
		fmt.Fprintf(w, "Not to %s: no corner managed that.\n", what)
		return
	}
	var least []string
	for _, set := range enough {
		if !slices.ContainsFunc(enough, func(s model.Cures) bool { return s != set && s&set == s }) {
			least = append(least, cureNames(set))
		}
	}
	fmt.Fprintf(w, "Not to %s in any of these samples: necessary %s, sufficient %s.\n", what, cureNames(needed),
		strings.Join(least, " or "))
}
