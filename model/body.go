package model

import "gyre/sim"

// Verb says what a replicated log entry does.
type Verb uint8

// Verbs of the replicated log. Only the first three exist upstream as such; the policy verbs stand for the
// service, service-policy and edge-router-policy writes of the management API as far as a router can see them.
const (
	_ Verb = iota
	// CreateTerm inserts the row Term; it fails with Duplicate if the id exists.
	CreateTerm
	// DeleteTerms removes every row of Terms; absent ids are ignored.
	DeleteTerms
	// DeleteTerm removes one row; NotFound if absent (used by the remove handlers before ziti-1.4.0).
	DeleteTerm
	// Bind lets Router host N terminators of Service (service policy). It is what a router sees.
	Bind
	// Unbind takes that away.
	Unbind
	// Allow completes the edge-router and service-edge-router policies of (Service, Router); only controllers
	// see it, when a terminator is created.
	Allow
	// Deny takes that away.
	Deny
	// Touch edits Service: its version moves, its content as seen by a router differs.
	Touch
	// TouchIdentity edits the identity of Router.
	TouchIdentity
	// Nothing changes nothing: it advances the log.
	Nothing
	// DropIdentity takes the tunneler flag off Router: its identity is deleted.
	DropIdentity
	// MakeIdentity gives it back: the identity is made anew.
	MakeIdentity

	verbEnd // keep last
)

// Entry is a command of the replicated log, before and after it has an index.
type Entry struct {
	Verb    Verb
	N       uint16 // Bind: count of terminators; CreateTerm: terminator index
	Origin  Origin
	Service ServiceID
	Router  sim.NodeID
	Source  sim.NodeID // controller that submitted it (SourceCtrl)
	Term    TermID
	Terms   []TermID // DeleteTerms
	Gen     uint64   // CreateTerm of the reference: see Spares
	Gens    []uint64 // DeleteTerms of the reference: one for each of Terms
}

// Origin says on whose behalf an entry was submitted. It changes no state: it is for attribution.
type Origin uint8

// Origins.
const (
	_            Origin = iota
	ByRouter            // a router's request
	ByValidation        // a controller's own validation found the row unhosted
	ByOperator          // the management API
	ByAudit             // ideal only: the leader found that the policies want it
)

// Canon implements sim.Canonical.
func (e *Entry) Canon(c *sim.Canon) {
	c.Kind(uint64(e.Verb), e.Verb.String())
	if e.Term != 0 || !c.Rendering() {
		c.Ref("", ClassTerm, uint64(e.Term))
	}
	for _, t := range e.Terms {
		c.Ref("", ClassTerm, uint64(t))
	}
	if e.Service != 0 || !c.Rendering() {
		c.Ref("", ClassService, uint64(e.Service))
	}
	c.Opt("n", int64(e.N))
	if e.Router != 0 || !c.Rendering() {
		c.Node("on", e.Router)
	}
	if e.Source != 0 || !c.Rendering() {
		c.Node("via", e.Source)
	}
	if e.Origin != 0 || !c.Rendering() {
		c.Kind(uint64(e.Origin), e.Origin.String())
	}
	canonGens(c, e.Gen, e.Gens)
}

// TermList is a list of terminator ids.
type TermList struct {
	Terms []TermID
	Gens  []uint64 // of the reference: one for each of Terms
}

// Canon implements sim.Canonical.
func (l *TermList) Canon(c *sim.Canon) {
	c.Int("terms", int64(len(l.Terms)))
	for _, t := range l.Terms {
		c.Ref("", ClassTerm, uint64(t))
	}
	canonGens(c, 0, l.Gens)
}

// TokenList is a list of session tokens.
type TokenList struct {
	Tokens []Token
}

// Canon implements sim.Canonical.
func (l *TokenList) Canon(c *sim.Canon) {
	c.Int("tokens", int64(len(l.Tokens)))
	for _, t := range l.Tokens {
		c.Ref("", ClassToken, uint64(t))
	}
}

// NodeList is a list of nodes.
type NodeList struct {
	Nodes []sim.NodeID
}

// Canon implements sim.Canonical.
func (l *NodeList) Canon(c *sim.Canon) {
	for _, n := range l.Nodes {
		c.Node("", n)
	}
}

// Check is one terminator of a validation: asked with its marker, answered with a verdict.
type Check struct {
	Term   TermID
	Marker uint64
	Valid  bool
	Reason Code // NotFound when the registry does not know the id
}

// CheckList is the body of a validation request or reply. Ids a router could not decide are left out of the
// reply.
type CheckList struct {
	Checks []Check
}

// Canon implements sim.Canonical.
func (l *CheckList) Canon(c *sim.Canon) {
	c.Int("checks", int64(len(l.Checks)))
	for i := range l.Checks {
		k := &l.Checks[i]
		c.Ref("", ClassTerm, uint64(k.Term))
		c.Flag("valid", k.Valid)
		if k.Reason != None || !c.Rendering() {
			c.Kind(uint64(k.Reason), k.Reason.String())
		}
		c.Same(func(c *sim.Canon) { c.Opt("marker", int64(k.Marker)) })
	}
}

// Wanted is one service a router may host, as a controller told it.
type Wanted struct {
	Service ServiceID
	N       uint16 // count of terminators, at least 1
	Version uint64 // raft index of the last change of the service's content
	Index   uint64 // index the carrier gave it; differs from Version in full states before ziti-1.4.0
}

// DesiredList is the set of services a router may host, sorted by service.
type DesiredList struct {
	Wanted []Wanted
}

// Canon implements sim.Canonical.
func (l *DesiredList) Canon(c *sim.Canon) {
	c.Int("wanted", int64(len(l.Wanted)))
	for i := range l.Wanted {
		w := &l.Wanted[i]
		c.Ref("", ClassService, uint64(w.Service))
		c.Opt("n", int64(w.N))
		c.Count("v", w.Version, w.Version)
	}
}
