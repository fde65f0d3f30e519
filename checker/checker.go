package checker

import (
	"gyre/checker/linear"
	"gyre/model"
	"gyre/sim"
)

// Checker judges one run while it happens. It implements sim.Observer[model.Msg]: constant work per event,
// nothing allocated in steady state, and memory that grows with the objects of the run, not with its length.
type Checker struct {
	cfg   *model.Config
	names *model.Names
	truth
	trail    trail
	lasso    lasso
	members  members
	requests requests

	questions questions
	foreign   breach // deletes that another router than the owner asked for
	rash      breach // deletes after a validation of what is hosted and wanted
	despair   breach // terminators given up that should be hosted
	linear    *linear.Judge

	contradiction  [2]linear.Sighting // the first answer that contradicts another, and the first within one session
	contradictions [2]chain

	settled bool

	at        sim.Time // of the newest event
	quiet     sim.Time // of the newest outside event
	outsides  uint64   // outside events so far
	excused   sim.Time // departures up to here may be reactions; known once settled
	reached   sim.Time // first time in the desired set since quiet, or Never
	stayed    departure
	top       int32 // key with most cycles in this quiet phase, and how many
	topCycles uint64

	creates, deletes, noops uint64
	causes                  uint64
	roots                   []uint64 // bit set of the outside events counted as causes
	started                 []uint64 // bit set of the nodes that have started: the first time is no cause
}

// departure is the first one of this quiet phase that nothing from outside explains.
type departure struct {
	found bool
	self  bool // it descends from the return it undoes
	asked bool // that return being the answer to the create
	what  leave
	key   int32
	term  model.TermID
	at    sim.Time
	back  sim.Time // when the row had been created
	chain chain
}

// leave says how a key went wrong.
type leave uint8

const (
	rowDeleted leave = iota
	entryLeft
	rowAppeared
)

// New returns a checker for one run of cfg. Entries of cfg.Genesis count as applied before the run.
func New(cfg *model.Config) *Checker {
	c := &Checker{cfg: cfg, names: cfg.Names, excused: sim.Never, reached: sim.Never, top: -1}
	if c.names == nil {
		c.names = &model.Names{}
	}
	c.linear = linear.New(cfg)
	c.truth.init(cfg)
	c.trail.init()
	c.fates.init()
	c.members.init(cfg)
	c.requests.init(len(c.routers))
	c.questions.init(len(c.routers), len(c.members.list))
	for i := range cfg.Genesis {
		c.index++
		c.entry(sim.Stamp{}, &cfg.Genesis[i], model.OK)
	}
	c.members.base = c.sum
	c.creates, c.deletes, c.noops, c.needed = 0, 0, 0, c.lacking()
	return c
}

// Input implements sim.Observer.
func (c *Checker) Input(s sim.Stamp, in *sim.Input[model.Msg]) {
	c.rest()
	c.at = s.At
	c.linear.Input(s, in)
	c.trail.add(s, in, c.members.version(s.Node))
	c.age(s.Step)
	c.contradicted()
	switch in.Kind {
	case sim.Boot:
		c.booted(s.Node)
		c.members.process(s.At, s.Node, true)
	case sim.Deliver:
		c.delivered(s, &in.Msg)
		if in.Msg.Kind == model.ValidateRequest {
			c.asked(s, in)
		}
	case sim.Down:
		c.closed(s.Node, in.Conn)
	case sim.Command:
		if in.Msg.Kind == model.OpLookup {
			return // a read disturbs nothing
		}
		if in.Msg.Kind == model.OpMember {
			c.members.told(&in.Msg)
		}
		c.fates.task(s, &in.Msg)
		c.cause(s.Root)
	}
	if s.Cause == 0 {
		c.outside(s.At)
	}
}

// Effect implements sim.Observer.
func (c *Checker) Effect(s sim.Stamp, e *sim.Effect[model.Msg]) {
	m := &e.Msg
	c.linear.Effect(s, e)
	switch e.Kind {
	case sim.Send:
		c.did(s, m)
		switch m.Kind {
		case model.ValidateReply:
			c.closed(s.Node, e.Conn)
		case model.CreateRequest:
			c.sent(s, m)
			c.said(s, deedAskedCreate, m)
		case model.RemoveRequest:
			c.sent(s, m)
			c.requested(s, m)
			c.said(s, deedAsked, m)
		}
	case sim.Close:
		c.closed(s.Node, e.Conn)
	case sim.Refused:
		if m.Kind == model.ValidateReply {
			c.closed(s.Node, e.Conn)
		}
	case sim.Exit:
		c.died(s.Node, marked(s, deedDied, 0, model.None))
	case sim.Note:
		c.note(s, m)
	}
}

