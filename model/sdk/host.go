package sdk

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// The SDK's clockwork (sdk-golang v2, ziti/ziti.go listenerManager.run and makeMoreListeners, and
// ziti/edge/network/listener.go forward): what is missing is asked for again every second; a bind that is not
// established within a minute is given up at the next of four looks a second.
const (
	tick     = 1 * sim.Second
	patience = 1 * sim.Minute
	looks    = 250 * sim.Millisecond
)

// Timers of a host.
const (
	timerTick sim.TimerID = iota + 1
	timerLook
)

// Host is one life of a process that hosts with an SDK. It implements sim.Node.
type Host struct {
	self      sim.NodeID
	plan      model.SDKHost
	names     *model.Names
	out       *sim.Outbox[model.Msg]
	now       sim.Time
	start     sim.Time
	life      uint32
	serial    uint64 // of the latest bind
	opened    uint64 // listeners opened in this life
	session   uint32 // which session of the issuer of its plan it has; each life begins with the first
	listeners []listener
	routers   []router
	binds     []bind
	tickAt    sim.Time
	lookAt    sim.Time
}

// listener is what the application asked for.
type listener struct {
	service model.ServiceID
	index   uint16
	id      uint64
	open    bool
}

// router is what the SDK holds of an edge router.
type router struct {
	node    sim.NodeID
	conn    sim.ConnID
	dialing bool
}

// bind is what the SDK asked of a router (edgeHostConn).
type bind struct {
	serial      uint64
	router      sim.NodeID
	index       uint16
	session     uint32
	since       sim.Time
	established bool
}

// New returns the process of an SDK host, to be booted once.
func New(cfg *model.Config, self sim.NodeID) sim.Node[model.Msg] {
	i := slices.Index(cfg.SDKs, self)
	sim.Assert(i >= 0 && i < len(cfg.Hosted), "node %d is no SDK host", self)
	h := &Host{self: self, plan: cfg.Hosted[i], names: cfg.Names, tickAt: sim.Never, lookAt: sim.Never}
	for _, node := range h.plan.Via {
		h.routers = append(h.routers, router{node: node})
	}
	return h
}

// Step implements sim.Node.
func (h *Host) Step(now sim.Time, in *sim.Input[model.Msg], out *sim.Outbox[model.Msg]) {
	h.now, h.out = now, out
	switch in.Kind {
	case sim.Boot:
		h.start, h.life, h.session = now, in.Life, 1
		h.listeners = append(h.listeners, listener{service: h.plan.Service, index: h.plan.Index})
		h.listen()
	case sim.Up:
		h.up(in)
	case sim.DialFailed:
		h.at(in.From).dialing = false
	case sim.Down:
		h.down(in)
	case sim.Deliver:
		h.deliver(in)
	case sim.Expire:
		h.expire(in.Timer)
	case sim.Command:
		h.command(in)
	}
	h.arm()
	h.out = nil
}

func (h *Host) at(node sim.NodeID) *router {
	for i := range h.routers {
		if h.routers[i].node == node {
			return &h.routers[i]
		}
	}
	sim.Assert(false, "SDK host %d does not use node %d", h.self, node)
	return nil
}

// listen opens the listeners that are closed, each under a new id.
func (h *Host) listen() {
	for i := range h.listeners {
		l := &h.listeners[i]
		if l.open {
			continue
		}
		h.opened++
		l.open, l.id = true, uint64(h.self)<<48|uint64(h.life&0xffff)<<32|h.opened
		h.note(l)
	}
	h.makeMore()
}

// unlisten closes the listeners that are open: every router is told.
func (h *Host) unlisten() {
	for i := range h.listeners {
		l := &h.listeners[i]
		if !l.open {
			continue
		}
		l.open = false
		h.note(l)
	}
	for _, b := range h.binds {
		h.unbind(b)
	}
	h.binds = h.binds[:0]
}

// note tells what this host wants of each router from now on.
func (h *Host) note(l *listener) {
	m := model.Msg{Kind: model.NoteListener, Service: l.service, N: l.index}
	if l.open {
		m.Flags = model.On
	}
	for _, r := range h.routers {
		m.Peer = r.node
		h.out.Note(m)
	}
}

func (h *Host) unbind(b bind) {
	if r := h.at(b.router); r.conn != 0 {
		h.out.Send(r.conn, model.Msg{Kind: model.SDKUnbind, Req: b.serial, N: b.index})
	}
}

// makeMore asks for what is missing (makeMoreListeners).
func (h *Host) makeMore() {
	for i := range h.listeners {
		if !h.listeners[i].open {
			continue
		}
		for k := range h.routers {
			r := &h.routers[k]
			switch {
			case h.bound(&h.listeners[i], r.node) || r.dialing:
			case r.conn != 0:
				h.bind(&h.listeners[i], r)
			default:
				r.dialing = true
				h.out.Dial(r.node, model.Msg{Kind: model.SDKBind})
			}
		}
	}
}

func (h *Host) bound(l *listener, node sim.NodeID) bool {
	return slices.ContainsFunc(h.binds, func(b bind) bool { return b.router == node && b.index == l.index })
}

