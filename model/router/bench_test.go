package router

import (
	"container/heap"
	"testing"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

const ms = sim.Millisecond

// rtr is the router under test; controllers are 1, 2 and 3.
const rtr sim.NodeID = 4

func config(release model.Release) *model.Config {
	cfg := &model.Config{
		Release: release, Params: model.DefaultParams(), Seed: 7,
		Names:       &model.Names{Nodes: []string{"", "c1", "c2", "c3", "rtr"}},
		Controllers: []sim.NodeID{1, 2, 3}, Voters: 3, Routers: []sim.NodeID{rtr},
	}
	cfg.Params.CtrlEventMax = 0
	return cfg
}

// bench runs one router by hand: no latency, every instant in the order things were asked for.
type bench struct {
	t      *testing.T
	r      *Router
	out    *sim.Outbox[model.Msg]
	now    sim.Time
	queue  events
	seq    int
	timers map[sim.TimerID]int // the live setting of each timer
	room   int                 // of every send queue; -1 is endless

	conns  map[sim.ConnID]sim.NodeID
	last   sim.ConnID
	refuse map[sim.NodeID]bool              // dials are refused at once
	dials  map[sim.NodeID]model.Msg         // a dial that awaits its answer
	dialed map[sim.NodeID][]sim.Time        // when
	onSend func(to sim.NodeID, m model.Msg) // the controllers
	sent   []sent
	notes  []note
	saves  []model.Msg
}

type sent struct {
	at sim.Time
	to sim.NodeID
	m  model.Msg
}

type note struct {
	at sim.Time
	m  model.Msg
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

func newBench(t *testing.T, cfg *model.Config, maker Maker) *bench {
	b := &bench{
		t: t, r: NewWith(cfg, rtr, maker), timers: map[sim.TimerID]int{}, room: -1,
		conns: map[sim.ConnID]sim.NodeID{}, refuse: map[sim.NodeID]bool{},
		dials: map[sim.NodeID]model.Msg{}, dialed: map[sim.NodeID][]sim.Time{},
	}
	b.out = sim.NewOutbox[model.Msg](b)
	b.step(sim.Input[model.Msg]{Kind: sim.Boot, Life: 1, Disk: &sim.Disk[model.Msg]{}})
	return b
}

// Room implements sim.Rooms.
func (b *bench) Room(conn sim.ConnID) int {
	if _, ok := b.conns[conn]; !ok {
		return 0
	}
	if b.room < 0 {
		return 1 << 30
	}
	return b.room
}

func (b *bench) at(t sim.Time, do func()) {
	b.seq++
	heap.Push(&b.queue, event{t, b.seq, do})
}

func (b *bench) step(in sim.Input[model.Msg]) {
	b.out.Reset()
	b.r.Step(b.now, &in, b.out)
	b.apply()
}

// inside runs f as part of a step of its own.
func (b *bench) inside(f func()) {
	b.out.Reset()
	b.r.now, b.r.out = b.now, b.out
	f()
	b.r.Step(b.now, &sim.Input[model.Msg]{}, b.out)
	b.apply()
}

func (b *bench) apply() {
	effects := append([]sim.Effect[model.Msg](nil), b.out.Effects()...)
	for _, e := range effects {
		switch e.Kind {
		case sim.Send:
			to := b.conns[e.Conn]
			b.sent = append(b.sent, sent{b.now, to, e.Msg})
			if b.onSend != nil {
				b.onSend(to, e.Msg)
			}
		case sim.Dial:
			b.dialed[e.Peer] = append(b.dialed[e.Peer], b.now)
			b.dials[e.Peer] = e.Msg
			if b.refuse[e.Peer] {
				b.at(b.now, func() { b.answerDial(e.Peer, false) })
			}
		case sim.Close:
			delete(b.conns, e.Conn)
		case sim.Arm:
			b.arm(e.Timer, e.After)
		case sim.Disarm:
			delete(b.timers, e.Timer)
		case sim.Defer:
			b.at(b.now, func() { b.step(sim.Input[model.Msg]{Kind: sim.Work, Lane: e.Lane, Msg: e.Msg}) })
		case sim.Note:
			b.notes = append(b.notes, note{b.now, e.Msg})
		case sim.Save:
			b.saves = append(b.saves, e.Msg)
		}
	}
}

func (b *bench) arm(timer sim.TimerID, after sim.Duration) {
	if after < 0 {
		b.t.Fatalf("%v: timer %d armed %v ago", b.now, timer, -after)
	}
	b.seq++
	mine := b.seq
	b.timers[timer] = mine
	b.at(b.now.Add(after), func() {
		if b.timers[timer] == mine {
			delete(b.timers, timer)
			b.step(sim.Input[model.Msg]{Kind: sim.Expire, Timer: timer})
		}
	})
}

// run goes on until the given time, inclusive.
func (b *bench) run(until sim.Time) int {
	n := 0
	for len(b.queue) > 0 && b.queue[0].at <= until {
		e := heap.Pop(&b.queue).(event)
		b.now = e.at
		e.do()
		n++
	}
	b.now = until
	return n
}

// connect makes the router want ctrl and lets it in; the dial's answer and the hello are immediate.
func (b *bench) connect(ctrl sim.NodeID) {
	b.step(sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpConnect, Peer: ctrl}})
	b.answerDial(ctrl, true)
	b.hello(ctrl)
}

