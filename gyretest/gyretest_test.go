package gyretest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gyre/gyretest"
	"gyre/sim"
)

// recorder is a test that writes down what it is told.
type recorder struct {
	testing.TB
	text string
}

func (r *recorder) Name() string      { return "TestX/with space" }
func (r *recorder) Log(args ...any)   { r.text += fmt.Sprintln(args...) }
func (r *recorder) Error(args ...any) { r.text += fmt.Sprintln(args...) }

// word is a message that is a word.
type word string

func (w word) Canon(c *sim.Canon) { c.Str("", string(w)) }

// node is a node that is a function; state is what it shows of itself.
type node struct {
	step  func(now sim.Time, in *sim.Input[word], out *sim.Outbox[word])
	state func(c *sim.Canon)
}

func (n node) Step(now sim.Time, in *sim.Input[word], out *sim.Outbox[word]) { n.step(now, in, out) }
func (n node) Canon(c *sim.Canon) {
	if n.state != nil {
		n.state(c)
	}
}

func host(b *gyretest.Bed[word], name string, n node) sim.NodeID {
	return b.AddHost(name, nil, func(uint32) sim.Node[word] { return n })
}

// every returns a node that does something at its start and every so often.
func every(d sim.Duration, do func(now sim.Time, out *sim.Outbox[word])) node {
	return node{step: func(now sim.Time, in *sim.Input[word], out *sim.Outbox[word]) {
		if in.Kind == sim.Boot || in.Kind == sim.Expire {
			do(now, out)
			out.Arm(1, d)
		}
	}}
}

var errWrong = errors.New("wrong")

func when(wrong *bool) func() error {
	return func() error {
		if *wrong {
			return errWrong
		}
		return nil
	}
}

// What may become of a world that is left alone: each verdict, with its rung and its words.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name, property, rung, text string
		build                      func(b *gyretest.Bed[word], wrong *bool)
	}{
		{"all is well", "", "", "", func(b *gyretest.Bed[word], _ *bool) {
			host(b, "a", every(sim.Second, func(sim.Time, *sim.Outbox[word]) {}))
		}},
		{"wrong at once", "always", "witness", "wrong", func(b *gyretest.Bed[word], wrong *bool) {
			host(b, "a", every(sim.Second, func(sim.Time, *sim.Outbox[word]) { *wrong = true }))
			b.Always("always", when(wrong))
		}},
		{"to and fro", "settled", "lasso", "wrong, again and again: the state of 1s comes back every 2s (2 events), with no " +
			"draw and nothing from outside in between", func(b *gyretest.Bed[word], wrong *bool) {
			n := every(sim.Second, func(sim.Time, *sim.Outbox[word]) { *wrong = !*wrong })
			n.state = func(c *sim.Canon) { c.Flag("wrong", *wrong) }
			host(b, "a", n)
		}},
		{"wrong for ever", "settled", "lasso", "wrong, for ever: the state of 1s comes back every 1s (1 event), with no " +
			"draw and nothing from outside in between", func(b *gyretest.Bed[word], wrong *bool) {
			host(b, "a", every(sim.Second, func(sim.Time, *sim.Outbox[word]) {}))
			*wrong = true
		}},
		{"to and fro by chance", "settled", "deadline", "wrong, 2m after the last fault had ended",
			func(b *gyretest.Bed[word], wrong *bool) {
				peer := host(b, "peer", every(sim.Hour, func(sim.Time, *sim.Outbox[word]) {}))
				n := every(sim.Second, func(_ sim.Time, out *sim.Outbox[word]) {
					*wrong = !*wrong
					out.Datagram(peer, "it takes a while, who knows how long")
				})
				n.state = func(c *sim.Canon) { c.Flag("wrong", *wrong) }
				b.SetLink(host(b, "a", n), peer, sim.Link{Latency: sim.Millisecond, Jitter: sim.Millisecond})
			}},
		{"too late", "settled", "deadline", "wrong, 2m after the last fault had ended", func(b *gyretest.Bed[word], wrong *bool) {
			host(b, "a", every(3*sim.Minute, func(now sim.Time, _ *sim.Outbox[word]) { *wrong = now == 0 }))
		}},
		{"not for good", "settled", "closure", "wrong: it was right, and went wrong by itself",
			func(b *gyretest.Bed[word], wrong *bool) {
				host(b, "a", every(3*sim.Minute, func(now sim.Time, _ *sim.Outbox[word]) { *wrong = now > 0 }))
			}},
		{"no end", gyretest.Limit, "", "more than 10000 events", func(b *gyretest.Bed[word], _ *bool) {
			host(b, "a", every(0, func(sim.Time, *sim.Outbox[word]) {}))
		}},
		{"no such peer", gyretest.Panic, "", "no host 7", func(b *gyretest.Bed[word], _ *bool) {
			host(b, "a", every(sim.Second, func(_ sim.Time, out *sim.Outbox[word]) { out.Datagram(7, "x") }))
		}},
		{"twice there", gyretest.Panic, "", "host a is there already", func(b *gyretest.Bed[word], _ *bool) {
			host(b, "a", every(sim.Second, func(sim.Time, *sim.Outbox[word]) {}))
			host(b, "a", every(sim.Second, func(sim.Time, *sim.Outbox[word]) {}))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := gyretest.Run(gyretest.Config{Seeds: 1, Faults: []string{}, Events: 10_000}, func(b *gyretest.Bed[word]) {
				wrong := false
				c.build(b, &wrong)
				if c.property == "" || c.property == "settled" {
					b.Eventually("settled", when(&wrong))
				}
			})
			f := r.Finding
			switch {
			case c.property == "" && (f != nil || r.Resting != 1):
				t.Errorf("want rest, have %v\n%s", f, r)
			case c.property == "":
			case f == nil || f.Property != c.property || f.Rung != c.rung || !strings.Contains(f.Text, c.text):
				t.Errorf("want %s (%s): %s\nhave %v", c.property, c.rung, c.text, f)
			}
		})
	}
}

