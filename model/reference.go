package model

import "gyre/sim"

// What only the reference says: generations in entries and lists, and the audit.

// StableID returns the id that the reference gives the terminator (router, service, index), in every life of the
// router. Its serial reads service and index: 30002 is index 2 of the third service.
func StableID(router sim.NodeID, service ServiceID, index uint16) TermID {
	return NewTermID(router, 1, uint32(service)*10000+uint32(index))
}

// NewGeneration returns the serial-th generation (from 1) of a life of a router. Those of a later life are larger.
func NewGeneration(life uint32, serial uint32) uint64 { return uint64(life)<<32 | uint64(serial) }

// Spares reports whether a delete leaves the i-th of its terminators alone, because the row is of a newer generation
// than the delete. Entries without generations spare nothing.
func (e *Entry) Spares(i int, row uint64) bool { return i < len(e.Gens) && e.Gens[i] < row }

// canonGens visits generations where there are any: an entry of a release has none, and no trace of that.
func canonGens(c *sim.Canon, gen uint64, gens []uint64) {
	if gen != 0 {
		c.Count("gen", gen, gen)
	}
	for _, g := range gens {
		c.Count("gen", g, gen)
	}
}

// RowList is every row of one router, ascending by id.
type RowList struct {
	Rows []Row
}

// Canon implements sim.Canonical.
func (l *RowList) Canon(c *sim.Canon) {
	c.Int("rows", int64(len(l.Rows)))
	newest := uint64(0)
	for i := range l.Rows {
		newest = max(newest, l.Rows[i].Gen)
	}
	for i := range l.Rows {
		r := &l.Rows[i]
		c.Ref("", ClassTerm, uint64(r.Term))
		if c.Rendering() {
			continue
		}
		c.Ref("", ClassService, uint64(r.Service))
		c.Int("", int64(r.N))
		c.Count("", r.Gen, newest)
	}
}

// Mark is what one row adds to the sum by which a router and a controller find out that they agree on all of them
// without naming any. Sums are taken modulo MarkSum and do not depend on the order; 0 is the sum of no rows.
func Mark(term TermID, gen uint64) uint64 {
	h := uint64(term)*0x9e3779b97f4a7c15 ^ gen*0xc2b2ae3d27d4eb4f
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return (h ^ h>>29) % MarkSum
}

// MarkSum is the modulus of the sums of marks.
const MarkSum = 1 << 48
