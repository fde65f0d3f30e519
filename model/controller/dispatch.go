package controller

import (
	"slices"

	"gyre/model"
	"gyre/model/raftlog"
	"gyre/sim"
)

// stage is what an operation in Dispatch waits for.
type stage uint8

const (
	stageFree  stage = iota
	stagePeer        // a mesh connection to the leader
	stageReply       // the leader's reply
	stageLog         // the outcome of our own proposal
	stageIndex       // our own apply of its index
)

// purpose is what is done with the outcome of an operation.
type purpose uint8

const (
	forCreate   purpose = iota + 1
	forRemove           // reply to the router
	forForward          // reply to the follower
	forOperator         // reply to the operator
	forBatch            // RouterMessaging's queued deletes
	forNobody
	forAudit // the leader's own
)

// asker is who wants the outcome of an operation, and what they asked.
type asker struct {
	purpose purpose
	conn    sim.ConnID
	op      sim.OpID
	msg     model.Msg
}

// op is an operation under way in Dispatch.
type op struct {
	id       uint64 // the slot in the low bits: a late reply finds out that its operation is gone
	stage    stage
	slot     bool // holds a slot of the limiter
	peer     sim.NodeID
	conn     sim.ConnID // to the leader
	since    sim.Time   // when it was submitted
	deadline sim.Time
	index    uint64
	entry    *model.Entry
	asker    asker
}

const opSlots = 1 << 20

// result is what applying an entry came to, kept until its outcome is told.
type result struct {
	index uint64
	code  model.Code
}

const resultsMax = 1024

// outcome is a settled proposal.
type outcome struct {
	ticket raftlog.Ticket
	code   model.Code
	index  uint64
}

// waiter is an operation that waits for an index to be applied here.
type waiter struct {
	index uint64
	id    uint64
}

// busy reports whether an outcome is of a class that is answered "retry promptly" (WasRateLimited,
// WasLeaderless: controller/models, apierror; HEAD). Every other error is a hard failure; before ziti#4160 that a
// leader is missing was one, too.
func (c *controller) busy(code model.Code) bool {
	return code == model.RateLimited || code == model.Leaderless && c.prof.lead
}

// unheard is the outcome where the leader cannot be reached or does not answer in time. Before ziti#3318 that is a
// plain error. The releases before ziti-1.4.0-pre tell routers of neither, so there the class makes no difference.
func (c *controller) unheard() model.Code {
	if c.prof.hard {
		return model.Other
	}
	return model.RateLimited
}

func (c *controller) newOp(e *model.Entry, a asker) *op {
	var slot uint32
	if n := len(c.opsFree); n > 0 {
		slot, c.opsFree = c.opsFree[n-1], c.opsFree[:n-1]
	} else {
		slot = uint32(len(c.ops))
		sim.Assert(slot < opSlots, "too many operations under way")
		c.ops = append(c.ops, op{})
	}
	c.serial++
	o := &c.ops[slot]
	*o = op{id: c.serial*opSlots + uint64(slot), entry: e, asker: a, since: c.now}
	return o
}

// op returns the operation with an id, or nil if it is over. It is valid until the next newOp.
func (c *controller) op(id uint64) *op {
	slot := id % opSlots
	if id == 0 || slot >= uint64(len(c.ops)) || c.ops[slot].id != id {
		return nil
	}
	return &c.ops[slot]
}

// stalled returns the ids of the operations that are as asked, oldest first.
func (c *controller) stalled(is func(o *op) bool) []uint64 {
	var ids []uint64
	for i := range c.ops {
		if o := &c.ops[i]; o.stage != stageFree && is(o) {
			ids = append(ids, o.id)
		}
	}
	slices.Sort(ids)
	return ids
}

// dispatch is Dispatch, the only write path (controller/raft/raft.go, HEAD). The outcome goes to the asker:
// OK once the entry is applied here, a code of class RateLimited or Leaderless (see busy), or any other.
// NotFound and Duplicate are the entry's own errors; LeadershipLost, WaitIndexTimeout, Other and RateLimited
// leave open whether the entry was or will be applied.
func (c *controller) dispatch(e *model.Entry, a asker) {
	o := c.newOp(e, a)
	leader := c.log.Leader()
	switch {
	case c.readOnly():
		c.complete(o, model.ReadOnly, 0)
	case c.log.IsLeader():
		c.submit(o)
	case leader == 0 || leader == c.self:
		c.complete(o, model.Leaderless, 0)
	default:
		c.forward(o, leader)
	}
}

// submit proposes an operation here (ApplyTwoPhase).
func (c *controller) submit(o *op) {
	if !c.takeSlot() {
		c.complete(o, model.RateLimited, 0)
		return
	}
	o.slot, o.since = true, c.now
	id := o.id
	ticket, code := c.log.Propose(c.now, o.entry, c.out)
	o = c.op(id)
	if code != model.OK {
		c.endSlot(o, slotFailed)
		c.complete(o, code, 0)
		return
	}
	o.stage = stageLog
	c.tickets[ticket] = id
}