// answerDial answers the outstanding dial to ctrl.
func (b *bench) answerDial(ctrl sim.NodeID, ok bool) {
	tag, there := b.dials[ctrl]
	if !there {
		return
	}
	delete(b.dials, ctrl)
	if !ok {
		b.step(sim.Input[model.Msg]{Kind: sim.DialFailed, From: ctrl, Msg: tag})
		return
	}
	b.last++
	b.conns[b.last] = ctrl
	b.step(sim.Input[model.Msg]{Kind: sim.Up, Conn: b.last, From: ctrl, Msg: tag})
}

// hello is the controller's first message.
func (b *bench) hello(ctrl sim.NodeID) { b.deliver(ctrl, model.Msg{Kind: model.CtrlAddresses}) }

// conn returns the connection to ctrl, 0 if there is none.
func (b *bench) conn(ctrl sim.NodeID) sim.ConnID {
	for conn, to := range b.conns {
		if to == ctrl {
			return conn
		}
	}
	return 0
}

func (b *bench) deliver(ctrl sim.NodeID, m model.Msg) {
	if conn := b.conn(ctrl); conn != 0 {
		b.step(sim.Input[model.Msg]{Kind: sim.Deliver, From: ctrl, Conn: conn, Msg: m})
	}
}

// lose breaks the connection to ctrl.
func (b *bench) lose(ctrl sim.NodeID) {
	if conn := b.conn(ctrl); conn != 0 {
		delete(b.conns, conn)
		b.step(sim.Input[model.Msg]{Kind: sim.Down, From: ctrl, Conn: conn})
	}
}

// count counts the messages of a kind sent so far.
func (b *bench) count(kind model.Kind) int {
	n := 0
	for _, s := range b.sent {
		if s.m.Kind == kind {
			n++
		}
	}
	return n
}

// fake records what a registry is told and does nothing.
type fake struct {
	env    hosting.Env
	log    []string
	events []ctrlEvent
	jobs   []model.Msg
	ids    map[hosting.Key]model.TermID
	tokens []model.Token
	booted map[hosting.Key]model.TermID
}

type ctrlEvent struct {
	ev   hosting.Event
	ctrl sim.NodeID
}

// fakes returns a maker and the registry it will make.
func fakes() (Maker, *fake) {
	f := &fake{}
	return func(_ model.Release, env hosting.Env) hosting.Registry { f.env = env; return f }, f
}

func (f *fake) Boot(ids map[hosting.Key]model.TermID) { f.booted = ids }
func (f *fake) Host(k hosting.Key)                    { f.log = append(f.log, "+"+keyName(k)) }
func (f *fake) Close(k hosting.Key)                   { f.log = append(f.log, "-"+keyName(k)) }
func (f *fake) CreateReply(sim.NodeID, *model.Msg)    {}
func (f *fake) RemoveReply(sim.NodeID, *model.Msg)    {}
func (f *fake) Valid(id model.TermID) bool            { return id%2 == 1 }
func (f *fake) SessionsRemoved(_ sim.NodeID, tokens []model.Token) {
	f.tokens = append(f.tokens, tokens...)
}
func (f *fake) CtrlEvent(ev hosting.Event, ctrl sim.NodeID) {
	f.events = append(f.events, ctrlEvent{ev, ctrl})
}
func (f *fake) Expire(uint32)                                               {}
func (f *fake) Run(job model.Msg)                                           { f.jobs = append(f.jobs, job) }
func (f *fake) Task(model.Msg)                                              {}
func (f *fake) IDCache() map[hosting.Key]model.TermID                       { return f.ids }
func (f *fake) Entries(func(id model.TermID, k hosting.Key, s model.State)) {}
func (f *fake) Canon(*sim.Canon)                                            {}

func keyName(k hosting.Key) string {
	return string(rune('a'+k.Service-1)) + string(rune('0'+k.Index))
}
