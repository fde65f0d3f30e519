package raftlog

import "gyre/sim"

// Packet is one raft message between members; immutable once sent.
type Packet struct{}

// Canon implements sim.Canonical.
func (p *Packet) Canon(c *sim.Canon) {}
