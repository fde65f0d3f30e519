package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"gyre/internal/calibrate"
)

// timelinesMax bounds a file of timelines.
const timelinesMax = 64 << 20

// calibration is what gyre calibrate is told.
type calibration struct {
	json, brief, verbose bool
}

func calibrateCommand() *cobra.Command {
	c := &calibration{}
	cmd := &cobra.Command{
		Use:   "calibrate [FILE]",
		Short: "Compare the model's clockwork with recorded timelines of the real code",
		Long: `Calibrate replays timelines that were recorded from OpenZiti's own router code: the model's router alone,
against controllers that do what the recording says. It prints for each timeline and each kind of event whether they
agree, where they first differ, or why it cannot be judged. Exact timelines agree to the millisecond; those that depend
on scheduling, map order or jitter agree in counts, bounds and phases with the model's runs under 100 seeds.

Without FILE it takes the timelines that come with Gyre. What a file of timelines looks like, and the words in it, is
in internal/calibrate/doc.go and its testdata.

Exit codes: 0 all that is judged agrees, 1 something differs, 2 bad usage or input, 4 fault in Gyre itself,
130 interrupted.`,
		Example: `  gyre calibrate
  gyre calibrate --brief
  gyre calibrate recorded.json --json`,
		Args: atMost(1, "one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := timelines(args)
			if err != nil {
				return err
			}
			return c.run(cmd.OutOrStdout(), file)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&c.json, "json", false, "one JSON object per timeline, then one with the sums")
	f.BoolVar(&c.brief, "brief", false, "only the sums")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "a line for each kind of event of each timeline")
	return cmd
}

// timelines reads the file, or takes those that come with Gyre.
func timelines(args []string) (*calibrate.File, error) {
	if len(args) == 0 {
		return calibrate.LoadBuiltin()
	}
	f, err := os.Open(args[0])
	if err != nil {
		return nil, usage("timelines %s: %w (give a readable file, or none for those that come with Gyre)", args[0],
			reason(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, timelinesMax+1))
	if err != nil {
		return nil, usage("timelines %s: %w", args[0], reason(err))
	}
	if len(text) > timelinesMax {
		return nil, usage("timelines %s: is over the limit of 64 MiB: split it", args[0])
	}
	file, err := calibrate.Parse(args[0], text)
	if err != nil {
		return nil, exitError{exitUsage, err}
	}
	return file, nil
}

func (c *calibration) run(w io.Writer, file *calibrate.File) error {
	var results []calibrate.Result
	for i := range file.Timelines {
		r, err := calibrate.Replay(&file.Timelines[i])
		if err != nil {
			return exitError{exitFault, fmt.Errorf("%s: fault in Gyre itself: %w", file.Name, err)}
		}
		results = append(results, r)
	}
	sum := calibrate.Sum(results)
	var err error
	if c.json {
		err = c.encode(w, file, results, sum)
	} else {
		_, err = io.WriteString(w, c.text(file, results, sum))
	}
	if err == nil && sum.Differed > 0 {
		err = exitError{exitViolated, nil}
	}
	return err
}

func (c *calibration) encode(w io.Writer, file *calibrate.File, results []calibrate.Result,
	sum calibrate.Summary) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	var errs []error
	if !c.brief {
		for _, r := range results {
			errs = append(errs, e.Encode(struct {
				Schema string `json:"schema"`
				calibrate.Result
			}{"gyre.calibrate/1", r}))
		}
	}
	return errors.Join(append(errs, e.Encode(struct {
		Schema string `json:"schema"`
		File   string `json:"file"`
		Head   string `json:"recorded_from"`
		calibrate.Summary
	}{"gyre.calibrate.sum/1", file.Name, file.Meta.Head, sum}))...)
}

func (c *calibration) text(file *calibrate.File, results []calibrate.Result, sum calibrate.Summary) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d timelines", file.Name, sum.Timelines)
	if file.Meta.Head != "" {
		fmt.Fprintf(&b, ", recorded from %s", file.Meta.Head)
	}
	b.WriteString("\n\n")
	if !c.brief {
		rows := [][]string{{"timeline", "recorded", "verdict", "events"}}
		for _, r := range results {
			rows = append(rows, c.rows(&r)...)
		}
		b.WriteString(align(rows, nil) + "\n")
	}
	rows := [][]string{{"event", "recorded", "agreed", "differed", "not judged", ""}}
	for _, k := range sum.Kinds {
		rows = append(rows, []string{k.Event, strconv.Itoa(k.Recorded), strconv.Itoa(k.Agreed), strconv.Itoa(k.Differed),
			strconv.Itoa(k.Unjudged), strings.Join(k.Why, "; ")})
	}
	b.WriteString(align(rows, nil))
	fmt.Fprintf(&b, "\n%d of %d timelines agree, %d of them to the millisecond; %d differ, %d could not be judged\n",
		sum.Agreed, sum.Timelines, sum.Exact, sum.Differed, sum.NotJudged)
	return b.String()
}

// rows are the lines of one timeline.
func (c *calibration) rows(r *calibrate.Result) [][]string {
	var same []string
	var more [][]string
	for _, k := range r.Kinds {
		if k.Agreed > 0 {
			same = append(same, fmt.Sprintf("%d %s", k.Agreed, k.Event))
		}
		if c.verbose {
			line := fmt.Sprintf("%s: %d recorded, %d agreed, %d differed, %d not judged", k.Event, k.Recorded, k.Agreed,
				k.Differed, k.Unjudged)
			if k.How != "" {
				line += ": " + k.How
			}
			more = append(more, []string{"", "", "", line})
		}
		if k.Differed > 0 {
			at := ""
			if k.First.Line > 0 {
				at = fmt.Sprintf(" (line %d)", k.First.Line)
			}
			more = append(more, []string{"", "", "", fmt.Sprintf("differs: %d %s, first at %v ms%s", k.Differed, k.Event,
				k.First.Ms, at)}, []string{"", "", "", "  recorded: " + k.First.Recorded},
				[]string{"", "", "", "  model:    " + k.First.Model})
		}
		if k.Unjudged > 0 && r.Verdict != calibrate.NotJudged {
			more = append(more, []string{"", "", "", fmt.Sprintf("not judged: %d %s: %s", k.Unjudged, k.Event,
				strings.Join(k.Why, "; "))})
		}
	}
	text := strings.Join(same, ", ")
	if r.Why != "" {
		text = strings.TrimPrefix(text+"; "+r.Why, "; ")
	}
	return append([][]string{{r.Name, r.Determinism, string(r.Verdict), text}}, more...)
}
