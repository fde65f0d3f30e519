package hosting

import "gyre/model"

// Looks is what can be seen of one terminator from outside a registry, beyond its state: what OpenZiti's own inspect
// tells. Calibration compares it with recordings; nothing that steers a run reads it.
type Looks struct {
	State   model.State
	Active  bool // operationActive, from ziti-1.4.0 on
	Created bool // the created flag, before
	Closed  bool // the closed flag, before
}

// Look returns what can be seen of the terminator id. It is false if the registry does not have it, or is of a
// release that nobody has looked into yet.
func Look(reg Registry, id model.TermID) (Looks, bool) {
	switch r := reg.(type) {
	case *ziti210:
		if i, found := r.find(id); found {
			t := r.terms[i]
			return Looks{State: t.state, Active: t.active}, true
		}
	case *ziti118:
		if t := r.find(id); t != nil {
			return Looks{State: t.shown, Created: t.created, Closed: t.closed}, true
		}
	}
	return Looks{}, false
}

// LookSDK is Look for the registry of SDKs.
func LookSDK(reg SDK, id model.TermID) (Looks, bool) {
	if r, ok := reg.(*sdk210); ok {
		if t := r.current(id); t != nil {
			return Looks{State: t.state, Active: t.active}, true
		}
	}
	return Looks{}, false
}

// Passing reports whether a re-establish pass of the registry is in its first pause (ziti-2.1.0).
func Passing(reg Registry) bool {
	r, ok := reg.(*ziti210)
	return ok && r.phase == pausing210
}
