package sim

// Faults and commands: what happens to the simulated system from outside. Each call is one outside event with a
// root of its own; everything it leads to descends from that root.

// outside numbers an event from outside, tells the observers and makes it the root of what follows. happen does the
// same for one that carries a value.
func (w *World[M]) outside(name string, node, peer NodeID) {
	w.happen(Outside{Name: name, Node: node, Peer: peer})
}

func (w *World[M]) happen(e Outside) {
	w.roots++
	w.root, e.Root = w.roots, w.roots
	if !w.cfg.NoDigest {
		w.digest.fold(HashString(e.Name))
		w.digest.fold(uint64(w.now))
		w.digest.fold(uint64(e.Node)<<32 | uint64(e.Peer))
		w.digest.fold(uint64(e.Span) ^ uint64(e.Count)<<48)
	}
	for _, o := range w.observers {
		o.Event(w.now, e)
	}
}

// Roots returns how many outside events there have been.
func (w *World[M]) Roots() uint32 { return w.roots }

// Start starts the host's process; starting one that runs does nothing.
func (w *World[M]) Start(id NodeID) {
	if h := w.host(id); !h.up {
		w.boot(h, "start")
	}
}

// Crash ends the host's process without warning: memory, timers, lanes and connections are gone, the disk stays.
// Peers learn of it as their network lets them.
func (w *World[M]) Crash(id NodeID) {
	h := w.host(id)
	w.outside("crash", id, 0)
	if h.up {
		w.die(h)
	}
}

// CrashAfter crashes the host in the middle of its next step, when that many of its effects have been applied.
func (w *World[M]) CrashAfter(id NodeID, effects int) {
	Assert(effects >= 0, "CrashAfter(%d)", effects)
	w.happen(Outside{Name: "crash-after", Node: id, Count: effects})
	w.host(id).cut = effects + 1
}

// Pause stops the process as SIGSTOP does: connections stay, inputs and timers wait.
func (w *World[M]) Pause(id NodeID) {
	w.outside("pause", id, 0)
	if h := w.host(id); h.up {
		h.paused = true
	}
}

// Resume lets a paused process go on; what waited happens now, in order.
func (w *World[M]) Resume(id NodeID) {
	h := w.host(id)
	w.outside("resume", id, 0)
	if !h.paused {
		return
	}
	h.paused = false
	waiting := h.backlog
	h.backlog = nil
	for _, e := range waiting {
		e.at = w.now
		w.enqueue(e, sourceOuter|uint64(id))
	}
}

// Paused reports whether the host's process is paused.
func (w *World[M]) Paused(id NodeID) bool { return w.host(id).paused }

// Wipe loses the disk of a host that is down.
func (w *World[M]) Wipe(id NodeID) {
	h := w.host(id)
	Assert(!h.up, "host %s: wipe needs it down", h.name)
	w.outside("wipe", id, 0)
	h.disk.Clear()
}

// Clone replaces the disk of a host that is down by a copy of what is on another's.
func (w *World[M]) Clone(id, from NodeID) {
	h := w.host(id)
	Assert(!h.up, "host %s: a disk is cloned to a host that is down", h.name)
	w.outside("clone", from, id)
	h.disk = w.host(from).disk.copied()
}

// SetLink sets how messages travel from one host to another from now on.
func (w *World[M]) SetLink(from, to NodeID, l Link) {
	Assert(l.Queue <= QueueMax, "send queue of %d is over the limit of %d", l.Queue, QueueMax)
	w.setTrait(from, to).Link = l
}

// Cut stops everything from one host to another. No process is told: what is under way waits, as TCP keeps
// trying, and flows again after Mend unless the connection was closed meanwhile.
func (w *World[M]) Cut(from, to NodeID) {
	w.outside("cut", from, to)
	w.setTrait(from, to).cut = true
}

// Mend ends a Cut.
func (w *World[M]) Mend(from, to NodeID) {
	w.outside("mend", from, to)
	w.setTrait(from, to).cut = false
	w.flushAll(from, to)
}

