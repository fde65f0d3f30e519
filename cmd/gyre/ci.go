package main

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gyre/checker"
	"gyre/internal/ci"
	"gyre/internal/corpus"
	"gyre/scenarios"
)

// ciFlags name the files in which CI systems are told how it went.
type ciFlags struct {
	junit, sarif, summary string
}

func (c *ciFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.junit, "junit", "", "write JUnit XML to this file, for any CI system")
	f.StringVar(&c.sarif, "sarif", "", "write SARIF 2.1.0 to this file, for code scanning")
	f.StringVar(&c.summary, "summary", "", "write Markdown with Mermaid to this file, for the summary of a job")
}

// asked reports whether there is anything to write.
func (c *ciFlags) asked() bool { return c.junit != "" || c.sarif != "" || c.summary != "" }

// check refuses files that cannot be written, before hours are spent.
func (c *ciFlags) check() error {
	names := map[string]string{}
	for _, f := range [][2]string{{"--junit", c.junit}, {"--sarif", c.sarif}, {"--summary", c.summary}} {
		flag, path := f[0], f[1]
		if path == "" {
			continue
		}
		clean := filepath.Clean(path)
		if other, taken := names[clean]; taken {
			return usage("%s and %s: both name %s (give each a file of its own)", other, flag, path)
		}
		names[clean] = flag
		if err := corpus.Writable(path); err != nil {
			return usage("%s: %w", flag, err)
		}
	}
	return nil
}

// write writes the files. One that cannot be written does not keep the others from being written.
func (c *ciFlags) write(r *ci.Report) error {
	var failed []error
	put := func(flag, path string, text func() string) {
		if path == "" {
			return
		}
		if err := corpus.Replace(path, text()); err != nil {
			failed = append(failed, errors.Join(errors.New(flag+": "+err.Error())))
		}
	}
	put("--junit", c.junit, func() string { return ci.JUnit(r) })
	put("--sarif", c.sarif, func() string { return ci.SARIF(r, rules()) })
	put("--summary", c.summary, func() string { return ci.Summary(r) })
	return errors.Join(failed...)
}

// finish writes the files of a command that ends with an error or without, and returns how it ends then: a file that
// could not be written is bad input, unless something worse happened.
func (c *ciFlags) finish(r *ci.Report, end error) error {
	code := exitHolds
	var exit exitError
	if errors.As(end, &exit) {
		code = exit.code
		if exit.err != nil {
			r.Notices = append(r.Notices, ci.Notice{Error: true, Text: exit.err.Error()})
		}
	}
	r.Exit = code
	err := c.write(r)
	if err == nil {
		return end
	}
	if code != exitFault && code != exitDiverged && code != exitInterrupts {
		code = exitUsage
	}
	return exitError{code, errors.Join(exit.err, err)}
}

// rules are the properties, for SARIF.
func rules() []ci.Rule {
	var list []ci.Rule
	for _, p := range checker.Properties() {
		list = append(list, ci.Rule{ID: p.Name, Text: p.Why})
	}
	return list
}

// ciReport begins a report.
func ciReport(tool string, start time.Time) *ci.Report {
	words := []string{"gyre"}
	for _, a := range os.Args[1:] {
		words = append(words, quote(a))
	}
	return &ci.Report{
		Tool: tool, Version: version(), Command: strings.Join(words, " "), Start: start, Wall: time.Since(start),
	}
}

// entryCase fills in what a corpus file says.
func entryCase(c *ci.Case, e *scenarios.Entry, diagram string) {
	c.Bucket, c.Seed, c.Text, c.Trace = e.Bucket(), e.Seed, e.Why, e.Trace
	c.Plan, c.Size = e.Plan.String(), len(e.Plan.Steps)
	c.First, c.Last = planLines(e)
	c.Diagram = cmp.Or(diagram, ci.Sequence(e.Trace))
}

// planLines are the first and the last line of the plan in its corpus file.
func planLines(e *scenarios.Entry) (first, last int) {
	lines := strings.Count(strings.TrimRight(e.Plan.String(), "\n"), "\n") + 1
	header, _, _ := strings.Cut(e.String(), e.Plan.String()[:min(len(e.Plan.String()), 16)])
	first = strings.Count(header, "\n") + 1
	return first, first + lines - 1
}
