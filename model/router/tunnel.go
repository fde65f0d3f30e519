package router

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// tunnel is the tunneler between the desired set and the hosting registry (router/xgress_edge_tunnel/tunneler.go,
// tunnel/intercept/svcpoll.go). It starts once a first control channel exists.
type tunnel struct {
	hosted []model.Wanted // what was added and not removed, ascending by service
	told   []model.Wanted // the desired set as noted last, ascending by service
}

func byService(w model.Wanted, s model.ServiceID) int { return cmp.Compare(w.Service, s) }

// find looks a service up in an ascending list.
func find(list []model.Wanted, s model.ServiceID) (model.Wanted, bool) {
	i, ok := slices.BinarySearchFunc(list, s, byService)
	if !ok {
		return model.Wanted{}, false
	}
	return list[i], true
}

// cursor finds services in an ascending list when they are asked for in ascending order.
type cursor struct {
	list []model.Wanted
	i    int
}

func (c *cursor) find(s model.ServiceID) (model.Wanted, bool) {
	for c.i < len(c.list) && c.list[c.i].Service < s {
		c.i++
	}
	if c.i == len(c.list) || c.list[c.i].Service != s {
		return model.Wanted{}, false
	}
	return c.list[c.i], true
}

// put inserts or replaces w in an ascending list.
func put(list []model.Wanted, w model.Wanted) []model.Wanted {
	i, ok := slices.BinarySearchFunc(list, w.Service, byService)
	if ok {
		list[i] = w
		return list
	}
	return slices.Insert(list, i, w)
}

// drop removes a service from an ascending list.
func drop(list []model.Wanted, s model.ServiceID) []model.Wanted {
	if i, ok := slices.BinarySearchFunc(list, s, byService); ok {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// sorted returns a copy in ascending order.
func sorted(list []model.Wanted) []model.Wanted {
	own := slices.Clone(list)
	slices.SortFunc(own, func(a, b model.Wanted) int { return cmp.Compare(a.Service, b.Service) })
	return own
}

// startTunneler starts it with what is known by then, which after a restart may be stale.
func (r *Router) startTunneler() {
	r.started = true
	switch {
	case r.prof.polls:
		r.authenticate()
	case r.model.known:
		r.announce(r.model.services)
		r.addAll(r.model.services)
	}
}

// addService hosts every terminator of a service. Adding what is there hosts it once more, as upstream does: the
// earlier ones are then no longer the tunneler's to close.
func (r *Router) addService(w model.Wanted) {
	r.tunnel.hosted = put(r.tunnel.hosted, w)
	for i := range w.N {
		r.reg.Host(hosting.Key{Service: w.Service, Index: i})
	}
}

// removeService closes them.
func (r *Router) removeService(s model.ServiceID) {
	w, ok := find(r.tunnel.hosted, s)
	if !ok {
		return
	}
	for i := range w.N {
		r.reg.Close(hosting.Key{Service: s, Index: i})
	}
	r.tunnel.hosted = drop(r.tunnel.hosted, s)
}

func (r *Router) addAll(services []model.Wanted) {
	for _, w := range services {
		r.addService(w)
	}
}

// reset closes every hosted service.
func (r *Router) reset() {
	for len(r.tunnel.hosted) > 0 {
		r.removeService(r.tunnel.hosted[0].Service)
	}
}

// announce notes how the desired set differs from what was noted last.
func (r *Router) announce(now []model.Wanted) {
	was := r.tunnel.told
	at := cursor{list: now}
	for _, w := range was {
		if _, ok := at.find(w.Service); !ok {
			r.noteDesired(w.Service, 0)
		}
	}
	at = cursor{list: was}
	for _, w := range now {
		if old, ok := at.find(w.Service); !ok || old.N != w.N {
			r.noteDesired(w.Service, w.N)
		}
	}
	r.tunnel.told = append(was[:0], now...)
}

func (r *Router) noteDesired(s model.ServiceID, n uint16) {
	r.out.Note(model.Msg{Kind: model.NoteDesired, Service: s, N: n})
}

// Canon visits the tunneler.
func (t *tunnel) Canon(c *sim.Canon) {
	c.Int("hosted", int64(len(t.hosted)))
	for _, w := range t.hosted {
		c.Ref("", model.ClassService, uint64(w.Service))
		c.Int("", int64(w.N))
	}
	c.Int("told", int64(len(t.told)))
	for _, w := range t.told {
		c.Ref("", model.ClassService, uint64(w.Service))
		c.Int("", int64(w.N))
	}
}
