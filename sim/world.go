package sim

// World runs hosts in virtual time. It is single-threaded; several worlds may run side by side.
type World[M Canonical] struct {
	cfg     Config
	now     Time
	queue   eventQueue
	shuffle bool
	order   Stream
	events  uint64 // events taken from the queue
	seq     uint64
	cargo   []cargo[M]
	free    []int32

	hosts     []*host[M] // by NodeID; index 0 is nobody
	traits    []trait    // of links; the first is what most links are like
	net       uint64     // root of the links' random streams
	conns     []conn[M]
	connFree  []int32
	out       Outbox[M]
	in        Input[M] // of the present step
	stepping  NodeID   // who takes it
	observers []Observer[M]
	history   []Op[M]

	step   uint64 // steps taken
	cause  uint64 // step being taken, 0 outside of steps
	root   uint32 // outside event that what is being scheduled descends from
	roots  uint32
	draws  uint64
	digest Canon
	check  uint64 // the next checkpoint is at this event
}

// cargo is what an event carries: the input to hand over, and the life of the process it is meant for.
type cargo[M Canonical] struct {
	in     Input[M]
	life   uint32 // 0: whichever life there is
	dialed Time   // of a dial on its way
}

// checkpointEvery is the least number of events between two checkpoints, at which the whole state of every node is
// folded into the digest; large worlds leave checkpointHost events for every host, so that it costs each event the
// same.
const (
	checkpointEvery = 1 << 14
	checkpointHost  = 1 << 10
)

// dialTimeout is how long a dial into a cut network, or to a paused host, takes to fail.
const dialTimeout = 5 * Second

// New returns an empty world at time zero.
func New[M Canonical](cfg Config) *World[M] {
	w := &World[M]{cfg: cfg, hosts: []*host[M]{nil}, shuffle: cfg.Shuffle, order: cfg.Seed.Stream("order")}
	if cfg.Events == 0 {
		w.cfg.Events = EventsMax
	}
	if cfg.Heap || cfg.Shuffle {
		w.queue = &heapQueue{}
	} else {
		w.queue = &wheel{}
	}
	w.out.rooms = w
	w.net = mix(uint64(cfg.Seed), HashString("net"))
	w.traits = []trait{{Link: cfg.Link}}
	w.digest.sum = uint64(cfg.Seed)
	w.check = checkpointEvery
	return w
}

// AddHost adds a host, down until Start. boot makes a fresh node for each life of the process, counted from 1.
func (w *World[M]) AddHost(name string, lanes []Lane, boot func(life uint32) Node[M]) NodeID {
	Assert(len(w.hosts) <= HostsMax, "more than %d hosts", HostsMax)
	Assert(len(lanes) <= LanesMax, "host %s: more than %d lanes", name, LanesMax)
	id := NodeID(len(w.hosts))
	h := &host[M]{id: id, name: name, hash: HashString(name), boot: boot, factor: 1}
	for _, l := range lanes {
		stream := w.cfg.Seed.Stream("lane/" + name + "/" + l.Name)
		h.lanes = append(h.lanes, lane[M]{Lane: l, stream: stream})
	}
	w.hosts = append(w.hosts, h)
	return id
}

// Reseed lets everything the kernel draws from now on, how long messages and tasks take, be drawn from another seed. It
// forks a run: what came before is the same, what comes after differs by chance alone. Nodes hold streams of their own,
// made from the seed they were built with, and keep them.
func (w *World[M]) Reseed(seed Seed) {
	w.net = mix(uint64(seed), HashString("net"))
	w.order.key = seed.Stream("order").key
	for _, h := range w.hosts[1:] {
		for i := range h.lanes {
			l := &h.lanes[i]
			l.stream.key = seed.Stream("lane/" + h.name + "/" + l.Name).key
		}
	}
	w.digest.fold(uint64(seed))
}

// Observe adds an observer.
func (w *World[M]) Observe(o Observer[M]) { w.observers = append(w.observers, o) }

// Now returns the virtual time.
func (w *World[M]) Now() Time { return w.now }

// Events returns how many events have happened.
func (w *World[M]) Events() uint64 { return w.events }

// Pending returns how many events are scheduled.
func (w *World[M]) Pending() int { return w.queue.len() }

// Draws returns how many random numbers the kernel has drawn. Together with an equal State it tells whether
// chance had a part in a loop; nodes that draw must count their draws in their Canon.
func (w *World[M]) Draws() uint64 { return w.draws }

// Digest returns the running digest: equal digests mean equal runs.
func (w *World[M]) Digest() uint64 { return w.digest.sum }

