package router

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// dataModel is the router data model as far as hosting is concerned: which services this router may host
// (common/router_data_model.go, common/subscriber.go, router/state/manager.go).
type dataModel struct {
	r        *Router
	known    bool   // some state has come, from disk or from a controller
	index    uint64 // index of the model
	identity uint64 // index of the router's identity in it
	services []model.Wanted

	// The subscription, from ziti-1.4.0-pre on.
	source  sim.NodeID // the one controller it comes from; 0 is none
	lease   uint64     // subscription id
	expires sim.Time

	saved  uint64 // index of the model on disk
	saving bool   // the save timer is armed
	stuck  bool   // B37

	untracked bool // B35
}

// full takes a whole model. It replaces the one held even if it is older.
func (d *dataModel) full(from sim.NodeID, m *model.Msg) {
	r := d.r
	list, ok := m.Body.(*model.DesiredList)
	if !ok || r.prof.polls || d.stuck || !d.current(from, m) {
		return
	}
	identity := m.Aux
	if r.prof.byIndex {
		identity = max(identity, m.Index) // a full state gives every entity its own index
	}
	if d.known && r.cfg.Bugs.Has(model.B37) {
		d.stuck = true // the swap and a reader of the model wait for each other
		return
	}
	if m.Index < d.index && r.prof.tracks {
		r.listVersion, r.leaderVersion = 0, 0 // the index watchers start over
	}
	old, first, touched := d.services, !d.known, identity > d.identity
	d.known, d.index, d.identity, d.services = true, m.Index, identity, sorted(list.Wanted)
	if d.untracked {
		d.services = nil
	}
	d.tell(old, first, touched)
	d.planSave()
}

// change takes one change, which must be newer than the model held. Where the carrier says what came before it,
// a gap is found and the subscription renewed.
func (d *dataModel) change(from sim.NodeID, m *model.Msg) {
	r := d.r
	if r.prof.polls || d.stuck || !d.current(from, m) || d.index > 0 && m.Index <= d.index {
		return
	}
	if r.prof.gaps && m.Aux > 0 && d.index > 0 && m.Aux != d.index {
		d.unsubscribe()
		d.check()
		return
	}
	d.index = m.Index
	defer d.planSave()
	switch {
	case m.Flags&model.Identity != 0 && m.Code == model.NotFound:
		d.lose(m.Index)
	case m.Flags&model.Identity != 0:
		first := !d.known
		d.known, d.identity = true, m.Index
		d.tell(d.services, first, true)
	}
	if m.Service == 0 || d.untracked {
		return
	}
	old := d.services
	if m.N == 0 {
		d.services = drop(slices.Clone(old), m.Service)
	} else {
		d.services = put(slices.Clone(old), changed(m))
	}
	first := !d.known
	d.known = true
	d.tell(old, first, false)
}

// lose takes the news that the router's identity is deleted: nothing is hosted until it is made anew and given
// services. With B35 the access of the new one to services is not tracked: it has none as long as the process runs.
func (d *dataModel) lose(index uint64) {
	d.known, d.identity, d.services = true, index, nil
	d.untracked = d.r.cfg.Bugs.Has(model.B35)
	if d.r.started {
		d.r.announce(nil)
		d.r.reset()
	}
}

// changed returns the service of a change.
func changed(m *model.Msg) model.Wanted {
	w := model.Wanted{Version: m.Index, Index: m.Index}
	if list, ok := m.Body.(*model.DesiredList); ok && len(list.Wanted) > 0 {
		w = list.Wanted[0]
	}
	w.Service, w.N = m.Service, m.N
	return w
}

// tell passes the difference to the tunneler. A newer identity resets it: everything is closed and added again,
// and after that the services are compared all the same.
func (d *dataModel) tell(old []model.Wanted, first, touched bool) {
	r := d.r
	if !r.started {
		return
	}
	r.announce(d.services)
	if first || touched {
		r.reset()
		r.addAll(d.services)
	}
	if first {
		return
	}
	at := cursor{list: d.services}
	for _, was := range old {
		is, ok := at.find(was.Service)
		if !ok {
			r.removeService(was.Service)
		} else if d.differs(was, is) {
			r.removeService(was.Service)
			r.addService(is)
		}
	}
	at = cursor{list: old}
	for _, w := range d.services {
		if _, ok := at.find(w.Service); !ok {
			r.addService(w)
		}
	}
}

// differs says whether a service has changed: by its index before ziti-1.4.0, which moves at every full state,
// by its content since.
func (d *dataModel) differs(a, b model.Wanted) bool {
	if d.r.prof.byIndex {
		return a.Index != b.Index || a.N != b.N
	}
	return a.Version != b.Version || a.N != b.N
}

// Canon visits the model. The index of what is saved matters only by whether it is this one.
func (d *dataModel) Canon(c *sim.Canon) {
	c.Flag("known", d.known)
	c.Count("index", d.index, d.index)
	c.Count("identity", d.identity, d.index)
	c.Int("services", int64(len(d.services)))
	for _, w := range d.services {
		c.Ref("", model.ClassService, uint64(w.Service))
		c.Int("", int64(w.N))
		c.Count("v", w.Version, d.index)
		c.Count("i", w.Index, d.index)
	}
	c.Node("source", d.source)
	c.Count("lease", d.lease, d.lease)
	if d.source != 0 {
		c.When("expires", d.expires)
	}
	c.Flag("saved", d.saved == d.index)
	c.Flag("saving", d.saving)
	if d.stuck {
		c.Flag("stuck", true)
	}
	if d.untracked {
		c.Flag("untracked", true)
	}
}
