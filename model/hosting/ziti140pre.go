package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// ziti140p is the hosting registry of ziti-1.4.0-pre: router/xgress_edge_tunnel_v2/hosted.go and fabric.go at ec57c80ff
// (2025-02-25).
//
// It is the first with states instead of a created flag. One goroutine, the run loop, owns two sets: what to create and
// what to delete. It wakes for an event, a reply, the minute tick, or, while the limiter is full, every 10 ms; then it
// handles all events there are, walks the first set, walks the second. Here a wake-up is a call of turn.
//
// Against ziti210: a terminator is created as soon as it is hosted; every one has an id of its own, which nothing
// remembers; and HandleReestablish runs within the call that tells of a reconnect.
//
// Files: ziti140pre.go state and interface, ziti140pre_loop.go the run loop, ziti140pre_delete.go the pool jobs of the
// deletes, ziti140pre_leader.go the loss of the leader.
type ziti140p struct {
	env    Env
	boot   sim.Time
	serial uint32 // ids made in this life

	terms  []*term140p       // the registry, ascending by id
	hosted map[Key]*term140p // the host control each key was given
	open   int               // entries of terms that are not Established

	due    []*term140p // the establish set, ascending by id
	left   []*term140p // members of it that may have left Establishing since the last walk
	doomed []*term140p // the delete set, ascending by id

	events  []event140p // posted, not yet taken by the run loop
	turning bool

	tickAt, pollAt, flushAt sim.Time // when the loop's timers fire; Never: not armed

	timers  timers[batch140p]
	batches []*batch140p // delete jobs, ascending by serial
	jobs    uint64       // serial of the newest

	leader140p

	order []*term140p // scratch of the walk
	slots []Slot      // taken for the walk ahead of time
	spent int         // how many of them it has used
}

// term140p is a tunnelTerminator.
type term140p struct {
	id     model.TermID
	key    Key
	state  model.State
	closed bool
	active bool     // operationActive
	tried  bool     // last is set
	due    bool     // in the establish set
	doomed bool     // in the delete set
	last   sim.Time // lastAttempt: of creates only
	slot   Slot
	gone   bool // from the registry; the state stays what it was
}

// event140p is an event of the run loop.
type event140p struct {
	kind kind140p
	why  model.Code
	t    *term140p
}

type kind140p uint8

const (
	queueEstablish140p kind140p = iota
	queueRemove140p
	requeueRemove140p
	markEstablished140p
)

// Timers of the loop; those of the delete jobs follow.
const (
	flushTimer140p uint32 = iota
	tickTimer140p
	pollTimer140p
	leaderTimer140p
	jobTimers140p
)

// Tasks of the registry, in Msg.Aux.
const (
	removeJob140p uint64 = iota + 1 // pool job; Req is the batch
)

func newZiti140p(env Env) *ziti140p {
	return &ziti140p{
		env: env, hosted: map[Key]*term140p{}, timers: timers[batch140p]{base: jobTimers140p},
		tickAt: sim.Never, pollAt: sim.Never, flushAt: sim.Never,
	}
}

// Boot implements Registry. This release keeps no ids.
func (r *ziti140p) Boot(map[Key]model.TermID) { r.boot = r.env.Now() }

// Host implements Registry (fabricProvider.HostService): every call makes a terminator with an id of its own.
func (r *ziti140p) Host(key Key) {
	r.serial++
	t := &term140p{id: model.NewTermID(r.env.Self(), r.env.Life(), r.serial), key: key}
	r.terms = append(r.terms, t)
	r.hosted[key] = t
	r.set(t, model.Establishing, model.WhyHost)
	r.post(queueEstablish140p, t, 0)
	r.hold()
}

// Close implements Registry (tunnelTerminator.Close).
func (r *ziti140p) Close(key Key) {
	t := r.hosted[key]
	if t == nil || t.closed {
		return
	}
	t.closed = true
	delete(r.hosted, key)
	r.post(queueRemove140p, t, model.WhyClose)
	r.hold()
}

