package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// ziti110 is the hosting registry of ziti-1.1.0: router/xgress_edge_tunnel/fabric.go and tunneler.go and
// router/state/manager.go at 4085c3200 (2024-04-16).
//
// Against ziti100: sessions with bearer tokens are not tracked, which cures the spin of SDK sessions (ziti#1936). The
// sessions of an edge router that hosts by itself have UUIDs for tokens; they are tracked as before and spin as before.
// The setting bearer-tokens=1 is the world in which they were exempt, too.
//
// Files: ziti110.go state and interface, ziti110_establish.go establishing, ziti110_remove.go closing and
// removing, ziti110_session.go sessions, ziti110_reconnect.go reconnects, validation and the sweep of closed
// entries.
type ziti110 struct {
	env    Env
	boot   sim.Time
	serial uint32 // ids made in this life

	terms  []*term110       // the terminators of the tunneler, ascending by id
	hosted map[Key]*term110 // the host control each key was given
	calls  []call110        // of the service listener, which makes one at a time
	caller *fiber110        // the call in progress blocks the listener
	callAt sim.Time         // when it looks for room in the pool's queue again; Never: it does not

	timers  timers[fiber110]
	fibers  []*fiber110          // ascending by serial
	replies map[uint64]*fiber110 // by request, who waits for the reply to a removal
	begun   uint64               // serial of the newest

	sessions110
	runner110
	sweepAt sim.Time // when closed entries leave the map; Never: there are none
}

// term110 is a tunnelTerminator.
type term110 struct {
	id       model.TermID
	key      Key
	created  bool
	closed   bool
	release  release110  // closeCallback: forgets the listener of its session
	signal   bool        // notifyCreated, a channel of one, is full
	waiting  []*fiber110 // receivers of it, in order of arrival
	removing int         // removals under way
	shown    model.State // as last noted
	gone     bool        // from the map
}

// call110 is a call of the service listener.
type call110 struct {
	close bool
	key   Key
}

// fiber110 is a goroutine of the release: what it does, and where it is blocked.
type fiber110 struct {
	serial   uint64
	what     what110
	t        *term110
	job      model.Msg // of the pool; Kind 0: a goroutine of its own
	stage    stage110
	timer    uint32
	at       sim.Time     // when timer fires; Never: not armed
	end      sim.Time     // when a send or a request times out
	start    sim.Time     // of the backoff
	interval sim.Duration // of the backoff, before jitter
	ctrl     sim.NodeID
	req      uint64
}

// what110 is what a fiber does.
type what110 uint8

const (
	establish110 what110 = iota // establishTerminatorWithRetry
	callback110                 // the session was removed: remove, then establish anew
	remove110                   // Close: its removal
)

// stage110 is where a fiber is blocked.
type stage110 uint8

const (
	ready110      stage110 = iota // not started
	sending110                    // no room in the channel's queue
	awaiting110                   // the created signal
	replying110                   // the reply to a removal
	backingOff110                 // the next attempt
)

// Timers of the registry; those of the fibers follow.
const (
	callTimer110 uint32 = iota
	runnerTimer110
	sweepTimer110
	fiberTimers110
)

// fiberTask110 in Msg.Aux names a fiber by its serial in Req.
const fiberTask110 uint64 = 1

func newZiti110(env Env) *ziti110 {
	return &ziti110{
		env: env, hosted: map[Key]*term110{}, replies: map[uint64]*fiber110{},
		timers: timers[fiber110]{base: fiberTimers110}, callAt: sim.Never,
		sessions110: sessions110{bound: map[model.ServiceID]uint64{}}, runner110: runner110{at: sim.Never},
		sweepAt: sim.Never,
	}
}

// Boot implements Registry. This release keeps no ids.
func (r *ziti110) Boot(map[Key]model.TermID) { r.boot = r.env.Now() }

// Host implements Registry.
func (r *ziti110) Host(key Key) { r.call(call110{key: key}) }

// Close implements Registry.
func (r *ziti110) Close(key Key) { r.call(call110{close: true, key: key}) }

// call makes a call when those before it have returned: the service listener is one goroutine.
func (r *ziti110) call(c call110) {
	r.calls = append(r.calls, c)
	r.callOn()
}

