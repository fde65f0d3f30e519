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
//
// A file is one JSON object: meta says where it was recorded, scripts is the list of timelines, each with suite (which
// code), name, title, determinism (exact, aggregate, varies) and events in order of time, each with ms, event, detail.
//
// Events that the script does: action, create-reply (TN #k Success, FailedBusy, FailedOther; it answers the k-th
// create-sent), remove-reply (#k ok, busy, failed), validate-sent. A request without a reply in the file got none,
// except where a script hosts many at once: then each is answered after the time its title names.
//
// Actions: control channel to cN established, leader is now cN, cN becomes unreachable (underlay lost), cN reachable
// again, control channel to cN closed (registration removed), cN black-holed, host svcX, host N services, close svcX
// (TN), close all N, cN: NotifyOfReconnect, controller available, queue unrelated work item on the rate limiter pool;
// of SDKs: bind svcX listenerId="LN" -> TN replaceExisting=false, sdk unbinds svcX (TN), sdk channel closes.
//
// Events that were seen: create-sent, remove-sent, state, create-not-sent, create-attempt, remove-failed,
// limiter-expired, limiter-window, reestablish-begin, ctrl-event, heartbeat, heartbeat-close, dial-failed, give-up,
// validate-reply, to-sdk; and looks inside: inspect, sample, summary, note.
package calibrate
