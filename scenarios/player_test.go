package scenarios

import (
	"fmt"
	"strings"
	"testing"

	"gyre/checker"
	"gyre/model"
	"gyre/sim"
)

func mustPlay(t *testing.T, p *Plan, algorithm string, o Options) *Outcome {
	t.Helper()
	var ok bool
	if o.Algorithm, ok = model.LookupAlgorithm(algorithm); !ok {
		t.Fatal(algorithm)
	}
	out, err := Play(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func mustParse(t *testing.T, text string) *Plan {
	t.Helper()
	p, err := Parse("test", text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The same plan and seed make the same run, whatever watches it and whichever queue carries it; another seed
// makes another.
func TestPlayIsDeterministic(t *testing.T) {
	for _, name := range []string{"leader-spin", "rolling-restart", "minority-leader"} {
		f, _ := Load(name)
		p := mustParse(t, f.Text)
		p.Settle = 5 * sim.Minute
		for _, a := range model.Algorithms() {
			first := mustPlay(t, p, a.Name, Options{})
			for what, o := range map[string]Options{"again": {}, "unchecked": {NoChecks: true}, "heap": {Heap: true}} {
				again := mustPlay(t, p, a.Name, o)
				if first.Digest != again.Digest || first.Events != again.Events {
					t.Errorf("%s %s, %s: digest %x after %d events, then %x after %d", name, a.Name, what,
						first.Digest, first.Events, again.Digest, again.Events)
				}
			}
			seed := p.Seed + 1
			if other := mustPlay(t, p, a.Name, Options{Seed: &seed}); other.Digest == first.Digest {
				t.Errorf("%s %s: another seed makes the same run", name, a.Name)
			}
		}
	}
}

// noted counts notes; want says which.
type noted struct {
	want  func(node sim.NodeID, m *model.Msg) bool
	count int
}

func (n *noted) Input(sim.Stamp, *sim.Input[model.Msg]) {}
func (n *noted) Event(sim.Time, sim.Outside)            {}
func (n *noted) Effect(s sim.Stamp, e *sim.Effect[model.Msg]) {
	if e.Kind == sim.Note && n.want(s.Node, &e.Msg) {
		n.count++
	}
}

// A change of policy asked for while nobody leads is made as soon as somebody does, within the patience of the
// operator, and given up after it.
func TestOperatorRetries(t *testing.T) {
	const story = "# s\n\ncluster controllers=3 routers=1\nservice web on rtr1\n\n"
	for _, c := range []struct {
		text    string
		applied int
		skipped string
	}{
		{"30s crash ctl1,ctl2\n40s retire web on rtr1\n1m20s start ctl1\n", 1, ""},
		{"30s crash ctl1,ctl2\n40s retire web on rtr1\n1m50s start ctl1\n", 0, "unbind: given up after 1m"},
		{"30s crash controllers\n40s retire web on rtr1\n1m20s start controllers\n", 1, ""},
		{"30s retire web on rtr1\n30s crash leader\n", 1, ""},
		{"40s read-only on\n41s retire web on rtr1\n1m read-only off\n", 1, ""},
	} {
		once := uint64(0)
		n := &noted{want: func(_ sim.NodeID, m *model.Msg) bool {
			e, ok := m.Body.(*model.Entry)
			fresh := m.Kind == model.NoteApplied && ok && e.Verb == model.Unbind && once == 0
			if fresh {
				once = m.Index
			}
			return fresh
		}}
		o := mustPlay(t, mustParse(t, story+c.text+"settle 2m\n"), "ziti-2.1.0",
			Options{Observers: []sim.Observer[model.Msg]{n}})
		if o.Fault != nil || n.count != c.applied || !strings.Contains(strings.Join(o.Skipped, "; "), c.skipped) ||
			c.skipped == "" && len(o.Skipped) > 0 {
			t.Errorf("%s: applied %d times, fault %v, skipped %q", c.text, n.count, o.Fault, o.Skipped)
		}
	}
}

// Whatever the plan did to the cluster, the settle phase begins with every member up and every fault over.
func TestSettleHealsEverything(t *testing.T) {
	p := mustParse(t, `# s

cluster controllers=3 routers=2 spares=1
service web on routers
set latency=1ms

20s      cut ctl1 | ctl2,rtr1
20s      slow ctl1<->rtr2 by=2s
20s      stall ctl2->rtr2
20s      skew ctl3 by=-3s
20s      overload rtr1 x=9
20s      lag ctl2 by=4s
20s      read-only on
25s      pause rtr2
26s      crash ctl1
27s      crash ctl3 after=9999
28s      restart rtr1 down=20s
settle 1h
`)
	a, _ := model.LookupAlgorithm("ziti-2.1.0")
	r := newPlayer(p, Options{Algorithm: a, Panic: true}, model.DefaultParams())
	r.run()
	for id := sim.NodeID(1); id <= 6; id++ {
		if spare := id == 4; r.world.Up(id) == spare || r.world.Paused(id) {
			t.Errorf("node %d: up %v, paused %v", id, r.world.Up(id), r.world.Paused(id))
		}
	}
	if life := r.world.Life(3); life != 2 {
		t.Errorf("ctl3 is in life %d: the crash that was ordered must come before the settle phase, not in it", life)
	}
	if v := r.report.Verdict("converges"); v.Status != checker.Holds {
		t.Errorf("%s: %s", v.Status, v.Text)
	}
}

// A bound that is hit and an assertion that fails are outcomes with a place, not errors and not verdicts.
func TestBrokenRuns(t *testing.T) {
	p := mustParse(t, head+"settle 10m\n")
	o := mustPlay(t, p, "ziti-2.1.0", Options{Events: 500})
	if o.Limit == nil || o.Limit.Name != "events" || o.Events != 500 || Summary(o, "converges")[:7] != "unknown" {
		t.Errorf("limit %v after %d events: %s", o.Limit, o.Events, Summary(o, "converges"))
	}
	bomb := &noted{want: func(sim.NodeID, *model.Msg) bool { panic(sim.Fault{Text: "boom"}) }}
	o = mustPlay(t, p, "ziti-2.1.0", Options{Observers: []sim.Observer[model.Msg]{bomb}})
	if o.Fault == nil || o.Fault.Text != "boom" || o.Events == 0 {
		t.Errorf("fault %v after %d events", o.Fault, o.Events)
	}
}

func TestPlayRefusesBadOptions(t *testing.T) {
	p := mustParse(t, head+"settle 1m\n")
	a := model.Algorithms()[0]
	for want, o := range map[string]Options{
		"no algorithm":              {},
		`bad setting "latency"`:     {Algorithm: a, Set: []string{"latency"}},
		`unknown setting "speed"`:   {Algorithm: a, Set: []string{"speed=9"}},
		`latency: bad duration "9"`: {Algorithm: a, Set: []string{"latency=9"}},
	} {
		if _, err := Play(p, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if o, err := Play(p, Options{Algorithm: a, Set: []string{"latency=9ms"}}); err != nil || o.Fault != nil {
		t.Error(err, o)
	}
}

// A controller that stands still with the votes for it unread leads an old term when it goes on, without what a later one
// has committed. Raft allows that, and so does its monitor.
func TestLateLeader(t *testing.T) {
	p := mustParse(t, `# late: ctl4 stands still with the votes for it unread.

cluster controllers=5 routers=1
service web on rtr1
seed 1055639

200ms    restart ctl1
3s927ms  pause ctl4
8s927ms  settle 1s
`)
	out, text := traced(t, p, "reference", false)
	if out.Fault != nil || !strings.Contains(text, "ctl4  ~ leader on term=2") || !strings.Contains(text, "ctl1  ~ leader on term=3") {
		t.Errorf("%v\n%s", out.Fault, text)
	}
}

// Wherever a crash cuts the restore of a snapshot short, the process after it has the whole of it, and says so.
func TestRestoreCutShort(t *testing.T) {
	told := 0
	for after := range 40 {
		p := mustParse(t, fmt.Sprintf(`# cut-short: ctl3 joins, gets a snapshot and crashes.

cluster controllers=2 routers=1 spares=1
service web on rtr1
seed 5000829
set latency=150ms
set jitter=70ms

5s       join ctl3
6s700ms  crash ctl3 after=%d
7s700ms  start ctl3
8s700ms  retire web on rtr1
settle 5s
`, after+1))
		out, text := traced(t, p, "ziti-2.1.0", false)
		if v := out.Report.Verdict("replicated"); v.Status == checker.Violated {
			t.Errorf("after %d effects: %s\n%s", after+1, v.Text, text)
		}
		before, then, _ := strings.Cut(text, "boot life 2")
		if !strings.Contains(before, "restore") && strings.Contains(then, "restore") {
			told++
		}
	}
	if told == 0 {
		t.Error("no crash cut a restore short")
	}
}

// What comes of a subscription that another has replaced is not read: neither what is new in it nor what is old.
func TestReplacedSubscription(t *testing.T) {
	p := mustParse(t, `# replaced: rtr9 wakes to changes that it no longer wants from where they come.

cluster controllers=5 routers=9
service web on rtr9
seed 1080731

10s      pause rtr9
10s      toggle web on rtr9 every=3s until=16s
15s      crash leader
1m21s400ms settle 1s
`)
	out, text := traced(t, p, "reference", false)
	if v := out.Report.Verdict("session-reads"); v.Status == checker.Violated ||
		!strings.Contains(text, "change-set web req=1 index=10") ||
		!strings.Contains(text, "data-state full req=14 index=8 ") {
		t.Errorf("%s\n%s", v.Text, text)
	}
}
