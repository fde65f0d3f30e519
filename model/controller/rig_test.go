package controller

import (
	"testing"

	"gyre/model"
	"gyre/model/raftlog"
	"gyre/sim"
)

// Nodes of the rig: controllers 1 to 3, routers 4 and 5. The controller under test is 2 unless said otherwise:
// it accepts the mesh connection of 1 and dials 3.
const (
	ctl1 sim.NodeID = iota + 1
	ctl2
	ctl3
	rtr4
	rtr5
)

const (
	web model.ServiceID = iota + 1
	mail
	dark // nobody may bind it
)

// fakeLog is a log whose beliefs and outcomes a test sets.
type fakeLog struct {
	host     *controller
	leads    bool
	leader   sim.NodeID
	refuse   model.Code // what Propose answers, if not OK
	proposed []*model.Entry
	done     int // proposals committed
}

func (l *fakeLog) Boot(sim.Time, *sim.Disk[model.Msg], uint32, *sim.Outbox[model.Msg])   {}
func (l *fakeLog) Receive(sim.Time, sim.NodeID, *raftlog.Packet, *sim.Outbox[model.Msg]) {}
func (l *fakeLog) Expire(sim.Time, sim.TimerID, *sim.Outbox[model.Msg]) bool             { return true }
func (l *fakeLog) Elect(sim.Time, *sim.Outbox[model.Msg])                                {}
func (l *fakeLog) Transfer(sim.Time, sim.NodeID, *sim.Outbox[model.Msg]) model.Code      { return model.OK }
func (l *fakeLog) Member(sim.Time, sim.NodeID, bool, bool, *sim.Outbox[model.Msg]) model.Code {
	return model.OK
}
func (l *fakeLog) SetLag(sim.Time, sim.Duration, *sim.Outbox[model.Msg]) {}
func (l *fakeLog) Compact(sim.Time, *sim.Outbox[model.Msg])              {}
func (l *fakeLog) IsLeader() bool                                        { return l.leads }
func (l *fakeLog) Leader() sim.NodeID                                    { return l.leader }
func (l *fakeLog) Term() uint64                                          { return 1 }
func (l *fakeLog) Applied() uint64                                       { return l.host.db.applied }
func (l *fakeLog) Committed() uint64                                     { return l.host.db.applied }
func (l *fakeLog) LastIndex() uint64                                     { return l.host.db.applied }
func (l *fakeLog) Canon(*sim.Canon)                                      {}
func (l *fakeLog) Propose(_ sim.Time, e *model.Entry, _ *sim.Outbox[model.Msg]) (raftlog.Ticket, model.Code) {
	if l.refuse != model.None {
		return 0, l.refuse
	}
	l.proposed = append(l.proposed, e)
	return raftlog.Ticket(len(l.proposed)), model.OK
}

// rig drives one controller by hand.
type rig struct {
	t    *testing.T
	cfg  *model.Config
	c    *controller
	log  *fakeLog
	out  *sim.Outbox[model.Msg]
	now  sim.Time
	disk sim.Disk[model.Msg]
	life uint32
	conn sim.ConnID
	on   map[sim.NodeID]sim.ConnID
}

func testConfig(release model.Release) *model.Config {
	cfg := &model.Config{Release: release, Params: model.DefaultParams(), Seed: 7,
		Names: &model.Names{Nodes: []string{"", "ctl1", "ctl2", "ctl3", "rtr4", "rtr5"},
			Services: []string{"", "web", "mail", "dark"}},
		Controllers: []sim.NodeID{ctl1, ctl2, ctl3}, Voters: 3, Routers: []sim.NodeID{rtr4, rtr5}}
	for _, r := range cfg.Routers {
		for _, s := range []model.ServiceID{web, mail} {
			cfg.Genesis = append(cfg.Genesis, model.Entry{Verb: model.Bind, Service: s, Router: r, N: 1},
				model.Entry{Verb: model.Allow, Service: s, Router: r})
		}
	}
	return cfg
}

func newRig(t *testing.T, release model.Release) *rig {
	r := &rig{t: t, cfg: testConfig(release), out: sim.NewOutbox[model.Msg](nil), on: map[sim.NodeID]sim.ConnID{}}
	r.boot()
	return r
}

// boot starts the controller's next life from the disk.
func (r *rig) boot() {
	r.c = newController(r.cfg, ctl2)
	r.log = &fakeLog{host: r.c}
	r.c.log = r.log
	r.life++
	r.step(sim.Input[model.Msg]{Kind: sim.Boot, Life: r.life, Disk: &r.disk})
}

// step lets the controller take a step and saves what it saved. The effects are in r.out.
func (r *rig) step(in sim.Input[model.Msg]) []sim.Effect[model.Msg] {
	r.out.Reset()
	r.c.Step(r.now, &in, r.out)
	r.save(&r.disk, len(r.out.Effects()))
	return r.out.Effects()
}

