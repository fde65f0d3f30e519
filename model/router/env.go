package router

import (
	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// env is what the hosting registry sees of its router. It implements hosting.Env.
type env struct {
	r *Router
}

// Now implements hosting.Env.
func (e env) Now() sim.Time { return e.r.now }

// Self implements hosting.Env.
func (e env) Self() sim.NodeID { return e.r.self }

// Life implements hosting.Env.
func (e env) Life() uint32 { return e.r.life }

// Params implements hosting.Env.
func (e env) Params() *model.Params { return e.r.p }

func (e env) Bug(b model.Bug) bool { return e.r.cfg.Bugs.Has(b) }

func (e env) Without() model.Cures { return e.r.cfg.Without }

func (e env) Cured(s model.Suspect) bool { return e.r.cfg.Cured.Has(s) }

// Desired implements hosting.Desirer.
func (e env) Desired() (index uint64, known bool) { return e.r.model.index, e.r.model.known }

// Draw implements hosting.Env.
func (e env) Draw() *sim.Stream { return &e.r.hosting }

// AnyController implements hosting.Env.
func (e env) AnyController() sim.NodeID { return number(e.r.any()) }

// ModelController implements hosting.Env.
func (e env) ModelController() sim.NodeID { return number(e.r.forModel()) }

// LeaderConnected implements hosting.Env.
func (e env) LeaderConnected() bool { return e.r.leaderConnected() }

// Controllers implements hosting.Env.
func (e env) Controllers() int { return e.r.registrations() }

// Send implements hosting.Env.
func (e env) Send(ctrl sim.NodeID, m model.Msg) model.Code { return e.r.send(ctrl, m) }

// NextReq implements hosting.Env.
func (e env) NextReq() uint64 { return e.r.nextReq() }

// Arm implements hosting.Env.
func (e env) Arm(timer uint32, after sim.Duration) {
	e.r.out.Arm(e.r.timerOf(timer, false), after)
}

// Disarm implements hosting.Env.
func (e env) Disarm(timer uint32) { e.r.out.Disarm(e.r.timerOf(timer, false)) }

// Queue implements hosting.Env. A job that finds a worker runs later in the same step.
func (e env) Queue(job model.Msg) bool { return e.r.pool.put(job) }

// Done implements hosting.Env.
func (e env) Done(model.Msg) { e.r.pool.done() }

// Go implements hosting.Env.
func (e env) Go(task model.Msg) { e.r.out.Defer(laneTasks, task) }

// Limiter implements hosting.Env.
func (e env) Limiter() hosting.Limiter { return &e.r.lim }

// Note implements hosting.Env.
func (e env) Note(m model.Msg) {
	e.r.out.Note(m)
	if m.Kind == model.NoteReestablish {
		e.r.doze()
	}
}

// nextReq returns a request number no life of this router used before.
func (r *Router) nextReq() uint64 {
	r.req++
	return r.req
}
