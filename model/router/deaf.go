package router

import (
	"gyre/model/hosting"
	"gyre/sim"
)

// deafen stops reading from a channel that is back, if the registry sleeps in the call that told it: up to 4567bdb03
// (v2.0.0-pre1) that call is made by the goroutine that reads (channel's reconnecting_dialer.go, router/router.go). So
// answers, validations and replies to heartbeats wait for ten seconds, and after five the controller counts as
// unresponsive (B33). What is unread when the connection breaks is lost.
func (r *Router) deafen(ch *channel) {
	ch.deaf, ch.unread = sim.Never, ch.unread[:0]
	if s, ok := r.reg.(hosting.Sleeper); ok {
		ch.deaf = s.Asleep()
	}
}

// listen reads on where the time has come.
func (r *Router) listen() {
	for i := range r.channels {
		ch := &r.channels[i]
		if ch.deaf > r.now {
			continue
		}
		ch.deaf = sim.Never
		unread := ch.unread
		ch.unread = nil
		for k := range unread {
			r.deliver(&unread[k])
		}
	}
}
