package controller

import (
	"slices"

	"gyre/model"
	"gyre/model/raftlog"
	"gyre/sim"
)

// Files of a controller, after those of its log. An entry is applied in one bolt transaction together with
// its index (controller/raft/fsm.go, HEAD); here the record of the applied index, saved last, is the commit.
// What a crash left uncommitted is undone at boot: rows and policies carry the index that wrote them,
// deleted rows stay as tombstones until the commit, and a policy has two records, written in turn.
const (
	fileRows     sim.File = raftlog.FileEnd + iota // by terminator id
	filePolicies                                   // by slotOf
	fileMeta
	fileSessions // by token
	fileFences   // by terminator id, of the reference
	fileLegacy   // by token, of SDK hosts (B47)
)

// Slots of fileMeta.
const (
	slotApplied uint64 = iota // Flags&Full: the records are the whole state, genesis is not under them
	slotBase                  // a snapshot on its way into records
)

// Kinds of policy records.
const (
	recordBind uint64 = iota + 1
	recordRule
	recordTouch
	recordIdentity
)

func slotOf(kind uint64, router sim.NodeID, service model.ServiceID, side uint8) uint64 {
	return kind<<56 | uint64(router)<<24 | uint64(service)<<8 | uint64(side)
}

func (c *controller) saveApplied() {
	m := model.Msg{Kind: model.Record, Index: c.db.applied}
	if c.db.full {
		m.Flags = model.Full
	}
	c.out.Save(fileMeta, slotApplied, m)
}

// rowRecord renders a row; deleted is the index that deletes it, or 0.
func rowRecord(r *row, deleted uint64) model.Msg {
	return model.Msg{Kind: model.Record, Term: r.term, Service: r.service, N: r.n, Router: r.router,
		Peer: r.source, Index: r.index, Req: uint64(r.createdAt), Aux: deleted}
}

// persist saves what an entry changed, then its index, then removes what the commit made obsolete.
func (c *controller) persist(index uint64, e *model.Entry, code model.Code) {
	d := &c.db
	if len(d.fences) > 0 {
		c.saveFences(index, e)
	}
	if code == model.OK || len(e.Gens) > 0 {
		switch e.Verb {
		case model.CreateTerm:
			c.out.Save(fileRows, uint64(e.Term), rowRecord(d.find(e.Term), 0))
		case model.DeleteTerms, model.DeleteTerm:
			for i := range d.gone {
				c.out.Save(fileRows, uint64(d.gone[i].term), rowRecord(&d.gone[i], index))
			}
		case model.Bind, model.Unbind, model.Allow, model.Deny:
			p := d.access(e.Router, e.Service)
			c.savePolicy(e.Router, &p, index)
		case model.Touch:
			c.saveStamp(recordTouch, 0, e.Service, d.touched[e.Service])
		case model.TouchIdentity, model.DropIdentity, model.MakeIdentity:
			c.saveStamp(recordIdentity, e.Router, 0, d.router(e.Router).identity)
		}
	}
	c.saveApplied()
	for i := range d.gone {
		if !d.underlaid(d.gone[i].term) {
			c.out.Erase(fileRows, uint64(d.gone[i].term))
		}
	}
}

// underlaid reports whether genesis would bring a row back if its tombstone went.
func (d *db) underlaid(term model.TermID) bool { return !d.full && d.genesis[term] }

// savePolicy saves what index changed of a policy; index 0 saves all of it.
func (c *controller) savePolicy(router sim.NodeID, p *policy, index uint64) {
	if index == 0 || p.bound.index == index {
		c.out.Save(filePolicies, slotOf(recordBind, router, p.service, p.bound.side), model.Msg{
			Kind: model.Record, Router: router, Service: p.service, N: p.n, Index: p.bound.index,
			Aux: uint64(p.last), Req: p.content})
	}
	if index == 0 || p.ruled.index == index {
		m := model.Msg{Kind: model.Record, Router: router, Service: p.service, Index: p.ruled.index}
		if p.allowed {
			m.Flags = model.On
		}
		c.out.Save(filePolicies, slotOf(recordRule, router, p.service, p.ruled.side), m)
	}
}

