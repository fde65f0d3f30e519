package controller

import (
	"gyre/model"
	"gyre/sim"
)

// row is a terminator. Rows of a router are chained in the order in which they were applied.
type row struct {
	term       model.TermID
	service    model.ServiceID
	n          uint16
	router     sim.NodeID
	source     sim.NodeID // SourceCtrl
	index      uint64     // log index that created it
	createdAt  sim.Time   // when it was applied here
	prev, next int32
}

// matches reports whether a create of term (service, router) would find what it wants.
func (r *row) matches(m *model.Msg) bool { return r.service == m.Service && r.router == m.Router }

// db is the replicated state machine of one controller: a pure function of the log, but for createdAt.
type db struct {
	applied uint64
	rows    []row // slab; 0 is none
	free    int32
	at      map[model.TermID]int32
	byRoute []routerRows // in the order of cfg.Routers
	counts  []int32      // rows by service
	touched []stamp      // by service: index of its last edit
	places  []int32
	gone    []row // rows the last apply removed
	ideal   bool  // rows come and go as the policies say, and in no other way
	fences  fences

	// The records on disk lie over the genesis entries until a snapshot was restored.
	genesis map[model.TermID]bool
	full    bool
}

// stamp is a log index and which of its two records on disk is the newest.
type stamp struct {
	index uint64
	side  uint8
}

// routerRows is what is stored about one router.
type routerRows struct {
	first, last int32
	count       int
	policies    []policy // ascending by service
	identity    stamp    // last edit of the router's identity
}

func (d *db) init(routers []sim.NodeID, places []int32) {
	d.places = places
	d.applied, d.free, d.full = 0, 0, false
	d.rows = append(d.rows[:0], row{})
	d.at = map[model.TermID]int32{}
	d.byRoute = make([]routerRows, len(routers))
	d.counts, d.touched = nil, nil
	d.fences = nil
}

// router returns what is stored about a router.
func (d *db) router(id sim.NodeID) *routerRows {
	known := id > 0 && int(id) < len(d.places) && d.places[id] > 0
	sim.Assert(known, "node %d is no router of this plan", id)
	return &d.byRoute[d.places[id]-1]
}

// find returns the row of a terminator, or nil. It is valid until the next apply.
func (d *db) find(term model.TermID) *row {
	if i := d.at[term]; i != 0 {
		return &d.rows[i]
	}
	return nil
}

// insert appends a row to its router's.
func (d *db) insert(r row) {
	i := d.free
	if i != 0 {
		d.free = d.rows[i].next
	} else {
		i = int32(len(d.rows))
		d.rows = append(d.rows, row{})
	}
	of := d.router(r.router)
	r.prev, r.next = of.last, 0
	d.rows[i] = r
	if of.last != 0 {
		d.rows[of.last].next = i
	} else {
		of.first = i
	}
	of.last = i
	of.count++
	d.at[r.term] = i
	d.service(r.service)
	d.counts[r.service]++
}

// remove deletes a row and remembers it in gone; it reports whether there was one.
func (d *db) remove(term model.TermID) bool {
	i := d.at[term]
	if i == 0 {
		return false
	}
	r := &d.rows[i]
	d.gone = append(d.gone, *r)
	of := d.router(r.router)
	if r.prev != 0 {
		d.rows[r.prev].next = r.next
	} else {
		of.first = r.next
	}
	if r.next != 0 {
		d.rows[r.next].prev = r.prev
	} else {
		of.last = r.prev
	}
	of.count--
	d.counts[r.service]--
	delete(d.at, term)
	*r = row{next: d.free}
	d.free = i
	return true
}

// service makes room for a service.
func (d *db) service(s model.ServiceID) {
	for int(s) >= len(d.counts) {
		d.counts = append(d.counts, 0)
		d.touched = append(d.touched, stamp{})
	}
}

// apply applies a committed entry (section "FSM commands": a create of an existing id fails, a batch delete
// ignores absent ids, a single delete of an absent id fails).
func (d *db) apply(now sim.Time, index uint64, e *model.Entry) model.Code {
	sim.Assert(index > d.applied, "entry %d applied after %d", index, d.applied)
	d.applied = index
	d.gone = d.gone[:0]
	if d.ideal && !d.agrees(e) {
		return model.AccessDenied
	}
	switch e.Verb {
	case model.CreateTerm:
		if d.at[e.Term] != 0 && d.ideal {
			return model.OK
		}
		if e.Gen != 0 {
			if done, code := d.upsert(index, e); done {
				return code
			}
		}
		if d.at[e.Term] != 0 {
			return model.Duplicate
		}
		d.insert(row{term: e.Term, service: e.Service, n: e.N, router: e.Router, source: e.Source,
			index: index, createdAt: now})
	case model.DeleteTerms:
		if len(e.Gens) > 0 {
			return d.removeGens(index, e)
		}
		for _, term := range e.Terms {
			d.remove(term)
		}
	case model.DeleteTerm:
		if !d.remove(e.Term) {
			return model.NotFound
		}
	case model.Bind:
		d.policy(e.Router, e.Service).bind(max(e.N, 1), index)
	case model.Unbind:
		if d.access(e.Router, e.Service).n > 0 {
			d.policy(e.Router, e.Service).bind(0, index)
		}
	case model.Allow:
		d.policy(e.Router, e.Service).allow(true, index)
	case model.Deny:
		if d.access(e.Router, e.Service).allowed {
			d.policy(e.Router, e.Service).allow(false, index)
		}
	case model.Touch:
		d.service(e.Service)
		d.touched[e.Service].move(index)
	case model.TouchIdentity, model.DropIdentity, model.MakeIdentity:
		d.router(e.Router).identity.move(index)
	case model.Nothing:
	default:
		sim.Assert(false, "entry %d has verb %d", index, e.Verb)
	}
	return model.OK
}

// move sets a stamp; its record goes to the side that does not hold the present value.
func (s *stamp) move(index uint64) { s.index, s.side = index, s.side^1 }

// Apply implements raftlog.Host: one transaction of state and applied index, then what listens to it.
func (c *controller) Apply(index, term uint64, e *model.Entry) {
	if index <= c.db.applied {
		return // applied in an earlier life
	}
	if e == nil {
		c.db.applied = index
		c.saveApplied()
		return
	}
	c.commands = index
	code := c.db.apply(c.now, index, e)
	c.results[index%resultsMax] = result{index: index, code: code}
	c.out.Note(model.Msg{Kind: model.NoteApplied, Index: index, Aux: term, Code: code, Body: e})
	c.persist(index, e, code)
	if code != model.OK {
		return
	}
	if c.db.ideal {
		c.follow(index, e)
		return
	}
	switch e.Verb {
	case model.CreateTerm:
		if c.release == model.Reference {
			return // no controller validates: the router that owns the rows audits them
		}
		c.tellLoop(letter{kind: letterCreated, router: e.Router,
			check: suspect{term: e.Term, source: e.Source, createdAt: c.now}})
	case model.Bind, model.Unbind, model.Touch, model.TouchIdentity, model.DropIdentity, model.MakeIdentity:
		c.modelChanged(index, e)
	}
}

// Applied implements raftlog.Host: the log continues after this index.
func (c *controller) Applied() uint64 { return c.db.applied }
