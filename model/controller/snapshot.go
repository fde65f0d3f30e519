package controller

import (
	"slices"

	"gyre/model"
	"gyre/model/raftlog"
	"gyre/sim"
)

// snapshot is the state of the database after an index; immutable.
type snapshot struct {
	applied uint64
	rows    []row // in the order of their index
	routers []routerRows
	touched []stamp
	fences  []fenced // ascending by id
}

// Canon implements sim.Canonical.
func (s *snapshot) Canon(c *sim.Canon) {
	c.Count("snapshot", s.applied, s.applied)
	c.Int("rows", int64(len(s.rows)))
	if c.Rendering() {
		return
	}
	for i := range s.rows {
		r := &s.rows[i]
		c.Ref("", model.ClassTerm, uint64(r.term))
		c.Ref("", model.ClassService, uint64(r.service))
		c.Node("", r.router)
	}
	for i := range s.routers {
		for k := range s.routers[i].policies {
			p := &s.routers[i].policies[k]
			c.Ref("", model.ClassService, uint64(p.service))
			c.Int("", int64(p.n))
			c.Flag("", p.allowed)
		}
	}
}

// Snapshot implements raftlog.Host.
func (c *controller) Snapshot() raftlog.Snapshot {
	d := &c.db
	s := &snapshot{applied: d.applied, touched: slices.Clone(d.touched), fences: d.fences.list()}
	s.rows = make([]row, 0, len(d.at))
	for i := range d.byRoute {
		of := d.byRoute[i]
		for k := of.first; k != 0; k = d.rows[k].next {
			s.rows = append(s.rows, d.rows[k])
		}
		of.policies = slices.Clone(of.policies)
		s.routers = append(s.routers, of)
	}
	slices.SortFunc(s.rows, func(a, b row) int { return int(a.index) - int(b.index) })
	return s
}

// Restore implements raftlog.Host: the database file is replaced. From ziti-1.1.8 on the process then restarts
// (controller/raft/fsm.go Restore with restartSelf; HEAD).
func (c *controller) Restore(index uint64, from raftlog.Snapshot) {
	s, ok := from.(*snapshot)
	sim.Assert(ok, "restore of a foreign snapshot")
	sim.Assert(s.applied <= index, "snapshot at %d holds %d", index, s.applied)
	rows, policies := c.slots()
	if s.applied != index {
		later := *s
		later.applied = index
		s = &later
	}
	c.unpack(s, rows, policies)
	c.commands = index
	c.forgetModels()
	if c.prof.restarts && c.booted {
		c.out.Arm(timerRestart, c.p.RestartSelf)
	}
}

// slots lists the slots that may hold a record of rows and policies.
func (c *controller) slots() (rows, policies []uint64) {
	d := &c.db
	for i := 1; i < len(d.rows); i++ {
		if d.rows[i].term != 0 {
			rows = append(rows, uint64(d.rows[i].term))
		}
	}
	for i := range c.cfg.Genesis {
		if e := &c.cfg.Genesis[i]; e.Verb == model.CreateTerm && d.at[e.Term] == 0 {
			rows = append(rows, uint64(e.Term))
		}
	}
	for i, id := range c.cfg.Identities() {
		for side := range uint8(2) {
			policies = append(policies, slotOf(recordIdentity, id, 0, side))
			for k := range d.byRoute[i].policies {
				service := d.byRoute[i].policies[k].service
				policies = append(policies, slotOf(recordBind, id, service, side), slotOf(recordRule, id, service, side))
			}
		}
	}
	for service := range d.touched {
		for side := range uint8(2) {
			policies = append(policies, slotOf(recordTouch, 0, model.ServiceID(service), side))
		}
	}
	return rows, policies
}

// unpack replaces state and records by a snapshot. The base record holds it until the records do and it is told, so
// that a crash in between does it again.
func (c *controller) unpack(s *snapshot, rows, policies []uint64) {
	d := &c.db
	c.out.Save(fileMeta, slotBase, model.Msg{Kind: model.Record, Index: s.applied, Body: s})
	for _, slot := range rows {
		c.out.Erase(fileRows, slot)
	}
	for _, slot := range policies {
		c.out.Erase(filePolicies, slot)
	}
	d.init(c.cfg.Identities(), c.places)
	d.full = true
	d.applied = s.applied
	d.touched = slices.Clone(s.touched)
	d.counts = make([]int32, len(d.touched))
	for i := range s.rows {
		d.insert(s.rows[i])
		c.out.Save(fileRows, uint64(s.rows[i].term), rowRecord(&s.rows[i], 0))
	}
	for i, id := range c.cfg.Identities() {
		of := &d.byRoute[i]
		of.identity = s.routers[i].identity
		c.saveStamp(recordIdentity, id, 0, of.identity)
		of.policies = slices.Clone(s.routers[i].policies)
		for k := range of.policies {
			c.savePolicy(id, &of.policies[k], 0)
		}
	}
	for service, t := range d.touched {
		c.saveStamp(recordTouch, 0, model.ServiceID(service), t)
	}
	c.unpackFences(s.fences)
	c.saveApplied()
	c.out.Note(model.Msg{Kind: model.NoteRestore, Index: s.applied, Body: c.db.contents(c)})
	c.out.Erase(fileMeta, slotBase)
}
