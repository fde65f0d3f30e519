package sim_test

import (
	"fmt"

	"gyre/sim"
)

// A ball is what the players of the example throw.
type ball int

func (b ball) Canon(c *sim.Canon) { c.Int("ball", int64(b)) }

// player throws a ball to its peer over a datagram link every second and prints what it catches.
type player struct {
	name   string
	peer   sim.NodeID
	thrown ball
}

func (p *player) Step(now sim.Time, in *sim.Input[ball], out *sim.Outbox[ball]) {
	switch in.Kind {
	case sim.Boot:
		out.Arm(1, sim.Second)
	case sim.Expire:
		p.thrown++
		out.Datagram(p.peer, p.thrown)
		out.Arm(1, sim.Second)
	case sim.Deliver:
		fmt.Printf("%-8v %s caught ball %d\n", now, p.name, in.Msg)
	}
}

func (p *player) Canon(c *sim.Canon) { c.Int("thrown", int64(p.thrown)) }

// Two nodes throw balls at each other. While the network is cut from ping to pong, pong catches nothing; ping
// still does.
func Example() {
	w := sim.New[ball](sim.Config{Seed: 7, Link: sim.Link{Latency: 10 * sim.Millisecond}})
	ping := w.AddHost("ping", nil, func(uint32) sim.Node[ball] { return &player{name: "ping", peer: 2} })
	pong := w.AddHost("pong", nil, func(uint32) sim.Node[ball] { return &player{name: "pong", peer: 1} })
	w.Start(ping)
	w.Start(pong)

	_ = w.RunUntil(sim.Time(1500 * sim.Millisecond))
	w.Cut(ping, pong)
	_ = w.RunUntil(sim.Time(2500 * sim.Millisecond))
	w.Mend(ping, pong)
	_ = w.RunUntil(sim.Time(3500 * sim.Millisecond))
	fmt.Println(w.Events(), "events")
	// Output:
	// 1s10ms   pong caught ball 1
	// 1s10ms   ping caught ball 1
	// 2s10ms   ping caught ball 2
	// 3s10ms   pong caught ball 3
	// 3s10ms   ping caught ball 3
	// 13 events
}