func (h *Host) bind(l *listener, r *router) {
	h.serial++
	m := model.Msg{
		Kind: model.SDKBind, Req: h.serial, Service: l.service, N: l.index, Aux: l.id, Flags: model.Inspectable,
		Token: h.token(),
	}
	if h.out.Send(r.conn, m) {
		h.binds = append(h.binds, bind{serial: h.serial, router: r.node, index: l.index, session: h.session,
			since: h.now})
	}
}

func (h *Host) up(in *sim.Input[model.Msg]) {
	r := h.at(in.From)
	r.dialing, r.conn = false, in.Conn
	for i := range h.listeners {
		if l := &h.listeners[i]; l.open && !h.bound(l, r.node) {
			h.bind(l, r)
		}
	}
}

// down takes the end of a channel: its binds are gone, the listeners stay.
func (h *Host) down(in *sim.Input[model.Msg]) {
	r := h.at(in.From)
	if r.conn != in.Conn {
		return
	}
	r.conn = 0
	h.binds = slices.DeleteFunc(h.binds, func(b bind) bool { return b.router == r.node })
}

func (h *Host) deliver(in *sim.Input[model.Msg]) {
	r := h.at(in.From)
	if r.conn != in.Conn {
		return
	}
	m := &in.Msg
	i := slices.IndexFunc(h.binds, func(b bind) bool { return b.serial == m.Req })
	switch m.Kind {
	case model.SDKBindSuccess:
		if i >= 0 {
			h.binds[i].established = true
		}
	case model.SDKClosed:
		if i >= 0 {
			h.closed(h.binds[i].session, m.Code)
			h.binds = slices.Delete(h.binds, i, i+1)
		}
	case model.SDKInspect:
		answer := model.Msg{Kind: model.SDKInspected, Req: m.Req, Aux: m.Aux}
		if i >= 0 {
			answer.Flags = model.On
		}
		h.out.Send(r.conn, answer)
	}
}

func (h *Host) expire(timer sim.TimerID) {
	if timer == timerTick {
		h.tickAt = sim.Never
		h.makeMore()
		return
	}
	h.lookAt = sim.Never
	keep := h.binds[:0]
	for _, b := range h.binds {
		if b.established || h.now <= b.since.Add(patience) {
			keep = append(keep, b)
		} else {
			h.unbind(b)
		}
	}
	h.binds = keep
}

func (h *Host) command(in *sim.Input[model.Msg]) {
	switch in.Msg.Kind {
	case model.OpBind:
		h.listen()
	case model.OpUnbind:
		h.unlisten()
	}
	if in.Op != 0 {
		h.out.Reply(in.Op, model.Msg{Kind: model.OpDone, Code: model.OK})
	}
}

// arm arms the ticks that can find something to do. The SDK's tick for ever, at the same instants.
func (h *Host) arm() {
	missing := false
	for i := range h.listeners {
		for _, r := range h.routers {
			missing = missing || h.listeners[i].open && !h.bound(&h.listeners[i], r.node)
		}
	}
	if missing && h.tickAt == sim.Never {
		h.tickAt = after(h.start, tick, h.now)
		h.out.Arm(timerTick, h.tickAt.Sub(h.now))
	}
	if h.lookAt != sim.Never {
		return
	}
	for _, b := range h.binds {
		if !b.established {
			h.lookAt = after(b.since, looks, max(h.now, b.since.Add(patience)))
			h.out.Arm(timerLook, h.lookAt.Sub(h.now))
			return
		}
	}
}

// after returns the first tick after t of a ticker of the given period that was started at start.
func after(start sim.Time, period sim.Duration, t sim.Time) sim.Time {
	past := t.Sub(start) % period
	if past < 0 { // a skewed clock
		past += period
	}
	return t.Add(period - past)
}

// Canon implements sim.Node.
func (h *Host) Canon(c *sim.Canon) {
	for _, l := range h.listeners {
		c.Flag("open", l.open)
		c.Same(func(c *sim.Canon) { c.Int("id", int64(l.id)) })
	}
	for _, r := range h.routers {
		c.Node("router", r.node)
		c.Flag("up", r.conn != 0)
		c.Flag("dialing", r.dialing)
		c.Same(func(c *sim.Canon) { c.Int("conn", int64(r.conn)) })
	}
	if h.session > 1 {
		c.Same(func(c *sim.Canon) { c.Int("session", int64(h.session)) })
	}
	c.Int("binds", int64(len(h.binds)))
	for _, b := range h.binds {
		c.Node("", b.router)
		c.Int("", int64(b.index))
		c.Flag("established", b.established)
		if !b.established {
			c.When("since", b.since)
		}
		c.Same(func(c *sim.Canon) { c.Int("serial", int64(b.serial)) })
	}
	c.When("tick", after(h.start, tick, h.now))
	c.Flag("ticking", h.tickAt != sim.Never)
	c.Flag("looking", h.lookAt != sim.Never)
	if h.lookAt != sim.Never {
		c.When("look", h.lookAt)
	}
}
