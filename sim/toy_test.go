package sim

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// The toy: every node pings a random peer and waits for its pong or 60 ms, then pings the next; 5 % of the
// messages are lost, the others take 10 to 20 ms. It is written twice: for this kernel, and the natural way in
// Go, a goroutine per node under testing/synctest. A useful event is a message delivered or a timeout fired.

const toyTimeout = 60 * Millisecond

// toyNode is the toy for this kernel.
type toyNode struct {
	id     NodeID
	nodes  uint64
	stream Stream
	useful *int
}

func (n *toyNode) Canon(c *Canon) { c.Count("drawn", n.stream.Drawn(), 0) }

func (n *toyNode) Step(_ Time, in *Input[rumour], out *Outbox[rumour]) {
	const ping, pong = 1, 2
	switch {
	case in.Kind == Deliver && in.Msg.kind == ping:
		*n.useful++
		out.Datagram(in.From, rumour{kind: pong, n: in.Msg.n})
		return
	case in.Kind == Deliver || in.Kind == Expire:
		*n.useful++
	}
	out.Datagram(NodeID(1+n.stream.Below(n.nodes)), rumour{kind: ping})
	out.Arm(1, toyTimeout)
}

// toyWorld returns the toy as something that runs until n more useful events have happened.
func toyWorld(nodes int) func(n int) int {
	w := New[rumour](Config{Seed: 1, Link: Link{Latency: 10 * Millisecond, Jitter: 10 * Millisecond, Loss: 50}})
	useful := 0
	for i := 1; i <= nodes; i++ {
		name := "n" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676))
		id := w.AddHost(name, nil, func(uint32) Node[rumour] {
			return &toyNode{id: NodeID(i), nodes: uint64(nodes), stream: Seed(1).Stream(name), useful: &useful}
		})
		w.Start(id)
	}
	return func(n int) int {
		before := useful
		for useful < before+n {
			if _, err := w.Step(Never - 1); err != nil {
				panic(err)
			}
		}
		return useful - before
	}
}

// toyGoroutines is the toy with a goroutine per node and a timer per message, in virtual time.
func toyGoroutines(nodes, n int) (did int) {
	test := func(t *testing.T) {
		synctest.Test(t, func(*testing.T) {
			var useful atomic.Int64
			stop := make(chan struct{})
			type message struct{ from, kind int }
			boxes := make([]chan message, nodes)
			for i := range boxes {
				boxes[i] = make(chan message, 64)
			}
			post := func(to int, m message) {
				if rand.IntN(20) == 0 {
					return
				}
				delay := 10*time.Millisecond + time.Duration(rand.IntN(10_000))*time.Microsecond
				time.AfterFunc(delay, func() {
					select {
					case boxes[to] <- m:
					case <-stop:
					}
				})
			}
			for i := range nodes {
				go func() {
					timeout := time.NewTimer(60 * time.Millisecond)
					post(rand.IntN(nodes), message{i, 1})
					for {
						select {
						case m := <-boxes[i]:
							useful.Add(1)
							if m.kind == 1 {
								post(m.from, message{i, 2})
								continue
							}
						case <-timeout.C:
							useful.Add(1)
						case <-stop:
							return
						}
						timeout.Reset(60 * time.Millisecond)
						post(rand.IntN(nodes), message{i, 1})
					}
				}()
			}
			for useful.Load() < int64(n) {
				time.Sleep(10 * time.Millisecond)
			}
			close(stop)
			did = int(useful.Load())
		})
	}
	all := func(string, string) (bool, error) { return true, nil }
	testing.RunTests(all, []testing.InternalTest{{Name: "toy", F: test}})
	return did
}

// BenchmarkToy compares the kernel with goroutines under testing/synctest on the toy, interleaved in one process.
func BenchmarkToy(b *testing.B) {
	for _, nodes := range []int{100, 1000} {
		b.Run(fmt.Sprintf("nodes=%d", nodes), func(b *testing.B) {
			world := toyWorld(nodes)
			world(100_000)
			b.ResetTimer()
			m := interleave(b, 100_000, []variant{
				{"kernel", world},
				{"synctest", func(n int) int { return toyGoroutines(nodes, n) }},
			})
			b.ReportMetric(m[1]/m[0], "synctest/kernel")
		})
	}
}
