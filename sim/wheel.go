package sim

import "math/bits"

// wheel is a hierarchical timing wheel (Varghese and Lauck, SOSP 1987) with a bitmap per level. A slot of
// level 0 is one microsecond, so lists in order of insertion give first come, first served for free; cascades
// keep the order. Cost does not grow with the number of pending events.
type wheel struct {
	base  uint64 // no pending event is before it
	n     int
	free  int32
	nodes []wheelNode
	heads [wheelLevels][wheelSlots]wheelList
	used  [wheelLevels][wheelSlots / 64]uint64
}

const (
	wheelBits   = 8
	wheelSlots  = 1 << wheelBits
	wheelLevels = 8
)

type wheelNode struct {
	event
	next int32 // 1 more than an index; 0 ends the list
}

type wheelList struct{ first, last int32 }

func (w *wheel) len() int { return w.n }

func (w *wheel) each(visit func(e *event)) {
	for level := range w.heads {
		for slot := range w.heads[level] {
			for i := w.heads[level][slot].first; i != 0; i = w.nodes[i-1].next {
				visit(&w.nodes[i-1].event)
			}
		}
	}
}

func (w *wheel) push(e event) {
	i := w.free
	if i == 0 {
		w.nodes = append(w.nodes, wheelNode{})
		i = int32(len(w.nodes))
	} else {
		w.free = w.nodes[i-1].next
	}
	w.nodes[i-1] = wheelNode{event: e}
	w.n++
	w.link(i)
}

// link puts a node at the end of the list of its slot: the highest byte in which its time differs from base
// names the level.
func (w *wheel) link(i int32) {
	at := uint64(w.nodes[i-1].at)
	level := 0
	if diff := at ^ w.base; diff != 0 {
		level = (63 - bits.LeadingZeros64(diff)) / wheelBits
	}
	slot := at >> (level * wheelBits) & (wheelSlots - 1)
	list := &w.heads[level][slot]
	if list.first == 0 {
		list.first = i
		w.used[level][slot/64] |= 1 << (slot % 64)
	} else {
		w.nodes[list.last-1].next = i
	}
	list.last = i
}

// next returns the first used slot of a level at or after from.
func (w *wheel) next(level int, from uint64) (uint64, bool) {
	for word := from / 64; word < wheelSlots/64; word++ {
		set := w.used[level][word]
		if word == from/64 {
			set &= ^uint64(0) << (from % 64)
		}
		if set != 0 {
			return word*64 + uint64(bits.TrailingZeros64(set)), true
		}
	}
	return 0, false
}

func (w *wheel) pop(limit Time) (event, bool) {
	for w.n > 0 {
		if slot, ok := w.next(0, w.base&(wheelSlots-1)); ok {
			at := w.base&^(wheelSlots-1) | slot
			if Time(at) > limit {
				return event{}, false
			}
			w.base = at
			return w.unlink(slot), true
		}
		if !w.cascade(limit) {
			return event{}, false
		}
	}
	return event{}, false
}

// unlink removes the first event of a slot of level 0.
func (w *wheel) unlink(slot uint64) event {
	list := &w.heads[0][slot]
	i := list.first
	node := &w.nodes[i-1]
	if list.first = node.next; list.first == 0 {
		w.used[0][slot/64] &^= 1 << (slot % 64)
	}
	node.next, w.free = w.free, i
	w.n--
	return node.event
}

// cascade moves base to the next used slot above level 0 and spreads its list over the levels below. It
// reports false, and leaves base alone, if that slot begins after limit.
func (w *wheel) cascade(limit Time) bool {
	for level := 1; level < wheelLevels; level++ {
		shift := level * wheelBits
		slot, ok := w.next(level, w.base>>shift&(wheelSlots-1))
		if !ok {
			continue
		}
		start := w.base>>shift&^(wheelSlots-1) | slot
		start <<= shift
		if Time(start) > limit {
			return false
		}
		w.base = start
		list := w.heads[level][slot]
		w.heads[level][slot] = wheelList{}
		w.used[level][slot/64] &^= 1 << (slot % 64)
		for i := list.first; i != 0; {
			following := w.nodes[i-1].next
			w.nodes[i-1].next = 0
			w.link(i)
			i = following
		}
		return true
	}
	Fail("wheel: %d events pending and none found", w.n)
	return false
}
