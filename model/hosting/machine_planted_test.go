package hosting

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"gyre/internal/planted"
	"gyre/model"
	"gyre/sim"
)

// mistaken is a registry with a mistake: one call in so many goes wrong. What is zero goes right.
type mistaken struct {
	Registry
	closes, hosts, answers, runs every // is not told to the registry
	invalid                      every // is called invalid
	order                        bool  // the newest entry comes first
	swaps                        bool  // an id is another key's when it is established
}

// every counts, and says of each n-th that it is one; n is zero for none.
type every struct{ n, count int }

func (e *every) hit() bool {
	e.count++
	return e.n > 0 && e.count%e.n == 0
}

func (m *mistaken) Host(key Key) {
	if !m.hosts.hit() {
		m.Registry.Host(key)
	}
}

func (m *mistaken) Close(key Key) {
	if !m.closes.hit() {
		m.Registry.Close(key)
	}
}

func (m *mistaken) CreateReply(from sim.NodeID, msg *model.Msg) {
	if !m.answers.hit() {
		m.Registry.CreateReply(from, msg)
	}
}

func (m *mistaken) Run(job model.Msg) {
	if !m.runs.hit() {
		m.Registry.Run(job)
	}
}

func (m *mistaken) Valid(id model.TermID) bool { return m.Registry.Valid(id) && !m.invalid.hit() }

func (m *mistaken) Entries(visit func(id model.TermID, key Key, state model.State)) {
	type entry struct {
		id    model.TermID
		key   Key
		state model.State
	}
	var all []entry
	m.Registry.Entries(func(id model.TermID, key Key, state model.State) {
		if m.swaps && state == model.Established {
			key.Index = 1 - key.Index
		}
		all = append(all, entry{id, key, state})
	})
	if n := len(all) - 1; m.order && n > 0 {
		all[0], all[n] = all[n], all[0]
	}
	for _, e := range all {
		visit(e.id, e.key, e.state)
	}
}

// TestRegistryMachinePlanted: TestRegistryMachine finds each of these mistakes, in every release it is played in.
func TestRegistryMachinePlanted(t *testing.T) {
	for _, release := range []model.Release{model.Ziti100, model.Ziti118, model.Ziti210} {
		for what, plant := range map[string]func(m *mistaken){
			"forgets a host":            func(m *mistaken) { m.hosts.n = 5 },
			"forgets a close":           func(m *mistaken) { m.closes.n = 3 },
			"has no worker end its job": func(m *mistaken) { m.runs.n = 8 },
			"calls invalid what it has": func(m *mistaken) { m.invalid.n = 3 },
			"is out of order":           func(m *mistaken) { m.order = true },
			"gives an id away":          func(m *mistaken) { m.swaps = true },
		} {
			planted.Found(t, fmt.Sprint(release, " ", what), func(rt *rapid.T) { playMachine(rt, release, plant) })
		}
	}
	planted.Found(t, "210 hears no answer", func(rt *rapid.T) { // of the others it is not asked that they come to an end
		playMachine(rt, model.Ziti210, func(m *mistaken) { m.answers.n = 1 })
	})
}
