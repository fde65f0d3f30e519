package sim

// abandon gives up a dial whose answer was cut off: the acceptor keeps believing in the connection.
func (w *World[M]) abandon(c *conn[M], i int) {
	c.ends[i].state = endClosed
	in := Input[M]{Kind: DialFailed, From: c.ends[1-i].node, Msg: c.tag}
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
	c := w.connect(dialer.id, h.id, request.in.Msg)
	id := c.id
	w.notify(c, 1, Up, request.in.Msg)
	w.take(h, Input[M]{Kind: Up, Accepted: true, From: dialer.id, Conn: id})
}

// connect makes a connection: the acceptor's end is open, the dialer's opens when it hears of it.
func (w *World[M]) connect(dialer, acceptor NodeID, tag M) *conn[M] {
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
	c.tag = tag
	return c
}
