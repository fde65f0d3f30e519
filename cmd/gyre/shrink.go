package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"gyre/internal/corpus"
	"gyre/model"
	"gyre/scenarios"
)

type shrinkFlags struct {
	overrides
	property string
	holds    string
	out      string
	budget   int
}

func shrinkCommand() *cobra.Command {
	var f shrinkFlags
	cmd := &cobra.Command{
		Use:   "shrink FILE",
		Short: "Make a failing plan as small as it goes",
		Long: `Shrink drops directives, nodes, services and settings of a failing plan and makes its times early and round, as
long as it violates the same property, as surely and by the same causal class. FILE is a scenario, by name or file,
or a corpus file.

The best so far is saved after every step, beside FILE or where -o says, so Ctrl-C loses nothing, and the same command
goes on from there. If the name ends in .trace a corpus file is written, else a scenario.

Exit codes: 0 shrunk, or as small as it goes; 2 bad usage or input, or nothing is violated; 130 interrupted.`,
		Example: `  gyre shrink leader-crash --algorithm ziti-1.1.8 --property no-orphan
  gyre shrink mine.txt --algorithm ziti-1.0.0 -o corpus/ziti-1.0.0-no-spin-mine.trace
  gyre shrink corpus/ziti-1.0.0-no-spin-break.trace`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("gyre shrink needs one file: a scenario or a corpus file")
			}
			return f.run(cmd, args[0])
		},
		ValidArgsFunction: completeScenario,
	}
	f.flags(cmd, "")
	flags := cmd.Flags()
	flags.Lookup("algorithm").Usage = "release to shrink for (default: the oldest that violates something, or the file's)"
	flags.StringVarP(&f.property, "property", "p", "", "property to go on violating (default: the first, or the file's)")
	flags.StringVarP(&f.out, "output", "o", "", "where to save (default: beside the file, as in NAME.shrunk.txt)")
	flags.StringVar(&f.holds, "holds", "",
		"algorithm in which the property is to hold (default: the release without the bug)")
	complete(cmd, "holds", completeAlgorithms)
	flags.IntVar(&f.budget, "budget", 0, "plays at most (default 2000)")
	complete(cmd, "property", cobra.FixedCompletions(propertyNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func propertyNames() []string {
	var names []string
	for _, i := range listProperties() {
		names = append(names, i.Name)
	}
	return names
}

// subject is what is to be shrunk.
type shrinkSubject struct {
	plan    *scenarios.Plan
	entry   *scenarios.Entry // if it comes from a corpus file
	options scenarios.Options
	bucket  scenarios.Bucket
	out     string
	from    int // directives it had
}

func (f *shrinkFlags) run(cmd *cobra.Command, file string) error {
	s, err := f.subject(cmd, file)
	if err != nil {
		return err
	}
	holds, err := f.contrast(s.options.Algorithm)
	if err != nil {
		return err
	}
	if err := f.target(file, s); err != nil {
		return err
	}
	corpus.SweepFile(s.out)
	s.from = len(s.plan.Steps)
	w, errs := cmd.OutOrStdout(), cmd.ErrOrStderr()
	fmt.Fprintf(w, "shrinking %s for %s\n", s.plan.Name, s.bucket)
	if err := f.resume(w, s); err != nil {
		return err
	}
	start, live := time.Now(), term.IsTerminal(int(os.Stderr.Fd()))
	ctx, stop := interruptible(errs, "the play in hand is finished, the best so far is saved",
		"the best so far is saved, the same command goes on")
	defer stop()
	var failed error
	best, stats, err := scenarios.Shrink(s.plan, scenarios.ShrinkOptions{
		Options: s.options, Bucket: s.bucket, Budget: f.budget, Holds: holds,
		Stop: func() bool { return failed != nil || ctx.Err() != nil },
		Progress: func(tried, kept int, p *scenarios.Plan) {
			if live {
				fmt.Fprintf(errs, "\r%d plays, %d steps, %s left ", tried, kept, plural(len(p.Steps), "directive"))
			}
			failed = s.save(p)
		},
	})
	if live {
		fmt.Fprint(errs, "\r\x1b[K")
	}
	if err == nil {
		err = failed
	}
	if err == nil {
		err = s.save(best)
	}
	if err != nil {
		return usage("%w", err)
	}
	end := "nothing is left to try"
	switch {
	case ctx.Err() != nil:
		end = "interrupted: the same command goes on"
	case !stats.Complete:
		end = "the budget is used up: the same command goes on"
	}
	fmt.Fprintf(w, "%s became %d, %d plays, %d events, %s; %s\nsaved in %s\n\n%s", plural(stats.From, "directive"),
		stats.To, stats.Tried, stats.Events, wall(time.Since(start)), end, s.out, best)
	if ctx.Err() != nil {
		return exitError{exitInterrupts, nil}
	}
	return nil
}

// contrast returns the algorithm in which the property is to hold, if there is one.
func (f *shrinkFlags) contrast(a model.Algorithm) (model.Algorithm, error) {
	name := f.holds
	if name == "" && a.Bugs != 0 {
		name, _, _ = strings.Cut(a.Name, "+")
	}
	if name == "" {
		return model.Algorithm{}, nil
	}
	return lookup("--holds", name)
}

// subject loads the file and finds out what it violates.
func (f *shrinkFlags) subject(cmd *cobra.Command, file string) (*shrinkSubject, error) {
	s := &shrinkSubject{}
	var err error
	if strings.HasSuffix(file, corpus.Extension) {
		if s.entry, err = corpus.Read(file); err != nil {
			return nil, exitError{exitUsage, err}
		}
		s.plan = s.entry.Plan
		if f.algorithm == "" {
			f.algorithm = s.entry.Algorithm
		}
		if f.property == "" {
			f.property = s.entry.Property
		}
	} else if s.plan, err = load(file); err != nil {
		return nil, err
	}
	if names := append(propertyNames(), scenarios.Fault); f.property != "" && !slices.Contains(names, f.property) {
		return nil, usage("unknown property %q%s", f.property, hint(f.property, names))
	}
	if f.algorithm == "" {
		f.algorithm = "all"
	}
	all, err := f.options(cmd)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if len(all) > 1 && s.plan.Plays(o.Algorithm) != nil {
			continue
		}
		out, err := scenarios.Play(s.plan, o)
		if err != nil {
			return nil, exitError{exitUsage, err}
		}
		for _, b := range scenarios.Buckets(out) {
			if f.property == "" || f.property == b.Property {
				s.options, s.bucket = o, b
				return s, nil
			}
		}
	}
	what, where := "anything", f.algorithm
	if f.property != "" {
		what = f.property
	}
	if where == "all" {
		where = "any release"
	}
	return nil, usage("%s does not violate %s in %s: there is nothing to shrink for", s.plan.Name, what, where)
}

// target decides where to save.
func (f *shrinkFlags) target(file string, s *shrinkSubject) error {
	s.out = f.out
	if s.out == "" {
		extension := filepath.Ext(file)
		if _, builtin := scenarios.Load(file); builtin || extension == "" {
			extension = ""
		}
		s.out = strings.TrimSuffix(file, extension) + ".shrunk"
		if s.out += extension; extension == "" {
			s.out += ".txt"
		}
	}
	info, err := os.Stat(filepath.Dir(s.out))
	if err != nil || !info.IsDir() {
		return usage("cannot save in %s: there is no folder %s", s.out, filepath.Dir(s.out))
	}
	if info, err := os.Stat(s.out); err == nil && info.IsDir() {
		return usage("cannot save in %s: it is a folder (name a file in it)", s.out)
	}
	return nil
}

// resume goes on from what an earlier run saved. A file that is something else is not overwritten.
func (f *shrinkFlags) resume(w io.Writer, s *shrinkSubject) error {
	info, err := os.Stat(s.out)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	text, err := corpus.Text(s.out)
	if err != nil {
		return usage("%w", err)
	}
	var plan *scenarios.Plan
	if strings.HasSuffix(s.out, corpus.Extension) {
		var e *scenarios.Entry
		if e, err = scenarios.ParseEntry(s.out, text); err == nil {
			plan = e.Plan
		}
	} else {
		plan, err = scenarios.Parse(s.out, text)
	}
	if err != nil {
		return usage("%s is there already and is no plan to go on from: remove it, or save elsewhere with -o", s.out)
	}
	o := scenarios.Options{Algorithm: s.options.Algorithm}
	out, err := scenarios.Play(plan, o)
	if err != nil {
		return usage("%w", err)
	}
	if slices.Contains(scenarios.Buckets(out), s.bucket) {
		fmt.Fprintf(w, "going on from %s\n", s.out)
		plan.Name = s.plan.Name
		s.plan, s.options = plan, o
		return nil
	}
	return usage("%s is there already and does not violate %q: remove it, or save elsewhere with -o", s.out, s.bucket)
}

// save writes a plan as what the name of the file asks for.
func (s *shrinkSubject) save(p *scenarios.Plan) error {
	if !strings.HasSuffix(s.out, corpus.Extension) {
		return corpus.Replace(s.out, p.String())
	}
	out, err := scenarios.Play(p, scenarios.Options{Algorithm: s.options.Algorithm, Events: s.options.Events})
	if err != nil {
		return err
	}
	found := fmt.Sprintf("the scenario %s, shrunk from %s to %d", p.Name, plural(s.from, "directive"), len(p.Steps))
	if s.entry != nil {
		found = s.entry.Found
	}
	e, err := corpus.Finding(out, s.bucket, found)
	if err != nil {
		return err
	}
	if s.entry != nil {
		e.Bugs = s.entry.Bugs
	}
	return corpus.Replace(s.out, e.String())
}
