package sim

// timers are the named timers of one host: a heap by (due, order of arming). The world keeps one event in its
// queue for the earliest of them only, so moving a timer costs nothing there.
type timers struct {
	entries []timer // by TimerID
	heap    []TimerID
	armed   uint64
	wakeAt  Time   // of the event in the queue; 0 is none, as no timer is armed before the first step
	wakeSeq uint64 // tells that event from stale ones
}

type timer struct {
	due   Time
	order uint64
	cause uint64
	root  uint32
	pos   int32 // in heap, plus one; 0 is not armed
}

func (t *timers) clear() {
	for _, id := range t.heap {
		t.entries[id].pos = 0
	}
	t.heap = t.heap[:0]
	t.wakeAt = 0
	t.wakeSeq++
}

func (t *timers) arm(id TimerID, due Time, cause uint64, root uint32) {
	if id >= TimersMax {
		Fail("timer %d is over the limit of %d", id, TimersMax)
	}
	for int(id) >= len(t.entries) {
		t.entries = append(t.entries, timer{})
	}
	t.armed++
	e := &t.entries[id]
	e.due, e.order, e.cause, e.root = due, t.armed, cause, root
	if e.pos == 0 {
		t.heap = append(t.heap, id)
		e.pos = int32(len(t.heap))
	}
	t.fix(int(e.pos) - 1)
}

func (t *timers) disarm(id TimerID) {
	if int(id) >= len(t.entries) || t.entries[id].pos == 0 {
		return
	}
	i := int(t.entries[id].pos) - 1
	t.entries[id].pos = 0
	last := t.heap[len(t.heap)-1]
	t.heap = t.heap[:len(t.heap)-1]
	if last != id {
		t.put(i, last)
		t.fix(i)
	}
}

func (t *timers) put(i int, id TimerID) {
	t.heap[i] = id
	t.entries[id].pos = int32(i) + 1
}

func (t *timers) less(a, b TimerID) bool {
	x, y := &t.entries[a], &t.entries[b]
	return x.due < y.due || x.due == y.due && x.order < y.order
}

// fix restores the heap around position i.
func (t *timers) fix(i int) {
	id := t.heap[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !t.less(id, t.heap[parent]) {
			break
		}
		t.put(i, t.heap[parent])
		i = parent
	}
	for {
		child := 2*i + 1
		if child >= len(t.heap) {
			break
		}
		if child+1 < len(t.heap) && t.less(t.heap[child+1], t.heap[child]) {
			child++
		}
		if !t.less(t.heap[child], id) {
			break
		}
		t.put(i, t.heap[child])
		i = child
	}
	t.put(i, id)
}

// rearm puts an event into the queue for the host's earliest timer, unless one is there that comes in time. An
// event that is no longer needed is recognised when it comes.
func (w *World[M]) rearm(h *host[M]) {
	t := &h.timers
	if len(t.heap) == 0 {
		return
	}
	first := &t.entries[t.heap[0]]
	if t.wakeAt != 0 && t.wakeAt <= first.due {
		return
	}
	t.wakeAt = max(first.due, 1)
	t.wakeSeq++
	e := event{at: max(first.due, w.now), cause: t.wakeSeq, root: h.life, host: h.id, cargo: -1, kind: evWake}
	w.enqueue(e, sourceTimers|uint64(h.id))
}

// wake lets the host's earliest timer expire. In wake-up events cause and root hold the number of the wake-up
// and the life of the host: the timer knows its own cause.
func (w *World[M]) wake(h *host[M], e *event) {
	t := &h.timers
	if e.cause != t.wakeSeq || e.root != h.life || !h.up {
		return
	}
	t.wakeAt = 0
	if len(t.heap) == 0 {
		return
	}
	id := t.heap[0]
	if first := t.entries[id]; first.due <= w.now {
		t.disarm(id)
		w.cause, w.root = first.cause, first.root
		w.take(h, Input[M]{Kind: Expire, Timer: id})
		return
	}
	w.rearm(h)
}
