package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// ziti140 is the hosting registry of ziti-1.4.0: router/xgress_edge_tunnel_v2/hosted.go and fabric.go at 30da593c1
// (2025-02-25).
//
// Against ziti140p: terminator ids are remembered, in a cache that is saved with the router data model, so that a
// router that restarts asks for the rows it has. The key is the service. A service with several terminators thus gives
// all of them one id; the registry keeps the last, one row is made, and the others are nowhere (B27, ziti#3420).
//
// Files: ziti140.go state and interface, ziti140_loop.go the run loop, ziti140_delete.go the pool jobs of the deletes,
// ziti140_leader.go the loss of the leader.
type ziti140 struct {
	env    Env
	boot   sim.Time
	serial uint32 // ids made in this life

	terms  []*term140           // the registry, ascending by id
	hosted map[Key]*term140     // the host control each key was given
	cache  map[Key]model.TermID // terminator id cache
	open   int                  // entries of terms that are not Established

	due    []*term140 // the establish set, ascending by id
	left   []*term140 // members of it that may have left Establishing since the last walk
	doomed []*term140 // the delete set, ascending by id

	events  []event140 // posted, not yet taken by the run loop
	turning bool

	tickAt, pollAt, flushAt, pruneAt sim.Time // when the loop's timers fire; Never: not armed

	timers  timers[batch140]
	batches []*batch140 // delete jobs, ascending by serial
	jobs    uint64      // serial of the newest

	leader140

	order []*term140 // scratch of the walk
	slots []Slot     // taken for the walk ahead of time
	spent int        // how many of them it has used
}

