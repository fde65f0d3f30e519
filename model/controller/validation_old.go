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
// so that one promoted meanwhile is mute for up to three minutes; without a leader everyone asks. In v1.1.8
// (094542732) a follower makes up an answer that clears its list, with what arrived meanwhile.
func (c *controller) sendOld(ch *channel, r *roster, gone bool, m model.Msg) {
	leads := c.log.IsLeader()
	switch {
	case gone:
		r.checking = false
	case c.release == model.Ziti100 && (leads || c.leaderless()):
		c.sendValidation(ch, m)
	case c.release == model.Ziti100:
	case leads:
		c.sendValidation(ch, m)
	default:
		c.tellLoop(letter{kind: letterAllValid, router: m.Router})
	}
}

// answeredOld deletes at once, in one call, whatever the router denies: whatever its marker, and whatever
// happened since it was asked.
func (c *controller) answeredOld(router sim.NodeID, r *roster, body *model.CheckList) {
	r.checking = false
	var terms []model.TermID
	for i := range body.Checks {
		k := &body.Checks[i]
		if !k.Valid {
			terms = append(terms, k.Term)
			c.out.Note(model.Msg{Kind: model.NoteValidation, Term: k.Term, Router: router, Aux: k.Marker})
		}
		if at, ok := r.at[k.Term]; ok && (k.Marker == 0 || k.Marker == r.list[at].marker) {
			r.drop(k.Term)
		}
	}
	if len(r.at) == 0 {
		r.reset()
	}
	if len(terms) > 0 {
		c.out.Defer(lanePool, model.Msg{Kind: model.Task, Body: &model.TermList{Terms: terms}})
	}
}
