package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gyre/checker"
	"gyre/model"
	"gyre/sim"
)

// dense drops empty lines.
func dense(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			b.WriteString(line)
		}
	}
	return b.String()
}

// sampleEntry is a corpus file as it is written.
const sampleEntry = `gyre corpus 1
algorithm  ziti-1.0.0
bugs
seed       1
violates   no-spin
rung       closure
class      learned>dropped>deleted
digest     00000000000000ff
found      by hand
why        the router believes old news, and there is much to tell about it, so that it takes more than one
           line of the file
-- plan --
# sample: a spin.

cluster controllers=2 routers=1
service web on rtr1
seed 1
link ctl1<->rtr1 latency=5ms

30s      break rtr1<->ctl2
settle 1s
-- trace --
   30.000s  ctl2  < disconnected                                      by rtr1
-- end --
`

func TestEntry(t *testing.T) {
	e, err := ParseEntry("some/where/sample.trace", sampleEntry)
	if err != nil {
		t.Fatal(err)
	}
	if e.String() != sampleEntry {
		t.Errorf("have\n%s\nwant\n%s", e, sampleEntry)
	}
	if e.Name != "sample" || e.Digest != 255 || len(e.Trace) != 1 || e.Plan.Steps[0].Line != 20 || e.Plan.Name != "sample" {
		t.Errorf("%+v, step on line %d", e, e.Plan.Steps[0].Line)
	}
	if name := e.FileName("Leader spin, at 3 o'clock!", 2); name != "ziti-1.0.0-no-spin-leader-spin-at-3-o-clock-2.trace" {
		t.Error(name)
	}
	if again, err := ParseEntry("sample", strings.ReplaceAll(sampleEntry, "\n", "\r\n")); err != nil ||
		again.String() != sampleEntry {
		t.Errorf("with the line ends of another system: %v\n%v", err, again)
	}
}

// Every rung that a verdict can have is read back from a corpus file.
func TestEntryRungs(t *testing.T) {
	for r := checker.None; r.String() != "?"; r++ {
		if _, err := ParseEntry("x", strings.Replace(sampleEntry, "closure", r.String(), 1)); err != nil {
			t.Error(err)
		}
	}
}

