package checker

import (
	"fmt"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// logSize is how many applied entries are remembered; a power of two.
const logSize = 1 << 12

// logged is an entry as the first controller applied it.
type logged struct {
	index uint64
	prev  uint64 // index of the entry before it; between the two, raft's own entries have gone by
	at    sim.Time
	code  model.Code
	entry *model.Entry
	sum   uint64 // of the registry after it
}

// member is what is known of one controller.
type member struct {
	node    sim.NodeID
	up      bool
	judged  bool // a member at the start, or one that joined and has applied something
	left    bool
	anew    bool   // it started or restored a snapshot: it may apply again what it has not committed
	applied uint64 // newest index
}

// members follows the controllers. Each must apply the entries of the log in order, none left out, with the same
// content and the same result as whoever applied it first. By induction its rows are then those of the registry
// as of the index it has applied; the database it has after a snapshot is compared with the log.
type members struct {
	list   []member
	byNode []int32  // position in list plus one, by NodeID
	log    []logged // by index modulo logSize
	leader sim.NodeID
	vacant sim.Time // since when there is none
	reign  uint64   // raft term of the leader
	split  breach
	how    split
	astray string // how a restored database differs

	base     uint64 // sum of the registry before the first entry of the run
	compared uint64 // snapshots that were restored, and compared with the log
	believed uint64 // and those from longer ago than the log remembers
}

// split says how two controllers came to differ.
type split uint8

const (
	splitResult split = iota
	splitEntry
	splitSkipped
	splitAgain
	splitRestored
)

var splitWords = [...]string{ //tidy:ok constant table
	splitResult:   "applied an entry with another result than the controller before it",
	splitEntry:    "applied another entry under an index than the controller before it",
	splitSkipped:  "left out an entry of the log",
	splitAgain:    "applied an entry again",
	splitRestored: "restored a snapshot that is not what the log says",
}

func (m *members) init(cfg *model.Config) {
	m.log = make([]logged, logSize)
	base := uint64(len(cfg.Genesis))
	for _, id := range cfg.Controllers {
		m.list = append(m.list, member{node: id, judged: true, applied: base})
	}
	for _, id := range cfg.Spares {
		m.list = append(m.list, member{node: id, applied: base})
	}
	for i := range m.list {
		for int(m.list[i].node) >= len(m.byNode) {
			m.byNode = append(m.byNode, 0)
		}
		m.byNode[m.list[i].node] = int32(i) + 1
	}
}

// member returns a controller, or nil.
func (m *members) member(node sim.NodeID) *member {
	if node < 0 || int(node) >= len(m.byNode) || m.byNode[node] == 0 {
		return nil
	}
	return &m.list[m.byNode[node]-1]
}

// version returns the newest entry that a controller has applied; 0 for any other node.
func (m *members) version(node sim.NodeID) uint64 {
	if p := m.member(node); p != nil {
		return p.applied
	}
	return 0
}

// applies takes a controller's note that it applied an entry, before the registry does.
func (c *Checker) applies(s sim.Stamp, n *model.Msg, e *model.Entry) {
	m := &c.members
	p := m.member(s.Node)
	if p == nil {
		return
	}
	slot := &m.log[n.Index%logSize]
	switch {
	case n.Index > c.index:
		*slot = logged{index: n.Index, prev: c.index, at: s.At, code: n.Code, entry: e}
	case slot.index != n.Index:
		p.applied, p.judged = max(p.applied, n.Index), true
		return // too long ago
	case slot.code != n.Code:
		c.parted(s, splitResult, e)
	case !same(slot.entry, e):
		c.parted(s, splitEntry, e)
	}
	switch {
	case slot.prev > p.applied:
		c.parted(s, splitSkipped, slot.entry)
	case n.Index <= p.applied && !p.anew:
		c.parted(s, splitAgain, e)
	}
	p.applied, p.anew, p.judged = n.Index, false, true
}

// same compares two entries; what they say on whose behalf counts too.
func same(a, b *model.Entry) bool {
	return a == b || a.Verb == b.Verb && a.N == b.N && a.Origin == b.Origin && a.Service == b.Service &&
		a.Router == b.Router && a.Source == b.Source && a.Term == b.Term && slices.Equal(a.Terms, b.Terms) &&
		a.Gen == b.Gen && slices.Equal(a.Gens, b.Gens)
}

// parted notes that a controller went another way, and reports whether it is the first time.
func (c *Checker) parted(s sim.Stamp, how split, e *model.Entry) bool {
	id := e.Term
	if id == 0 && len(e.Terms) > 0 {
		id = e.Terms[0]
	}
	if !c.members.split.note(s) {
		return false
	}
	c.members.how = how
	b := &c.members.split
	b.node, b.term, b.key = s.Node, id, -1
	c.trail.back(&b.chain, s.Step, deedNone, id)
	return true
}

// snapshots says how many were restored, if any.
func (m *members) snapshots() string {
	text := ""
	if m.compared > 0 {
		text = fmt.Sprintf(", and %s held what the log says", count(m.compared, "restored snapshot"))
	}
	if m.believed > 0 {
		text += fmt.Sprintf(", and %s came from too long ago to compare", count(m.believed, "restored snapshot"))
	}
	return text
}

// restored takes the index of a snapshot that a controller restored.
func (m *members) restored(node sim.NodeID, index uint64) {
	if p := m.member(node); p != nil {
		p.applied, p.anew, p.judged = index, true, true
	}
}

// told takes an operator's change of membership.
func (m *members) told(n *model.Msg) {
	p := m.member(n.Peer)
	if p == nil {
		return
	}
	p.left = n.Flags&model.On == 0
	if p.left {
		p.judged = false
	}
}

// led takes a controller's note that it leads, or no longer does.
func (m *members) led(at sim.Time, node sim.NodeID, n *model.Msg) {
	switch {
	case n.Flags&model.On != 0 && n.Index >= m.reign:
		m.leader, m.reign = node, n.Index
	case n.Flags&model.On == 0 && m.leader == node:
		m.leader, m.vacant = 0, at
	}
}

// process takes the start or the end of a controller's process.
func (m *members) process(at sim.Time, node sim.NodeID, up bool) {
	p := m.member(node)
	if p == nil {
		return
	}
	if p.up = up; up {
		p.anew = true
	} else if m.leader == node {
		m.leader, m.vacant = 0, at
	}
}

// behind returns since when a member lacks an entry that another has applied; Never if it lacks none.
func (m *members) behind(p *member, newest uint64) sim.Time {
	since := sim.Never
	for index := newest; index > p.applied; {
		slot := &m.log[index%logSize]
		if slot.index != index {
			return min(since, 0) // longer than is remembered
		}
		since, index = slot.at, slot.prev
	}
	return since
}

// replicatedVerdict judges replicated.
func (c *Checker) replicatedVerdict(r *Report) Verdict {
	m := &c.members
	if m.split.found {
		v := c.breached(&m.split, Witness)
		v.Text = fmt.Sprintf("%s %s, at %s: %s", c.node(m.split.node), splitWords[m.how], point(m.split.at),
			c.id(m.split.term))
		if m.split.term == 0 {
			v.Text = fmt.Sprintf("%s %s, at %s", c.node(m.split.node), splitWords[m.how], point(m.split.at))
		}
		if m.how == splitRestored {
			v.Text += "; " + m.astray
		}
		return v
	}
	live, late, worst := 0, []string{}, sim.Never
	for i := range m.list {
		p := &m.list[i]
		if !p.up || !p.judged || p.left {
			continue
		}
		live++
		if since := m.behind(p, c.index); since != sim.Never {
			worst = min(worst, max(since, c.quiet))
			late = append(late, c.node(p.node))
		}
	}
	lasted := c.at.Sub(min(worst, c.at))
	switch {
	case live < 2 || c.index == uint64(len(c.cfg.Genesis)):
		return Verdict{Status: NotJudged, Text: "no two live members had an entry to apply"}
	case !c.settled:
		return Verdict{Status: Unknown, Text: "the run had no quiet phase"}
	case len(late) == 0:
		return Verdict{Status: Holds, Text: fmt.Sprintf("%d live members applied the same %d entries%s", live,
			c.index-uint64(len(c.cfg.Genesis)), m.snapshots())}
	case lasted >= r.Bound.Length:
		return Verdict{Status: Violated, Rung: Deadline, At: worst.Add(r.Bound.Length), Text: fmt.Sprintf(
			"%s lacked entries for the last %s; bound is %s: %s", some(late), span(lasted), span(r.Bound.Length),
			r.Bound.Text)}
	case c.at.Sub(c.quiet) < r.Bound.Length:
		return c.tooShort(r, some(late)+" not caught up yet")
	}
	return Verdict{Status: Holds, Text: fmt.Sprintf("%s lacked entries at the end, but for %s only", some(late),
		span(lasted))}
}
