package certificate

import (
	"strings"
	"testing"

	"gyre/checker"
	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// lasso plays spin-lasso and returns the certificate of its loop.
func lasso(t *testing.T) *Certificate {
	t.Helper()
	f, _ := scenarios.Load("spin-lasso")
	p, err := scenarios.Parse(f.Name, f.Text)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := model.LookupAlgorithm("ziti-1.0.0")
	o, err := scenarios.Play(p, scenarios.Options{Algorithm: a})
	if err != nil {
		t.Fatal(err)
	}
	v := o.Report.Verdict("no-spin")
	if v.Rung != checker.Lasso || v.Loop == nil {
		t.Fatalf("no lasso: %v %s", v.Rung, v.Text)
	}
	c := &Certificate{
		Name: p.Name, Algorithm: a.Name, Seed: o.Seed, Event: v.Loop.Event, Events: v.Loop.Events, At: v.Loop.At,
		Period: v.Loop.Period, State: v.Loop.State, Plan: f.Text,
	}
	if err := Make(c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCertificate(t *testing.T) {
	c := lasso(t)
	r, err := Verify(c)
	if err != nil || r.Periods != furtherPeriods || r.Creates != 600 || r.Deletes != 600 {
		t.Fatalf("%+v %v", r, err)
	}
	again, err := Parse(c.String())
	if err != nil {
		t.Fatal(err)
	}
	if again.String() != c.String() {
		t.Error("printed and parsed it is another")
	}
	for _, x := range []struct {
		name  string
		spoil func(c *Certificate)
		want  string
	}{
		{"another state", func(c *Certificate) { c.State++ }, "the state after event"},
		{"another event", func(c *Certificate) { c.Event++ }, "is at"},
		{"half a period", func(c *Certificate) { c.Events /= 2 }, "period 1"},
		{"another period", func(c *Certificate) { c.Period++ }, "events take"},
		{"an action less", func(c *Certificate) { c.Actions = c.Actions[1:] }, "action 1 is"},
		{"an action more", func(c *Certificate) { c.Actions = append(c.Actions, "+1us create x") }, "actions, not"},
		{"another seed", func(c *Certificate) { c.Seed++ }, "event"},
		{"another release", func(c *Certificate) { c.Algorithm = "ziti-2.1.0" }, ""},
		{"chance", func(c *Certificate) { c.Set = []string{"jitter=1ms"} }, ""},
		{"an empty period", func(c *Certificate) { c.Events = 0 }, "the period is empty"},
		{"too many events", func(c *Certificate) { c.Events = 1 << 62 }, "limit"},
		{"too long", func(c *Certificate) { c.Period = 1 << 62 }, "limit"},
		{"no such algorithm", func(c *Certificate) { c.Algorithm = "x" }, "unknown algorithm"},
		{"no plan", func(c *Certificate) { c.Plan = "x" }, "the plan"},
	} {
		spoiled := *again
		spoiled.Actions = append([]string{}, again.Actions...)
		x.spoil(&spoiled)
		if _, err := Verify(&spoiled); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", x.name, err)
		}
	}
}

// TestAtRest certifies a world in which nothing is created or deleted: whatever repeats in it is no spin.
func TestAtRest(t *testing.T) {
	c := lasso(t)
	c.Algorithm, c.Actions, c.Event, c.Events = "ziti-2.1.0", nil, 10000, 500
	w, err := c.replay(1)
	if err != nil {
		t.Fatal(err)
	}
	c.At, c.State = w.start.at, w.start.state
	if _, err := Verify(c); err == nil {
		t.Error("a world at rest was certified")
	}
}

func TestParse(t *testing.T) {
	good := "gyre certificate 1\nname x\nalgorithm a\nseed 1\nevent 1\nevents 2\nat 3us\nperiod 4us\nstate ff\nactions 1\nb\nplan\nc\n"
	if c, err := Parse(good); err != nil || c.Actions[0] != "b" || c.Plan != "c\n" || c.State != 255 {
		t.Fatalf("%+v %v", c, err)
	}
	for _, x := range []struct{ old, new, want string }{
		{"gyre certificate 1", "gyre certificate 2", "line 1"},
		{"seed 1", "seed x", "line 4: bad seed"},
		{"seed 1\n", "", `no line "seed"`},
		{"seed 1\n", "seed 1\nseed 1\n", "given twice"},
		{"event 1", "event -1", `bad number "-1"`},
		{"actions 1", "actions 99999999", "over the limit"},
		{"actions 1", "actions 9", "ends before its actions"},
		{"plan\nc\n", "", "ends before its plan"},
		{"plan\nc\n", "plan\n", "plan is empty"},
		{"name x", "colour x", `unknown word "colour"`},
	} {
		_, err := Parse(strings.Replace(good, x.old, x.new, 1))
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%q for %q: %v", x.new, x.old, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("gyre certificate 1\nname x\nalgorithm a\nseed 1\nevent 1\nevents 2\nat 3us\nperiod 4us\nstate ff\nactions 1\nb\nplan\nc\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(c.String())
		if err != nil || again.String() != c.String() {
			t.Errorf("%v", err)
		}
	})
}

// TestEqualStatesActAlike plays spins without chance under many settings. Wherever the canonical state was the same,
// the next actions must be the same, at the same distances.
func TestEqualStatesActAlike(t *testing.T) {
	const next = 40
	f, _ := scenarios.Load("spin-lasso")
	p, err := scenarios.Parse(f.Name, f.Text)
	if err != nil {
		t.Fatal(err)
	}
	pairs := 0
	for _, set := range [][]string{
		{}, {"latency=12ms"}, {"latency=20ms", "snapshot-every=499"}, {"heartbeat-every=500ms"},
		{"handler-min=6ms", "handler-max=6ms"}, {"apply-cost=2ms"}, {"snapshot-every=100"},
	} {
		w := &futures{}
		a, _ := model.LookupAlgorithm("ziti-1.0.0")
		o, err := scenarios.Play(p, scenarios.Options{
			Algorithm: a, Set: set, NoChecks: true, Observers: []sim.Observer[model.Msg]{w}, After: w.after,
		})
		if err != nil || o.Fault != nil {
			t.Fatal(err, o.Fault)
		}
		n, different := w.compare(next)
		pairs += n
		t.Logf("%v: %d actions, %d pairs of equal states", set, len(w.actions), n)
		for _, d := range different {
			t.Errorf("%v: equal states, then other actions: %s", set, d)
		}
	}
	if pairs == 0 {
		t.Error("no two states were equal: the test is vacuous")
	}
}

// futures records the canonical state at each create and what comes after it.
type futures struct {
	index   uint64
	ask     bool
	actions []action
	states  []snapshot
}

type action struct {
	at   sim.Time
	verb model.Verb
}

type snapshot struct {
	at    sim.Time
	state uint64
	draws uint64
	roots uint32
	next  int // action
}

func (w *futures) Input(sim.Stamp, *sim.Input[model.Msg]) {}
func (w *futures) Event(sim.Time, sim.Outside)            {}

func (w *futures) Effect(s sim.Stamp, e *sim.Effect[model.Msg]) {
	if e.Kind != sim.Note || e.Msg.Kind != model.NoteApplied || e.Msg.Index <= w.index {
		return
	}
	w.index = e.Msg.Index
	if entry, ok := e.Msg.Body.(*model.Entry); ok && entry.Verb <= model.DeleteTerm {
		w.actions = append(w.actions, action{s.At, entry.Verb})
		w.ask = entry.Verb == model.CreateTerm
	}
}

func (w *futures) after(world *sim.World[model.Msg]) {
	if w.ask {
		w.ask = false
		w.states = append(w.states, snapshot{world.Now(), world.State(), world.Draws(), world.Roots(), len(w.actions)})
	}
}

// compare counts the pairs of equal states, no chance and nothing from outside between them, and tells of those whose
// next n actions differ.
func (w *futures) compare(n int) (pairs int, different []string) {
	last := map[uint64]snapshot{}
	for _, b := range w.states {
		a, ok := last[b.state]
		last[b.state] = b
		if !ok || a.draws != b.draws || a.roots != b.roots {
			continue
		}
		pairs++
		for i := range n {
			if b.next+i >= len(w.actions) {
				break
			}
			x, y := w.actions[a.next+i], w.actions[b.next+i]
			if x.verb != y.verb || x.at.Sub(a.at) != y.at.Sub(b.at) {
				different = append(different, a.at.String()+" and "+b.at.String())
				break
			}
		}
	}
	return pairs, different
}

// TestForgetfulCanon shows the test above a node whose canonical state leaves a counter out: the exponent of its
// backoff. It must be caught; one that leaves nothing out must not, and its backoff must not look like a loop.
func TestForgetfulCanon(t *testing.T) {
	for _, x := range []struct {
		name      string
		forgets   bool
		most      int
		equal     bool
		different bool
	}{
		{"forgets its exponent", true, 12, true, true},
		{"honest", false, 12, false, false},
		{"honest, and the backoff is saturated soon", false, 3, true, false},
	} {
		w := &futures{}
		world := sim.New[model.Msg](sim.Config{Seed: 1})
		world.AddHost("spinner", nil, func(uint32) sim.Node[model.Msg] {
			return &spinner{forgets: x.forgets, most: x.most}
		})
		world.Observe(w)
		world.Start(1)
		for {
			more, err := world.Step(sim.Time(sim.Hour))
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				break
			}
			w.after(world)
		}
		pairs, different := w.compare(3)
		if (pairs > 0) != x.equal || (len(different) > 0) != x.different {
			t.Errorf("%s: %d pairs of equal states, %d differ afterwards", x.name, pairs, len(different))
		}
	}
}

// spinner creates and deletes in turn, waiting twice as long each time, up to a limit.
type spinner struct {
	forgets  bool
	most     int
	index    uint64
	created  bool
	exponent int
}

func (n *spinner) Step(_ sim.Time, in *sim.Input[model.Msg], out *sim.Outbox[model.Msg]) {
	if in.Kind == sim.Expire {
		n.index++
		n.created = !n.created
		e := &model.Entry{Verb: model.DeleteTerm}
		if n.created {
			e.Verb = model.CreateTerm
			n.exponent = min(n.exponent+1, n.most)
		}
		out.Note(model.Msg{Kind: model.NoteApplied, Index: n.index, Code: model.OK, Body: e})
	}
	wait := sim.Second
	if !n.created { // the timer that is armed at a create does not give the exponent away
		wait <<= n.exponent
	}
	out.Arm(1, wait)
}

func (n *spinner) Canon(c *sim.Canon) {
	c.Flag("created", n.created)
	c.Count("index", n.index, n.index)
	if !n.forgets {
		c.Int("exponent", int64(n.exponent))
	}
}
