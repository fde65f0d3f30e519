package controller

import (
	"gyre/model"
	"gyre/sim"
)

// suspect is a row whose router is to be asked whether it hosts it.
type suspect struct {
	term      model.TermID // 0: no longer on the list
	marker    uint64
	source    sim.NodeID
	createdAt sim.Time
}

// roster is the list of suspects of one router.
type roster struct {
	list     []suspect // in the order they came
	at       map[model.TermID]int32
	checking bool     // checkInProgress
	sentAt   sim.Time // lastSend
	ruled    int      // the source-or-leader rule was applied up to here
	asLeader bool     // and in this role
	head     int      // there is no suspect before this
	jumbled  bool     // the list is not in the order of creation
}

// letter is an input of the loop.
type letter struct {
	kind   letterKind
	router sim.NodeID
	check  suspect   // letterCreated
	rows   []suspect // letterConnected
	body   model.Body
	done   bool // letterReply before v1.2: what the router denied is deleted
}

type letterKind uint8

const (
	letterCreated   letterKind = iota + 1 // a create was applied here
	letterConnected                       // a router connected; these are its rows
	letterReply                           // a router answered a validation
	letterDeleted                         // a batch of queued deletes was applied
	letterAllValid                        // v1.1.8: a follower made up an answer
)

// loop is RouterMessaging (controller/network/router_messaging.go): one goroutine that asks routers whether they
// host what the database says. All of it is memory: a crash forgets what was to be validated and deleted.
//
// Upstream its event queue holds 16 and who finds it full waits; here letters wait without bound, and one
// task of its lane at a time takes all there are.
type loop struct {
	letters []letter
	awake   bool     // a task is on its way
	rosters []roster // in the order of cfg.Routers
	marker  uint64

	// From ziti-1.4.0-pre on, see validation.go.
	queued   []model.TermID // queuedDeletes
	isQueued map[model.TermID]bool
	deleting bool // a batch is under way
	since    sim.Time
	req      uint64
}

// bootLoop starts the loop's ticker: its phase is that of the process.
func (c *controller) bootLoop() {
	c.loop.rosters = make([]roster, len(c.cfg.Routers))
	c.loop.isQueued = map[model.TermID]bool{}
	for i := range c.loop.rosters {
		c.loop.rosters[i] = roster{at: map[model.TermID]int32{}}
	}
	if c.release == model.Reference {
		return // nothing ever comes for the loop
	}
	phase := c.cfg.Seed.Stream("validate/" + c.cfg.Names.Name(sim.Nodes, uint64(c.self)))
	c.out.Arm(timerValidate, sim.Duration(phase.At(uint64(c.life))%uint64(c.p.ValidateTick)))
}

// tellLoop gives the loop an input.
func (c *controller) tellLoop(l letter) {
	c.loop.letters = append(c.loop.letters, l)
	c.wakeLoop()
}

func (c *controller) wakeLoop() {
	if !c.loop.awake {
		c.loop.awake = true
		c.out.Defer(laneLoop, model.Msg{Kind: model.Task})
	}
}

// rowsOfConnected is ValidateTerminators: it runs a moment after a router has connected.
func (c *controller) rowsOfConnected(m model.Msg) {
	of := c.db.router(m.Router)
	if of.count == 0 || c.db.ideal || c.release == model.Reference {
		return
	}
	rows := make([]suspect, 0, of.count)
	for i := of.first; i != 0; i = c.db.rows[i].next {
		r := &c.db.rows[i]
		rows = append(rows, suspect{term: r.term, source: r.source, createdAt: r.createdAt})
	}
	c.tellLoop(letter{kind: letterConnected, router: m.Router, rows: rows})
}

// runLoop is one turn of the loop: drain the queue, then look at every router.
func (c *controller) runLoop() {
	l := &c.loop
	l.awake = false
	for i := range l.letters {
		c.read(&l.letters[i])
	}
	clear(l.letters)
	l.letters = l.letters[:0]
	if c.prof.waits && c.leaderless() {
		return
	}
	for i := range l.rosters {
		if len(l.rosters[i].at) == 0 && !l.rosters[i].checking {
			continue
		}
		if c.prof.ruled {
			c.validate210(&c.channels[i], &l.rosters[i])
		} else {
			c.validateOld(&c.channels[i], &l.rosters[i])
		}
	}
	if c.prof.ruled {
		c.deleteQueued()
	}
}

func (c *controller) leaderless() bool { return !c.log.IsLeader() && c.log.Leader() == 0 }

