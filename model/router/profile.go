package router

import "gyre/model"

// profile is what a release's router does differently from the others.
type profile struct {
	grouped    bool  // grouped control channels with their own dial policy; else a reconnecting dialer
	silent     bool  // a channel without heartbeat reply for CloseSilent is closed (ziti#4247)
	connected  bool  // a connected controller is preferred to one that is not, before responsiveness counts
	tracks     bool  // the router knows who leads; a list of members counts only if it is newer
	background bool  // control channel events are handled on goroutines of their own (4567bdb03)
	polls      bool  // services are polled; else there is a router data model
	subscribes bool  // the data model comes from one controller by lease; else every controller pushes
	byIndex    bool  // a service has changed when the carrier's index differs, whatever its content
	hold       int64 // messages a channel without connection holds at most; 0 means Params.SendQueue
	window     int64 // least window of the limiter, whatever Params says
	deadIsFine bool  // a controller that is not connected is no less responsive for it (B21)
}

// profileOf returns the row of a release. Queue length 4 is channel's default before control channels chose
// their own; the least window was 5 until ziti-1.4.0.
func profileOf(r model.Release) profile {
	switch r {
	case model.Ziti100:
		return profile{polls: true, hold: 4, window: 5}
	case model.Ziti118:
		return profile{byIndex: true, hold: 4, window: 5}
	default:
		return profile{
			grouped: true, silent: true, connected: true, tracks: true, background: true,
			subscribes: true, window: 1,
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
	if bugs.Has(model.B45) {
		f.silent = false
	}
	return f
}
