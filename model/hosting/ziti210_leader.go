package hosting

import (
	"gyre/model"
	"gyre/sim"
)

// leader210 is what the registry keeps about the leader, and its re-establish goroutine.
type leader210 struct {
	connected bool // connectedToLeader
	storing   bool // connected is about to become true
	required  bool // reestablishRequired
	running   bool // reestablishRunning
	phase     pass210
	at        sim.Time   // when the phase ends
	list      []*term210 // flipped by the pass in progress, ascending by id
}

// pass210 is where the re-establish goroutine is.
type pass210 uint8

const (
	idle210     pass210 = iota
	pausing210          // several notifications may settle
	delaying210         // validations may flip entries back
	ending210           // it has decided to end and not yet said so
)

// CtrlEvent implements Registry (NotifyOfCtrlChange). Each call is a goroutine of its own and looks at the
// present state, not at what the event was about. Between asking for a pass and remembering that the leader is
// connected, another goroutine may run and take it for disconnected; what it stores is then overwritten (S16b).
func (r *ziti210) CtrlEvent(ev Event, _ sim.NodeID) {
	if ev == Disconnected && r.env.Cured(15) {
		r.lost()
	}
	if (ev == Added || ev == Reconnected) && r.env.Cured(30) {
		r.wakeDeletes()
	}
	switch leader := r.env.LeaderConnected(); {
	case ev == Disconnected && !leader:
		r.connected = false
	case leader:
		if !r.connected {
			if !r.env.Bug(model.B32) {
				r.tryReestablish()
			}
			r.storing = true
			r.env.Go(model.Msg{Kind: model.Task, Aux: leaderStored210})
		}
	case ev == Reconnected:
		if !r.connected {
			r.tryReestablish()
		}
	}
}

// tryReestablish asks for a pass. If the goroutine has just decided to end, the request is lost (S16c, S16d).
func (r *ziti210) tryReestablish() {
	r.required = true
	if !r.running {
		r.running = true
		r.pass()
	}
}

// pass starts a pass of HandleReestablish if one is required.
func (r *ziti210) pass() {
	if !r.required {
		r.endPass()
		return
	}
	r.phase = pausing210
	r.sleep(r.env.Params().ReestablishWait)
}

// passOn goes on after a sleep.
func (r *ziti210) passOn() {
	r.at = sim.Never
	if r.phase == pausing210 {
		r.required = false
		r.flip()
		return
	}
	list := r.list
	r.list = nil
	for _, t := range list {
		t.flipped = false
		if t.state == model.Establishing {
			r.post(queueEstablish210, t, 0)
		}
	}
	if len(r.events) > 0 {
		r.turn()
	}
	r.pass()
}

// flip moves every established entry back, whatever the controllers have. Entries that are being established,
// with a request or its reply lost on the way, are left to the scan (S15).
func (r *ziti210) flip() {
	for _, t := range r.terms {
		if t.state == model.Established {
			t.flipped = true
			r.list = append(r.list, t)
		}
	}
	if len(r.list) == 0 {
		r.endPass()
		return
	}
	r.env.Note(model.Msg{Kind: model.NoteReestablish, N: capped(len(r.list))})
	for _, t := range r.list {
		r.set(t, model.Establishing, model.WhyReestablish)
	}
	r.phase = delaying210
	r.sleep(r.env.Params().ReestablishDelay)
	r.arm()
}

// endPass ends the goroutine: a moment passes between its last look at required and the end.
func (r *ziti210) endPass() {
	r.phase = ending210
	r.env.Go(model.Msg{Kind: model.Task, Aux: passEnded210})
}

func (r *ziti210) sleep(span sim.Duration) {
	r.at = r.env.Now().Add(span)
	r.env.Arm(leaderTimer210, span)
}
