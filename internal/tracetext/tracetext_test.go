package tracetext_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gyre/internal/tracetext"
	"gyre/model"
	"gyre/sim"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestGolden shows every kind of line once: a small play of two nodes that do a bit of everything.
func TestGolden(t *testing.T) {
	const name = "testdata/play.txt"
	got := show(t, tracetext.Options{All: true})
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("trace differs from %s (-want +got; -update accepts it):\n%s", name, diff)
	}
}

// TestOptions filters the same play.
func TestOptions(t *testing.T) {
	all := strings.Count(show(t, tracetext.Options{All: true}), "\n")
	quiet := show(t, tracetext.Options{})
	if n := strings.Count(quiet, "\n"); n == 0 || n >= all {
		t.Errorf("without noise there are %d lines, with it %d", n, all)
	}
	for _, word := range []string{"heartbeat", "arm", "save", "timer", "appended"} {
		if strings.Contains(quiet, word) {
			t.Errorf("%q is noise, but shown:\n%s", word, quiet)
		}
	}
	for _, c := range []struct {
		name    string
		o       tracetext.Options
		keep    string // every line contains it
		without string
	}{
		{"node", tracetext.Options{Nodes: []sim.NodeID{2}}, "  rtr1  ", ""},
		{"match", tracetext.Options{All: true, Match: regexp.MustCompile("create")}, "create", ""},
		{"from", tracetext.Options{From: sim.Time(sim.Minute)}, "1m0", "life 1"},
		{"to", tracetext.Options{To: sim.Time(5 * sim.Millisecond)}, "0.00", "crash"},
		{"color", tracetext.Options{Color: true}, "\x1b[0m", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := show(t, c.o)
			if text == "" {
				t.Fatal("nothing is shown")
			}
			for line := range strings.Lines(text) {
				if !strings.Contains(line, c.keep) || c.without != "" && strings.Contains(line, c.without) {
					t.Errorf("should not be shown: %s", line)
				}
			}
		})
	}
}

// TestPast ends a trace early: Past is called when the window is behind.
func TestPast(t *testing.T) {
	calls := 0
	show(t, tracetext.Options{To: sim.Time(sim.Second), Past: func() { calls++ }})
	if calls == 0 {
		t.Error("Past was not called")
	}
}

func TestClock(t *testing.T) {
	for at, want := range map[sim.Duration]string{
		0:                                     "0.000s",
		1999:                                  "0.001s",
		5*sim.Second + 214*sim.Millisecond:    "5.214s",
		61 * sim.Second:                       "1m01.000s",
		2*sim.Hour + 3*sim.Minute + 4*1000000: "2h03m04.000s",
	} {
		if got := tracetext.Clock(sim.Time(at)); got != want {
			t.Errorf("Clock(%s) = %s, want %s", at, got, want)
		}
	}
}

// show plays two nodes: rtr1 dials ctl1, asks for a terminator, is answered, saves, hangs up; then ctl1 crashes
// and the next dial fails.
func show(t *testing.T, o tracetext.Options) string {
	var b strings.Builder
	o.Names = &model.Names{Nodes: []string{"", "ctl1", "rtr1"}, Services: []string{"", "web"}}
	text := tracetext.New(&b, o)
	w := sim.New[model.Msg](sim.Config{Seed: 7, Link: sim.Link{Latency: 2 * sim.Millisecond, Queue: 2}})
	lanes := []sim.Lane{{Name: "work", Workers: 1, Queue: 1, Min: sim.Millisecond, Max: sim.Millisecond}}
	ctl := w.AddHost("ctl1", lanes, func(uint32) sim.Node[model.Msg] { return &actor{self: 1} })
	rtr := w.AddHost("rtr1", lanes, func(uint32) sim.Node[model.Msg] { return &actor{self: 2} })
	w.Observe(text)
	w.Start(ctl)
	w.Start(rtr)
	run := func(to sim.Duration) {
		if err := w.RunUntil(sim.Time(to)); err != nil {
			t.Fatal(err)
		}
	}
	run(sim.Second)
	w.Command(rtr, model.Msg{Kind: model.OpConnect, Peer: ctl})
	run(61 * sim.Second)
	w.Cut(rtr, ctl)
	w.Crash(ctl)
	w.Mend(rtr, ctl)
	w.Invoke(rtr, model.Msg{Kind: model.OpLookup, Service: 1})
	run(62*sim.Second + 5*sim.Millisecond)
	if err := text.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// actor does a bit of everything.
type actor struct {
	self sim.NodeID
	conn sim.ConnID
}

func (a *actor) Canon(*sim.Canon) {}

func (a *actor) Step(_ sim.Time, in *sim.Input[model.Msg], out *sim.Outbox[model.Msg]) {
	term := model.NewTermID(2, 1, 1)
	switch {
	case in.Kind == sim.Boot && a.self == 2:
		out.Arm(3, 10*sim.Second)
		out.Dial(1, model.Msg{})
	case in.Kind == sim.Up && a.self == 2:
		a.conn = in.Conn
		out.Note(model.Msg{Kind: model.NoteChannel, Peer: 1, Flags: model.On, Aux: 1})
		out.Send(in.Conn, model.Msg{Kind: model.Heartbeat, Req: 1})
		out.Send(in.Conn, model.Msg{Kind: model.CreateRequest, Req: 2, Term: term, Service: 1, Router: 2})
		out.Send(in.Conn, model.Msg{Kind: model.CreateRequest, Req: 3, Term: term + 1, Service: 1, Router: 2})
	case in.Kind == sim.Deliver && in.Msg.Kind == model.CreateRequest:
		out.Note(model.Msg{Kind: model.NoteAppended, Index: 1})
		out.Send(in.Conn, model.Msg{Kind: model.CreateReply, Req: in.Msg.Req, Term: in.Msg.Term, Code: model.OK})
		out.Defer(0, in.Msg)
		out.Defer(0, in.Msg)
		out.Defer(0, in.Msg)
	case in.Kind == sim.Deliver && in.Msg.Kind == model.CreateReply:
		out.Note(model.Msg{Kind: model.NoteState, Term: term, Service: 1, From: model.Establishing,
			State: model.Established, Code: model.WhyCreated})
		out.Save(1, 2, model.Msg{Kind: model.Record, Term: term})
		out.Erase(1, 2)
		out.Disarm(4)
	case in.Kind == sim.Expire:
		out.Close(a.conn)
		out.Send(a.conn, model.Msg{Kind: model.CreateRequest, Req: 4})
	case in.Kind == sim.Command && in.Op != 0:
		out.Dial(1, model.Msg{})
		out.Datagram(1, model.Msg{Kind: model.LeaderIs, Peer: 1})
		out.Reply(in.Op, model.Msg{Kind: model.OpDone, Code: model.OK, N: 1})
	case in.Kind == sim.DialFailed:
		out.Exit(sim.Second)
	}
}
