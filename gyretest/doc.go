// Package gyretest puts your own code under Gyre, from go test, in the manner of testing/fstest.
//
// Test takes a function that builds a world out of your own nodes (sim.Node of your own message type), says what
// must always hold and what must hold once the world is left alone, and names the operations of its users. It
// draws a plan of faults and operations from every seed, plays it in virtual time, and looks after each event. What
// fails is shrunk and printed as text: the plan, the last lines of the trace, and the command that repeats it.
//
//	func TestController(t *testing.T) {
//		gyretest.Test(t, gyretest.Config{}, func(b *gyretest.Bed[msg]) {
//			...
//		})
//	}
//
// Hosting does the same for a hosting registry of your own, with Gyre's controllers and router around it.
//
// What must hold once all is quiet is judged as in Gyre itself: in order of strength, a lasso (the state of the whole
// world comes back with nothing left to chance, so it goes on like that for ever), a closure (it was right, and its
// own doing made it wrong again), a deadline (it was not right in time).
//
// Everything a run does must follow from its seed: a node draws from b.Seed.Stream, never from math/rand, never ranges
// over a map unsorted, and reads no clock. Some runs are played twice, and a difference is a finding too.
package gyretest
