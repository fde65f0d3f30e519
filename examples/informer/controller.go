package informer

import (
	"slices"

	"gyre/sim"
)

// Remedy is what the controller does about its stale cache.
type Remedy uint8

// Remedies.
const (
	Naive     Remedy = iota // nothing
	Expecting               // it does nothing until the watch has shown what it did last (expectations)
	Naming                  // it names its pods 1 to n, so that a second create is refused (ordinals)
)

// Controller lists and watches pods into a cache, and makes as many as are wanted.
type Controller struct {
	API    sim.NodeID
	Remedy Remedy

	conn   sim.ConnID
	synced bool // the cache has been listed since the connection came up
	wanted int
	cache  []uint64 // ascending
	queued bool     // a look is due
	adds   int      // creates that were asked for and not seen
	dels   []uint64 // pods that were to be deleted and are seen still
	pinged bool     // the API server has been silent, and was asked whether it is there
}

// Timers of the controller.
const (
	redial sim.TimerID = iota + 1
	look
	resync
	idle
)

// The controller looks a moment after news, so that a burst of them is one look: most of the time this hides what is
// wrong. It looks every half minute anyway.
const (
	redialAfter = sim.Second
	lookAfter   = 200 * sim.Millisecond
	resyncEvery = 30 * sim.Second
	idleAfter   = 30 * sim.Second // ReadIdleTimeout and PingTimeout of client-go's HTTP/2
	pingWithin  = 15 * sim.Second
)

// Step implements sim.Node.
func (c *Controller) Step(_ sim.Time, in *sim.Input[Msg], out *sim.Outbox[Msg]) {
	switch in.Kind {
	case sim.Boot:
		out.Dial(c.API, Msg{})
		out.Arm(resync, resyncEvery)
	case sim.Up:
		c.conn, c.synced, c.pinged = in.Conn, false, false
		out.Send(c.conn, Msg{Kind: List})
		out.Arm(idle, idleAfter)
	case sim.Down, sim.DialFailed:
		c.lost(out)
	case sim.Deliver:
		c.pinged = false
		out.Arm(idle, idleAfter)
		if in.Msg.Kind != Ping {
			c.news(in.Msg)
			c.enqueue(out)
		}
	case sim.Expire:
		switch in.Timer {
		case redial:
			out.Dial(c.API, Msg{})
		case look:
			c.queued = false
			c.reconcile(out)
		case resync:
			c.enqueue(out)
			out.Arm(resync, resyncEvery)
		case idle:
			c.silent(out)
		}
	}
}

// silent asks an API server that has said nothing for long whether it is there, and gives it up if it says nothing
// still: a connection can be half open.
func (c *Controller) silent(out *sim.Outbox[Msg]) {
	if c.pinged {
		out.Close(c.conn)
		c.lost(out)
		return
	}
	c.pinged = true
	out.Send(c.conn, Msg{Kind: Ping})
	out.Arm(idle, pingWithin)
}

// lost dials again in a moment.
func (c *Controller) lost(out *sim.Outbox[Msg]) {
	c.conn, c.synced = 0, false
	out.Disarm(idle)
	out.Arm(redial, redialAfter)
}

// enqueue lets the controller look in a moment.
func (c *Controller) enqueue(out *sim.Outbox[Msg]) {
	if !c.queued {
		c.queued = true
		out.Arm(look, lookAfter)
	}
}

// news brings the cache up to what the API server said.
func (c *Controller) news(m Msg) {
	i, found := slices.BinarySearch(c.cache, m.Pod)
	switch {
	case m.Kind == Listed:
		c.synced, c.wanted, c.cache = true, m.N, slices.Clone(m.Pods)
		c.adds, c.dels = 0, nil
	case m.Kind == Spec:
		c.wanted = m.N
	case m.Kind == Added && !found:
		c.cache = slices.Insert(c.cache, i, m.Pod)
		c.adds = max(0, c.adds-1)
	case m.Kind == Deleted && found:
		c.cache = slices.Delete(c.cache, i, i+1)
		c.dels = slices.DeleteFunc(c.dels, func(pod uint64) bool { return pod == m.Pod })
	}
}

// reconcile compares what is wanted with the cache, and asks for the difference.
func (c *Controller) reconcile(out *sim.Outbox[Msg]) {
	if !c.synced || c.Remedy == Expecting && c.adds+len(c.dels) > 0 {
		return
	}
	if c.Remedy == Naming {
		c.byName(out)
		return
	}
	for range c.wanted - len(c.cache) {
		c.ask(out, Msg{Kind: Create})
	}
	for i := len(c.cache); i > c.wanted; i-- {
		c.ask(out, Msg{Kind: Delete, Pod: c.cache[i-1]})
	}
}

// byName makes pods 1 to n be there, and no others.
func (c *Controller) byName(out *sim.Outbox[Msg]) {
	for pod := uint64(1); pod <= uint64(c.wanted); pod++ {
		if !slices.Contains(c.cache, pod) {
			c.ask(out, Msg{Kind: Create, Pod: pod})
		}
	}
	for _, pod := range c.cache {
		if pod > uint64(c.wanted) {
			c.ask(out, Msg{Kind: Delete, Pod: pod})
		}
	}
}

func (c *Controller) ask(out *sim.Outbox[Msg], m Msg) {
	switch {
	case !out.Send(c.conn, m):
	case m.Kind == Create:
		c.adds++
	case !slices.Contains(c.dels, m.Pod):
		c.dels = append(c.dels, m.Pod)
	}
}

// Canon implements sim.Node.
func (c *Controller) Canon(v *sim.Canon) {
	v.Flag("synced", c.synced)
	v.Flag("queued", c.queued)
	v.Flag("pinged", c.pinged)
	v.Int("wanted", int64(c.wanted))
	v.Int("adds", int64(c.adds))
	for _, list := range [][]uint64{c.cache, c.dels} {
		v.Int("pods", int64(len(list)))
		for _, pod := range list {
			v.Ref("", Pods, pod)
		}
	}
}
