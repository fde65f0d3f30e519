// Package linear judges what single answers said: whether the registry and the hosting of services are linearizable,
// and whether routers, which speak to several controllers, are given session guarantees.
//
// # Registry
//
// One register per terminator id. Operations are what routers do: a create or a remove is called when the router
// sends the request and returns when the reply is delivered; what is answered busy or failed, or not at all, has an
// unknown outcome. Validation and the operator delete too: those are called when the log has them, and return when
// the controller that submitted them has applied them.
//
// What is promised? "Created" promises that the id has its row, "removed" and "not found" that it has none, at some
// moment between call and return. That is all a router can ask of an operation that is meant to be repeated: a
// create that finds its row is as good as one that makes it. So a success without a write is a read. It may be
// answered from any controller's own copy (ziti-1.0.0, ziti-1.1.8), or from that of one that takes itself for the
// leader (ziti-2.1.0); it is right only if the row was there, by the order of the log, no earlier than what had
// returned before the call. A success from a stale row is the typical violation: another controller deleted it and
// told the router so, this one has not heard of it yet.
//
// # Witness
//
// The simulator knows the log, which orders the writes of an id. Its row comes and goes by turns, so a position in
// that order is a number whose parity tells whether the row is there. Each operation has a position: a write has its
// own; any other the lowest with the right parity that is not below the floor at its call, the floor being the
// highest position of an operation that had returned by then. There is an order that fits the log and real time if and
// only if every answer's position existed when it was given: a higher choice could only raise later floors. This costs
// two comparisons per operation and 8 bytes per id, and settles lost outcomes: a lost operation took effect if an
// entry of the log is its own.
//
// A position exists from the moment the first controller applies its entry. A success told before that is a
// violation too, even if the entry comes later: the promise was made before it was true.
//
// An entry does not say which request it came from. It belongs to the operation of its kind that waits at the
// controller which submitted it; if several do, to nobody, which errs towards silence.
//
// # Hosting register
//
// One register per service: the number of its terminators. Host and retire, that is the operator's policy entries,
// are writes; a lookup at any controller is a read. A write only asks: the routers make it come true, one terminator
// at a time. So a write is a number of ups or downs that each take effect once, at any time from the moment the log
// has the write; the operator's delete of a row that is still wanted is one of each. A lookup's answer must be the sum
// of those that have taken effect. Faults are no writes and excuse nothing.
//
// By the relaxed reading a lookup may see what was valid at some time in [call - lag, return], the lag being how far
// the controller that answered was behind the log; and what has not come true is unknown, not wrong, up to the bound
// of converge after the last outside event, but never thereafter. Once the answer has turned it must not turn back: a
// spinning terminator makes it flip with no write in between, and no order explains that. By the strict reading there
// is neither lag nor delay: a lookup older than one before it, or other than what has been written and confirmed,
// counts. No release meets the strict reading, for hosting is asynchronous by design; it is told but does not judge.
//
// The witness takes the positions that lookups saw, in the order of the log, and keeps the fewest ups and downs that
// explain them; that pair is the least of all, so greed decides. A position is judged when it is 64 changes old, so
// that a controller that lags may still be heard; lookups from older indexes are counted, not judged.
//
// # Independent judge
//
// Porcupine judges recorded histories: keys one by one, in a fixed order, well formed, lost operations kept open to
// the end, and with a budget of steps counted in the specification, past which the ruling is undecided. It reads a
// history blind (it must find the order of the writes) or ordered (it knows the log); the witness and the ordered
// reading must agree on every history, and what the witness accepts the blind reading must accept.
//
// # Session guarantees
//
// A read of a router is an answer that tells it of replicated state: a success or not-found about an id, a whole
// list of what to host (a single change only adds to what it has been told), and that a session is gone. Behind each
// is the apply index of the controller when it sent the answer. Read-your-writes and monotonic reads: the answer about
// an object must not come from before the newest change of that object that the router had written or been told of
// when it asked; an answer that was overtaken by those to later questions is none that went back. A session ends with
// the process of its router, which keeps nothing of it in memory.
//
// The reference, unless it is without order, disregards an answer about a decision that it has overruled, which it can
// tell by the generation it had asked for. Such an answer comes late, from a controller that was asked before; it is no
// read, for nobody reads it.
//
// A session token is written by the controller that hands it out and by nobody else; nothing ends it. A controller
// that says it is gone answers from a state that was never shared, which is what the spin of ziti-1.0.0 feeds on.
package linear
