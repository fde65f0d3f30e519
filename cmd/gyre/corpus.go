package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"gyre/internal/corpus"
	"gyre/scenarios"
)

func corpusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "corpus",
		Short: "Keep the corpus small and meaningful: stats, minimise, merge",
		Example: `  gyre corpus stats
  gyre corpus minimise --dry-run
  gyre corpus merge shard-1 shard-2`,
		Args: cobra.ArbitraryArgs,
		RunE: group,

		DisableFlagsInUseLine: true,
	}
	cmd.AddCommand(statsCommand(), minimiseCommand(), mergeCommand())
	return cmd
}

// readCorpus reads all files that arguments name. Those that cannot be read are told and counted.
func readCorpus(args []string, errs io.Writer) (files []corpus.File, bad int, err error) {
	paths, err := findCorpus(args)
	if err != nil {
		return nil, 0, err
	}
	for _, path := range paths {
		e, err := corpus.Read(path)
		if err != nil {
			bad++
			for line := range strings.Lines(err.Error()) {
				fmt.Fprintf(errs, "gyre: %s\n", strings.TrimSpace(line))
			}
			continue
		}
		files = append(files, corpus.File{Path: path, Entry: e})
	}
	return files, bad, nil
}

// unreadableExit is the exit code of a command that had to leave files out.
func unreadableExit(bad int) error {
	if bad > 0 {
		return exitError{exitUsage, fmt.Errorf("%s could not be read", plural(bad, "file"))}
	}
	return nil
}

// statsSchema names the form of corpus stats --json.
const statsSchema = "gyre.corpus/1"

func statsCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "stats [PATH...]",
		Short: "Count the corpus files of each bucket: algorithm, property, rung and causal class",
		Example: `  gyre corpus stats
  gyre corpus stats shard-1 shard-2 --json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			files, bad, err := readCorpus(args, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := printStats(cmd.OutOrStdout(), files, asJSON); err != nil {
				return err
			}
			return unreadableExit(bad)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object per bucket and line, schema "+statsSchema)
	return cmd
}

func printStats(w io.Writer, files []corpus.File, asJSON bool) error {
	rows := [][]string{{"algorithm", "violates", "rung", "class", "files", "directives", "smallest"}}
	groups := corpus.Group(files)
	for _, g := range groups {
		b, best := g[0].Entry.Bucket(), g[0]
		directives, _ := best.Entry.Size()
		if asJSON {
			err := json.NewEncoder(w).Encode(map[string]any{
				"schema": statsSchema, "algorithm": b.Algorithm, "property": b.Property, "rung": b.Rung, "class": b.Class,
				"files": len(g), "directives": directives, "smallest": best.Path,
			})
			if err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []string{b.Algorithm, b.Property, b.Rung, b.Class, strconv.Itoa(len(g)),
			strconv.Itoa(directives), best.Path})
	}
	if asJSON {
		return nil
	}
	_, err := fmt.Fprintf(w, "%s\n%s in %s\n", align(rows, nil), plural(len(files), "file"), plural(len(groups), "bucket"))
	return err
}

func minimiseCommand() *cobra.Command {
	dry := false
	cmd := &cobra.Command{
		Use:   "minimise [PATH...]",
		Short: "Drop corpus files that add nothing: a smaller one of the same bucket is there",
		Long: `Minimise keeps the smallest file of each bucket and deletes the others. The one that stays is played first: if
it does not violate its property any more it stays all the same, for people to look at, and so does the next.`,
		Example: `  gyre corpus minimise --dry-run
  gyre corpus minimise corpus`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			files, bad, err := readCorpus(args, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := minimise(cmd.OutOrStdout(), files, dry); err != nil {
				return err
			}
			return unreadableExit(bad)
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "only say what would be deleted")
	return cmd
}

func minimise(w io.Writer, files []corpus.File, dry bool) error {
	groups := corpus.Group(files)
	gone, verb := 0, "deleted"
	if dry {
		verb = "would delete"
	}
	for surplus := range inOrder(len(groups), func(i int) []corpus.File { return surplus(groups[i]) }) {
		for _, f := range surplus {
			if !dry {
				if err := os.Remove(f.Path); err != nil && !errors.Is(err, os.ErrNotExist) { // another was faster
					return usage("cannot delete %s: %w", f.Path, corpus.Reason(err))
				}
			}
			gone++
			fmt.Fprintf(w, "%s %s (%s)\n", verb, f.Path, f.Entry.Bucket())
		}
	}
	fmt.Fprintf(w, "%s, %s %d, %d left\n", plural(len(files), "file"), verb, gone, len(files)-gone)
	return nil
}

// surplus returns the files of a bucket after the smallest that violates its property still.
func surplus(group []corpus.File) []corpus.File {
	for i, f := range group[:len(group)-1] {
		r, err := f.Entry.Replay(scenarios.Options{})
		if err == nil && r.Violated && r.Now == f.Entry.Bucket() {
			return group[i+1:]
		}
	}
	return nil
}

func mergeCommand() *cobra.Command {
	into := ""
	cmd := &cobra.Command{
		Use:   "merge PATH...",
		Short: "Copy the files of other corpora into one; nothing is overwritten",
		Long: `Merge copies corpus files into --into, by default ` + corpus.Dir + `/. A finding that is there already is
passed by; to a name that is taken a hash of the finding is added. To drop what adds nothing, minimise afterwards.`,
		Example: `  gyre corpus merge shard-1 shard-2
  gyre corpus merge --into nightly artifacts/*/corpus`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("gyre corpus merge needs folders or files to merge (see gyre corpus merge --help)")
			}
			return merge(cmd, into, args)
		},
	}
	cmd.Flags().StringVar(&into, "into", corpus.Dir, "folder to merge into; it is made if need be")
	return cmd
}

func merge(cmd *cobra.Command, into string, args []string) error {
	files, bad, err := readCorpus(args, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	there, err := findings(into)
	if err != nil {
		return err
	}
	corpus.Sweep(into)
	w := cmd.OutOrStdout()
	added, known := 0, 0
	for _, f := range files {
		if there[corpus.Key(f.Entry)] {
			known++
			continue
		}
		path, fresh, err := corpus.Add(into, strings.TrimSuffix(filepath.Base(f.Path), corpus.Extension), f.Entry)
		if err != nil {
			return usage("%w", err)
		}
		there[corpus.Key(f.Entry)] = true
		if !fresh {
			known++
			continue
		}
		added++
		fmt.Fprintf(w, "%s\n", path)
	}
	fmt.Fprintf(w, "%s, %d added to %s, %d there already\n", plural(len(files), "file"), added, into, known)
	return unreadableExit(bad)
}

// findings returns the keys of what a folder has. A folder that is not there has nothing; a file in it that cannot
// be read is no finding.
func findings(dir string) (map[string]bool, error) {
	keys := map[string]bool{}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return keys, nil
	}
	paths, err := corpus.Find([]string{dir})
	if err != nil {
		return nil, usage("%w", err)
	}
	for _, path := range paths {
		if e, err := corpus.Read(path); err == nil {
			keys[corpus.Key(e)] = true
		}
	}
	return keys, nil
}
