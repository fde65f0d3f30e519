package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// ziti180 is the hosting registry of ziti-1.8.0: router/xgress_edge_tunnel_v2/hosted.go and fabric.go at 67ee98c73
// (2025-12-04, v1.8.0-pre3).
//
// Against ziti140: the key of the id cache is the service and the index of the terminator, so that several terminators
// of a service have each its own id (ziti#3420). What is saved of the cache is still only what is a service by its key;
// that is nothing any more, so a router that restarts makes new ids (B28).
//
// Files: ziti180.go state and interface, ziti180_loop.go the run loop, ziti180_delete.go the pool jobs of the deletes,
// ziti180_leader.go the loss of the leader.
type ziti180 struct {
	env    Env
	boot   sim.Time
	serial uint32 // ids made in this life

	terms  []*term180           // the registry, ascending by id
	hosted map[Key]*term180     // the host control each key was given
	cache  map[Key]model.TermID // terminator id cache
	open   int                  // entries of terms that are not Established

	due    []*term180 // the establish set, ascending by id
	left   []*term180 // members of it that may have left Establishing since the last walk
	doomed []*term180 // the delete set, ascending by id

	events  []event180 // posted, not yet taken by the run loop
	turning bool

	tickAt, pollAt, flushAt, pruneAt sim.Time // when the loop's timers fire; Never: not armed

	timers  timers[batch180]
	batches []*batch180 // delete jobs, ascending by serial
	jobs    uint64      // serial of the newest

	leader180

	order []*term180 // scratch of the walk
	slots []Slot     // taken for the walk ahead of time
	spent int        // how many of them it has used
}

