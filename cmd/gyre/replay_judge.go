package main

import (
	"strings"

	"gyre/internal/corpus"
	"gyre/scenarios"
)

// judge compares a replay with what is recorded.
func (r *replayed) judge(e *scenarios.Entry, now *scenarios.Replayed) {
	drift := e.Drift(now)
	switch {
	case now.Fault != nil && e.Property != scenarios.Fault:
		r.Status = faulty
		r.say("event %d: %s", now.Events, now.Fault.Text)
	case !now.Violated && now.Limit != nil:
		r.Status = bounded
		r.say("%s", now.Limit.Error())
	case !now.Violated:
		r.Status = lost
		r.say("%s was violated (%s), now: %s", e.Property, strings.TrimSpace(e.Rung+" "+e.Class), now.Why)
		r.say("a known failure is lost: find out why before the file goes")
		r.parting(e, now)
	case len(drift) > 0:
		r.Status = drifted
		for _, d := range drift {
			r.say("%s", d)
		}
		r.parting(e, now)
		r.say("accept it with: gyre replay --update %s", quote(r.File))
	default:
		r.Status = asRecorded
	}
}

// parting says where the trace differs first from the one recorded.
func (r *replayed) parting(e *scenarios.Entry, now *scenarios.Replayed) {
	lines, err := corpus.Trace(now.Outcome, e.Property, scenarios.Options{})
	if err != nil {
		r.say("%v", err)
		return
	}
	for i := range max(len(lines), len(e.Trace)) {
		was, is := "(no line)", "(no line)"
		if i < len(e.Trace) {
			was = e.Trace[i]
		}
		if i < len(lines) {
			is = lines[i]
		}
		if was != is {
			r.say("first line of the trace that differs, number %d:\n  was %s\n  is  %s", i+1, was, is)
			return
		}
	}
	if len(lines) > 0 {
		r.say("the recorded lines of the trace are the same; the runs differ elsewhere")
	}
}

// accept rewrites the file with what the replay came to.
func (r *replayed) accept(e *scenarios.Entry, now *scenarios.Replayed) {
	if err := e.Accept(now); err != nil {
		r.say("not accepted: %v", err)
		return
	}
	r.Text = r.Text[:max(0, len(r.Text)-1)] // without the hint to update
	var err error
	if e.Trace, err = corpus.Trace(now.Outcome, e.Property, scenarios.Options{}); err == nil {
		err = corpus.Replace(r.File, e.String())
	}
	if err != nil {
		r.Status = unwritten
		r.say("--update: %v", err)
		return
	}
	r.Status = updated
}

// replayStale plays what still applies of a plan.
func (r *replayed) replayStale(old *scenarios.StaleError) {
	e := old.Entry
	r.about(e)
	r.Status = stale
	r.say("%v", old.Err)
	if e.Plan == nil {
		r.say("nothing of the plan can be played")
		return
	}
	r.say("%d of %s still apply, those before it", old.Applied, plural(old.Of, "directive"))
	now, err := e.Replay(scenarios.Options{})
	switch {
	case err != nil:
		r.say("they cannot be played: %v", err)
	case now.Violated:
		r.say("they violate %s all the same (%s): %s", e.Property, now.Now.Rung, now.Why)
	default:
		r.say("they come to: %s %s", e.Property, now.Why)
	}
}
