package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// sdk210 is the registry of SDK-hosted terminators of ziti-2.1.0: router/xgress_edge/hosted.go, fabric.go and
// listener.go at 804f55abb (2026-08-22).
//
// One goroutine, the run loop, owns what to create, what to delete, which SDKs are still to be told that a bind is
// closed, and which are to be asked whether they listen. It wakes for an event, a reply, the minute tick, or, while
// the limiter is full, every 10 ms; then it handles all events there are and walks the four sets. Here a wake-up is a
// call of turn. The skeleton is that of ziti210, written out again as it is upstream.
//
// Files: sdk210.go state and calls, sdk210_bind.go binds and their ends, sdk210_loop.go the run loop,
// sdk210_delete.go the pool jobs of the deletes, sdk210_inspect.go questions to SDKs.
type sdk210 struct {
	env    SDKEnv
	boot   sim.Time
	serial uint32 // ids made in this life
	asked  uint64 // inspects sent in this life

	terms  []*bound210 // the registry, ascending by id
	due    []*bound210 // the establish set, ascending by id
	doomed []*bound210 // the delete set, ascending by id
	closes []notice210 // notifyCloseSet, in order
	probes []*probe210 // postCreateInspectSet, ascending by id
	polls  []poll210   // validations that wait for an SDK's word, in order
	passes []pass210s  // re-establish goroutines, in order

	events  []sdkEvent210
	turning bool

	tickAt, pollAt, passAt, askAt sim.Time // when the timers fire; Never: not armed

	timers  timers[sdkBatch210]
	batches []*sdkBatch210
	jobs    uint64
}

// bound210 is an edgeTerminator.
type bound210 struct {
	Bind
	id       model.TermID
	state    model.State
	active   bool // operationActive
	tried    bool // last is set
	gone     bool // from the registry
	answered bool // B10: a create of it was answered
	twice    bool // B11: it is to be removed once more
	blank    bool // B16: its id is no more
	failures int
	created  sim.Time
	last     sim.Time // lastAttempt: of creates only
	slot     Slot
}

// pass210s is a HandleReconnect that waits.
type pass210s struct {
	at   sim.Time
	list []*bound210
}

// sdkEvent210 is an event of the run loop.
type sdkEvent210 struct {
	kind sdkKind210
	why  model.Code
	t    *bound210
}

type sdkKind210 uint8

const (
	sdkEstablish210 sdkKind210 = iota
	sdkRemove210
	sdkRequeue210
	sdkEstablished210
	sdkProbe210
)

// Timers of the loop; those of the delete jobs follow.
const (
	sdkTick210 uint32 = iota
	sdkPoll210
	sdkPass210
	sdkAsk210
	sdkJobs210
)

func newSDK210(env SDKEnv) *sdk210 {
	return &sdk210{
		env: env, tickAt: sim.Never, pollAt: sim.Never, passAt: sim.Never, askAt: sim.Never,
		timers: timers[sdkBatch210]{base: sdkJobs210},
	}
}

// Boot implements SDK.
func (r *sdk210) Boot() { r.boot = r.env.Now() }

// CreateReply implements SDK (HandleCreateTerminatorResponse). It wakes the loop in every case.
func (r *sdk210) CreateReply(m *model.Msg) {
	if i, found := r.find(m.Term); found {
		t := r.terms[i]
		switch {
		case m.Code == model.OK:
			t.failures = 0
			r.post(sdkEstablished210, t, model.WhyCreated)
			r.tellEstablished(t)
		case m.Code == model.Busy:
			r.env.Limiter().Backoff(t.takeSlot())
			r.post(sdkEstablish210, t, 0)
		default:
			r.env.Limiter().Success(t.takeSlot())
			t.active = false
			r.refused(t, m)
		}
	}
	r.turn()
}

// failuresMax is how many refusals in a row that say nothing about retrying a bind survives, less one.
const failuresMax = 3

// refused takes a failure: one that says nothing about retrying is left to the scan, until the third in a row; any
// other ends the bind. The row, if there is one by now, is left to the controllers' validation.
func (r *sdk210) refused(t *bound210, m *model.Msg) {
	if m.Flags&model.StartOver == 0 && !r.env.Bug(model.B30) {
		if t.failures++; t.failures != failuresMax {
			return
		}
	}
	why := model.WhyRefused
	if r.env.Bug(model.B47) && m.Flags&model.StartOver != 0 && t.Session.Issuer() != t.Host {
		why = model.WhySession
	}
	r.tellClosed(t, why)
	r.remove(t, why)
}

