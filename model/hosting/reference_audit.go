package hosting

import (
	"gyre/model"
	"gyre/sim"
)

// ask begins an audit: one message, with the sum of what is taken for established.
func (r *reference) ask() {
	p := r.env.Params()
	sum, open := uint64(0), false
	for _, t := range r.terms {
		if t.state == model.Established {
			sum += model.Mark(t.id, t.gen)
		} else {
			open = true
		}
	}
	if open && !r.reliable {
		sum = ^sum // whether the others have rows is all that tells what became of them: let there be a list
	}
	r.audit = 0
	m := model.Msg{Kind: model.Audit, Req: r.env.NextReq(), Router: r.env.Self(), Index: sum % model.MarkSum}
	ctrl := r.controller(r.misses)
	if ctrl != 0 && r.env.Send(ctrl, m) == model.OK {
		r.audit = m.Req
	}
	if !r.reliable {
		r.askIn(p.ServicePoll)
		return
	}
	// No answer, or none yet. An answer moves this.
	r.misses++
	r.askIn(p.RequestTimeout + r.jitter(p.RequestTimeout))
}

// askIn sets the time of the next audit.
func (r *reference) askIn(span sim.Duration) {
	r.askAt = r.env.Now().Add(span)
	r.env.Arm(askTimerRef, span)
}

// AuditReply implements Auditor.
func (r *reference) AuditReply(_ sim.NodeID, m *model.Msg) {
	if !r.sync && r.audit != m.Req {
		return // with sync, an answer that is late is as good as its index
	}
	r.audit = 0
	p := r.env.Params()
	if r.sync && m.Index < r.seen {
		if r.reliable {
			r.askIn(p.SettleCheck<<min(r.misses, 4) + r.jitter(p.SettleCheck))
		}
		return
	}
	r.misses = 0
	r.seen = max(r.seen, m.Index)
	acted := false
	if list, ok := m.Body.(*model.RowList); ok {
		acted = r.compare(list.Rows, m.Aux)
	}
	switch {
	case acted:
		r.askIn(p.SettleCheck)
	case r.reliable:
		r.askIn(p.ServicePoll/2 + r.jitter(p.ServicePoll))
	}
	r.pump()
}

// compare compares the entries with a controller's rows, both ascending by id, and reports whether there was anything
// to do. modelIndex is how new the desired set of the router is at that controller.
func (r *reference) compare(rows []model.Row, modelIndex uint64) bool {
	index, known := r.desired.Desired()
	foreign := known && (!r.sync || index >= modelIndex)
	acted := false
	terms := append([]*claim(nil), r.terms...)
	i := 0
	for k := range rows {
		for ; i < len(terms) && terms[i].id < rows[k].Term; i++ {
			acted = r.missing(terms[i]) || acted
		}
		if i < len(terms) && terms[i].id == rows[k].Term {
			acted = r.present(terms[i], &rows[k]) || acted
			i++
			continue
		}
		if foreign {
			r.surplus(&rows[k])
			acted = true
		}
	}
	for ; i < len(terms); i++ {
		acted = r.missing(terms[i]) || acted
	}
	return acted
}

// underWay reports whether an entry is being dealt with, as far as anybody keeps account of it.
func (r *reference) underWay(t *claim) bool {
	return t.fresh || t.queued || r.reliable && t.state != model.Established
}

// missing takes an entry without a row.
func (r *reference) missing(t *claim) bool {
	if r.underWay(t) {
		return false
	}
	if t.state == model.Deleting {
		r.leave(t, model.WhyRemoved)
		return false
	}
	r.again(t)
	return true
}

// present takes an entry with its row.
func (r *reference) present(t *claim, row *model.Row) bool {
	if r.underWay(t) {
		return false
	}
	switch {
	case t.state == model.Deleting || row.Gen < t.gen && t.state == model.Establishing:
		r.enqueue(t)
		return true
	case row.Gen != t.gen: // only another process that takes itself for this router can have done that
		r.overtake(row.Gen)
		r.set(t, model.Established, model.WhyValidated)
		r.again(t)
		return true
	}
	r.set(t, model.Established, model.WhyValidated)
	return false
}

// again has an entry created that is not there. If that is what it waits for, it is asked again, under the same
// generation: a new one would overrule what may be about to come.
func (r *reference) again(t *claim) {
	if t.state == model.Established {
		r.overrule(t)
		r.set(t, model.Establishing, model.WhyReestablish)
	}
	r.enqueue(t)
}

// surplus takes a row without an entry: it should not be.
func (r *reference) surplus(row *model.Row) {
	r.overtake(row.Gen)
	t := r.enter(row.Term, Key{Service: row.Service, Index: row.N})
	t.gen, t.closed, t.asked = r.generation(), true, true
	r.set(t, model.Deleting, model.WhyValidated)
	r.enqueue(t)
}

// Canon implements sim.Canonical. Generations only grow; how far each is behind the newest is what steers.
func (r *reference) Canon(c *sim.Canon) {
	for _, at := range []sim.Time{r.flushAt, r.dueAt, r.askAt} {
		when(c, "", at)
	}
	newest := r.floor + model.NewGeneration(r.env.Life(), r.gens)
	c.Count("seen", r.seen, r.seen)
	c.Flag("audit", r.audit != 0)
	c.Int("misses", int64(r.misses))
	c.Int("terms", int64(len(r.terms)))
	for _, t := range r.terms {
		t.canon(c, newest)
	}
	for _, q := range [...]*fifo{&r.creates, &r.removes} {
		c.Int("queue", int64(q.len()))
		for _, t := range q.list[q.head:] {
			c.Ref("", model.ClassTerm, uint64(t.id))
			c.Flag("gone", t.gone)
		}
	}
	c.Int("decided", int64(len(r.decided)))
	for _, t := range r.decided {
		c.Ref("", model.ClassTerm, uint64(t.id))
	}
	c.Int("ops", int64(len(r.ops)))
	for _, o := range r.ops {
		c.Int("", int64(o.kind))
		c.When("end", o.end)
		for _, t := range o.terms {
			c.Ref("", model.ClassTerm, uint64(t.id))
			c.Flag("newest", t.req == o.req)
		}
	}
}

func (t *claim) canon(c *sim.Canon, newest uint64) {
	c.Ref("", model.ClassTerm, uint64(t.id))
	c.Ref("", model.ClassService, uint64(t.key.Service))
	c.Int("", int64(t.key.Index))
	c.Kind(uint64(t.state), t.state.String())
	c.Count("gen", t.gen, newest)
	c.Flag("asked", t.asked)
	c.Flag("closed", t.closed)
	c.Flag("under-way", t.req != 0)
	c.Int("tries", int64(t.tries))
	when(c, "at", t.at)
}
