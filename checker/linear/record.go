package linear

import (
	"math"

	"gyre/model"
	"gyre/sim"
)

// Recorder keeps a history of operations for an independent judge, up to limits. It is for short histories and for
// showing a failing one; the online judge needs none of it.
type Recorder struct {
	histories []History
	terms     map[model.TermID]int
	services  map[model.ServiceID]int
	marks     []Mark
	full      bool
}

// Limits of a recording: porcupine's cost is quadratic in the operations of a key.
const (
	OpsMax       = 1000 // operations of one key
	HistoriesMax = 2000 // keys
	MarksMax     = 2000
	unitsMax     = 16 // terminators of one write
)

// Register says which of the two registers a history is of.
type Register uint8

// Registers.
const (
	Registry Register = iota + 1 // of one terminator id
	Hosting                      // of one service
)

// History is the operations on one key, in the order in which they were recorded.
type History struct {
	Register Register
	Term     model.TermID
	Service  model.ServiceID
	Ops      []Op
	Cut      bool // it has more operations than OpsMax
	pending  []int
}

// Name renders the key of a history: rtr1#1, or web.
func (h *History) Name(names *model.Names) string {
	if h.Register == Hosting {
		return names.Name(model.ClassService, uint64(h.Service))
	}
	return names.Name(model.ClassTerm, uint64(h.Term))
}

// Act is what an operation does.
type Act uint8

// Acts. Those on a terminator id come first.
const (
	Create Act = iota + 1
	Remove
	Get
	Up     // a write lets one terminator of the service come
	Down   // or go
	Lookup // answers Count
)

// Op is one operation. Calls and returns are on a clock without ties.
type Op struct {
	Client   sim.NodeID
	Act      Act
	Known    bool   // its outcome is known
	Position uint64 // of its write in the history of the key; 0 if it wrote nothing, or nobody knows
	At       uint64 // lookup: position it answered from; up and down: position it cannot be before
	Present  bool   // get: the answer
	Count    int64  // lookup: the answer
	Code     model.Code
	Call     int64
	Effect   int64 // when the log had its write; 0 if it wrote nothing
	Return   int64 // math.MaxInt64 if it has not returned
	CallAt   sim.Time
}

// Mark is something that happened beside the operations: a fault, or a change of leader.
type Mark struct {
	At   int64
	Node sim.NodeID
	Peer sim.NodeID
	Name string
	When sim.Time
}

// Record makes the judge keep a history, beginning with what was there before the run. Call it before the run.
func (j *Judge) Record() *Recorder {
	j.record = &Recorder{terms: map[model.TermID]int{}, services: map[model.ServiceID]int{}}
	for i := range j.keys.list {
		if x := &j.keys.list[i]; x.now > 0 {
			j.record.internal(j, x, &model.Entry{}, create)
		}
	}
	for s := range j.hosting.services {
		if x := &j.hosting.services[s]; len(x.window) > 0 {
			j.record.write(j, model.ServiceID(s), x.window[len(x.window)-1].index, x.credit)
		}
	}
	return j.record
}

// Histories returns what was recorded: terminators first, each kind in the order of its first operation.
func (r *Recorder) Histories() []History { return r.histories }

// Marks returns faults and changes of leader.
func (r *Recorder) Marks() []Mark { return r.marks }

// Full reports whether there were more keys than HistoriesMax.
func (r *Recorder) Full() bool { return r.full }

func (r *Recorder) term(id model.TermID) *History {
	i, ok := r.terms[id]
	if !ok {
		if i = r.begin(History{Register: Registry, Term: id}); i >= 0 {
			r.terms[id] = i
		}
	}
	return r.history(i)
}

func (r *Recorder) service(id model.ServiceID) *History {
	i, ok := r.services[id]
	if !ok {
		if i = r.begin(History{Register: Hosting, Service: id}); i >= 0 {
			r.services[id] = i
		}
	}
	return r.history(i)
}

func (r *Recorder) begin(h History) int {
	if len(r.histories) >= HistoriesMax {
		r.full = true
		return -1
	}
	r.histories = append(r.histories, h)
	return len(r.histories) - 1
}

