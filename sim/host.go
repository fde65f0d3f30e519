package sim

// host is a machine with one process.
type host[M Canonical] struct {
	id      NodeID
	name    string
	hash    uint64 // of the name
	boot    func(life uint32) Node[M]
	node    Node[M] // nil while down
	life    uint32
	up      bool
	booted  bool // its first step is done: before, there is no state to look at
	paused  bool
	cut     int // crash after this many effects of the next step, plus one; 0 is no such order
	skew    Duration
	factor  Duration // lanes take this many times as long
	timers  timers
	lanes   []lane[M]
	links   []link // to each host, by NodeID, as far as used
	backlog []event
	disk    Disk[M]
}

// Sources of events inside a host, for ranks in shuffled runs: events of one source keep their order.
const (
	sourceTimers = 1 << 60
	sourceLane   = 2 << 60
	sourceConn   = 3 << 60
	sourceOuter  = 4 << 60
)

// boot starts the host's process.
func (w *World[M]) boot(h *host[M], why string) {
	Assert(!h.up, "host %s is up already", h.name)
	h.life++
	h.up, h.booted, h.paused = true, false, false
	h.node = h.boot(h.life)
	w.outside(why, h.id, 0)
	i := w.load(Input[M]{Kind: Boot, Life: h.life, Disk: &h.disk}, h.life)
	w.schedule(w.now, evInput, h.id, i, sourceOuter|uint64(h.id))
}

// die ends the host's process: memory, timers, lanes and connections are gone, the disk stays.
func (w *World[M]) die(h *host[M]) {
	h.up, h.paused, h.node, h.cut = false, false, nil, 0
	h.timers.clear()
	for i := range h.lanes {
		h.lanes[i].clear()
	}
	for _, e := range h.backlog {
		if e.kind != evWake {
			w.drop(e.cargo)
		}
	}
	h.backlog = h.backlog[:0]
	w.hangUp(h.id)
}

// take lets the host's node take a step and applies its effects.
func (w *World[M]) take(h *host[M], input Input[M]) {
	w.in, w.stepping = input, h.id
	in := &w.in
	w.step++
	s := Stamp{Step: w.step, Cause: w.cause, Root: w.root, At: w.now, Node: h.id}
	w.cause = w.step
	if !w.cfg.NoDigest {
		w.digestInput(h, in)
	}
	for _, o := range w.observers {
		o.Input(s, in)
	}
	w.out.Reset()
	h.node.Step(w.now.Add(h.skew), in, &w.out)
	h.booted = true
	w.apply(h, s)
}

// apply does what the node asked for, in order. An ordered crash cuts the list short.
func (w *World[M]) apply(h *host[M], s Stamp) {
	limit := len(w.out.effects)
	if h.cut > 0 {
		limit = min(limit, h.cut-1)
	}
	exit, down := false, Duration(0)
	for i := range w.out.effects[:limit] {
		e := &w.out.effects[i]
		if !w.cfg.NoDigest {
			w.digestEffect(e)
		}
		for _, o := range w.observers {
			o.Effect(s, e)
		}
		if e.Kind == Exit {
			exit, down = true, e.After
			break
		}
		w.effect(h, e)
	}
	switch {
	case h.cut > 0:
		w.outside("crash", h.id, 0)
		w.die(h)
	case exit:
		w.die(h)
		w.schedule(w.now.Add(down), evRestart, h.id, w.load(Input[M]{}, h.life), sourceOuter|uint64(h.id))
	default:
		w.rearm(h)
	}
}

// effect does one thing the node asked for.
func (w *World[M]) effect(h *host[M], e *Effect[M]) {
	switch e.Kind {
	case Send:
		w.send(h, e.Conn, e.Msg)
	case Datagram:
		w.datagram(h, e.Peer, e.Msg)
	case Dial:
		w.dial(h, e.Peer, e.Msg)
	case Close:
		w.close(h, e.Conn)
	case Save:
		h.disk.Put(e.File, e.Slot, e.Msg)
	case Erase:
		h.disk.Delete(e.File, e.Slot)
	case Arm:
		h.timers.arm(e.Timer, w.now.Add(max(e.After, 0)), w.cause, w.root)
	case Disarm:
		h.timers.disarm(e.Timer)
	case Reply:
		w.reply(e.Op, e.Msg)
	case Defer:
		w.deferTask(h, e.Lane, e.Msg)
	case Note, Refused:
	default:
		Fail("host %s: effect of kind %d", h.name, e.Kind)
	}
}
