package controller

import (
	"gyre/model"
	"gyre/sim"
)

// inbound is the leader's queue of commands that followers forwarded (controller/raft/mesh, NewLogEntry): before
// ffe6e16b7 (ziti#3318) one worker waited for each command's round trip before it took the next; since then 64
// submit in order and wait in parallel.
type inbound struct {
	queue   []forwarded
	head    int
	working int64
	workers int64
	room    int64
}

type forwarded struct {
	conn sim.ConnID
	from sim.NodeID
	req  uint64
	body *model.Entry
}

func (q *inbound) init(p *model.Params, release model.Release) {
	q.room, q.workers = p.ForwardQueue, p.ForwardWorkers
	if release < model.Ziti210 {
		q.workers = 1
	}
}

func (q *inbound) waiting() int { return len(q.queue) - q.head }

// ready reports whether a worker is free for a command that waits.
func (q *inbound) ready() bool { return q.waiting() > 0 && q.working < q.workers }

// pop takes the command whose turn it is.
func (q *inbound) pop() forwarded {
	f := q.queue[q.head]
	q.queue[q.head] = forwarded{}
	q.head++
	if q.head == len(q.queue) {
		q.queue, q.head = q.queue[:0], 0
	}
	return f
}

// push queues a command; it is dropped if the queue is full, and its follower runs into the timeout.
func (q *inbound) push(f forwarded) {
	if int64(q.waiting()) >= q.room {
		return
	}
	if q.head > 0 && len(q.queue) == cap(q.queue) {
		n := copy(q.queue, q.queue[q.head:])
		q.queue, q.head = q.queue[:n], 0
	}
	q.queue = append(q.queue, f)
}

// forwarded takes a command from a follower.
func (c *controller) forwarded(from sim.NodeID, conn sim.ConnID, m model.Msg) {
	e, ok := m.Body.(*model.Entry)
	sim.Assert(ok, "a forwarded command without an entry")
	c.inbound.push(forwarded{conn: conn, from: from, req: m.Req, body: e})
}

// serveForward lets a free worker take the next command.
func (c *controller) serveForward() {
	f := c.inbound.pop()
	c.inbound.working++
	a := asker{purpose: forForward, conn: f.conn, msg: model.Msg{Req: f.req, Peer: f.from}}
	c.submit(c.newOp(f.body, a))
}

// served answers a follower and frees the worker.
func (c *controller) served(a asker, code model.Code, index uint64) {
	c.inbound.working--
	if p := c.peer(a.msg.Peer); p != nil && p.conn == a.conn {
		c.out.Send(p.conn, model.Msg{Kind: model.ForwardReply, Req: a.msg.Req, Code: code, Index: index})
	}
}
