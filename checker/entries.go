package checker

import (
	"cmp"
	"fmt"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// lasting is something wrong with the registry entry of a connected router, and since when.
type lasting struct {
	term  int32 // -1: it is about no terminator
	since sim.Time
	text  string
	name  string // of who is concerned, if it is not the terminator
	step  uint64 // since when, if it is not the entry
	what  string // the text without names
}

// entriesAt returns what is wrong with the entries of connected routers at the end: those that are not finished, and
// those that are established without a row. Both are in the order of their terminators.
func (c *Checker) entriesAt() (stuck, alone []lasting) {
	for i := range c.terms {
		t := &c.terms[i]
		if !t.entry || t.host < 0 || !c.routers[t.host].connected() {
			continue
		}
		switch t.state {
		case model.Establishing:
			if t.mine >= 0 && c.keys[t.mine].want == tolerated {
				continue // policy lets nobody create its row
			}
			stuck = append(stuck, lasting{term: int32(i), since: max(t.since, c.quiet), text: "establishing"})
		case model.Deleting:
			stuck = append(stuck, lasting{term: int32(i), since: max(t.since, c.quiet), text: "deleting"})
		case model.Established:
			if text := c.rowless(t); text != "" {
				alone = append(alone, lasting{term: int32(i), since: max(t.since, t.gone, c.quiet), text: text})
			}
		}
	}
	for _, list := range [...][]lasting{stuck, alone} {
		slices.SortFunc(list, func(a, b lasting) int {
			x, y := &c.terms[a.term], &c.terms[b.term]
			return cmp.Or(cmp.Compare(c.routers[x.host].node, c.routers[y.host].node), cmp.Compare(x.id, y.id))
		})
	}
	return stuck, alone
}

// rowless says why an established entry has no row it can rely on, or nothing.
func (c *Checker) rowless(t *term) string {
	switch {
	case !t.row:
		return "has no row"
	case c.keys[t.key].router != t.host:
		return "has a row of another router"
	}
	if p := c.members.member(c.members.leader); p != nil && p.judged && p.applied < t.index {
		return "has no row on the leader"
	}
	return ""
}

// lastingVerdict judges a state of entries that may occur but must not last.
func (c *Checker) lastingVerdict(r *Report, f *findings, found []lasting, none string) Verdict {
	if v, done := c.nothing(f); done {
		return v
	}
	if c.despair.judged == 0 {
		return Verdict{Status: NotJudged, Text: "no router ever tried to establish a terminator"}
	}
	rested := c.at.Sub(c.quiet)
	first, texts, since := -1, []string{}, c.at
	for i := range found {
		if c.at.Sub(found[i].since) < r.Bound.Length {
			continue
		}
		if first < 0 {
			first = i
		}
		since = min(since, found[i].since)
		texts = append(texts, c.entryName(&found[i])+" "+found[i].text)
	}
	switch {
	case first >= 0:
		v := Verdict{Status: Violated, Rung: Deadline, At: since.Add(r.Bound.Length), Text: fmt.Sprintf(
			"%d for the last %s: %s; bound is %s: %s", len(texts), span(c.at.Sub(since)), some(texts),
			span(r.Bound.Length), r.Bound.Text)}
		c.blameLasting(&v, &found[first])
		return v
	case len(found) > 0 && rested < r.Bound.Length:
		return c.tooShort(r, fmt.Sprintf("%d so far: %s %s", len(found), c.entryName(&found[0]), found[0].text))
	case len(found) > 0:
		return Verdict{Status: Holds, Text: fmt.Sprintf("%d at the end, none for as long as the bound of %s", len(found),
			span(r.Bound.Length))}
	}
	return Verdict{Status: Holds, Text: none}
}

// blameLasting says whom it concerns and what led to it.
func (c *Checker) blameLasting(v *Verdict, l *lasting) {
	v.Plight = cmp.Or(l.what, l.text)
	if l.step != 0 {
		way := &chain{}
		c.way(way, &mark{step: l.step})
		v.Chain = c.links(way)
		v.Step = l.step
	}
	if l.term < 0 {
		return
	}
	t := &c.terms[l.term]
	switch {
	case t.mine >= 0:
		v.Subject = c.subject(t.mine, t.id)
	case t.row:
		v.Subject = c.subject(t.key, t.id)
	}
	c.blame(v, c.storyOf(l.term))
}

// entryName renders the terminator of an entry.
func (c *Checker) entryName(l *lasting) string {
	if l.term < 0 {
		return l.name
	}
	t := &c.terms[l.term]
	if t.host < 0 {
		return c.name(t.key) + " " + c.id(t.id)
	}
	if t.mine < 0 {
		return c.node(c.routers[t.host].node) + " " + c.id(t.id)
	}
	return c.name(t.mine) + " " + c.id(t.id)
}
