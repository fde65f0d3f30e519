package sim

import (
	"cmp"
	"slices"
)

// digestInput folds an input into the digest.
func (w *World[M]) digestInput(h *host[M], in *Input[M]) {
	d := &w.digest
	d.fold(uint64(w.now))
	d.fold(uint64(h.id)<<32 | uint64(in.Kind)<<16 | uint64(in.Lane))
	d.fold(uint64(in.From)<<32 | uint64(in.Timer))
	d.fold(uint64(in.Conn))
	in.Msg.Canon(d)
}

// digestEffect folds an effect into the digest.
func (w *World[M]) digestEffect(e *Effect[M]) {
	d := &w.digest
	d.fold(uint64(e.Kind)<<48 | uint64(e.Lane)<<40 | uint64(e.File)<<32 | uint64(e.Timer))
	d.fold(uint64(e.After))
	switch e.Kind {
	case Arm, Disarm, Close, Exit:
		d.fold(uint64(e.Conn))
	default:
		d.fold(uint64(e.Conn) ^ uint64(e.Peer)<<48)
		d.fold(e.Slot ^ uint64(e.Op)<<32)
		e.Msg.Canon(d)
	}
}

// checkpoint folds the whole state of every node into the digest, so that a belief which no message and no note
// has shown yet counts as well.
func (w *World[M]) checkpoint() {
	for _, h := range w.hosts[1:] {
		w.digest.fold(uint64(h.life))
		if h.up && h.booted {
			h.node.Canon(&w.digest)
		}
	}
}

// State returns the hash of the canonical state of the whole world: nodes, timers, lanes, connections and what is
// under way, with times relative to now, counters relative and ids renamed. Two equal states with no draw and no
// outside event between them prove a loop that never ends.
func (w *World[M]) State() uint64 {
	c := NewState(w.now)
	for _, h := range w.hosts[1:] {
		w.hostState(c, h)
	}
	w.connState(c)
	w.pendingState(c)
	return c.Sum()
}

func (w *World[M]) hostState(c *Canon, h *host[M]) {
	c.Flag("up", h.up)
	c.Flag("paused", h.paused)
	c.Span("skew", h.skew)
	c.Span("factor", h.factor)
	if h.up && h.booted {
		h.node.Canon(c)
	}
	order := slices.Clone(h.timers.heap)
	slices.SortFunc(order, func(a, b TimerID) int {
		if h.timers.less(a, b) {
			return -1
		}
		return 1
	})
	for _, id := range order {
		c.Int("timer", int64(id))
		c.When("due", h.timers.entries[id].due)
	}
	for i := range h.lanes {
		l := &h.lanes[i]
		c.Int("busy", int64(l.busy))
		for k := range l.waiting.len() {
			l.waiting.at(k).msg.Canon(c)
		}
	}
	for to, l := range h.links {
		if l.trait != 0 {
			c.Int("to", int64(to))
			c.Flag("cut", w.traits[l.trait].cut)
			c.Span("slow", w.traits[l.trait].slow)
		}
	}
	for i := range h.backlog {
		w.eventState(c, &h.backlog[i])
	}
}

// connState visits the connections in the order of their ends, since their numbers depend on the past.
func (w *World[M]) connState(c *Canon) {
	living := []*conn[M]{}
	for k := range w.conns {
		if w.conns[k].ends[0].state != endClosed || w.conns[k].ends[1].state != endClosed {
			living = append(living, &w.conns[k])
		}
	}
	slices.SortFunc(living, func(a, b *conn[M]) int {
		return cmp.Or(cmp.Compare(a.ends[0].node, b.ends[0].node), cmp.Compare(a.ends[1].node, b.ends[1].node),
			cmp.Compare(a.id>>32, b.id>>32), cmp.Compare(a.id, b.id))
	})
	for _, k := range living {
		for i := range k.ends {
			e := &k.ends[i]
			c.Node("end", e.node)
			c.Int("state", int64(e.state))
			c.Flag("stalled", e.stalled)
			c.Int("held", int64(e.held.len()))
			for n := range e.held.len() {
				w.cargo[e.held.at(n).cargo].in.Msg.Canon(c)
			}
			for n := range e.queue.len() {
				w.cargo[e.queue.at(n).cargo].in.Msg.Canon(c)
			}
		}
	}
}

// pendingState visits what is under way, in order. Wake-ups are left out: the timers stand for them.
func (w *World[M]) pendingState(c *Canon) {
	pending := make([]event, 0, w.queue.len())
	w.queue.each(func(e *event) {
		if e.kind != evWake && !w.stale(e) {
			pending = append(pending, *e)
		}
	})
	slices.SortFunc(pending, func(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	for i := range pending {
		w.eventState(c, &pending[i])
	}
}

// stale reports whether nothing will come of an event: its process or connection is gone.
func (w *World[M]) stale(e *event) bool {
	if e.cargo < 0 {
		return false
	}
	g := &w.cargo[e.cargo]
	switch e.kind {
	case evArrive:
		return w.find(g.in.Conn) == nil
	case evInput, evWork:
		h := w.hosts[e.host]
		return !h.up || g.life != 0 && g.life != h.life
	default:
		return false
	}
}

func (w *World[M]) eventState(c *Canon, e *event) {
	c.When("at", e.at)
	c.Node("host", e.host)
	c.Int("kind", int64(e.kind)<<8|int64(e.lane))
	if e.cargo >= 0 {
		in := &w.cargo[e.cargo].in
		c.Int("input", int64(in.Kind)<<32|int64(in.From))
		in.Msg.Canon(c)
	}
}
