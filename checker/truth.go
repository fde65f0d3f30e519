package checker

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// truth is what is so, as against what anybody believes: policy and rows by the log, registries and channels by
// the routers' notes.
type truth struct {
	index     uint64 // newest log index applied anywhere
	routers   []router
	byNode    []int32 // position in routers plus one, by NodeID
	policies  map[uint64]policy
	keys      []key
	byKey     map[uint64]int32
	terms     []term
	byTerm    map[model.TermID]int32
	free      []int32 // places in terms
	wrong     int64   // wrong keys of connected routers
	connected int     // routers up and with a channel
	needed    uint64
	sdk       listeners
	fates     fates
	sum       uint64  // of the rows and rules
	rewanted  []int32 // keys of which the present change of policy changed what is wanted
}

// router is what holds of one router.
type router struct {
	node     sim.NodeID
	up       bool
	channels []channel
	wrong    int64 // wrong keys, connected or not
}

type channel struct {
	peer  sim.NodeID
	epoch uint64
}

// connected reports whether the router is judged: it is up and can speak to a controller.
func (r *router) connected() bool { return r.up && len(r.channels) > 0 }

// policy is what the log says of (router, service).
type policy struct {
	count   uint16 // bound terminators
	allowed bool
}

// want says how many rows a key should have.
type want uint8

const (
	unwanted  want = iota // none
	tolerated             // none or one
	wanted                // one
)

// key is a terminator that somebody may want.
type key struct {
	service model.ServiceID
	index   uint16
	want    want
	wrong   bool
	gaveUp  bool
	router  int32
	rows    int32
	hosted  int32
	creates uint64
	deletes uint64
	newest  model.TermID
	spin    *spin // nil until it first undoes itself
	marks   [keyMarks]mark
}

func (k *key) right() bool {
	switch k.want {
	case wanted:
		return k.rows == 1 && k.hosted == 1
	case tolerated:
		return k.rows <= 1 && k.hosted == k.rows
	default:
		return k.rows == 0
	}
}

// returnsMax is how many steps are remembered that could be the return of a row: its first apply, the answer,
// and applies by replicas.
const returnsMax = 8

// term is a terminator id that has a row, or an entry in a registry.
type term struct {
	id      model.TermID
	key     int32 // of the row
	row     bool
	entry   bool // some router's registry has it
	live    bool // and means to keep it
	host    int32
	mine    int32       // key of the entry, or -1
	state   model.State // of the entry
	since   sim.Time    // when it took it
	changed uint64      // and in which step
	gone    sim.Time    // when the row was deleted, if the entry outlived it
	index   uint64      // log index of the create
	gen     uint64      // generation of the newest create, of the reference
	back    sim.Time    // when it was created
	born    uint64      // step that created it first
	returns [returnsMax]uint64
	known   int // returns filled; the first is the oldest
	answer  uint64
	// The decision to undo the row: who was first since it was created.
	decided  uint64
	deed     deed
	descent  descent
	outsides uint64 // outside events before the row was created
	marks    [termMarks]mark
	asked    [2]asked                   // the newest requests that reached a controller
	queued   queued                     // by a validation
	turns    [model.Deleting + 1]uint64 // the newest step in which the entry took each state
}

func (t *truth) init(cfg *model.Config) {
	t.policies = map[uint64]policy{}
	t.byKey = map[uint64]int32{}
	t.byTerm = map[model.TermID]int32{}
	t.sdk = listeners{hosts: cfg.SDKs, policies: map[uint64]policy{}}
	for _, node := range cfg.Routers {
		for int(node) >= len(t.byNode) {
			t.byNode = append(t.byNode, 0)
		}
		t.routers = append(t.routers, router{node: node})
		t.byNode[node] = int32(len(t.routers))
	}
}

// router returns the position of a router, or -1 for any other node.
func (t *truth) router(node sim.NodeID) int32 {
	if node < 0 || int(node) >= len(t.byNode) {
		return -1
	}
	return t.byNode[node] - 1
}

// key returns the position of a key and makes it if need be.
func (t *truth) key(r int32, service model.ServiceID, index uint16) int32 {
	code := uint64(r)<<32 | uint64(service)<<16 | uint64(index)
	if i, ok := t.byKey[code]; ok {
		return i
	}
	i := int32(len(t.keys))
	t.keys = append(t.keys, key{router: r, service: service, index: index})
	t.byKey[code] = i
	t.rewant(i)
	return i
}

