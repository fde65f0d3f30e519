// Package samestate finds out whether canonical state leaves something out. It wraps a node and looks at each of its
// steps: if it takes the same input in the same canonical state as once before, it must do the same and end in the
// same state. A proof that a loop never ends rests on nothing else.
package samestate

import (
	"fmt"

	"gyre/sim"
)

// Steps remembers what was done in which state. Its zero value is not usable; see New.
type Steps[M sim.Canonical] struct {
	seen     map[uint64]did
	Repeated uint64   // steps in a state, and with an input, that had been before
	Differed []string // of those, the ones that went another way, in words; at most a few
}

// did is what came of a step.
type did struct {
	sum  uint64
	at   sim.Time
	text string
}

const differedMax = 5

// New returns an empty memory.
func New[M sim.Canonical]() *Steps[M] { return &Steps[M]{seen: map[uint64]did{}} }

// Wrap returns a node that steps as n does and is watched. canon visits its state; nil is its own Canon.
func (s *Steps[M]) Wrap(n sim.Node[M], canon func(c *sim.Canon)) sim.Node[M] {
	if canon == nil {
		canon = n.Canon
	}
	return &node[M]{Node: n, steps: s, canon: canon}
}

type node[M sim.Canonical] struct {
	sim.Node[M]
	steps *Steps[M]
	canon func(c *sim.Canon)
}

// Classes of what is renamed besides what the model renames.
const (
	connections sim.Class = 250
	operations  sim.Class = 251
)

// Step implements sim.Node.
func (n *node[M]) Step(now sim.Time, in *sim.Input[M], out *sim.Outbox[M]) {
	if in.Kind == sim.Boot { // what it boots from is on disk
		n.Node.Step(now, in, out)
		return
	}
	c := sim.NewState(now)
	n.canon(c)
	c.Int("", int64(in.Kind)<<32|int64(in.Lane)<<16|int64(in.Timer))
	c.Node("", in.From)
	c.Flag("", in.Accepted)
	c.Ref("", operations, uint64(in.Op))
	c.Ref("", connections, uint64(in.Conn))
	in.Msg.Canon(c)
	before := c.Sum()
	first := len(out.Effects())
	n.Node.Step(now, in, out)
	text := ""
	for i := range out.Effects()[first:] {
		e := &out.Effects()[first+i]
		switch e.Kind {
		case sim.Send, sim.Dial, sim.Close, sim.Arm, sim.Disarm, sim.Reply, sim.Defer, sim.Exit:
		default:
			continue // what is saved and noted follows from the state that comes of it
		}
		c.Int("", int64(e.Kind)<<32|int64(e.Lane)<<16|int64(e.Timer))
		c.Node("", e.Peer)
		c.Int("", int64(e.After))
		c.Ref("", operations, uint64(e.Op))
		c.Ref("", connections, uint64(e.Conn))
		e.Msg.Canon(c)
		line := sim.NewText(nil)
		e.Msg.Canon(line)
		text += fmt.Sprintf("; effect %d timer %d after %s: %s", e.Kind, e.Timer, e.After, line.Text())
	}
	n.canon(c)
	n.steps.compare(before, did{c.Sum(), now, fmt.Sprintf("input %d timer %d%s", in.Kind, in.Timer, text)})
}

func (s *Steps[M]) compare(before uint64, now did) {
	was, known := s.seen[before]
	if !known {
		s.seen[before] = now
		return
	}
	if s.Repeated++; was.sum != now.sum && len(s.Differed) < differedMax {
		s.Differed = append(s.Differed, fmt.Sprintf("in one state, at %s it did %s\nand at %s %s", was.at, was.text, now.at,
			now.text))
	}
}
