package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// ziti118 is the hosting registry of ziti-1.1.8: router/xgress_edge_tunnel_v2/fabric.go and tunneler.go at
// 094542732 (2024-07-23).
//
// There is no loop. Each terminator has a created flag, and whoever wants it created runs establishWithRetry, which
// blocks a goroutine until the flag is set or 15 minutes are over: a worker of the router's pool for a new
// terminator and after a reconnect. Several may run for one terminator.
//
// Against ziti100: no sessions; a terminator's close callback is its own removal, so Close removes it twice.
//
// Files: ziti118.go state and interface, ziti118_establish.go establishing, ziti118_remove.go closing and
// removing, ziti118_reconnect.go reconnects, validation and the sweep of closed entries.
type ziti118 struct {
	env    Env
	boot   sim.Time
	serial uint32 // ids made in this life

	terms  []*term118       // the terminators of the tunneler, ascending by id
	hosted map[Key]*term118 // the host control each key was given
	calls  []call118        // of the service listener, which makes one at a time
	caller *fiber118        // the call in progress blocks the listener
	callAt sim.Time         // when it looks for room in the pool's queue again; Never: it does not

	timers  timers[fiber118]
	fibers  []*fiber118          // ascending by serial
	replies map[uint64]*fiber118 // by request, who waits for the reply to a removal
	begun   uint64               // serial of the newest

	runner118
	sweepAt sim.Time // when closed entries leave the map; Never: there are none
}

// term118 is a tunnelTerminator.
type term118 struct {
	id       model.TermID
	key      Key
	created  bool
	closed   bool
	callback bool        // closeCallback is set
	signal   bool        // notifyCreated, a channel of one, is full
	waiting  []*fiber118 // receivers of it, in order of arrival
	removing int         // removals under way
	shown    model.State // as last noted
	gone     bool        // from the map
}

// call118 is a call of the service listener.
type call118 struct {
	close bool
	key   Key
}

// fiber118 is a goroutine of the release: what it does, and where it is blocked.
type fiber118 struct {
	serial   uint64
	what     what118
	t        *term118
	job      model.Msg // of the pool; Kind 0: a goroutine of its own
	stage    stage118
	timer    uint32
	at       sim.Time     // when timer fires; Never: not armed
	end      sim.Time     // when a send or a request times out
	start    sim.Time     // of the backoff
	interval sim.Duration // of the backoff, before jitter
	ctrl     sim.NodeID
	req      uint64
}

// what118 is what a fiber does.
type what118 uint8

const (
	establish118 what118 = iota // establishTerminatorWithRetry
	callback118                 // Close: the close callback's removal
	remove118                   // Close: its own removal
)

// stage118 is where a fiber is blocked.
type stage118 uint8

const (
	ready118      stage118 = iota // not started
	sending118                    // no room in the channel's queue
	awaiting118                   // the created signal
	replying118                   // the reply to a removal
	backingOff118                 // the next attempt
)

// Timers of the registry; those of the fibers follow.
const (
	callTimer118 uint32 = iota
	runnerTimer118
	sweepTimer118
	fiberTimers118
)

// fiberTask118 in Msg.Aux names a fiber by its serial in Req.
const fiberTask118 uint64 = 1

func newZiti118(env Env) *ziti118 {
	return &ziti118{
		env: env, hosted: map[Key]*term118{}, replies: map[uint64]*fiber118{},
		timers: timers[fiber118]{base: fiberTimers118}, callAt: sim.Never,
		runner118: runner118{at: sim.Never}, sweepAt: sim.Never,
	}
}

// Boot implements Registry. This release keeps no ids.
func (r *ziti118) Boot(map[Key]model.TermID) { r.boot = r.env.Now() }

// Host implements Registry.
func (r *ziti118) Host(key Key) { r.call(call118{key: key}) }

// Close implements Registry.
func (r *ziti118) Close(key Key) { r.call(call118{close: true, key: key}) }

// call makes a call when those before it have returned: the service listener is one goroutine.
func (r *ziti118) call(c call118) {
	r.calls = append(r.calls, c)
	r.callOn()
}

