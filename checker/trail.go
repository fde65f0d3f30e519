package checker

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// trail remembers the newest steps and what caused each.
type trail struct {
	steps []footstep // by step modulo trailSize
	acts  []act      // by number modulo actsSize
	acted uint64     // acts so far
}

const (
	trailSize  = 1 << 16    // steps remembered; a power of two
	trailFirst = 1 << 12    // room for a short run
	actsSize   = 1 << 13    // acts remembered; a power of two
	walkMax    = 1 << 12    // links followed at most
	ticker     = sim.Second // a timer that ran at least this long may be a ticker
	chainMax   = 16         // links kept of a chain
)

// footstep is one step.
type footstep struct {
	step    uint64
	cause   uint64
	acts    uint64 // number of the first act
	version uint64 // of a controller: newest entry it had applied before the step
	at      sim.Time
	term    model.TermID
	node    sim.NodeID
	timer   sim.TimerID
	root    uint32 // the outside event it descends from
	input   sim.InputKind
	kind    model.Kind
	code    model.Code
	verb    model.Verb // of an operator's entry
	many    uint8      // acts
}

// act is what a node did in a step, as far as terminators are concerned.
type act struct {
	step  uint64
	index uint64 // of an applied entry
	term  model.TermID
	kind  model.Kind // of the message sent or the note
	state model.State
	code  model.Code
	verb  model.Verb
}

// deed is what was done in a step, as far as a chain tells.
type deed uint8

const (
	deedNone        deed = iota
	deedAsked            // a router sent a remove request
	deedLeft             // a router's entry left its registry
	deedQueued           // a controller queued the delete after a validation
	deedDeleted          // the delete was applied
	deedCreated          // a create was applied that should not have been
	deedReturned         // the row was created
	deedAnswered         // the router learned so
	deedGaveUp           // the router abandoned it
	deedAskedCreate      // a router sent a create request
	deedHosted           // a router's entry began to be established
	deedEstablished      // a router took it for established
	deedDoomed           // a router's entry began to be deleted
	deedRefused          // a controller refused it, or told the router so
	deedGone             // the router was told that the row is gone
	deedDied             // the router's process ended, and its registry with it
	deedWanted           // policy began to want it
	deedUnwanted         // policy ceased to
	deedOutside          // an outside event
	deedOperated         // the operator's delete was applied
	deedJudged           // a delete after a validation was applied
)

// chain is a causal chain, newest first, in a form that costs nothing to take.
type chain struct {
	links [chainMax]link
	n     int
}

type link struct {
	footstep
	deed   deed
	ticks  bool         // of a timer: it had armed itself, as tickers do
	about  model.TermID // what the deed was done to
	reason model.Code   // of a refusal
}

func (t *trail) init() {
	t.steps = make([]footstep, trailFirst)
	t.acts = make([]act, actsSize)
}

// add remembers a step.
func (t *trail) add(s sim.Stamp, in *sim.Input[model.Msg], version uint64) {
	at := s.Step % trailSize
	for at >= uint64(len(t.steps)) {
		t.steps = append(t.steps, make([]footstep, len(t.steps))...)
	}
	m := &t.steps[at]
	m.step, m.cause, m.at, m.node, m.timer = s.Step, s.Cause, s.At, s.Node, in.Timer
	m.input, m.kind, m.term, m.code = in.Kind, in.Msg.Kind, in.Msg.Term, in.Msg.Code
	m.acts, m.many, m.version, m.root, m.verb = t.acted, 0, version, s.Root, 0
	switch {
	case in.Kind == sim.Command:
		if e, ok := in.Msg.Body.(*model.Entry); ok {
			m.verb = e.Verb
		}
	case m.term == 0 && (m.kind == model.RemoveRequest || m.kind == model.RemoveReply):
		if list, ok := in.Msg.Body.(*model.TermList); ok && len(list.Terms) == 1 {
			m.term = list.Terms[0]
		}
	}
}

// act remembers what is done in a step.
func (t *trail) act(a act) {
	m := t.find(a.step)
	if m == nil || m.many == 255 || m.acts+uint64(m.many) != t.acted {
		return
	}
	t.acts[t.acted%actsSize] = a
	t.acted++
	m.many++
}

