package checker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// What is told of a row or a key that is wrong at the end: the deeds that left it so, and what led to them.

// Plights: what is wrong with the subject of a verdict, in a word.
const (
	plightLate     = "late"         // it came right, but after the bound
	plightGaveUp   = "gave-up"      // its router abandoned it
	plightUnwanted = "unwanted-row" // it has a row that nobody wants
	plightUnhosted = "unhosted-row" // it has a row that its router does not host
	plightNoRow    = "no-row"
	plightSeveral  = "several-rows"
)

// plight says what is wrong with a key.
func (c *Checker) plight(k *key) string {
	switch {
	case k.gaveUp:
		return plightGaveUp
	case k.want == unwanted:
		return plightUnwanted
	case k.rows == 0:
		return plightNoRow
	case k.rows > 1:
		return plightSeveral
	}
	return plightUnhosted
}

// storyMax is how many deeds a story has at most.
const storyMax = 6

// story is what left a key, or one row of it, as it is: its newest deeds, oldest first.
type story []*mark

// storyOf collects the deeds that concern a row.
func (c *Checker) storyOf(i int32) story {
	t := &c.terms[i]
	k := &c.keys[max(t.key, 0)]
	s := story{}
	if t.row {
		s.add(&t.marks[rowCame])
		if k.want == unwanted {
			s.add(&k.marks[keyFell])
		}
	}
	s.add(&t.marks[entryMade], &t.marks[rowSaid])
	if said := &k.marks[keySaid]; t.row && said.term == t.id {
		s.add(said)
	}
	if !t.row && t.mine >= 0 {
		s.add(&c.keys[t.mine].marks[keyFell])
	}
	return s.sorted()
}

// storyOfKey collects the deeds that concern a key: those of its rows and entries, and else what was done last.
func (c *Checker) storyOfKey(i int32) story {
	k := &c.keys[i]
	s := story{}
	for n := range c.terms {
		t := &c.terms[n]
		if !t.row || t.key != i {
			continue
		}
		s.add(&t.marks[rowCame])
		if !c.hosts(t) {
			s.add(&t.marks[entryMade], &t.marks[rowSaid])
		}
	}
	if k.rows == 0 || k.want == unwanted || k.want == wanted && k.hosted == 0 {
		s.add(&k.marks[keyFell], &k.marks[keySaid])
	}
	return s.sorted()
}

// add adds deeds that happened, each once.
func (s *story) add(marks ...*mark) {
	for _, m := range marks {
		known := m.deed == deedNone || slices.ContainsFunc(*s, func(o *mark) bool {
			return o.step == m.step && o.at == m.at && o.deed == m.deed && o.term == m.term
		})
		if !known {
			*s = append(*s, m)
		}
	}
}

// sorted puts the deeds in order, an outside event after the steps of its instant; of too many the newest remain.
func (s story) sorted() story {
	slices.SortStableFunc(s, func(a, b *mark) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.step-1, b.step-1), cmp.Compare(a.deed, b.deed))
	})
	return s[max(0, len(s)-storyMax):]
}

// links returns the deeds and all that led to them, newest first, each step once.
func (c *Checker) chained(s story) []Link {
	all := []Link{}
	for _, m := range s {
		for _, l := range c.wayOf(m) {
			at := slices.IndexFunc(all, func(o Link) bool { return o.Step == l.Step && o.At == l.At && o.Node == l.Node })
			switch {
			case at < 0:
				all = append(all, l)
			case all[at].Deed == "" || l.Deed != "" && !strings.Contains(all[at].What, ": "):
				all[at].What, all[at].Deed = l.What, l.Deed
			case all[at].Cause == 0:
				all[at].Cause = l.Cause
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Link) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Step, a.Step)) })
	return all
}

