package ci

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/joshdk/go-junit"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"gyre/scenarios"
)

var properties = []Rule{{"no-spin", "nothing turns for ever"}, {"no-orphan", "no row without its terminator."}}

// sample has a case of each status, with all that can go wrong in a text.
func sample() *Report {
	nasty := "a <b> & \"c\" ]]> | `x` \x00\x1b[31m \xff```\nsecond line"
	bucket := func(algorithm, property string) scenarios.Bucket {
		return scenarios.Bucket{Algorithm: algorithm, Property: property, Rung: "closure", Class: "learned>dropped>deleted"}
	}
	return &Report{
		Tool: "gyre fuzz", Version: "0123456789ab", Command: "gyre fuzz " + nasty, Exit: 1,
		Facts: [][2]string{{"plans", "7"}, {nasty, nasty}}, Start: time.Unix(1_800_000_000, 0), Wall: 90 * time.Second,
		Notices: []Notice{{Text: "interrupted"}, {Error: true, Text: nasty}},
		Cases: []Case{
			{Bucket: scenarios.Bucket{Algorithm: "ziti-1.0.0", Property: "no-orphan"}, Status: Holds},
			{Bucket: bucket("ziti-1.0.0", "no-spin"), Status: New, Runs: 3, Seed: "7", File: "found/a b#.trace", First: 11, Last: 17,
				Size: 2, Drawn: 9, Text: nasty, More: []string{nasty}, Plan: nasty, Trace: []string{nasty}, Diagram: "sequenceDiagram\n",
				Repeat: "gyre replay 'found/a b#.trace'", Wall: time.Second},
			{Bucket: bucket("ziti-1.1.8", "no-spin"), Status: Known, Runs: 4, File: "corpus/k.trace", First: 1},
			{Bucket: bucket("ziti-1.1.8", "no-orphan"), Status: Recorded, File: "corpus/r.trace", First: 11, Last: 12, Text: "why"},
			{Bucket: bucket("ziti-2.1.0", "no-orphan"), Status: Changed, Detail: "holds now", File: "/tmp/x.trace", First: 1},
			{Bucket: scenarios.Bucket{Algorithm: "ziti-2.1.0", Property: scenarios.Fault, Class: "at-N"}, Status: New, Seed: "9"},
			{Status: Bad, Detail: "not readable", File: "corpus/half.trace", First: 1},
		},
	}
}

