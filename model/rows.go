package model

import "gyre/sim"

// Row is a terminator as a controller's database has it.
type Row struct {
	Term    TermID
	Service ServiceID
	Router  sim.NodeID
	N       uint16 // terminator index
	Gen     uint64 // of the newest operation that was applied to the id; 0 where there are no generations
}

// Rule is what a controller's database says of a service and a router.
type Rule struct {
	Service ServiceID
	Router  sim.NodeID
	N       uint16 // terminators bound; 0: none
	Allowed bool
}

// Rows is the database of one controller at one moment, the body of NoteRestore. It is immutable.
type Rows struct {
	Rows  []Row
	Rules []Rule
}

// Canon implements sim.Canonical. It visits nothing: the same rows are saved to disk in the same step, and that is in
// the digest.
func (*Rows) Canon(*sim.Canon) {}
