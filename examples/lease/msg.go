package lease

import "gyre/sim"

// Kind says what a message is.
type Kind uint8

// Messages.
const (
	_       Kind = iota
	Get          // a candidate to the API server: the lease?
	Got          // the API server: the lease
	Update       // a candidate: make it this, if Version is still what it is
	Updated      // the API server: it is
	Write        // whoever leads, to the store
	Refused      // the store: another leads now
)

func (k Kind) word() string {
	return [...]string{"", "get", "got", "update", "updated", "write", "refused"}[k]
}

// Versions is the class of versions.
const Versions sim.Class = 1

// Msg is what travels, and what API server and store keep on disk: a lease, or a write. Each request travels by itself:
// a late one can be overtaken.
type Msg struct {
	Kind    Kind
	Holder  sim.NodeID
	Term    uint64 // number of the leadership (leaseTransitions): the fencing token
	Version uint64 // of the lease (resourceVersion)
}

// Canon implements sim.Canonical.
func (m Msg) Canon(c *sim.Canon) {
	c.Kind(uint64(m.Kind), m.Kind.word())
	if m.Holder != 0 {
		c.Node("by", m.Holder)
		c.Int("term", int64(m.Term))
	}
	if m.Version != 0 { // all that anybody asks of a version is whether it is another one
		c.Ref("", Versions, m.Version)
	}
}
