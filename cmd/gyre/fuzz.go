package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"gyre/internal/campaign"
	"gyre/internal/corpus"
	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

type fuzzFlags struct {
	wall    time.Duration
	seeds   string
	seed    string
	workers int
	variant
	holds    string
	scenario string
	strategy string
	corpus   string
	first    bool
	shard    string
	resume   bool
	json     bool
	verbose  bool
	noShrink bool
	leaveOut []string
	calm     bool
	known    []string
	color    string
	ci       ciFlags
}

// forUsual is how long a campaign lasts that nobody limits.
const forUsual = time.Minute

func fuzzCommand() *cobra.Command {
	var f fuzzFlags
	cmd := &cobra.Command{
		Use:   "fuzz",
		Short: "Play generated plans, shrink what fails and save it to the corpus",
		Long: `Fuzz turns seeds into plans, plays them, and shrinks and saves what they violate. A finding whose bucket
(algorithm, property, rung, causal class) a file of the corpus has already is counted and passed by. What a campaign
finds depends on its seeds and flags only, not on the number of workers; one run in twenty is played twice and
compared.

Ctrl-C ends a campaign after the plans in hand, a second one at once; every finding is saved the moment it is known, and
--resume goes on where a campaign was ended or killed. What a campaign finds goes to --corpus; --known names more
corpora whose findings are passed by, which are only read.

Exit codes: 0 nothing new, 1 new findings, 2 bad usage or input, 4 fault in Gyre itself, 5 nondeterminism,
130 interrupted.`,
		Example: `  gyre fuzz --for 10m
  gyre fuzz --seeds 1..1000 --algorithm ziti-2.1.0 --strategy coverage
  gyre fuzz --for 6h --shard 2/8 --corpus shard-2
  gyre fuzz --seed $(git rev-parse HEAD) --for 10m --stop-at-first
  gyre fuzz --scenario leader-crash --seeds 1..200
  gyre fuzz --algorithm ziti-2.1.0 --bug B24 --holds ziti-2.1.0   # what comes of the bug alone
  gyre fuzz --known corpus --corpus found --junit junit.xml --sarif gyre.sarif --summary summary.md
  gyre fuzz --algorithm ideal --fault-free --seeds 1..1000   # right by construction: no property may object`,
		Args: atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.DurationVar(&f.wall, "for", 0, "end after this time, as in 10m (default 1m, "+
		"unless --seeds is given or a scenario is swept)")
	flags.StringVar(&f.seeds, "seeds", "", "seeds to play, A..B, both included")
	flags.StringVar(&f.seed, "seed", "", "first seed: decimal, 0x hex or a commit hash (default 1)")
	flags.IntVarP(&f.workers, "workers", "j", runtime.GOMAXPROCS(0), "plans played at a time")
	f.variant.flags(cmd, "all")
	flags.StringVar(&f.holds, "holds", "",
		"algorithm to compare with: what it violates in the same plan, too, is passed by")
	complete(cmd, "holds", completeAlgorithms)
	flags.StringVar(&f.scenario, "scenario", "", "play variations of this scenario instead of generated plans")
	flags.StringVar(&f.strategy, "strategy", campaign.Strategies()[0][0], "how plans are drawn: "+strategyNames())
	flags.StringVar(&f.corpus, "corpus", corpus.Dir, "folder of known findings, to which new ones are saved")
	flags.BoolVar(&f.first, "stop-at-first", false, "end at the first new finding")
	flags.StringVar(&f.shard, "shard", "", "play the i-th of n parts of the seeds: i/n, i from 1")
	flags.BoolVar(&f.resume, "resume", false, "go on with the campaign that the corpus folder has the journal of")
	flags.BoolVar(&f.json, "json", false, "JSON lines: each finding, then the campaign, schema "+fuzzSchema)
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "say what was generated, too")
	flags.BoolVar(&f.noShrink, "no-shrink", false, "save findings as they are")
	flags.StringSliceVar(&f.leaveOut, "leave-out", nil, "directives that no generated plan has, as in delete,deny")
	flags.BoolVar(&f.calm, "fault-free", false, "generate orders of the operator only: nothing fails")
	flags.StringSliceVar(&f.known, "known", nil, "more corpora of known findings, which are only read")
	flags.StringVar(&f.color, "color", "auto", "auto, always or never")
	f.ci.flags(cmd)
	var offers []cobra.Completion
	for _, s := range campaign.Strategies() {
		offers = append(offers, cobra.CompletionWithDesc(s[0], s[1]))
	}
	complete(cmd, "strategy", cobra.FixedCompletions(offers, cobra.ShellCompDirectiveNoFileComp))
	complete(cmd, "scenario", completeScenario)
	complete(cmd, "color", cobra.FixedCompletions(colors, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func strategyNames() string {
	var names []string
	for _, s := range campaign.Strategies() {
		names = append(names, s[0])
	}
	return strings.Join(names, ", ")
}

// config checks the flags.
func (f *fuzzFlags) config(cmd *cobra.Command) (campaign.Config, error) {
	c := campaign.Config{
		First: 1, For: f.wall, Workers: f.workers, Strategy: f.strategy, Corpus: f.corpus, Resume: f.resume,
		StopFirst: f.first, Known: f.known, Again: again,
	}
	if f.noShrink {
		c.Shrink = -1
	}
	var err error
	if c.Algorithms, err = f.algorithms(cmd); err != nil {
		return c, err
	}
	if err := f.contrast(&c); err != nil {
		return c, err
	}
	if f.scenario != "" {
		if c.Scenario, err = load(f.scenario); err != nil {
			return c, err
		}
	}
	var names []string
	known := false
	for _, s := range campaign.Strategies() {
		names = append(names, s[0])
		known = known || s[0] == f.strategy
	}
	switch {
	case !known:
		return c, usage("unknown --strategy %q%s", f.strategy, hint(f.strategy, names))
	case f.workers < 1:
		return c, usage("--workers %d: write a number from 1", f.workers)
	case f.wall < 0 || cmd.Flags().Changed("for") && f.wall == 0:
		return c, usage("--for %s: write a time longer than nothing, as in 10m", f.wall)
	case f.calm && f.scenario != "":
		return c, usage("--fault-free is about generated plans: leave out --scenario")
	case f.corpus == "":
		return c, usage("--corpus is empty: name a folder")
	case f.seeds != "" && f.seed != "":
		return c, usage("--seed and --seeds: give one of them")
	case f.strategy == "sweep" && f.scenario != "" && f.seeds == "" && f.wall == 0: // each disturbance once
	case f.seeds == "" && f.wall == 0:
		c.For = forUsual
	}
	if err := f.directives(); err != nil {
		return c, err
	}
	c.Generate.Without, c.Generate.FaultFree = f.leaveOut, f.calm
	if len(c.Algorithms) == 1 && c.Algorithms[0].Release == model.Ideal {
		c.Generate.Settle = model.Ideal
	}
	return c, f.part(&c)
}

// contrast reads what the algorithms are compared with.
func (f *fuzzFlags) contrast(c *campaign.Config) (err error) {
	if f.holds == "" {
		return nil
	}
	if c.Holds, err = lookup("--holds", f.holds); err != nil {
		return err
	}
	if slices.ContainsFunc(c.Algorithms, func(a model.Algorithm) bool { return a.Name == c.Holds.Name }) {
		return usage("--holds %s: it cannot hold what it violates (play others, with --algorithm)", f.holds)
	}
	return nil
}

// part reads which seeds are played.
func (f *fuzzFlags) part(c *campaign.Config) (err error) {
	if f.seed != "" {
		if c.First, err = sim.ParseSeed(f.seed); err != nil {
			return usage("--seed: %w", err)
		}
	}
	if f.seeds != "" {
		if c.First, c.Count, err = seedRange(f.seeds); err != nil {
			return err
		}
	}
	if f.shard != "" {
		c.Shard, c.Shards, err = shard(f.shard)
	}
	return err
}

// directives checks what is to be left out.
func (f *fuzzFlags) directives() error {
	var have []string
	for _, h := range scenarios.Directives() {
		if !h.Head {
			have = append(have, h.Verb)
		}
	}
	for _, verb := range f.leaveOut {
		if !slices.Contains(have, verb) {
			return usage("--leave-out: unknown directive %q%s", verb, hint(verb, have))
		}
	}
	return nil
}

// seedRange reads A..B.
func seedRange(text string) (first sim.Seed, count uint64, err error) {
	a, b, ok := strings.Cut(text, "..")
	if !ok {
		return 0, 0, usage("--seeds %q: write the first and the last, as in 1..1000", text)
	}
	first, err = sim.ParseSeed(a)
	if err != nil {
		return 0, 0, usage("--seeds %q: %w", text, err)
	}
	last, err := sim.ParseSeed(b)
	if err != nil {
		return 0, 0, usage("--seeds %q: %w", text, err)
	}
	if last < first {
		return 0, 0, usage("--seeds %q: the last lies before the first (write %s..%s)", text, b, a)
	}
	return first, max(1, uint64(last-first)+1), nil
}

// shard reads i/n.
func shard(text string) (i, n int, err error) {
	a, b, _ := strings.Cut(text, "/")
	i, errI := strconv.Atoi(a)
	n, errN := strconv.Atoi(b)
	const most = 100_000
	if errI != nil || errN != nil || n < 1 || n > most || i < 1 || i > n {
		return 0, 0, usage("--shard %q: write i/n with i from 1 to n, as in 2/8", text)
	}
	return i, n, nil
}

func (f *fuzzFlags) run(cmd *cobra.Command) error {
	c, err := f.config(cmd)
	if err != nil {
		return err
	}
	color, err := colorful(f.color)
	if err != nil {
		return err
	}
	if err := f.ci.check(); err != nil {
		return err
	}
	ctx, stop := interruptible(cmd.ErrOrStderr(), "the plans in hand are finished",
		"what was found is saved, the same command and --resume goes on")
	defer stop()
	p := &fuzzPrinter{
		flags: f, config: &c, color: color, out: cmd.OutOrStdout(), live: newLive(cmd.ErrOrStderr()), start: time.Now(),
	}
	c.Progress = p.progress
	c.Found = p.found
	if !f.json {
		p.head()
	}
	r, err := campaign.Run(ctx, c)
	p.live.clear()
	if r == nil {
		return exitError{exitUsage, err}
	}
	end := fuzzExit(r)
	if err != nil { // what was found until then is told all the same
		end = exitError{exitUsage, fmt.Errorf("%w\nthe campaign ended early: go on with the same command and --resume", err)}
	}
	if !f.json {
		p.summary(r)
	} else if err := p.printJSON(r); err != nil {
		return err
	}
	return f.ci.finish(fuzzReport(r, &c, p.start), end)
}

// fuzzExit is the exit code of a campaign. What casts doubt on the verdicts comes first.
func fuzzExit(r *campaign.Result) error {
	for _, f := range r.Findings {
		if f.Bucket.Property == scenarios.Fault && r.Diverged == "" {
			return exitError{exitFault, fmt.Errorf("fault in Gyre itself, seed %s, %s: %s", f.Seed, f.Bucket.Algorithm, f.Text)}
		}
	}
	switch {
	case r.Diverged != "":
		return exitError{exitDiverged, errors.New("nondeterminism: " + r.Diverged)}
	case r.Interrupted:
		return exitError{exitInterrupts, nil}
	case len(r.Findings) > 0:
		return exitError{exitViolated, nil}
	}
	return nil
}

// interruptible returns a context that the first Ctrl-C ends; the second ends the program. What each means is told.
func interruptible(w io.Writer, first, second string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signal.Reset(os.Interrupt, syscall.SIGTERM) // main would end the program at the first
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		fmt.Fprintf(w, "\ngyre: interrupted: %s (again to stop at once)\n", first)
		cancel()
		if _, ok := <-signals; ok {
			fmt.Fprintf(w, "gyre: stopped: %s\n", second)
			corpus.Settle()
			os.Exit(exitInterrupts)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel()
	}
}