// Runs that differ are a finding that shows where they part.
func TestDeterminism(t *testing.T) {
	runs := 0
	r := gyretest.Run(gyretest.Config{Seeds: 1}, func(b *gyretest.Bed[word]) {
		runs++
		mine := fmt.Sprint("run-", runs)
		peer := host(b, "peer", every(sim.Hour, func(sim.Time, *sim.Outbox[word]) {}))
		host(b, "a", every(sim.Second, func(_ sim.Time, out *sim.Outbox[word]) { out.Datagram(peer, word(mine)) }))
		b.Eventually("quiet", func() error { return nil })
	})
	f := r.Finding
	if f == nil || f.Property != gyretest.Determinism || !strings.Contains(f.Text, "part at line") ||
		strings.Count(f.Text, "> run-") != 2 || len(f.Plan.Steps) != 0 {
		t.Errorf("%v", f)
	}
}

// A node that draws from the seed of its run is no finding, and seeds differ.
func TestSeedIsTheRuns(t *testing.T) {
	drawn := map[uint64]bool{}
	r := gyretest.Run(gyretest.Config{Seeds: 16}, func(b *gyretest.Bed[word]) {
		s := b.Seed.Stream("a")
		host(b, "a", every(sim.Second, func(sim.Time, *sim.Outbox[word]) { drawn[s.Next()] = true }))
		b.Eventually("quiet", func() error { return nil })
	})
	if r.Finding != nil || r.Twice != 2 || len(drawn) < 16 {
		t.Errorf("%d draws, %s, %v", len(drawn), r, r.Finding)
	}
}

// ring is a world of three hosts that ping each other every second, and answer. It is well when the answers to the
// latest pings came as fast as the links are, and clocks are right.
func ring(b *gyretest.Bed[word]) {
	const n = 3
	var at [n + 1]sim.Time    // of the latest ping, by the clock of the world
	var bad [n + 1]int        // answers of that round that lack
	var clock [n + 1]sim.Time // of the host
	names := [...]string{"", "a", "b", "c"}
	for self := sim.NodeID(1); self <= n; self++ {
		host(b, names[self], node{step: func(now sim.Time, in *sim.Input[word], out *sim.Outbox[word]) {
			clock[self] = now
			switch {
			case in.Kind == sim.Boot || in.Kind == sim.Expire:
				at[self], bad[self] = b.Now(), n-1
				for peer := sim.NodeID(1); peer <= n; peer++ {
					if peer != self {
						out.Datagram(peer, "ping")
					}
				}
				out.Arm(1, sim.Second)
			case in.Kind == sim.Deliver && in.Msg == "ping":
				out.Datagram(in.From, "pong")
			case in.Kind == sim.Deliver && b.Now().Sub(at[self]) <= 50*sim.Millisecond:
				bad[self]--
			}
		}})
	}
	b.Eventually("well", func() error {
		for self := 1; self <= n; self++ {
			late := b.Now().Sub(at[self])
			if bad[self] > 0 && late > 50*sim.Millisecond || late > sim.Second {
				return fmt.Errorf("%s lacks %d answers after %s", names[self], bad[self], late)
			}
			if clock[self] > b.Now() || b.Now().Sub(clock[self]) > sim.Second {
				return fmt.Errorf("%s: its clock says %s", names[self], clock[self])
			}
		}
		return nil
	})
}

