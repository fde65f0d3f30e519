package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// ziti210 is the hosting registry of ziti-2.1.0: router/xgress_edge_tunnel/hosted.go and fabric.go at 804f55abb
// (2026-08-22).
//
// One goroutine, the run loop, owns two sets: what to create and what to delete. It wakes for an event, a reply,
// the settle timer, the minute tick, or, while the limiter is full, every 10 ms; then it handles all events there
// are, walks the first set, walks the second. Here a wake-up is a call of turn.
//
// Files: ziti210.go state and interface, ziti210_loop.go the run loop, ziti210_delete.go the pool jobs of the
// deletes, ziti210_leader.go the loss of the leader.
type ziti210 struct {
	env    Env
	boot   sim.Time
	serial uint32 // ids made in this life

	terms  []*term210           // the registry, ascending by id
	hosted map[Key]*term210     // the host control each key was given
	cache  map[Key]model.TermID // terminator id cache
	open   int                  // entries of terms that are not Established

	// The establish set is fresh and due together. A terminator hosted less than the settle time ago is in
	// fresh, in the order of hosting, whether it is in the set or not; the others of the set are in due.
	fresh    []*term210
	settling int        // members of the set in fresh
	due      []*term210 // ascending by id
	left     []*term210 // members of the set that may have left Establishing since the last walk
	doomed   []*term210 // the delete set, ascending by id

	events  []event210 // posted, not yet taken by the run loop
	turning bool

	settleAt, tickAt, pollAt, flushAt, pruneAt sim.Time // when the loop's timers fire; Never: not armed

	timers  timers[batch210]
	batches []*batch210 // delete jobs, ascending by serial
	jobs    uint64      // serial of the newest

	leader210
	cures210

	order []*term210 // scratch of the walk
	slots []Slot     // taken for the walk ahead of time
	spent int        // how many of them it has used
}

// term210 is a tunnelTerminator.
type term210 struct {
	id       model.TermID
	key      Key
	state    model.State
	closed   bool
	active   bool // operationActive
	tried    bool // last is set
	flipped  bool // by the re-establish pass in progress
	doomed   bool // in the delete set
	place    place210
	created  sim.Time // createTime
	closedAt sim.Time // S31 cured: when it was closed
	last     sim.Time // lastAttempt: of creates only (S20)
	slot     Slot
	gone     bool // from the registry; the state stays what it was
	made     bool // it was established once
	fails    uint // removes in a row that failed
}

// place210 says where in the establish set a terminator is.
type place210 uint8

const (
	nowhere210 place210 = iota
	settling210
	due210
)

// event210 is an event of the run loop.
type event210 struct {
	kind kind210
	why  model.Code
	t    *term210
}

type kind210 uint8

const (
	queueEstablish210 kind210 = iota
	queueRemove210
	requeueRemove210
	markEstablished210
)

// Timers of the loop; those of the delete jobs follow.
const (
	flushTimer210 uint32 = iota
	settleTimer210
	tickTimer210
	pollTimer210
	pruneTimer210
	leaderTimer210
	auditTimer210
	closeTimer210
	jobTimers210
)

// Tasks of the registry, in Msg.Aux.
const (
	removeJob210    uint64 = iota + 1 // pool job; Req is the batch
	leaderStored210                   // connectedToLeader becomes true
	passEnded210                      // reestablishRunning becomes false
)

// prune210 is the period of pruneTerminatorIdCache.
const prune210 = 4 * sim.Hour

func newZiti210(env Env) *ziti210 {
	return &ziti210{
		env: env, hosted: map[Key]*term210{}, cache: map[Key]model.TermID{}, timers: timers[batch210]{base: jobTimers210},
		settleAt: sim.Never, tickAt: sim.Never, pollAt: sim.Never, flushAt: sim.Never, pruneAt: sim.Never,
		leader210: leader210{at: sim.Never}, cures210: newCures210(),
	}
}

// Boot implements Registry. Keys of an earlier life that nobody hosts leave the cache at the first prune; later
// prunes find nothing, since a key enters with its terminator and leaves with it, so the ticker stops there.
func (r *ziti210) Boot(idCache map[Key]model.TermID) {
	r.boot = r.env.Now()
	for _, key := range sortedKeys(idCache) {
		r.cache[key] = idCache[key]
	}
	if len(r.cache) > 0 {
		r.pruneAt = r.boot.Add(prune210)
		r.env.Arm(pruneTimer210, prune210)
	}
}

// Host implements Registry (fabricProvider.HostService).
func (r *ziti210) Host(key Key) {
	if r.reopen(key) {
		return
	}
	id, found := r.cache[r.cacheKey(key)]
	if !found {
		r.serial++
		id = model.NewTermID(r.env.Self(), r.env.Life(), r.serial)
		r.cache[r.cacheKey(key)] = id
	}
	t := &term210{id: id, key: key, created: r.env.Now()}
	i, exists := r.find(id)
	if exists {
		old := r.terms[i]
		r.unqueue(old)
		r.leave(old, model.WhyReplaced)
		r.terms[i] = t
	} else {
		r.terms = slices.Insert(r.terms, i, t)
	}
	r.hosted[key] = t
	r.armAudit()
	r.set(t, model.Establishing, model.WhyHost)
	r.fresh = append(r.fresh, t)
	r.post(queueEstablish210, t, 0)
	r.hold()
}

