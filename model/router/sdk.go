package router

import (
	"slices"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// edge is the side of a router that faces SDKs (router/xgress_edge): their channels, and the registry of what they
// host. A plan without SDKs has none of it.
//
// Not modelled are the heartbeats of these channels: a channel ends when either end closes it, or breaks.
type edge struct {
	r       *Router
	reg     hosting.SDK // nil without SDKs
	draw    sim.Stream
	conns   []sdkConn           // in order of acceptance
	live    map[sim.ConnID]bool // the same, to look them up
	open    []validation
	tickets uint64
	told    bool         // by a controller, who may bind
	allowed []sim.NodeID // ascending
}

type sdkConn struct {
	conn sim.ConnID
	host sim.NodeID
}

// validation is a request of a controller that waits for the word of SDKs.
type validation struct {
	ticket  uint64 // of its first check; the others follow
	task    model.Msg
	answer  []model.Check
	decided []bool
	left    int
}

// sdkTask marks jobs of the pool that belong to the registry of SDKs, and reconnectNotice the task that tells it of a
// channel.
const (
	sdkTask         uint64     = 1 << 62
	reconnectNotice model.Code = 255
)

// SDKMaker makes the registry of SDKs of a router.
type SDKMaker func(release model.Release, env hosting.SDKEnv) hosting.SDK

func (e *edge) boot(r *Router) {
	e.r = r
	if len(r.cfg.SDKs) == 0 {
		return
	}
	e.live = map[sim.ConnID]bool{}
	e.draw = r.stream("sdk")
	e.reg = r.sdkMaker(r.cfg.Release, sdkEnv{env{r}})
	e.reg.Boot()
}

// is reports whether a node is an SDK host.
func (e *edge) is(node sim.NodeID) bool {
	_, found := slices.BinarySearch(e.r.cfg.SDKs, node)
	return found
}

// takes handles an input that concerns an SDK; false if it is another's.
func (e *edge) takes(in *sim.Input[model.Msg]) bool {
	if e.reg == nil || in.From == 0 || !e.is(in.From) {
		return false
	}
	switch in.Kind {
	case sim.Up:
		e.conns = append(e.conns, sdkConn{in.Conn, in.From})
		e.live[in.Conn] = true
	case sim.Down:
		e.conns = slices.DeleteFunc(e.conns, func(c sdkConn) bool { return c.conn == in.Conn })
		delete(e.live, in.Conn)
		e.reg.Closed(in.Conn)
	case sim.Deliver:
		if e.has(in.Conn) {
			e.deliver(in)
		}
	}
	return true
}

func (e *edge) has(conn sim.ConnID) bool { return e.live[conn] }

func (e *edge) deliver(in *sim.Input[model.Msg]) {
	m := &in.Msg
	switch m.Kind {
	case model.SDKBind:
		if !e.mayBind(in.From) {
			e.r.out.Send(in.Conn, model.Msg{Kind: model.SDKClosed, Req: m.Req, Code: model.WhyDenied})
			return
		}
		e.reg.Bind(hosting.Bind{
			Host: in.From, Conn: in.Conn, Serial: m.Req, Service: m.Service, Index: m.N, Session: m.Token, Listener: m.Aux,
			Inspect: m.Flags&model.Inspectable != 0,
		})
	case model.SDKUnbind:
		e.reg.Unbind(in.Conn, m.Req)
	case model.SDKInspected:
		e.reg.Inspected(in.Conn, m.Req, m.Aux, m.Flags&model.On != 0)
	}
}

// mayBind reports whether an SDK host may bind, as far as this router knows (checkAccessIfOidc).
func (e *edge) mayBind(host sim.NodeID) bool {
	_, found := slices.BinarySearch(e.allowed, host)
	return !e.told || found
}

// access takes the part of the data model that says who may bind (handleBindAccessLost). Before ziti#3908 routers had
// sessions for that, and a session that is a token ends with nobody's access (B48).
func (e *edge) access(m *model.Msg) {
	list, ok := m.Body.(*model.NodeList)
	if !ok || e.reg == nil || e.r.cfg.Bugs.Has(model.B48) {
		return
	}
	e.told, e.allowed = true, list.Nodes
	for _, host := range e.r.cfg.SDKs {
		if !e.mayBind(host) {
			e.reg.Denied(host)
		}
	}
}

// reconnected tells the registry of an established control channel (NotifyOfReconnect), on a goroutine of its own. With
// B47 controllers end sessions, so routers ask them which still exist.
func (e *edge) reconnected(ch *channel) {
	if e.reg == nil {
		return
	}
	e.r.out.Defer(laneEvents, model.Msg{Kind: model.Task, Code: reconnectNotice, Peer: ch.ctrl})
	if !e.r.cfg.Bugs.Has(model.B47) {
		return
	}
	if tokens := e.reg.Legacy(ch.ctrl); len(tokens) > 0 {
		e.r.transmit(ch, model.Msg{Kind: model.ValidateSessions, Body: &model.TokenList{Tokens: tokens}})
	}
}

// ended takes the sessions that a controller has deleted.
func (e *edge) ended(sessions []model.Token) {
	if e.reg == nil {
		return
	}
	for _, session := range sessions {
		e.reg.Ended(session)
	}
}

// validate takes a request with terminators of SDKs in it.
func (e *edge) validate(task *model.Msg, asked []model.Check) {
	v := validation{ticket: e.tickets + 1, task: *task, answer: slices.Clone(asked), left: len(asked)}
	v.decided = make([]bool, len(asked))
	e.tickets += uint64(len(asked))
	e.open = append(e.open, v)
	for i, check := range asked {
		ticket := v.ticket + uint64(i)
		if check.Term.SDK() {
			e.reg.Validate(check.Term, task.Flags&model.PostCreate != 0, ticket)
		} else {
			e.decide(ticket, e.r.reg.Valid(check.Term), true)
		}
	}
}

// decide takes the verdict on one check; with the last the reply goes out, without what could not be decided.
func (e *edge) decide(ticket uint64, valid, decided bool) {
	at := slices.IndexFunc(e.open, func(v validation) bool {
		return v.ticket <= ticket && ticket < v.ticket+uint64(len(v.answer))
	})
	sim.Assert(at >= 0, "router %d: no validation has ticket %d", e.r.self, ticket)
	v := &e.open[at]
	i := ticket - v.ticket
	v.answer[i].Valid, v.answer[i].Reason, v.decided[i] = valid, model.None, decided
	if !valid {
		v.answer[i].Reason = model.NotFound
	}
	if v.left--; v.left > 0 {
		return
	}
	answer := &model.CheckList{}
	for i, check := range v.answer {
		if v.decided[i] {
			answer.Checks = append(answer.Checks, check)
		}
	}
	if ch := e.r.at(v.task.Peer); ch.phase == ready && uint64(ch.conn) == v.task.Aux {
		e.r.transmit(ch, model.Msg{Kind: model.ValidateReply, Req: v.task.Req, Body: answer})
	}
	e.open = slices.Delete(e.open, at, at+1)
}

// Canon visits the edge.
func (e *edge) Canon(c *sim.Canon) {
	if e.reg == nil {
		return
	}
	c.Int("conns", int64(len(e.conns)))
	for _, conn := range e.conns {
		c.Node("", conn.host)
		c.Same(func(c *sim.Canon) { c.Int("conn", int64(conn.conn)) })
	}
	c.Flag("told", e.told)
	for _, host := range e.allowed {
		c.Node("", host)
	}
	c.Int("open", int64(len(e.open)))
	for _, v := range e.open {
		v.task.Canon(c)
		c.Int("left", int64(v.left))
		for i, check := range v.answer {
			c.Ref("", model.ClassTerm, uint64(check.Term))
			c.Flag("decided", v.decided[i])
		}
	}
	c.Int("drawn", int64(e.draw.Drawn()))
	e.reg.Canon(c)
}

// sdkEnv is what the registry of SDKs sees of its router. It implements hosting.SDKEnv.
type sdkEnv struct {
	env
}

// Draw implements hosting.Env.
func (e sdkEnv) Draw() *sim.Stream { return &e.r.edge.draw }

// Arm implements hosting.Env.
func (e sdkEnv) Arm(timer uint32, after sim.Duration) { e.r.out.Arm(e.r.timerOf(timer, true), after) }

// Disarm implements hosting.Env.
func (e sdkEnv) Disarm(timer uint32) { e.r.out.Disarm(e.r.timerOf(timer, true)) }

// Queue implements hosting.Env.
func (e sdkEnv) Queue(job model.Msg) bool {
	job.Aux |= sdkTask
	return e.r.pool.put(job)
}

// Open implements hosting.SDKEnv.
func (e sdkEnv) Open(conn sim.ConnID) bool { return e.r.edge.has(conn) }

// Tell implements hosting.SDKEnv.
func (e sdkEnv) Tell(conn sim.ConnID, m model.Msg) model.Code {
	switch {
	case !e.Open(conn):
		return model.NoChannel
	case !e.r.out.Send(conn, m):
		return model.TooBusy
	}
	return model.OK
}

// Decided implements hosting.SDKEnv.
func (e sdkEnv) Decided(ticket uint64, valid, decided bool) { e.r.edge.decide(ticket, valid, decided) }

// timerOf returns the timer of a registry. With SDKs the two registries take turns.
func (r *Router) timerOf(timer uint32, sdk bool) sim.TimerID {
	switch {
	case r.edge.reg == nil && len(r.cfg.SDKs) == 0:
		return r.registryBase() + sim.TimerID(timer)
	case sdk:
		return r.registryBase() + 2*sim.TimerID(timer) + 1
	default:
		return r.registryBase() + 2*sim.TimerID(timer)
	}
}

// expireRegistry hands a timer to its registry.
func (r *Router) expireRegistry(timer sim.TimerID) {
	n := uint32(timer - r.registryBase())
	switch {
	case r.edge.reg == nil:
		r.reg.Expire(n)
	case n%2 == 1:
		r.edge.reg.Expire(n / 2)
	default:
		r.reg.Expire(n / 2)
	}
}

// runJob lets the registry whose it is run a job.
func (r *Router) runJob(job model.Msg) {
	if job.Aux&sdkTask != 0 {
		job.Aux &^= sdkTask
		r.edge.reg.Run(job)
		return
	}
	r.reg.Run(job)
}

// hasSDK reports whether a list of checks names a terminator of an SDK.
func hasSDK(list []model.Check) bool {
	return slices.ContainsFunc(list, func(c model.Check) bool { return c.Term.SDK() })
}
