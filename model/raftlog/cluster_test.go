package raftlog

import (
	"container/heap"
	"fmt"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// cluster is a little world for tests: a heap of events, a disk per node, links that can be cut, crashes after
// any effect. It is made by hand so that these tests need nothing but the log.
type cluster struct {
	t       testing.TB
	cfg     *model.Config
	now     sim.Time
	seq     uint64
	events  queue
	nodes   []*member // by id; 0 is nil
	monitor *Monitor
	digest  *sim.Canon
	noise   sim.Stream
	jitter  sim.Duration
	loss    uint64 // per 1000
	cut     map[[2]sim.NodeID]bool
	trace   bool

	steps   int
	crashAt int // crash the node that takes this step ...
	prefix  int // ... after this many of its effects
	crashed sim.NodeID
	atOnce  bool // it restarts at once
	erased  int
	widest  int // effects of the step crashAt names
	drop    func(from, to sim.NodeID, p *Packet) bool
	tamper  func(p *Packet) *Packet
	lie     func(m *member, e *model.Entry) *model.Entry
	between func(m *member) Host // stands between a log and its member
	packets int
}

// fsm is the state machine of the tests: a hash of everything applied, in order.
type fsm struct {
	index, hash uint64
	count       int
}

func (f *fsm) Canon(c *sim.Canon) {
	c.Count("fsm", f.index, 0)
	c.Count("hash", f.hash, 0)
}

type result struct {
	code  model.Code
	index uint64
}

// member is a node of the cluster and the host of its log.
type member struct {
	c        *cluster
	id       sim.NodeID
	up       bool
	life     uint32
	skew     sim.Duration
	log      Log
	disk     sim.Disk[model.Msg]
	out      *sim.Outbox[model.Msg]
	timers   map[sim.TimerID]uint64
	state    *fsm
	outcomes map[Ticket]result
	order    []Ticket
	leaders  []sim.NodeID
	voters   []sim.NodeID
	learners []sim.NodeID
	restores int
	applied  []sim.Time
}

func (m *member) now() sim.Time { return m.c.now.Add(m.skew) }

type event struct {
	at    sim.Time
	seq   uint64
	node  sim.NodeID
	life  uint32
	timer sim.TimerID
	from  sim.NodeID
	p     *Packet
	run   func()
}

type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].seq < q[j].seq
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	e := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return e
}

func config(seed uint64, controllers, voters, spares int) *model.Config {
	cfg := &model.Config{Params: model.DefaultParams(), Seed: sim.Seed(seed), Voters: voters}
	cfg.Names = &model.Names{Nodes: []string{""}}
	for i := 1; i <= controllers+spares; i++ {
		cfg.Names.Nodes = append(cfg.Names.Nodes, fmt.Sprintf("ctl%d", i))
		if i <= controllers {
			cfg.Controllers = append(cfg.Controllers, sim.NodeID(i))
		} else {
			cfg.Spares = append(cfg.Spares, sim.NodeID(i))
		}
	}
	cfg.Genesis = []model.Entry{{Verb: model.Allow, Service: 1, Router: 9}, {Verb: model.Bind, Service: 1, Router: 9}}
	return cfg
}

func newCluster(t testing.TB, cfg *model.Config) *cluster {
	c := prepare(t, cfg)
	for _, m := range c.nodes[1:] {
		c.boot(m.id)
	}
	return c
}

func prepare(t testing.TB, cfg *model.Config) *cluster {
	c := &cluster{t: t, cfg: cfg, monitor: NewMonitor(), digest: sim.NewDigest(), cut: map[[2]sim.NodeID]bool{},
		noise: cfg.Seed.Stream("net"), crashAt: -1, nodes: []*member{nil}}
	for i := 1; i <= len(cfg.Controllers)+len(cfg.Spares); i++ {
		c.nodes = append(c.nodes, &member{c: c, id: sim.NodeID(i)})
	}
	return c
}

func (c *cluster) push(e event) {
	c.seq++
	e.seq = c.seq
	heap.Push(&c.events, e)
}

func (c *cluster) boot(id sim.NodeID) {
	m := c.nodes[id]
	m.up, m.life = true, m.life+1
	m.timers = map[sim.TimerID]uint64{}
	m.outcomes, m.order = map[Ticket]result{}, nil
	m.voters, m.learners = nil, nil
	m.state = &fsm{index: uint64(len(c.cfg.Genesis))}
	if saved, ok := m.disk.Get(FileEnd, 0); ok {
		m.state = saved.Body.(*fsm)
	}
	host := Host(m)
	if c.between != nil {
		host = c.between(m)
	}
	m.log = NewEtcd(id, c.cfg, host)
	c.step(id, func(out *sim.Outbox[model.Msg]) { m.log.Boot(m.now(), &m.disk, m.life, out) })
}

func (c *cluster) crash(id sim.NodeID) { c.nodes[id].up = false }

// step runs one step of a node and applies its effects.
func (c *cluster) step(id sim.NodeID, f func(out *sim.Outbox[model.Msg])) {
	m := c.nodes[id]
	if m.out == nil {
		m.out = sim.NewOutbox[model.Msg](nil)
	}
	m.out.Reset()
	f(m.out)
	effects := m.out.Effects()
	n := len(effects)
	here := c.steps == c.crashAt
	c.steps++
	if here {
		c.widest = n
		n = min(n, c.prefix)
		c.crashed = id
		m.up = false
		if c.atOnce {
			c.push(event{at: c.now.Add(sim.Second), run: func() { c.boot(id) }})
		}
	}
	for i := range effects[:n] {
		c.apply(m, &effects[i])
	}
}

