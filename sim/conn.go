package sim

// conn is one life of a connection between two hosts. End 0 dialled, end 1 accepted.
type conn[M Canonical] struct {
	id   ConnID
	ends [2]end[M]
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

// link is one direction between two hosts. Most are like all others and differ in the position of their random
// stream only; the world keeps what sets the others apart in a table.
type link struct {
	drawn uint32
	trait int32 // index into the world's traits; 0 is none
}

// trait is what sets a link apart.
type trait struct {
	Link
	cut  bool
	slow Duration
}

// queueDefault is the send queue of links that name none.
const queueDefault = 64

// link returns the direction from one host to another. Links come into being when they are first used: a table
// of all pairs would be most of the memory of a large world.
func (w *World[M]) link(from, to NodeID) *link {
	h := w.host(from)
	if int(to) >= len(h.links) {
		w.host(to)
		h.links = append(h.links, make([]link, int(to)+1-len(h.links))...)
	}
	return &h.links[to]
}

// trait returns what a link is like.
func (w *World[M]) trait(from, to NodeID) *trait { return &w.traits[w.link(from, to).trait] }

// setTrait returns the link's own traits, to change them.
func (w *World[M]) setTrait(from, to NodeID) *trait {
	l := w.link(from, to)
	if l.trait == 0 {
		w.traits = append(w.traits, w.traits[0])
		l.trait = int32(len(w.traits) - 1)
	}
	return &w.traits[l.trait]
}

// stream returns the link's random stream, named by its hosts, at its present position; the caller counts what it
// draws in drawn.
func (w *World[M]) stream(l *link, from, to NodeID) Stream {
	return Stream{key: mix(mix(w.net, w.hosts[from].hash), w.hosts[to].hash), n: uint64(l.drawn)}
}

// delay returns how long the next message of a direction takes.
func (w *World[M]) delay(from, to NodeID) Duration {
	l := w.link(from, to)
	t := &w.traits[l.trait]
	d := t.Latency + t.slow
	if t.Jitter > 0 {
		stream := w.stream(l, from, to)
		d += stream.Between(0, t.Jitter)
		l.drawn++
		w.draws++
	}
	return d
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
			w.abandon(c, i, in.Msg)
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

// abandon gives up a dial whose answer was cut off: the acceptor keeps believing in the connection.
func (w *World[M]) abandon(c *conn[M], i int, tag M) {
	c.ends[i].state = endClosed
	in := Input[M]{Kind: DialFailed, From: c.ends[1-i].node, Msg: tag}
	dialer := w.hosts[c.ends[i].node]
	w.schedule(w.now.Add(dialTimeout), evInput, dialer.id, w.load(in, dialer.life), sourceOuter|uint64(dialer.id))
	w.release(c)
}

// dial sends the request for a connection on its way.
func (w *World[M]) dial(h *host[M], peer NodeID, tag M) {
	if h.id == peer {
		Fail("host %s dials itself", h.name)
	}
	i := w.load(Input[M]{Kind: DialFailed, From: h.id, Msg: tag}, h.life)
	w.cargo[i].dialed = w.now
	w.schedule(w.now.Add(w.delay(h.id, peer)), evSyn, peer, i, sourceOuter|uint64(h.id))
}

// syn handles the request for a connection at the acceptor.
func (w *World[M]) syn(h *host[M], e *event) {
	request := w.cargo[e.cargo]
	w.drop(e.cargo)
	dialer := w.hosts[request.in.From]
	if !dialer.up || dialer.life != request.life {
		return
	}
	cut := w.trait(dialer.id, h.id).cut || w.trait(h.id, dialer.id).cut
	if cut || h.paused || !h.up {
		at := request.dialed.Add(dialTimeout)
		if !cut && !h.up {
			at = w.now.Add(w.delay(h.id, dialer.id))
		}
		in := Input[M]{Kind: DialFailed, From: h.id, Msg: request.in.Msg}
		w.schedule(max(at, w.now), evInput, dialer.id, w.load(in, dialer.life), sourceOuter|uint64(dialer.id))
		return
	}
	c := w.connect(dialer.id, h.id)
	id := c.id
	w.notify(c, 1, Up, request.in.Msg)
	w.take(h, Input[M]{Kind: Up, Accepted: true, From: dialer.id, Conn: id})
}

// connect makes a connection: the acceptor's end is open, the dialer's opens when it hears of it.
func (w *World[M]) connect(dialer, acceptor NodeID) *conn[M] {
	if len(w.connFree) == 0 {
		w.conns = append(w.conns, conn[M]{id: ConnID(len(w.conns))})
		w.connFree = append(w.connFree, int32(len(w.conns)-1))
	}
	i := w.connFree[len(w.connFree)-1]
	w.connFree = w.connFree[:len(w.connFree)-1]
	c := &w.conns[i]
	c.id += 1 << 32
	for k, node := range [2]NodeID{dialer, acceptor} {
		e := &c.ends[k]
		e.node, e.state, e.stalled, e.lastAt = node, endOpening, false, 0
	}
	c.ends[1].state = endOpen
	return c
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

// datagram sends a message that may be lost, doubled or overtaken.
func (w *World[M]) datagram(h *host[M], peer NodeID, msg M) {
	l := w.link(h.id, peer)
	t := &w.traits[l.trait]
	if t.cut {
		return
	}
	copies := 1
	if t.Loss > 0 || t.Copies > 0 {
		stream := w.stream(l, h.id, peer)
		luck := stream.Below(1000)
		l.drawn++
		w.draws++
		if luck < t.Loss {
			return
		}
		if luck < t.Loss+t.Copies {
			copies = 2
		}
	}
	for range copies {
		i := w.load(Input[M]{Kind: Deliver, From: h.id, Msg: msg}, 0)
		w.schedule(w.now.Add(w.delay(h.id, peer)), evInput, peer, i, sourceOuter|w.seq<<16)
	}
}