// term180 is a tunnelTerminator.
type term180 struct {
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

// event180 is an event of the run loop.
type event180 struct {
	kind kind180
	why  model.Code
	t    *term180
}

type kind180 uint8

const (
	queueEstablish180 kind180 = iota
	queueRemove180
	requeueRemove180
	markEstablished180
)

// Timers of the loop; those of the delete jobs follow.
const (
	flushTimer180 uint32 = iota
	tickTimer180
	pollTimer180
	pruneTimer180
	leaderTimer180
	jobTimers180
)

// Tasks of the registry, in Msg.Aux.
const (
	removeJob180 uint64 = iota + 1 // pool job; Req is the batch
)

// prune180 is the period of pruneTerminatorIdCache.
const prune180 = 4 * sim.Hour

func newZiti180(env Env) *ziti180 {
	return &ziti180{
		env: env, hosted: map[Key]*term180{}, cache: map[Key]model.TermID{}, timers: timers[batch180]{base: jobTimers180},
		tickAt: sim.Never, pollAt: sim.Never, flushAt: sim.Never, pruneAt: sim.Never,
	}
}

// Boot implements Registry. Keys of an earlier life that nobody hosts leave the cache at the first prune; later
// prunes find nothing, since a key enters with its terminator and leaves with it, so the ticker stops there.
func (r *ziti180) Boot(idCache map[Key]model.TermID) {
	r.boot = r.env.Now()
	for _, key := range sortedKeys(idCache) {
		r.cache[key] = idCache[key]
	}
	if len(r.cache) > 0 {
		r.pruneAt = r.boot.Add(prune180)
		r.env.Arm(pruneTimer180, prune180)
	}
}

// Host implements Registry (fabricProvider.HostService). The registry is a map: who comes last with an id has it.
func (r *ziti180) Host(key Key) {
	id, found := r.cache[key]
	if !found {
		r.serial++
		id = model.NewTermID(r.env.Self(), r.env.Life(), r.serial)
		r.cache[key] = id
	}
	t := &term180{id: id, key: key}
	i, exists := r.find(id)
	if exists {
		r.leave(r.terms[i], model.WhyReplaced)
		r.terms[i] = t
	} else {
		r.terms = slices.Insert(r.terms, i, t)
	}
	r.hosted[key] = t
	r.set(t, model.Establishing, model.WhyHost)
	r.post(queueEstablish180, t, 0)
	r.hold()
}

// Close implements Registry (tunnelTerminator.Close).
func (r *ziti180) Close(key Key) {
	t := r.hosted[key]
	if t == nil || t.closed {
		return
	}
	t.closed = true
	delete(r.hosted, key)
	delete(r.cache, key)
	r.post(queueRemove180, t, model.WhyClose)
	r.hold()
}

// CreateReply implements Registry (HandleCreateTerminatorResponse). It wakes the loop in every case.
func (r *ziti180) CreateReply(_ sim.NodeID, m *model.Msg) {
	i, found := r.find(m.Term)
	if found {
		t := r.terms[i]
		switch m.Code {
		case model.OK:
			r.post(markEstablished180, t, model.WhyCreated)
		case model.Busy:
			r.env.Limiter().Backoff(t.takeSlot())
			r.post(queueEstablish180, t, 0)
		default:
			r.env.Limiter().Success(t.takeSlot())
			t.active = false
		}
	}
	r.turn()
}

// Valid implements Registry (fabricProvider, IsTerminatorValid): any entry will do, closed and deleting ones
// included.
func (r *ziti180) Valid(id model.TermID) bool {
	i, found := r.find(id)
	if !found {
		return false
	}
	r.post(markEstablished180, r.terms[i], model.WhyValidated)
	r.turn()
	return true
}

// SessionsRemoved implements Registry: this release has no sessions.
func (r *ziti180) SessionsRemoved(sim.NodeID, []model.Token) {}

// Expire implements Registry.
func (r *ziti180) Expire(timer uint32) {
	switch timer {
	case flushTimer180:
		r.flushAt = sim.Never
	case tickTimer180:
		r.tickAt = sim.Never
		r.scanForRetries()
	case pollTimer180:
		r.pollAt = sim.Never
	case pruneTimer180:
		r.pruneAt = sim.Never
		r.prune()
	case leaderTimer180:
		r.passOn()
		return
	default:
		r.jobExpired(timer)
		return
	}
	r.turn()
}

// Task implements Registry: this release has no goroutines but those of the pool.
func (r *ziti180) Task(model.Msg) {}

// IDCache implements Registry: nothing. The filter of what to save tests whether a key is a service id, which
// service and index together never are (B28).
func (r *ziti180) IDCache() map[Key]model.TermID { return nil }

// Entries implements Registry.
func (r *ziti180) Entries(visit func(id model.TermID, key Key, state model.State)) {
	for _, t := range r.terms {
		visit(t.id, t.key, t.state)
	}
}

func (r *ziti180) find(id model.TermID) (int, bool) { return find180(r.terms, id) }

func find180(list []*term180, id model.TermID) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(t *term180, id model.TermID) int {
		return cmp.Compare(t.id, id)
	})
}

// current reports whether t is the registry's entry for its id; free, whether there is none.
func (r *ziti180) current(t *term180) (current, free bool) {
	i, found := r.find(t.id)
	return found && r.terms[i] == t, !found
}

// set changes the state of a terminator.
func (r *ziti180) set(t *term180, state model.State, why model.Code) {
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
func (r *ziti180) leave(t *term180, why model.Code) {
	r.tell(t, t.state, model.Absent, why)
	t.gone = true
}

// tell notes a change of an entry and counts the entries that are not settled.
func (r *ziti180) tell(t *term180, from, state model.State, why model.Code) {
	r.open += unsettled180(state) - unsettled180(from)
	r.env.Note(model.Msg{
		Kind: model.NoteState, Term: t.id, Service: t.key.Service, N: t.key.Index,
		From: from, State: state, Code: why,
	})
}

func unsettled180(state model.State) int {
	if state == model.Establishing || state == model.Deleting {
		return 1
	}
	return 0
}

// older reports whether the last attempt is longer ago than d, or never was.
func (t *term180) older(now sim.Time, d sim.Duration) bool { return !t.tried || now.Sub(t.last) > d }

// takeSlot is GetAndClearRateLimitCallback. Ending slot 0 does nothing.
func (t *term180) takeSlot() Slot {
	slot := t.slot
	t.slot = 0
	return slot
}

func (r *ziti180) prune() {
	for _, key := range sortedKeys(r.cache) {
		if _, found := r.find(r.cache[key]); !found {
			delete(r.cache, key)
		}
	}
}
