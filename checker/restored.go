package checker

import (
	"fmt"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// A controller that restores a snapshot has, from one moment to the next, the database of another. It must be that of
// the log as of the index of the snapshot. The rows and rules of the registry are summed up in one number, order not
// counting, and the log remembers it for each of its newest entries.

// rowSum is the share of a row.
func rowSum(id model.TermID, service model.ServiceID, router sim.NodeID, n uint16) uint64 {
	return scatter(scatter(uint64(id)) ^ uint64(service)<<48 ^ uint64(router)<<16 ^ uint64(n))
}

// ruleSum is the share of what a policy says; nothing counts nothing.
func ruleSum(router sim.NodeID, service model.ServiceID, n uint16, allowed bool) uint64 {
	v := uint64(router)<<40 | uint64(service)<<24 | uint64(n)<<1
	if allowed {
		v |= 1
	} else if n == 0 {
		return 0
	}
	return scatter(scatter(v + factor))
}

// scatter mixes the bits of a number.
func scatter(v uint64) uint64 {
	v = (v ^ v>>31) * factor
	v = (v ^ v>>29) * 0xbf58476d1ce4e5b9
	return v ^ v>>32
}

// sumAt returns the sum of the registry as of a log index; false if that is longer ago than is remembered.
func (c *Checker) sumAt(index uint64) (uint64, bool) {
	if index >= c.index {
		return c.sum, true
	}
	for low := index - min(index, logSize); index > low; index-- {
		if slot := &c.members.log[index%logSize]; slot.index == index {
			return slot.sum, true
		}
	}
	return c.members.base, index == 0 && c.members.baseKnown(c.index)
}

// baseKnown reports whether the log still remembers all that came after the beginning.
func (m *members) baseKnown(newest uint64) bool { return newest < logSize }

// restored takes a controller's note that it restored a snapshot, and compares what it has with the log.
func (c *Checker) restored(s sim.Stamp, n *model.Msg) {
	c.members.restored(s.Node, n.Index)
	list, ok := n.Body.(*model.Rows)
	if !ok {
		return
	}
	want, ok := c.sumAt(n.Index)
	if !ok {
		c.members.believed++
		return
	}
	c.members.compared++
	have := uint64(0)
	for i := range list.Rows {
		r := &list.Rows[i]
		have += rowSum(r.Term, r.Service, r.Router, r.N)
	}
	for i := range list.Rules {
		r := &list.Rules[i]
		have += ruleSum(r.Router, r.Service, r.N, r.Allowed)
	}
	if have == want {
		return
	}
	id, what := c.astray(n.Index, list)
	if c.parted(s, splitRestored, &model.Entry{Term: id}) {
		c.members.astray = what
	}
}

// astray names one row that a restored database should not have, or lacks. A row that was deleted since the snapshot
// was taken is not known any more.
func (c *Checker) astray(index uint64, list *model.Rows) (model.TermID, string) {
	has := make(map[model.TermID]bool, len(list.Rows))
	for i := range list.Rows {
		r := &list.Rows[i]
		has[r.Term] = true
		if at := c.term(r.Term); at >= 0 && c.terms[at].row && c.terms[at].index <= index {
			k := &c.keys[c.terms[at].key]
			if k.service != r.Service || k.index != r.N || c.routers[k.router].node != r.Router {
				return r.Term, "it has another row under the id"
			}
		}
	}
	lost := []model.TermID{}
	for i := range c.terms {
		if t := &c.terms[i]; t.row && t.index <= index && !has[t.id] {
			lost = append(lost, t.id)
		}
	}
	if len(lost) > 0 {
		return slices.Min(lost), fmt.Sprintf("it lacks %s that the log has", count(uint64(len(lost)), "row"))
	}
	return 0, fmt.Sprintf("it has %s and %s", count(uint64(len(list.Rows)), "row"), count(uint64(len(list.Rules)), "rule"))
}
