// Package tracetext renders a run as text: an observer that writes one line for each thing that happens.
//
//	5.214s  rtr1  < create-reply rtr1#1 web ok            from ctl1
//	5.214s  rtr1  ~ state rtr1#1 web establishing->established created
//
// The columns are the virtual time, the node, a mark that says what kind of thing it is (see Legend), the
// canonical line of the value, and the other end. Text costs much more than the run it shows, so runs are
// shown by playing them again.
package tracetext

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gyre/model"
	"gyre/sim"
)

// Marks, one for each kind of line.
const (
	received = '<' // an input from another node, or a start
	changed  = '~' // a note: the node's state changed
	saved    = '=' // a record was written or erased
	sent     = '>' // a message, a dial, a hang-up, a reply
	refused  = 'x' // a message was not sent or a dial came to nothing
	outside  = '!' // a fault or a command from outside
	inner    = '.' // timers and tasks: the node's own clockwork
)

// Legend explains the marks in one line.
const Legend = "< received  > sent  ~ changed  = saved  x refused  ! from outside  . timers and tasks"

// Noise says what is left out unless Options.All is set.
const Noise = "raft packets, heartbeats, polls, log appends, saves, timers and tasks"

// Options say what is shown.
type Options struct {
	Names *model.Names
	All   bool         // show the noise too
	Nodes []sim.NodeID // only these; none means every node
	From  sim.Time     // only from here on
	To    sim.Time     // only up to here; 0 means to the end
	Match *regexp.Regexp
	Color bool
	Past  func() // called when the run has passed To: nothing will be shown any more
}

// Text is an observer of a run that writes it as lines. Call Flush at the end.
type Text struct {
	o     Options
	w     *bufio.Writer
	err   error
	canon *sim.Canon
	wide  int // the longest name of a node
	peers map[end]sim.NodeID
	line  []byte

	Shown  uint64 // lines written
	Hidden uint64 // lines of noise left out inside the window
}

// end is one end of a connection.
type end struct {
	node sim.NodeID
	conn sim.ConnID
}

// New returns an observer that writes to w.
func New(w io.Writer, o Options) *Text {
	t := &Text{o: o, w: bufio.NewWriterSize(w, 1<<16), canon: sim.NewText(o.Names), peers: map[end]sim.NodeID{}}
	if t.o.To == 0 {
		t.o.To = sim.Never
	}
	for _, name := range o.Names.Nodes {
		t.wide = max(t.wide, utf8.RuneCountInString(name))
	}
	return t
}

// Flush writes what is still held back and returns the first error of writing.
func (t *Text) Flush() error {
	if err := t.w.Flush(); t.err == nil {
		t.err = err
	}
	return t.err
}

// Input implements sim.Observer.
func (t *Text) Input(s sim.Stamp, in *sim.Input[model.Msg]) {
	peer := t.name(in.From)
	switch in.Kind {
	case sim.Boot:
		t.show(s.At, s.Node, received, "boot life "+strconv.FormatUint(uint64(in.Life), 10), "")
	case sim.Deliver:
		t.message(s, received, in.Msg, "from "+peer)
	case sim.Command:
		t.show(s.At, s.Node, outside, t.text(in.Msg), "")
	case sim.Up:
		t.peers[end{s.Node, in.Conn}] = in.From
		if in.Accepted {
			t.show(s.At, s.Node, received, "accepted", "from "+peer)
		} else {
			t.show(s.At, s.Node, received, "connected", "to "+peer)
		}
	case sim.Down:
		delete(t.peers, end{s.Node, in.Conn})
		t.show(s.At, s.Node, received, "disconnected", "by "+peer)
	case sim.DialFailed:
		t.show(s.At, s.Node, refused, "dial failed", "to "+peer)
	case sim.Overflow:
		t.show(s.At, s.Node, refused, "lane full: "+t.text(in.Msg), "")
	case sim.Expire:
		t.noise(s, inner, func() string { return "timer " + strconv.FormatUint(uint64(in.Timer), 10) }, "")
	case sim.Work:
		t.noise(s, inner, func() string { return "done " + t.text(in.Msg) }, "")
	}
}

// Effect implements sim.Observer.
func (t *Text) Effect(s sim.Stamp, e *sim.Effect[model.Msg]) {
	switch e.Kind {
	case sim.Send, sim.Refused:
		t.send(s, e)
	case sim.Datagram:
		t.message(s, sent, e.Msg, "to "+t.name(e.Peer))
	case sim.Dial:
		t.show(s.At, s.Node, sent, "dial", "to "+t.name(e.Peer))
	case sim.Close:
		if far, open := t.peer(s.Node, e.Conn); open {
			t.show(s.At, s.Node, sent, "hang up", "to "+far)
		}
		delete(t.peers, end{s.Node, e.Conn})
	case sim.Reply:
		t.show(s.At, s.Node, sent, t.text(e.Msg), "to the operator")
	case sim.Note:
		t.message(s, changed, e.Msg, "")
	case sim.Exit:
		t.show(s.At, s.Node, outside, "exit, back in "+e.After.String(), "")
	case sim.Save:
		t.noise(s, saved, func() string { return fmt.Sprintf("save %d/%d %s", e.File, e.Slot, t.text(e.Msg)) }, "")
	case sim.Erase:
		t.noise(s, saved, func() string { return fmt.Sprintf("erase %d/%d", e.File, e.Slot) }, "")
	case sim.Arm:
		t.noise(s, inner, func() string { return fmt.Sprintf("arm %d in %s", e.Timer, e.After) }, "")
	case sim.Disarm:
		t.noise(s, inner, func() string { return fmt.Sprintf("disarm %d", e.Timer) }, "")
	case sim.Defer:
		t.noise(s, inner, func() string { return "do " + t.text(e.Msg) }, "")
	}
}

