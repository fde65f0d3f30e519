package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// word is the message type of these tests.
type word string

func (m word) Canon(c *Canon) { c.Str("", string(m)) }

// scripted is a node whose steps are a function; it logs every input.
type scripted struct {
	name string
	log  *[]string
	step func(now Time, in *Input[word], out *Outbox[word])
	conn ConnID
}

var inputWords = map[InputKind]string{
	Boot: "boot", Deliver: "deliver", Expire: "expire", Command: "command", Up: "up", Down: "down",
	DialFailed: "dial-failed", Work: "work", Overflow: "overflow",
}

func (s *scripted) Step(now Time, in *Input[word], out *Outbox[word]) {
	if in.Kind == Up {
		s.conn = in.Conn
	}
	text := fmt.Sprintf("%v %s %s", now, s.name, inputWords[in.Kind])
	if in.Msg != "" {
		text += " " + string(in.Msg)
	}
	if in.Kind == Expire {
		text += fmt.Sprint(" ", in.Timer)
	}
	*s.log = append(*s.log, text)
	if s.step != nil {
		s.step(now, in, out)
	}
}

func (s *scripted) Canon(c *Canon) { c.Flag("conn", s.conn != 0) }

// stage is a world of two hosts, a and b, that log what they see. a runs commands given as text:
// "dial", "close", "send x", "burst n", "arm id ms", "disarm id", "defer lane x", "save x", "note x", "exit ms".
type stage struct {
	*World[word]
	t    *testing.T
	log  []string
	a, b NodeID
	na   *scripted
	nb   *scripted
}

func newStage(t *testing.T, cfg Config, lanes ...Lane) *stage {
	s := &stage{World: New[word](cfg), t: t}
	boot := func(n **scripted, name string) func(uint32) Node[word] {
		return func(uint32) Node[word] {
			*n = &scripted{name: name, log: &s.log}
			(*n).step = s.obey(*n)
			return *n
		}
	}
	s.a = s.AddHost("a", lanes, boot(&s.na, "a"))
	s.b = s.AddHost("b", lanes, boot(&s.nb, "b"))
	s.Start(s.a)
	s.Start(s.b)
	s.run(0)
	return s
}

func (s *stage) obey(n *scripted) func(Time, *Input[word], *Outbox[word]) {
	return func(now Time, in *Input[word], out *Outbox[word]) {
		if in.Kind != Command {
			return
		}
		for line := range strings.SplitSeq(string(in.Msg), ";") {
			var verb, text string
			var x, y int
			fmt.Sscan(line, &verb, &text)
			fmt.Sscan(line, &verb, &x, &y)
			switch verb {
			case "dial":
				out.Dial(3-NodeID(map[string]NodeID{"a": 1, "b": 2}[n.name]), "tag")
			case "close":
				out.Close(n.conn)
			case "send":
				out.Send(n.conn, word(text))
			case "burst":
				sent := 0
				for i := range x {
					if out.Send(n.conn, word(fmt.Sprint("m", i))) {
						sent++
					}
				}
				*n.log = append(*n.log, fmt.Sprintf("%v %s sent %d of %d", now, n.name, sent, x))
			case "arm":
				out.Arm(TimerID(x), Duration(y)*Millisecond)
			case "disarm":
				out.Disarm(TimerID(x))
			case "defer":
				out.Defer(LaneID(x), word(line))
			case "save":
				out.Save(1, uint64(x), word(line))
			case "note":
				out.Note(word(text))
			case "exit":
				out.Exit(Duration(x) * Millisecond)
			case "answer":
				out.Reply(in.Op, word(text))
			}
		}
	}
}

func (s *stage) run(d Duration) {
	s.t.Helper()
	if err := s.RunUntil(s.Now().Add(d)); err != nil {
		s.t.Fatal(err)
	}
}

// expect runs d and demands the given log, one line per input.
func (s *stage) expect(d Duration, want ...string) {
	s.t.Helper()
	s.log = nil
	s.run(d)
	if !slices.Equal(s.log, want) {
		s.t.Fatalf("after %v:\ngot  %s\nwant %s", s.Now(), strings.Join(s.log, "\n     "), strings.Join(want, "\n     "))
	}
}