// Reconnected implements SDK (HandleReconnect): whatever channel it is, all that is established is moved back at once,
// and created again after validations had time to come. Each call is a goroutine of its own.
func (r *sdk210) Reconnected() {
	var list []*bound210
	for _, t := range r.terms {
		if t.state == model.Established {
			r.set(t, model.Establishing, model.WhyReconnect)
			list = append(list, t)
		}
	}
	if len(list) == 0 {
		return
	}
	r.env.Note(model.Msg{Kind: model.NoteReestablish, N: capped(len(list))})
	r.passes = append(r.passes, pass210s{r.env.Now().Add(r.env.Params().ReestablishDelay), list})
	r.armPass()
	r.arm()
}

func (r *sdk210) armPass() {
	if len(r.passes) > 0 && r.passAt == sim.Never {
		r.passAt = r.passes[0].at
		r.env.Arm(sdkPass210, r.passAt.Sub(r.env.Now()))
	}
}

// passOn ends the waits that are over.
func (r *sdk210) passOn() {
	for len(r.passes) > 0 && r.passes[0].at <= r.env.Now() {
		for _, t := range r.passes[0].list {
			if t.state == model.Establishing {
				r.post(sdkEstablish210, t, 0)
			}
		}
		r.passes = r.passes[1:]
	}
	r.armPass()
	if len(r.events) > 0 {
		r.turn()
	}
}

// Expire implements SDK.
func (r *sdk210) Expire(timer uint32) {
	switch timer {
	case sdkTick210:
		r.tickAt = sim.Never
		r.scanForRetries()
	case sdkPoll210:
		r.pollAt = sim.Never
	case sdkPass210:
		r.passAt = sim.Never
		r.passOn()
		return
	case sdkAsk210:
		r.askAt = sim.Never
		r.unanswered()
		return
	default:
		r.jobExpired(timer)
		return
	}
	r.turn()
}

// Entries implements SDK.
func (r *sdk210) Entries(visit func(id model.TermID, key Key, state model.State)) {
	for _, t := range r.terms {
		visit(t.id, Key{t.Service, t.Index}, t.state)
	}
}

func (r *sdk210) find(id model.TermID) (int, bool) { return findBound(r.terms, id) }

func findBound(list []*bound210, id model.TermID) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(t *bound210, id model.TermID) int { return cmp.Compare(t.id, id) })
}

// setMember puts t into a set that is keyed by id: what was there of the id is there no more.
func setMember(list []*bound210, t *bound210) []*bound210 {
	i, found := findBound(list, t.id)
	if found {
		list[i] = t
		return list
	}
	return slices.Insert(list, i, t)
}

// current returns the registry's entry for an id, or nil.
func (r *sdk210) current(id model.TermID) *bound210 {
	if i, found := r.find(id); found {
		return r.terms[i]
	}
	return nil
}

// put makes t the registry's entry for its id.
func (r *sdk210) put(t *bound210) {
	if t.id == 0 {
		r.serial++
		t.id = model.NewSDKTermID(r.env.Self(), r.env.Life(), r.serial)
	}
	if old := r.current(t.id); old != nil {
		old.gone = true
		r.terms = setMember(r.terms, t)
		return
	}
	r.terms = setMember(r.terms, t)
	r.note(t, model.Absent, t.state, model.WhyBind)
}

// remove takes t out of the registry, if it is still the entry for its id.
func (r *sdk210) remove(t *bound210, why model.Code) bool {
	i, found := r.find(t.id)
	if !found || r.terms[i] != t {
		return false
	}
	r.terms = slices.Delete(r.terms, i, i+1)
	t.gone = true
	r.note(t, t.state, model.Absent, why)
	return true
}

// set changes the state of an object.
func (r *sdk210) set(t *bound210, state model.State, why model.Code) {
	if t.state == state {
		return
	}
	from := t.state
	t.state = state
	if r.current(t.id) == t {
		r.note(t, from, state, why)
	} else {
		r.noteObject(t, from, why)
	}
}

func (r *sdk210) note(t *bound210, from, state model.State, why model.Code) {
	r.env.Note(model.Msg{
		Kind: model.NoteState, Term: t.id, Service: t.Service, N: t.Index, From: from, State: state, Code: why,
	})
}

func (r *sdk210) noteObject(t *bound210, from model.State, why model.Code) {
	r.env.Note(model.Msg{
		Kind: model.NoteObject, Term: t.id, Service: t.Service, N: t.Index, From: from, State: t.state, Code: why,
	})
}

// older reports whether the last attempt is longer ago than d, or never was.
func (t *bound210) older(now sim.Time, d sim.Duration) bool { return !t.tried || now.Sub(t.last) > d }

func (t *bound210) takeSlot() Slot {
	slot := t.slot
	t.slot = 0
	return slot
}
