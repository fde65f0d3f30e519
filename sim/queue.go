package sim

// eventKind says what the kernel does when an event is due.
type eventKind uint8

const (
	evInput   eventKind = iota // hand the cargo to the host
	evArrive                   // a message, an Up or a Down reaches the end of a connection
	evSyn                      // a dial reaches the acceptor
	evWake                     // the host's next timer is due
	evWork                     // a lane has done the cargo
	evRestart                  // the host's process starts again
)

// event is one entry of the queue: plain numbers, so that it can be hashed, moved and compared cheaply.
type event struct {
	at    Time
	seq   uint64 // order of scheduling; ties of at are broken by it, so nothing is decided by chance
	cause uint64 // step that scheduled it
	root  uint32
	host  NodeID
	cargo int32 // index into the world's cargo slab, or -1
	kind  eventKind
	lane  LaneID
}

func (e *event) before(o *event) bool { return e.at < o.at || e.at == o.at && e.seq < o.seq }

// eventQueue orders events by (at, seq). pop returns the first event at or before limit.
type eventQueue interface {
	push(e event)
	pop(limit Time) (event, bool)
	len() int
	each(visit func(e *event))
}

// heapQueue is a plain binary heap: the oracle of the wheel, and the queue of shuffled runs.
type heapQueue struct {
	events []event
}

func (h *heapQueue) len() int { return len(h.events) }

func (h *heapQueue) each(visit func(e *event)) {
	for i := range h.events {
		visit(&h.events[i])
	}
}

func (h *heapQueue) push(e event) {
	h.events = append(h.events, e)
	i := len(h.events) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(&h.events[parent]) {
			break
		}
		h.events[i] = h.events[parent]
		i = parent
	}
	h.events[i] = e
}

func (h *heapQueue) pop(limit Time) (event, bool) {
	if len(h.events) == 0 || h.events[0].at > limit {
		return event{}, false
	}
	first := h.events[0]
	last := h.events[len(h.events)-1]
	h.events = h.events[:len(h.events)-1]
	n := len(h.events)
	if n == 0 {
		return first, true
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= n {
			break
		}
		if child+1 < n && h.events[child+1].before(&h.events[child]) {
			child++
		}
		if !h.events[child].before(&last) {
			break
		}
		h.events[i] = h.events[child]
		i = child
	}
	h.events[i] = last
	return first, true
}