func (r *ziti118) callOn() {
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
func (r *ziti118) host(key Key) {
	r.serial++
	t := &term118{id: model.NewTermID(r.env.Self(), r.env.Life(), r.serial), key: key}
	r.terms = append(r.terms, t)
	r.hosted[key] = t
	r.show(t, model.WhyHost)
	f := r.fiber(establish118, t)
	r.pool(f)
	if !r.env.Queue(f.job) {
		r.caller = f
		r.callLater()
	}
}

// callLater looks for room in the pool's queue again: HostService waits for it as long as it takes.
func (r *ziti118) callLater() {
	r.callAt = r.env.Now().Add(sendPoll)
	r.env.Arm(callTimer118, sendPoll)
}

func (r *ziti118) callExpired() {
	r.callAt = sim.Never
	if !r.env.Queue(r.caller.job) {
		r.callLater()
		return
	}
	r.caller = nil
	r.callOn()
}

// CreateReply implements Registry (HandleTunnelResponse). Only success is ever told in this release.
func (r *ziti118) CreateReply(_ sim.NodeID, m *model.Msg) {
	t := r.find(m.Term)
	if t == nil || m.Code != model.OK {
		return
	}
	if !t.created {
		t.created = true
		t.callback = true
		r.show(t, model.WhyCreated)
	}
	r.notifyCreated(t)
}

// RemoveReply implements Registry. A failure is only logged. A reply after the timeout is dropped.
func (r *ziti118) RemoveReply(_ sim.NodeID, m *model.Msg) {
	if f := r.replies[m.Req]; f != nil {
		r.removed(f)
	}
}

// SessionsRemoved implements Registry: this release has no sessions.
func (r *ziti118) SessionsRemoved(sim.NodeID, []model.Token) {}

// Expire implements Registry.
func (r *ziti118) Expire(timer uint32) {
	switch timer {
	case callTimer118:
		r.callExpired()
	case runnerTimer118:
		r.runnerExpired()
	case sweepTimer118:
		r.sweep()
	default:
		r.fiberExpired(timer)
	}
}

// Run implements Registry: a worker of the pool has the job.
func (r *ziti118) Run(job model.Msg) { r.begin(job.Req) }

// Task implements Registry.
func (r *ziti118) Task(task model.Msg) { r.begin(task.Req) }

func (r *ziti118) begin(serial uint64) {
	i, found := r.position(serial)
	sim.Assert(found && r.fibers[i].stage == ready118, "fiber %d cannot start", serial)
	r.establishWithRetry(r.fibers[i])
}

// position finds a fiber by its serial.
func (r *ziti118) position(serial uint64) (int, bool) {
	return slices.BinarySearchFunc(r.fibers, serial, func(f *fiber118, serial uint64) int {
		return cmp.Compare(f.serial, serial)
	})
}

// IDCache implements Registry: there is none.
func (r *ziti118) IDCache() map[Key]model.TermID { return nil }

// Entries implements Registry.
func (r *ziti118) Entries(visit func(id model.TermID, key Key, state model.State)) {
	for _, t := range r.terms {
		visit(t.id, t.key, t.shown)
	}
}

func (r *ziti118) find(id model.TermID) *term118 {
	i, found := slices.BinarySearchFunc(r.terms, id, func(t *term118, id model.TermID) int {
		return cmp.Compare(t.id, id)
	})
	if !found {
		return nil
	}
	return r.terms[i]
}

// show notes the state that the flags of a terminator amount to, if it changed.
func (r *ziti118) show(t *term118, why model.Code) {
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
func (t *term118) state() model.State {
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
func (r *ziti118) fiber(what what118, t *term118) *fiber118 {
	r.begun++
	f := &fiber118{serial: r.begun, what: what, t: t, at: sim.Never}
	r.fibers = append(r.fibers, f)
	return f
}

// pool makes a fiber a job of the worker pool.
func (r *ziti118) pool(f *fiber118) {
	f.job = model.Msg{Kind: model.Task, Aux: fiberTask118, Req: f.serial, Term: f.t.id}
}

// end ends a goroutine, and frees its worker.
func (r *ziti118) end(f *fiber118) {
	i, _ := r.position(f.serial)
	r.fibers = slices.Delete(r.fibers, i, i+1)
	r.timers.give(f.timer)
	if f.job.Kind != 0 {
		r.env.Done(f.job)
	}
}

func (r *ziti118) wait(f *fiber118, stage stage118, span sim.Duration) {
	f.stage = stage
	f.timer = r.timers.of(f, f.timer)
	f.at = r.env.Now().Add(span)
	r.env.Arm(f.timer, span)
}

func (r *ziti118) disarm(f *fiber118) {
	if f.at != sim.Never {
		f.at = sim.Never
		r.env.Disarm(f.timer)
	}
}

// fiberExpired takes the timer of a fiber.
func (r *ziti118) fiberExpired(timer uint32) {
	f := r.timers.owner(timer)
	f.at = sim.Never
	switch {
	case f.stage == backingOff118:
		r.attempt(f)
	case f.stage == awaiting118:
		r.awaited(f)
	case f.what == establish118 && r.env.Now() < f.end:
		r.sendCreate(f)
	case f.what == establish118:
		r.failed(f)
	case f.stage == sending118 && r.env.Now() < f.end:
		r.sendRemove(f)
	default:
		r.removed(f)
	}
}
