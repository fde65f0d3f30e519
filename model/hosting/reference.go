package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// reference is our own hosting registry, with the four cures that the report of the spin names; each can be switched
// off, and without all four it is naive: it polls any controller, compares, and compensates, which is what a
// reasonable first implementation does. docs/reference.md explains it; model/controller/reference.go is the other side.
//
// What all sixteen corners have in common: every terminator has an entry by id, establishing until a controller says
// it is there and deleting until one says it is gone; a decision is sent as soon as it is made; and an audit, every
// service-poll, compares the entries with a controller's rows, soon again if it found something to do.
//
//	sync         audits and writes go to the leader first; every answer says as of which log index, and one that is
//	             older than what the router has seen is not acted on. Rows the router knows nothing of are deleted
//	             only if its own desired state is as new as the controller's.
//	order        every decision has a generation, larger than all before it in every life of the router. The log
//	             applies no operation that is of an older generation than one it has applied to the same id. An
//	             answer counts only if it answers the newest request about its terminator.
//	reliability  what is under way is known: the audit leaves it alone, a request without an answer times out, what
//	             failed is asked again after a jittered, growing pause, within the limiter's window, and a controller
//	             that comes back wakes all that waits.
//	idempotency  ids are stable: a function of router, service and index. A create of what is there is a success, so
//	             asking again, or hosting again, changes nothing. Without it every attempt has an id of its own.
//
// Files: reference.go state and interface, reference_ask.go requests, reference_answer.go their answers,
// reference_audit.go audits.
type reference struct {
	env     Env
	desired Desirer

	sync, order, reliable, idempotent bool // the cures that are on

	serial uint32 // of ids, in this life, without idempotency
	gens   uint32 // generations given in this life
	floor  uint64 // a generation that was seen in the log: what comes next is larger
	seen   uint64 // newest log index that any answer spoke of

	terms  []*claim       // the registry, ascending by id
	hosted map[Key]*claim // what should be hosted

	decided []*claim // entries with a decision of this instant
	creates fifo     // entries whose create waits for a slot
	removes fifo     // and whose remove does
	pauses  pauses   // entries that failed, by the time to ask again; some no longer pause
	ops     []*asking

	flushAt, dueAt, askAt sim.Time // when the timers fire; Never: not armed
	audit                 uint64   // request under way, or 0
	misses                int      // audits in a row that came to nothing
}

// claim is an entry of the registry.
type claim struct {
	id     model.TermID
	key    Key
	state  model.State
	gen    uint64   // of the newest decision
	first  uint64   // first request about that decision; 0: none has left
	req    uint64   // newest one; 0: none is under way
	at     sim.Time // when it is asked again; Never: it does not pause
	tries  int      // in a row that failed
	asked  bool     // a create with this id may have left
	closed bool     // its decision is to go
	fresh  bool     // it is in decided
	queued bool     // it is in creates or removes
	gone   bool     // it left the registry
}

// asking is a request under way.
type asking struct {
	req   uint64
	kind  model.Kind
	terms []*claim
	slot  Slot
	end   sim.Time
}

// Timers of the registry.
const (
	flushTimerRef uint32 = iota
	dueTimerRef
	askTimerRef
)

// Desirer is what the reference asks of its router beyond Env: the log index of the desired set it acts on, and
// whether it has one.
type Desirer interface {
	Desired() (index uint64, known bool)
}

// Auditor is a registry that takes the answers to its audits.
type Auditor interface {
	AuditReply(from sim.NodeID, m *model.Msg)
}

func newReference(env Env) *reference {
	desired, ok := env.(Desirer)
	sim.Assert(ok, "the reference needs to know how new its desired set is")
	off := env.Without()
	return &reference{
		env: env, desired: desired, hosted: map[Key]*claim{},
		sync: !off.Has(model.Sync), order: !off.Has(model.Order), reliable: !off.Has(model.Reliability),
		idempotent: !off.Has(model.Idempotency),
		flushAt:    sim.Never, dueAt: sim.Never, askAt: sim.Never,
	}
}

// Boot implements Registry. Nothing is needed from an earlier life: ids are computed, and generations start above it.
func (r *reference) Boot(map[Key]model.TermID) {}

// Host implements Registry. Hosting what is there, or is on its way out, is a new decision about the same terminator.
func (r *reference) Host(key Key) {
	t := r.hosted[key]
	if t == nil && r.idempotent {
		if i, found := r.find(model.StableID(r.env.Self(), key.Service, key.Index)); found {
			t = r.terms[i]
		}
	}
	if t == nil {
		t = r.enter(r.newID(key), key)
	}
	r.hosted[key] = t
	t.closed = false
	r.decide(t)
}

// Close implements Registry. What becomes of it is seen at the end of the instant: an edit closes and hosts again.
func (r *reference) Close(key Key) {
	t := r.hosted[key]
	if t == nil {
		return
	}
	delete(r.hosted, key)
	t.closed = true
	r.decide(t)
}