var tenMillis = Config{Seed: 1, Link: Link{Latency: 10 * Millisecond}}

// connected returns a stage whose a has a connection to b, at 30 ms.
func connected(t *testing.T, cfg Config) *stage {
	s := newStage(t, cfg)
	s.Command(s.a, "dial")
	s.expect(30*Millisecond, "0s a command dial", "10ms b up", "20ms a up tag")
	return s
}

func TestConnectionDeliversInOrder(t *testing.T) {
	cfg := tenMillis
	cfg.Link.Jitter = 50 * Millisecond
	s := newStage(t, cfg)
	s.Command(s.a, "dial")
	s.run(Second)
	s.Command(s.a, "burst 20")
	s.log = nil
	s.run(Second)
	for i, line := range s.log[2:] {
		if want := fmt.Sprint("deliver m", i); !strings.HasSuffix(line, want) {
			t.Errorf("message %d: %q", i, line)
		}
	}
}

func TestCloseTellsThePeerAfterTheData(t *testing.T) {
	s := connected(t, tenMillis)
	s.Command(s.a, "send x;close;send y")
	s.expect(Second, "30ms a command send x;close;send y", "40ms b deliver x", "40ms b down")
}

func TestCutStallsAndMendDelivers(t *testing.T) {
	s := connected(t, tenMillis)
	s.Command(s.a, "send early")
	s.run(5 * Millisecond)
	s.Cut(s.a, s.b)
	s.Command(s.a, "send late")
	s.expect(Second, "35ms a command send late")
	s.Command(s.b, "send back")
	s.expect(Second, "1s35ms b command send back", "1s45ms a deliver back")
	s.Mend(s.a, s.b)
	s.expect(Second, "2s45ms b deliver early", "2s45ms b deliver late")
}

func TestSendQueueIsBounded(t *testing.T) {
	cfg := tenMillis
	cfg.Link.Queue = 16
	s := connected(t, cfg)
	s.Command(s.a, "burst 30")
	s.log = nil
	s.run(0)
	if s.log[1] != "30ms a sent 17 of 30" {
		t.Errorf("a free connection takes the queue and one: %q", s.log[1])
	}
	s.Cut(s.a, s.b)
	s.Command(s.a, "burst 10")
	s.Command(s.a, "burst 10")
	s.log = nil
	s.run(0)
	if s.log[1] != "30ms a sent 10 of 10" || s.log[3] != "30ms a sent 6 of 10" {
		t.Errorf("a cut connection takes the queue: %q", s.log)
	}
}

func TestDialFails(t *testing.T) {
	s := newStage(t, tenMillis)
	s.Crash(s.b)
	s.Command(s.a, "dial")
	s.expect(6*Second, "0s a command dial", "20ms a dial-failed tag")
	s.Start(s.b)
	s.Cut(s.b, s.a)
	s.Command(s.a, "dial")
	s.expect(6*Second, "6s b boot", "6s a command dial", "11s a dial-failed tag")
	s.Mend(s.b, s.a)
	s.Pause(s.b)
	s.Command(s.a, "dial")
	s.expect(6*Second, "12s a command dial", "17s a dial-failed tag")
}

func TestDialAnswerCutOff(t *testing.T) {
	s := newStage(t, tenMillis)
	s.Command(s.a, "dial")
	s.run(15 * Millisecond)
	s.Cut(s.b, s.a)
	s.expect(6*Second, "5s20ms a dial-failed tag")
}

func TestCrashLosesTimersAndTellsThePeer(t *testing.T) {
	s := connected(t, tenMillis)
	s.Command(s.b, "arm 1 100;save 4 kept;send bye")
	s.expect(20*Millisecond, "30ms b command arm 1 100;save 4 kept;send bye", "40ms a deliver bye")
	s.Crash(s.b)
	s.expect(Second, "60ms a down")
	s.Start(s.b)
	s.expect(Second, "1s50ms b boot")
	if m, ok := s.Disk(s.b).Get(1, 4); !ok || m != "save 4 kept" {
		t.Errorf("disk has %q %v", m, ok)
	}
	if s.Life(s.b) != 2 {
		t.Errorf("life %d", s.Life(s.b))
	}
	s.Crash(s.b)
	s.Wipe(s.b)
	if s.Disk(s.b).Len(1) != 0 {
		t.Error("the disk survived a wipe")
	}
}