// Slow adds a delay to every message from one host to another; 0 ends it.
func (w *World[M]) Slow(from, to NodeID, extra Duration) {
	w.happen(Outside{Name: "slow", Node: from, Peer: to, Span: extra})
	w.setTrait(from, to).slow = extra
}

// Stall lets the present connections between two hosts carry nothing from one to the other; new ones are not
// concerned.
func (w *World[M]) Stall(from, to NodeID) {
	w.outside("stall", from, to)
	w.eachDirection(from, to, func(c *conn[M], i int) { c.ends[i].stalled = true })
}

// Unstall ends a Stall.
func (w *World[M]) Unstall(from, to NodeID) {
	w.outside("unstall", from, to)
	w.eachDirection(from, to, func(c *conn[M], i int) { c.ends[i].stalled = false })
	w.flushAll(from, to)
}

// HalfOpen breaks the connections between two hosts at one end only: that process is told, the other goes on
// believing and what it sends vanishes.
func (w *World[M]) HalfOpen(told, untold NodeID) {
	w.outside("half-open", told, untold)
	w.eachDirection(told, untold, func(c *conn[M], i int) {
		w.tell(c, i)
		w.closeEnd(c, i, false)
	})
}

// Break breaks the connections between two hosts; both processes are told at once and what was under way is lost.
func (w *World[M]) Break(a, b NodeID) {
	w.outside("break", a, b)
	w.eachDirection(a, b, func(c *conn[M], i int) {
		w.tell(c, i)
		w.tell(c, 1-i)
		w.closeEnd(c, i, false)
		w.closeEnd(c, 1-i, false)
	})
}

// tell lets an end learn, at this instant, that its connection is gone, or that it does not come about.
func (w *World[M]) tell(c *conn[M], i int) {
	e := &c.ends[i]
	in := Input[M]{Kind: Down, From: c.ends[1-i].node, Conn: c.id}
	switch e.state {
	case endClosed:
		return
	case endOpening:
		in = Input[M]{Kind: DialFailed, From: in.From, Msg: c.tag}
	default:
	}
	w.schedule(w.now, evInput, e.node, w.load(in, w.hosts[e.node].life), sourceConn|uint64(c.id)<<1|uint64(i))
}

// Skew sets how far the host's clock is ahead of virtual time.
func (w *World[M]) Skew(id NodeID, d Duration) {
	w.happen(Outside{Name: "skew", Node: id, Span: d})
	w.host(id).skew = d
}

// Overload lets every task of the host's lanes take factor times as long from now on; 1 ends it.
func (w *World[M]) Overload(id NodeID, factor int) {
	Assert(factor >= 1, "Overload(%d)", factor)
	w.happen(Outside{Name: "overload", Node: id, Count: factor})
	w.host(id).factor = Duration(factor)
}

// Command hands msg to the host's node. It is lost if the host is down.
func (w *World[M]) Command(id NodeID, msg M) {
	w.outside("command", id, 0)
	w.command(id, 0, msg)
}

func (w *World[M]) command(id NodeID, op OpID, msg M) {
	h := w.host(id)
	if !h.up {
		return
	}
	i := w.load(Input[M]{Kind: Command, Op: op, Msg: msg}, h.life)
	w.schedule(w.now, evInput, id, i, sourceOuter|uint64(id))
}

// flushAll lets every connection carry what waited from one host to another.
func (w *World[M]) flushAll(from, to NodeID) {
	w.eachDirection(from, to, w.flush)
}

// eachDirection visits the directions from one host to another of every living connection.
func (w *World[M]) eachDirection(from, to NodeID, visit func(c *conn[M], i int)) {
	for k := range w.conns {
		c := &w.conns[k]
		if c.ends[0].state == endClosed && c.ends[1].state == endClosed {
			continue
		}
		for i := range c.ends {
			if c.ends[i].node == from && c.ends[1-i].node == to {
				visit(c, i)
			}
		}
	}
}
