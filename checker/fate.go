package checker

import (
	"gyre/model"
	"gyre/sim"
)

// What is wrong at rest was brought about long before: by then the trail has forgotten it. So each row and each key
// carries marks of the newest things that were done about it, a few words each, and where a mark has grown old and
// its subject is wrong, the steps that led to it are put aside before they are overwritten.

// mark is the newest deed of one kind that concerns a row or a key.
type mark struct {
	step uint64 // 0: never, or nothing but an outside event
	by   uint64 // the step to go on from, where it is not the cause: the request for an entry, say
	at   sim.Time
	root uint32 // the outside event it descends from
	node sim.NodeID
	deed deed
	code model.Code
	term model.TermID
	kept *chain // what led to it, once the trail is about to forget
}

// Kinds of marks. Those of a row first.
const (
	rowCame   = iota // the row was created
	entryMade        // its entry in a registry changed
	rowSaid          // the newest request or answer about it
	termMarks
)

const (
	keyFell = iota // a row of it was deleted, or it became wanted or unwanted
	keySaid        // the newest thing its router did or was told about it
	keyMarks
)

const (
	fatesSize = 1 << 14 // marks watched at a time; a power of two
	fateAge   = 1 << 13 // steps until a mark is old: a fraction of trailSize, so that what led to it is still there
	keptMax   = 1 << 12 // chains put aside at most
	wayMax    = 1 << 9  // steps followed on the way back from a mark
	tasksMax  = 64      // commands of the operator remembered
)

// fates watches marks grow old.
type fates struct {
	queue  []aging // a ring
	head   int
	n      int
	kept   int // chains put aside
	outer  []outer
	tasks  [tasksMax]task
	tasked int
}

// aging is a mark in the queue.
type aging struct {
	step  uint64
	owner int32 // of a term or, as its complement, of a key
	which uint8
}

// outer is an outside event, by its number.
type outer struct {
	at   sim.Time
	name string
	kind model.Kind // of a command
	node sim.NodeID
	peer sim.NodeID
}

// task is a command of the operator and the step in which a controller took it.
type task struct {
	entry *model.Entry
	step  uint64
}

// asked is a create or remove request that arrived at a controller.
type asked struct {
	step uint64
	node sim.NodeID
	verb model.Verb
}

func (f *fates) init() { f.queue = make([]aging, fatesSize) }

// came remembers an outside event.
func (f *fates) came(at sim.Time, e *sim.Outside) {
	for int(e.Root) >= len(f.outer) {
		f.outer = append(f.outer, outer{})
	}
	f.outer[e.Root] = outer{at: at, name: e.Name, node: e.Node, peer: e.Peer}
}

// task remembers a command of the operator.
func (f *fates) task(s sim.Stamp, m *model.Msg) {
	if int(s.Root) < len(f.outer) {
		f.outer[s.Root].kind = m.Kind
	}
	if e, ok := m.Body.(*model.Entry); ok {
		f.tasks[f.tasked%tasksMax] = task{e, s.Step}
		f.tasked++
	}
}

// order finds the command that asked for an entry, 0 if it is not known. A batch may have got its ids only then.
func (f *fates) order(e *model.Entry) uint64 {
	for i := range min(f.tasked, tasksMax) {
		t := &f.tasks[(f.tasked-1-i)%tasksMax]
		if o := t.entry; o.Verb == e.Verb && o.Router == e.Router && o.Service == e.Service && o.Term == e.Term &&
			o.N == e.N {
			return t.step
		}
	}
	return 0
}

// markTerm sets a mark of a row.
func (c *Checker) markTerm(i int32, which uint8, m mark) {
	c.set(&c.terms[i].marks[which], aging{m.step, i, which}, m)
}

// markKey sets a mark of a key; -1 is no key.
func (c *Checker) markKey(i int32, which uint8, m mark) {
	if i >= 0 {
		c.set(&c.keys[i].marks[which], aging{m.step, ^i, which}, m)
	}
}

func (c *Checker) set(to *mark, a aging, m mark) {
	f := &c.fates
	if to.kept != nil {
		f.kept--
	}
	*to = m
	if m.step == 0 {
		return
	}
	if f.n == fatesSize {
		c.grow()
	}
	f.queue[(f.head+f.n)%fatesSize] = a
	f.n++
}

// age looks at the marks that have grown old by now: all work is at most one look for each mark that was set.
func (c *Checker) age(now uint64) {
	f := &c.fates
	for f.n > 0 && f.queue[f.head].step+fateAge <= now {
		c.grow()
	}
}

// grow takes the oldest mark out of the queue and puts aside what led to it, if it is still the newest of its kind and
// what it is about is wrong.
func (c *Checker) grow() {
	f := &c.fates
	a := f.queue[f.head]
	f.head = (f.head + 1) % fatesSize
	f.n--
	if f.kept == keptMax {
		return
	}
	var m *mark
	ails := false
	if a.owner < 0 {
		k := &c.keys[^a.owner]
		m, ails = &k.marks[a.which], k.wrong
	} else {
		t := &c.terms[a.owner]
		m, ails = &t.marks[a.which], c.ails(t)
	}
	if m.step != a.step || m.kept != nil || !ails {
		return
	}
	m.kept = &chain{}
	c.way(m.kept, m)
	f.kept++
}

// ails reports whether a row is not hosted, or an entry is not settled or has no row.
func (c *Checker) ails(t *term) bool {
	return t.row && (!c.hosts(t) || c.keys[t.key].wrong) || t.entry && (t.state != model.Established || !t.row)
}

// drop gives back what was put aside for a row that is forgotten.
func (f *fates) drop(t *term) {
	for i := range t.marks {
		if t.marks[i].kept != nil {
			f.kept--
		}
	}
}

// marked is a mark of something done in a step.
func marked(s sim.Stamp, what deed, id model.TermID, code model.Code) mark {
	return mark{step: s.Step, at: s.At, root: s.Root, node: s.Node, deed: what, term: id, code: code}
}