func (c *controller) saveStamp(kind uint64, router sim.NodeID, service model.ServiceID, s stamp) {
	c.out.Save(filePolicies, slotOf(kind, router, service, s.side), model.Msg{
		Kind: model.Record, Router: router, Service: service, Index: s.index})
}

// load brings the database back as of the newest commit. On an empty disk it is the genesis.
func (c *controller) load(disk *sim.Disk[model.Msg]) {
	d := &c.db
	if base, ok := disk.Get(fileMeta, slotBase); ok {
		s, ok := base.Body.(*snapshot)
		sim.Assert(ok, "the base record holds no snapshot")
		c.unpack(s, disk.Slots(fileRows), disk.Slots(filePolicies))
		return
	}
	applied, ok := disk.Get(fileMeta, slotApplied)
	d.full = applied.Flags&model.Full != 0
	if !d.full {
		d.begin(c.cfg.Genesis)
	}
	if !ok {
		return
	}
	sim.Assert(applied.Index >= d.applied, "saved index %d is before the genesis", applied.Index)
	d.applied = applied.Index
	d.loadPolicies(disk)
	d.loadRows(disk, c.out)
	d.loadFences(disk)
}

// begin applies the genesis entries as indexes 1, 2, ... at time 0.
func (d *db) begin(genesis []model.Entry) {
	d.genesis = map[model.TermID]bool{}
	for i := range genesis {
		d.apply(0, uint64(i)+1, &genesis[i])
		if genesis[i].Verb == model.CreateTerm {
			d.genesis[genesis[i].Term] = true
		}
	}
	d.gone = d.gone[:0]
}

func (d *db) loadRows(disk *sim.Disk[model.Msg], out *sim.Outbox[model.Msg]) {
	var live []row
	for _, slot := range disk.Slots(fileRows) {
		m, _ := disk.Get(fileRows, slot)
		deleted := m.Aux != 0 && m.Aux <= d.applied
		d.remove(m.Term) // a record hides the row of the genesis
		if m.Index > d.applied {
			continue // never committed; applying the entry again writes it again
		}
		if !deleted {
			live = append(live, row{term: m.Term, service: m.Service, n: m.N, router: m.Router, source: m.Peer,
				index: m.Index, createdAt: sim.Time(m.Req)})
		} else if !d.underlaid(m.Term) {
			out.Erase(fileRows, slot)
		}
	}
	for i := 1; i < len(d.rows); i++ {
		if d.rows[i].term != 0 {
			live = append(live, d.rows[i])
		}
	}
	for i := range live {
		d.remove(live[i].term)
	}
	slices.SortFunc(live, func(a, b row) int { return int(a.index) - int(b.index) })
	for i := range live {
		d.insert(live[i])
	}
	d.gone = d.gone[:0]
}

func (d *db) loadPolicies(disk *sim.Disk[model.Msg]) {
	for _, slot := range disk.Slots(filePolicies) {
		m, _ := disk.Get(filePolicies, slot)
		if m.Index > d.applied {
			continue
		}
		s := stamp{index: m.Index, side: uint8(slot & 1)}
		switch slot >> 56 {
		case recordBind:
			if p := d.policy(m.Router, m.Service); m.Index >= p.bound.index {
				p.n, p.last, p.content, p.bound = m.N, uint16(m.Aux), m.Req, s
			}
		case recordRule:
			if p := d.policy(m.Router, m.Service); m.Index >= p.ruled.index {
				p.allowed, p.ruled = m.Flags&model.On != 0, s
			}
		case recordTouch:
			d.service(m.Service)
			if t := &d.touched[m.Service]; m.Index >= t.index {
				*t = s
			}
		case recordIdentity:
			if t := &d.router(m.Router).identity; m.Index >= t.index {
				*t = s
			}
		}
	}
}
