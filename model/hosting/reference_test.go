package hosting

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// Desired implements Desirer: the fake's desired set is always new.
func (f *fake) Desired() (index uint64, known bool) { return 1, true }

// shared is what the scripted controllers of the reference have in common: rows and generations by id, as the log
// has them.
type shared struct {
	f     *fake
	index uint64
	rows  map[model.TermID]model.Row
	gens  map[model.TermID]uint64
	draw  sim.Stream
	rough bool // answers are late, lost and unwelcome
}

func newShared(without model.Cures, seed sim.Seed) *shared {
	f := newFake(model.Ziti210, seed, model.DefaultParams())
	f.without = without
	f.reg = New(model.Reference, f)
	s := &shared{f: f, rows: map[model.TermID]model.Row{}, gens: map[model.TermID]uint64{}, draw: seed.Stream("shared")}
	f.answer = s.take
	return s
}

// take lets a request take effect and its answer arrive, both later, in any order with others.
func (s *shared) take(w wire) {
	there, back := 10*sim.Millisecond, 10*sim.Millisecond
	lost, busy := false, false
	if s.rough {
		there, back = s.draw.Between(sim.Millisecond, 8*sim.Second), s.draw.Between(sim.Millisecond, 3*sim.Second)
		lost, busy = s.draw.Chance(1, 6), s.draw.Chance(1, 6)
	}
	s.f.when(s.f.now.Add(there), func() {
		answer := model.Msg{Req: w.m.Req, Term: w.m.Term, Code: model.OK, Body: w.m.Body}
		if busy {
			answer.Code = model.Busy
		} else {
			s.apply(&w.m, &answer)
		}
		if lost {
			return
		}
		s.f.when(s.f.now.Add(back), func() { s.deliver(w, &answer) })
	})
}

func (s *shared) deliver(w wire, m *model.Msg) {
	if c := s.f.ctrls[w.ctrl]; !c.connected || c.epoch != w.epoch {
		return
	}
	switch w.m.Kind {
	case model.CreateRequest:
		s.f.reg.CreateReply(w.ctrl, m)
	case model.RemoveRequest:
		s.f.reg.RemoveReply(w.ctrl, m)
	case model.Audit:
		s.f.reg.(Auditor).AuditReply(w.ctrl, m)
	}
}

func (s *shared) pass(id model.TermID, gen uint64) bool {
	if gen < s.gens[id] {
		return false
	}
	s.gens[id] = gen
	return true
}

func (s *shared) apply(m, answer *model.Msg) {
	if m.Kind == model.Audit {
		answer.Index, answer.Body = s.index, s.list()
		return
	}
	s.index++
	answer.Aux = s.index
	if m.Kind == model.CreateRequest {
		if !s.pass(m.Term, m.Index) {
			answer.Code, answer.Aux = model.Stale, s.gens[m.Term]
			return
		}
		s.rows[m.Term] = model.Row{Term: m.Term, Service: m.Service, N: m.N, Gen: m.Index}
		return
	}
	list := m.Body.(*model.TermList)
	for i, id := range list.Terms {
		gen := uint64(0)
		if i < len(list.Gens) {
			gen = list.Gens[i]
		}
		if s.pass(id, gen) {
			delete(s.rows, id)
		} else {
			answer.Code = model.Stale
		}
	}
}

func (s *shared) list() *model.RowList {
	list := &model.RowList{}
	for _, id := range slices.Sorted(maps.Keys(s.rows)) {
		list.Rows = append(list.Rows, s.rows[id])
	}
	return list
}

