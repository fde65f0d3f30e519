package controller

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// policy is what a router may do with a service. Service policy and host configuration decide n; edge-router
// and service-edge-router policies decide allowed, which routers do not see.
type policy struct {
	service model.ServiceID
	n       uint16 // terminators the router may host; 0 if it may not bind
	last    uint16 // the newest n above 0
	content uint64 // index at which last took its value
	bound   stamp  // index at which n changed last
	allowed bool
	ruled   stamp // index at which allowed changed last
}

func (p *policy) bind(n uint16, index uint64) {
	if n == p.n {
		return
	}
	p.n = n
	if n != 0 && n != p.last {
		p.last, p.content = n, index
	}
	p.bound.move(index)
}

func (p *policy) allow(allowed bool, index uint64) {
	if allowed == p.allowed {
		return
	}
	p.allowed = allowed
	p.ruled.move(index)
}

func bySerial(p policy, s model.ServiceID) int { return int(p.service) - int(s) }

// policy returns the policy of (router, service), made if it is new. It is valid until the next call.
func (d *db) policy(router sim.NodeID, service model.ServiceID) *policy {
	d.service(service)
	of := d.router(router)
	i, found := slices.BinarySearchFunc(of.policies, service, bySerial)
	if !found {
		of.policies = slices.Insert(of.policies, i, policy{service: service})
	}
	return &of.policies[i]
}

// access returns the policy of (router, service) as it stands, without making one.
func (d *db) access(router sim.NodeID, service model.ServiceID) policy {
	of := d.router(router)
	i, found := slices.BinarySearchFunc(of.policies, service, bySerial)
	if !found {
		return policy{}
	}
	return of.policies[i]
}

// version returns the index at which what a router sees of a service changed last.
func (d *db) version(p *policy) uint64 {
	version := max(p.content, d.touched[p.service].index)
	if d.ideal {
		version = max(version, p.ruled.index)
	}
	return version
}

// modelIndex returns the index of the last change of the model as one router sees it.
func (d *db) modelIndex(router sim.NodeID) uint64 {
	of := d.router(router)
	index := of.identity.index
	for i := range of.policies {
		p := &of.policies[i]
		index = max(index, p.bound.index)
		if d.ideal {
			index = max(index, p.ruled.index)
		}
		if p.n > 0 {
			index = max(index, d.touched[p.service].index)
		}
	}
	return index
}

// wanted lists what a router may host, ascending by service. Index is the version unless stamp is set, which
// is then every service's index (full states before ziti-1.4.0).
func (d *db) wanted(router sim.NodeID, stamp uint64) *model.DesiredList {
	of := d.router(router)
	list := &model.DesiredList{Wanted: make([]model.Wanted, 0, len(of.policies))}
	for i := range of.policies {
		p := &of.policies[i]
		n := d.told(p)
		if n == 0 {
			continue
		}
		w := model.Wanted{Service: p.service, N: n, Version: d.version(p)}
		if w.Index = w.Version; stamp != 0 {
			w.Index = stamp
		}
		list.Wanted = append(list.Wanted, w)
	}
	return list
}
