package informer

import (
	"fmt"

	"gyre/gyretest"
	"gyre/sim"
)

// World builds an API server, a controller and their users, and says what must hold.
func World(remedy Remedy) func(b *gyretest.Bed[Msg]) {
	return func(b *gyretest.Bed[Msg]) {
		var server *Server
		b.Class(Pods, "pod")
		api := b.AddHost("api", []sim.Lane{watchLane()}, func(uint32) sim.Node[Msg] {
			server = &Server{}
			return server
		})
		b.AddHost("controller", nil, func(uint32) sim.Node[Msg] { return &Controller{API: api, Remedy: remedy} })

		b.Op("scale", 5, func(n int) { b.Command(api, Msg{Kind: Scale, N: n}) })
		b.Op("evict", 1, func(int) { b.Command(api, Msg{Kind: Evict}) })

		most := 0
		b.Always("no more pods than were ever wanted", func() error {
			if most = max(most, server.Wanted); len(server.Pods) > most {
				return fmt.Errorf("%d pods, and never more than %d were wanted", len(server.Pods), most)
			}
			return nil
		})
		b.Eventually("as many pods as wanted", func() error {
			if len(server.Pods) != server.Wanted {
				return fmt.Errorf("%d pods, %d wanted", len(server.Pods), server.Wanted)
			}
			return nil
		})
	}
}