// The log is what the official schema says, which the library has; the schema is no rubber stamp.
func TestSARIFSchema(t *testing.T) {
	text := SARIF(sample(), properties)
	for _, r := range []string{text, SARIF(&Report{Tool: "gyre replay"}, properties)} {
		log, err := sarif.FromString(r)
		if err == nil {
			err = log.Validate()
		}
		if err != nil {
			t.Errorf("%v\n%s", err, r)
			continue
		}
		// the library judges what it has read: so nothing may have been passed over
		again, err := json.Marshal(log)
		if err != nil {
			t.Fatal(err)
		}
		var mine, theirs any
		if json.Unmarshal([]byte(r), &mine) != nil || json.Unmarshal(again, &theirs) != nil {
			t.Fatal("no JSON")
		}
		for _, d := range missing("", mine, theirs) {
			t.Errorf("not judged: %s", d)
		}
	}
	for _, spoil := range [][2]string{
		{`"level": "note"`, `"level": "bad"`}, {`"startLine": 11`, `"startLine": 0`}, {`"baselineState": "new"`, `"baselineState": "old"`},
		{`"kind": "fail"`, `"kind": "broken"`},
	} {
		bad := strings.Replace(text, spoil[0], spoil[1], 1)
		if bad == text {
			t.Fatalf("there is no %s", spoil[0])
		}
		log, err := sarif.FromString(bad)
		if err == nil {
			err = log.Validate()
		}
		if err == nil {
			t.Errorf("the schema takes %s", spoil[1])
		}
	}
	if path := os.Getenv("GYRE_CI_SAMPLES"); path != "" { // for validators that are no Go
		for name, text := range map[string]string{"s.sarif": text, "s.xml": JUnit(sample()), "s.md": Summary(sample())} {
			if err := os.WriteFile(filepath.Join(path, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// missing lists what of a is not in b.
func missing(path string, a, b any) []string {
	var list []string
	switch a := a.(type) {
	case map[string]any:
		b, _ := b.(map[string]any)
		for k, v := range a {
			list = append(list, missing(path+"/"+k, v, b[k])...)
		}
	case []any:
		b, _ := b.([]any)
		for i, v := range a {
			if i >= len(b) {
				return append(list, fmt.Sprintf("%s/%d", path, i))
			}
			list = append(list, missing(fmt.Sprintf("%s/%d", path, i), v, b[i])...)
		}
	default:
		if a != b {
			list = append(list, fmt.Sprintf("%s: %v, %v", path, a, b))
		}
	}
	return list
}

// A result has a rule with help, a place in a file, and a level that only what is new fails by.
func TestSARIF(t *testing.T) {
	log, err := sarif.FromString(SARIF(sample(), properties))
	if err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Results) != 6 {
		t.Fatalf("%d results", len(run.Results))
	}
	levels := map[string]int{}
	for _, r := range run.Results {
		levels[r.Level+" "+*r.BaselineState]++
		rule := run.Tool.Driver.Rules[r.RuleIndex]
		if *rule.ID != *r.RuleID || *rule.Help.Text == "" || rule.Help.Markdown == nil {
			t.Errorf("%s: rule %s", *r.RuleID, *rule.ID)
		}
		if len(r.PartialFingerprints["primaryLocationLineHash"]) != len("0123456789abcdef:1") {
			t.Errorf("%v", r.PartialFingerprints)
		}
	}
	if levels["error new"] != 4 || levels["note unchanged"] != 2 {
		t.Errorf("%v", levels)
	}
	var places []string
	for _, r := range run.Results {
		for _, l := range r.Locations {
			p := l.PhysicalLocation
			places = append(places, fmt.Sprintf("%s:%d", *p.ArtifactLocation.URI, *p.Region.StartLine))
		}
	}
	want := "corpus/half.trace:1 found/a%20b%23.trace:11 file:///tmp/x.trace:1 corpus/k.trace:1 corpus/r.trace:11"
	if got := strings.Join(places, " "); got != want {
		t.Errorf("places %s, want %s", got, want)
	}
	if inv := run.Invocations[0]; *inv.ExecutionSuccessful || *inv.ExitCode != 1 || len(inv.ToolExecutionNotifications) != 2 {
		t.Errorf("%+v", inv)
	}
}

// The fingerprint is that of the bucket: not of the seed, the file or the words.
func TestFingerprint(t *testing.T) {
	c := sample().Cases[1]
	other := c
	other.Seed, other.File, other.Text, other.Status = "8", "elsewhere.trace", "other words", Known
	if Fingerprint(&c) != Fingerprint(&other) {
		t.Error("the same bucket has two fingerprints")
	}
	other.Bucket.Class = "asked"
	if Fingerprint(&c) == Fingerprint(&other) {
		t.Error("two buckets have one fingerprint")
	}
}

// More results than code scanning takes are left out, the new ones last of all, and it is said.
func TestSARIFMany(t *testing.T) {
	r := &Report{Tool: "gyre fuzz"}
	for i := range resultsMax + 5 {
		b := scenarios.Bucket{Algorithm: fmt.Sprint(i), Property: "no-spin"}
		r.Cases = append(r.Cases, Case{Bucket: b, Status: map[bool]Status{true: New, false: Known}[i >= resultsMax]})
	}
	log, err := sarif.FromString(SARIF(r, properties))
	if err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Results) != resultsMax || *run.Results[4].BaselineState != "new" || *run.Results[5].BaselineState == "new" {
		t.Errorf("%d results, %s, %s", len(run.Results), *run.Results[4].BaselineState, *run.Results[5].BaselineState)
	}
	said := run.Invocations[0].ToolExecutionNotifications
	if len(said) != 1 || !strings.Contains(*said[0].Message.Text, "5 more results are left out") {
		t.Errorf("%+v", said)
	}
}

// A reader of JUnit XML sees what passed, failed, was skipped and could not be told.
func TestJUnit(t *testing.T) {
	suites, err := junit.Ingest([]byte(JUnit(sample())))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range suites {
		for _, c := range s.Tests {
			got = append(got, fmt.Sprintf("%s | %s | %s", s.Name, c.Name, c.Status))
		}
		s.Aggregate()
		if s.Totals.Tests != s.Totals.Passed+s.Totals.Skipped+s.Totals.Failed+s.Totals.Error {
			t.Errorf("%+v", s.Totals)
		}
	}
	want := `ziti-1.0.0 | no-orphan | passed
ziti-1.0.0 | no-spin closure learned>dropped>deleted | failed
ziti-1.1.8 | no-spin closure learned>dropped>deleted | skipped
ziti-1.1.8 | no-orphan closure learned>dropped>deleted corpus/r.trace | passed
ziti-2.1.0 | no-orphan closure learned>dropped>deleted /tmp/x.trace | failed
ziti-2.1.0 | fault at-N | failed
corpus | corpus/half.trace | error
gyre fuzz | the command itself | passed
gyre fuzz | the command itself | error`
	if strings.Join(got, "\n") != want {
		t.Errorf("have\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	failure := suites[0].Tests[1]
	if !strings.Contains(failure.Error.Error(), "found/a b#.trace") || failure.Message == "" || failure.Duration != time.Second {
		t.Errorf("%+v", failure)
	}
}

// However much there is to say, a summary stays below 1 MiB, and says what it left out.
func TestSummaryMax(t *testing.T) {
	const limit = 1 << 20
	for _, size := range []int{100, 30_000} {
		r := sample()
		for i := range 20_000 {
			c := r.Cases[1]
			c.Bucket.Class = fmt.Sprint(i)
			c.Plan, c.Diagram = strings.Repeat("p", size), strings.Repeat("d", size)
			r.Cases = append(r.Cases, c)
		}
		text := Summary(r)
		if len(text) > limit || len(text) < limit/2 || !strings.Contains(text, "findings are left out here") ||
			!strings.Contains(text, "more |") {
			t.Errorf("%d bytes", len(text))
		}
		if strings.Count(text, "<details>") != strings.Count(text, "</details>") {
			t.Error("a block is cut in the middle")
		}
	}
}

// What is in a text has no meaning in Markdown.
func TestSummary(t *testing.T) {
	text := Summary(sample())
	for _, want := range []string{
		"## ❌ gyre fuzz: 2 new, 1 not as recorded, 1 without a verdict, 1 known, 1 as recorded\n",
		"| new | ziti-1.0.0 | no-spin | closure | learned&gt;dropped&gt;deleted | 3 | 2 | found/a b\\#.trace |\n",
		"a &lt;b&gt; &amp; \"c\" \\]\\]&gt; \\| \\`x\\`", "````text\na <b>", "```mermaid\nsequenceDiagram\n```\n",
		"shrunk from 9 to 2 directives",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not have %q:\n%s", want, text)
		}
	}
	fine := &Report{Tool: "gyre replay", Cases: []Case{{Status: Recorded}}}
	if text := Summary(fine); !strings.HasPrefix(text, "## ✅ gyre replay: 1 as recorded\n") {
		t.Error(text)
	}
}

// A trace becomes a diagram of its messages and changes.
func TestSequence(t *testing.T) {
	text := Sequence([]string{
		"   30.030s  rtr1  < connected                                         to ctl2",
		"   30.048s  rtr1  ~ state rtr1#1 web establishing->deleting session",
		"   30.048s  rtr1  > remove-request rtr1#1 req=7                       to ctl1",
		"   30.100s  ctl1  > op-done web ok index=6                            to the operator",
		"   41.000s  ctl1  ! op-lag by=0s; end",
		"no trace at all",
	})
	want := `sequenceDiagram
  Note over rtr1: 30.048s state rtr1#35;1 web establishing-#gt;deleting session
  rtr1->>ctl1: 30.048s remove-request rtr1#35;1 req=7
  Note over ctl1: 41.000s op-lag by=0s#59; (end)
`
	if text != want {
		t.Errorf("have\n%s\nwant\n%s", text, want)
	}
	if Sequence([]string{"   30.048s  rtr1  ~ state"}) != "" {
		t.Error("there is nothing to draw")
	}
}

func TestClip(t *testing.T) {
	if got := clip("grün und blau", 6); got != "gr…" {
		t.Errorf("%q", got)
	}
	if got := clip("blau", 4); got != "blau" {
		t.Errorf("%q", got)
	}
}
