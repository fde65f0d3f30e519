package router

import (
	"slices"
	"strconv"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// Lanes of a router, by index into Lanes.
const (
	laneEvents     sim.LaneID = iota // listeners of control channel events, each on its own goroutine
	laneTasks                        // goroutines of the hosting registry
	laneValidation                   // validation requests
)

// validationWorkers is the size of the router's validation pool (router/handler_ctrl/bind.go, HEAD).
const validationWorkers = 50

// Lanes returns the lanes a router's host needs.
func Lanes(p *model.Params) []sim.Lane {
	return []sim.Lane{
		{Name: "events", Max: p.CtrlEventMax},
		{Name: "tasks", Max: p.CtrlEventMax},
		{Name: "validation", Workers: validationWorkers, Max: p.CtrlEventMax},
	}
}

// Timers of a router. Each channel has two, the registry's follow.
const (
	timerSweep sim.TimerID = iota + 1
	timerSave
	timerLease
	timerPoll
	timerAuth
	timerChannels
)

func (ch *channel) beatTimer() sim.TimerID { return timerChannels + 2*ch.slot }
func (ch *channel) dialTimer() sim.TimerID { return timerChannels + 2*ch.slot + 1 }

// Maker makes the hosting registry of a router.
type Maker func(release model.Release, env hosting.Env) hosting.Registry

// Router is one life of an edge router with tunneler. It implements sim.Node.
type Router struct {
	cfg   *model.Config
	p     *model.Params
	prof  profile
	self  sim.NodeID
	maker Maker

	sdkMaker SDKMaker

	now   sim.Time
	out   *sim.Outbox[model.Msg] // of the present step
	start sim.Time               // of the process: the phase of its tickers
	life  uint32
	req   uint64 // latest request number

	mapOrder sim.Stream
	hosting  sim.Stream

	channels []channel // of every controller there is, ascending
	visits   []uint8   // scratch of the choosers

	leader        sim.NodeID
	listVersion   uint64
	leaderVersion uint64

	lim   limiter
	pool  pool
	ready []model.Msg // jobs that got a worker in this step
	reg   hosting.Registry
	edge  edge

	started bool // the tunneler runs
	tunnel  tunnel
	model   dataModel
	poll    poll

	chores   []chore // of bugs
	starting bool    // B25: the tunneler is on its way
}

// New returns router self of a run, to be booted once.
func New(cfg *model.Config, self sim.NodeID) sim.Node[model.Msg] {
	return NewWith(cfg, self, hosting.New)
}

// NewWith is New with a hosting registry of one's own.
func NewWith(cfg *model.Config, self sim.NodeID, maker Maker) *Router {
	return NewWithSDK(cfg, self, maker, hosting.NewSDK)
}

// NewWithSDK is New with both registries of one's own.
func NewWithSDK(cfg *model.Config, self sim.NodeID, maker Maker, sdkMaker SDKMaker) *Router {
	r := &Router{
		cfg: cfg, p: &cfg.Params, prof: profileOf(cfg.Release).with(cfg.Bugs), self: self,
		maker: maker, sdkMaker: sdkMaker,
	}
	nodes := slices.Concat(cfg.Controllers, cfg.Spares)
	slices.Sort(nodes)
	nodes = slices.Compact(nodes)
	r.channels = make([]channel, len(nodes))
	for i, node := range nodes {
		r.channels[i] = channel{ctrl: node, slot: sim.TimerID(i), deaf: sim.Never}
	}
	return r
}

// registryBase is the first timer of the hosting registry.
func (r *Router) registryBase() sim.TimerID { return timerChannels + 2*sim.TimerID(len(r.channels)) }

// Step implements sim.Node.
func (r *Router) Step(now sim.Time, in *sim.Input[model.Msg], out *sim.Outbox[model.Msg]) {
	r.now, r.out = now, out
	switch {
	case in.Kind == sim.Boot:
		r.boot(in)
	case !r.edge.takes(in):
		r.step(in)
	}
	for i := 0; i < len(r.ready); i++ {
		r.runJob(r.ready[i]) // may finish and so append the next
	}
	clear(r.ready)
	r.ready = r.ready[:0]
	r.out = nil
}

// step takes an input of the process that is no boot and no SDK's.
func (r *Router) step(in *sim.Input[model.Msg]) {
	switch in.Kind {
	case sim.Up:
		r.up(in)
	case sim.DialFailed:
		r.refused(in)
	case sim.Down:
		r.down(in.Conn, in.From)
	case sim.Deliver:
		r.deliver(in)
	case sim.Expire:
		r.expire(in.Timer)
	case sim.Work:
		r.work(in)
	case sim.Command:
		r.command(in)
	}
}

// boot starts the process: the registry with an empty map, the data model from disk.
func (r *Router) boot(in *sim.Input[model.Msg]) {
	sim.Assert(r.reg == nil, "router %d: booted twice", r.self)
	r.start, r.life = r.now, in.Life
	r.req = uint64(r.life) << 32
	r.mapOrder = r.stream("map")
	r.hosting = r.stream("hosting")
	for i := range r.channels {
		ch := &r.channels[i]
		ch.redial.jitter = r.stream("dial/" + r.cfg.Names.Name(sim.Nodes, uint64(ch.ctrl)))
		ch.redial.reset(r.p)
	}
	r.lim = newLimiter(r)
	r.pool = newPool(r)
	r.model.r = r
	r.reg = r.maker(r.cfg.Release, env{r})
	r.reg.Boot(r.model.load(in.Disk))
	r.edge.boot(r)
	if r.cfg.Bugs.Has(model.B46) {
		r.later(startupCheck, sampleChore, 0)
	}
}

// stream names the router's random numbers of one purpose and life.
func (r *Router) stream(what string) sim.Stream {
	name := r.cfg.Names.Name(sim.Nodes, uint64(r.self))
	return r.cfg.Seed.Stream(name + "/" + what + "/" + strconv.FormatUint(uint64(r.life), 10))
}

// expire takes a timer.
func (r *Router) expire(timer sim.TimerID) {
	switch {
	case timer >= r.registryBase():
		r.expireRegistry(timer)
		r.listen()
	case timer >= timerChannels:
		ch := &r.channels[(timer-timerChannels)/2]
		if timer == ch.beatTimer() {
			r.expireBeat(ch)
		} else {
			r.expireDial(ch)
		}
	case timer == timerSweep:
		r.lim.sweep()
	case timer == timerSave:
		r.model.save()
	case timer == timerLease:
		r.model.check()
	case timer == timerPoll:
		r.pollServices()
	case timer == timerAuth:
		r.authenticate()
	case timer == timerChores:
		r.doChores()
	}
}

// work takes a task that had its turn.
func (r *Router) work(in *sim.Input[model.Msg]) {
	switch in.Lane {
	case laneEvents:
		if in.Msg.Code == reconnectNotice {
			r.edge.reg.Reconnected()
			return
		}
		r.reg.CtrlEvent(hosting.Event(in.Msg.Code), in.Msg.Peer)
	case laneTasks:
		r.reg.Task(in.Msg)
	case laneValidation:
		r.validate(&in.Msg)
	}
}

// validate answers which of the ids asked for are hosted. The reply goes to the connection the request came on
// and is lost with it.
func (r *Router) validate(task *model.Msg) {
	asked, ok := task.Body.(*model.CheckList)
	if !ok {
		return
	}
	if r.edge.reg != nil && hasSDK(asked.Checks) {
		r.edge.validate(task, asked.Checks)
		return
	}
	answer := &model.CheckList{Checks: make([]model.Check, len(asked.Checks))}
	for i, check := range asked.Checks {
		check.Reason = model.None
		check.Valid = !r.starting || r.started
		if check.Valid = check.Valid && r.reg.Valid(check.Term); !check.Valid {
			check.Reason = model.NotFound
		}
		answer.Checks[i] = check
	}
	if ch := r.at(task.Peer); ch.phase == ready && uint64(ch.conn) == task.Aux {
		r.transmit(ch, model.Msg{Kind: model.ValidateReply, Req: task.Req, Body: answer})
	}
}

// command takes a command of the operator.
func (r *Router) command(in *sim.Input[model.Msg]) {
	code := model.OK
	switch in.Msg.Kind {
	case model.OpConnect:
		r.at(in.Msg.Peer).barred = false
		r.want(in.Msg.Peer)
	case model.OpDisconnect:
		r.at(in.Msg.Peer).barred = true
		r.forget(in.Msg.Peer, true)
	default:
		code = model.Other
	}
	if in.Op != 0 {
		r.out.Reply(in.Op, model.Msg{Kind: model.OpDone, Code: code})
	}
}

// armAt sets a timer to a point of time.
func (r *Router) armAt(timer sim.TimerID, at sim.Time) { r.out.Arm(timer, at.Sub(r.now)) }

// tickAfter returns the first tick after t of a ticker of the given period; one of its ticks is at start.
func tickAfter(start sim.Time, period sim.Duration, t sim.Time) sim.Time {
	past := t.Sub(start) % period
	if past < 0 { // a skewed clock
		past += period
	}
	return t.Add(period - past)
}
