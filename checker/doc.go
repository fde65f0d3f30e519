// Package checker turns what happened in a run into verdicts: holds, violated (with the rung of proof that was
// reached), unknown, or not judged because there was nothing to judge. It watches; it never steers.
//
// # Truth
//
// The registry of the cluster is the sequence of log entries: an entry counts the first time any controller
// notes that it applied its index; what the other replicas note later is the same. A key is a terminator that
// somebody may want: (router, service, index). Policy entries make a key
//
//	wanted     bound and allowed: there must be exactly one row
//	tolerated  bound, not allowed: nobody can create its row, nobody deletes it, so none or one is right
//	unwanted   not bound: there must be no row
//
// A row is hosted if the registry of its router has an entry with its id that is establishing or established.
// (Re-establishing an entry whose row stays is a planned refresh, hence no change.) A key is right if its
// number of rows is right and each of them is hosted. A router that is down or has no control channel is
// exempt: OpenZiti keeps the rows of such a router on purpose. The desired set M is: every key of every router
// that is not exempt is right. A running count of the keys that are wrong makes "in M" one comparison.
//
// # Quiescence
//
// An outside event is a directive or fault, a command of the operator (reads aside), a step that nothing
// scheduled, or a change of policy or an operator's delete taking effect. Quiescence is everything after the last
// one; whether an event was the last is known once Settle was called. Every outside event therefore wipes the
// evidence that only quiescence can make valid.
//
// # Closure
//
// A departure is a key of a router that is not exempt turning from right to wrong otherwise than by policy:
// its row is deleted, its entry leaves the registry, or a row appears that should not. Each key is followed on
// its own: keys that spin out of phase may never be right all at once.
//
// Not every departure in quiescence is a fault. Reactions to an outside event take time: a router that resets
// its rows because a controller connected does so after the connect. A departure violates stays-converged only
// if no outside event can be what it reacts to:
//
//	(a) it descends from the return it undoes, and no outside event came in between; or
//	(b) it is later than the last outside event by more than the reaction bound of the configuration.
//
// For (a), steps form a forest: each step names the one that scheduled it. The decision is the step in which
// a party resolved to undo the row, whichever was first since the row was created: the router's entry left its
// registry, the router sent a remove request with the id, or a controller queued the delete after a validation.
// The return is a step that applied the create, or the one in which the router got the answer. The
// decision descends from the return if walking from cause to cause reaches it. Then every link from the return
// to the decision is a message, timer or task the system gave itself, the return happened after the last
// outside event, and the policy has not changed since: the system undid its own correction because it had made
// it. Nothing outside is in the interval, so the same may happen again for the same reason.
//
// A timer descends from the step that armed it, and where the model arms a ticker only when there is something
// to do, that step may be a bystander. A walk that comes by a timer of a second or more is loose: under
// stays-converged it counts from the second time in a row on, and it raises the number of cycles that make a spin
// by one.
//
// The walk starts at the decision and not at the step that applied the delete, because raft ships entries in
// batches and commits them in each other's packets: the apply of a delete may descend from the packets of a
// create that has nothing to do with it. A delete that overtook or crossed its create was decided before the
// return and never counts. A delete whose request was not seen counts under (b) only. Where the ring of recent
// steps no longer reaches, the answer is no: the rule errs towards silence.
//
// # Spin
//
// A cycle of a wanted key is a row that was created after the previous cycle ended and then deleted by a decision
// that satisfies (a) or (b). no-spin is violated, at rung closure, by two cycles in a row in quiescence, or by
// three in a row between any two outside events. Toggling from outside makes no cycle, for there is an outside
// event in each; one reaction however violent makes none, for it does not descend from the create. What such
// reactions cost is churn: it ranks and never judges.
//
// # Lasso
//
// A spin may end by itself, when a memory expires, say. If the canonical state of the world was the same at two
// creates of the key, with no outside event and no random draw in between and a delete among the actions, then,
// the world being deterministic, the loop goes on for ever. If any later period, as far as the run goes, differs
// in its actions or their timing, canonical state left something out: the claim is dropped, and no other is made
// in that quiet phase. A lasso implies closure and proves endlessness besides: among the rungs it is the higher.
//
// If there were draws in between, the loop is one that whoever chooses them can keep going; the verdict says so and
// what chance would have to do. It becomes the rung adversarial-lasso only where nothing surer is known: of a run that
// never reached the desired set.
//
// # Deadlines
//
// Bounds are sums of the waits in the configuration, and a verdict prints them. Missing one is the weakest proof, so
// the player may play on to 4 and 16 times the bound, and ask again (Reconfirm): what is over by then was slow and not
// stuck, and is said to be. Runs that part from this one at its last outside event by chance alone (Forked) raise a
// missed deadline to statistical if none of them escapes.
//
// # Replicas
//
// Every controller must apply the entries of the log in order, leave none out, and come to the same result as whoever
// applied the entry first; then its rows are those of the registry, by induction, as of the index it has applied. What
// it has after it restored a snapshot is compared with what the log came to at that index. At rest nobody may lack an
// entry for longer than the bound.
//
// # Disputes
//
// When a key is seen to spin, the causes of the newest decision are walked back to the decision before it. What
// parties read and wrote on that way is one turn of the dispute. From the apply of an entry the walk goes to the
// request for it, not to raft's packets, for a packet may bring several entries.
package checker