// note takes a note of a node.
func (c *Checker) note(s sim.Stamp, m *model.Msg) {
	c.did(s, m)
	switch m.Kind {
	case model.NoteApplied:
		c.applied(s, m)
	case model.NoteState:
		c.state(s, m)
	case model.NoteChannel:
		c.channel(s.Node, m)
	case model.NoteListener:
		c.listens(s, m)
	case model.NoteValidation:
		c.decide(s, m.Term, deedQueued)
		c.queue(s, m)
	case model.NoteGaveUp:
		c.gaveUp(s, m)
	case model.NoteLeader:
		c.members.led(s.At, s.Node, m)
	case model.NoteRestore:
		c.restored(s, m)
	case model.NoteWhy:
		c.said(s, deedRefused, m)
	}
}

// delivered takes a message that arrived.
func (c *Checker) delivered(s sim.Stamp, m *model.Msg) {
	switch m.Kind {
	case model.CreateReply:
		c.hop(s)
		c.refused(s, m, asksCreate)
		if m.Code == model.OK {
			c.answered(s, m)
		}
		c.heard(s, m)
	case model.RemoveReply:
		c.hop(s)
		c.refused(s, m, asksRemove)
		c.heard(s, m)
	case model.CreateRequest, model.RemoveRequest:
		c.hop(s)
		c.arrived(s, m)
	}
}

// died ends a process.
func (c *Checker) died(node sim.NodeID, m mark) {
	c.mourn(node, m)
	c.released(node)
	c.crashed(node)
	c.members.process(c.at, node, false)
}

// Event implements sim.Observer. The start of a process that exited on its own accord is the system's doing,
// and commands are judged when they arrive: one that reads disturbs nothing.
func (c *Checker) Event(at sim.Time, e sim.Outside) {
	c.linear.Event(at, e)
	c.fates.came(at, &e)
	if e.Name == "restart" || e.Name == "command" || e.Name == "invoke" {
		return
	}
	c.rest()
	c.at = at
	if e.Name == "crash" {
		c.died(e.Node, mark{at: at, root: e.Root, node: e.Node, deed: deedDied})
	}
	if e.Name != "start" || !setBit(&c.started, uint32(e.Node)) {
		c.cause(e.Root)
	}
	c.outside(at)
}

// Settle tells that from here on no outside event comes: quiescence began at the last one. If one comes all
// the same, quiescence begins anew.
func (c *Checker) Settle(now sim.Time) {
	c.rest()
	c.at = max(c.at, now)
	c.settled = true
	c.bounds()
}

// outside notes an outside event: what only quiescence can prove starts anew.
func (c *Checker) outside(at sim.Time) {
	c.outsides++
	c.quiet = at
	c.reached = sim.Never
	c.stayed.found = false
	c.top, c.topCycles = -1, 0
	c.lasso.reset()
	c.requests.outside()
	if c.settled {
		c.bounds()
	}
}

// bounds computes from when on nothing should happen any more.
func (c *Checker) bounds() {
	c.excused = c.quiet.Add(Reaction(c.cfg, c.quiet).Length)
	c.requests.calm = c.quiet.Add(Converge(c.cfg, c.quiet, len(c.keys)).Length)
}

// cause counts an outside event, once, for churn.
func (c *Checker) cause(root uint32) {
	if setBit(&c.roots, root) {
		c.causes++
	}
}

// setBit puts n into a bit set and reports whether it was not in it.
func setBit(set *[]uint64, n uint32) bool {
	word, bit := int(n/64), uint64(1)<<(n%64)
	for word >= len(*set) {
		*set = append(*set, 0)
	}
	fresh := (*set)[word]&bit == 0
	(*set)[word] |= bit
	return fresh
}

// rest runs between two events, when the effects of the one before are all in: it notices that the desired set
// was reached.
func (c *Checker) rest() {
	if c.reached == sim.Never && c.wrong == 0 && c.connected > 0 {
		c.reached = c.at
	}
}

// departed judges a key that went wrong although nobody changed what is wanted. term is the row it went wrong
// by.
func (c *Checker) departed(s sim.Stamp, what leave, t *term) {
	k := &c.keys[t.key]
	if c.stayed.found || !c.routers[k.router].connected() {
		return
	}
	self := what != rowAppeared && t.descent.self && t.outsides == c.outsides
	if t.descent.loose && !c.again(k) {
		self = false
	}
	if !self && (!c.settled || s.At <= c.excused) {
		return
	}
	d := &c.stayed
	d.found, d.self, d.asked, d.what = true, self, t.descent.asked, what
	d.key, d.term, d.at, d.back = t.key, t.id, s.At, t.back
	c.trail.chain(&d.chain, s, t.decided, t.deed, t, what)
}

// again reports whether the key has undone itself before in this quiet phase.
func (c *Checker) again(k *key) bool {
	return k.spin != nil && k.spin.outsides == c.outsides && k.spin.cycles > 0
}
