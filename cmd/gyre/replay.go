package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gyre/internal/campaign"
	"gyre/internal/ci"
	"gyre/internal/corpus"
	"gyre/scenarios"
)

type replayFlags struct {
	json    bool
	update  bool
	verbose bool
	color   string
	known   []string
	ci      ciFlags
}

func replayCommand() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay [PATH...]",
		Short: "Play corpus files again and compare",
		Long: `Replay plays corpus files again, by default all in ` + corpus.Dir + `/, and compares. That the plan violates
its property is a contract. The rung of the proof and the digest of the run are tripwires: when they drift the first
trace line that differs is shown, and --update accepts them. It never accepts that a property holds now, nor a
weaker proof.

With --known the files are taken for findings: what a file violates is known if a file of those corpora has its bucket
(algorithm, property, rung, causal class), and new otherwise. That is how findings of several machines are judged
together.

A plan is authoritative. When the language has changed and a directive no longer applies, replay says which one and
plays what comes before it.

Exit codes: 0 all as recorded; 1 something is not; 2 bad usage, or a file that cannot be read; 3 unknown (a bound was
hit); 4 fault in Gyre itself; 130 interrupted.`,
		Example: `  gyre replay
  gyre replay corpus/ziti-1.0.0-no-spin-break.trace
  gyre replay --json | jq -r 'select(.status != "as recorded") | .file'
  gyre replay --update
  gyre replay --junit junit.xml --summary summary.md
  gyre replay --known corpus found --sarif gyre.sarif`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.json, "json", false, "one JSON object per file and line, schema "+replaySchema)
	flags.BoolVar(&f.update, "update", false, "rewrite digest, trace and a surer rung where they drifted")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "a line for every file, however many there are")
	flags.StringSliceVar(&f.known, "known", nil, "take the files for findings, new unless one of these corpora has them")
	flags.StringVar(&f.color, "color", "auto", "auto, always or never")
	f.ci.flags(cmd)
	complete(cmd, "color", cobra.FixedCompletions(colors, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// findCorpus returns the corpus files of arguments, by default those of the corpus. None at all is an error: a
// check that looks at nothing must not be green.
func findCorpus(args []string) ([]string, error) {
	if len(args) == 0 {
		args = []string{corpus.Dir}
	}
	files, err := corpus.Find(args)
	if err != nil {
		return nil, usage("%w", err)
	}
	if len(files) == 0 {
		return nil, usage("corpus %s: no file in it ends in %s", strings.Join(args, ", "), corpus.Extension)
	}
	return files, nil
}

// tableMax is how many files are all listed; of more only those that are not as recorded.
const tableMax = 200

func (f *replayFlags) run(cmd *cobra.Command, args []string) error {
	files, err := findCorpus(args)
	if err != nil {
		return err
	}
	color, err := colorful(f.color)
	if err != nil {
		return err
	}
	known, err := buckets(f.known)
	if err != nil {
		return err
	}
	if err := f.ci.check(); err != nil {
		return err
	}
	out, start := cmd.OutOrStdout(), time.Now()
	rows := [][]string{{"file", "algorithm", "violates", "rung", "digest", "result"}}
	var told []replayed
	var cases []ci.Case
	counts := map[string]int{}
	for r := range inOrder(len(files), func(i int) replayed { return replayFile(files[i], f.update) }) {
		if len(f.known) > 0 {
			r.asFinding(known)
		}
		counts[r.Status]++
		if f.ci.asked() {
			cases = append(cases, r.ciCase())
		}
		if f.json {
			if err := r.printJSON(out); err != nil {
				return err
			}
		}
		fine := r.Status == asRecorded || r.Status == knownFinding
		if !fine || f.verbose || len(files) <= tableMax {
			rows = append(rows, []string{r.File, r.Algorithm, r.Property, r.Rung, r.Digest, r.Status})
		}
		if len(r.Text) > 0 {
			told = append(told, r)
		}
	}
	if !f.json {
		printReplayed(out, rows, told, counts, color)
	}
	report := replayReport(start, len(files))
	report.Cases = cases
	return f.ci.finish(report, replayExit(counts))
}

// printReplayed writes the table, what there is to say of each file, and the counts.
func printReplayed(w io.Writer, rows [][]string, told []replayed, counts map[string]int, color bool) {
	paintCell := func(row, column int, cell string) string {
		switch {
		case row == 0:
			return paint(color, "2", cell)
		case column != len(rows[0])-1:
			return cell
		case cell == asRecorded || cell == updated || cell == knownFinding:
			return paint(color, "32", cell)
		}
		return paint(color, "1;31", cell)
	}
	if len(rows) > 1 {
		fmt.Fprintf(w, "%s\n", align(rows, paintCell))
	}
	for _, r := range told {
		fmt.Fprintf(w, "%s: %s\n", r.File, r.Status)
		for _, line := range r.Text {
			fmt.Fprintf(w, "  %s\n", line)
		}
		fmt.Fprintln(w)
	}
	total, parts := 0, []string{}
	for _, s := range replayStatuses {
		if total += counts[s]; counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	fmt.Fprintf(w, "%s: %s\n", plural(total, "file"), strings.Join(parts, ", "))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// What a replay comes to.
const (
	asRecorded = "as recorded"
	updated    = "updated"
	drifted    = "drifted"       // violated still, but rung, class or digest differ
	lost       = "holds now"     // the contract is broken
	stale      = "stale"         // a directive no longer applies
	bounded    = "unknown"       // a bound was hit
	faulty     = "fault"         // an assertion of Gyre's own failed
	unreadable = "not readable"  // no corpus file, or not written to its end
	unwritten  = "not updatable" // the file cannot be written

	newFinding   = "new"   // violated, and no known corpus has the bucket
	knownFinding = "known" // violated, and one has it
)

var replayStatuses = []string{asRecorded, updated, knownFinding, newFinding, drifted, lost, stale, bounded, faulty,
	unreadable, unwritten}

func replayExit(counts map[string]int) error {
	switch {
	case counts[faulty] > 0:
		return exitError{code: exitFault}
	case counts[unreadable]+counts[unwritten] > 0:
		return exitError{code: exitUsage}
	case counts[drifted]+counts[lost]+counts[stale]+counts[newFinding] > 0:
		return exitError{code: exitViolated}
	case counts[bounded] > 0:
		return exitError{code: exitUnknown}
	}
	return nil
}

// replaySchema names the form of --json; fields may be added, none changes its meaning.
const replaySchema = "gyre.replay/1"

// replayed is one file's replay.
type replayed struct {
	Schema    string   `json:"schema"`
	File      string   `json:"file"`
	Status    string   `json:"status"`
	Algorithm string   `json:"algorithm"`
	Property  string   `json:"property"`
	Rung      string   `json:"rung"`
	Class     string   `json:"class"`
	Seed      string   `json:"seed"`
	Digest    string   `json:"digest"` // of this run
	Events    uint64   `json:"events"`
	VirtualMS int64    `json:"virtual_ms"`
	Text      []string `json:"text"` // what differs, a line each
	Replay    string   `json:"replay"`

	entry   *scenarios.Entry // nil if the file cannot be read
	diagram string
	wall    time.Duration
}

func (r *replayed) say(format string, args ...any) {
	r.Text = append(r.Text, strings.Split(fmt.Sprintf(format, args...), "\n")...)
}

func (r *replayed) printJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}

// replayFile replays one file.
func replayFile(path string, update bool) (r replayed) {
	defer func(start time.Time) { r.wall = time.Since(start) }(time.Now())
	r = replayed{Schema: replaySchema, File: path, Text: []string{}, Replay: "gyre replay " + quote(path)}
	e, err := corpus.Read(path)
	if old, ok := scenarios.Stale(err); ok {
		r.replayStale(old)
		return r
	}
	if err != nil {
		r.Status = unreadable
		r.say("%v", err)
		return r
	}
	r.about(e)
	now, err := e.Replay(scenarios.Options{})
	if err != nil {
		r.Status = unreadable
		r.say("%v", err)
		return r
	}
	r.Digest, r.Events, r.VirtualMS = fmt.Sprintf("%016x", now.Digest), now.Events, now.Virtual.Milliseconds()
	for _, s := range now.Skipped {
		r.say("not carried out: %s", s)
	}
	r.judge(e, now)
	r.diagram = campaign.Diagram(now.Outcome, e.Property)
	if r.Status == drifted && update {
		r.accept(e, now)
	}
	return r
}

// about takes the header of an entry.
func (r *replayed) about(e *scenarios.Entry) {
	r.entry = e
	r.Algorithm, r.Property, r.Rung, r.Class, r.Seed = e.Algorithm, e.Property, e.Rung, e.Class, e.Seed
	r.Digest = fmt.Sprintf("%016x", e.Digest)
}
