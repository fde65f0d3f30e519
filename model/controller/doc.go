// Package controller models an OpenZiti controller as far as terminators are concerned: the replicated state
// machine, the one write path (Dispatch), the handlers of routers' requests, the validation loop, sessions,
// and what routers are told of their desired set.
//
// All reads are local to the controller that handles the request, however stale: that is where the bugs live.
// What differs between releases is a row of a table (profile.go), and in functions named after a release that has
// them; what is shared never differed.
//
//	profile.go         what each release does differently; mixed.go: routers of another release
//	controller.go      the node: inputs, boot, what a step ends with
//	db.go, policy.go   the state machine
//	store.go           its records on disk; snapshot.go
//	dispatch.go        the write path; forward.go is its leader side, limiter.go its brake, deadlines.go its clock
//	mesh.go            connections to the other controllers
//	routers.go         connections of routers
//	create.go, remove.go, sessions.go, services.go, rdm.go, operator.go   handlers
//	messaging.go       the validation loop; validation.go (from ziti-1.4.0-pre on), validation_old.go (before)
package controller
