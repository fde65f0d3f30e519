package model

import "gyre/sim"

// IdealAlgorithm is the zero line: what churn is measured against, and what no property may object to. It is no
// candidate for OpenZiti, whose controllers do not know what a router hosts until it says so, so Algorithms does not
// list it; LookupAlgorithm finds it.
//
// It is right by construction. The desired set is in the log: who may host what is entries of it. A create is refused,
// when it is applied, unless the log up to there wants the row; a delete is refused unless the log does not. So no
// entry makes anything wrong, whoever submitted it, however late it comes and however often. The leader compares rows
// and policies whenever one of them changed, once a second until they agree: what is lacking comes, what is too much
// goes. The id of a terminator is a function of what it is, so there cannot be two. Routers are told of the desired set
// and ask for their rows until they are told that it is so; every answer has gone through the log.
//
// All else, from control channels to the router data model, is that of ziti-2.1.0, whose language it speaks.
func IdealAlgorithm() Algorithm {
	return Algorithm{
		Release: Ideal,
		Name:    "ideal",
		Source:  "Gyre's own",
		Belief:  "nothing: what the log wants is decided where the log is applied",
		Known:   "the zero line: creates and deletes what is asked for, and nothing else",
	}
}

// The clockwork of ideal: a router that was refused asks again after IdealRetry; a leader looks IdealAudit after a
// change whether rows and policies agree.
const (
	IdealRetry = 5 * sim.Second
	IdealAudit = 1 * sim.Second
)

// IdealTerm returns the id of the terminator (service, index) on a router under the algorithm ideal.
func IdealTerm(router sim.NodeID, service ServiceID, index uint16) TermID {
	return NewTermID(router, 1, uint32(service)<<16|uint32(index))
}
