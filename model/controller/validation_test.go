package controller

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// turn lets the loop take one turn and runs the jobs it starts.
func (r *rig) turn() []sim.Effect[model.Msg] {
	r.t.Helper()
	effects := r.work(laneLoop, model.Msg{Kind: model.Task})
	if job := deferred(effects, lanePool); job != nil {
		return r.work(lanePool, *job)
	}
	return effects
}

// asked returns the ids of the validation request to rtr4.
func (r *rig) asked(effects []sim.Effect[model.Msg]) []model.Check {
	m := r.sent(effects, rtr4, model.ValidateRequest)
	if m == nil {
		return nil
	}
	return m.Body.(*model.CheckList).Checks
}

// verdict answers a validation.
func (r *rig) verdict(checks []model.Check, valid bool) []sim.Effect[model.Msg] {
	answer := &model.CheckList{}
	for _, k := range checks {
		k.Valid = valid
		answer.Checks = append(answer.Checks, k)
	}
	return r.request(rtr4, model.Msg{Kind: model.ValidateReply, Body: answer})
}

func (r *rig) wait(d sim.Duration) { r.now = r.now.Add(d) }

func TestSourceOrLeaderRule(t *testing.T) {
	tests := []struct {
		name   string
		leads  bool
		source sim.NodeID
		want   int
	}{
		{"leader, own", true, ctl2, 1},
		{"leader, another's", true, ctl1, 1},
		{"follower, own", false, ctl2, 1},
		{"follower, another's", false, ctl1, 0},
	}
	for _, test := range tests {
		r := newRig(t, model.Ziti210)
		r.connect(rtr4)
		if r.follow(ctl3); test.leads {
			r.lead()
		}
		r.apply(createEntry(term(1), test.source))
		if got := r.asked(r.turn()); len(got) != 0 {
			t.Errorf("%s: asked about a row that was just created", test.name)
		}
		r.wait(5 * sim.Second)
		if got := r.asked(r.turn()); len(got) != 0 {
			t.Errorf("%s: asked at exactly the age", test.name)
		}
		r.wait(1)
		if got := r.asked(r.turn()); len(got) != test.want {
			t.Errorf("%s: asked about %v, want %d", test.name, got, test.want)
		}
	}
}

// What a follower dropped stays dropped when it becomes the leader (S05).
func TestPromotedFollowerForgot(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.connect(rtr4)
	r.follow(ctl3)
	r.apply(createEntry(term(1), ctl1))
	r.turn()
	r.lead()
	r.wait(10 * sim.Second)
	if got := r.asked(r.turn()); len(got) != 0 {
		t.Errorf("asked about %v", got)
	}
}

// A suspect that could not be ruled on before the loss of leadership is dropped after it.
func TestRuleAfterChangeOfRole(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.connect(rtr4)
	r.lead()
	r.apply(createEntry(term(1), ctl1))
	r.apply(createEntry(term(2), ctl2))
	r.turn()
	r.follow(ctl3)
	r.wait(10 * sim.Second)
	if got := r.asked(r.turn()); len(got) != 1 || got[0].Term != term(2) {
		t.Errorf("asked about %v, want the own row only", got)
	}
}

func TestValidationDeletes(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.lead()
	r.connect(rtr4)
	for i := range uint32(250) {
		r.apply(createEntry(term(i+1), ctl1))
	}
	r.wait(6 * sim.Second)
	checks := r.asked(r.turn())
	if len(checks) != 250 {
		t.Fatalf("asked about %d rows", len(checks))
	}
	if len(r.asked(r.turn())) != 0 {
		t.Error("asked again while a validation is in progress")
	}
	r.verdict(checks[:10], true)
	r.verdict(checks[10:], false)
	for left := 240; left > 0; {
		effects := r.turn() // the job dispatches the batch
		batch := r.log.proposed[len(r.log.proposed)-1]
		if want := min(left, 100); len(batch.Terms) != want || batch.Origin != model.ByValidation {
			t.Fatalf("a batch of %d, want %d; effects %v", len(batch.Terms), want, len(effects))
		}
		if r.turn(); len(r.log.proposed) != r.log.done+1 {
			t.Fatal("a second batch was sent before the first was done")
		}
		r.commit()
		left -= len(batch.Terms)
	}
	if got := len(r.c.db.at); got != 10 {
		t.Errorf("%d rows left, want 10", got)
	}
	r.turn()
	if len(r.c.loop.queued) != 0 || len(r.c.loop.isQueued) != 0 || r.c.loop.deleting {
		t.Errorf("still queued: %v", r.c.loop.queued)
	}
}

