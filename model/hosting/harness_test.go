package hosting

import (
	"container/heap"
	"fmt"
	"slices"
	"strings"

	"gyre/model"
	"gyre/sim"
)

// fake is a router around a registry, in virtual time, with scripted controllers: control channels with their
// 16-deep queues, the limiter's slots with their 30 s sweep, and the worker pool with its ramp.
type fake struct {
	now     sim.Time
	seq     uint64
	events  eventHeap
	reg     Registry
	params  model.Params
	bugs    model.Bugs
	without model.Cures
	cured   model.Suspects
	draw    sim.Stream
	req     uint64
	armed   map[uint32]uint64
	ctrls   map[sim.NodeID]*fakeCtrl
	leader  sim.NodeID
	limit   fakeLimiter
	pool    fakePool

	creates []wire
	removes []wire
	log     []logged
	names   map[model.TermID]string
	replies bool         // whether every request is answered, after 50 ms
	answer  func(w wire) // or how
	failed  []string
}

type fakeCtrl struct {
	registered, connected bool
	epoch                 int
	queue                 []model.Msg
	room                  int
	latency               sim.Duration
}

// wire is a request that left the router.
type wire struct {
	at    sim.Time
	ctrl  sim.NodeID
	epoch int
	m     model.Msg
}

// logged is something observed, in the words of the timelines.
type logged struct {
	at   sim.Time
	kind string
	text string
}

type event struct {
	at  sim.Time
	seq uint64
	do  func()
}

type eventHeap []event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].seq < h[j].seq
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(x any)   { *h = append(*h, x.(event)) }
func (h *eventHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	*h = old[:len(old)-1]
	return e
}

func newFake(release model.Release, seed sim.Seed, params model.Params) *fake {
	f := &fake{
		params: params, draw: seed.Stream("hosting"), armed: map[uint32]uint64{},
		ctrls: map[sim.NodeID]*fakeCtrl{}, names: map[model.TermID]string{},
	}
	for id := sim.NodeID(1); id <= 3; id++ {
		f.ctrls[id] = &fakeCtrl{room: int(f.params.SendQueue)}
	}
	f.limit.f, f.limit.window = f, 250
	f.pool.f = f
	f.reg = New(release, f)
	f.reg.Boot(nil)
	f.at(30*1000, f.limit.sweep)
	return f
}

// at schedules by milliseconds.
func (f *fake) at(ms float64, do func()) { f.when(sim.Time(ms*1000), do) }

func (f *fake) when(at sim.Time, do func()) {
	f.seq++
	heap.Push(&f.events, event{max(at, f.now), f.seq, do})
}

// run plays everything up to and at the given time.
func (f *fake) run(until sim.Time) {
	for len(f.events) > 0 && f.events[0].at <= until {
		e := heap.Pop(&f.events).(event)
		f.now = e.at
		e.do()
		f.drain()
	}
	f.now = until
}

func (f *fake) note(kind, format string, args ...any) {
	f.log = append(f.log, logged{f.now, kind, fmt.Sprintf(format, args...)})
}

func (f *fake) name(id model.TermID) string {
	if f.names[id] == "" {
		f.names[id] = fmt.Sprintf("T%d", len(f.names)+1)
	}
	return f.names[id]
}

func (f *fake) id(name string) model.TermID {
	for id, n := range f.names {
		if n == name {
			return id
		}
	}
	return 0
}

// Env.

func (f *fake) Now() sim.Time              { return f.now }
func (f *fake) Self() sim.NodeID           { return 9 }
func (f *fake) Life() uint32               { return 1 }
func (f *fake) Params() *model.Params      { return &f.params }
func (f *fake) Bug(b model.Bug) bool       { return f.bugs.Has(b) }
func (f *fake) Without() model.Cures       { return f.without }
func (f *fake) Cured(s model.Suspect) bool { return f.cured.Has(s) }
func (f *fake) Draw() *sim.Stream          { return &f.draw }
func (f *fake) NextReq() uint64            { f.req++; return f.req }
func (f *fake) Limiter() Limiter           { return &f.limit }

// best is the most responsive registration.
func (f *fake) best() sim.NodeID {
	var found sim.NodeID
	for id := sim.NodeID(1); id <= 3; id++ {
		c := f.ctrls[id]
		if !c.registered {
			continue
		}
		if b := f.ctrls[found]; found == 0 || c.connected && !b.connected ||
			c.connected == b.connected && c.latency < b.latency {
			found = id
		}
	}
	return found
}

