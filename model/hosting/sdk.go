package hosting

import (
	"gyre/model"
	"gyre/sim"
)

// Bind is what an SDK asks of a router: a terminator of a service that leads to it.
type Bind struct {
	Host     sim.NodeID // the SDK's process, which is its identity as well
	Conn     sim.ConnID // its channel to the router
	Serial   uint64     // the id of the bind: newer ones of a channel have higher ids
	Service  model.ServiceID
	Index    uint16 // of the listener, from model.SDKIndex on
	Session  model.Token
	Listener uint64 // the listener's id; 0 is none, of old SDKs
	Inspect  bool   // the SDK answers whether it listens
}

// SDK is the registry of the terminators that SDKs host on a router (router/xgress_edge). It is driven as Registry is,
// shares the control limiter and the worker pool with it, and wakes up by itself no more than it does. All calls
// happen inside one step of the router.
type SDK interface {
	Boot()
	// Bind, Unbind and Inspected take what an SDK sends; Closed the end of a channel.
	Bind(b Bind)
	Unbind(conn sim.ConnID, serial uint64)
	Inspected(conn sim.ConnID, serial, sequence uint64, listens bool)
	Closed(conn sim.ConnID)
	// Denied ends what a host may no longer bind.
	Denied(host sim.NodeID)
	// Legacy lists the sessions of binds that the given controller issued and alone knows; Ended ends the binds of one
	// that it has deleted.
	Legacy(issuer sim.NodeID) []model.Token
	Ended(session model.Token)
	// Reconnected is told that the channel to a controller is established, or established again.
	Reconnected()
	// CreateReply takes the answer to a create. RemoveReply reports whether the answer was for this registry.
	CreateReply(m *model.Msg)
	RemoveReply(m *model.Msg) bool
	// Validate answers a validation of one id through SDKEnv.Decided, at once or when the SDK has been asked.
	Validate(id model.TermID, postCreate bool, ticket uint64)
	Expire(timer uint32)
	Run(job model.Msg)
	// Entries visits the registry in ascending id order.
	Entries(visit func(id model.TermID, key Key, state model.State))
	Canon(c *sim.Canon)
}

// SDKEnv is what the registry of SDKs may ask of its router. Timers, jobs and tasks are its own.
type SDKEnv interface {
	Env
	// Open reports whether a channel to an SDK is open at this end. Tell sends over it: OK, TooBusy or NoChannel.
	Open(conn sim.ConnID) bool
	Tell(conn sim.ConnID, m model.Msg) model.Code
	// Decided ends a validation. Without decided the controller is told nothing, and asks again.
	Decided(ticket uint64, valid, decided bool)
}

// NewSDK returns the registry of SDKs of a release. Boot must be the first call to it.
func NewSDK(_ model.Release, env SDKEnv) SDK { return newSDK210(env) }