// history returns a history that still takes operations, or nil.
func (r *Recorder) history(i int) *History {
	if i < 0 {
		return nil
	}
	h := &r.histories[i]
	if len(h.Ops) >= OpsMax {
		h.Cut = true
		return nil
	}
	return h
}

// router takes an operation of a router that has ended. One that was lost and is not in the log never took effect.
func (r *Recorder) router(j *Judge, node sim.NodeID, o *operation, known bool, code model.Code) {
	x := &j.keys.list[o.key]
	h := r.term(x.id)
	if h == nil {
		return
	}
	op := Op{Client: node, Act: Create, Known: known, Position: uint64(o.own), Code: code, Call: o.seq, Effect: o.effect,
		Return: j.seq, CallAt: o.call}
	if o.verb == remove {
		op.Act = Remove
	}
	if !known {
		op.Return = math.MaxInt64
	}
	h.Ops = append(h.Ops, op)
}

// internal takes a write that no operation under way explains: a controller's, the operator's, or a router's that
// was lost before it took effect. It returns when its submitter has applied it, if ever.
func (r *Recorder) internal(j *Judge, x *key, e *model.Entry, v verb) {
	h := r.term(x.id)
	if h == nil {
		return
	}
	op := Op{Client: e.Source, Act: Create, Position: uint64(x.now), Call: j.seq, Effect: j.seq, Return: math.MaxInt64,
		CallAt: j.at}
	if v == remove {
		op.Act = Remove
	}
	h.pending = append(h.pending, len(h.Ops))
	h.Ops = append(h.Ops, op)
}

// returned ends the newest of those.
func (r *Recorder) returned(j *Judge, x *key) {
	i, ok := r.terms[x.id]
	if !ok {
		return
	}
	h := &r.histories[i]
	for _, n := range h.pending {
		if o := &h.Ops[n]; o.Position == uint64(x.now) {
			o.Known, o.Return, o.Code = true, j.seq, model.OK
		}
	}
	h.pending = h.pending[:0]
}

// write takes what a write lets come and go. It never returns: when it has come true nobody is told.
func (r *Recorder) write(j *Judge, s model.ServiceID, index uint64, c credit) {
	reg := j.hosting.service(s)
	at := reg.first + uint64(len(reg.window))
	if reg.window[len(reg.window)-1].index == index {
		at--
	}
	for _, x := range [...]struct {
		act Act
		n   int64
	}{{Up, c.ups}, {Down, c.downs}} {
		for range min(x.n, unitsMax) {
			if h := r.service(s); h != nil {
				h.Cut = h.Cut || x.n > unitsMax
				h.Ops = append(h.Ops, Op{Act: x.act, At: at, Call: j.seq, Return: math.MaxInt64, CallAt: j.at})
			}
		}
	}
}

// lookup takes a read, unless it repeats what the same controller has answered from the same position.
func (r *Recorder) lookup(j *Judge, s model.ServiceID, by sim.NodeID, m *model.Msg, from int64, at uint64) {
	h := r.service(s)
	if h == nil {
		return
	}
	for i := len(h.Ops) - 1; i >= 0; i-- {
		if o := &h.Ops[i]; o.Act == Lookup && o.Client == by {
			if o.At == at {
				return
			}
			break
		}
	}
	h.Ops = append(h.Ops, Op{Client: by, Act: Lookup, Known: true, At: at, Count: int64(m.N), Call: from, Return: j.seq,
		CallAt: j.at})
}

// leader takes a change of leader.
func (r *Recorder) leader(j *Judge, node sim.NodeID, m *model.Msg) {
	name := "leads"
	if m.Flags&model.On == 0 {
		name = "leads no more"
	}
	r.mark(Mark{At: j.seq, Node: node, Name: name, When: j.at})
}

// event takes something from outside.
func (r *Recorder) event(j *Judge, at sim.Time, e sim.Outside) {
	r.mark(Mark{At: j.seq, Node: e.Node, Peer: e.Peer, Name: e.Name, When: at})
}

func (r *Recorder) mark(m Mark) {
	if len(r.marks) < MarksMax {
		r.marks = append(r.marks, m)
	}
}