// forward sends an operation to the leader.
func (c *controller) forward(o *op, leader sim.NodeID) {
	p := c.peer(leader)
	if p == nil {
		c.complete(o, c.unheard(), 0)
		return
	}
	o.peer = leader
	if p.conn == 0 {
		o.stage = stagePeer
		c.wait(o, c.p.ConnectPeer)
		c.redialNow(p)
		return
	}
	if !c.out.Send(p.conn, model.Msg{Kind: model.Forward, Req: o.id, Body: o.entry}) {
		c.complete(o, c.unheard(), 0)
		return
	}
	o.stage, o.conn = stageReply, p.conn
	c.wait(o, c.p.ForwardTimeout)
}

// forwardReply takes the leader's reply.
func (c *controller) forwardReply(conn sim.ConnID, m model.Msg) {
	o := c.op(m.Req)
	if o == nil || o.stage != stageReply || o.conn != conn {
		return // too late
	}
	if m.Code != model.OK {
		c.complete(o, m.Code, m.Index)
		return
	}
	c.await(o, m.Index)
}

// await is WaitForIndex.
func (c *controller) await(o *op, index uint64) {
	o.index = index
	if index <= c.db.applied {
		c.complete(o, model.OK, index)
		return
	}
	o.stage = stageIndex
	c.wait(o, c.p.WaitForIndex)
	i := len(c.waiters)
	c.waiters = append(c.waiters, waiter{})
	for ; i > 0 && c.waiters[i-1].index > index; i-- {
		c.waiters[i] = c.waiters[i-1]
	}
	c.waiters[i] = waiter{index: index, id: o.id}
}

// reached completes the operations whose index is applied.
func (c *controller) reached() {
	n := 0
	for n < len(c.waiters) && c.waiters[n].index <= c.db.applied {
		if o := c.op(c.waiters[n].id); o != nil && o.stage == stageIndex {
			c.complete(o, model.OK, o.index)
		}
		n++
	}
	c.waiters = append(c.waiters[:0], c.waiters[n:]...)
}

// Outcome implements raftlog.Host. What follows from it waits for pump, since the log must not be called here.
func (c *controller) Outcome(t raftlog.Ticket, code model.Code, index uint64) {
	if code == model.OK {
		// An entry that a snapshot covered was not applied one by one; its own error is unknown and rare.
		if r := c.results[index%resultsMax]; r.index == index {
			code = r.code
		}
	}
	c.outcomes = append(c.outcomes, outcome{ticket: t, code: code, index: index})
}

// settle takes the outcomes of our own proposals.
func (c *controller) settle() {
	for i := 0; i < len(c.outcomes); i++ {
		t := c.outcomes[i]
		id := c.tickets[t.ticket]
		delete(c.tickets, t.ticket)
		o := c.op(id)
		if o == nil {
			continue
		}
		switch {
		case t.code == model.LeadershipLost || t.code == model.TransferInProgress || t.code == model.Leaderless:
			c.endSlot(o, slotFailed)
		case c.now.Sub(o.since) > c.p.RaftApply:
			c.endSlot(o, slotBackoff)
		default:
			c.endSlot(o, slotSuccess)
		}
		if t.code == model.OK {
			c.await(o, t.index)
		} else {
			c.complete(o, t.code, t.index)
		}
	}
	c.outcomes = c.outcomes[:0]
}

// complete ends an operation and hands its outcome on. The op is gone when it returns.
func (c *controller) complete(o *op, code model.Code, index uint64) {
	sim.Assert(!o.slot, "operation %d ends with its slot taken", o.id)
	a := o.asker
	c.opsFree = append(c.opsFree, uint32(o.id%opSlots))
	*o = op{}
	if c.release == model.Reference && a.purpose <= forRemove {
		c.settled(a, code, index)
		return
	}
	switch a.purpose {
	case forCreate:
		c.created(a, code)
	case forRemove:
		c.removed(a, code)
	case forForward:
		c.served(a, code, index)
	case forOperator:
		c.operated(a, code, index)
	case forBatch:
		c.batchEnded(a, code)
	case forAudit:
		c.audit.open--
	}
}

// wait arms the operation's deadline.
func (c *controller) wait(o *op, span sim.Duration) {
	o.deadline = c.now.Add(span)
	c.due.push(deadline{at: o.deadline, id: o.id})
}

// live reports whether a deadline still belongs to what its operation waits for.
func (c *controller) live(d deadline) bool {
	o := c.op(d.id)
	return o != nil && o.deadline == d.at && o.stage != stageLog
}

// overdue ends the operations that waited too long.
func (c *controller) overdue() {
	for len(c.due) > 0 && c.due[0].at <= c.now {
		d := c.due.pop()
		if !c.live(d) {
			continue
		}
		o := c.op(d.id)
		switch {
		case o.stage == stageIndex:
			c.complete(o, model.WaitIndexTimeout, o.index)
		default:
			c.complete(o, c.unheard(), 0)
		}
	}
}

// armDeadline keeps one timer for the earliest deadline. It is not moved when an operation ends: it then fires
// for nothing and looks for the next.
func (c *controller) armDeadline() {
	for len(c.due) > 0 && !c.live(c.due[0]) {
		c.due.pop()
	}
	if len(c.due) == 0 || c.due[0].at >= c.armed {
		return
	}
	c.armed = c.due[0].at
	c.out.Arm(timerDeadline, max(0, c.armed.Sub(c.now)))
}