// read takes one input of the loop.
func (c *controller) read(l *letter) {
	var r *roster
	if l.router != 0 {
		r = &c.loop.rosters[c.places[l.router]-1]
	}
	switch l.kind {
	case letterCreated:
		c.suspectRow(r, l.check)
	case letterConnected:
		for _, s := range l.rows {
			c.suspectRow(r, s)
		}
	case letterReply:
		body, ok := l.body.(*model.CheckList)
		sim.Assert(ok, "a validation reply without a list")
		if c.prof.ruled {
			c.answered210(l.router, r, body)
		} else {
			c.answeredOld(r, body, l.done)
		}
	case letterAllValid:
		r.reset()
	case letterDeleted:
		c.batchDone(l.body.(*model.TermList))
	}
}

// suspectRow puts a row on its router's list, with a fresh marker.
func (c *controller) suspectRow(r *roster, s suspect) {
	c.loop.marker++
	s.marker = c.loop.marker
	if i, ok := r.at[s.term]; ok {
		r.list[i].term = 0
	}
	if n := len(r.list); n > 0 && r.list[n-1].createdAt > s.createdAt {
		r.jumbled = true
	}
	r.at[s.term] = int32(len(r.list))
	r.list = append(r.list, s)
	if len(r.list) > 64 && len(r.list) > 2*len(r.at) {
		r.compact()
	}
}

// drop takes a terminator off the list.
func (r *roster) drop(term model.TermID) {
	i, ok := r.at[term]
	if !ok {
		return
	}
	r.list[i].term = 0
	delete(r.at, term)
}

// reset forgets the router: delete(validations, id).
func (r *roster) reset() {
	clear(r.at)
	*r = roster{list: r.list[:0], at: r.at}
}

// compact removes the holes from the list.
func (r *roster) compact() {
	n, ruled := 0, 0
	r.head, r.jumbled = 0, false
	for i := range r.list {
		s := r.list[i]
		if s.term == 0 {
			continue
		}
		if n > 0 && r.list[n-1].createdAt > s.createdAt {
			r.jumbled = true
		}
		r.list[n] = s
		r.at[s.term] = int32(n)
		n++
		if i < r.ruled {
			ruled = n
		}
	}
	r.list, r.ruled = r.list[:n], ruled
}

// aged lists the suspects that were created longer ago than the validation age; nil if there are none. It is
// asked at every turn of the loop and looks, as a rule, at the first suspect only.
func (c *controller) aged(r *roster) *model.CheckList {
	if len(r.at) == 0 {
		return nil
	}
	for r.list[r.head].term == 0 {
		r.head++
	}
	var body *model.CheckList
	for i := r.head; i < len(r.list); i++ {
		s := &r.list[i]
		if young := c.now.Sub(s.createdAt) <= c.p.ValidateAge; young && !r.jumbled {
			break
		} else if young || s.term == 0 {
			continue
		}
		if body == nil {
			body = &model.CheckList{Checks: make([]model.Check, 0, len(r.at))}
		}
		body.Checks = append(body.Checks, model.Check{Term: s.term, Marker: s.marker})
	}
	return body
}

// blocked reports whether a validation is in progress. It stops counting after the guard.
func (c *controller) blocked(r *roster) bool {
	if r.checking && c.now.Sub(r.sentAt) > c.p.ValidateGuard {
		r.checking = false
	}
	return r.checking
}

// ask queues the job that sends a validation.
func (c *controller) ask(ch *channel, r *roster, body *model.CheckList) {
	r.checking, r.sentAt = true, c.now
	c.loop.req++
	c.out.Defer(lanePool, model.Msg{Kind: model.ValidateRequest, Flags: model.PostCreate, Router: ch.router,
		Req: c.loop.req, Index: uint64(ch.conn), Body: body})
}

// runJob runs a job of the loop's pool.
func (c *controller) runJob(m model.Msg) {
	if m.Kind == model.Task {
		list, ok := m.Body.(*model.TermList)
		sim.Assert(ok, "a batch of deletes without ids")
		c.deleteBatch(list)
		return
	}
	ch := c.channel(m.Router)
	r := &c.loop.rosters[c.places[m.Router]-1]
	gone := ch.conn == 0 || uint64(ch.conn) != m.Index
	if c.prof.ruled {
		c.send210(ch, r, gone, m)
	} else {
		c.sendOld(ch, gone, m)
	}
}

// jobRefused takes back a job the pool had no room for.
func (c *controller) jobRefused(m model.Msg) {
	if m.Kind == model.Task {
		c.loop.deleting = false
		return
	}
	c.loop.rosters[c.places[m.Router]-1].checking = false
}

// sendValidation sends the request itself. If the send queue is full it is lost after a second, and nobody but
// the guard notices.
func (c *controller) sendValidation(ch *channel, m model.Msg) {
	c.out.Send(ch.conn, model.Msg{Kind: model.ValidateRequest, Flags: m.Flags, Req: m.Req, Body: m.Body})
}