// awake says what is wrong with the wake-ups: every entry that is not settled must be in a queue, under way or paused,
// and the timer that ends that must be armed.
func (r *reference) awake() error {
	for _, t := range r.terms {
		under := t.fresh || t.queued
		for _, o := range r.ops {
			under = under || o.req == t.req
		}
		switch {
		case t.state != model.Establishing && t.state != model.Deleting:
		case !under && t.at == sim.Never:
			return fmt.Errorf("terminator %d is %s and nothing will wake it", t.id, t.state)
		case t.at != sim.Never && (r.dueAt == sim.Never || r.dueAt > t.at):
			return fmt.Errorf("terminator %d waits until %s and the timer is at %s", t.id, t.at, r.dueAt)
		}
	}
	switch {
	case len(r.ops) > 0 && (r.dueAt == sim.Never || r.dueAt > r.ops[0].end):
		return fmt.Errorf("a request ends at %s and the timer is at %s", r.ops[0].end, r.dueAt)
	case len(r.ops) == 0 && r.creates.len()+r.removes.len()+len(r.decided) > 0 && r.flushAt == sim.Never:
		return fmt.Errorf("%d decisions, %d creates and %d removes wait for nothing", len(r.decided), r.creates.len(),
			r.removes.len())
	}
	return nil
}

// ordeal drives a registry with random actions for ten minutes while requests and answers are late, lost, refused and
// overtake each other, then with everything well for five. It says what is not as it should be.
func ordeal(without model.Cures, seed sim.Seed) error {
	s := newShared(without, seed)
	f, draw := s.f, seed.Stream("ordeal")
	f.limit.window = 1 + int(draw.Below(6))
	hosts, asleep := map[Key]bool{}, error(nil)
	f.leader, s.rough = 1, true
	f.at(0, func() { f.join(1) })
	for i := range 150 {
		f.at(float64(i)*4000+float64(draw.Below(4000)), func() {
			key := Key{Service: model.ServiceID(1 + draw.Below(4)), Index: uint16(draw.Below(2))}
			ctrl := sim.NodeID(1 + draw.Below(3))
			switch draw.Below(9) {
			case 0, 1, 2:
				f.reg.Host(key)
				hosts[key] = true
			case 3, 4:
				f.reg.Close(key)
				delete(hosts, key)
			case 5:
				f.join(ctrl)
			case 6:
				f.lose(ctrl)
				f.reg.CtrlEvent(Disconnected, ctrl)
			case 7:
				for _, id := range slices.Sorted(maps.Keys(s.rows)) { // the operator deletes a row
					delete(s.rows, id)
					s.index++
					break
				}
			case 8: // an edit: closed and hosted in one instant
				f.reg.Close(key)
				f.reg.Host(key)
				hosts[key] = true
			}
		})
	}
	for ms := 0; ms < 900_000; ms += 250 {
		f.at(float64(ms)+0.5, func() {
			if err := f.reg.(*reference).awake(); err != nil && asleep == nil && without&(1<<model.Reliability) == 0 {
				asleep = fmt.Errorf("at %s: %w", f.now, err)
			}
		})
	}
	f.at(600_000, func() {
		s.rough = false
		f.join(1)
	})
	f.run(sim.Time(15 * sim.Minute))
	if asleep != nil {
		return asleep
	}
	established := 0
	for _, t := range f.reg.(*reference).terms {
		if _, row := s.rows[t.id]; !hosts[t.key] || t.state != model.Established || !row {
			return fmt.Errorf("at rest %v is %s, wanted %v, row %v", t.key, t.state, hosts[t.key], row)
		}
		established++
	}
	if established != len(hosts) || len(s.rows) != len(hosts) {
		return fmt.Errorf("%d wanted, %d established, %d rows", len(hosts), established, len(s.rows))
	}
	return nil
}

// TestReferenceOrdeal: whatever is late, lost or overtaken, the reference comes to what it should, and at every moment
// something is armed that will wake what is not settled.
func TestReferenceOrdeal(t *testing.T) {
	for seed := range sim.Seed(200) {
		if err := ordeal(0, seed+1); err != nil {
			t.Fatalf("seed %d: %v", seed+1, err)
		}
	}
}

