package scenarios

import (
	"math/bits"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// Coverage is a set of transitions between abstract states of a terminator: what its router's registry says of it,
// which row the log has, what is wanted, how its router is connected, and whom it takes for the leader. Coverage of
// such states finds more than coverage of lines (ModelFuzz, OOPSLA 2025).
type Coverage struct {
	words [transitions / 64]uint64
	count int
}

// The parts of an abstract state, each a small number.
const (
	entryStates   = 4 // model.State
	rowStates     = 4 // none, the entry's own, another one, several
	wantStates    = 2
	channelStates = 4 // none, followers only, the leader's among them, all
	leaderStates  = 3 // nobody, the wrong one, the right one
	states        = entryStates * rowStates * wantStates * channelStates * leaderStates
	transitions   = (states*states + 63) / 64 * 64
)

// Transitions is how many transitions there could be; most of them are impossible.
const Transitions = states * states

// Add puts a transition into the set and reports whether it is new.
func (c *Coverage) Add(transition int) bool {
	word, bit := transition/64, uint64(1)<<(transition%64)
	if c.words[word]&bit != 0 {
		return false
	}
	c.words[word] |= bit
	c.count++
	return true
}

// Count returns how many transitions are in the set.
func (c *Coverage) Count() int { return c.count }

// Each visits the transitions in order.
func (c *Coverage) Each(visit func(transition int)) {
	for i, w := range c.words {
		for ; w != 0; w &= w - 1 {
			visit(i*64 + bits.TrailingZeros64(w))
		}
	}
}

// Scout watches a run and records the transitions it goes through.
type Scout struct {
	Seen Coverage

	controllers int // spares included
	routers     []scouted
	byTerm      map[model.TermID]*scoutedKey
	gens        map[model.TermID]uint64 // of the reference: generation of the newest create
	applied     uint64
	leader      sim.NodeID
	term        uint64
}

// scouted is what is known of one router.
type scouted struct {
	channels uint16 // controllers, a bit each
	follows  sim.NodeID
	bound    map[model.ServiceID]uint16
	keys     map[uint64]*scoutedKey
	order    []*scoutedKey
}

// scoutedKey is what is known of one terminator that somebody may want.
type scoutedKey struct {
	router  sim.NodeID
	service model.ServiceID
	index   uint16
	entry   model.TermID
	state   model.State
	rows    []model.TermID
	wanted  bool
	present int // its abstract state
}

// NewScout returns a scout for a run of the plan.
func NewScout(p *Plan) *Scout {
	s := &Scout{controllers: p.Controllers + p.Spares, byTerm: map[model.TermID]*scoutedKey{},
		gens: map[model.TermID]uint64{}}
	s.routers = make([]scouted, p.Routers)
	for i := range s.routers {
		s.routers[i].keys = map[uint64]*scoutedKey{}
		s.routers[i].bound = map[model.ServiceID]uint16{}
	}
	ids := map[string]model.ServiceID{}
	for id, name := range p.Names().Services {
		ids[name] = model.ServiceID(id)
	}
	p.eachHosted(func(service string, router sim.NodeID, count int) {
		s.router(router).bound[ids[service]] = uint16(count)
	})
	return s
}

// Input implements sim.Observer: a process that starts has no registry and no channel.
func (s *Scout) Input(stamp sim.Stamp, in *sim.Input[model.Msg]) {
	if in.Kind != sim.Boot {
		return
	}
	r := s.router(stamp.Node)
	if r == nil {
		if s.leader == stamp.Node {
			s.lead(0, s.term)
		}
		return
	}
	r.channels, r.follows = 0, 0
	for _, k := range r.order {
		k.entry, k.state = 0, model.Absent
		s.move(r, k)
	}
}

// Event implements sim.Observer.
func (s *Scout) Event(sim.Time, sim.Outside) {}

// Effect implements sim.Observer.
func (s *Scout) Effect(stamp sim.Stamp, e *sim.Effect[model.Msg]) {
	if e.Kind != sim.Note {
		return
	}
	m := &e.Msg
	switch m.Kind {
	case model.NoteApplied:
		s.apply(m)
	case model.NoteLeader:
		if m.Flags&model.On != 0 && m.Index >= s.term {
			s.lead(stamp.Node, m.Index)
		} else if m.Flags&model.On == 0 && s.leader == stamp.Node {
			s.lead(0, s.term)
		}
	case model.NoteState, model.NoteFollows, model.NoteChannel:
		if r := s.router(stamp.Node); r != nil {
			s.noted(r, stamp.Node, m)
		}
	}
}

func (s *Scout) router(id sim.NodeID) *scouted {
	if i := int(id) - s.controllers - 1; i >= 0 && i < len(s.routers) {
		return &s.routers[i]
	}
	return nil
}

// noted takes a note of a router.
func (s *Scout) noted(r *scouted, id sim.NodeID, m *model.Msg) {
	switch m.Kind {
	case model.NoteState:
		k := s.key(r, id, m.Service, m.N)
		if m.State != model.Absent || k.entry == m.Term {
			k.entry, k.state = m.Term, m.State
		}
		s.move(r, k)
		return
	case model.NoteFollows:
		r.follows = m.Peer
	case model.NoteChannel:
		if m.Flags&model.On != 0 {
			r.channels |= 1 << m.Peer
		} else {
			r.channels &^= 1 << m.Peer
		}
	}
	s.moveAll(r)
}

func (s *Scout) lead(id sim.NodeID, term uint64) {
	s.leader, s.term = id, term
	for i := range s.routers {
		s.moveAll(&s.routers[i])
	}
}

// apply takes an entry of the log, the first time any controller applies it.
func (s *Scout) apply(m *model.Msg) {
	e, ok := m.Body.(*model.Entry)
	if !ok || m.Index <= s.applied {
		return
	}
	s.applied = m.Index
	if m.Code != model.OK && e.Verb != model.DeleteTerms {
		return
	}
	switch e.Verb {
	case model.CreateTerm:
		s.gens[e.Term] = e.Gen
		if r := s.router(e.Router); r != nil && s.byTerm[e.Term] == nil {
			k := s.key(r, e.Router, e.Service, e.N)
			if slices.Contains(k.rows, e.Term) {
				return
			}
			k.rows = append(k.rows, e.Term)
			s.byTerm[e.Term] = k
			s.move(r, k)
		}
	case model.DeleteTerm:
		s.gone(e.Term)
	case model.DeleteTerms:
		for i, t := range e.Terms {
			if !e.Spares(i, s.gens[t]) {
				s.gone(t)
			}
		}
	case model.Bind, model.Unbind:
		if r := s.router(e.Router); r != nil {
			r.bound[e.Service] = 0
			if e.Verb == model.Bind {
				r.bound[e.Service] = e.N
			}
			for _, k := range r.order {
				if k.service == e.Service {
					k.wanted = e.Verb == model.Bind && k.index < e.N
					s.move(r, k)
				}
			}
		}
	}
}

func (s *Scout) gone(term model.TermID) {
	k := s.byTerm[term]
	if k == nil {
		return
	}
	delete(s.byTerm, term)
	if i := slices.Index(k.rows, term); i >= 0 {
		k.rows = slices.Delete(k.rows, i, i+1)
	}
	s.move(s.router(k.router), k)
}

func (s *Scout) key(r *scouted, router sim.NodeID, service model.ServiceID, index uint16) *scoutedKey {
	code := uint64(service)<<16 | uint64(index)
	k := r.keys[code]
	if k == nil {
		k = &scoutedKey{router: router, service: service, index: index, wanted: index < r.bound[service]}
		k.present = s.state(r, k)
		r.keys[code] = k
		r.order = append(r.order, k)
	}
	return k
}

func (s *Scout) moveAll(r *scouted) {
	for _, k := range r.order {
		s.move(r, k)
	}
}

// move records the transition of a terminator to its state now, if it is another one.
func (s *Scout) move(r *scouted, k *scoutedKey) {
	now := s.state(r, k)
	if now == k.present {
		return
	}
	s.Seen.Add(k.present*states + now)
	k.present = now
}

// state returns the abstract state of a terminator.
func (s *Scout) state(r *scouted, k *scoutedKey) int {
	row := 0
	switch {
	case len(k.rows) > 1:
		row = 3
	case len(k.rows) == 1 && k.rows[0] != k.entry:
		row = 2
	case len(k.rows) == 1:
		row = 1
	}
	channel := 0
	switch {
	case r.channels == 0:
	case bits.OnesCount16(r.channels) >= s.controllers:
		channel = 3
	case s.leader != 0 && r.channels>>s.leader&1 == 1:
		channel = 2
	default:
		channel = 1
	}
	follows := 1
	switch r.follows {
	case 0:
		follows = 0
	case s.leader:
		follows = 2
	}
	n := int(k.state)%entryStates*rowStates + row
	if n *= wantStates; k.wanted {
		n++
	}
	return (n*channelStates+channel)*leaderStates + follows
}