func (r *ziti110) callOn() {
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
func (r *ziti110) host(key Key) {
	r.serial++
	t := &term110{id: model.NewTermID(r.env.Self(), r.env.Life(), r.serial), key: key}
	r.terms = append(r.terms, t)
	r.hosted[key] = t
	r.show(t, model.WhyHost)
	f := r.fiber(establish110, t)
	r.pool(f)
	if !r.env.Queue(f.job) {
		r.caller = f
		r.callLater()
	}
}

// callLater looks for room in the pool's queue again: HostService waits for it as long as it takes.
func (r *ziti110) callLater() {
	r.callAt = r.env.Now().Add(sendPoll)
	r.env.Arm(callTimer110, sendPoll)
}

func (r *ziti110) callExpired() {
	r.callAt = sim.Never
	if !r.env.Queue(r.caller.job) {
		r.callLater()
		return
	}
	r.caller = nil
	r.callOn()
}

// CreateReply implements Registry (HandleTunnelResponse). Only success is ever told in this release.
func (r *ziti110) CreateReply(_ sim.NodeID, m *model.Msg) {
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
func (r *ziti110) RemoveReply(_ sim.NodeID, m *model.Msg) {
	if f := r.replies[m.Req]; f != nil {
		r.removed(f)
	}
}

// Expire implements Registry.
func (r *ziti110) Expire(timer uint32) {
	switch timer {
	case callTimer110:
		r.callExpired()
	case runnerTimer110:
		r.runnerExpired()
	case sweepTimer110:
		r.sweep()
	default:
		r.fiberExpired(timer)
	}
}

// Run implements Registry: a worker of the pool has the job.
func (r *ziti110) Run(job model.Msg) { r.begin(job.Req) }

// Task implements Registry: a goroutine of its own starts.
func (r *ziti110) Task(task model.Msg) { r.begin(task.Req) }

func (r *ziti110) begin(serial uint64) {
	i, found := r.position(serial)
	sim.Assert(found && r.fibers[i].stage == ready110, "fiber %d cannot start", serial)
	if f := r.fibers[i]; f.what == callback110 {
		r.remove(f, model.WhySession)
	} else {
		r.establishWithRetry(f)
	}
}

// position finds a fiber by its serial.
func (r *ziti110) position(serial uint64) (int, bool) {
	return slices.BinarySearchFunc(r.fibers, serial, func(f *fiber110, serial uint64) int {
		return cmp.Compare(f.serial, serial)
	})
}

// IDCache implements Registry: there is none.
func (r *ziti110) IDCache() map[Key]model.TermID { return nil }

// Entries implements Registry.
func (r *ziti110) Entries(visit func(id model.TermID, key Key, state model.State)) {
	for _, t := range r.terms {
		visit(t.id, t.key, t.shown)
	}
}

func (r *ziti110) find(id model.TermID) *term110 {
	i, found := slices.BinarySearchFunc(r.terms, id, func(t *term110, id model.TermID) int {
		return cmp.Compare(t.id, id)
	})
	if !found {
		return nil
	}
	return r.terms[i]
}

// show notes the state that the flags of a terminator amount to, if it changed.
func (r *ziti110) show(t *term110, why model.Code) {
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
func (t *term110) state() model.State {
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
func (r *ziti110) fiber(what what110, t *term110) *fiber110 {
	r.begun++
	f := &fiber110{serial: r.begun, what: what, t: t, at: sim.Never}
	r.fibers = append(r.fibers, f)
	return f
}

// goes starts a fiber as a goroutine of its own.
func (r *ziti110) goes(f *fiber110) {
	r.env.Go(model.Msg{Kind: model.Task, Aux: fiberTask110, Req: f.serial, Term: f.t.id})
}

// pool makes a fiber a job of the worker pool.
func (r *ziti110) pool(f *fiber110) {
	f.job = model.Msg{Kind: model.Task, Aux: fiberTask110, Req: f.serial, Term: f.t.id}
}

// end ends a goroutine, and frees its worker.
func (r *ziti110) end(f *fiber110) {
	i, _ := r.position(f.serial)
	r.fibers = slices.Delete(r.fibers, i, i+1)
	r.timers.give(f.timer)
	if f.job.Kind != 0 {
		r.env.Done(f.job)
	}
}

func (r *ziti110) wait(f *fiber110, stage stage110, span sim.Duration) {
	f.stage = stage
	f.timer = r.timers.of(f, f.timer)
	f.at = r.env.Now().Add(span)
	r.env.Arm(f.timer, span)
}

func (r *ziti110) disarm(f *fiber110) {
	if f.at != sim.Never {
		f.at = sim.Never
		r.env.Disarm(f.timer)
	}
}

// fiberExpired takes the timer of a fiber.
func (r *ziti110) fiberExpired(timer uint32) {
	f := r.timers.owner(timer)
	f.at = sim.Never
	switch {
	case f.stage == backingOff110:
		r.attempt(f)
	case f.stage == awaiting110:
		r.awaited(f)
	case f.what == establish110 && r.env.Now() < f.end:
		r.sendCreate(f)
	case f.what == establish110:
		r.failed(f)
	case f.stage == sending110 && r.env.Now() < f.end:
		r.sendRemove(f)
	default:
		r.removed(f)
	}
}
