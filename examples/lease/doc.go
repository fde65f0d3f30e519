// Package lease is a leader elected by a lease, for an example of package gyretest: candidates that renew and take over
// a lease at an API server, as client-go's leaderelection does, and a store that whoever leads writes to.
//
// A lease says who led when it was asked. A leader that stands still for a while (a long collection of garbage, a
// suspended machine) goes on where it was, and writes once more when another leads already; so does a message that was
// under way for long. client-go says so in the first sentence of its documentation. The remedy is a fencing token: the
// number of the leadership goes with each write, and the store refuses what is older than what it has seen.
package lease
