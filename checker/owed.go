package checker

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// What is owed: deletes that a controller queued after a validation, and answers that a router owes a controller which
// asked what it hosts; as long as the question is open, the controller asks nothing else. Slots of the limiters are
// not noted when they are taken: one that is never given back shows as entries that remain half done.

// question is a validation that a router has not answered yet.
type question struct {
	conn sim.ConnID // 0: none is open
	at   sim.Time
	step uint64
}

// questions are the open ones, by router and controller.
type questions struct {
	open []question
	many int // controllers
}

func (q *questions) init(routers, controllers int) {
	q.open, q.many = make([]question, routers*controllers), controllers
}

// of returns the questions a router was asked, by controller.
func (q *questions) of(router int32) []question {
	return q.open[int(router)*q.many : (int(router)+1)*q.many]
}

// asked takes a validation that reached a router.
func (c *Checker) asked(s sim.Stamp, in *sim.Input[model.Msg]) {
	r, p := c.router(s.Node), c.members.member(in.From)
	if r >= 0 && p != nil {
		c.questions.of(r)[c.members.byNode[in.From]-1] = question{in.Conn, s.At, s.Step}
	}
}

// closed ends the question that came over a connection: it is answered, or the answer cannot arrive any more.
func (c *Checker) closed(node sim.NodeID, conn sim.ConnID) {
	r := c.router(node)
	if r < 0 {
		return
	}
	for i := range c.questions.of(r) {
		if q := &c.questions.of(r)[i]; q.conn == conn {
			*q = question{}
		}
	}
}

// released ends what a process owed, and was owed, that is over.
func (c *Checker) released(node sim.NodeID) {
	if r := c.router(node); r >= 0 {
		clear(c.questions.of(r))
		return
	}
	for i := range c.terms {
		if c.terms[i].queued.node == node {
			c.terms[i].queued = queued{}
		}
	}
	for i := range c.questions.open {
		if c.members.member(node) != nil && i%c.questions.many == int(c.members.byNode[node]-1) {
			c.questions.open[i] = question{}
		}
	}
}

// owed returns what is owed at the end, in the order of those who owe it. Before ziti-2.1.0 a controller queues no
// deletes: it runs them at once or not at all.
func (c *Checker) owed() []lasting {
	list := []lasting{}
	for i := range c.terms {
		t := &c.terms[i]
		if q := &t.queued; t.row && q.step != 0 && c.cfg.Release >= model.Ziti210 {
			list = append(list, lasting{term: int32(i), since: max(q.at, c.quiet), step: q.step,
				text: "queued for deletion by " + c.node(q.node), what: "queued"})
		}
	}
	slices.SortFunc(list, func(a, b lasting) int { return cmp.Compare(c.terms[a.term].id, c.terms[b.term].id) })
	for i := range c.questions.open {
		q := &c.questions.open[i]
		r := &c.routers[i/c.questions.many]
		if q.conn != 0 && r.connected() {
			list = append(list, lasting{term: -1, since: max(q.at, c.quiet), step: q.step,
				text: "owes " + c.node(c.members.list[i%c.questions.many].node) + " an answer to its validation",
				what: "unanswered", name: c.node(r.node)})
		}
	}
	return list
}
