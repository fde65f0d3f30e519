package router

import (
	"cmp"
	"maps"
	"slices"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// The data model is one record on disk.
const (
	fileModel sim.File = 1
	slotModel uint64   = 1
)

// saved is the body of the record.
type saved struct {
	services []model.Wanted
	cache    []cached
	owner    sim.NodeID // whose identity wrote it; constant where no disk is cloned
	untimed  bool       // written by a release whose model has no timeline; constant where all run one release
}

// cached is an entry of the registry's cache of terminator ids.
type cached struct {
	key  hosting.Key
	term model.TermID
}

// Canon implements sim.Canonical.
func (s *saved) Canon(c *sim.Canon) {
	list := model.DesiredList{Wanted: s.services}
	list.Canon(c)
	c.Int("cached", int64(len(s.cache)))
	for _, e := range s.cache {
		c.Ref("", model.ClassService, uint64(e.key.Service))
		c.Int("", int64(e.key.Index))
		c.Ref("", model.ClassTerm, uint64(e.term))
	}
}

// load takes the model from disk and returns the cache of ids saved with it.
func (d *dataModel) load(disk *sim.Disk[model.Msg]) map[hosting.Key]model.TermID {
	if disk == nil || d.r.prof.polls {
		return nil
	}
	m, ok := disk.Get(fileModel, slotModel)
	if !ok {
		return nil
	}
	s, ok := m.Body.(*saved)
	sim.Assert(ok, "router %d: the record of the data model has no body", d.r.self)
	if s.owner == d.r.cfg.Identity(d.r.self) { // of another's clone only the ids are this router's as well
		d.known, d.index, d.identity, d.saved = true, m.Index, m.Aux, m.Index
		d.services = slices.Clone(s.services)
	}
	if s.untimed && d.r.prof.subscribes {
		d.index, d.saved = 0, 0 // of no timeline the controllers know: they send the full model
	}
	if len(s.cache) == 0 {
		return nil
	}
	cache := make(map[hosting.Key]model.TermID, len(s.cache))
	for _, e := range s.cache {
		cache[e.key] = e.term
	}
	return cache
}

// planSave arms the save timer if the model on disk is another. Upstream looks every ModelSaveEvery.
func (d *dataModel) planSave() {
	if d.saving || d.index == d.saved {
		return
	}
	d.saving = true
	d.r.armAt(timerSave, tickAfter(d.r.start, d.r.p.ModelSaveEvery, d.r.now))
}

// save writes the model if its index is another than that on disk, and the cache of ids only with it.
func (d *dataModel) save() {
	d.saving = false
	if d.index == d.saved {
		return
	}
	d.saved = d.index
	ids := d.r.reg.IDCache()
	body := &saved{
		services: slices.Clone(d.services), owner: d.r.cfg.Identity(d.r.self), untimed: d.r.prof.byIndex,
	}
	for _, key := range slices.SortedFunc(maps.Keys(ids), compareKeys) {
		body.cache = append(body.cache, cached{key, ids[key]})
	}
	d.r.out.Save(fileModel, slotModel, model.Msg{Kind: model.Record, Index: d.index, Aux: d.identity, Body: body})
}

func compareKeys(a, b hosting.Key) int {
	return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Index, b.Index))
}
