package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// notice210 is a bind whose end its SDK is still to be told.
type notice210 struct {
	conn   sim.ConnID
	serial uint64
	why    model.Code
}

// Bind implements SDK (processBindV2, findMatchingEvent). A bind with the id of a listener that is there takes its
// terminator over: id, state and what is under way. The SDK is told at once that it succeeded, however far that is.
func (r *sdk210) Bind(b Bind) {
	t := &bound210{Bind: b, state: model.Establishing, created: r.env.Now()}
	taken, stale := r.match(t)
	if stale {
		return
	}
	r.env.Tell(b.Conn, model.Msg{Kind: model.SDKConnected, Req: b.Serial})
	if taken {
		r.tellEstablished(t)
	} else {
		r.post(sdkEstablish210, t, 0)
	}
	if b.Inspect {
		r.post(sdkProbe210, t, 0)
	}
	r.turn()
	if b.Listener == 0 {
		r.closeDuplicates(t)
	}
}

// match puts t into the registry: as a new entry, or in the place of an earlier bind of its listener. It reports
// whether it took one over, and whether it is too old itself.
func (r *sdk210) match(t *bound210) (taken, stale bool) {
	if r.env.Bug(model.B15) { // the listener's id is not looked at
		r.put(t)
		return false, false
	}
	var same []*bound210
	for _, old := range r.terms {
		if t.Listener != 0 && old.Listener == t.Listener && old.Host == t.Host {
			same = append(same, old)
		}
	}
	for _, old := range same {
		if old.Conn == t.Conn && old.Serial == t.Serial && old.state != model.Deleting {
			return true, false // the same bind once more
		}
	}
	for _, old := range same {
		if old.state == model.Deleting {
			continue
		}
		if old.Conn == t.Conn && t.Serial < old.Serial && !r.env.Bug(model.B31) {
			t.id = old.id
			r.set(t, model.Deleting, model.WhyStaleBind)
			return false, true
		}
		r.takeOver(t, old)
		return true, false
	}
	r.put(t)
	return false, false
}

// takeOver gives t the place of old.
func (r *sdk210) takeOver(t, old *bound210) {
	t.id, t.active, t.created, t.last, t.tried = old.id, old.active, old.created, old.last, old.tried
	t.slot, t.answered = old.slot, old.answered
	r.set(t, old.state, model.WhyReplacing)
	r.put(t)
	r.tellClosed(old, model.WhyNewer)
	r.set(old, model.Deleting, model.WhyNewer)
}

// closeDuplicates ends the other binds of a session, which an SDK without listener ids leaves behind when it binds
// again (cleanupDuplicates).
func (r *sdk210) closeDuplicates(newest *bound210) {
	for _, t := range slices.Clone(r.terms) {
		if t != newest && t.Session == newest.Session && t.Host == newest.Host && t.Service == newest.Service &&
			t.Index == newest.Index {
			r.post(sdkRemove210, t, model.WhyDuplicate)
			r.turn()
		}
	}
}

// Unbind implements SDK (unbindSession). The SDK asked for it, so it is not told.
func (r *sdk210) Unbind(conn sim.ConnID, serial uint64) {
	for _, t := range slices.Clone(r.terms) {
		if t.Conn == conn && t.Serial == serial {
			r.post(sdkRemove210, t, model.WhyUnbind)
			r.turn()
		}
	}
}

// Closed implements SDK (channelClosedEvent): everything of the channel is to be deleted, by one event.
func (r *sdk210) Closed(conn sim.ConnID) {
	if r.env.Bug(model.B31) {
		r.turn() // the run loop finds the channel closed before it is told
	}
	if r.env.Bug(model.B10) {
		r.overlook(conn)
	}
	for _, t := range r.terms {
		if t.Conn == conn {
			r.doomAs(t, model.WhyChannel)
			t.twice = r.env.Bug(model.B11)
		}
	}
	r.turn()
}

// Denied implements SDK (CloseForBindAccessLoss): the SDK is told, and the terminator deleted.
func (r *sdk210) Denied(host sim.NodeID) {
	for _, t := range slices.Clone(r.terms) {
		if t.Host == host && t.state != model.Deleting {
			r.tellClosed(t, model.WhyDenied)
			r.post(sdkRemove210, t, model.WhyDenied)
			r.turn()
		}
	}
}

// Legacy implements SDK (ValidateSessions of router/state).
func (r *sdk210) Legacy(issuer sim.NodeID) []model.Token {
	var list []model.Token
	for _, t := range r.terms {
		if t.Session.Issuer() == issuer && !slices.Contains(list, t.Session) {
			list = append(list, t.Session)
		}
	}
	return list
}

// Ended implements SDK (the listener of AddLegacyServiceSessionRemovedListener): the SDK is told, and the terminator
// deleted.
func (r *sdk210) Ended(session model.Token) {
	for _, t := range slices.Clone(r.terms) {
		if t.Session == session && t.state != model.Deleting {
			r.tellClosed(t, model.WhySession)
			r.post(sdkRemove210, t, model.WhySession)
			r.turn()
		}
	}
}

// tellEstablished tells the SDK that its terminator is there (NotifyEstablished).
func (r *sdk210) tellEstablished(t *bound210) {
	r.env.Tell(t.Conn, model.Msg{Kind: model.SDKBindSuccess, Req: t.Serial})
}

// tellClosed tells the SDK that a bind is no more, now or, if its channel has no room, as soon as it has
// (ensureSdkCloseSent).
func (r *sdk210) tellClosed(t *bound210, why model.Code) {
	n := notice210{t.Conn, t.Serial, why}
	if !r.tellNotice(n) && !r.env.Bug(model.B31) {
		r.closes = append(r.closes, n)
	}
}

// tellNotice reports whether there is nothing left to tell.
func (r *sdk210) tellNotice(n notice210) bool {
	return !r.env.Open(n.conn) ||
		r.env.Tell(n.conn, model.Msg{Kind: model.SDKClosed, Req: n.serial, Code: n.why}) == model.OK
}

// evaluateCloses tells what could not be told before (evaluateNotifyCloseQueue).
func (r *sdk210) evaluateCloses() {
	r.closes = slices.DeleteFunc(r.closes, r.tellNotice)
}