func (f *fake) AnyController() sim.NodeID { return f.best() }

func (f *fake) ModelController() sim.NodeID {
	if f.leader != 0 && f.ctrls[f.leader].registered {
		return f.leader
	}
	if f.best() == 0 {
		f.note("create-not-sent", "no controller")
	}
	return f.best()
}

func (f *fake) LeaderConnected() bool { return f.leader != 0 && f.ctrls[f.leader].connected }

func (f *fake) Send(ctrl sim.NodeID, m model.Msg) model.Code {
	c := f.ctrls[ctrl]
	if !c.registered {
		return model.NoChannel
	}
	if len(c.queue) >= c.room {
		if m.Kind == model.CreateRequest {
			f.note("create-not-sent", "too busy")
		}
		return model.TooBusy
	}
	if m.Kind == model.CreateRequest {
		f.note("create-attempt", "%s c%d", f.name(m.Term), ctrl)
	}
	c.queue = append(c.queue, m)
	return model.OK
}

// drain writes the queues of the channels to the wire. That takes a channel no time worth counting.
func (f *fake) drain() {
	for id := sim.NodeID(1); id <= 3; id++ {
		if c := f.ctrls[id]; c.connected {
			queue := c.queue
			c.queue = nil
			f.write(id, queue)
		}
	}
}

func (f *fake) write(ctrl sim.NodeID, queue []model.Msg) {
	epoch := f.ctrls[ctrl].epoch
	for _, m := range queue {
		w := wire{f.now, ctrl, epoch, m}
		switch m.Kind {
		case model.CreateRequest:
			f.creates = append(f.creates, w)
			f.note("create-sent", "%s #%d c%d", f.name(m.Term), len(f.creates), ctrl)
			if f.replies {
				k := len(f.creates)
				f.when(f.now.Add(50*sim.Millisecond), func() { f.createReply(k, model.OK) })
			}
		case model.RemoveRequest:
			f.removes = append(f.removes, w)
			f.note("remove-sent", "#%d c%d %s", len(f.removes), ctrl, f.list(m))
			if f.replies {
				k := len(f.removes)
				f.when(f.now.Add(50*sim.Millisecond), func() { f.removeReply(k, model.OK) })
			}
		default:
			f.note("sent", "%s c%d", m.Kind, ctrl)
		}
		if f.answer != nil {
			f.answer(w)
		}
	}
}

func ids(m model.Msg) []model.TermID {
	if l, ok := m.Body.(*model.TermList); ok {
		return l.Terms
	}
	return []model.TermID{m.Term}
}