// term140 is a tunnelTerminator.
type term140 struct {
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

// event140 is an event of the run loop.
type event140 struct {
	kind kind140
	why  model.Code
	t    *term140
}

type kind140 uint8

const (
	queueEstablish140 kind140 = iota
	queueRemove140
	requeueRemove140
	markEstablished140
)

// Timers of the loop; those of the delete jobs follow.
const (
	flushTimer140 uint32 = iota
	tickTimer140
	pollTimer140
	pruneTimer140
	leaderTimer140
	jobTimers140
)

// Tasks of the registry, in Msg.Aux.
const (
	removeJob140 uint64 = iota + 1 // pool job; Req is the batch
)

// prune140 is the period of pruneTerminatorIdCache.
const prune140 = 4 * sim.Hour

func newZiti140(env Env) *ziti140 {
	return &ziti140{
		env: env, hosted: map[Key]*term140{}, cache: map[Key]model.TermID{}, timers: timers[batch140]{base: jobTimers140},
		tickAt: sim.Never, pollAt: sim.Never, flushAt: sim.Never, pruneAt: sim.Never,
	}
}

// Boot implements Registry. Keys of an earlier life that nobody hosts leave the cache at the first prune; later
// prunes find nothing, since a key enters with its terminator and leaves with it, so the ticker stops there.
func (r *ziti140) Boot(idCache map[Key]model.TermID) {
	r.boot = r.env.Now()
	for _, key := range sortedKeys(idCache) {
		r.cache[key] = idCache[key]
	}
	if len(r.cache) > 0 {
		r.pruneAt = r.boot.Add(prune140)
		r.env.Arm(pruneTimer140, prune140)
	}
}

// cacheKey140 is the key of the id cache: the service, whichever of its terminators it is. No index is this large, so a
// later release that reads the cache finds nothing under its own keys, as it does upstream.
func cacheKey140(key Key) Key { return Key{Service: key.Service, Index: 1<<16 - 1} }

// Host implements Registry (fabricProvider.HostService). The registry is a map: who comes last with an id has it.
func (r *ziti140) Host(key Key) {
	id, found := r.cache[cacheKey140(key)]
	if !found {
		r.serial++
		id = model.NewTermID(r.env.Self(), r.env.Life(), r.serial)
		r.cache[cacheKey140(key)] = id
	}
	t := &term140{id: id, key: key}
	i, exists := r.find(id)
	if exists {
		r.leave(r.terms[i], model.WhyReplaced)
		r.terms[i] = t
	} else {
		r.terms = slices.Insert(r.terms, i, t)
	}
	r.hosted[key] = t
	r.set(t, model.Establishing, model.WhyHost)
	r.post(queueEstablish140, t, 0)
	r.hold()
}

// Close implements Registry (tunnelTerminator.Close).
func (r *ziti140) Close(key Key) {
	t := r.hosted[key]
	if t == nil || t.closed {
		return
	}
	t.closed = true
	delete(r.hosted, key)
	delete(r.cache, cacheKey140(key))
	r.post(queueRemove140, t, model.WhyClose)
	r.hold()
}

// CreateReply implements Registry (HandleCreateTerminatorResponse). It wakes the loop in every case.
func (r *ziti140) CreateReply(_ sim.NodeID, m *model.Msg) {
	i, found := r.find(m.Term)
	if found {
		t := r.terms[i]
		switch m.Code {
		case model.OK:
			r.post(markEstablished140, t, model.WhyCreated)
		case model.Busy:
			r.env.Limiter().Backoff(t.takeSlot())
			r.post(queueEstablish140, t, 0)
		default:
			r.env.Limiter().Success(t.takeSlot())
			t.active = false
		}
	}
	r.turn()
}

// Valid implements Registry (fabricProvider, IsTerminatorValid): any entry will do, closed and deleting ones
// included.
func (r *ziti140) Valid(id model.TermID) bool {
	i, found := r.find(id)
	if !found {
		return false
	}
	r.post(markEstablished140, r.terms[i], model.WhyValidated)
	r.turn()
	return true
}

// SessionsRemoved implements Registry: this release has no sessions.
func (r *ziti140) SessionsRemoved(sim.NodeID, []model.Token) {}

// Expire implements Registry.
func (r *ziti140) Expire(timer uint32) {
	switch timer {
	case flushTimer140:
		r.flushAt = sim.Never
	case tickTimer140:
		r.tickAt = sim.Never
		r.scanForRetries()
	case pollTimer140:
		r.pollAt = sim.Never
	case pruneTimer140:
		r.pruneAt = sim.Never
		r.prune()
	case leaderTimer140:
		r.passOn()
		return
	default:
		r.jobExpired(timer)
		return
	}
	r.turn()
}

// Task implements Registry: this release has no goroutines but those of the pool.
func (r *ziti140) Task(model.Msg) {}

// IDCache implements Registry: all of it. Upstream leaves out keys that are no service of the data model; there are
// none but of services that were deleted while the router was down, and their ids are then nobody's.
func (r *ziti140) IDCache() map[Key]model.TermID { return r.cache }

// Entries implements Registry.
func (r *ziti140) Entries(visit func(id model.TermID, key Key, state model.State)) {
	for _, t := range r.terms {
		visit(t.id, t.key, t.state)
	}
}

func (r *ziti140) find(id model.TermID) (int, bool) { return find140(r.terms, id) }

func find140(list []*term140, id model.TermID) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(t *term140, id model.TermID) int {
		return cmp.Compare(t.id, id)
	})
}

// current reports whether t is the registry's entry for its id; free, whether there is none.
func (r *ziti140) current(t *term140) (current, free bool) {
	i, found := r.find(t.id)
	return found && r.terms[i] == t, !found
}

// set changes the state of a terminator.
func (r *ziti140) set(t *term140, state model.State, why model.Code) {
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
func (r *ziti140) leave(t *term140, why model.Code) {
	r.tell(t, t.state, model.Absent, why)
	t.gone = true
}

// tell notes a change of an entry and counts the entries that are not settled.
func (r *ziti140) tell(t *term140, from, state model.State, why model.Code) {
	r.open += unsettled140(state) - unsettled140(from)
	r.env.Note(model.Msg{
		Kind: model.NoteState, Term: t.id, Service: t.key.Service, N: t.key.Index,
		From: from, State: state, Code: why,
	})
}

func unsettled140(state model.State) int {
	if state == model.Establishing || state == model.Deleting {
		return 1
	}
	return 0
}

// older reports whether the last attempt is longer ago than d, or never was.
func (t *term140) older(now sim.Time, d sim.Duration) bool { return !t.tried || now.Sub(t.last) > d }

// takeSlot is GetAndClearRateLimitCallback. Ending slot 0 does nothing.
func (t *term140) takeSlot() Slot {
	slot := t.slot
	t.slot = 0
	return slot
}

func (r *ziti140) prune() {
	for _, key := range sortedKeys(r.cache) {
		if _, found := r.find(r.cache[key]); !found {
			delete(r.cache, key)
		}
	}
}
