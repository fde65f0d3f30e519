package controller

import (
	"gyre/model"
	"gyre/sim"
)

// The algorithm ideal: rows follow the policies in the log. See model.IdealAlgorithm.

// audit is the leader's comparison of rows and policies.
type audit struct {
	armed bool
	open  int // its entries under way
}

// auditBatch is how many entries the leader submits at a time, at most.
const auditBatch = 64

// wants reports whether the log up to here wants a row.
func (d *db) wants(router sim.NodeID, service model.ServiceID, index uint16) bool {
	p := d.access(router, service)
	return p.allowed && index < p.n
}

// agrees reports whether a create or delete (of one row) is what the log up to here wants. The operator may delete
// anything: what is wanted comes back.
func (d *db) agrees(e *model.Entry) bool {
	switch {
	case e.Verb == model.CreateTerm:
		return d.wants(e.Router, e.Service, e.N)
	case e.Verb == model.DeleteTerms && e.Origin != model.ByOperator:
		r := d.find(e.Terms[0])
		return r == nil || !d.wants(r.router, r.service, r.n)
	}
	return true
}

// told returns how many terminators of a service a router is told to host: under ideal those it may create.
func (d *db) told(p *policy) uint16 {
	if d.ideal && !p.allowed {
		return 0
	}
	return p.n
}

// follow is what an entry that changed something leads to.
func (c *controller) follow(index uint64, e *model.Entry) {
	switch e.Verb {
	case model.Allow, model.Deny:
		if p := c.db.access(e.Router, e.Service); p.ruled.index == index {
			c.stream(e.Router, change{index: index, wanted: c.wanted(&p)})
		}
	case model.Bind, model.Unbind, model.Touch, model.TouchIdentity, model.DropIdentity, model.MakeIdentity:
		c.modelChanged(index, e)
	}
	c.auditSoon()
}

// auditSoon has the leader compare a moment later. A follower does nothing then: whoever leads has applied the same, or
// compares when it begins to lead.
func (c *controller) auditSoon() {
	if c.db.ideal && !c.audit.armed {
		c.audit.armed = true
		c.out.Arm(timerAudit, model.IdealAudit)
	}
}

// compare submits what is lacking and the deletes of what is too much, and looks again until they agree.
func (c *controller) compare() {
	c.audit.armed = false
	if !c.log.IsLeader() {
		return
	}
	if c.audit.open > 0 {
		c.auditSoon()
		return
	}
	entries := c.db.lacks(c.cfg.Routers, auditBatch)
	for i := range entries {
		e := entries[i]
		e.Origin, e.Source = model.ByAudit, c.self
		c.audit.open++
		c.dispatch(&e, asker{purpose: forAudit})
	}
	if len(entries) > 0 {
		c.auditSoon()
	}
}

// lacks returns what would make rows and policies agree, at most so many entries.
func (d *db) lacks(routers []sim.NodeID, most int) []model.Entry {
	var entries []model.Entry
	for i, router := range routers {
		of := &d.byRoute[i]
		for k := of.first; k != 0 && len(entries) < most; k = d.rows[k].next {
			if r := &d.rows[k]; !d.wants(router, r.service, r.n) {
				entries = append(entries, model.Entry{Verb: model.DeleteTerms, Terms: []model.TermID{r.term},
					Router: router})
			}
		}
		for k := range of.policies {
			p := &of.policies[k]
			for n := uint16(0); n < d.told(p) && len(entries) < most; n++ {
				if id := model.IdealTerm(router, p.service, n); d.find(id) == nil {
					entries = append(entries, model.Entry{Verb: model.CreateTerm, Term: id, Service: p.service, N: n,
						Router: router})
				}
			}
		}
	}
	return entries
}

// submitRemove asks the log. What this controller has applied decides nothing.
func (c *controller) submitRemove(m model.Msg) {
	e := &model.Entry{Verb: model.DeleteTerms, Origin: model.ByRouter, Terms: []model.TermID{m.Term}, Router: m.Router,
		Source: c.self}
	c.dispatch(e, asker{purpose: forRemove, msg: m})
}

// done is the answer to a request with the given outcome. What was so already is OK in the log, too: its answer then
// waits like any other until this controller has applied it, and comes from no older state.
func done(code model.Code) model.Code {
	switch {
	case code == model.OK:
		return model.OK
	case code == model.RateLimited, code == model.Leaderless:
		return model.Busy
	default:
		return model.Failed
	}
}