func (c *cluster) apply(m *member, e *sim.Effect[model.Msg]) {
	d := c.digest
	d.When("", c.now)
	d.Node("", m.id)
	d.Int("", int64(e.Kind))
	e.Msg.Canon(d)
	if c.trace {
		text := sim.NewText(c.cfg.Names)
		e.Msg.Canon(text)
		c.t.Logf("%v ctl%d effect %d to %d timer %d after %v: %s", c.now, m.id, e.Kind, e.Peer, e.Timer, e.After,
			text.Text())
	}
	switch e.Kind {
	case sim.Save:
		m.disk.Put(e.File, e.Slot, e.Msg)
	case sim.Erase:
		m.disk.Delete(e.File, e.Slot)
		c.erased++
	case sim.Arm:
		c.push(event{at: c.now.Add(e.After), node: m.id, life: m.life, timer: e.Timer})
		m.timers[e.Timer] = c.seq
	case sim.Disarm:
		delete(m.timers, e.Timer)
	case sim.Note:
		c.monitor.Observe(m.id, &e.Msg)
	case sim.Datagram:
		p := e.Msg.Body.(*Packet)
		if c.drop != nil && c.drop(m.id, e.Peer, p) || c.loss > 0 && c.noise.Chance(c.loss, 1000) {
			return
		}
		if c.tamper != nil {
			p = c.tamper(p)
		}
		at := c.now.Add(10*sim.Millisecond + c.noise.Between(0, c.jitter))
		c.push(event{at: at, node: e.Peer, from: m.id, p: p})
	default:
		c.t.Fatalf("unexpected effect %d", e.Kind)
	}
}

// run runs until the given time, or until done says so.
func (c *cluster) run(d sim.Duration) { c.until(d, func() bool { return false }) }

func (c *cluster) until(d sim.Duration, done func() bool) bool {
	end := c.now.Add(d)
	for !done() {
		if len(c.events) == 0 || c.events[0].at > end {
			c.now = end
			return done()
		}
		e := heap.Pop(&c.events).(event)
		c.now = e.at
		c.handle(e)
	}
	return true
}

func (c *cluster) handle(e event) {
	if e.run != nil {
		e.run()
		return
	}
	m := c.nodes[e.node]
	if !m.up {
		return
	}
	if e.p != nil {
		if !c.cut[[2]sim.NodeID{e.from, e.node}] {
			c.packets++
			c.step(e.node, func(out *sim.Outbox[model.Msg]) { m.log.Receive(m.now(), e.from, e.p, out) })
		}
		return
	}
	if e.life != m.life || m.timers[e.timer] != e.seq {
		return
	}
	delete(m.timers, e.timer)
	c.step(e.node, func(out *sim.Outbox[model.Msg]) {
		if !m.log.Expire(m.now(), e.timer, out) {
			c.t.Fatalf("timer %d is nobody's", e.timer)
		}
	})
}

func (c *cluster) isolate(id sim.NodeID, on bool) {
	for i := 1; i < len(c.nodes); i++ {
		c.cut[[2]sim.NodeID{id, sim.NodeID(i)}] = on
		c.cut[[2]sim.NodeID{sim.NodeID(i), id}] = on
	}
}

// leader returns the leader of the highest term among the nodes that are up; 0 if there is none.
func (c *cluster) leader() sim.NodeID {
	best, term := sim.NodeID(0), uint64(0)
	for _, m := range c.nodes[1:] {
		if m.up && m.log.IsLeader() && m.log.Term() > term {
			best, term = m.id, m.log.Term()
		}
	}
	return best
}

func (c *cluster) elect() sim.NodeID {
	c.t.Helper()
	if !c.until(sim.Minute, func() bool { return c.leader() != 0 }) {
		c.t.Fatal("no leader")
	}
	return c.leader()
}

func (c *cluster) propose(id sim.NodeID, n int) (Ticket, model.Code) {
	var t Ticket
	var code model.Code
	m := c.nodes[id]
	c.step(id, func(out *sim.Outbox[model.Msg]) {
		t, code = m.log.Propose(m.now(), &model.Entry{Verb: model.CreateTerm, Service: 1, N: uint16(n), Router: 9,
			Term: model.NewTermID(9, 1, uint32(n))}, out)
	})
	return t, code
}

// commit proposes until one is applied everywhere and returns its index.
func (c *cluster) commit(n int) uint64 {
	c.t.Helper()
	for range 20 {
		id := c.elect()
		t, code := c.propose(id, n)
		if code != model.OK {
			c.run(sim.Second)
			continue
		}
		m := c.nodes[id]
		c.until(sim.Minute, func() bool { _, ok := m.outcomes[t]; return ok || !m.up })
		if r := m.outcomes[t]; r.code == model.OK {
			return r.index
		}
	}
	c.t.Fatal("nothing commits")
	return 0
}

// agree runs until all live members have applied up to index, and fails if their states differ.
func (c *cluster) agree(index uint64, ids ...sim.NodeID) {
	c.t.Helper()
	ok := c.until(2*sim.Minute, func() bool {
		for _, id := range ids {
			if !c.nodes[id].up || c.nodes[id].state.index < index {
				return false
			}
		}
		return true
	})
	if !ok {
		for _, id := range ids {
			m := c.nodes[id]
			c.t.Errorf("ctl%d: up=%v applied %d of %d, committed %d, log up to %d", id, m.up, m.state.index, index,
				m.log.Committed(), m.log.LastIndex())
		}
		c.t.FailNow()
	}
	c.run(5 * sim.Second)
	for _, id := range ids[1:] {
		a, b := c.nodes[ids[0]].state, c.nodes[id].state
		if *a != *b {
			c.t.Fatalf("ctl%d has %+v, ctl%d has %+v", ids[0], *a, id, *b)
		}
	}
}
