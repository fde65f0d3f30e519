package router

import "gyre/sim"

// Limits returns how many operations hold a slot of the control limiter, and its window. Calibration compares them
// with recordings; nothing that steers a run reads them.
func (r *Router) Limits() (taken, window int64) { return int64(len(r.lim.held)), r.lim.window }

// Control is what a router holds of one control channel.
type Control struct {
	Registered, Connected, Unresponsive bool
	Latency                             sim.Duration
}

// Control returns what this router holds of its channel to ctrl. A channel without registration has no connection and
// counts as unresponsive.
func (r *Router) Control(ctrl sim.NodeID) Control {
	ch := r.at(ctrl)
	c := Control{
		Registered: ch.registered, Connected: ch.registered && ch.phase == ready, Unresponsive: true,
		Latency: ch.beat.latency,
	}
	if ch.registered {
		c.Unresponsive = ch.beat.unresponsive
	}
	return c
}