// Close implements Registry (tunnelTerminator.Close).
func (r *ziti210) Close(key Key) {
	t := r.hosted[key]
	if t == nil || t.closed {
		return
	}
	t.closed = true
	delete(r.hosted, key)
	if r.env.Cured(31) {
		r.closeLater(t)
		return
	}
	delete(r.cache, r.cacheKey(key))
	r.post(queueRemove210, t, model.WhyClose)
	r.hold()
}

// CreateReply implements Registry (HandleCreateTerminatorResponse). It wakes the loop in every case.
func (r *ziti210) CreateReply(_ sim.NodeID, m *model.Msg) {
	i, found := r.find(m.Term)
	if found {
		t := r.terms[i]
		switch m.Code {
		case model.OK:
			r.post(markEstablished210, t, model.WhyCreated)
		case model.Busy:
			r.env.Limiter().Backoff(t.takeSlot())
			r.post(queueEstablish210, t, 0)
		default:
			r.env.Limiter().Success(t.takeSlot())
			t.active = false
		}
	}
	r.turn()
}

// Valid implements Registry (fabricProvider, IsTerminatorValid): any entry will do, closed and deleting ones
// included (S21).
func (r *ziti210) Valid(id model.TermID) bool {
	i, found := r.find(id)
	if !found {
		return false
	}
	if !r.env.Cured(4) {
		r.post(markEstablished210, r.terms[i], model.WhyValidated)
		r.turn()
	}
	return true
}

// SessionsRemoved implements Registry: this release has no sessions.
func (r *ziti210) SessionsRemoved(sim.NodeID, []model.Token) {}

// Expire implements Registry.
func (r *ziti210) Expire(timer uint32) {
	switch timer {
	case flushTimer210:
		r.flushAt = sim.Never
	case settleTimer210:
		r.settleAt = sim.Never
	case tickTimer210:
		r.tickAt = sim.Never
		r.scanForRetries()
	case pollTimer210:
		r.pollAt = sim.Never
	case pruneTimer210:
		r.pruneAt = sim.Never
		r.prune()
	case leaderTimer210:
		r.passOn()
		return
	case auditTimer210:
		r.audit()
		return
	case closeTimer210:
		r.closeOver()
		return
	default:
		r.jobExpired(timer)
		return
	}
	r.turn()
}

// Task implements Registry.
func (r *ziti210) Task(task model.Msg) {
	switch task.Aux {
	case leaderStored210:
		r.connected = true
		r.storing = false
	case passEnded210:
		r.running = false
		r.phase = idle210
	}
}

// Entries implements Registry.
func (r *ziti210) Entries(visit func(id model.TermID, key Key, state model.State)) {
	for _, t := range r.terms {
		visit(t.id, t.key, t.state)
	}
}

func (r *ziti210) find(id model.TermID) (int, bool) { return find210(r.terms, id) }

func find210(list []*term210, id model.TermID) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(t *term210, id model.TermID) int {
		return cmp.Compare(t.id, id)
	})
}

// current reports whether t is the registry's entry for its id; free, whether there is none.
func (r *ziti210) current(t *term210) (current, free bool) {
	i, found := r.find(t.id)
	return found && r.terms[i] == t, !found
}

// set changes the state of a terminator.
func (r *ziti210) set(t *term210, state model.State, why model.Code) {
	if t.state == state {
		return
	}
	if !t.gone {
		r.tell(t, t.state, state, why)
	}
	if t.place != nowhere210 {
		r.left = append(r.left, t)
	}
	t.state = state
	t.made = t.made || state == model.Established
}

// leave marks that t is no longer the registry's entry for its id.
func (r *ziti210) leave(t *term210, why model.Code) {
	r.tell(t, t.state, model.Absent, why)
	t.gone = true
}

// tell notes a change of an entry and counts the entries that are not settled.
func (r *ziti210) tell(t *term210, from, state model.State, why model.Code) {
	r.open += unsettled210(state) - unsettled210(from)
	r.env.Note(model.Msg{
		Kind: model.NoteState, Term: t.id, Service: t.key.Service, N: t.key.Index,
		From: from, State: state, Code: why,
	})
}

func unsettled210(state model.State) int {
	if state == model.Establishing || state == model.Deleting {
		return 1
	}
	return 0
}

// older reports whether the last attempt is longer ago than d, or never was.
func (t *term210) older(now sim.Time, d sim.Duration) bool { return !t.tried || now.Sub(t.last) > d }

// takeSlot is GetAndClearRateLimitCallback. Ending slot 0 does nothing.
func (t *term210) takeSlot() Slot {
	slot := t.slot
	t.slot = 0
	return slot
}