// save applies the first n effects to a disk.
func (r *rig) save(disk *sim.Disk[model.Msg], n int) {
	for _, e := range r.out.Effects()[:n] {
		switch e.Kind {
		case sim.Save:
			disk.Put(e.File, e.Slot, e.Msg)
		case sim.Erase:
			disk.Delete(e.File, e.Slot)
		}
	}
}

// call runs f as a step of the controller, as the log would call back.
func (r *rig) call(f func()) []sim.Effect[model.Msg] {
	r.out.Reset()
	r.c.now, r.c.out = r.now, r.out
	f()
	r.c.pump()
	r.c.armDeadline()
	r.save(&r.disk, len(r.out.Effects()))
	return r.out.Effects()
}

// connect brings a node's connection up.
func (r *rig) connect(node sim.NodeID) []sim.Effect[model.Msg] {
	r.conn++
	r.on[node] = r.conn
	accepted := node != ctl3 // which the controller under test dials
	return r.step(sim.Input[model.Msg]{Kind: sim.Up, From: node, Conn: r.conn, Accepted: accepted})
}

func (r *rig) deliver(from sim.NodeID, m model.Msg) []sim.Effect[model.Msg] {
	return r.step(sim.Input[model.Msg]{Kind: sim.Deliver, From: from, Conn: r.on[from], Msg: m})
}

func (r *rig) work(lane sim.LaneID, m model.Msg) []sim.Effect[model.Msg] {
	return r.step(sim.Input[model.Msg]{Kind: sim.Work, Lane: lane, Msg: m})
}

// request delivers a request and runs the handlers it starts, until they submit or answer.
func (r *rig) request(from sim.NodeID, m model.Msg) []sim.Effect[model.Msg] {
	effects := r.deliver(from, m)
	for {
		task := find(effects, func(e sim.Effect[model.Msg]) bool { return e.Kind == sim.Defer })
		if task == nil || task.Lane == laneLoop || task.Lane == lanePool {
			return effects
		}
		effects = r.work(task.Lane, task.Msg)
	}
}

func find(effects []sim.Effect[model.Msg], is func(e sim.Effect[model.Msg]) bool) *sim.Effect[model.Msg] {
	for i := range effects {
		if is(effects[i]) {
			e := effects[i]
			return &e
		}
	}
	return nil
}

// sent returns the first message of a kind that was sent to a node, or nil.
func (r *rig) sent(effects []sim.Effect[model.Msg], to sim.NodeID, kind model.Kind) *model.Msg {
	e := find(effects, func(e sim.Effect[model.Msg]) bool {
		return e.Kind == sim.Send && e.Conn == r.on[to] && e.Msg.Kind == kind
	})
	if e == nil {
		return nil
	}
	return &e.Msg
}

// why returns what the trace is told of a refusal.
func (r *rig) why(effects []sim.Effect[model.Msg]) model.Code {
	if e := find(effects, func(e sim.Effect[model.Msg]) bool {
		return e.Kind == sim.Note && e.Msg.Kind == model.NoteWhy
	}); e != nil {
		return e.Msg.Code
	}
	return model.None
}

// deferred returns the first task given to a lane, or nil.
func deferred(effects []sim.Effect[model.Msg], lane sim.LaneID) *model.Msg {
	e := find(effects, func(e sim.Effect[model.Msg]) bool { return e.Kind == sim.Defer && e.Lane == lane })
	if e == nil {
		return nil
	}
	return &e.Msg
}

// apply applies an entry at the next index.
func (r *rig) apply(e model.Entry) []sim.Effect[model.Msg] {
	return r.call(func() { r.c.Apply(r.c.db.applied+1, 1, &e) })
}

// commit applies what was proposed and settles it.
func (r *rig) commit() []sim.Effect[model.Msg] {
	return r.call(func() {
		for ; r.log.done < len(r.log.proposed); r.log.done++ {
			r.c.Apply(r.c.db.applied+1, 1, r.log.proposed[r.log.done])
			r.c.Outcome(raftlog.Ticket(r.log.done+1), model.OK, r.c.db.applied)
		}
	})
}

func (r *rig) expire(timer sim.TimerID, after sim.Duration) []sim.Effect[model.Msg] {
	r.now = r.now.Add(after)
	return r.step(sim.Input[model.Msg]{Kind: sim.Expire, Timer: timer})
}

// lead makes the controller the leader, follow a follower of another.
func (r *rig) lead() {
	r.log.leads, r.log.leader = true, ctl2
	r.call(func() { r.c.LeaderChanged(ctl2, 1) })
}

func (r *rig) follow(leader sim.NodeID) {
	r.log.leads, r.log.leader = false, leader
	r.call(func() { r.c.LeaderChanged(leader, 1) })
}

func term(serial uint32) model.TermID { return model.NewTermID(rtr4, 1, serial) }

func createEntry(id model.TermID, source sim.NodeID) model.Entry {
	return model.Entry{Verb: model.CreateTerm, Term: id, Service: web, Router: id.Router(), Source: source}
}

func createRequest(serial uint32) model.Msg {
	return model.Msg{Kind: model.CreateRequest, Req: 100 + uint64(serial), Term: term(serial), Service: web, Router: rtr4}
}