// done returns the i-th act of a step, or nil if it is not remembered any more.
func (t *trail) done(m *footstep, i uint8) *act {
	if a := &t.acts[(m.acts+uint64(i))%actsSize]; a.step == m.step {
		return a
	}
	return nil
}

// find returns what is remembered of a step, or nil; it is valid until the next step is added.
func (t *trail) find(step uint64) *footstep {
	if at := step % trailSize; step != 0 && at < uint64(len(t.steps)) && t.steps[at].step == step {
		return &t.steps[at]
	}
	return nil
}

// returned tells whether a step is a return of the row, and whether the one in which the router got its answer.
func (x *term) returned(step uint64) (yes, answer bool) {
	if step == x.answer && step != 0 {
		return true, true
	}
	return slices.Contains(x.returns[:x.known], step), false
}

// descent is what a walk from a decision found.
type descent struct {
	self  bool // it comes by a return of the row
	asked bool // namely by the answer to its create
	loose bool // and on the way by a timer that may be a ticker
}

// descends walks from a step to its causes and tells whether it comes by a return of the row. Causes are older
// than what they cause, so the walk ends at the age of the row.
//
// An answer about another row descends from the request it answers. The walk goes there at once and not by the packets
// and applies in between: entries are applied one after the other, so any would come by the apply of its neighbour.
func (t *trail) descends(step uint64, x *term) descent {
	loose := false
	for n := 0; n < walkMax && step >= x.born && step != 0; n++ {
		if yes, answer := x.returned(step); yes {
			return descent{true, answer, loose}
		}
		m := t.find(step)
		if m == nil {
			break
		}
		if m.foreign(x.id) {
			step = t.asked(m, x.born)
			continue
		}
		if m.input == sim.Expire {
			armed := t.find(m.cause)
			loose = loose || armed == nil || m.at.Sub(armed.at) >= ticker
		}
		step = m.cause
	}
	return descent{}
}

// asked returns the step in which a controller got the request that a reply answers, or 0 if it is older than oldest.
func (t *trail) asked(reply *footstep, oldest uint64) uint64 {
	verb := model.DeleteTerm
	if reply.kind == model.CreateReply {
		verb = model.CreateTerm
	}
	return t.request(reply.step, max(1, oldest), verb, reply.term)
}

// foreign reports whether the step got the answer about another row.
func (m *footstep) foreign(id model.TermID) bool {
	return m.input == sim.Deliver && m.term != 0 && m.term != id &&
		(m.kind == model.CreateReply || m.kind == model.RemoveReply)
}

// chain takes down how a departure came about: the step that made it so, the decision, and back to the return
// or to whatever else began it.
func (t *trail) chain(to *chain, s sim.Stamp, decided uint64, what deed, x *term, how leave) {
	to.n = 0
	if how != entryLeft {
		first := deedDeleted
		if how == rowAppeared {
			first, decided = deedCreated, 0
		}
		t.take(to, s.Step, first, x.id)
	}
	step := decided
	if step == 0 {
		if m := t.find(s.Step); m != nil {
			step, what = m.cause, deedNone
		}
	}
	for to.n < chainMax && step != 0 && t.find(step) != nil {
		yes, answer := x.returned(step)
		switch {
		case what != deedNone:
		case yes && answer:
			what = deedAnswered
		case yes:
			what = deedReturned
		}
		t.take(to, step, what, x.id)
		what = deedNone
		if yes {
			return
		}
		step = t.find(step).cause
	}
}

// back takes down a step and its causes, as far as they are remembered.
func (t *trail) back(to *chain, step uint64, what deed, about model.TermID) {
	to.n = 0
	for m := t.find(step); m != nil && to.n < chainMax; m = t.find(m.cause) {
		t.take(to, m.step, what, about)
		what = deedNone
	}
}

func (t *trail) take(to *chain, step uint64, what deed, about model.TermID) {
	if m := t.find(step); m != nil && to.n < chainMax {
		to.links[to.n] = link{footstep: *m, deed: what, about: about}
		to.n++
	}
}
