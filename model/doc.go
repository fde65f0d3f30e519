// Package model is OpenZiti's control plane as far as terminators are concerned: the vocabulary and the
// messages are here, the parts are in the folders.
//
//	raftlog     the replicated log on etcd's raft, behind one small interface
//	controller  a controller: dispatch, handlers, validation, sessions, router data model
//	router      an edge router with tunneler: control channels, limiter, pool, desired set
//	hosting     the hosting registry of each release: the algorithm under test
//
// Sources are named by OpenZiti file and revision; "HEAD" is openziti/ziti 804f55abb (2026-08-22).
// No OpenZiti code is copied: the model is written from its observed behaviour.
package model
