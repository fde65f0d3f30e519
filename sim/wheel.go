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
	used  [wheelLevels][wheelSlots / 64]uint64 // a bit per slot that has events
	words [wheelLevels]uint64                  // a bit per word of used that is not zero
}

// 4096 slots a level: a message of tens of milliseconds and a timer of seconds both sit one cascade away.
const (
	wheelBits   = 12
	wheelSlots  = 1 << wheelBits
	wheelLevels = 5
)

type wheelNode struct {
	event
	next int32 // 1 more than an index; 0 ends the list
}

type wheelList struct{ first, last int32 }

func (w *wheel) len() int { return w.n }

func (w *wheel) each(visit func(e *event)) {
	for level := range w.heads {
		for slot, ok := w.next(level, 0); ok; slot, ok = w.next(level, slot+1) {
			for i := w.heads[level][slot].first; i != 0; i = w.nodes[i-1].next {
				visit(&w.nodes[i-1].event)
			}
			if slot == wheelSlots-1 {
				break
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
		w.words[level] |= 1 << (slot / 64)
	} else {
		w.nodes[list.last-1].next = i
	}
	list.last = i
}

// next returns the first used slot of a level at or after from.
func (w *wheel) next(level int, from uint64) (uint64, bool) {
	word := from / 64
	if set := w.used[level][word] >> (from % 64); set != 0 {
		return from + uint64(bits.TrailingZeros64(set)), true
	}
	later := w.words[level] &^ (1<<(word+1) - 1)
	if later == 0 {
		return 0, false
	}
	word = uint64(bits.TrailingZeros64(later))
	return word*64 + uint64(bits.TrailingZeros64(w.used[level][word])), true
}

// vacate marks a slot as empty.
func (w *wheel) vacate(level int, slot uint64) {
	if w.used[level][slot/64] &^= 1 << (slot % 64); w.used[level][slot/64] == 0 {
		w.words[level] &^= 1 << (slot / 64)
	}
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
		w.vacate(0, slot)
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
		w.vacate(level, slot)
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