// CreateReply implements Registry (HandleCreateTerminatorResponse). It wakes the loop in every case.
func (r *ziti140p) CreateReply(_ sim.NodeID, m *model.Msg) {
	i, found := r.find(m.Term)
	if found {
		t := r.terms[i]
		switch m.Code {
		case model.OK:
			r.post(markEstablished140p, t, model.WhyCreated)
		case model.Busy:
			r.env.Limiter().Backoff(t.takeSlot())
			r.post(queueEstablish140p, t, 0)
		default:
			r.env.Limiter().Success(t.takeSlot())
			t.active = false
		}
	}
	r.turn()
}

// Valid implements Registry (fabricProvider, IsTerminatorValid): any entry will do, closed and deleting ones
// included.
func (r *ziti140p) Valid(id model.TermID) bool {
	i, found := r.find(id)
	if !found {
		return false
	}
	r.post(markEstablished140p, r.terms[i], model.WhyValidated)
	r.turn()
	return true
}

// SessionsRemoved implements Registry: this release has no sessions.
func (r *ziti140p) SessionsRemoved(sim.NodeID, []model.Token) {}

// Expire implements Registry.
func (r *ziti140p) Expire(timer uint32) {
	switch timer {
	case flushTimer140p:
		r.flushAt = sim.Never
	case tickTimer140p:
		r.tickAt = sim.Never
		r.scanForRetries()
	case pollTimer140p:
		r.pollAt = sim.Never
	case leaderTimer140p:
		r.passOn()
		return
	default:
		r.jobExpired(timer)
		return
	}
	r.turn()
}

// Task implements Registry: this release has no goroutines but those of the pool.
func (r *ziti140p) Task(model.Msg) {}

// IDCache implements Registry: there is none.
func (r *ziti140p) IDCache() map[Key]model.TermID { return nil }

// Entries implements Registry.
func (r *ziti140p) Entries(visit func(id model.TermID, key Key, state model.State)) {
	for _, t := range r.terms {
		visit(t.id, t.key, t.state)
	}
}

func (r *ziti140p) find(id model.TermID) (int, bool) { return find140p(r.terms, id) }

func find140p(list []*term140p, id model.TermID) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(t *term140p, id model.TermID) int {
		return cmp.Compare(t.id, id)
	})
}

// current reports whether t is the registry's entry for its id; free, whether there is none.
func (r *ziti140p) current(t *term140p) (current, free bool) {
	i, found := r.find(t.id)
	return found && r.terms[i] == t, !found
}

// set changes the state of a terminator.
func (r *ziti140p) set(t *term140p, state model.State, why model.Code) {
	if t.state == state {
		return
	}
	if !t.gone {
		r.tell(t, t.state, state, why)
	}
	if t.due {
		r.left = append(r.left, t)
	}
	t.state = state
}

// leave marks that t is no longer the registry's entry for its id.
func (r *ziti140p) leave(t *term140p, why model.Code) {
	r.tell(t, t.state, model.Absent, why)
	t.gone = true
}

// tell notes a change of an entry and counts the entries that are not settled.
func (r *ziti140p) tell(t *term140p, from, state model.State, why model.Code) {
	r.open += unsettled140p(state) - unsettled140p(from)
	r.env.Note(model.Msg{
		Kind: model.NoteState, Term: t.id, Service: t.key.Service, N: t.key.Index,
		From: from, State: state, Code: why,
	})
}

func unsettled140p(state model.State) int {
	if state == model.Establishing || state == model.Deleting {
		return 1
	}
	return 0
}

// older reports whether the last attempt is longer ago than d, or never was.
func (t *term140p) older(now sim.Time, d sim.Duration) bool { return !t.tried || now.Sub(t.last) > d }

// takeSlot is GetAndClearRateLimitCallback. Ending slot 0 does nothing.
func (t *term140p) takeSlot() Slot {
	slot := t.slot
	t.slot = 0
	return slot
}
