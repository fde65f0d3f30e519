package sim

// lane is a place of concurrency of one host at work.
type lane[M Canonical] struct {
	Lane
	stream  Stream
	busy    int
	waiting ring[task[M]]
}

// task is work that waits for a worker.
type task[M Canonical] struct {
	msg   M
	cause uint64
	root  uint32
}

func (l *lane[M]) clear() {
	l.busy = 0
	l.waiting.clear()
}

// deferTask gives a task to a lane of h.
func (w *World[M]) deferTask(h *host[M], id LaneID, msg M) {
	if int(id) >= len(h.lanes) {
		Fail("host %s has no lane %d", h.name, id)
	}
	l := &h.lanes[id]
	switch {
	case l.Workers == 0 || l.busy < l.Workers:
		w.start(h, id, task[M]{msg: msg, cause: w.cause, root: w.root})
	case l.Queue > 0 && l.waiting.len() >= l.Queue:
		i := w.load(Input[M]{Kind: Overflow, Lane: id, Msg: msg}, h.life)
		w.schedule(w.now, evInput, h.id, i, sourceLane|uint64(h.id)<<8|uint64(id))
	default:
		l.waiting.push(task[M]{msg: msg, cause: w.cause, root: w.root})
	}
}

// start lets a worker of the lane begin a task.
func (w *World[M]) start(h *host[M], id LaneID, t task[M]) {
	l := &h.lanes[id]
	l.busy++
	takes := l.Min
	if l.Max > l.Min {
		takes = l.stream.Between(l.Min, l.Max)
		w.draws++
	}
	takes *= h.factor
	i := w.load(Input[M]{Kind: Work, Lane: id, Msg: t.msg}, h.life)
	e := event{at: w.now.Add(takes), cause: t.cause, root: t.root, host: h.id, cargo: i, kind: evWork, lane: id}
	source := sourceLane | uint64(h.id)<<8 | uint64(id)
	if l.Workers != 1 {
		source |= l.stream.n << 16
	}
	w.enqueue(e, source)
}

// worked ends a task: its worker takes the next one, and the node gets the result.
func (w *World[M]) worked(h *host[M], e *event) {
	c := w.cargo[e.cargo]
	w.drop(e.cargo)
	if !h.up || c.life != h.life {
		return
	}
	l := &h.lanes[e.lane]
	if l.busy <= 0 {
		Fail("host %s: lane %s finished more than it began", h.name, l.Name)
	}
	l.busy--
	if l.waiting.len() > 0 {
		w.start(h, e.lane, l.waiting.pop())
	}
	w.take(h, c.in)
}

// ring is a queue that keeps its memory.
type ring[T any] struct {
	items []T
	head  int
}

func (r *ring[T]) len() int { return len(r.items) - r.head }

func (r *ring[T]) push(v T) {
	if r.head > 32 && r.head*2 > len(r.items) {
		n := copy(r.items, r.items[r.head:])
		clear(r.items[n:])
		r.items, r.head = r.items[:n], 0
	}
	r.items = append(r.items, v)
}

func (r *ring[T]) pop() T {
	var zero T
	v := r.items[r.head]
	r.items[r.head] = zero
	if r.head++; r.head == len(r.items) {
		r.items, r.head = r.items[:0], 0
	}
	return v
}

func (r *ring[T]) clear() {
	clear(r.items)
	r.items, r.head = r.items[:0], 0
}

// at returns the i-th waiting item.
func (r *ring[T]) at(i int) *T { return &r.items[r.head+i] }
