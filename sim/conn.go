package sim

// conn is one life of a connection between two hosts. End 0 dialled, end 1 accepted.
type conn[M Canonical] struct {
	id   ConnID
	ends [2]end[M]
	tag  M // of the dial that made it
}

// end is one end of a connection and the direction that leaves from it.
type end[M Canonical] struct {
	node    NodeID
	state   endState
	stalled bool
	lastAt  Time         // arrival of the newest message of the direction: nothing overtakes it
	held    ring[parcel] // what was under way when the direction was cut, in order
	queue   ring[parcel] // the send queue: what was sent since
}

type endState uint8

const (
	endClosed endState = iota
	endOpening
	endOpen
)

// parcel is a message that waits, with why it was sent.
type parcel struct {
	cargo int32
	cause uint64
	root  uint32
}

// find returns a connection that still lives, or nil.
func (w *World[M]) find(id ConnID) *conn[M] {
	i := int(id & 0xffffffff)
	if id == 0 || i >= len(w.conns) || w.conns[i].id != id {
		return nil
	}
	return &w.conns[i]
}

// end returns the index of node's end.
func (c *conn[M]) end(node NodeID) int {
	if c.ends[0].node == node {
		return 0
	}
	if c.ends[1].node != node {
		Fail("node %d has no end of this connection", node)
	}
	return 1
}

// blocked reports whether the direction that leaves from end i carries nothing now.
func (w *World[M]) blocked(c *conn[M], i int) bool {
	from := &c.ends[i]
	return from.stalled || w.trait(from.node, c.ends[1-i].node).cut
}

// Room implements Rooms for the node that is taking a step.
func (w *World[M]) Room(id ConnID) int {
	c := w.find(id)
	if c == nil {
		return 0
	}
	i := c.end(w.stepping)
	e := &c.ends[i]
	if e.state != endOpen {
		return 0
	}
	room := w.trait(e.node, c.ends[1-i].node).Queue
	if room == 0 {
		room = queueDefault
	}
	if w.blocked(c, i) || e.queue.len() > 0 {
		return room - e.queue.len()
	}
	return room + 1 // the writer takes one message at once
}

// send puts a message on its way, or into the send queue while the direction is blocked.
func (w *World[M]) send(h *host[M], id ConnID, msg M) {
	c := w.find(id)
	if c == nil {
		return // closed earlier in this step
	}
	i := c.end(h.id)
	if c.ends[i].state != endOpen {
		return
	}
	cargo := w.load(Input[M]{Kind: Deliver, From: h.id, Conn: id, Msg: msg}, 0)
	p := parcel{cargo: cargo, cause: w.cause, root: w.root}
	if w.blocked(c, i) {
		c.ends[i].queue.push(p)
		return
	}
	w.transmit(c, i, p)
}

// transmit lets a parcel leave end i; it arrives after everything sent before it.
func (w *World[M]) transmit(c *conn[M], i int, p parcel) {
	from, to := &c.ends[i], &c.ends[1-i]
	at := max(w.now.Add(w.delay(from.node, to.node)), from.lastAt)
	from.lastAt = at
	e := event{at: at, cause: p.cause, root: p.root, host: to.node, cargo: p.cargo, kind: evArrive}
	w.enqueue(e, sourceConn|uint64(c.id)<<1|uint64(i))
}

// notify sends an Up or a Down to the other end of end i, in order with the messages.
func (w *World[M]) notify(c *conn[M], i int, kind InputKind, tag M) {
	cargo := w.load(Input[M]{Kind: kind, From: c.ends[i].node, Conn: c.id, Msg: tag}, 0)
	w.transmit(c, i, parcel{cargo: cargo, cause: w.cause, root: w.root})
}

// arrive handles what reached the far end of a direction.
func (w *World[M]) arrive(h *host[M], e *event) {
	in := w.cargo[e.cargo].in
	c := w.find(in.Conn)
	if c == nil {
		w.drop(e.cargo)
		return
	}
	i := c.end(h.id)
	if w.blocked(c, 1-i) {
		if in.Kind == Up {
			w.drop(e.cargo)
			w.abandon(c, i)
			return
		}
		c.ends[1-i].held.push(parcel{cargo: e.cargo, cause: e.cause, root: e.root})
		return
	}
	w.drop(e.cargo)
	switch {
	case c.ends[i].state == endClosed:
		return
	case in.Kind == Up:
		c.ends[i].state = endOpen
	case in.Kind == Down:
		c.ends[i].state = endClosed
		w.release(c)
	}
	w.take(h, in)
}

// close closes node h's end of a connection.
func (w *World[M]) close(h *host[M], id ConnID) {
	if c := w.find(id); c != nil {
		w.closeEnd(c, c.end(h.id), true)
	}
}

// closeEnd closes an end and, if told to, lets the other end know once everything sent before has arrived.
func (w *World[M]) closeEnd(c *conn[M], i int, tell bool) {
	e := &c.ends[i]
	if e.state == endClosed {
		return
	}
	e.state = endClosed
	w.discard(&e.queue)
	if tell && c.ends[1-i].state != endClosed {
		var none M
		w.notify(c, i, Down, none)
	}
	w.release(c)
}

// release gives the connection's place back once both ends are closed; what is under way is lost.
func (w *World[M]) release(c *conn[M]) {
	if c.ends[0].state != endClosed || c.ends[1].state != endClosed {
		return
	}
	for k := range c.ends {
		w.discard(&c.ends[k].queue)
		w.discard(&c.ends[k].held)
	}
	w.connFree = append(w.connFree, int32(c.id&0xffffffff))
	c.id += 1 << 32 // ids are never used twice
}

func (w *World[M]) discard(r *ring[parcel]) {
	for r.len() > 0 {
		w.drop(r.pop().cargo)
	}
}

// hangUp closes every end a host has, as its kernel does when the process dies.
func (w *World[M]) hangUp(node NodeID) {
	for k := range w.conns {
		c := &w.conns[k]
		for i := range c.ends {
			if c.ends[i].node == node && c.ends[i].state != endClosed {
				w.closeEnd(c, i, true)
			}
		}
	}
}

// flush lets a direction carry again what waited: first what was under way, then the send queue.
func (w *World[M]) flush(c *conn[M], i int) {
	if w.blocked(c, i) {
		return
	}
	for c.ends[i].held.len() > 0 {
		w.transmit(c, i, c.ends[i].held.pop())
	}
	for c.ends[i].queue.len() > 0 {
		w.transmit(c, i, c.ends[i].queue.pop())
	}
}
