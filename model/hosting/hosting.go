// Package hosting has the hosting registry of each release: the loop inside an edge router that makes the
// terminators of the cluster match what the router should host. It is the algorithm under test.
//
// Each release is complete in its own files and frozen; duplication between releases is the exhibit. A
// registry is driven only by the calls of Registry and re-evaluates nothing unless its release does: a missing
// wake-up is a bug we want to find.
package hosting

import (
	"gyre/model"
	"gyre/sim"
)

// Event is what happened to a control channel.
type Event uint8

// Control channel events (router/env/ctrls.go, CtrlEvent).
const (
	_             Event = iota
	Added               // a registration was created
	Disconnected        // the registration is gone, or a grouped channel lost its last underlay
	Reconnected         // a grouped or reconnecting channel is back
	LeaderChanged       // the router learned of another leader
)

// Registry is the hosting algorithm of one release. All calls happen inside one step of the router.
type Registry interface {
	// Boot starts the registry with an empty map; idCache is what an earlier life saved (may be nil).
	Boot(idCache map[Key]model.TermID)
	// Host adds the terminator (service, index); Close drops it. Close of what is not hosted does nothing.
	Host(key Key)
	Close(key Key)
	// CreateReply and RemoveReply take the answers of controller from.
	CreateReply(from sim.NodeID, m *model.Msg)
	RemoveReply(from sim.NodeID, m *model.Msg)
	// Valid answers a validation for one id, with the registry's side effects (established by validation).
	Valid(id model.TermID) bool
	// SessionsRemoved takes tokens that controller from does not know (ziti-1.0.0 only).
	SessionsRemoved(from sim.NodeID, tokens []model.Token)
	// CtrlEvent takes an event of the channel to ctrl; events may come late and out of order.
	CtrlEvent(ev Event, ctrl sim.NodeID)
	// Expire takes a timer armed through Env.Arm; Run takes a job queued through Env.Queue when a worker of the
	// pool has it (the worker is held until Env.Done); Task takes a task of Env.Go.
	Expire(timer uint32)
	Run(job model.Msg)
	Task(task model.Msg)
	// IDCache returns what to save with the router data model (nil: nothing).
	IDCache() map[Key]model.TermID
	// Entries visits the registry in ascending id order.
	Entries(visit func(id model.TermID, key Key, state model.State))
	Canon(c *sim.Canon)
}

// Sleeper is a registry whose CtrlEvent may sleep in the middle, and with it the goroutine that told it: of a channel
// that is back, the one that reads from it (B33; ziti-1.4.0-pre to ziti-1.8.0).
type Sleeper interface {
	// Asleep returns until when the latest call of CtrlEvent sleeps; sim.Never if it has returned.
	Asleep() sim.Time
}

// Key is what a router should host: terminator Index of Service.
type Key struct {
	Service model.ServiceID
	Index   uint16
}

// Env is what a registry may ask of its router. No method calls the registry back: what a call leads to, be it a
// timer that fires at once, comes when the present call of the registry has returned.
type Env interface {
	Now() sim.Time
	Self() sim.NodeID
	Life() uint32
	Params() *model.Params
	// Bug reports whether a bug is switched on in this router; Without says which cures of the reference are off.
	Bug(b model.Bug) bool
	Without() model.Cures
	// Cured reports whether a suspect is taken away from this router.
	Cured(s model.Suspect) bool
	// Draw returns the router's random stream for hosting decisions (map order, backoff jitter).
	Draw() *sim.Stream

	// AnyController is AnyCtrlChannel: 0 only if none is registered. ModelController is
	// GetModelUpdateCtrlChannel. LeaderConnected is IsLeaderConnected. Controllers counts the registrations.
	AnyController() sim.NodeID
	ModelController() sim.NodeID
	LeaderConnected() bool

	// Send hands a message to the channel of ctrl: OK, TooBusy (queue full) or NoChannel.
	Send(ctrl sim.NodeID, m model.Msg) model.Code
	// NextReq returns a fresh request number.
	NextReq() uint64

	// Arm sets timer (any small number the registry chooses), Disarm stops it.
	Arm(timer uint32, after sim.Duration)
	Disarm(timer uint32)
	// Queue gives a job to the router's worker pool; false if its queue is full. Done frees the worker that runs
	// the present job; call it once per job, in Run or later.
	Queue(job model.Msg) bool
	Done(job model.Msg)
	// Go runs a task on its own goroutine: Registry.Task gets it, a moment later.
	Go(task model.Msg)

	// Limiter is the adaptive control limiter shared by creates and deletes.
	Limiter() Limiter
	Note(m model.Msg)
}

// Slot is a place in the limiter's window. 0 is none.
type Slot uint64

// Limiter is the adaptive control limiter (controller/command/rate_limiter.go, HEAD). A slot is ended once, by
// Success, Backoff or Failed, or by the sweep when it is older than 30 s (as Backoff). Ending a slot that has
// ended does nothing.
type Limiter interface {
	Full() bool
	Acquire() Slot // 0 if full
	Success(s Slot)
	Backoff(s Slot)
	Failed(s Slot)
}