// Up reports whether the host's process runs (paused counts as running).
func (w *World[M]) Up(id NodeID) bool { return w.host(id).up }

// Life returns how often the host's process has been started.
func (w *World[M]) Life(id NodeID) uint32 { return w.host(id).life }

// Disk returns what the host has saved.
func (w *World[M]) Disk(id NodeID) *Disk[M] { return &w.host(id).disk }

// Hosts returns how many hosts there are; their ids are 1 to Hosts.
func (w *World[M]) Hosts() int { return len(w.hosts) - 1 }

func (w *World[M]) host(id NodeID) *host[M] {
	if id <= 0 || int(id) >= len(w.hosts) {
		Fail("no host %d", id)
	}
	return w.hosts[id]
}

// RunUntil lets everything up to and including limit happen. The error is a Limit or nil.
func (w *World[M]) RunUntil(limit Time) error {
	for {
		if more, err := w.Step(limit); !more || err != nil {
			return err
		}
	}
}

// Step lets the next event at or before limit happen. Without one it moves the clock to limit and reports
// false. The error is a Limit or nil.
func (w *World[M]) Step(limit Time) (bool, error) {
	e, ok := w.queue.pop(limit)
	if !ok {
		w.now = max(w.now, limit)
		return false, nil
	}
	if w.events >= w.cfg.Events {
		return false, Limit{Name: "events", Max: int64(w.cfg.Events)}
	}
	if w.queue.len() > FlightMax {
		return false, Limit{Name: "events in flight", Max: FlightMax}
	}
	if e.at < w.now {
		Fail("time runs backwards: %v after %v", e.at, w.now)
	}
	w.now = e.at
	w.events++
	w.cause, w.root = e.cause, e.root
	w.dispatch(&e)
	w.cause, w.root = 0, 0
	if len(w.hosts[e.host].backlog) > BacklogMax {
		return false, Limit{Name: "inputs of a paused host", Max: BacklogMax}
	}
	if w.events >= w.check && !w.cfg.NoDigest {
		w.check = w.events + max(checkpointEvery, checkpointHost*uint64(len(w.hosts)))
		w.checkpoint()
	}
	return true, nil
}

// dispatch does what the event is for.
func (w *World[M]) dispatch(e *event) {
	h := w.hosts[e.host]
	if h.paused && e.kind != evSyn && e.kind != evRestart {
		h.backlog = append(h.backlog, *e)
		return
	}
	switch e.kind {
	case evInput:
		w.input(h, e)
	case evArrive:
		w.arrive(h, e)
	case evSyn:
		w.syn(h, e)
	case evWake:
		w.wake(h, e)
	case evWork:
		w.worked(h, e)
	case evRestart:
		if !h.up && w.cargo[e.cargo].life == h.life {
			w.boot(h, "restart")
		}
		w.drop(e.cargo)
	default:
		Fail("event of kind %d", e.kind)
	}
}

// input hands the cargo to the host's node, if it is the process it was meant for.
func (w *World[M]) input(h *host[M], e *event) {
	c := w.cargo[e.cargo]
	w.drop(e.cargo)
	if h.up && (c.life == 0 || c.life == h.life) {
		w.take(h, c.in)
	}
}

// schedule puts an event into the queue, caused by the present step.
func (w *World[M]) schedule(at Time, kind eventKind, host NodeID, cargo int32, source uint64) {
	w.enqueue(event{at: at, cause: w.cause, root: w.root, host: host, cargo: cargo, kind: kind}, source)
}

// enqueue numbers the event and pushes it. In shuffled runs events of one instant are ranked by a draw; source
// names the FIFO an event belongs to, and events of one source and instant share their rank.
func (w *World[M]) enqueue(e event, source uint64) {
	if e.at < w.now {
		Fail("event scheduled in the past: %v before %v", e.at, w.now)
	}
	w.seq++
	e.seq = w.seq
	if w.shuffle {
		rank := w.order.At(mix(uint64(e.at), source)) >> 40
		e.seq |= rank << 40
	}
	w.queue.push(e)
}

// load puts an input into the cargo slab.
func (w *World[M]) load(in Input[M], life uint32) int32 {
	if n := len(w.free); n > 0 {
		i := w.free[n-1]
		w.free = w.free[:n-1]
		w.cargo[i] = cargo[M]{in: in, life: life}
		return i
	}
	w.cargo = append(w.cargo, cargo[M]{in: in, life: life})
	return int32(len(w.cargo) - 1)
}

// drop gives a place of the cargo slab back.
func (w *World[M]) drop(i int32) {
	w.cargo[i] = cargo[M]{}
	w.free = append(w.free, i)
}
