package linear

import (
	"gyre/model"
	"gyre/sim"
)

// Judge follows one run and judges the registry, the hosting register and the session guarantees. It implements
// sim.Observer[model.Msg]. It costs a switch for most events and constant work for the rest; in steady state it
// allocates nothing, and its memory grows with the objects of the run, not with its length.
type Judge struct {
	names   *model.Names
	index   uint64   // newest log index applied anywhere
	applied []uint64 // apply index of each controller, by node
	booted  []bool
	role    []role // by node
	place   []int32
	at      sim.Time
	step    uint64 // present
	seq     int64  // calls and returns so far: a clock without ties
	wires   wires
	keys    keys
	routers []client
	hosting hosting
	session session
	fault   offence // of the registry
	settled settled
	record  *Recorder // nil unless asked for
	ordered bool      // routers disregard answers about decisions that they have overruled
}

type role uint8

const (
	nobody role = iota
	controller
	router
)

// offence is the first violation of a kind, and how many there were. Its text is made when it is found.
type offence struct {
	count uint64
	at    sim.Time
	last  sim.Time
	about About
	text  string
	step  uint64 // in which it was said
	turn  uint64 // in which the log turned to what was said, or should have been; 0: not known
}

func (o *offence) add(step, turn uint64, at sim.Time, about About, text func() string) {
	if o.count == 0 {
		o.at, o.about, o.text, o.step, o.turn = at, about, text(), step, turn
	}
	o.count++
	o.last = at
}

// Sighting is where to look for the cause of a violation. Its zero value is none.
type Sighting struct {
	Step uint64 // in which the answer was given
	Turn uint64 // in which the log turned to it; 0: not known
	Term model.TermID
}

// First returns the first violations found so far, of linearizability and of the session guarantees. What it costs
// does not depend on the run.
func (j *Judge) First() (answer, session Sighting) {
	return j.first().sighting(), j.session.offences.sighting()
}

func (o *offence) sighting() Sighting { return Sighting{o.step, o.turn, o.about.Term} }

// first is the first violation of linearizability.
func (j *Judge) first() *offence {
	if h := &j.hosting; j.fault.count == 0 || h.relaxed.count > 0 && h.relaxed.at < j.fault.at {
		return &h.relaxed
	}
	return &j.fault
}

// settled counts what became of operations whose answer was lost.
type settled struct {
	judged uint64 // answers judged
	lost   uint64 // operations never answered, or answered with an unknown outcome
	took   uint64 // of those: an entry of the log is theirs
}

// About is what a finding is about; zero fields are not known.
type About struct {
	Router  sim.NodeID
	Service model.ServiceID
	Index   uint16
	Term    model.TermID
}

// Finding is what the run says about one guarantee.
type Finding struct {
	Judged   uint64 // operations or reads that were judged
	Count    uint64 // of those that break the guarantee
	At       sim.Time
	About    About
	Text     string // one or two sentences
	Step     uint64 // in which the first was said
	Turn     uint64 // in which the log turned to what was said; 0: not known
	Registry uint64 // of Count: answers about terminators
	Hosting  uint64 // of Count: lookups
	Stale    uint64 // lookups that break the strict reading only
}

// Violated reports whether the guarantee is broken.
func (f *Finding) Violated() bool { return f.Count > 0 }

// New returns a judge for one run of cfg. Entries of cfg.Genesis count as applied everywhere before the run.
func New(cfg *model.Config) *Judge {
	j := &Judge{names: cfg.Names, ordered: cfg.Release == model.Reference && !cfg.Without.Has(model.Order)}
	if j.names == nil {
		j.names = &model.Names{}
	}
	j.keys.init()
	j.hosting.init()
	for _, ids := range [...][]sim.NodeID{cfg.Controllers, cfg.Spares} {
		for _, id := range ids {
			j.place = grow(j.place, int(id))
			j.role = grow(j.role, int(id))
			j.role[id] = controller
		}
	}
	for i, id := range cfg.Routers {
		j.place = grow(j.place, int(id))
		j.role = grow(j.role, int(id))
		j.role[id], j.place[id] = router, int32(i)
		j.routers = append(j.routers, client{node: id})
	}
	j.applied = make([]uint64, len(j.role))
	j.booted = make([]bool, len(j.role))
	j.session.init(len(cfg.Routers))
	for i := range cfg.Genesis {
		j.index++
		j.entry(j.index, &cfg.Genesis[i], model.OK)
	}
	for i := range j.applied {
		j.applied[i] = j.index
	}
	j.keys.known()
	return j
}

// grow makes room for place n of a table.
func grow[T any](table []T, n int) []T {
	for n >= len(table) {
		var zero T
		table = append(table, zero)
	}
	return table
}

func (j *Judge) is(node sim.NodeID, r role) bool {
	return node > 0 && int(node) < len(j.role) && j.role[node] == r
}

// Input implements sim.Observer.
func (j *Judge) Input(s sim.Stamp, in *sim.Input[model.Msg]) {
	j.at, j.step = s.At, s.Step
	switch in.Kind {
	case sim.Deliver:
		if relevant(in.Msg.Kind) && j.is(s.Node, router) {
			j.delivered(s, in)
		}
	case sim.Up:
		j.wires.up(in.Conn, s.Node, in.From)
	case sim.Down:
		j.hungUp(s.Node, in.Conn)
	case sim.Boot:
		if j.is(s.Node, controller) {
			j.booted[s.Node] = true
		}
		j.gone(s.Node)
	case sim.Command:
		if in.Op != 0 && (in.Msg.Kind == model.OpEntry || in.Msg.Kind == model.OpLookup) {
			j.taken(s.At, in)
		}
	}
}

