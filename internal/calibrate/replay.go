package calibrate

import (
	"container/heap"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/model/router"
	"gyre/sim"
)

// The nodes of a replay: the controllers c1 to c9 are 1 to 9.
const (
	ctrlMax            = 9
	self    sim.NodeID = ctrlMax + 1
)

// bench runs one router of the model by hand: messages take no time, and every instant goes in the order in which
// things were asked for. It does what a world would do, for one node, and the script is everything else.
type bench struct {
	r      *router.Router
	reg    *registry
	out    *sim.Outbox[model.Msg]
	now    sim.Time
	queue  events
	seq    int
	timers map[sim.TimerID]int // the live setting of each timer
	room   int                 // of every send queue
	writer *writer             // how fast send queues empty; nil is at once
	tasks  sim.LaneID          // the lane of the registry's goroutines
	todo   func()              // what the script does inside the router

	conns           map[sim.ConnID]sim.NodeID
	last            sim.ConnID
	reach           map[sim.NodeID]bool      // dials are let in
	dials           map[sim.NodeID]model.Msg // dials that await their answer
	onSend          func(to sim.NodeID, m model.Msg)
	onNote          func(m model.Msg)
	onShut          func(ctrl sim.NodeID) // the router closed a connection
	starting, after func()                // before and after each step
}

type event struct {
	at  sim.Time
	seq int
	do  func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// config is what a router of a replay is built from.
func config(s suite, params model.Params, seed sim.Seed) *model.Config {
	cfg := &model.Config{Release: s.release, Params: params, Seed: seed, Routers: []sim.NodeID{self}, Voters: ctrlMax}
	if s.sdk {
		cfg.SDKs = []sim.NodeID{host}
	}
	names := []string{""}
	for c := sim.NodeID(1); c <= ctrlMax; c++ {
		cfg.Controllers = append(cfg.Controllers, c)
		names = append(names, "c"+string(rune('0'+c)))
	}
	cfg.Names = &model.Names{Nodes: append(names, "router", "sdk")}
	cfg.Params.CtrlEventMax = 0 // listeners run at once: the recordings have no other order
	return cfg
}

func newBench(cfg *model.Config, sdk router.SDKMaker) *bench {
	b := &bench{
		timers: map[sim.TimerID]int{}, room: int(cfg.Params.SendQueue) + 1, // the writer takes one at once
		conns: map[sim.ConnID]sim.NodeID{}, reach: map[sim.NodeID]bool{}, dials: map[sim.NodeID]model.Msg{},
	}
	for i, l := range router.Lanes(&cfg.Params) {
		if l.Name == "tasks" {
			b.tasks = sim.LaneID(i)
		}
	}
	b.r = router.NewWithSDK(cfg, self, func(release model.Release, env hosting.Env) hosting.Registry {
		b.reg = newRegistry(b, release, env)
		return b.reg
	}, sdk)
	b.out = sim.NewOutbox[model.Msg](b)
	return b
}

func (b *bench) boot() {
	b.step(sim.Input[model.Msg]{Kind: sim.Boot, Life: 1, Disk: &sim.Disk[model.Msg]{}})
}

// Room implements sim.Rooms.
func (b *bench) Room(conn sim.ConnID) int {
	if _, ok := b.conns[conn]; !ok {
		return 0
	}
	if b.writer != nil {
		return b.writer.room(b.now, b.room)
	}
	return b.room
}

// writer is the goroutine that writes a send queue to the wire, where the recording depends on how it was scheduled:
// between two sends it takes a message or it does not.
type writer struct {
	chance sim.Stream
	pace   uint64 // of ten looks it takes a message at so many
	at     sim.Time
	queue  int // messages waiting
	sent   int // in this step
}

func newWriter(chance sim.Stream) *writer {
	w := &writer{chance: chance}
	w.pace = w.chance.Below(11)
	return w
}

// room is asked once for each send of a step: what it returns lets the send through or not.
func (w *writer) room(now sim.Time, room int) int {
	if now != w.at {
		w.at, w.queue = now, 0
	}
	if w.queue > 0 && w.chance.Chance(w.pace, 10) {
		w.queue--
	}
	if w.queue >= room {
		return 0
	}
	w.queue++
	w.sent++
	return w.sent
}

func (b *bench) at(t sim.Time, do func()) {
	b.seq++
	heap.Push(&b.queue, event{max(t, b.now), b.seq, do})
}

func (b *bench) step(in sim.Input[model.Msg]) {
	b.out.Reset()
	if b.writer != nil {
		b.writer.sent = 0
	}
	b.reg.stepping()
	if b.starting != nil {
		b.starting()
	}
	b.r.Step(b.now, &in, b.out)
	b.apply()
	if b.after != nil {
		b.after()
	}
}

// inside lets the script call the registry, as a goroutine of the router does.
func (b *bench) inside(do func()) {
	b.todo = do
	b.step(sim.Input[model.Msg]{Kind: sim.Work, Lane: b.tasks, Msg: model.Msg{Kind: model.Task, Aux: scriptTask}})
}

func (b *bench) apply() {
	effects := append([]sim.Effect[model.Msg](nil), b.out.Effects()...)
	for _, e := range effects {
		switch e.Kind {
		case sim.Send:
			if to, ok := b.conns[e.Conn]; ok {
				b.onSend(to, e.Msg)
			}
		case sim.Dial:
			b.dials[e.Peer] = e.Msg
			if b.reach[e.Peer] {
				b.at(b.now, func() { b.answerDial(e.Peer) })
			}
		case sim.Close:
			ctrl := b.conns[e.Conn]
			delete(b.conns, e.Conn)
			b.onShut(ctrl)
		case sim.Arm:
			b.arm(e.Timer, e.After)
		case sim.Disarm:
			delete(b.timers, e.Timer)
		case sim.Defer:
			b.at(b.now, func() { b.step(sim.Input[model.Msg]{Kind: sim.Work, Lane: e.Lane, Msg: e.Msg}) })
		case sim.Note:
			b.onNote(e.Msg)
		}
	}
}

func (b *bench) arm(timer sim.TimerID, after sim.Duration) {
	b.seq++
	mine := b.seq
	b.timers[timer] = mine
	b.at(b.now.Add(max(after, 0)), func() {
		if b.timers[timer] == mine {
			delete(b.timers, timer)
			b.step(sim.Input[model.Msg]{Kind: sim.Expire, Timer: timer})
		}
	})
}

// run goes on until the given time, inclusive.
func (b *bench) run(until sim.Time) {
	for len(b.queue) > 0 && b.queue[0].at <= until {
		e := heap.Pop(&b.queue).(event)
		b.now = e.at
		e.do()
	}
	b.now = max(b.now, until)
}

// establish makes the router want ctrl and lets it in; the dial's answer and the hello are immediate.
func (b *bench) establish(ctrl sim.NodeID) {
	b.reach[ctrl] = true
	b.step(sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpConnect, Peer: ctrl}})
	b.answerDial(ctrl)
}

