// Package sim is a deterministic discrete-event simulator for distributed control planes.
//
// A World runs hosts. A host runs one Node, a pure state machine: an Input and the time go in, Effects
// come out. The world applies the effects in order, draws every random number from a named stream of one
// Seed, and folds every input, effect and note into a running digest: equal digests mean equal runs.
//
// The package knows time, seeds, the event queue, hosts, connections, faults, the trace and the history
// of client operations. It knows nothing of what is simulated: the message type M is the user's.
//
// Nothing here reads a clock, starts a goroutine, ranges over a map unsorted or touches a file.
package sim
