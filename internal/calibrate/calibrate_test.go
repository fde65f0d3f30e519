package calibrate

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

func load(t *testing.T) *File {
	t.Helper()
	f, err := LoadBuiltin()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestTimelines wants every recorded timeline to agree. The table of agreement is a golden file of cmd/gyre.
func TestTimelines(t *testing.T) {
	f := load(t)
	for i := range f.Timelines {
		r, err := Replay(&f.Timelines[i])
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != Agreed {
			t.Errorf("%s (%s): %s %s", r.Name, r.Title, r.Verdict, r.Why)
		}
		for _, k := range r.Kinds {
			if k.First != nil {
				t.Errorf("%s: %d %s differ: %+v", r.Name, k.Differed, k.Event, *k.First)
			}
			if k.Agreed+k.Differed+k.Unjudged < k.Recorded {
				t.Errorf("%s: %s: %d of %d events are not accounted for", r.Name, k.Event,
					k.Recorded-k.Agreed-k.Differed-k.Unjudged, k.Recorded)
			}
			if k.Unjudged > 0 && len(k.Why) == 0 {
				t.Errorf("%s: %d %s were not judged for no reason", r.Name, k.Unjudged, k.Event)
			}
		}
	}
}

// TestCatch changes one constant at a time and wants some timeline to differ: what they pin.
func TestCatch(t *testing.T) {
	f := load(t)
	for _, change := range []struct {
		what string
		do   func(p *model.Params)
	}{
		{"settle window", func(p *model.Params) { p.Settle += sim.Millisecond }},
		{"settle check", func(p *model.Params) { p.SettleCheck += sim.Millisecond }},
		{"scan", func(p *model.Params) { p.Scan += sim.Millisecond }},
		{"retry age", func(p *model.Params) { p.RetryAge -= 13 * sim.Second }},
		{"re-establish wait", func(p *model.Params) { p.ReestablishWait += sim.Millisecond }},
		{"re-establish delay", func(p *model.Params) { p.ReestablishDelay += sim.Millisecond }},
		{"request timeout", func(p *model.Params) { p.RequestTimeout += sim.Millisecond }},
		{"created wait", func(p *model.Params) { p.CreatedWait *= 2 }},
		{"first retry", func(p *model.Params) { p.RetryFirst *= 2 }},
		{"retry total", func(p *model.Params) { p.RetryTotal *= 2 }},
		{"heartbeat interval", func(p *model.Params) { p.HeartbeatEvery += sim.Second }},
		{"close of a silent channel", func(p *model.Params) { p.CloseSilent += sim.Second }},
		{"slot age", func(p *model.Params) { p.SlotAge += 30 * sim.Second }},
		{"slot sweep", func(p *model.Params) { p.SlotSweep += sim.Millisecond }},
		{"window", func(p *model.Params) { p.WindowMax = 200 }},
		{"pool", func(p *model.Params) { p.PoolWorkers = 7 }},
	} {
		params := model.DefaultParams()
		change.do(&params)
		caught := slices.ContainsFunc(f.Timelines, func(t Timeline) bool {
			r, err := replay(&t, params)
			return err != nil || r.Verdict == Differed
		})
		if !caught {
			t.Errorf("another %s: no timeline differs", change.what)
		}
	}
}

// edited returns a timeline of the file after an edit of its events.
func edited(t *testing.T, name string, edit func(t *Timeline)) Result {
	t.Helper()
	for _, tl := range load(t).Timelines {
		if tl.Name == name {
			tl.Events = slices.Clone(tl.Events)
			edit(&tl)
			r, err := Replay(&tl)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
	}
	t.Fatalf("no timeline %s", name)
	return Result{}
}

func kind(t *testing.T, r Result, event string) Kind {
	t.Helper()
	for _, k := range r.Kinds {
		if k.Event == event {
			return k
		}
	}
	t.Fatalf("%s: no kind %s", r.Name, event)
	return Kind{}
}

// index finds the first event of a kind.
func index(t *Timeline, event string) int {
	return slices.IndexFunc(t.Events, func(e Event) bool { return e.Event == event })
}

// TestDiffers edits recordings and wants each edit to be seen, where it is, with both sides.
func TestDiffers(t *testing.T) {
	for _, c := range []struct {
		what, name, event, recorded, model string
		edit                               func(t *Timeline)
	}{
		{"a create a millisecond later", "S1", createSent, "T1 #1 to c1 at 12001 ms", "T1 #1 to c1 at 12000 ms",
			func(t *Timeline) { t.Events[index(t, createSent)].Ms++ }},
		{"a create elsewhere", "S1", createSent, "T1 #1 to c2 at 12000 ms", "T1 #1 to c1 at 12000 ms",
			func(t *Timeline) { t.Events[index(t, createSent)].Detail = "T1 #1 to c2" }},
		{"a remove less", "S5a", removeSent, "nothing", "#1 to c1 count=1 T1 at 20000 ms",
			func(t *Timeline) { t.Events[index(t, removeSent)].Event = "note" }},
		{"another reason", "S5a", state, "T1 new->establishing (close called) at 10000 ms",
			"T1 new->establishing host at 10000 ms",
			func(t *Timeline) { t.Events[index(t, state)].Detail = "T1 new->establishing (close called)" }},
		{"another inside", "S4", "inspect", "T1 state=established operationActive=false",
			"state=establishing operationActive=false",
			func(t *Timeline) {
				t.Events[index(t, "inspect")].Detail = "T1 state=established operationActive=false"
			}},
		{"another validation", "S2c", "validate-reply", "T1 valid=false", "T1 valid=true",
			func(t *Timeline) { t.Events[index(t, "validate-reply")].Detail = "T1 valid=false" }},
		{"a reply to nothing", "S1", "create-reply", "T1 #7 Success", "nothing to answer: that request was not sent",
			func(t *Timeline) { t.Events[index(t, "create-reply")].Detail = "T1 #7 Success" }},
		{"fewer attempts", "V2-S2.1", createSent, "8 events, most in one ms 1, from 10000 to 198485.017 ms",
			"count 11..12, last 533907.516..908887.249 ms under 100 seeds",
			func(t *Timeline) {
				t.Events = slices.DeleteFunc(t.Events, func(e Event) bool { return e.Event == createSent && e.Ms > 300000 })
			}},
	} {
		k := kind(t, edited(t, c.name, c.edit), c.event)
		if k.Differed == 0 || k.First == nil || k.First.Recorded != c.recorded || k.First.Model != c.model {
			t.Errorf("%s: %s %s: have %+v %+v", c.what, c.name, c.event, k, k.First)
		}
	}
}

// TestUnknown wants what is not known to be said and counted, and nothing else to be lost for it.
func TestUnknown(t *testing.T) {
	r := edited(t, "S5a", func(t *Timeline) { t.Events[index(t, "inspect")].Event = "telepathy" })
	if k := kind(t, r, "telepathy"); k.Unjudged != 1 || k.Why[0] != `unknown event kind "telepathy"` {
		t.Errorf("an unknown kind: %+v", k)
	}
	if r.Verdict != Agreed {
		t.Errorf("what is known is judged all the same: %s", r.Verdict)
	}
	r = edited(t, "S5a", func(t *Timeline) {
		t.Events[slices.IndexFunc(t.Events, func(e Event) bool { return strings.HasPrefix(e.Detail, "close") })].Detail = "pray"
	})
	if k := kind(t, r, createSent); k.Agreed != 1 || k.Unjudged != 0 {
		t.Errorf("before an unknown action: %+v", k)
	}
	if k := kind(t, r, removeSent); k.Unjudged != 1 || !strings.Contains(k.Why[0], `unknown action "pray"`) {
		t.Errorf("after an unknown action: %+v", k)
	}
	if r.Why != `only up to 20000 ms: unknown action "pray"` {
		t.Errorf("an unknown action: %s", r.Why)
	}
	for what, edit := range map[string]func(t *Timeline){
		`unknown suite "tunnel-TAIL"`:  func(t *Timeline) { t.Suite = "tunnel-TAIL" },
		`unknown determinism "mostly"`: func(t *Timeline) { t.Determinism = "mostly" },
	} {
		r := edited(t, "S1", edit)
		if r.Verdict != NotJudged || r.Why != what || kind(t, r, state).Unjudged != 2 {
			t.Errorf("%s: %s %s %+v", what, r.Verdict, r.Why, kind(t, r, state))
		}
	}
	r = edited(t, "S1", func(t *Timeline) { t.Events[index(t, state)].Detail = "T1 new->establishing (a whim)" })
	if r.Verdict != Agreed {
		t.Errorf("an unknown reason leaves the change of state to be judged: %s", r.Verdict)
	}
}

// TestAggregate wants as many in every millisecond, whatever they are called.
func TestAggregate(t *testing.T) {
	shuffled := func(t *Timeline) {
		t.Determinism = aggregate
		t.Events[index(t, createSent)].Detail = "T9 #1 to c1"
	}
	if r := edited(t, "S1", shuffled); r.Verdict != Agreed {
		t.Errorf("other names: %s %+v", r.Verdict, r.Kinds)
	}
	late := func(t *Timeline) {
		t.Determinism = aggregate
		t.Events[index(t, createSent)].Ms++
	}
	if r := edited(t, "S1", late); kind(t, r, createSent).Differed == 0 {
		t.Errorf("another millisecond: %+v", r.Kinds)
	}
}

// TestParse wants bad input to be refused with its line and what to do.
func TestParse(t *testing.T) {
	whole, err := os.ReadFile("testdata/timelines.json")
	if err != nil {
		t.Fatal(err)
	}
	event := `{"scripts": [{"suite": "s", "name": "n", "determinism": "exact",` + "\n" + `"events": [` + "\n"
	for _, c := range []struct{ text, want string }{
		{"", "f:1: not JSON"},
		{"[]", "f:1: want an object"},
		{"{}", `f:1: no "scripts"`},
		{`{"scripts": []}`, `f:1: "scripts" is empty`},
		{`{"scripts": 1}`, "f:1: scripts: want a list"},
		{"{\"scripts\": [\n{}]}", `f:2: timeline "" has no name`},
		{"{\"scripts\": [\n{\"name\": \"n\", \"suite\": \"s\", \"determinism\": \"exact\"}]}", `f:2: timeline "n" has no events`},
		{event + `{"event": "state"}]}]}`, `f:3: event of n has no "ms"`},
		{event + `{"ms": 1}]}]}`, `f:3: event of n has no "event"`},
		{event + `{"ms": -1, "event": "state"}]}]}`, "f:3: event of n: ms is -1"},
		{event + `{"ms": "1", "event": "state"}]}]}`, `f:3: event of n: "ms" is a string`},
		{event + "{\"ms\": 2, \"event\": \"a\"},\n{\"ms\": 1, \"event\": \"b\"}]}]}", "f:4: event of n at 1 ms comes after"},
		{string(whole[:len(whole)/2]), "not JSON"},
		{string(whole) + "{}", "there is more after the end"},
	} {
		_, err := Parse("f", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: have %v, want %s", c.text, err, c.want)
		}
	}
}

// FuzzParse: no input brings the parser down, and what it takes can be replayed.
func FuzzParse(f *testing.F) {
	file, err := LoadBuiltin()
	if err != nil {
		f.Fatal(err)
	}
	for _, t := range file.Timelines[:12] {
		text, err := json.Marshal(map[string]any{"scripts": []Timeline{t}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse("f", text)
		if err != nil {
			return
		}
		for i := range file.Timelines {
			tl := &file.Timelines[i]
			if tl.Events[len(tl.Events)-1].Ms > 3600*1000 {
				continue
			}
			if _, err := Replay(tl); err != nil {
				t.Error(err)
			}
		}
	})
}