// relevant tells which messages of a controller are answers that a router reads.
func relevant(kind model.Kind) bool {
	switch kind {
	case model.CreateReply, model.RemoveReply, model.SessionRemoved, model.ServiceList, model.DataState,
		model.ChangeSet:
		return true
	}
	return false
}

// delivered takes an answer at its router.
func (j *Judge) delivered(s sim.Stamp, in *sim.Input[model.Msg]) {
	a := answer{by: in.From, at: s.At, index: noIndex, m: &in.Msg}
	if index, ok := j.wires.arrive(in.Conn); ok {
		a.index = index
	}
	r := &j.routers[j.place[s.Node]]
	switch in.Msg.Kind {
	case model.CreateReply, model.RemoveReply:
		j.answered(r, &a)
	case model.SessionRemoved:
		j.sessionsGone(r, &a)
	default:
		j.modelTold(r, &a)
	}
}

// Effect implements sim.Observer.
func (j *Judge) Effect(s sim.Stamp, e *sim.Effect[model.Msg]) {
	m := &e.Msg
	switch e.Kind {
	case sim.Send:
		switch {
		case m.Kind == model.CreateRequest || m.Kind == model.RemoveRequest:
			if j.is(s.Node, router) {
				j.asked(&j.routers[j.place[s.Node]], e)
			}
		case (m.Kind == model.Subscribe || m.Kind == model.ListServices) && j.is(s.Node, router):
			t := &j.session.routers[j.place[s.Node]]
			if t.inquires(m.Req); m.Kind == model.Subscribe {
				t.lease = m.Req
			}
		case relevant(m.Kind) && j.is(s.Node, controller):
			j.wires.depart(e.Conn, j.applied[s.Node])
		}
	case sim.Close:
		j.hungUp(s.Node, e.Conn)
	case sim.Reply:
		j.replied(s, e)
	case sim.Exit:
		j.gone(s.Node)
	case sim.Note:
		switch m.Kind {
		case model.NoteApplied:
			j.noted(s, m)
		case model.NoteRestore:
			if j.is(s.Node, controller) {
				j.applied[s.Node] = max(j.applied[s.Node], m.Index)
			}
		case model.NoteLeader:
			if j.record != nil {
				j.seq++
				j.record.leader(j, s.Node, m)
			}
		}
	}
}

// Event implements sim.Observer.
func (j *Judge) Event(at sim.Time, e sim.Outside) {
	j.at = at
	switch e.Name {
	case "command":
		return
	case "invoke":
		j.hosting.call(at, j.tick())
		return
	case "restart":
		return
	case "crash":
		j.gone(e.Node)
	}
	if j.record != nil {
		j.seq++
		j.record.event(j, at, e)
	}
}

// tick advances the clock that has no ties.
func (j *Judge) tick() int64 {
	j.seq++
	return j.seq
}

// gone ends a process: what a router had asked is answered to nobody.
func (j *Judge) gone(node sim.NodeID) {
	if j.is(node, router) {
		r := &j.routers[j.place[node]]
		for len(r.open) > 0 {
			j.lose(r, 0)
		}
		j.forgotten(r)
	}
}

// noted takes a controller's apply of an entry. The first of each index makes it so.
func (j *Judge) noted(s sim.Stamp, m *model.Msg) {
	e, ok := m.Body.(*model.Entry)
	if !ok || !j.is(s.Node, controller) {
		return
	}
	j.applied[s.Node] = m.Index
	if m.Index > j.index {
		j.index = m.Index
		j.tick()
		j.entry(m.Index, e, m.Code)
	}
	if e.Source == s.Node && e.Origin != model.ByRouter {
		j.ownDelete(m.Index, e)
	}
	if j.record == nil { // a history needs the same positions from beginning to end
		j.keys.fade(j.least())
	}
}

// least returns the lowest apply index of the controllers that have started.
func (j *Judge) least() uint64 {
	low := j.index
	for i, b := range j.booted {
		if b {
			low = min(low, j.applied[i])
		}
	}
	return low
}

// entry takes the next entry of the log.
func (j *Judge) entry(index uint64, e *model.Entry, code model.Code) {
	if code == model.AccessDenied {
		return // refused when it was applied
	}
	switch e.Verb {
	case model.CreateTerm:
		if code == model.OK {
			j.rowCame(index, e)
		}
	case model.DeleteTerm:
		j.rowWent(index, e, e.Term)
	case model.DeleteTerms:
		for n, id := range e.Terms {
			if i, ok := j.keys.at[id]; ok && !e.Spares(n, j.keys.list[i].gen) {
				j.rowWent(index, e, id)
			}
		}
	case model.Bind, model.Unbind, model.Allow, model.Deny:
		j.hosting.policy(j, index, e)
		j.session.policy(j, index, e)
	case model.Touch, model.TouchIdentity, model.DropIdentity, model.MakeIdentity:
		j.session.policy(j, index, e)
	}
}