// A row that was created again while its validation was under way: ziti-2.1.0 asks again. Before v1.2 the old
// verdict deletes the new row, and after a delete that failed the row is asked for again.
func TestMarkers(t *testing.T) {
	for _, test := range []struct {
		release model.Release
		outcome model.Code // of the delete
		deletes int
		asks    int
	}{
		{model.Ziti210, model.OK, 0, 1}, {model.Ziti100, model.OK, 1, 0}, {model.Ziti118, model.OK, 1, 0},
		{model.Ziti100, model.LeadershipLost, 1, 1}, {model.Ziti118, model.LeadershipLost, 1, 1},
	} {
		r := newRig(t, test.release)
		r.lead()
		r.connect(rtr4)
		r.apply(createEntry(term(1), ctl2))
		r.wait(6 * sim.Second)
		checks := r.asked(r.turn())
		r.apply(model.Entry{Verb: model.DeleteTerms, Terms: []model.TermID{term(1)}})
		r.apply(createEntry(term(1), ctl2)) // a new row, with a new marker
		r.turn()
		r.verdict(checks, false)
		r.turn()
		if got := len(r.log.proposed); got != test.deletes {
			t.Errorf("release %d: %d deletes of a row that was created again", test.release, got)
		}
		if got := r.c.loop.rosters[0].checking; got != (test.deletes > 0) {
			t.Errorf("release %d: the next validation waits: %v", test.release, got)
		}
		if test.outcome == model.OK {
			r.commit()
		} else {
			r.call(func() { r.c.Outcome(1, test.outcome, 0) })
		}
		r.turn()
		r.wait(6 * sim.Second)
		if got := r.asked(r.turn()); len(got) != test.asks {
			t.Errorf("release %d, delete %v: asked again for %v", test.release, test.outcome, got)
		}
	}
}

// Before v1.2 a validation that is lost blocks the next for three minutes, unless the loop sees the router gone.
func TestOldLostValidation(t *testing.T) {
	for _, release := range []model.Release{model.Ziti100, model.Ziti118} {
		for _, seen := range []bool{false, true} {
			r := newRig(t, release)
			r.lead()
			r.connect(rtr4)
			r.apply(createEntry(term(1), ctl2))
			r.wait(6 * sim.Second)
			job := deferred(r.work(laneLoop, model.Msg{Kind: model.Task}), lanePool)
			woken := r.step(sim.Input[model.Msg]{Kind: sim.Down, From: rtr4, Conn: r.on[rtr4]})
			if deferred(woken, laneLoop) == nil {
				t.Fatal("the loop is not told that a router has gone")
			}
			if seen {
				r.turn()
			}
			task := deferred(r.connect(rtr4), laneHandlers)
			r.work(lanePool, *job)
			r.work(laneHandlers, *task)
			if got := r.asked(r.turn()); (len(got) == 1) != seen {
				t.Errorf("release %d, disconnect seen %v: asked for %v", release, seen, got)
			}
			r.wait(3*sim.Minute + sim.Second)
			if got := r.asked(r.turn()); len(got) != 1 {
				t.Errorf("release %d, disconnect seen %v: after the guard asked for %v", release, seen, got)
			}
		}
	}
}

// A leader that was lost between the loop's turn and the job asks nevertheless, before v1.2.
func TestOldLeaderlessJob(t *testing.T) {
	for _, release := range []model.Release{model.Ziti100, model.Ziti118} {
		r := newRig(t, release)
		r.lead()
		r.connect(rtr4)
		r.apply(createEntry(term(1), ctl2))
		r.wait(6 * sim.Second)
		job := deferred(r.work(laneLoop, model.Msg{Kind: model.Task}), lanePool)
		r.log.leads, r.log.leader = false, 0
		if got := r.asked(r.work(lanePool, *job)); len(got) != 1 {
			t.Errorf("release %d: asked for %v", release, got)
		}
	}
}

func TestValidationGuard(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.lead()
	r.connect(rtr4)
	r.apply(createEntry(term(1), ctl2))
	r.wait(6 * sim.Second)
	if len(r.asked(r.turn())) != 1 {
		t.Fatal("not asked")
	}
	r.step(sim.Input[model.Msg]{Kind: sim.Down, From: rtr4, Conn: r.on[rtr4]})
	r.work(laneHandlers, *deferred(r.connect(rtr4), laneHandlers))
	r.wait(3 * sim.Minute)
	if len(r.asked(r.turn())) != 0 {
		t.Error("the guard ended early")
	}
	r.wait(1)
	if len(r.asked(r.turn())) != 1 {
		t.Error("the guard did not end")
	}
	r.step(sim.Input[model.Msg]{Kind: sim.Down, From: rtr4, Conn: r.on[rtr4]})
	r.turn()
	if n := len(r.c.loop.rosters[0].at); n != 0 {
		t.Errorf("a disconnected router kept %d suspects", n)
	}
}