func (f *fake) list(m model.Msg) string {
	var names []string
	for _, id := range ids(m) {
		names = append(names, f.name(id))
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// createReply answers the k-th create; a reply over a channel that has gone is lost.
func (f *fake) createReply(k int, code model.Code) {
	if k > len(f.creates) {
		f.failed = append(f.failed, fmt.Sprintf("%s: reply to create #%d, which was not sent", f.now, k))
		return
	}
	w := f.creates[k-1]
	if c := f.ctrls[w.ctrl]; c.connected && c.epoch == w.epoch {
		m := model.Msg{Kind: model.CreateReply, Req: w.m.Req, Term: w.m.Term, Code: code}
		f.created118(&m, func() { f.reg.CreateReply(w.ctrl, &m) })
	}
}

func (f *fake) removeReply(k int, code model.Code) {
	if k > len(f.removes) {
		f.failed = append(f.failed, fmt.Sprintf("%s: reply to remove #%d, which was not sent", f.now, k))
		return
	}
	w := f.removes[k-1]
	if c := f.ctrls[w.ctrl]; c.connected && c.epoch == w.epoch {
		m := model.Msg{Kind: model.RemoveReply, Req: w.m.Req, Code: code, Body: w.m.Body}
		f.reg.RemoveReply(w.ctrl, &m)
	}
}

// Channels.

func (f *fake) establish(id sim.NodeID) {
	c := f.ctrls[id]
	c.registered, c.connected = true, true
	c.epoch++
}

func (f *fake) lose(id sim.NodeID) {
	f.ctrls[id].connected = false
	f.ctrls[id].epoch++
}

func (f *fake) regain(id sim.NodeID) {
	f.ctrls[id].connected = true
	f.drain()
}

func (f *fake) shut(id sim.NodeID) {
	f.lose(id)
	f.ctrls[id].registered = false
	f.ctrls[id].queue = nil
}

// Timers and tasks.

func (f *fake) Arm(timer uint32, after sim.Duration) {
	f.seq++
	mark := f.seq
	f.armed[timer] = mark
	f.when(f.now.Add(after), func() {
		if f.armed[timer] == mark {
			delete(f.armed, timer)
			f.reg.Expire(timer)
		}
	})
}

func (f *fake) Disarm(timer uint32) { delete(f.armed, timer) }

func (f *fake) Go(task model.Msg) { f.when(f.now, func() { f.reg.Task(task) }) }

func (f *fake) Queue(job model.Msg) bool { return f.pool.put(job) }
func (f *fake) Done(job model.Msg)       { f.pool.done(job) }

func (f *fake) Note(m model.Msg) {
	name := f.name(m.Term)
	switch m.Kind {
	case model.NoteState:
		f.note("state", "%s %s->%s %s", name, m.From, m.State, m.Code)
	case model.NoteGaveUp:
		f.note("give-up", "%s", name)
	case model.NoteSession:
		f.note("session", "%d", m.Token)
	case model.NoteReestablish:
		f.note("reestablish", "%d", m.N)
	}
}

// fakePool has up to 15 workers. As in OpenZiti's pool, a worker is added when one that is there takes a job and
// leaves others waiting; the new one's first job adds none.
type fakePool struct {
	f       *fake
	queue   []model.Msg
	workers int
	idle    int
	running map[uint64]bool
}

func (p *fakePool) put(job model.Msg) bool {
	if int64(len(p.queue)) >= p.f.params.PoolQueue {
		return false
	}
	p.queue = append(p.queue, job)
	switch {
	case p.idle > 0:
		p.idle--
		p.take()
	case p.workers == 0:
		p.workers++
		p.start()
	}
	return true
}

func (p *fakePool) start() {
	job := p.queue[0]
	p.queue = p.queue[1:]
	if p.running == nil {
		p.running = map[uint64]bool{}
	}
	p.running[job.Req] = true
	p.f.when(p.f.now, func() { p.f.reg.Run(job) })
}

func (p *fakePool) take() {
	p.start()
	if len(p.queue) > 0 && int64(p.workers) < p.f.params.PoolWorkers {
		p.workers++
		p.start()
	}
}

func (p *fakePool) done(job model.Msg) {
	sim.Assert(p.running[job.Req], "job %d is done, but does not run", job.Req)
	delete(p.running, job.Req)
	if len(p.queue) > 0 {
		p.take()
	} else {
		p.idle++
	}
}

// fakeLimiter keeps slots and their sweep; its window stays what it is.
type fakeLimiter struct {
	f        *fake
	window   int
	next     Slot
	slots    []fakeSlot
	backoffs int
}

type fakeSlot struct {
	slot Slot
	at   sim.Time
}

func (l *fakeLimiter) Full() bool { return len(l.slots) >= l.window }

func (l *fakeLimiter) Acquire() Slot {
	if l.Full() {
		return 0
	}
	l.next++
	l.slots = append(l.slots, fakeSlot{l.next, l.f.now})
	return l.next
}

func (l *fakeLimiter) end(s Slot) bool {
	n := len(l.slots)
	l.slots = slices.DeleteFunc(l.slots, func(have fakeSlot) bool { return have.slot == s })
	return len(l.slots) < n
}

func (l *fakeLimiter) Success(s Slot) { l.end(s) }
func (l *fakeLimiter) Failed(s Slot)  { l.end(s) }
func (l *fakeLimiter) Backoff(s Slot) {
	if l.end(s) {
		l.backoffs++
	}
}

func (l *fakeLimiter) sweep() {
	for _, s := range slices.Clone(l.slots) {
		if l.f.now.Sub(s.at) > l.f.params.SlotAge {
			l.f.note("limiter-expired", "")
			l.Backoff(s.slot)
		}
	}
	l.f.when(l.f.now.Add(l.f.params.SlotSweep), l.sweep)
}

// created118 logs that a call set a terminator's created flag: that is what was recorded of ziti-1.1.8, also for a
// closed terminator, whose state is told as deleting.
func (f *fake) created118(m *model.Msg, call func()) {
	reg := f.reg
	if m, ok := reg.(*mistaken); ok {
		reg = m.Registry
	}
	r, ok := reg.(*ziti118)
	if !ok {
		call()
		return
	}
	t := r.find(m.Term)
	before := t != nil && t.created
	call()
	if t != nil && t.created && !before {
		f.note("created", "%s created", f.name(m.Term))
	}
}
