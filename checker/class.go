package checker

import (
	"fmt"

	"gyre/model"
	"gyre/sim"
)

// Classes of disputes.
const (
	staleRevert = "stale revert"
	echo        = "echo"
	retryStorm  = "retry storm"
	twoWriters  = "two writers"
	resonance   = "resonance"
	starvation  = "starvation"
	unfollowed  = "unfollowed" // what led to the decision is not known well enough
)

// evidence is what the steps of a turn have in them.
type evidence struct {
	waits  bool // a refusal for want of room
	fails  bool // a request that failed
	news   bool // word that a session is gone
	answer bool // the answer to the create of the row
}

func (q *quarrel) evidence() evidence {
	e := evidence{}
	for i := range q.n {
		l := &q.links[i]
		e.waits = e.waits || l.input == sim.Overflow
		if l.input != sim.Deliver {
			continue
		}
		switch l.code {
		case model.RateLimited, model.Busy, model.TooBusy:
			e.waits = true
		case model.Timeout, model.Failed, model.Other, model.Leaderless:
			e.fails = true
		case model.OK:
			e.answer = e.answer || l.kind == model.CreateReply && (l.term == q.term || l.term == q.row)
		}
	}
	for i := range q.many {
		e.news = e.news || q.acts[i].kind == model.NoteSession || q.acts[i].kind == model.NoteState &&
			q.acts[i].code == model.WhySession
	}
	return e
}

// class names the kind of dispute. The decision is the newest step. What is not in evidence is not claimed.
func (c *Checker) class(q *quarrel) (class, why string) {
	m, e := &q.links[0], q.evidence()
	who := c.node(m.node)
	switch {
	case q.deed == deedQueued && m.version < q.index:
		return staleRevert, fmt.Sprintf("%s undoes index %d as of index %d", who, q.index, m.version)
	case e.news:
		return staleRevert, fmt.Sprintf("%s undoes index %d because of news that is older than it", who, q.index)
	case m.node != q.owner:
		return twoWriters, fmt.Sprintf("%s undoes what %s writes", who, c.node(q.owner))
	case e.waits:
		return starvation, fmt.Sprintf("%s is refused for want of room, and undoes what it has", who)
	case q.early:
		return retryStorm, fmt.Sprintf("no answer came in time: %s had given %s up and tried again before its create "+
			"was applied", who, c.id(q.term))
	case e.fails:
		return retryStorm, fmt.Sprintf("%s undoes and tries again because a request failed", who)
	case q.loose && e.answer:
		return resonance, fmt.Sprintf("a timer of %s comes round when its own write has settled, and begins the next", who)
	case e.answer:
		return echo, fmt.Sprintf("%s reacts to the answer to its own write", who)
	}
	return unfollowed, fmt.Sprintf("%s undoes what it has, and what made it do so could not be followed", who)
}
