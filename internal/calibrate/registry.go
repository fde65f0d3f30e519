package calibrate

import (
	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// scriptTask marks the task by which a script gets inside the router.
const scriptTask = 1 << 63

// registry stands between the router and its hosting registry, sees what goes through, and lets the script in.
type registry struct {
	hosting.Registry
	b       *bench
	release model.Release
	env     *environment
	see     func(kind string, ctrl sim.NodeID, term model.TermID, text string)
	event   func(ev hosting.Event, ctrl sim.NodeID)
}

func newRegistry(b *bench, release model.Release, env hosting.Env) *registry {
	g := &registry{b: b, release: release}
	g.env = &environment{Env: env, g: g, jobs: map[hosting.Slot][]model.TermID{}}
	g.Registry = hosting.New(release, g.env)
	return g
}

// stepping starts a step of the router.
func (g *registry) stepping() {
	if g != nil {
		g.env.running, g.env.used = false, false
	}
}

// Task implements hosting.Registry.
func (g *registry) Task(task model.Msg) {
	if task.Aux == scriptTask {
		do := g.b.todo
		g.b.todo = nil
		do()
		return
	}
	g.Registry.Task(task)
}

// Run implements hosting.Registry.
func (g *registry) Run(job model.Msg) {
	if job.Aux == scriptTask {
		g.env.Done(job)
		return
	}
	g.env.running = true
	g.Registry.Run(job)
	g.env.running = false
}

// CtrlEvent implements hosting.Registry.
func (g *registry) CtrlEvent(ev hosting.Event, ctrl sim.NodeID) {
	if g.event != nil {
		g.event(ev, ctrl)
	}
	g.Registry.CtrlEvent(ev, ctrl)
}

// CreateReply implements hosting.Registry. Of ziti-1.1.8 the setting of the created flag was recorded, also of a
// closed terminator, whose state the model tells as deleting.
func (g *registry) CreateReply(from sim.NodeID, m *model.Msg) {
	before, found := hosting.Look(g.Registry, m.Term)
	g.Registry.CreateReply(from, m)
	if after, _ := hosting.Look(g.Registry, m.Term); found && after.Created && !before.Created {
		g.see("state", 0, m.Term, "created")
	}
}

// environment stands between the registry and the router.
type environment struct {
	hosting.Env
	g       *registry
	running bool           // a job of the pool starts
	used    bool           // the limiter was used in this step
	waiting []hosting.Slot // slots of remove jobs that have not sent yet
	jobs    map[hosting.Slot][]model.TermID
}

// ModelController implements hosting.Env.
func (e *environment) ModelController() sim.NodeID {
	ctrl := e.Env.ModelController()
	if ctrl == 0 {
		e.g.see("create-not-sent", 0, 0, "no controller")
	}
	return ctrl
}

// Send implements hosting.Env.
func (e *environment) Send(ctrl sim.NodeID, m model.Msg) model.Code {
	code := e.Env.Send(ctrl, m)
	switch {
	case m.Kind == model.CreateRequest && code == model.OK:
		e.g.see("create-attempt", ctrl, m.Term, "handed")
	case m.Kind == model.CreateRequest && code == model.TooBusy:
		e.g.see("create-not-sent", ctrl, m.Term, "too busy")
	case m.Kind == model.RemoveRequest && len(e.waiting) > 0:
		e.jobs[e.waiting[0]] = termsOf(&m)
		e.waiting = e.waiting[1:]
	}
	return code
}

// Limiter implements hosting.Env.
func (e *environment) Limiter() hosting.Limiter { return limiter{e.Env.Limiter(), e} }

// limiter sees which slots belong to removes, and how those end.
type limiter struct {
	hosting.Limiter
	e *environment
}

// Acquire implements hosting.Limiter.
func (l limiter) Acquire() hosting.Slot {
	l.e.used = true
	slot := l.Limiter.Acquire()
	if slot != 0 && l.e.running {
		l.e.waiting = append(l.e.waiting, slot)
	}
	return slot
}

// Success implements hosting.Limiter.
func (l limiter) Success(s hosting.Slot) {
	l.e.used = true
	delete(l.e.jobs, s)
	l.Limiter.Success(s)
}

// Backoff implements hosting.Limiter.
func (l limiter) Backoff(s hosting.Slot) {
	l.failed(s)
	l.Limiter.Backoff(s)
}

// Failed implements hosting.Limiter.
func (l limiter) Failed(s hosting.Slot) {
	l.failed(s)
	l.Limiter.Failed(s)
}

func (l limiter) failed(s hosting.Slot) {
	l.e.used = true
	for _, term := range l.e.jobs[s] {
		l.e.g.see("remove-failed", 0, term, "")
	}
	delete(l.e.jobs, s)
}

// termsOf returns the terminators of a remove request.
func termsOf(m *model.Msg) []model.TermID {
	if list, ok := m.Body.(*model.TermList); ok {
		return list.Terms
	}
	return []model.TermID{m.Term}
}