// send shows a message that went over a connection, or did not.
func (t *Text) send(s sim.Stamp, e *sim.Effect[model.Msg]) {
	far, open := t.peer(s.Node, e.Conn)
	switch {
	case !open: // perhaps hung up earlier in the same step
		t.message(s, refused, e.Msg, "connection closed")
	case e.Kind == sim.Refused:
		t.message(s, refused, e.Msg, "to "+far+", queue full")
	default:
		t.message(s, sent, e.Msg, "to "+far)
	}
}

// Event implements sim.Observer. Starts and commands are left to the input that follows, which says more.
func (t *Text) Event(at sim.Time, e sim.Outside) {
	switch e.Name {
	case "start", "restart", "command", "invoke":
		return
	}
	far := ""
	if e.Peer != 0 {
		far = "to " + t.name(e.Peer)
	}
	t.show(at, e.Node, outside, e.Name+value(e), far)
}

// value says how much of it, for the faults that come in sizes.
func value(e sim.Outside) string {
	switch {
	case e.Name == "crash-after":
		return fmt.Sprintf(" effects=%d", e.Count)
	case e.Name == "overload":
		return fmt.Sprintf(" x=%d", e.Count)
	case e.Name != "slow" && e.Name != "skew":
		return ""
	case e.Span == 0:
		return " off"
	default:
		return " by=" + e.Span.String()
	}
}

// message shows a message or note unless its kind is noise.
func (t *Text) message(s sim.Stamp, mark byte, m model.Msg, far string) {
	switch m.Kind {
	case model.RaftPacket, model.Heartbeat, model.HeartbeatReply, model.ListServices, model.NoteAppended:
		t.noise(s, mark, func() string { return t.text(m) }, far)
	default:
		t.show(s.At, s.Node, mark, t.text(m), far)
	}
}

// noise shows a line if all lines are wanted, and counts it otherwise; the text is made only if needed.
func (t *Text) noise(s sim.Stamp, mark byte, text func() string, far string) {
	switch {
	case t.o.All:
		t.show(s.At, s.Node, mark, text(), far)
	case t.wanted(s.At, s.Node):
		t.Hidden++
	}
}

// wanted reports whether the window and the choice of nodes include a line.
func (t *Text) wanted(at sim.Time, node sim.NodeID) bool {
	if at > t.o.To && t.o.Past != nil {
		t.o.Past()
	}
	return at >= t.o.From && at <= t.o.To && (len(t.o.Nodes) == 0 || slices.Contains(t.o.Nodes, node))
}

// textWidth is how wide the text column is; longer texts push the last column to the right.
const textWidth = 48

func (t *Text) show(at sim.Time, node sim.NodeID, mark byte, text, far string) {
	if !t.wanted(at, node) {
		return
	}
	name := t.name(node)
	if node == 0 {
		name = ""
	}
	b := fmt.Appendf(t.line[:0], "%10s  %-*s  ", Clock(at), t.wide, name)
	head := len(b)
	b = append(b, mark, ' ')
	b = append(b, text...)
	if far != "" {
		for n := utf8.RuneCountInString(text); n < textWidth; n++ {
			b = append(b, ' ')
		}
		b = append(b, "  "...)
		b = append(b, far...)
	}
	t.line = b
	if t.o.Match != nil && !t.o.Match.Match(b) {
		return
	}
	t.Shown++
	if t.o.Color {
		t.write(colored(b[:head], mark, b[head:]))
	} else {
		t.write(b)
	}
	t.write([]byte{'\n'})
}

func (t *Text) write(b []byte) {
	if _, err := t.w.Write(b); err != nil && t.err == nil {
		t.err = err
	}
}

// colored paints the head dim and the rest by the kind of line.
func colored(head []byte, mark byte, rest []byte) []byte {
	color := map[byte]string{
		received: "36", sent: "34", changed: "1", saved: "2", refused: "31", outside: "1;35", inner: "2",
	}[mark]
	return fmt.Appendf(nil, "\x1b[2m%s\x1b[0m\x1b[%sm%s\x1b[0m", head, color, rest)
}

// text returns the canonical line of a message.
func (t *Text) text(m model.Msg) string {
	t.canon.Reset(0)
	m.Canon(t.canon)
	text := t.canon.Text()
	if life := m.Req >> 32; life > 0 {
		text = strings.Replace(text, fmt.Sprintf("req=%d", m.Req), request(life, m.Req&0xffffffff), 1)
	}
	return text
}

// request renders a request number, which counts from 1 in each life of a process, as terminators are named.
func request(life, serial uint64) string {
	if life == 1 {
		return fmt.Sprintf("req=%d", serial)
	}
	return fmt.Sprintf("req=%d.%d", life, serial)
}

func (t *Text) name(id sim.NodeID) string { return t.o.Names.Name(sim.Nodes, uint64(uint32(id))) }

// peer names the other end of a connection, if this end is open.
func (t *Text) peer(node sim.NodeID, conn sim.ConnID) (string, bool) {
	far, open := t.peers[end{node, conn}]
	return t.name(far), open
}

// Clock renders a time for a column: to the millisecond, with minutes and hours only where there are any.
func Clock(at sim.Time) string { return at.Clock() }