// Every way a corpus file can be wrong: a line that says where and what.
func TestEntryErrors(t *testing.T) {
	swap := func(old, now string) string { return strings.Replace(sampleEntry, old, now, 1) }
	cut := func(at string) string { return sampleEntry[:strings.Index(sampleEntry, at)] }
	for _, c := range []struct{ name, text, want string }{
		{"empty", " \n", "x.trace: it is empty: nothing was written, or it was cut short (delete it, or restore it from where it came)"},
		{"binary", "gyre corpus 1\n\x00", "x.trace: it is no text: a corpus file is UTF-8 (delete it, or restore it from where it came)"},
		{"too long", strings.Repeat("x", TextMax+1), "x.trace: 4194305 bytes are too many (at most 4194304)"},
		{"a scenario", "# a: b\n", "x.trace:1: it is no corpus file: the first line of one is gyre corpus 1"},
		{"newer", swap("corpus 1", "corpus 2"), "x.trace:1: it has format 2, which is newer than this gyre, which reads up to " +
			"1: use a newer gyre"},
		{"newer and other", "gyre corpus 7\nwhat: ever\n", "x.trace:1: it has format 7, which is newer than this gyre, which " +
			"reads up to 1: use a newer gyre"},
		{"half a header", cut("digest"), "x.trace:7: it is cut short: the last line must be -- end -- (delete it, or restore " +
			"it from where it came)"},
		{"half a trace", cut("-- end"), "x.trace:23: it is cut short: the last line must be -- end -- (delete it, or restore " +
			"it from where it came)"},
		{"half an end", strings.TrimSuffix(sampleEntry, "d --\n"), "x.trace:24: it is cut short: the last line must be " +
			"-- end -- (delete it, or restore it from where it came)"},
		{"key missing", swap("rung       closure\n", ""), `x.trace:6: the key rung must come here, not "class" (the order is: ` +
			`algorithm, bugs, seed, violates, rung, class, digest, found, why)`},
		{"digest", swap("00ff", "ff"), `x.trace:8: digest: bad digest "000000000000ff": it has 16 hexadecimal digits`},
		{"empty key", swap("no-spin", ""), "x.trace:5: violates: it is empty"},
		{"no plan", swap("-- plan --\n", ""), "x.trace:12: a line -- plan -- must come after the header"},
		{"no trace", swap("-- trace --\n", ""), "x.trace:22: a line -- trace -- must come after the plan"},
		{"algorithm", swap("ziti-1.0.0", "ziti-0.1"), `x.trace:2: algorithm: unknown algorithm "ziti-0.1" (have ` + algorithmNames() + ")"},
		{"seed", swap("seed       1", "seed       2"), "x.trace:4: seed: it says 2, and its plan 1"},
		{"rung", swap("closure", "guess"), `x.trace:6: rung: unknown rung "guess"`},
		{"plan", swap("break rtr1", "break rtr9"), `x.trace:20: break: unknown node "rtr9" (have ctl1, ctl2, rtr1)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := ParseEntry("x", c.text)
			if err == nil || err.Error() != c.want {
				t.Errorf("have %v\nwant %s\n%v", err, c.want, e)
			}
		})
	}
	if _, err := ParseEntry("x", swap("violates   no-spin", "violates   no-fun")); err == nil ||
		!strings.HasPrefix(err.Error(), `x.trace:5: violates: unknown property "no-fun" (have fault, no-spin, `) {
		t.Error(err)
	}
}

func algorithmNames() string {
	var names []string
	for _, a := range model.Algorithms() {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

// A plan with a directive that does not apply any more is stale: what comes before it can be played.
func TestStale(t *testing.T) {
	text := strings.Replace(sampleEntry, "settle 1s", "31s      teleport rtr1\n32s      crash ctl1\nsettle 1s", 1)
	_, err := ParseEntry("x", text)
	old, ok := Stale(err)
	if !ok || old.Applied != 1 || old.Of != 3 || old.Entry.Plan == nil || len(old.Entry.Plan.Steps) != 1 {
		t.Fatalf("%v: %+v", err, old)
	}
	if !strings.HasPrefix(err.Error(), "x.trace:21: teleport: unknown directive") || !errors.As(err, &old) {
		t.Error(err)
	}
	r, err := old.Entry.Replay(Options{})
	if err != nil || !r.Violated || r.Now != old.Entry.Bucket() {
		t.Errorf("%+v, %v", r, err)
	}
	for name, text := range map[string]string{
		"head":   strings.Replace(sampleEntry, "cluster", "clutser", 1),
		"settle": strings.Replace(sampleEntry, "settle 1s\n", "", 1),
	} {
		_, err := ParseEntry("x", text)
		if old, ok := Stale(err); !ok || old.Applied != 0 || old.Entry.Plan != nil {
			t.Errorf("%s: %v: %+v", name, err, old)
		}
	}
}

// A finding goes into an entry, out to text, back, and violates the same: the contract. What drifted can be taken
// over; a property that holds, or a weaker proof, cannot.
func TestReplay(t *testing.T) {
	p := builtinPlan(t, "leader-spin")
	p.Settle = 1000_000
	o := playAs(t, p, "ziti-1.0.0")
	b := Buckets(o)[0]
	e, err := NewEntry(o, b, " by\nTestReplay ")
	if err != nil {
		t.Fatal(err)
	}
	if e, err = ParseEntry("x.trace", e.String()); err != nil {
		t.Fatal(err)
	}
	r, err := e.Replay(Options{})
	if err != nil || !r.Violated || r.Now != b || len(e.Drift(r)) != 0 || e.Found != "by TestReplay" {
		t.Errorf("%+v, %v, drift %q", r, err, e.Drift(r))
	}
	e.Digest, e.Class = 1, ""
	if drift := e.Drift(r); len(drift) != 2 || drift[0] != "class was none, is "+b.Class {
		t.Errorf("%q", drift)
	}
	if err := e.Accept(r); err != nil || e.Digest != o.Digest || e.Class != b.Class {
		t.Errorf("%v: %+v", err, e)
	}
	e.Rung = checker.Lasso.String()
	if err := e.Accept(r); err == nil || e.Rung != "lasso" {
		t.Errorf("a weaker proof was taken: %v", err)
	}
	e.Rung = checker.Score.String()
	if err := e.Accept(r); err != nil || e.Rung != b.Rung {
		t.Errorf("a surer proof was not: %v", err)
	}
	e.Algorithm = "ziti-2.1.0"
	r, err = e.Replay(Options{})
	if err != nil || r.Violated || e.Accept(r) == nil || r.Why == "" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := NewEntry(o, Bucket{Property: "no-orphan"}, "x"); err == nil {
		t.Error("an entry of what is not violated")
	}
}

// Any entry reads back to itself.
func TestEntryRoundTrip(t *testing.T) {
	few(t, 40)
	words := rapid.StringMatching(`[ -~é]{1,30}( [a-z]{1,40}){0,12}`)
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPlan(rt)
		e := &Entry{
			Name: "x", Version: CorpusVersion, Algorithm: "ziti-1.1.8", Seed: p.Seed.String(), Property: "no-orphan",
			Rung: "deadline", Digest: rapid.Uint64().Draw(rt, "digest"), Found: "x " + oneLine(words.Draw(rt, "found")),
			Why: oneLine(words.Draw(rt, "why")), Plan: p, Trace: rapid.SliceOfN(rapid.StringMatching(`[ -~]{0,40}x`), 0, 9).Draw(rt, "t"),
		}
		read, err := ParseEntry("x", e.String())
		if err != nil {
			rt.Fatalf("%v\n%s", err, e)
		}
		if read.String() != e.String() {
			rt.Fatalf("have\n%s\nwant\n%s", read, e)
		}
	})
}

// corpusTexts are the files of the corpus.
func corpusTexts(t testing.TB) []string {
	paths, err := filepath.Glob("../corpus/*.trace")
	if err != nil {
		t.Fatal(err)
	}
	texts := make([]string, len(paths))
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return texts
}

// FuzzCorpusFile: no text makes the reader panic, and what it takes it prints so that it takes it again.
func FuzzCorpusFile(f *testing.F) {
	f.Add(sampleEntry)
	for _, text := range corpusTexts(f) {
		f.Add(text)
		f.Add(text[:len(text)/2])
	}
	_, rest, _ := strings.Cut(sampleEntry, markTrace)
	lead, _, _ := strings.Cut(sampleEntry, "# sample")
	for _, text := range builtinTexts() {
		f.Add(lead + text + markTrace + rest)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseEntry("fuzz", text)
		if err != nil {
			return
		}
		again, err := ParseEntry("fuzz", e.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, e)
		}
		if again.String() != e.String() {
			t.Fatalf("printed twice, it differs:\n%s\n%s", e, again)
		}
	})
}

// FuzzPlan: no plan that can be read makes a run fail an assertion, and equal runs have equal digests.
func FuzzPlan(f *testing.F) {
	for _, file := range Builtin() {
		f.Add(file.Text, uint8(0))
	}
	for _, plan := range corpusPlans(f) {
		f.Add(plan, uint8(1))
	}
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		p, err := Parse("fuzz", text)
		if err != nil {
			return
		}
		hosted := 0
		p.eachHosted(func(string, sim.NodeID, int) { hosted++ })
		if p.Routers > 20 || hosted > 100 {
			return // it would only be slow
		}
		algorithms := p.Algorithms()
		sound(t, p, Options{Algorithm: algorithms[int(which)%len(algorithms)], Events: 20_000}, "")
	})
}
