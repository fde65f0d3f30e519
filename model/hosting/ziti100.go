package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// ziti100 is the hosting registry of ziti-1.0.0: router/xgress_edge_tunnel/fabric.go and tunneler.go and
// router/state/manager.go at the parent of 4085c3200 (2024-04-16).
//
// There is no loop. Each terminator has a created flag, and whoever wants it created runs establishWithRetry, which
// blocks a goroutine until the flag is set or 15 minutes are over: a worker of the router's pool for a new
// terminator and after a reconnect, a goroutine of its own after its session was removed. Several may run for one
// terminator.
//
// A terminator hangs on the edge session its creation was answered with, which only the controller that answered
// knows. Any controller may declare it removed; that removes the terminator and creates it anew.
//
// Files: ziti100.go state and interface, ziti100_establish.go establishing, ziti100_remove.go closing and
// removing, ziti100_session.go sessions, ziti100_reconnect.go reconnects, validation and the sweep of closed
// entries.
type ziti100 struct {
	env    Env
	boot   sim.Time
	serial uint32 // ids made in this life

	terms  []*term100       // the terminators of the tunneler, ascending by id
	hosted map[Key]*term100 // the host control each key was given
	calls  []call100        // of the service listener, which makes one at a time
	caller *fiber100        // the call in progress blocks the listener
	callAt sim.Time         // when it looks for room in the pool's queue again; Never: it does not

	timers  timers[fiber100]
	fibers  []*fiber100          // ascending by serial
	replies map[uint64]*fiber100 // by request, who waits for the reply to a removal
	begun   uint64               // serial of the newest

	sessions100
	runner100
	sweepAt sim.Time // when closed entries leave the map; Never: there are none
}

// term100 is a tunnelTerminator.
type term100 struct {
	id       model.TermID
	key      Key
	created  bool
	closed   bool
	release  release100  // closeCallback: forgets the listener of its session
	signal   bool        // notifyCreated, a channel of one, is full
	waiting  []*fiber100 // receivers of it, in order of arrival
	removing int         // removals under way
	shown    model.State // as last noted
	gone     bool        // from the map
}

// call100 is a call of the service listener.
type call100 struct {
	close bool
	key   Key
}

// fiber100 is a goroutine of the release: what it does, and where it is blocked.
type fiber100 struct {
	serial   uint64
	what     what100
	t        *term100
	job      model.Msg // of the pool; Kind 0: a goroutine of its own
	stage    stage100
	timer    uint32
	at       sim.Time     // when timer fires; Never: not armed
	end      sim.Time     // when a send or a request times out
	start    sim.Time     // of the backoff
	interval sim.Duration // of the backoff, before jitter
	ctrl     sim.NodeID
	req      uint64
}

// what100 is what a fiber does.
type what100 uint8

const (
	establish100 what100 = iota // establishTerminatorWithRetry
	callback100                 // the session was removed: remove, then establish anew
	remove100                   // Close: its removal
)

// stage100 is where a fiber is blocked.
type stage100 uint8

const (
	ready100      stage100 = iota // not started
	sending100                    // no room in the channel's queue
	awaiting100                   // the created signal
	replying100                   // the reply to a removal
	backingOff100                 // the next attempt
)

// Timers of the registry; those of the fibers follow.
const (
	callTimer100 uint32 = iota
	runnerTimer100
	sweepTimer100
	fiberTimers100
)

// fiberTask100 in Msg.Aux names a fiber by its serial in Req.
const fiberTask100 uint64 = 1

func newZiti100(env Env) *ziti100 {
	return &ziti100{
		env: env, hosted: map[Key]*term100{}, replies: map[uint64]*fiber100{},
		timers: timers[fiber100]{base: fiberTimers100}, callAt: sim.Never,
		sessions100: sessions100{bound: map[model.ServiceID]uint64{}}, runner100: runner100{at: sim.Never},
		sweepAt: sim.Never,
	}
}

// Boot implements Registry. This release keeps no ids.
func (r *ziti100) Boot(map[Key]model.TermID) { r.boot = r.env.Now() }

// Host implements Registry.
func (r *ziti100) Host(key Key) { r.call(call100{key: key}) }

// Close implements Registry.
func (r *ziti100) Close(key Key) { r.call(call100{close: true, key: key}) }

// call makes a call when those before it have returned: the service listener is one goroutine.
func (r *ziti100) call(c call100) {
	r.calls = append(r.calls, c)
	r.callOn()
}

func (r *ziti100) callOn() {
	for r.caller == nil && len(r.calls) > 0 {
		c := r.calls[0]
		r.calls = r.calls[1:]
		if c.close {
			r.close(c.key)
		} else {
			r.host(c.key)
		}
	}
}

// host is HostService: every call makes a terminator with an id of its own.
func (r *ziti100) host(key Key) {
	r.serial++
	t := &term100{id: model.NewTermID(r.env.Self(), r.env.Life(), r.serial), key: key}
	r.terms = append(r.terms, t)
	r.hosted[key] = t
	r.show(t, model.WhyHost)
	f := r.fiber(establish100, t)
	if r.unlimited(f) {
		return
	}
	r.pool(f)
	if !r.env.Queue(f.job) {
		r.caller = f
		r.callLater()
	}
}

// callLater looks for room in the pool's queue again: HostService waits for it as long as it takes.
func (r *ziti100) callLater() {
	r.callAt = r.env.Now().Add(sendPoll)
	r.env.Arm(callTimer100, sendPoll)
}

