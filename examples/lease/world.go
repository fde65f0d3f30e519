package lease

import (
	"fmt"

	"gyre/gyretest"
	"gyre/sim"
)

// World builds an API server, a store and two candidates, and says what must hold.
func World(fencing bool) func(b *gyretest.Bed[Msg]) {
	return func(b *gyretest.Bed[Msg]) {
		var store *Store
		var candidates [2]*Candidate
		b.Class(Versions, "v")
		api := b.AddHost("api", nil, func(uint32) sim.Node[Msg] { return &API{} })
		db := b.AddHost("store", nil, func(uint32) sim.Node[Msg] {
			store = &Store{Fencing: fencing}
			return store
		})
		for i, name := range []string{"east", "west"} {
			self := sim.NodeID(b.Hosts() + 1)
			b.AddHost(name, nil, func(uint32) sim.Node[Msg] {
				candidates[i] = &Candidate{Self: self, API: api, Store: db}
				return candidates[i]
			})
		}

		who := func(m Msg) string { return b.Name(sim.Nodes, uint64(m.Holder)) }
		var newest Msg
		b.Always("nobody writes after a newer leader", func() error {
			if store.Last.Term == 0 { // nothing written yet, or it has just started
				return nil
			}
			if store.Last.Term < newest.Term {
				return fmt.Errorf("%s wrote as leader number %d, after %s as number %d", who(store.Last), store.Last.Term,
					who(newest), newest.Term)
			}
			newest = store.Last
			return nil
		})
		b.Eventually("one leads, and writes", func() error {
			for _, n := range candidates {
				if n.Leading != (n.Self == store.Last.Holder) {
					return fmt.Errorf("%s wrote last, and that %s leads is %v", who(store.Last), b.Name(sim.Nodes, uint64(n.Self)),
						n.Leading)
				}
			}
			return nil
		})
	}
}