// newID returns the id for a key.
func (r *reference) newID(key Key) model.TermID {
	if r.idempotent {
		return model.StableID(r.env.Self(), key.Service, key.Index)
	}
	r.serial++
	return model.NewTermID(r.env.Self(), r.env.Life(), r.serial)
}

// enter makes an entry.
func (r *reference) enter(id model.TermID, key Key) *claim {
	t := &claim{id: id, key: key, at: sim.Never}
	i, found := r.find(id)
	sim.Assert(!found, "terminator %d is entered twice", id)
	r.terms = slices.Insert(r.terms, i, t)
	return t
}

// decide gives an entry a new generation, which overrules whatever is under way.
func (r *reference) decide(t *claim) {
	if !t.fresh {
		t.fresh = true
		r.decided = append(r.decided, t)
	}
	r.wake()
}

// wake has what was decided carried out at the end of the instant.
func (r *reference) wake() {
	if r.flushAt == sim.Never {
		r.flushAt = r.env.Now()
		r.env.Arm(flushTimerRef, 0)
	}
}

// generation returns the next generation, or none without order.
func (r *reference) generation() uint64 {
	if !r.order {
		return 0
	}
	r.gens++
	return r.floor + model.NewGeneration(r.env.Life(), r.gens)
}

// overrule begins a new decision about an entry: what is under way about it counts no more.
func (r *reference) overrule(t *claim) {
	t.gen, t.first, t.req, t.tries, t.at = r.generation(), 0, 0, 0, sim.Never
}

// flush carries out the decisions of the instant.
func (r *reference) flush() {
	list := r.decided
	r.decided = nil
	for _, t := range list {
		t.fresh = false
		if t.gone {
			continue
		}
		r.overrule(t)
		if t.closed {
			r.set(t, model.Deleting, model.WhyClose)
		} else {
			r.set(t, model.Establishing, model.WhyHost)
		}
		r.enqueue(t)
	}
}

// Valid implements Registry: no controller asks.
func (r *reference) Valid(id model.TermID) bool {
	_, found := r.find(id)
	return found
}

// SessionsRemoved implements Registry: there are no sessions.
func (r *reference) SessionsRemoved(sim.NodeID, []model.Token) {}

// CtrlEvent implements Registry. A controller that comes, comes back or leads is news: what waits need wait no longer,
// and what was established is looked at, with a jitter that keeps a thousand routers apart.
func (r *reference) CtrlEvent(ev Event, _ sim.NodeID) {
	if ev == Disconnected {
		return
	}
	if r.askAt == sim.Never {
		r.askIn(r.env.Params().SettleCheck)
	}
	if !r.reliable {
		return
	}
	r.misses = 0
	if in := r.jitter(r.env.Params().ReestablishWait); r.env.Now().Add(in) < r.askAt {
		r.askIn(in)
	}
	r.hasten()
}

// Expire implements Registry.
func (r *reference) Expire(timer uint32) {
	switch timer {
	case flushTimerRef:
		r.flushAt = sim.Never
		r.flush()
	case dueTimerRef:
		r.dueAt = sim.Never
		r.overdue()
	case askTimerRef:
		r.askAt = sim.Never
		r.ask()
	}
	r.pump()
}

// Run implements Registry: it uses no pool.
func (r *reference) Run(job model.Msg) { sim.Assert(false, "no job %d was queued", job.Req) }

// Task implements Registry: it has no goroutines.
func (r *reference) Task(task model.Msg) { sim.Assert(false, "no task %d was started", task.Aux) }

// IDCache implements Registry: nothing to save.
func (r *reference) IDCache() map[Key]model.TermID { return nil }

// Entries implements Registry.
func (r *reference) Entries(visit func(id model.TermID, key Key, state model.State)) {
	for _, t := range r.terms {
		visit(t.id, t.key, t.state)
	}
}

func (r *reference) find(id model.TermID) (int, bool) {
	return slices.BinarySearchFunc(r.terms, id, func(t *claim, id model.TermID) int { return cmp.Compare(t.id, id) })
}

// set changes the state of an entry.
func (r *reference) set(t *claim, state model.State, why model.Code) {
	if t.state == state {
		return
	}
	r.env.Note(model.Msg{
		Kind: model.NoteState, Term: t.id, Service: t.key.Service, N: t.key.Index, From: t.state, State: state, Code: why,
	})
	t.state = state
}

// leave takes an entry out of the registry.
func (r *reference) leave(t *claim, why model.Code) {
	i, found := r.find(t.id)
	sim.Assert(found && r.terms[i] == t, "terminator %d is not in the registry", t.id)
	r.terms = slices.Delete(r.terms, i, i+1)
	r.set(t, model.Absent, why)
	t.gone = true
}
