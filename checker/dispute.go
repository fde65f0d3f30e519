package checker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gyre/model"
	"gyre/sim"
)

// Dispute is one turn of a spin as a cycle of decisions: who wrote what, because of which read, at which version.
type Dispute struct {
	Class  string // stale revert, echo, retry storm, two writers, resonance, starvation; or unfollowed, if not known
	Why    string // what that means here
	Closed bool   // every step of the turn leads to the next, and the last to the first
	Turns  []Turn // oldest first; after the last the first comes again
}

// Turn is what one party did at one go.
type Turn struct {
	At      sim.Time
	Node    sim.NodeID
	Party   string     // its name
	From    sim.NodeID // who sent what it read; 0: it came from within
	Read    string     // create-reply rtr1#1 ok
	Version uint64     // of a controller: the newest log entry it had applied when it read; 0 for a router
	Wrote   []string   // asked to remove rtr1#1, applied the create of rtr1#1 at index 9
}

// dispute makes decisions of steps.
func (c *Checker) dispute(q *quarrel) *Dispute {
	if q == nil || q.n == 0 {
		return nil
	}
	d := &Dispute{Closed: q.closed}
	for i := q.n - 1; i >= 0; i-- {
		m := &q.links[i]
		read := c.read(m)
		wrote := c.wrote(q, m)
		if last := len(d.Turns) - 1; last >= 0 && d.Turns[last].Node == m.node {
			t := &d.Turns[last]
			t.At = m.at
			for _, w := range wrote {
				if !slices.Contains(t.Wrote, w) {
					t.Wrote = append(t.Wrote, w)
				}
			}
			if t.Read == "" {
				t.Read = read
			}
			continue
		}
		if relay := read == "" && len(wrote) == 0; relay && len(d.Turns) > 0 {
			continue
		}
		t := Turn{At: m.at, Node: m.node, Party: c.node(m.node), Read: read, Version: m.version, Wrote: wrote}
		if last := len(d.Turns) - 1; last >= 0 {
			t.From = d.Turns[last].Node
		} else if from := c.trail.find(m.cause); from != nil && from.node != m.node {
			t.From = from.node
		}
		d.Turns = append(d.Turns, t)
	}
	if last := len(d.Turns) - 1; q.closed && last > 0 && d.Turns[last].Node == d.Turns[0].Node {
		if d.Turns[0].Read == "" {
			d.Turns[0].Read = d.Turns[last].Read
		}
		d.Turns[0].From = d.Turns[last].From
		d.Turns = d.Turns[:last] // the same as the first, one turn later
	}
	d.Class, d.Why = c.class(q)
	return d
}

// read says what a step read. Packets of the log and tasks within a process only pass something on.
func (c *Checker) read(m *footstep) string {
	switch m.input {
	case sim.Deliver:
		switch m.kind {
		case model.RaftPacket, model.Forward, model.ForwardReply:
			return ""
		}
		text := m.kind.String()
		if m.term != 0 {
			text += " " + c.id(m.term)
		}
		if m.code != model.None {
			text += " " + m.code.String()
		}
		return text
	case sim.Boot, sim.Command, sim.Up, sim.Down, sim.DialFailed, sim.Overflow:
		return c.what(&link{footstep: *m})
	}
	return ""
}

// wrote says what a step did about the terminator.
func (c *Checker) wrote(q *quarrel, m *footstep) []string {
	list := []string{}
	for i := range uint64(m.many) {
		a := &q.acts[m.acts+i]
		id := c.id(cmp.Or(a.term, q.term))
		switch a.kind {
		case model.CreateRequest:
			list = append(list, "asked to create "+id)
		case model.RemoveRequest:
			list = append(list, "asked to remove "+id)
		case model.CreateReply, model.RemoveReply:
			list = append(list, "answered "+a.code.String())
		case model.ValidateRequest:
			list = append(list, "asked whether "+id+" is hosted")
		case model.ValidateReply:
			list = append(list, "answered the validation")
		case model.SessionRemoved:
			list = append(list, "told that sessions are gone")
		case model.NoteSession:
			list = append(list, "took its session for removed")
		case model.NoteValidation:
			list = append(list, "found "+id+" not hosted and queued its delete")
		case model.NoteState:
			made := "it"
			if q.row != q.term {
				made = id
			}
			list = append(list, fmt.Sprintf("made %s %s (%s)", made, a.state, a.code))
		case model.NoteApplied:
			what := "applied the delete of"
			if a.verb == model.CreateTerm {
				what = "applied the create of"
			}
			text := fmt.Sprintf("%s %s at index %d", what, id, a.index)
			if a.code != model.OK {
				text += ", which changed nothing: " + a.code.String()
			}
			list = append(list, text)
		}
	}
	return list
}

// Words tells the dispute in sentences, one a turn, oldest first.
func (d *Dispute) Words(names *model.Names) []string {
	lines := []string{}
	for i := range d.Turns {
		t := &d.Turns[i]
		var b strings.Builder
		fmt.Fprintf(&b, "%s  %s ", point(t.At), t.Party)
		if t.Read != "" {
			b.WriteString("got " + t.Read + " ")
			if t.From != 0 {
				b.WriteString("from " + names.Name(sim.Nodes, uint64(t.From)) + " ")
			}
		}
		if t.Version != 0 {
			fmt.Fprintf(&b, "with the log at index %d ", t.Version)
		}
		text := strings.TrimSpace(b.String())
		if len(t.Wrote) > 0 {
			text += ": " + strings.Join(t.Wrote, ", ")
		}
		lines = append(lines, text)
	}
	return lines
}

// Mermaid draws the dispute as a sequence diagram.
func (d *Dispute) Mermaid() string {
	var b strings.Builder
	b.WriteString("sequenceDiagram\n")
	seen := map[sim.NodeID]string{}
	for i := range d.Turns {
		t := &d.Turns[i]
		if _, ok := seen[t.Node]; !ok {
			seen[t.Node] = t.Party
			fmt.Fprintf(&b, "  participant %s\n", t.Party)
		}
	}
	fmt.Fprintf(&b, "  loop %s\n", mermaidText(d.Class))
	for i := range d.Turns {
		t := &d.Turns[i]
		if len(t.Wrote) > 0 {
			fmt.Fprintf(&b, "  Note over %s: %s\n", t.Party, mermaidText(strings.Join(t.Wrote, ", ")))
		}
		if i == len(d.Turns)-1 && !d.Closed {
			break
		}
		next := &d.Turns[(i+1)%len(d.Turns)]
		label := next.Read
		if label == "" {
			label = "the log"
		}
		fmt.Fprintf(&b, "  %s->>%s: %s\n", t.Party, next.Party, mermaidText(label))
	}
	b.WriteString("  end\n")
	return b.String()
}

// mermaidText escapes what Mermaid takes for its own: the semicolon ends a statement and # begins an entity.
func mermaidText(s string) string {
	return strings.NewReplacer("#", "#35;", ";", "#59;").Replace(s)
}
