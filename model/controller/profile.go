package controller

import "gyre/model"

// profile is what a release's controller does differently from the others.
type profile struct {
	sessions bool    // an edge session is ensured for every create (before 094542732)
	pushes   bool    // the data model is pushed to every router; else it is sent to who subscribes
	gaps     bool    // a change of the data model says which was before it (ziti#3599)
	silent   bool    // a router that is silent for CloseSilent is disconnected (ziti#4247)
	refuses  bool    // who displaces a connection is refused itself (ziti#4196)
	restarts bool    // the process exits after it has restored a snapshot
	list     listing // what a router that connects is told of the members

	// RouterMessaging.
	waits bool // without a leader the loop does nothing but listen (094542732)
	mocks bool // a follower makes up an answer that clears its list (094542732)
	ruled bool // source-or-leader rule, markers, queued deletes (32eddd61c)

	// Handlers.
	single   bool // ids are removed one by one, and one that is unknown here is told to be
	present  bool // a leader drops from a remove what it has not applied the create of (B24)
	owned    bool // ids of another router are dropped from a remove (ziti#4234)
	answers  bool // a create that the cluster refuses is answered (ec57c80ff)
	refusals bool // and so is one that the policies refuse (ziti#3524)
	stale    bool // a row that exists here is success, whoever leads (B26)
	lead     bool // no leader means busy, not failure (ziti#4160)
	hard     bool // a leader that does not answer means failure, not busy (before ziti#3318)
	parallel bool // forwarded commands are worked on in parallel (ziti#3318)
}

// listing is what a list of members comes with.
type listing uint8

const (
	byCommand listing = iota // the index of the newest command
	byMembers                // the index of the membership
	withLead                 // and who leads says so (ziti#3318, controller/settings.go)
)

// profileOf returns the row of a release.
func profileOf(r model.Release) profile {
	switch r {
	case model.Ziti100, model.Ziti110:
		return profile{sessions: true, single: true, stale: true}
	case model.Ziti118:
		return profile{pushes: true, restarts: true, waits: true, mocks: true, single: true, stale: true}
	case model.Ziti140Pre, model.Ziti140:
		return profile{
			restarts: true, list: byMembers, waits: true, ruled: true,
			present: true, answers: true, stale: true, hard: true,
		}
	case model.Ziti180:
		return profile{
			restarts: true, list: withLead, waits: true, ruled: true,
			present: true, answers: true, parallel: true,
		}
	default:
		return profile{
			gaps: true, silent: true, refuses: true, restarts: true, list: withLead, waits: true, ruled: true,
			owned: true, answers: true, refusals: true, lead: true, parallel: true,
		}
	}
}

// with changes what the bugs that are on change.
func (f profile) with(bugs model.Bugs) profile {
	if bugs.Has(model.B29) {
		f.hard, f.parallel = true, false
	}
	if bugs.Has(model.B39) {
		f.lead = false
	}
	if bugs.Has(model.B45) {
		f.silent = false
	}
	return f
}
