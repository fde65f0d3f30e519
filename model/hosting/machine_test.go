package hosting

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gyre/model"
	"gyre/sim"
)

// hostMachine drives a registry beside the set of keys that should be hosted. Every request that leaves the router is
// answered when and how rapid says, or never.
type hostMachine struct {
	f       *fake
	release model.Release
	hosted  map[Key]bool
	made    map[model.TermID]Key // whose id it is, once it has been one's
	creates int                  // answered, in order of sending
	removes int
	gave    map[Key]bool   // given up: before ziti-2.1.0, after a quarter of an hour in vain
	living  []model.TermID // entries that are not being deleted
	told    int            // lines of the log that have been looked at
}

// TestRegistryMachine: whatever is hosted, closed, answered, lost and reconnected, a registry has an entry for each key it
// should host and has not given up, and no living one for any other; it never gives an id to two keys, never calls
// invalid what it has, and lets every job of the pool end. ziti-2.1.0 is right, in the end, once all is well.
func TestRegistryMachine(t *testing.T) {
	for _, release := range []model.Release{model.Ziti100, model.Ziti118, model.Ziti210} {
		t.Run(fmt.Sprint(release), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { playMachine(rt, release, nil) })
		})
	}
}

func playMachine(rt *rapid.T, release model.Release, mistake func(m *mistaken)) {
	m := &hostMachine{release: release, hosted: map[Key]bool{}, gave: map[Key]bool{}, made: map[model.TermID]Key{}}
	m.f = newFake(release, sim.Seed(rapid.Uint64().Draw(rt, "seed")), model.DefaultParams())
	m.f.limit.window = rapid.IntRange(1, 8).Draw(rt, "window")
	f := m.f
	if mistake != nil {
		wrong := &mistaken{Registry: f.reg}
		mistake(wrong)
		f.reg = wrong
	}
	key := rapid.Custom(func(t *rapid.T) Key {
		return Key{model.ServiceID(rapid.IntRange(1, 4).Draw(t, "service")), uint16(rapid.IntRange(0, 1).Draw(t, "index"))}
	})
	ctrl := rapid.Custom(func(t *rapid.T) sim.NodeID { return sim.NodeID(rapid.IntRange(1, 3).Draw(t, "ctrl")) })
	code := rapid.SampledFrom([]model.Code{model.OK, model.OK, model.Busy, model.Failed, 0}) // 0 is no answer
	do := func(call func()) { f.when(f.now, call); f.run(f.now) }
	rt.Repeat(map[string]func(*rapid.T){
		"host": func(rt *rapid.T) {
			if k := key.Draw(rt, "key"); !m.hosted[k] { // the router never asks twice
				m.hosted[k] = true
				delete(m.gave, k)
				do(func() { f.reg.Host(k) })
			}
		},
		"close": func(rt *rapid.T) {
			k := key.Draw(rt, "key")
			delete(m.hosted, k)
			do(func() { f.reg.Close(k) })
		},
		"answer": func(rt *rapid.T) { m.answer(code.Draw(rt, "code")) },
		"answer all": func(*rapid.T) {
			for range len(f.creates) + len(f.removes) - m.creates - m.removes { // what is asked meanwhile waits
				m.answer(model.OK)
			}
		},
		"wait":      func(rt *rapid.T) { f.run(f.now.Add(sim.Duration(rapid.IntRange(0, 5_000_000).Draw(rt, "span")))) },
		"wait long": func(rt *rapid.T) { f.run(f.now.Add(sim.Duration(rapid.IntRange(0, 400).Draw(rt, "s")) * sim.Second)) },
		"join":      func(rt *rapid.T) { c := ctrl.Draw(rt, "to"); do(func() { f.join(c) }) },
		"lose": func(rt *rapid.T) {
			if c := ctrl.Draw(rt, "of"); f.ctrls[c].connected {
				do(func() { f.lose(c); f.reg.CtrlEvent(Disconnected, c) })
			}
		},
		"shut": func(rt *rapid.T) {
			if c := ctrl.Draw(rt, "of"); f.ctrls[c].registered {
				do(func() { f.shut(c); f.reg.CtrlEvent(Disconnected, c) })
			}
		},
		"lead": func(rt *rapid.T) {
			c := ctrl.Draw(rt, "who")
			do(func() { f.leader = c; f.reg.CtrlEvent(LeaderChanged, c) })
		},
		"sessions": func(rt *rapid.T) {
			c := ctrl.Draw(rt, "from")
			do(func() { f.reg.SessionsRemoved(c, []model.Token{0, model.NewToken(c, 1, 1)}) })
		},
		"validate": func(rt *rapid.T) {
			if len(m.living) > 0 {
				m.validate(rt, rapid.SampledFrom(m.living).Draw(rt, "id"))
			}
		},
		"": func(rt *rapid.T) { m.check(rt, release == model.Ziti210) },
	})
	m.rest(rt)
}

