package controller

import (
	"slices"

	"gyre/model"
	"gyre/model/raftlog"
	"gyre/sim"
)

// Lanes of a controller's host.
const (
	// laneHandlers runs requests, each on a goroutine of its own: any may overtake any.
	laneHandlers sim.LaneID = iota
	// laneSubmit is the second half of a create: what was read before it may be stale by now.
	laneSubmit
	// laneLoop runs the single goroutine of RouterMessaging.
	laneLoop
	// lanePool runs RouterMessaging's jobs.
	lanePool
)

// Timers of a controller, after those of its log.
const (
	timerDeadline sim.TimerID = raftlog.TimerEnd + iota
	timerMesh
	timerSilence
	timerValidate
	timerSweep
	timerLate
	timerRestart
	timerAudit
	timerIdle // B03
)

// Lanes returns the lanes the host of a controller needs (controller/config/config_network.go: the pool of
// RouterMessaging has 100 workers and a queue of 100; its event queue holds 16; HEAD).
func Lanes(p *model.Params) []sim.Lane {
	return []sim.Lane{
		laneHandlers: {Name: "handlers", Min: p.HandlerMin, Max: p.HandlerMax},
		laneSubmit:   {Name: "submit", Min: p.HandlerMin, Max: p.HandlerMax},
		laneLoop:     {Name: "loop", Workers: 1, Queue: 16, Min: p.HandlerMin / 5, Max: p.HandlerMax / 15},
		lanePool:     {Name: "pool", Workers: 100, Queue: 100, Min: p.HandlerMin, Max: p.HandlerMax},
	}
}

// controller is the node. It is built anew at every start of its process; db.load brings back what was saved.
type controller struct {
	cfg     *model.Config
	p       *model.Params
	release model.Release
	prof    profile
	self    sim.NodeID
	life    uint32
	booted  bool
	now     sim.Time // of the present step
	out     *sim.Outbox[model.Msg]
	log     raftlog.Log
	places  []int32 // by node id: a router's place in channels plus 1, a peer's negated, or 0

	db       db
	results  [resultsMax]result
	ops      []op
	opsFree  []uint32
	serial   uint64
	tickets  map[raftlog.Ticket]uint64
	outcomes []outcome
	waiters  []waiter // sorted by index
	due      deadlines
	armed    sim.Time // when timerDeadline fires; Never if it is not armed
	window   limiter
	inbound  inbound
	forced   bool // the operator says another version is in the mesh

	peers     []peer // ascending by node
	meshTick  sim.Time
	channels  []channel // in the order of cfg.Routers
	late      int       // messages of all channels that wait for room
	silenceAt sim.Time  // when timerSilence fires; Never if it is not armed
	members   *model.NodeList
	confIndex uint64
	commands  uint64 // index of the newest entry that was a command, as far as known
	leads     bool
	follows   sim.NodeID

	loop     loop
	sessions sessions
	legacy   []legacy // ascending by token
	audit    audit
	models   []routerModel // in the order of cfg.Routers
}

// New returns the node of controller self, of the release cfg names.
func New(cfg *model.Config, self sim.NodeID) sim.Node[model.Msg] {
	c := newController(cfg, self)
	c.log = raftlog.NewEtcd(self, cfg, c)
	return c
}

func newController(cfg *model.Config, self sim.NodeID) *controller {
	c := &controller{
		cfg: cfg, p: &cfg.Params, release: cfg.Release, prof: profileOf(cfg.Release).with(cfg.Bugs), self: self,
		tickets: map[raftlog.Ticket]uint64{}, armed: sim.Never, silenceAt: sim.Never,
		channels: make([]channel, len(cfg.Routers)),
		models:   make([]routerModel, len(cfg.Routers)),
	}
	for _, ids := range [...][]sim.NodeID{cfg.Controllers, cfg.Spares} {
		for _, id := range ids {
			c.addPeer(id)
		}
	}
	for i, id := range cfg.Routers {
		c.place(id, int32(i)+1)
		c.channels[i].router = id
	}
	for _, t := range cfg.Twins {
		c.place(t.Node, c.places[t.Of])
	}
	for i, id := range cfg.SDKs {
		c.place(id, int32(len(cfg.Routers)+i)+1)
	}
	for i := range c.peers {
		c.place(c.peers[i].node, -int32(i)-1)
	}
	c.members = &model.NodeList{} // a spare's, until it has joined
	if slices.Contains(cfg.Controllers, self) {
		c.members = &model.NodeList{Nodes: cfg.Controllers}
	}
	c.knowMembers()
	c.db.init(cfg.Identities(), c.places)
	if cfg.Release == model.Ideal {
		c.release, c.db.ideal = model.Ziti210, true
	}
	c.window.init(c.p)
	return c
}

func (c *controller) place(id sim.NodeID, at int32) {
	for int(id) >= len(c.places) {
		c.places = append(c.places, 0)
	}
	c.places[id] = at
}

