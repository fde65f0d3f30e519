package linear

import (
	"gyre/model"
	"gyre/sim"
)

// key is one terminator id.
type key struct {
	spot
	id      model.TermID
	service model.ServiceID
	n       uint16
	router  sim.NodeID
	first   int32 // operation under way plus 1, oldest first
	last    int32
	index   uint64 // log index of the newest position
	before  uint64 // and of the one before
	changed sim.Time
	gen     uint64 // generation of the newest create, of the reference
	asked   uint64 // newest generation its router has asked for
	fading  bool
	seen    glimpse // what its router has been told of it
}

// operation is a router's request for one id.
type operation struct {
	verb   verb
	key    int32
	next   int32 // of the same key, plus 1
	peer   sim.NodeID
	conn   sim.ConnID
	req    uint64
	gen    uint64
	floor  uint32
	own    uint32
	seen   glimpse // what the router had been told of the id when it asked
	call   sim.Time
	seq    int64
	effect int64
}

// keys has the ids that matter: those with a row, with an operation under way, or about which a controller may still
// give an old answer.
type keys struct {
	list  []key
	free  []int32
	at    map[model.TermID]int32
	ops   []operation
	spare []int32
	fades []fading // in the order of their indexes
	head  int
}

type fading struct {
	id    model.TermID
	index uint64
}

// fadesMax bounds the ids that are kept only because a controller is behind.
const fadesMax = 1 << 16

func (k *keys) init() { k.at = map[model.TermID]int32{} }

// known makes everything there is known to everybody.
func (k *keys) known() {
	for i := range k.list {
		k.list[i].floor = k.list[i].now
	}
}

func (k *keys) find(id model.TermID) *key {
	if i, ok := k.at[id]; ok {
		return &k.list[i]
	}
	return nil
}

func (k *keys) need(id model.TermID) int32 {
	if i, ok := k.at[id]; ok {
		return i
	}
	var i int32
	if n := len(k.free); n > 0 {
		i, k.free = k.free[n-1], k.free[:n-1]
	} else {
		i = int32(len(k.list))
		k.list = append(k.list, key{})
	}
	k.list[i] = key{id: id, router: id.Router()}
	k.at[id] = i
	return i
}

// idle puts an id that has neither row nor operation on the list of those to forget, once every controller has
// applied what it knows: then no old answer can come. Forgetting an absent id whose floor is its newest position
// changes no verdict, for both count from 0 again.
func (k *keys) idle(i int32) {
	x := &k.list[i]
	if x.now&1 == 1 || x.first != 0 || x.floor != x.now || x.fading {
		return
	}
	x.fading = true
	k.fades = append(k.fades, fading{x.id, x.index})
}

// fade forgets ids that every controller knows to be gone.
func (k *keys) fade(least uint64) {
	for k.head < len(k.fades) {
		f := k.fades[k.head]
		if f.index > least && len(k.fades)-k.head < fadesMax {
			break
		}
		k.head++
		i, ok := k.at[f.id]
		if !ok {
			continue
		}
		x := &k.list[i]
		x.fading = false
		if x.now&1 == 1 || x.first != 0 || x.floor != x.now {
			continue
		}
		if x.index > f.index {
			k.idle(i)
			continue
		}
		delete(k.at, x.id)
		k.free = append(k.free, i)
	}
	if k.head > 0 && 2*k.head >= len(k.fades) {
		n := copy(k.fades, k.fades[k.head:])
		k.fades, k.head = k.fades[:n], 0
	}
}