func (r *ziti100) callExpired() {
	r.callAt = sim.Never
	if !r.env.Queue(r.caller.job) {
		r.callLater()
		return
	}
	r.caller = nil
	r.callOn()
}

// CreateReply implements Registry (HandleTunnelResponse). Only success is ever told in this release.
func (r *ziti100) CreateReply(_ sim.NodeID, m *model.Msg) {
	t := r.find(m.Term)
	if t == nil || m.Code != model.OK {
		return
	}
	r.bound[t.key.Service] = m.Index
	if !t.created {
		t.created = true
		r.show(t, model.WhyCreated)
		t.release = r.listen(m.Token, t)
	}
	r.notifyCreated(t)
}

// RemoveReply implements Registry. A failure is only logged. A reply after the timeout is dropped.
func (r *ziti100) RemoveReply(_ sim.NodeID, m *model.Msg) {
	if f := r.replies[m.Req]; f != nil {
		r.removed(f)
	}
}

// Expire implements Registry.
func (r *ziti100) Expire(timer uint32) {
	switch timer {
	case callTimer100:
		r.callExpired()
	case runnerTimer100:
		r.runnerExpired()
	case sweepTimer100:
		r.sweep()
	default:
		r.fiberExpired(timer)
	}
}

// Run implements Registry: a worker of the pool has the job.
func (r *ziti100) Run(job model.Msg) { r.begin(job.Req) }

// Task implements Registry: a goroutine of its own starts.
func (r *ziti100) Task(task model.Msg) { r.begin(task.Req) }

func (r *ziti100) begin(serial uint64) {
	i, found := r.position(serial)
	sim.Assert(found && r.fibers[i].stage == ready100, "fiber %d cannot start", serial)
	if f := r.fibers[i]; f.what == callback100 {
		r.remove(f, model.WhySession)
	} else {
		r.establishWithRetry(f)
	}
}

// position finds a fiber by its serial.
func (r *ziti100) position(serial uint64) (int, bool) {
	return slices.BinarySearchFunc(r.fibers, serial, func(f *fiber100, serial uint64) int {
		return cmp.Compare(f.serial, serial)
	})
}

// IDCache implements Registry: there is none.
func (r *ziti100) IDCache() map[Key]model.TermID { return nil }

// Entries implements Registry.
func (r *ziti100) Entries(visit func(id model.TermID, key Key, state model.State)) {
	for _, t := range r.terms {
		visit(t.id, t.key, t.shown)
	}
}

func (r *ziti100) find(id model.TermID) *term100 {
	i, found := slices.BinarySearchFunc(r.terms, id, func(t *term100, id model.TermID) int {
		return cmp.Compare(t.id, id)
	})
	if !found {
		return nil
	}
	return r.terms[i]
}

// show notes the state that the flags of a terminator amount to, if it changed.
func (r *ziti100) show(t *term100, why model.Code) {
	state := t.state()
	if state == t.shown {
		return
	}
	r.env.Note(model.Msg{
		Kind: model.NoteState, Term: t.id, Service: t.key.Service, N: t.key.Index,
		From: t.shown, State: state, Code: why,
	})
	t.shown = state
}

// state is what is told of a terminator. A closed one is on its way out whatever its created flag says, although
// until the sweep a validation still finds it.
func (t *term100) state() model.State {
	switch {
	case t.gone:
		return model.Absent
	case t.removing > 0 || t.closed:
		return model.Deleting
	case t.created:
		return model.Established
	default:
		return model.Establishing
	}
}

// fiber makes a goroutine.
func (r *ziti100) fiber(what what100, t *term100) *fiber100 {
	r.begun++
	f := &fiber100{serial: r.begun, what: what, t: t, at: sim.Never}
	r.fibers = append(r.fibers, f)
	return f
}

// goes starts a fiber as a goroutine of its own.
func (r *ziti100) goes(f *fiber100) {
	r.env.Go(model.Msg{Kind: model.Task, Aux: fiberTask100, Req: f.serial, Term: f.t.id})
}

// pool makes a fiber a job of the worker pool.
func (r *ziti100) pool(f *fiber100) {
	f.job = model.Msg{Kind: model.Task, Aux: fiberTask100, Req: f.serial, Term: f.t.id}
}

// end ends a goroutine, and frees its worker.
func (r *ziti100) end(f *fiber100) {
	i, _ := r.position(f.serial)
	r.fibers = slices.Delete(r.fibers, i, i+1)
	r.timers.give(f.timer)
	if f.job.Kind != 0 {
		r.env.Done(f.job)
	}
}

func (r *ziti100) wait(f *fiber100, stage stage100, span sim.Duration) {
	f.stage = stage
	f.timer = r.timers.of(f, f.timer)
	f.at = r.env.Now().Add(span)
	r.env.Arm(f.timer, span)
}

func (r *ziti100) disarm(f *fiber100) {
	if f.at != sim.Never {
		f.at = sim.Never
		r.env.Disarm(f.timer)
	}
}

// fiberExpired takes the timer of a fiber.
func (r *ziti100) fiberExpired(timer uint32) {
	f := r.timers.owner(timer)
	f.at = sim.Never
	switch {
	case f.stage == backingOff100:
		r.attempt(f)
	case f.stage == awaiting100:
		r.awaited(f)
	case f.what == establish100 && r.env.Now() < f.end:
		r.sendCreate(f)
	case f.what == establish100:
		r.failed(f)
	case f.stage == sending100 && r.env.Now() < f.end:
		r.sendRemove(f)
	default:
		r.removed(f)
	}
}