// A clone is a copy: neither host writes to the other's disk afterwards, and what was there is gone.
func TestClone(t *testing.T) {
	s := connected(t, tenMillis)
	s.Command(s.a, "save 1 mine")
	s.Command(s.b, "save 4 other")
	s.run(20 * Millisecond)
	s.Crash(s.b)
	s.Clone(s.b, s.a)
	s.Command(s.a, "save 2 later")
	s.run(Second)
	if m, ok := s.Disk(s.b).Get(1, 1); !ok || m != "save 1 mine" || s.Disk(s.b).Len(1) != 1 || s.Disk(s.a).Len(1) != 2 {
		t.Errorf("the clone has %q of %d, the original %d", m, s.Disk(s.b).Len(1), s.Disk(s.a).Len(1))
	}
}

func TestCrashIsAPrefixOfTheEffects(t *testing.T) {
	for cut := range 4 {
		s := newStage(t, tenMillis)
		s.CrashAfter(s.a, cut)
		s.Command(s.a, "save 1 x;save 2 y;save 3 z")
		s.run(Second)
		if got := s.Disk(s.a).Len(1); got != cut {
			t.Errorf("crash after %d effects kept %d records", cut, got)
		}
		if s.Up(s.a) {
			t.Errorf("crash after %d effects left the host up", cut)
		}
	}
}

func TestPauseHoldsBackAndResumeDelivers(t *testing.T) {
	s := connected(t, tenMillis)
	s.Command(s.b, "arm 1 50")
	s.run(0)
	s.Pause(s.b)
	s.Command(s.a, "send x")
	s.expect(Second, "30ms a command send x")
	s.Resume(s.b)
	s.expect(Second, "1s30ms b deliver x", "1s30ms b expire 1")
}

func TestStallHalfOpenBreak(t *testing.T) {
	s := connected(t, tenMillis)
	s.Stall(s.a, s.b)
	s.Command(s.a, "send x")
	s.expect(Second, "30ms a command send x")
	s.Unstall(s.a, s.b)
	s.expect(Second, "1s40ms b deliver x")
	s.HalfOpen(s.a, s.b)
	s.Command(s.b, "send vanishes")
	s.expect(Second, "2s30ms a down", "2s30ms b command send vanishes")
	s.Command(s.a, "dial")
	s.run(Second)
	s.Break(s.a, s.b)
	// b is told twice: it still believed in the half-open connection.
	s.expect(Second, "4s30ms b down", "4s30ms a down", "4s30ms b down")
}

func TestBreakWhileDialling(t *testing.T) {
	s := newStage(t, tenMillis)
	s.Command(s.a, "dial")
	s.run(15 * Millisecond)
	s.Break(s.a, s.b)
	s.expect(Second, "15ms a dial-failed tag", "15ms b down")
}

func TestSlowAndSkew(t *testing.T) {
	s := connected(t, tenMillis)
	s.Slow(s.a, s.b, 90*Millisecond)
	s.Command(s.a, "send x")
	s.expect(Second, "30ms a command send x", "130ms b deliver x")
	s.Skew(s.b, Minute)
	s.Command(s.b, "note n")
	s.expect(Second, "1m1s30ms b command note n")
}

func TestTimersFireInOrderOfDueThenArming(t *testing.T) {
	s := newStage(t, tenMillis)
	s.Command(s.a, "arm 3 20;arm 1 20;arm 2 10;arm 9 5;disarm 9;arm 4 30;arm 4 15")
	s.log = nil
	s.run(0)
	s.expect(Second, "10ms a expire 2", "15ms a expire 4", "20ms a expire 3", "20ms a expire 1")
}