// TestNaiveOrdeal: all corners audit, so all heal once every answer comes in time. They differ in how they get there.
func TestNaiveOrdeal(t *testing.T) {
	for without := model.Cures(1); without <= model.AllCures; without++ {
		for seed := range sim.Seed(3) {
			if err := ordeal(without, seed+1); err != nil {
				t.Errorf("without %v, seed %d: %v", without.List(), seed+1, err)
			}
		}
	}
}

// TestReferenceEdit: to close and host in one instant is one create, and the terminator is never on its way out.
func TestReferenceEdit(t *testing.T) {
	s := newShared(0, 1)
	f, key := s.f, Key{Service: 1}
	f.leader = 1
	f.at(0, func() { f.join(1) })
	f.at(1000, func() { f.reg.Host(key) })
	f.at(5000, func() {
		f.reg.Close(key)
		f.reg.Host(key)
	})
	f.run(sim.Time(10 * sim.Second))
	if len(f.creates) != 2 || len(f.removes) != 0 || len(s.rows) != 1 || strings.Contains(f.text(), "deleting") {
		t.Errorf("%d creates, %d removes, %d rows: %s", len(f.creates), len(f.removes), len(s.rows), f.text())
	}
	if first, second := f.creates[0].m, f.creates[1].m; first.Term != second.Term || first.Index >= second.Index {
		t.Errorf("the second create is %v after %v: want the same id and a newer generation", second, first)
	}
}

// TestReferenceOldNews: an audit answered from before what the router has seen is not acted on; one that is as new is.
func TestReferenceOldNews(t *testing.T) {
	for _, c := range []struct {
		without model.Cures
		index   uint64 // of an answer that knows no rows; the row was created at 1
		creates int
	}{{0, 0, 1}, {0, 1, 2}, {1 << model.Sync, 0, 2}} {
		s := newShared(c.without, 1)
		f := s.f
		f.leader = 1
		f.at(0, func() { f.join(1) })
		f.at(1000, func() { f.reg.Host(Key{Service: 1}) })
		f.at(4000, func() {
			r := f.reg.(*reference)
			r.ask()
			r.AuditReply(1, &model.Msg{Kind: model.AuditReply, Req: r.audit, Index: c.index, Body: &model.RowList{}})
		})
		f.run(sim.Time(4500 * sim.Millisecond))
		if len(f.creates) != c.creates {
			t.Errorf("without %v, an answer from index %d: %d creates, want %d", c.without.List(), c.index, len(f.creates),
				c.creates)
		}
	}
}

// TestReferenceLateAnswer: an answer to a decision that was overruled changes nothing; one to the newest decision counts
// even after its request was given up.
func TestReferenceLateAnswer(t *testing.T) {
	s := newShared(0, 1)
	f, key := s.f, Key{Service: 1}
	f.answer = nil
	f.leader = 1
	state := func() string {
		text := ""
		f.reg.Entries(func(_ model.TermID, _ Key, state model.State) { text += state.String() })
		return text
	}
	f.at(0, func() { f.join(1) })
	f.at(1000, func() { f.reg.Host(key) })
	f.at(2000, func() { f.reg.Close(key) })
	f.at(2500, func() { f.reg.Host(key) })
	f.at(3000, func() { f.createReply(1, model.OK) })
	f.run(sim.Time(3200 * sim.Millisecond))
	if state() != "establishing" {
		t.Errorf("after an answer that was overruled: %s", state())
	}
	f.at(3300, func() { f.reg.Close(key) })
	f.at(4000, func() { // what is decided in the same instant counts before what arrives in it
		f.reg.Host(key)
		f.removeReply(2, model.OK)
	})
	f.at(14000, func() { f.createReply(3, model.OK) }) // given up at 9 s, and asked again
	f.run(sim.Time(15 * sim.Second))
	if state() != "established" || len(f.creates) < 4 {
		t.Errorf("after a late answer: %s, %d creates", state(), len(f.creates))
	}
}