// channel returns what is known of a router, or nil if the node is none.
func (c *controller) channel(router sim.NodeID) *channel {
	if int(router) >= len(c.places) || router < 0 || c.places[router] <= 0 || int(c.places[router]) > len(c.channels) {
		return nil
	}
	return &c.channels[c.places[router]-1]
}

// Step implements sim.Node.
func (c *controller) Step(now sim.Time, in *sim.Input[model.Msg], out *sim.Outbox[model.Msg]) {
	c.now, c.out = now, out
	switch in.Kind {
	case sim.Boot:
		c.boot(in.Life, in.Disk)
	case sim.Deliver:
		c.deliver(in)
	case sim.Expire:
		c.expire(in.Timer)
	case sim.Command:
		c.operate(in.Op, in.Msg)
	case sim.Up:
		c.up(in)
	case sim.Down:
		c.down(in)
	case sim.DialFailed:
		c.dialFailed(in.From)
	case sim.Work:
		c.work(in.Lane, in.Msg)
	case sim.Overflow:
		c.overflow(in.Lane, in.Msg)
	}
	c.pump()
	c.armDeadline()
	c.out = nil
}

func (c *controller) boot(life uint32, disk *sim.Disk[model.Msg]) {
	c.life = life
	c.load(disk)
	c.commands = c.db.applied
	c.sessions.load(disk)
	c.loadLegacy(disk)
	c.bootModels()
	c.bootLoop()
	c.log.Boot(c.now, disk, life, c.out)
	c.bootMesh() // the log has told who the members are
	c.booted = true
}

func (c *controller) up(in *sim.Input[model.Msg]) {
	if ch := c.channel(in.From); ch != nil {
		c.routerUp(ch, in.Conn)
		return
	}
	c.peerUp(in.From, in.Conn, in.Accepted)
}

func (c *controller) down(in *sim.Input[model.Msg]) {
	if ch := c.channel(in.From); ch != nil {
		c.routerDown(ch, in.Conn)
		return
	}
	c.peerDown(in.From, in.Conn)
}

func (c *controller) deliver(in *sim.Input[model.Msg]) {
	if ch := c.channel(in.From); ch != nil {
		c.fromRouter(ch, in.Conn, in.Msg)
		return
	}
	c.fromPeer(in.From, in.Conn, in.Msg)
}

func (c *controller) expire(timer sim.TimerID) {
	switch timer {
	case timerDeadline:
		c.armed = sim.Never
		c.overdue()
	case timerMesh:
		c.tickMesh()
	case timerSilence:
		c.silenceAt = sim.Never
		c.closeSilent()
	case timerValidate:
		c.out.Arm(timerValidate, c.p.ValidateTick)
		c.wakeLoop()
	case timerSweep:
		c.sweep()
	case timerLate:
		c.flushLate()
	case timerIdle:
		c.expireSessions()
	case timerRestart:
		c.out.Exit(c.p.RestartDown)
	case timerAudit:
		c.compare()
	default:
		own := c.log.Expire(c.now, timer, c.out)
		sim.Assert(own, "controller %d has no timer %d", c.self, timer)
	}
}

func (c *controller) work(lane sim.LaneID, m model.Msg) {
	switch lane {
	case laneHandlers:
		c.handle(m)
	case laneSubmit:
		c.submitCreate(m)
	case laneLoop:
		c.runLoop()
	case lanePool:
		c.runJob(m)
	}
}

// handle runs a request. Its Index is the connection it came over, its Router the sender; see fromRouter.
func (c *controller) handle(m model.Msg) {
	if !c.handles(&m) {
		return
	}
	switch m.Kind {
	case model.CreateRequest:
		c.create(m)
	case model.RemoveRequest:
		c.remove(m)
	case model.ValidateReply:
		c.denied(m)
	case model.ValidateSessions:
		if c.release < model.Ziti210 {
			c.validateSessions(m)
		} else {
			c.validateLegacy(&m)
		}
	case model.Authenticate:
		c.authenticate(m)
	case model.ListServices:
		c.listServices(m)
	case model.Subscribe:
		c.subscribe(m)
	case model.Audit:
		c.answerAudit(m)
	case model.Task:
		c.rowsOfConnected(m)
	default:
		sim.Assert(false, "controller %d cannot handle %v", c.self, m.Kind)
	}
}

// overflow takes back a task whose lane had no room. Only the pool is bounded in a way that matters.
func (c *controller) overflow(lane sim.LaneID, m model.Msg) {
	switch lane {
	case laneLoop:
		c.loop.awake = false
	case lanePool:
		c.jobRefused(m)
	}
}

// pump does what became possible during the step and must not be done inside a call of the log: outcomes,
// waits for an index, and forwarded commands whose turn it is.
func (c *controller) pump() {
	for {
		switch {
		case len(c.outcomes) > 0:
			c.settle()
		case len(c.waiters) > 0 && c.waiters[0].index <= c.db.applied:
			c.reached()
		case c.inbound.ready():
			c.serveForward()
		default:
			return
		}
	}
}
