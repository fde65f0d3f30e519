package sim

import (
	"maps"
	"slices"
)

// Disk is what a host has saved: records by file and slot. It outlives crashes and is lost only by Wipe and
// Clone.
type Disk[M Canonical] struct {
	files map[File]map[uint64]M
}

// Get returns the record at slot of file.
func (d *Disk[M]) Get(file File, slot uint64) (M, bool) {
	m, ok := d.files[file][slot]
	return m, ok
}

// Slots returns the slots of file that hold a record, in ascending order.
func (d *Disk[M]) Slots(file File) []uint64 {
	slots := make([]uint64, 0, len(d.files[file]))
	for slot := range d.files[file] { //tidy:ok sorted below
		slots = append(slots, slot)
	}
	slices.Sort(slots)
	return slots
}

// Len counts the records of file.
func (d *Disk[M]) Len(file File) int { return len(d.files[file]) }

// Put writes a record. Nodes write through Outbox.Save; this is for the world and for tests.
func (d *Disk[M]) Put(file File, slot uint64, m M) {
	if d.files == nil {
		d.files = map[File]map[uint64]M{}
	}
	if d.files[file] == nil {
		d.files[file] = map[uint64]M{}
	}
	d.files[file][slot] = m
}

// Delete removes a record.
func (d *Disk[M]) Delete(file File, slot uint64) { delete(d.files[file], slot) }

// Clear loses everything.
func (d *Disk[M]) Clear() { d.files = nil }

// copied returns a disk with the same records.
func (d *Disk[M]) copied() Disk[M] {
	to := Disk[M]{files: map[File]map[uint64]M{}}
	for _, file := range slices.Sorted(maps.Keys(d.files)) {
		to.files[file] = maps.Clone(d.files[file])
	}
	return to
}
