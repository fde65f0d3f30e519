package raftlog

import (
	"encoding/binary"

	"gyre/model"
	"gyre/sim"
)

// proposal says who proposed a command, in which life, and as which ticket: it finds the ticket again when the
// command is applied.
type proposal struct {
	node   sim.NodeID
	life   uint32
	ticket Ticket
}

// withGens stands before a command that has generations, where others have a node.
const withGens = 1 << 32

// encode returns the bytes of a command as the log carries it.
func encode(p proposal, e *model.Entry) []byte {
	b := make([]byte, 0, 32+8*len(e.Terms)+6*len(e.Gens))
	if e.Gen != 0 || len(e.Gens) > 0 {
		b = binary.AppendUvarint(b, withGens)
		b = binary.AppendUvarint(b, e.Gen)
		b = binary.AppendUvarint(b, uint64(len(e.Gens)))
		for _, g := range e.Gens {
			b = binary.AppendUvarint(b, g)
		}
	}
	b = binary.AppendUvarint(b, uint64(uint32(p.node)))
	b = binary.AppendUvarint(b, uint64(p.life))
	b = binary.AppendUvarint(b, uint64(p.ticket))
	b = append(b, byte(e.Verb), byte(e.Origin))
	b = binary.AppendUvarint(b, uint64(e.N))
	b = binary.AppendUvarint(b, uint64(e.Service))
	b = binary.AppendUvarint(b, uint64(uint32(e.Router)))
	b = binary.AppendUvarint(b, uint64(uint32(e.Source)))
	b = binary.AppendUvarint(b, uint64(e.Term))
	b = binary.AppendUvarint(b, uint64(len(e.Terms)))
	for _, t := range e.Terms {
		b = binary.BigEndian.AppendUint64(b, uint64(t))
	}
	return b
}

// decode reads what encode wrote; ok is false for anything else.
func decode(b []byte) (p proposal, e *model.Entry, ok bool) {
	r := reader{b: b, ok: true}
	e = &model.Entry{}
	node := r.number(withGens)
	if node == withGens {
		r.generations(e)
		node = r.number(1<<32 - 1)
	}
	p.node = sim.NodeID(node)
	p.life = uint32(r.number(1<<32 - 1))
	p.ticket = Ticket(r.number(1<<64 - 1))
	e.Verb = model.Verb(r.octet())
	e.Origin = model.Origin(r.octet())
	e.N = uint16(r.number(1<<16 - 1))
	e.Service = model.ServiceID(r.number(1<<16 - 1))
	e.Router = sim.NodeID(r.number(1<<32 - 1))
	e.Source = sim.NodeID(r.number(1<<32 - 1))
	e.Term = model.TermID(r.number(1<<64 - 1))
	n := r.number(uint64(len(r.b)) / 8)
	if !r.ok || uint64(len(r.b)) != 8*n {
		return proposal{}, nil, false
	}
	if n > 0 {
		e.Terms = make([]model.TermID, n)
		for i := range e.Terms {
			e.Terms[i] = model.TermID(binary.BigEndian.Uint64(r.b[8*i:]))
		}
	}
	return p, e, true
}

// generations reads what withGens announces. A command without any must not have the announcement.
func (r *reader) generations(e *model.Entry) {
	e.Gen = r.number(1<<64 - 1)
	n := r.number(uint64(len(r.b)))
	if n > 0 {
		e.Gens = make([]uint64, n)
	}
	for i := range e.Gens {
		e.Gens[i] = r.number(1<<64 - 1)
	}
	r.ok = r.ok && (e.Gen != 0 || n > 0)
}

// reader takes numbers off the front of b until one does not fit.
type reader struct {
	b  []byte
	ok bool
}

func (r *reader) number(most uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if !r.ok || n <= 0 || v > most {
		r.ok = false
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) octet() byte {
	if !r.ok || len(r.b) == 0 {
		r.ok = false
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}
