package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"gyre/checker"
	"gyre/internal/corpus"
	"gyre/scenarios"
	"gyre/sim"
)

type runFlags struct {
	overrides
	json    bool
	verbose bool
	measure bool
	twice   bool
	update  bool
	color   string

	certificate string
	forks       uint64
	linear      string
}

// forksMax bounds --forks.
const forksMax = 10_000

// leaderSpin is what gyre run plays unless told otherwise.
const leaderSpin = "leader-spin"

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [SCENARIO]",
		Short: "Play a scenario and judge it, release by release",
		Long: `Run plays a scenario, by default ` + leaderSpin + `, in every release and prints the verdicts. SCENARIO is the
name of one that is built in (gyre list scenarios) or a file.

If the scenario says what to expect and no flag makes it another run, the exit code tells whether all is as
expected. Otherwise the verdicts decide.

` + exitText,
		Example: `  gyre run
  gyre run leader-spin --algorithm ziti-1.0.0,ziti-2.1.0 --seed 0x2a
  gyre run leader-spin --set latency=80ms -v
  gyre run leader-spin --json | jq .status
  gyre run ./mine.txt --update
  gyre run leader-spin --twice
  gyre run hosting-register --linear-html spin.html`,
		Args:              atMost(1, "one scenario"),
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, append(args, leaderSpin)[0])
		},
	}
	f.flags(cmd, "all")
	flags := cmd.Flags()
	flags.BoolVar(&f.json, "json", false, "one JSON object per algorithm and line, schema "+schema)
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "every property, not only what is violated")
	flags.BoolVar(&f.measure, "measure", false, "requests, log entries, and how long clients were without, too")
	flags.BoolVar(&f.twice, "twice", false, "play everything twice and compare")
	flags.BoolVar(&f.update, "update", false, "rewrite the expectations in the scenario's file")
	flags.StringVar(&f.certificate, "certificate", "", "write the proof of an endless spin to this file (see gyre verify)")
	flags.Uint64Var(&f.forks, "forks", 0, "where something is violated, play so many more runs that part by chance alone")
	flags.StringVar(&f.linear, "linear-html", "", "draw the first history that is not linearizable into this file")
	flags.StringVar(&f.color, "color", "auto", "auto, always or never")
	complete(cmd, "color", cobra.FixedCompletions(colors, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// run does the command: load, play, print, decide.
func (f *runFlags) run(cmd *cobra.Command, scenario string) error {
	plan, err := load(scenario)
	if err != nil {
		return err
	}
	if !cmd.Flags().Changed("algorithm") && len(f.bugs)+len(f.without) == 0 {
		f.algorithm = about(plan, f.algorithm)
	}
	all, err := f.options(cmd)
	if err != nil {
		return err
	}
	color, err := colorful(f.color)
	if err != nil {
		return err
	}
	if f.update {
		if err := f.updatable(cmd, scenario, plan); err != nil {
			return err
		}
	}
	start := time.Now()
	r := &report{
		plan: plan, scenario: scenario, flags: f, color: color, verbose: f.verbose,
		plain: !f.any(cmd) && f.forks == 0, w: cmd.OutOrStdout(),
	}
	if len(all) > 1 { // a single one says itself that it cannot
		all = slices.DeleteFunc(all, func(o scenarios.Options) bool { return plan.Plays(o.Algorithm) != nil })
	}
	for i := range all {
		all[i].Reconfirm, all[i].Record, all[i].Measure = true, f.linear != "", f.measure
	}
	if f.forks > forksMax {
		return usage("--forks %d: is over the limit of %d", f.forks, forksMax)
	}
	for result := range play(plan, all, f.twice, f.forks) {
		if result.err != nil {
			return exitError{exitUsage, result.err}
		}
		r.outcomes = append(r.outcomes, result)
		if f.json {
			if err := r.printJSON(result); err != nil {
				return err
			}
		}
	}
	r.wall = time.Since(start)
	if !f.json {
		r.print()
	}
	if f.certificate != "" {
		if err := f.certify(r); err != nil {
			return err
		}
	}
	if f.linear != "" {
		said, err := f.drawn(r.outcomes)
		if err != nil {
			return err
		}
		if !f.json {
			fmt.Fprintf(r.w, "\n%s\n", said)
		}
	}
	if f.update {
		return f.rewrite(scenario, r)
	}
	return r.verdict()
}

// result is one algorithm's run.
type result struct {
	*scenarios.Outcome
	wall     time.Duration
	diverged string // of a second run: where it went another way
	err      error
}

// play plays a plan in several ways at once, on as many cores as there are, and yields the results in order.
func play(plan *scenarios.Plan, all []scenarios.Options, twice bool, forks uint64) func(yield func(result) bool) {
	results := make([]chan result, len(all))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, o := range all {
		results[i] = make(chan result, 1)
		go func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			start := time.Now()
			var r result
			r.Outcome, r.err = scenarios.Play(plan, o)
			if r.err == nil && twice {
				r.diverged = again(r.Outcome, func(watch observer) (*scenarios.Outcome, error) {
					if watch != nil {
						o.Observers = append(slices.Clone(o.Observers), watch)
					}
					return scenarios.Play(plan, o)
				})
			}
			r.wall = time.Since(start)
			if r.err == nil && forks > 0 && violates(r.Outcome) {
				r.err = scenarios.PlayForks(r.Outcome, o, forks)
			}
			results[i] <- r
		}()
	}
	return func(yield func(result) bool) {
		for _, c := range results {
			if !yield(<-c) {
				return
			}
		}
	}
}

// violates reports whether a property is violated.
func violates(o *scenarios.Outcome) bool {
	return o.Fault == nil && slices.ContainsFunc(o.Report.Verdicts, func(v checker.Verdict) bool {
		return v.Status == checker.Violated
	})
}

// updatable refuses --update where it makes no sense, before anything is played.
func (f *runFlags) updatable(cmd *cobra.Command, scenario string, plan *scenarios.Plan) error {
	_, builtin := scenarios.Load(scenario)
	switch {
	case builtin:
		return usage("--update: %s is built in (give the path of its file, as in scenarios/%s.txt)", scenario, scenario)
	case f.any(cmd):
		return usage("--update: the expectations are those of the plain run (leave out --algorithm, --seed, --set, --events)")
	case len(plan.Expect) == 0:
		return usage("--update: %s asks for nothing (add a line: expect no-spin, and below it: ----)", scenario)
	}
	return nil
}

// rewrite writes the expectations down as they came out.
func (f *runFlags) rewrite(path string, r *report) error {
	for _, o := range r.outcomes {
		if o.Fault != nil || o.diverged != "" {
			return r.verdict()
		}
	}
	text, err := read(path)
	if err != nil {
		return err
	}
	var outcomes []*scenarios.Outcome
	for _, o := range r.outcomes {
		outcomes = append(outcomes, o.Outcome)
	}
	said := "expectations unchanged"
	if updated := scenarios.Update(text, outcomes...); updated != text {
		if err := os.WriteFile(path, []byte(updated), 0o644); err != nil {
			return usage("--update: cannot write %s: %w", path, corpus.Reason(err))
		}
		said = "expectations updated in " + path
	}
	if !f.json {
		fmt.Fprintln(r.w, said)
	}
	return nil
}

// verdict turns the outcomes into the exit code. What casts doubt on the verdicts comes before them.
func (r *report) verdict() error {
	var faults, diverged []error
	violated, unknown := false, false
	for _, o := range r.outcomes {
		repeat := r.flags.command("run", r.scenario, o.Algorithm.Name, &o.Seed)
		switch {
		case o.Fault != nil:
			faults = append(faults, faultError(o.Outcome, repeat))
		case o.diverged != "":
			diverged = append(diverged, fmt.Errorf("nondeterminism: %s, seed %s: %s", o.Algorithm.Name, o.Seed, o.diverged))
		}
		for i := range o.Report.Verdicts {
			if o.Report.Verdicts[i].Aside {
				continue
			}
			violated = violated || o.Report.Verdicts[i].Status == checker.Violated
			unknown = unknown || o.Report.Verdicts[i].Status == checker.Unknown
		}
		unknown = unknown || o.Limit != nil
	}
	switch {
	case len(faults) > 0:
		return exitError{exitFault, errors.Join(faults...)}
	case len(diverged) > 0:
		return exitError{exitDiverged, errors.Join(diverged...)}
	case r.golden():
		if len(r.mismatches()) > 0 {
			return exitError{code: exitViolated}
		}
		return nil
	case violated:
		return exitError{code: exitViolated}
	case unknown:
		return exitError{code: exitUnknown}
	}
	return nil
}

// golden reports whether the scenario's expectations decide.
func (r *report) golden() bool { return r.plain && len(r.plan.Expect) > 0 }

func (r *report) mismatches() []scenarios.Mismatch {
	var all []scenarios.Mismatch
	for _, o := range r.outcomes {
		all = append(all, scenarios.Mismatches(o.Outcome)...)
	}
	slices.SortStableFunc(all, func(a, b scenarios.Mismatch) int { return a.Line - b.Line })
	return all
}

// faultError tells a fault with all it takes to repeat it.
func faultError(o *scenarios.Outcome, repeat string) error {
	return exitError{exitFault, fmt.Errorf("fault in Gyre itself: %s, seed %s, event %d, at %s: %s\nrepeat it with: %s",
		o.Algorithm.Name, o.Seed, o.Events, sim.Time(o.Virtual), o.Fault.Text, repeat)}
}
