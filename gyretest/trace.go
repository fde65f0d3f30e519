package gyretest

import (
	"fmt"
	"slices"
	"strings"

	"gyre/sim"
)

// tracer is an observer that keeps a run as lines: all, or the last. Timers that lead to nothing visible are left out.
type tracer[M sim.Canonical] struct {
	bed   *Bed[M]
	most  int // lines; twice as many are held at times
	lines []string
	canon *sim.Canon
	wide  int
	conns map[sim.ConnID][2]sim.NodeID
	timer string // a line that is shown if the step does something
}

// legend explains the marks of a trace.
const legend = "< received  > sent  ~ changed  = saved  x refused  ! from outside  . timers and tasks"

// watch returns the tracer, and what puts it into a world.
func watch[M sim.Canonical](most int) (*tracer[M], func(*Bed[M])) {
	t := &tracer[M]{most: most, conns: map[sim.ConnID][2]sim.NodeID{}}
	return t, func(b *Bed[M]) {
		t.bed, t.canon = b, sim.NewText(b)
		for _, h := range b.hosts {
			t.wide = max(t.wide, len(h.name))
		}
		b.Observe(t)
	}
}

// tail returns the lines that are kept.
func (t *tracer[M]) tail() []string { return t.lines[max(0, len(t.lines)-t.most):] }

func (t *tracer[M]) show(at sim.Time, id sim.NodeID, mark byte, what, whom string) {
	if t.timer != "" {
		t.keep(t.timer)
		t.timer = ""
	}
	line := t.line(at, id, mark, what)
	if whom != "" {
		line = fmt.Sprintf("%-56s  %s", line, whom)
	}
	t.keep(line)
}

func (t *tracer[M]) line(at sim.Time, id sim.NodeID, mark byte, what string) string {
	return fmt.Sprintf("%9s  %-*s  %c %s", at, t.wide, t.name(id), mark, what)
}

func (t *tracer[M]) keep(line string) {
	if t.lines = append(t.lines, line); len(t.lines) >= 2*t.most {
		t.lines = slices.Delete(t.lines, 0, len(t.lines)-t.most)
	}
}

func (t *tracer[M]) name(id sim.NodeID) string {
	if id == 0 {
		return ""
	}
	return t.bed.Name(sim.Nodes, uint64(id))
}

func (t *tracer[M]) text(m M) string {
	t.canon.Reset(0)
	m.Canon(t.canon)
	return strings.TrimSpace(t.canon.Text())
}

// Input implements sim.Observer.
func (t *tracer[M]) Input(s sim.Stamp, in *sim.Input[M]) {
	t.timer = ""
	from := t.name(in.From)
	switch in.Kind {
	case sim.Boot:
		t.show(s.At, s.Node, '<', fmt.Sprintf("boot life %d", in.Life), "")
	case sim.Deliver:
		t.show(s.At, s.Node, '<', t.text(in.Msg), "from "+from)
	case sim.Expire:
		t.timer = t.line(s.At, s.Node, '.', fmt.Sprintf("timer %d", in.Timer))
	case sim.Command:
		t.show(s.At, s.Node, '!', t.text(in.Msg), "")
	case sim.Up:
		t.conns[in.Conn] = [2]sim.NodeID{s.Node, in.From}
		t.show(s.At, s.Node, '<', "connected", "with "+from)
	case sim.Down:
		t.show(s.At, s.Node, '<', "disconnected", "from "+from)
	case sim.DialFailed:
		t.show(s.At, s.Node, 'x', "dial failed", "to "+from)
	case sim.Work:
		t.show(s.At, s.Node, '.', "did "+t.text(in.Msg), "")
	case sim.Overflow:
		t.show(s.At, s.Node, 'x', "lane full: "+t.text(in.Msg), "")
	}
}

// Effect implements sim.Observer.
func (t *tracer[M]) Effect(s sim.Stamp, e *sim.Effect[M]) {
	switch e.Kind {
	case sim.Send:
		t.show(s.At, s.Node, '>', t.text(e.Msg), "to "+t.name(t.far(s.Node, e.Conn)))
	case sim.Datagram:
		t.show(s.At, s.Node, '>', t.text(e.Msg), "to "+t.name(e.Peer))
	case sim.Dial:
		t.show(s.At, s.Node, '>', "dial", "to "+t.name(e.Peer))
	case sim.Close:
		t.show(s.At, s.Node, '>', "close", "to "+t.name(t.far(s.Node, e.Conn)))
	case sim.Save:
		t.show(s.At, s.Node, '=', fmt.Sprintf("file %d slot %d %s", e.File, e.Slot, t.text(e.Msg)), "")
	case sim.Erase:
		t.show(s.At, s.Node, '=', fmt.Sprintf("file %d slot %d erased", e.File, e.Slot), "")
	case sim.Reply:
		t.show(s.At, s.Node, '>', t.text(e.Msg), fmt.Sprintf("to operation %d", e.Op))
	case sim.Defer:
		t.show(s.At, s.Node, '.', "to do: "+t.text(e.Msg), "")
	case sim.Note:
		t.show(s.At, s.Node, '~', t.text(e.Msg), "")
	case sim.Exit:
		t.show(s.At, s.Node, '>', "exit", "")
	case sim.Refused:
		t.show(s.At, s.Node, 'x', "not sent: "+t.text(e.Msg), "")
	}
}

// Event implements sim.Observer.
func (t *tracer[M]) Event(at sim.Time, e sim.Outside) {
	t.timer = ""
	what := e.Name
	if e.Span != 0 {
		what += " by " + signed(e.Span)
	}
	if e.Count != 0 {
		what += fmt.Sprintf(" %d", e.Count)
	}
	whom := ""
	if e.Peer != 0 {
		whom = "to " + t.name(e.Peer)
	}
	if e.Name != "command" && e.Name != "invoke" { // the command itself is shown when it arrives
		t.show(at, e.Node, '!', what, whom)
	}
}

// far returns the other end of a connection, as far as its Up has been seen.
func (t *tracer[M]) far(near sim.NodeID, conn sim.ConnID) sim.NodeID {
	ends := t.conns[conn]
	if ends[0] == near {
		return ends[1]
	}
	return ends[0]
}
