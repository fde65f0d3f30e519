package main

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gyre/internal/tracetext"
	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

type traceFlags struct {
	overrides
	all      bool
	nodes    []string
	from, to string
	at, near string
	grep     string
	color    string
}

func traceCommand() *cobra.Command {
	var f traceFlags
	cmd := &cobra.Command{
		Use:   "trace SCENARIO",
		Short: "Show a run as text, a line for each thing that happens",
		Long: `Trace plays a scenario once more and writes a line for each thing that happens: the virtual time, the node, a
mark, the message or change in its one canonical form, and the other end.

Marks: ` + tracetext.Legend + `

Left out unless --all: ` + tracetext.Noise + `.`,
		Example: `  gyre trace leader-spin | less
  gyre trace leader-spin --node rtr1 --from 5s --to 6s
  gyre trace leader-spin --at 5.2s --near 20ms --all
  gyre trace leader-spin -a ziti-2.1.0 --grep 'state|leader'`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("gyre trace needs one scenario: a file, or a name from: gyre list scenarios")
			}
			return f.run(cmd, args[0])
		},
	}
	f.flags(cmd, "")
	flags := cmd.Flags()
	flags.Lookup("algorithm").Usage = "release to play (default: the oldest)"
	flags.BoolVar(&f.all, "all", false, "show everything")
	flags.StringSliceVarP(&f.nodes, "node", "n", nil, "only these nodes: NAME[,NAME]")
	flags.StringVar(&f.from, "from", "", "from this virtual time on, as in 5s or 1m30s")
	flags.StringVar(&f.to, "to", "", "up to this virtual time")
	flags.StringVar(&f.at, "at", "", "around this virtual time (see --near)")
	flags.StringVar(&f.near, "near", "100ms", "how far --at looks, both ways")
	flags.StringVarP(&f.grep, "grep", "g", "", "only lines that match this regular expression")
	flags.StringVar(&f.color, "color", "auto", "auto, always or never")
	complete(cmd, "color", cobra.FixedCompletions(colors, cobra.ShellCompDirectiveNoFileComp))
	complete(cmd, "node", completeNodes)
	return cmd
}

// run plays the scenario with a text observer and writes as it goes.
func (f *traceFlags) run(cmd *cobra.Command, scenario string) error {
	plan, err := load(scenario)
	if err != nil {
		return err
	}
	if f.algorithm == "" {
		f.algorithm = plan.Algorithms()[0].Name
	}
	all, err := f.options(cmd)
	if err != nil {
		return err
	}
	if len(all) != 1 {
		return usage("--algorithm %s: a trace shows one algorithm (have: %s)", f.algorithm,
			strings.Join(algorithmNames(), ", "))
	}
	options := all[0]
	show, err := f.show(cmd, plan)
	if err != nil {
		return err
	}
	text := tracetext.New(cmd.OutOrStdout(), show)
	seed := plan.Seed
	if options.Seed != nil {
		seed = *options.Seed
	}
	fmt.Fprintf(cmd.OutOrStdout(), "# %s  %s  seed %s\n# %s\n", plan.Name, options.Algorithm.Name, seed, tracetext.Legend)
	options.Observers = []sim.Observer[model.Msg]{text}
	options.NoChecks = true
	out, err := untilPast(plan, options)
	if err != nil {
		return exitError{exitUsage, err}
	}
	if err := text.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "# %s\n", f.summary(text, out))
	if out != nil && out.Fault != nil {
		return faultError(out, f.command("trace", scenario, options.Algorithm.Name, &seed))
	}
	return nil
}

// untilPast plays until the observers have seen enough, which ends the goroutine in the middle of the run: the
// outcome is then nil.
func untilPast(plan *scenarios.Plan, options scenarios.Options) (*scenarios.Outcome, error) {
	type result struct {
		out *scenarios.Outcome
		err error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() { done <- r }()
		r.out, r.err = scenarios.Play(plan, options)
	}()
	r := <-done
	return r.out, r.err
}

// show turns the flags into what is shown.
func (f *traceFlags) show(cmd *cobra.Command, plan *scenarios.Plan) (tracetext.Options, error) {
	o := tracetext.Options{Names: plan.Names(), All: f.all, Past: runtime.Goexit}
	var err error
	if o.Color, err = colorful(f.color); err != nil {
		return o, err
	}
	for _, name := range f.nodes {
		i := slices.Index(o.Names.Nodes, name)
		if i < 1 {
			return o, usage("--node: unknown node %q%s", name, hint(name, o.Names.Nodes[1:]))
		}
		o.Nodes = append(o.Nodes, sim.NodeID(i))
	}
	if f.grep != "" {
		if o.Match, err = regexp.Compile(f.grep); err != nil {
			return o, usage("--grep: %w", err)
		}
	}
	var from, to, at, near sim.Duration
	for _, t := range []struct {
		flag, text string
		value      *sim.Duration
	}{{"from", f.from, &from}, {"to", f.to, &to}, {"at", f.at, &at}, {"near", f.near, &near}} {
		if t.text == "" {
			continue
		}
		if *t.value, err = sim.ParseDuration(t.text); err != nil {
			return o, usage("--%s: %w", t.flag, err)
		}
	}
	if f.at == "" && cmd.Flags().Changed("near") {
		return o, usage("--near says how far --at looks: give --at too")
	}
	if f.at != "" && f.from+f.to != "" {
		return o, usage("--at is a window of its own: leave out --from and --to, or use --near")
	}
	if f.at != "" {
		from, to = max(at-near, 0), at+near
	}
	if to > 0 && to < from {
		return o, usage("--to %s is before --from %s", to, from)
	}
	o.From, o.To = sim.Time(from), sim.Time(to)
	return o, nil
}

// summary is the last line of a trace.
func (f *traceFlags) summary(text *tracetext.Text, out *scenarios.Outcome) string {
	var parts []string
	if out != nil {
		parts = append(parts, fmt.Sprintf("%s, %d events, digest %016x", out.Virtual, out.Events, out.Digest))
	}
	parts = append(parts, fmt.Sprintf("%d lines", text.Shown))
	if text.Shown == 0 && out != nil {
		parts = append(parts, "nothing to show: the run ends at "+out.Virtual.String())
	}
	if text.Hidden > 0 {
		parts = append(parts, fmt.Sprintf("%d more with --all (%s)", text.Hidden, tracetext.Noise))
	}
	return strings.Join(parts, ", ")
}

// completeNodes offers the nodes of the scenario that was named.
func completeNodes(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	plan, err := load(args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return plan.Names().Nodes[1:], cobra.ShellCompDirectiveNoFileComp
}
