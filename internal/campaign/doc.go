// Package campaign plays generated plans, many at a time, and keeps what they find.
//
// A campaign is a sequence of seeds. What it comes to is a function of its configuration alone: seeds are worked on in
// any order by any number of workers, but their results are taken in the order of the seeds. Feedback, the plans that
// reached new states, is frozen per epoch: a seed of epoch e sees what the epochs up to e-2 came to, so that no worker
// ever waits for the end of an epoch.
//
// A finding is saved the moment it is known, before it is shrunk; the journal has a line for each seed that is done.
// A campaign that is killed loses the plans in hand and nothing else.
package campaign