// term returns the position of a terminator id, or -1.
func (t *truth) term(id model.TermID) int32 {
	if i, ok := t.byTerm[id]; ok {
		return i
	}
	return -1
}

func (t *truth) newTerm(id model.TermID) int32 {
	var i int32
	if n := len(t.free); n > 0 {
		i = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		i = int32(len(t.terms))
		t.terms = append(t.terms, term{})
	}
	t.terms[i] = term{id: id, host: -1, key: -1, mine: -1}
	t.byTerm[id] = i
	return i
}

// forget gives the place of a term back when nothing is left of it.
func (t *truth) forget(i int32) {
	if x := &t.terms[i]; !x.row && !x.entry {
		t.fates.drop(x)
		delete(t.byTerm, x.id)
		t.free = append(t.free, i)
	}
}

// hosts reports whether the row of a term is hosted by its router.
func (t *truth) hosts(x *term) bool { return x.row && x.live && x.host == t.keys[x.key].router }

// fix brings the counts of wrong keys up to date after a change of key i.
func (t *truth) fix(i int32) {
	k := &t.keys[i]
	wrong := !k.right()
	if wrong == k.wrong {
		return
	}
	k.wrong = wrong
	by := int64(1)
	if !wrong {
		by = -1
	}
	r := &t.routers[k.router]
	r.wrong += by
	if r.connected() {
		t.wrong += by
	}
}

// rewant brings what is wanted of key i up to date after a change of policy. It reports whether it changed.
func (t *truth) rewant(i int32) bool {
	k := &t.keys[i]
	p := t.policies[uint64(k.router)<<16|uint64(k.service)]
	now := unwanted
	switch {
	case k.index >= model.SDKIndex:
		now = t.wantOf(k)
	case k.index < p.count && p.allowed:
		now = wanted
	case k.index < p.count:
		now = tolerated
	}
	if now == k.want {
		return false
	}
	if now == wanted && k.rows == 0 || now == unwanted && k.rows > 0 {
		t.needed++
	}
	k.want = now
	t.rewanted = append(t.rewanted, i)
	t.fix(i)
	return true
}

// setPolicy changes the policy of (router, service) and reports whether it matters.
func (t *truth) setPolicy(r int32, service model.ServiceID, change func(*policy)) bool {
	code := uint64(r)<<16 | uint64(service)
	before := t.policies[code]
	after := before
	change(&after)
	t.policies[code] = after
	node := t.routers[r].node
	t.sum += ruleSum(node, service, after.count, after.allowed) - ruleSum(node, service, before.count, before.allowed)
	for n := range max(before.count, after.count) {
		t.rewant(t.key(r, service, n))
	}
	return before != after
}

// setEntry moves the registry entry of a term. It reports whether the row's key was right before and is wrong
// now.
func (t *truth) setEntry(i, host int32, to model.State) bool {
	x := &t.terms[i]
	was := t.hosts(x)
	x.host, x.entry = host, to != model.Absent
	x.live = to == model.Establishing || to == model.Established
	now := t.hosts(x)
	if was == now {
		return false
	}
	k := &t.keys[x.key]
	right := !k.wrong
	if now {
		k.hosted++
	} else {
		k.hosted--
	}
	t.fix(x.key)
	return right && k.wrong
}

// channel takes a note on a router's control channel. A note on an epoch older than the present one is late.
func (t *truth) channel(node sim.NodeID, m *model.Msg) {
	i := t.router(node)
	if i < 0 {
		return
	}
	t.judge(&t.routers[i], func(r *router) {
		at := slices.IndexFunc(r.channels, func(c channel) bool { return c.peer == m.Peer })
		switch {
		case m.Flags&model.On == 0:
			if at >= 0 && (m.Aux == 0 || m.Aux >= r.channels[at].epoch) {
				r.channels = slices.Delete(r.channels, at, at+1)
			}
		case at >= 0:
			r.channels[at].epoch = m.Aux
		default:
			r.channels = append(r.channels, channel{m.Peer, m.Aux})
		}
	})
}

// lacking counts the creates and deletes it would take to make every key right.
func (t *truth) lacking() uint64 {
	n := uint64(0)
	for i := range t.keys {
		switch k := &t.keys[i]; {
		case k.want == wanted && k.rows == 0:
			n++
		case k.want == unwanted && k.rows > 0:
			n += uint64(k.rows)
		}
	}
	return n
}