// wayOf returns what led to a deed, as it was put aside or as it is still remembered; else the deed alone.
func (c *Checker) wayOf(m *mark) []Link {
	if m.kept != nil {
		return c.links(m.kept)
	}
	to := &chain{}
	if c.way(to, m); to.n > 0 {
		return c.links(to)
	}
	l := link{footstep: footstep{step: m.step, at: m.at, node: m.node, root: m.root}, deed: m.deed, about: m.term,
		reason: m.code}
	to.links[0], to.n = l, 1
	return c.links(to)
}

// event returns an outside event by its number.
func (f *fates) event(root uint32) (outer, bool) {
	if root == 0 || int(root) >= len(f.outer) || f.outer[root].name == "" {
		return outer{}, false
	}
	return f.outer[root], true
}

// outsideText says which outside event a chain ends with.
func (c *Checker) outsideText(l *link) string {
	e, ok := c.fates.event(l.root)
	if !ok {
		return "before the run"
	}
	return "from outside: " + c.eventText(&e)
}

// eventText renders an outside event: restart rtr1, cut ctl1 and rtr1, op-connect at rtr1.
func (c *Checker) eventText(e *outer) string {
	text := e.name
	if e.kind != 0 {
		text = e.kind.String()
	}
	if e.node != 0 {
		text += " " + c.node(e.node)
	}
	if e.peer != 0 {
		text += " and " + c.node(e.peer)
	}
	return text
}

// told says in one sentence how it came about: the deeds, and what the newest of them goes back to.
func (c *Checker) told(s story) string {
	if len(s) == 0 {
		return ""
	}
	parts := make([]string, len(s))
	for i, m := range s {
		parts[i] = fmt.Sprintf("%s %s", c.deedText(m), point(m.at))
	}
	text := "; how: " + strings.Join(parts, ", ")
	newest := s[len(s)-1]
	to := newest.kept
	if to == nil {
		to = &chain{}
		c.way(to, newest)
	}
	if to.n < 2 {
		return text
	}
	from := &to.links[to.n-1]
	switch {
	case from.deed == deedOutside:
		e, _ := c.fates.event(from.root)
		text += "; the last of it goes back to " + c.eventText(&e)
	default:
		text += fmt.Sprintf("; the last of it goes back to %s: %s", c.node(from.node), c.what(from))
	}
	return text + ", at " + point(from.at)
}

// deedText says what was done: rtr1 dropped rtr1#1 at.
func (c *Checker) deedText(m *mark) string {
	text := c.node(m.node) + " " + deedWords[m.deed]
	if m.deed == deedWanted || m.deed == deedUnwanted {
		text = "policy " + deedWords[m.deed]
	}
	if m.term != 0 {
		text += " " + c.id(m.term)
	}
	if m.code != 0 && m.deed == deedRefused {
		text += " (" + m.code.String() + ")"
	}
	return text + " at"
}

// blame adds to a verdict what led to it.
func (c *Checker) blame(v *Verdict, s story) {
	v.Chain = c.chained(s)
	v.Text += c.told(s)
	v.Step = lastStep(v.Chain)
	deeds := []string{}
	for _, m := range s {
		if deed := deedClasses[m.deed]; !slices.Contains(deeds, deed) {
			deeds = append(deeds, deed)
		}
	}
	v.Class = strings.Join(deeds, ">")
}

// lastStep is the newest step of a chain.
func lastStep(chain []Link) uint64 {
	for _, l := range chain {
		if l.Step != 0 {
			return l.Step
		}
	}
	return 0
}

// blameFirst does so for the first of several findings.
func (c *Checker) blameFirst(v *Verdict, found []finding) {
	if len(found) == 0 {
		return
	}
	f := &found[0]
	v.Plight = f.plight
	if f.term >= 0 {
		c.blame(v, c.storyOf(f.term))
		return
	}
	c.blame(v, c.storyOfKey(f.key))
}

// orphan is the finding of a row that nobody hosts.
func (c *Checker) orphan(i int32) finding {
	t := &c.terms[i]
	what := plightUnhosted
	if c.keys[t.key].want == unwanted {
		what = plightUnwanted
	}
	return finding{t.key, i, c.name(t.key) + " " + c.id(t.id), what}
}
