package controller

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// The controller's side of the reference. There is no validation loop and no delete of its own: a row has one writer,
// the router that owns it, and a controller does what the log says and answers audits.

// fence is the newest generation that was applied to a terminator id, and the log index that did. It outlives the
// row: that is what an operation which comes late runs into. As ids are stable there are no more of them than
// terminators a router was ever told to host.
type fence struct {
	gen   uint64
	index uint64
}

type fences map[model.TermID]fence

// fenced is a fence with its id.
type fenced struct {
	term model.TermID
	fence
}

// pass reports whether an operation of a generation may be applied to an id, and if so remembers it.
func (d *db) pass(term model.TermID, gen, index uint64) bool {
	if gen < d.fences[term].gen {
		return false
	}
	if d.fences == nil {
		d.fences = fences{}
	}
	d.fences[term] = fence{gen, index}
	return true
}

// upsert applies a create with a generation, as far as it does not insert: it is stale, or there is the row and it is
// of the new generation from now on. A row of that id which is another's gives way, so no mismatch lasts.
func (d *db) upsert(index uint64, e *model.Entry) (done bool, code model.Code) {
	if !d.pass(e.Term, e.Gen, index) {
		return true, model.Stale
	}
	r := d.find(e.Term)
	if r == nil {
		return false, model.OK
	}
	if r.service == e.Service && r.router == e.Router && r.n == e.N {
		return true, model.OK
	}
	d.remove(e.Term)
	d.gone = d.gone[:0] // its record is written over; after a crash before the commit the entry is applied again
	return false, model.OK
}

// removeGens applies a delete with generations. Stale says that it left some rows alone, for they are newer.
func (d *db) removeGens(index uint64, e *model.Entry) model.Code {
	code := model.OK
	for i, term := range e.Terms {
		if d.pass(term, e.Gens[i], index) {
			d.remove(term)
		} else {
			code = model.Stale
		}
	}
	return code
}

// saveFences saves the fences that an entry moved. After a crash before the commit such a record is passed over: the
// entry is applied again next, and what it was let pass then it is let pass again.
func (c *controller) saveFences(index uint64, e *model.Entry) {
	save := func(term model.TermID) {
		if f, ok := c.db.fences[term]; ok && f.index == index {
			c.out.Save(fileFences, uint64(term), model.Msg{Kind: model.Record, Term: term, Index: index, Aux: f.gen})
		}
	}
	switch e.Verb {
	case model.CreateTerm:
		save(e.Term)
	case model.DeleteTerms:
		for _, term := range e.Terms {
			save(term)
		}
	}
}

func (d *db) loadFences(disk *sim.Disk[model.Msg]) {
	for _, slot := range disk.Slots(fileFences) {
		if m, _ := disk.Get(fileFences, slot); m.Index <= d.applied {
			d.pass(m.Term, m.Aux, m.Index)
		}
	}
}

// unpackFences takes the fences of a snapshot. They only ever grow, so no record of an older one is left.
func (c *controller) unpackFences(list []fenced) {
	for i := range list {
		f := &list[i]
		c.db.pass(f.term, f.gen, f.index)
		c.out.Save(fileFences, uint64(f.term), model.Msg{Kind: model.Record, Term: f.term, Index: f.index, Aux: f.gen})
	}
}

// list returns the fences in the order of their ids.
func (f fences) list() []fenced {
	if len(f) == 0 {
		return nil
	}
	all := make([]fenced, 0, len(f))
	for term := range f { //tidy:ok sorted below
		all = append(all, fenced{term, f[term]})
	}
	slices.SortFunc(all, func(a, b fenced) int { return compareTerms(a.term, b.term) })
	return all
}

func compareTerms(a, b model.TermID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// canon visits the fences: how far each is behind the newest of its router.
func (f fences) canon(v *sim.Canon) {
	list := f.list()
	for i := 0; i < len(list); {
		end, newest := i, uint64(0)
		for end < len(list) && list[end].term.Router() == list[i].term.Router() {
			newest = max(newest, list[end].gen)
			end++
		}
		for ; i < end; i++ {
			v.Ref("", model.ClassTerm, uint64(list[i].term))
			v.Count("gen", list[i].gen, newest)
		}
	}
}

// patient reports whether a router that is ahead of this controller is told nothing until it has caught up, be it the
// leader: a leader may have a log that is complete and apply it late.
func (c *controller) patient() bool {
	return c.release == model.Reference && !c.cfg.Without.Has(model.Sync)
}

// claim is the create handler: access is looked at here, however stale, for a refusal is asked again; everything else
// is decided in the log.
func (c *controller) claim(m model.Msg) {
	access := c.db.access(m.Router, m.Service)
	switch {
	case access.n == 0:
		c.refuse(&m, model.InvalidService)
	case !access.allowed:
		c.refuse(&m, model.AccessDenied)
	default:
		c.out.Defer(laneSubmit, m)
	}
}

// disclaim is the remove handler. Ids of another router are dropped as far as this controller knows their owner.
func (c *controller) disclaim(m model.Msg) {
	list, ok := m.Body.(*model.TermList)
	sim.Assert(ok, "a remove request of the reference without a list")
	e := &model.Entry{Verb: model.DeleteTerms, Origin: model.ByRouter, Router: m.Router, Source: c.self}
	for i, id := range list.Terms {
		if r := c.db.find(id); r != nil && r.router != m.Router {
			continue
		}
		e.Terms = append(e.Terms, id)
		if len(list.Gens) > 0 {
			e.Gens = append(e.Gens, list.Gens[i])
		}
	}
	if len(e.Terms) == 0 {
		c.removeReply(&m, model.OK)
		return
	}
	c.dispatch(e, asker{purpose: forRemove, msg: m})
}

// settled answers a create or a remove with what the log said, and as of which index. Whatever else happened is Busy:
// ask again, for that changes nothing. That goes for an entry that was applied, but not here in time, too: a controller
// vouches for nothing that it has not seen.
func (c *controller) settled(a asker, code model.Code, index uint64) {
	m := &a.msg
	answer := model.Msg{Kind: model.CreateReply, Req: m.Req, Term: m.Term, Code: code, Aux: index}
	if a.purpose == forRemove {
		answer.Kind, answer.Body = model.RemoveReply, m.Body
	}
	switch code {
	case model.OK, model.Duplicate:
		answer.Code = model.OK
	case model.Stale:
		answer.Aux = c.db.fences[m.Term].gen
		c.why(m, code)
	default:
		c.why(m, code)
		answer.Code, answer.Aux = model.Busy, 0
	}
	c.reply(m, answer)
}

// answerAudit answers with every row of the router as of the index applied here, unless the sum says that it knows.
func (c *controller) answerAudit(m model.Msg) {
	answer := model.Msg{Kind: model.AuditReply, Code: model.OK, Req: m.Req, Index: c.db.applied,
		Aux: c.db.modelIndex(m.Router)}
	of, sum := c.db.router(m.Router), uint64(0)
	rows := make([]model.Row, 0, of.count)
	for i := of.first; i != 0; i = c.db.rows[i].next {
		r := &c.db.rows[i]
		gen := c.db.fences[r.term].gen
		sum += model.Mark(r.term, gen)
		rows = append(rows, model.Row{Term: r.term, Service: r.service, N: r.n, Gen: gen})
	}
	if sum%model.MarkSum != m.Aux {
		slices.SortFunc(rows, func(a, b model.Row) int { return compareTerms(a.Term, b.Term) })
		answer.Body = &model.RowList{Rows: rows}
	}
	c.reply(&m, answer)
}