// Whatever overlaps, in the end everything is up and well: no cut, delay, pause or skew is left over.
func TestEverythingHeals(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPlan(rt)
		f, err := gyretest.Replay(gyretest.Config{Settle: 10 * sim.Second}, p.String(), ring)
		if err != nil {
			rt.Fatal(err)
		}
		if f != nil {
			rt.Fatal(f)
		}
	})
}

// drawPlan draws any plan for a ring.
func drawPlan(t *rapid.T) *gyretest.Plan {
	n := func(low, high int, what string) int { return rapid.IntRange(low, high).Draw(t, what) }
	p := &gyretest.Plan{Seed: sim.Seed(n(0, 1<<30, "seed")), Shuffle: n(0, 1, "shuffle") == 1,
		Jitter: sim.Duration(n(0, 10_000, "jitter"))}
	at := sim.Time(0)
	for range n(0, 8, "steps") {
		at += sim.Time(n(0, int(3*sim.Second), "gap"))
		d := gyretest.Directive{At: at}
		d.Verb = rapid.SampledFrom([]string{"crash", "pause", "skew", "overload", "cut", "slow", "break", "half-open", "wipe"}).
			Draw(t, "verb")
		hosts := rapid.Permutation([]string{"a", "b", "c"}).Draw(t, "hosts")
		d.Node = hosts[0]
		span := func(what string) sim.Duration { return sim.Duration(n(1, int(10*sim.Second), what)) }
		switch d.Verb {
		case "cut", "slow", "break", "half-open":
			d.Peer, d.Both = hosts[1], d.Verb == "break" || d.Verb != "half-open" && n(0, 1, "both") == 1
		case "crash":
			d.N = n(0, 3, "after")
		case "overload":
			d.N = n(1, 9, "x")
		}
		if d.Verb == "slow" || d.Verb == "skew" {
			d.By = span("by")
		}
		if d.Verb == "skew" && n(0, 1, "behind") == 1 {
			d.By = -d.By
		}
		if d.Verb != "break" && d.Verb != "half-open" {
			d.For = span("for")
		}
		p.Steps = append(p.Steps, d)
	}
	return p
}

// A plan reads back to itself.
func TestPlanRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPlan(rt)
		again, err := gyretest.ParsePlan(p.String())
		if err != nil {
			rt.Fatalf("%v\n%s", err, p)
		}
		if fmt.Sprintf("%+v", *again) != fmt.Sprintf("%+v", *p) {
			rt.Fatalf("have %+v\nwant %+v\n%s", again, p, p)
		}
	})
}

// Each plan has one mistake, and the error says which.
func TestPlanErrors(t *testing.T) {
	for text, want := range map[string]string{
		"seed x":                       `plan:1: bad seed "x"`,
		"seed 1\nonce crash a":         `plan:2: "once" is neither seed, jitter, shuffle nor a time`,
		"1s crash":                     "plan:1: a directive is TIME VERB WHAT",
		"1s crash a for=1":             `plan:1: crash: bad duration "1"`,
		"1s crash a by=1s":             `plan:1: crash: unknown option "by=1s"`,
		"1s crash a after=0":           "plan:1: crash: after must be at least 1",
		"1s cut a for=1s":              "plan:1: cut: it takes a link, such as a->b or a<->b, not \"a\"",
		"1s cut a->z for=1s":           "plan: 1s cut a->z for=1s: no such host (have a, b, c)",
		"1s cut a->a for=1s":           "plan: 1s cut a->a for=1s: no such host",
		"1s explode 3":                 "plan: 1s explode 3: no such operation, or too large a number",
		"1s explode now":               "plan:1: explode: an operation has one number (faults are crash, pause,",
		"1s slow a->b by=-1s for=1s":   `plan:1: slow: bad duration "-1s"`,
		"# a remark\n\n1s wipe d for=": "plan:3: wipe: bad duration",
	} {
		if _, err := gyretest.Replay(gyretest.Config{}, text, ring); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q:\nhave %v\nwant %s", text, err, want)
		}
	}
}

// Test fails with all it takes to see the finding again.
func TestMessage(t *testing.T) {
	failing := &recorder{TB: t}
	gyretest.Test(failing, gyretest.Config{Faults: []string{"slow"}, Tail: 3}, shop(false))
	for _, part := range []string{
		"6 seeds, ", "drawn: pay ", "slow ", "seed 6, nobody pays twice (witness): paid 2 times, asked for 1", "shrunk to 2",
		"    seed 6\n    0s       slow bank<->till by=500ms for=1s\n    0s       pay 0\n", "bank  < payment=1",
		"repeat: go test ./gyretest -run '^TestX$/^with space$' -gyre.seed 6",
	} {
		if !strings.Contains(failing.text, part) {
			t.Errorf("the message lacks %q:\n%s", part, failing.text)
		}
	}
}
