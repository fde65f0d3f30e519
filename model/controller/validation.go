package controller

import (
	"gyre/model"
	"gyre/sim"
)

// validate210 is sendTerminatorValidationRequest at HEAD.
func (c *controller) validate210(ch *channel, r *roster) {
	if ch.conn == 0 {
		r.reset() // it will be asked again when it connects
		return
	}
	if c.blocked(r) || c.cfg.Bugs.Has(model.B18) {
		return
	}
	c.rule(r)
	if body := c.aged(r); body != nil {
		c.ask(ch, r, body)
	}
}

// rule drops what is someone else's job: rows are validated by the controller that submitted the create, and by
// the leader. It is applied once to each suspect, and again to all of them after a change of role.
func (c *controller) rule(r *roster) {
	leads := c.log.IsLeader()
	if leads != r.asLeader {
		r.ruled, r.asLeader = 0, leads
	}
	if !leads {
		for i := r.ruled; i < len(r.list); i++ {
			if s := &r.list[i]; s.term != 0 && (s.source != c.self || c.cfg.Bugs.Has(model.B23)) {
				r.drop(s.term)
			}
		}
	}
	r.ruled = len(r.list)
	if len(r.at) == 0 {
		r.list, r.ruled, r.head, r.jumbled = r.list[:0], 0, 0, false
	}
}

// send210 is the pool job of a validation.
func (c *controller) send210(ch *channel, r *roster, gone bool, m model.Msg) {
	if gone || c.leaderless() {
		r.checking = false
		return
	}
	if c.cfg.Bugs.Has(model.B20) && !c.log.IsLeader() {
		return // the guard alone ends the wait
	}
	c.sendValidation(ch, m)
}

// answered210 takes a router's verdicts. A verdict counts if its marker is that of the suspect: a row created
// again since then is asked for again.
func (c *controller) answered210(router sim.NodeID, r *roster, body *model.CheckList) {
	r.checking = false
	for i := range body.Checks {
		k := &body.Checks[i]
		at, ok := r.at[k.Term]
		stale := ok && k.Marker != 0 && k.Marker != r.list[at].marker && !c.cfg.Bugs.Has(model.B19)
		if !ok || stale {
			continue
		}
		if !k.Valid {
			c.queueDelete(router, k)
		}
		r.drop(k.Term)
	}
	if len(r.at) == 0 {
		r.reset()
	}
}

func (c *controller) queueDelete(router sim.NodeID, k *model.Check) {
	l := &c.loop
	if l.isQueued[k.Term] {
		return
	}
	l.isQueued[k.Term] = true
	l.queued = append(l.queued, k.Term)
	c.out.Note(model.Msg{Kind: model.NoteValidation, Term: k.Term, Router: router, Aux: k.Marker})
}

// deleteQueued is processQueuedDeletes: one batch at a time. An id is not looked at again before it is deleted,
// though its row may have been created anew since it was judged.
func (c *controller) deleteQueued() {
	l := &c.loop
	if l.deleting && c.now.Sub(l.since) < c.p.DeleteGuard {
		return
	}
	var terms []model.TermID
	keep := l.queued[:0]
	for _, term := range l.queued {
		if c.db.find(term) == nil {
			delete(l.isQueued, term)
			continue
		}
		keep = append(keep, term)
		if int64(len(terms)) < c.p.DeleteBatch {
			terms = append(terms, term)
		}
	}
	l.queued = keep
	l.deleting = len(terms) > 0
	if l.deleting {
		l.since = c.now
		c.out.Defer(lanePool, model.Msg{Kind: model.Task, Body: &model.TermList{Terms: terms}})
	}
}

// deleteBatch is the pool job that deletes.
func (c *controller) deleteBatch(list *model.TermList) {
	e := &model.Entry{Verb: model.DeleteTerms, Origin: model.ByValidation, Terms: list.Terms, Source: c.self}
	a := asker{purpose: forBatch}
	a.msg.Body = list
	c.dispatch(e, a)
}

// batchEnded takes a batch's outcome. After an error its ids stay queued for the loop's next turn.
func (c *controller) batchEnded(a asker, code model.Code) {
	if !c.prof.ruled {
		c.tellLoop(letter{kind: letterReply, router: a.msg.Router, body: a.msg.Body, done: code == model.OK})
		return
	}
	if code == model.OK {
		c.tellLoop(letter{kind: letterDeleted, body: a.msg.Body})
		return
	}
	c.loop.deleting = false
}

// batchDone removes a deleted batch from the queue.
func (c *controller) batchDone(list *model.TermList) {
	l := &c.loop
	l.deleting = false
	for _, term := range list.Terms {
		delete(l.isQueued, term)
	}
	keep := l.queued[:0]
	for _, term := range l.queued {
		if l.isQueued[term] {
			keep = append(keep, term)
		}
	}
	l.queued = keep
}
