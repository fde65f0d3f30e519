package controller

import (
	"gyre/model"
	"gyre/sim"
)

// validateOld is the loop's turn for one router before v1.2: no rule about who asks, so that decides the job.
func (c *controller) validateOld(ch *channel, r *roster) {
	if ch.conn == 0 {
		r.reset()
		return
	}
	if c.blocked(r) {
		return
	}
	if body := c.aged(r); body != nil {
		c.ask(ch, r, body)
	}
}

// sendOld is the pool job of a validation. In v1.0.0 a follower sends nothing and stays blocked by the guard,
// so that one promoted meanwhile is mute for up to three minutes. In v1.1.8 (094542732) a follower makes up an
// answer that clears its list, with what arrived meanwhile. Without a leader everyone asks. A request that finds
// its connection gone is lost, and only the guard ends the wait for its answer.
func (c *controller) sendOld(ch *channel, gone bool, m model.Msg) {
	switch {
	case c.log.IsLeader() || c.leaderless():
		if !gone {
			c.sendValidation(ch, m)
		}
	case c.prof.mocks:
		c.tellLoop(letter{kind: letterAllValid, router: m.Router})
	}
}

// denied is the handler of a router's verdicts (DeleteInvalid): before the loop hears of them, whatever the router
// denies is deleted at once, in one call, whatever its marker, and whatever happened since it was asked.
func (c *controller) denied(m model.Msg) {
	body, ok := m.Body.(*model.CheckList)
	sim.Assert(ok, "a validation reply without a list")
	var terms []model.TermID
	for i := range body.Checks {
		k := &body.Checks[i]
		if !k.Valid {
			terms = append(terms, k.Term)
			c.out.Note(model.Msg{Kind: model.NoteValidation, Term: k.Term, Router: m.Router, Aux: k.Marker})
		}
	}
	if len(terms) == 0 {
		c.tellLoop(letter{kind: letterReply, router: m.Router, body: body})
		return
	}
	e := &model.Entry{Verb: model.DeleteTerms, Origin: model.ByValidation, Terms: terms, Source: c.self}
	c.dispatch(e, asker{purpose: forBatch, msg: m})
}

// answeredOld ends a validation. If rows were denied and are deleted, all that was answered is settled, also what
// was created anew since it was asked for; after a failure, what was denied is asked for again. Otherwise a
// verdict counts if its marker is that of the suspect.
func (c *controller) answeredOld(r *roster, body *model.CheckList, deleted bool) {
	r.checking = false
	for i := range body.Checks {
		k := &body.Checks[i]
		at, ok := r.at[k.Term]
		if ok && (deleted || k.Valid && (k.Marker == 0 || k.Marker == r.list[at].marker)) {
			r.drop(k.Term)
		}
	}
	if len(r.at) == 0 {
		r.reset()
	}
}
