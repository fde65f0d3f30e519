package router

import "gyre/model"

// profile is what a release's router does differently from the others.
type profile struct {
	grouped    bool  // grouped control channels with their own dial policy; else a reconnecting dialer
	silent     bool  // a channel without heartbeat reply for CloseSilent is closed (ziti#4247)
	connected  bool  // a connected controller is preferred to one that is not, before responsiveness counts
	tracks     bool  // the router knows who leads; a list of members counts only if it is newer
	nested     bool  // who leads is taken from a list of members only if the list is newer
	twice      bool  // the first connection of a channel is told as a reconnect, too (router/router.go, reconnectHandler)
	background bool  // control channel events are handled on goroutines of their own (4567bdb03)
	polls      bool  // services are polled; else there is a router data model
	subscribes bool  // the data model comes from one controller by lease; else every controller pushes
	leases     bool  // what comes under an old subscription is dropped (c18a594b5)
	gaps       bool  // a change that says it follows another than the last one renews the subscription (ziti#3599)
	byIndex    bool  // a service has changed when the carrier's index differs, whatever its content
	hold       int64 // messages a channel without connection holds at most; 0 means Params.SendQueue
	position   bool  // a backoff sets the limiter's window by the position of its slot (before ziti#3636)
	window     int64 // least window of the limiter, whatever Params says
	deadIsFine bool  // a controller that is not connected is no less responsive for it (B21)
}

// profileOf returns the row of a release. Queue length 4 is channel's default before control channels chose
// their own; the least window was 5 until ziti-1.4.0-pre. The limiter does not matter before that: nobody asks it.
func profileOf(r model.Release) profile {
	switch r {
	case model.Ziti100, model.Ziti110:
		return profile{polls: true, hold: 4, window: 5}
	case model.Ziti118:
		return profile{byIndex: true, hold: 4, window: 5}
	case model.Ziti140Pre, model.Ziti140, model.Ziti180:
		return profile{
			connected: true, tracks: true, nested: true, twice: true, subscribes: true, hold: 4, position: true, window: 1,
		}
	default:
		return profile{
			grouped: true, silent: true, connected: true, tracks: true, background: true,
			subscribes: true, leases: true, gaps: true, window: 1,
		}
	}
}

// with changes what the bugs that are on change.
func (f profile) with(bugs model.Bugs) profile {
	if bugs.Has(model.B05) {
		f.byIndex = true
	}
	if bugs.Has(model.B21) {
		f.connected, f.deadIsFine = false, true
	}
	if bugs.Has(model.B34) {
		f.leases = false
	}
	if bugs.Has(model.B36) {
		f.gaps = false
	}
	if bugs.Has(model.B45) {
		f.silent = false
	}
	if bugs.Has(model.B49) {
		f.position = true
	}
	return f
}