func TestDeleteGuard(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.lead()
	r.connect(rtr4)
	r.apply(createEntry(term(1), ctl2))
	r.wait(6 * sim.Second)
	checks := r.asked(r.turn())
	r.verdict(checks, false)
	r.turn()
	r.wait(29 * sim.Second)
	if r.turn(); len(r.log.proposed) != 1 {
		t.Errorf("%d batches within the guard", len(r.log.proposed))
	}
	r.wait(sim.Second)
	if r.turn(); len(r.log.proposed) != 2 {
		t.Errorf("%d batches after the guard", len(r.log.proposed))
	}
}

// A failed batch stays queued; the loop's next turn tries again. An id that is gone is dropped.
func TestFailedBatch(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.lead()
	r.connect(rtr4)
	r.apply(createEntry(term(1), ctl2))
	r.wait(6 * sim.Second)
	checks := r.asked(r.turn())
	r.log.refuse = model.TransferInProgress
	r.verdict(checks, false)
	if effects := r.turn(); deferred(effects, laneLoop) != nil {
		t.Error("a failed batch woke the loop")
	}
	if len(r.c.loop.queued) != 1 {
		t.Fatal("the id is no longer queued")
	}
	r.log.refuse = model.None
	if r.turn(); len(r.log.proposed) != 1 {
		t.Error("not tried again")
	}
	r.apply(model.Entry{Verb: model.DeleteTerms, Terms: []model.TermID{term(1)}})
	r.wait(31 * sim.Second)
	if r.turn(); len(r.log.proposed) != 1 || len(r.c.loop.queued) != 0 {
		t.Error("an absent id was deleted or kept")
	}
}

func TestLeaderlessLoopWaits(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.connect(rtr4)
	r.apply(createEntry(term(1), ctl2))
	r.wait(6 * sim.Second)
	if len(r.asked(r.turn())) != 0 {
		t.Error("asked without a leader")
	}
	r.lead()
	job := deferred(r.work(laneLoop, model.Msg{Kind: model.Task}), lanePool)
	r.log.leads, r.log.leader = false, 0
	r.work(lanePool, *job)
	if r.c.loop.rosters[0].checking {
		t.Error("a request that was not sent blocks the next")
	}
}

func TestOldFollowers(t *testing.T) {
	// v1.0.0: a follower sends nothing and is blocked by the guard, even once it leads.
	r := newRig(t, model.Ziti100)
	r.connect(rtr4)
	r.follow(ctl3)
	r.apply(createEntry(term(1), ctl2))
	r.wait(6 * sim.Second)
	if len(r.asked(r.turn())) != 0 || !r.c.loop.rosters[0].checking {
		t.Error("v1.0.0: a follower asked, or is not blocked")
	}
	r.lead()
	r.wait(2 * sim.Minute)
	if len(r.asked(r.turn())) != 0 {
		t.Error("v1.0.0: the promoted follower is not mute")
	}
	r.wait(2 * sim.Minute)
	checks := r.asked(r.turn())
	if len(checks) != 1 {
		t.Fatal("v1.0.0: the promoted follower never asks")
	}
	r.verdict(checks, false)
	r.turn()
	if len(r.log.proposed) != 1 || len(r.log.proposed[0].Terms) != 1 {
		t.Errorf("v1.0.0: deletes %v", r.log.proposed)
	}
	// v1.1.8: a follower clears its list, with what came meanwhile.
	r = newRig(t, model.Ziti118)
	r.connect(rtr4)
	r.follow(ctl3)
	r.apply(createEntry(term(1), ctl2))
	r.wait(6 * sim.Second)
	job := deferred(r.work(laneLoop, model.Msg{Kind: model.Task}), lanePool)
	r.apply(createEntry(term(2), ctl2))
	r.work(laneLoop, model.Msg{Kind: model.Task})
	r.work(lanePool, *job)
	r.turn()
	if n := len(r.c.loop.rosters[0].at); n != 0 {
		t.Errorf("v1.1.8: %d suspects left at a follower", n)
	}
}

func TestConnectedRowsAreValidated(t *testing.T) {
	r := newRig(t, model.Ziti210)
	r.lead()
	for i := range uint32(5) {
		r.apply(createEntry(term(i+1), ctl1))
	}
	r.turn()
	r.wait(sim.Minute)
	task := deferred(r.connect(rtr4), laneHandlers)
	r.work(laneHandlers, *task)
	if got := r.asked(r.turn()); len(got) != 5 || got[0].Term != term(1) || got[4].Term != term(5) {
		t.Errorf("asked about %v", got)
	}
}