// answerDial lets the outstanding dial to ctrl in, if there is one.
func (b *bench) answerDial(ctrl sim.NodeID) {
	tag, there := b.dials[ctrl]
	if !there {
		return
	}
	delete(b.dials, ctrl)
	b.last++
	b.conns[b.last] = ctrl
	b.step(sim.Input[model.Msg]{Kind: sim.Up, Conn: b.last, From: ctrl, Msg: tag})
	b.deliver(ctrl, model.Msg{Kind: model.CtrlAddresses})
}

// regain lets the router in again.
func (b *bench) regain(ctrl sim.NodeID) {
	b.reach[ctrl] = true
	b.answerDial(ctrl)
}

// shut takes the registration away.
func (b *bench) shut(ctrl sim.NodeID) {
	b.reach[ctrl] = false
	delete(b.dials, ctrl)
	b.step(sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpDisconnect, Peer: ctrl}})
}

// conn returns the connection to ctrl, 0 if there is none.
func (b *bench) conn(ctrl sim.NodeID) sim.ConnID {
	for id := b.last; id > 0; id-- {
		if to, ok := b.conns[id]; ok && to == ctrl {
			return id
		}
	}
	return 0
}

// deliver reports whether there was a connection to deliver over.
func (b *bench) deliver(ctrl sim.NodeID, m model.Msg) bool {
	conn := b.conn(ctrl)
	if conn != 0 {
		b.step(sim.Input[model.Msg]{Kind: sim.Deliver, From: ctrl, Conn: conn, Msg: m})
	}
	return conn != 0
}

// lose breaks the connection to ctrl.
func (b *bench) lose(ctrl sim.NodeID) {
	b.reach[ctrl] = false
	if conn := b.conn(ctrl); conn != 0 {
		delete(b.conns, conn)
		b.step(sim.Input[model.Msg]{Kind: sim.Down, From: ctrl, Conn: conn})
	}
}
