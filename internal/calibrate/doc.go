// Package calibrate replays timelines that were recorded from OpenZiti's own router code against the model's router,
// and says event by event where they agree.
//
// A timeline (timeline.go) is a script of actions and scripted replies, and what the real code did. The replay
// (replay.go, script.go) puts one router of the model, alone and whole, against controllers that do what the script
// says, and writes down what it does in the words of the timelines (observe.go). The comparison (compare.go) goes kind
// by kind: an exact timeline agrees if every event is there at its millisecond, in any order within one; one that
// depends on scheduling, map order or jitter agrees if its counts, its first and last event and its busiest
// millisecond lie where those of the model's runs under many seeds do (range.go).
//
// What cannot be judged is said and counted, never skipped: words this package does not know, log lines that have no
// counterpart in the model, and all that comes after an action that cannot be replayed.
package calibrate