func TestLanes(t *testing.T) {
	serial := Lane{Name: "serial", Workers: 1, Queue: 2, Min: 10 * Millisecond, Max: 10 * Millisecond}
	racing := Lane{Name: "racing", Min: Millisecond, Max: 9 * Millisecond}
	s := newStage(t, tenMillis, serial, racing)
	s.Command(s.a, "defer 0 x;defer 0 y;defer 0 z;defer 0 w")
	s.log = nil
	s.run(0)
	want := []string{"0s a command defer 0 x;defer 0 y;defer 0 z;defer 0 w", "0s a overflow defer 0 w"}
	if !slices.Equal(s.log, want) {
		t.Errorf("got %q", s.log)
	}
	s.expect(Second, "10ms a work defer 0 x", "20ms a work defer 0 y", "30ms a work defer 0 z")
	s.Overload(s.a, 3)
	s.Command(s.a, "defer 0 x")
	s.expect(Second, "1s a command defer 0 x", "1s30ms a work defer 0 x")
	s.Overload(s.a, 1)
	overtaken := false
	for i := 0; i < 20 && !overtaken; i++ {
		s.Command(s.a, "defer 1 first;defer 1 second")
		s.log = nil
		s.run(Second)
		overtaken = strings.HasSuffix(s.log[1], "second")
	}
	if !overtaken {
		t.Error("tasks of a racing lane never overtook each other")
	}
}

func TestExitRestarts(t *testing.T) {
	s := newStage(t, tenMillis)
	s.Command(s.a, "exit 50;note never")
	s.expect(Second, "0s a command exit 50;note never", "50ms a boot")
	if s.Life(s.a) != 2 {
		t.Errorf("life %d", s.Life(s.a))
	}
}

func TestHistory(t *testing.T) {
	s := newStage(t, tenMillis)
	s.Invoke(s.a, "answer yes")
	s.Invoke(s.b, "note silence")
	s.run(Second)
	h := s.History()
	if len(h) != 2 || h[0].Result != "yes" || h[0].Return != 0 || h[1].Return != Never {
		t.Errorf("history %+v", h)
	}
}

func TestLimitOnEvents(t *testing.T) {
	cfg := tenMillis
	cfg.Events = 3
	s := &stage{World: New[word](cfg), t: t}
	s.a = s.AddHost("a", nil, func(uint32) Node[word] {
		n := &scripted{name: "a", log: &s.log}
		n.step = func(_ Time, _ *Input[word], out *Outbox[word]) { out.Arm(1, Second) }
		return n
	})
	s.Start(s.a)
	err := s.RunUntil(Time(Hour))
	if limit, ok := err.(Limit); !ok || limit.Name != "events" || limit.Max != 3 {
		t.Errorf("got %v", err)
	}
}

// TestLimitOnBacklog floods a paused host: that is a limit of the run, not a mistake of ours.
func TestLimitOnBacklog(t *testing.T) {
	if testing.Short() {
		t.Skip("a million inputs")
	}
	s := newStage(t, tenMillis)
	s.Pause(s.b)
	for range BacklogMax / 1024 {
		for range 1024 {
			s.Command(s.b, "")
		}
		s.run(0)
	}
	s.Command(s.b, "")
	err := s.RunUntil(s.Now())
	if limit, ok := err.(Limit); !ok || limit.Max != BacklogMax {
		t.Errorf("got %v", err)
	}
}

func TestDatagramsAreLostAndDoubled(t *testing.T) {
	w := New[word](Config{Seed: 5, Link: Link{Latency: Millisecond, Loss: 300, Copies: 300}})
	got := 0
	a := w.AddHost("a", nil, func(uint32) Node[word] {
		return &scripted{name: "a", log: new([]string), step: func(_ Time, in *Input[word], out *Outbox[word]) {
			if in.Kind == Command {
				out.Datagram(2, "x")
			}
		}}
	})
	b := w.AddHost("b", nil, func(uint32) Node[word] {
		return &scripted{name: "b", log: new([]string), step: func(_ Time, in *Input[word], _ *Outbox[word]) {
			if in.Kind == Deliver {
				got++
			}
		}}
	})
	w.Start(a)
	w.Start(b)
	counts := [3]int{}
	for range 1000 {
		before := got
		w.Command(a, "")
		if err := w.RunUntil(w.Now().Add(Second)); err != nil {
			t.Fatal(err)
		}
		counts[got-before]++
	}
	for copies, n := range counts {
		if n < 200 || n > 500 {
			t.Errorf("%d of 1000 datagrams arrived %d times", n, copies)
		}
	}
}
