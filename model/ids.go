package model

import (
	"fmt"
	"strconv"

	"gyre/sim"
)

// Classes of things that messages refer to by number.
const (
	ClassService sim.Class = iota + 1
	ClassTerm
	ClassToken
)

// ServiceID numbers the services of a plan from 1.
type ServiceID uint16

// TermID names a terminator. OpenZiti's are random UUIDs chosen by the router; ours say who made them, in
// which life of the process, and as which one, so that a trace can be read.
type TermID uint64

// NewTermID returns the serial-th id (from 1) made in the given life of a router.
func NewTermID(router sim.NodeID, life uint32, serial uint32) TermID {
	return TermID(uint64(router)<<48 | uint64(life&0xffff)<<32 | uint64(serial))
}

// Router returns the router that made the id.
func (t TermID) Router() sim.NodeID { return sim.NodeID(t >> 48) }

// Token is an edge session token. It says which controller issued it, in which life, and as which one.
type Token uint64

// NewToken returns the serial-th token (from 1) issued in the given life of a controller.
func NewToken(issuer sim.NodeID, life uint32, serial uint32) Token {
	return Token(uint64(issuer)<<48 | uint64(life&0xffff)<<32 | uint64(serial))
}

// Issuer returns the controller that issued the token.
func (t Token) Issuer() sim.NodeID { return sim.NodeID(t >> 48) }

// Names knows the names of a plan: nodes by id (index 0 unused) and services by id (index 0 unused).
type Names struct {
	Nodes    []string
	Services []string
}

// Name implements sim.Namer. Terminators read rtr1#3, or rtr1.2#3 in the router's second life,
// and rtr1#s3 if an SDK hosts them; tokens read ctl1$3 likewise.
func (n *Names) Name(class sim.Class, id uint64) string {
	switch class {
	case sim.Nodes:
		return lookup(n.Nodes, id, "node")
	case ClassService:
		return lookup(n.Services, id, "service")
	case ClassTerm:
		return n.serial(id, "#")
	case ClassToken:
		return n.serial(id, "$")
	default:
		return fmt.Sprintf("?%d", id)
	}
}

func (n *Names) serial(id uint64, mark string) string {
	name := lookup(n.Nodes, id>>48, "node")
	if life := id >> 32 & 0xffff; life != 1 {
		name += "." + strconv.FormatUint(life, 10)
	}
	if id&sdkSerial != 0 {
		mark += "s"
	}
	return name + mark + strconv.FormatUint(id&(sdkSerial-1), 10)
}

func lookup(names []string, id uint64, what string) string {
	if id < uint64(len(names)) && names[id] != "" {
		return names[id]
	}
	return what + strconv.FormatUint(id, 10)
}