// answer answers the oldest request that has none.
func (m *hostMachine) answer(code model.Code) {
	f := m.f
	create := m.creates < len(f.creates) && (m.removes == len(f.removes) || f.creates[m.creates].at <= f.removes[m.removes].at)
	switch {
	case create:
		if m.creates++; code != 0 {
			f.when(f.now, func() { f.createReply(m.creates, code) })
		}
	case m.removes < len(f.removes):
		if m.removes++; code != 0 {
			f.when(f.now, func() { f.removeReply(m.removes, code) })
		}
	}
	f.run(f.now)
}

// check looks at the entries. Before ziti-2.1.0 the listener makes one call after the other, and each waits for what it
// leads to, so only at rest do the entries match what is hosted.
func (m *hostMachine) check(rt *rapid.T, match bool) {
	living := map[Key]int{}
	any := map[Key]bool{}
	last := model.TermID(0)
	m.living = m.living[:0]
	m.f.reg.Entries(func(id model.TermID, key Key, state model.State) {
		if id <= last || id.Router() != m.f.Self() {
			rt.Fatalf("entry %d after %d", id, last)
		}
		last = id
		if k, ok := m.made[id]; ok && k != key {
			rt.Fatalf("id %d is of %v, and was of %v", id, key, k)
		}
		m.made[id] = key
		any[key] = true
		if state != model.Deleting {
			living[key]++
			m.living = append(m.living, id)
		}
	})
	for key, n := range living {
		if match && (!m.hosted[key] || n > 1) {
			rt.Fatalf("%v: hosted %v, %d living entries", key, m.hosted[key], n)
		}
	}
	for _, l := range m.f.log[m.told:] {
		if l.kind == "give-up" && m.release != model.Ziti210 {
			m.gave[m.made[m.f.id(l.text)]] = true
		}
	}
	m.told = len(m.f.log)
	for key := range m.hosted {
		if match && !any[key] && !m.gave[key] {
			rt.Fatalf("%v is hosted, and has no entry\n%s", key, m.f.text())
		}
	}
	if len(m.f.failed) > 0 {
		rt.Fatal(m.f.failed)
	}
}

// validate asks for an entry, as a controller does. It is no part of check, for it changes what it asks for: what is valid
// is established from then on.
func (m *hostMachine) validate(rt *rapid.T, id model.TermID) {
	f := m.f
	f.when(f.now, func() {
		if !f.reg.Valid(id) {
			rt.Fatalf("entry %d of %v is invalid, and is hosted", id, m.made[id])
		}
	})
	f.run(f.now)
}

// rest lets everything be well for an hour.
func (m *hostMachine) rest(rt *rapid.T) {
	f := m.f
	f.answer = func(w wire) {
		k, n := len(f.creates), len(f.removes)
		f.when(f.now.Add(20*sim.Millisecond), func() {
			switch w.m.Kind {
			case model.CreateRequest:
				f.createReply(k, model.OK)
			case model.RemoveRequest:
				f.removeReply(n, model.OK)
			}
		})
	}
	f.when(f.now, func() { f.leader = 1; f.join(1) })
	f.run(f.now.Add(sim.Hour))
	m.check(rt, true)
	if len(f.pool.running)+len(f.pool.queue) > 0 {
		rt.Fatalf("%d jobs run and %d wait", len(f.pool.running), len(f.pool.queue))
	}
	if m.release != model.Ziti210 {
		return
	}
	keys := []Key{}
	f.reg.Entries(func(id model.TermID, key Key, state model.State) {
		if keys = append(keys, key); state != model.Established {
			rt.Fatalf("at rest, entry %d of %v is %s", id, key, state)
		}
	})
	slices.SortFunc(keys, func(a, b Key) int { return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Index, b.Index)) })
	if want := keysOf(m.hosted); !slices.Equal(keys, want) {
		rt.Fatalf("at rest it has %v, and hosts %v", keys, want)
	}
}

func keysOf(set map[Key]bool) []Key {
	cache := map[Key]model.TermID{}
	for key := range set {
		cache[key] = 1
	}
	return sortedKeys(cache)
}
