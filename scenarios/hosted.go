package scenarios

import (
	"gyre/model"
	"gyre/sim"
)

// eachHosted visits what the head hosts: service, router and count of terminators, in the order of the text.
func (p *Plan) eachHosted(visit func(service string, router sim.NodeID, count int)) {
	for i := range p.Services {
		s := &p.Services[i]
		names := s.names()
		for k, router := range p.resolve(s.On, 0) {
			if s.Each == 0 {
				for _, name := range names {
					visit(name, router, max(1, s.Terminators))
				}
				continue
			}
			for j := range s.Each {
				visit(names[(k*s.Each+j)%len(names)], router, max(1, s.Terminators))
			}
		}
	}
}

// genesis returns the policies every controller has from the start.
func (p *Plan) genesis(services map[string]model.ServiceID) []model.Entry {
	var entries []model.Entry
	p.eachHosted(func(service string, router sim.NodeID, count int) {
		e := model.Entry{Verb: model.Allow, Origin: model.ByOperator, Service: services[service], Router: router}
		entries = append(entries, e)
		e.Verb, e.N = model.Bind, uint16(count)
		entries = append(entries, e)
	})
	p.eachSDK(func(s *SDKs, host sim.NodeID) {
		e := model.Entry{Verb: model.Allow, Origin: model.ByOperator, Service: services[s.Service], Router: host}
		entries = append(entries, e)
		e.Verb, e.N = model.Bind, 1
		entries = append(entries, e)
	})
	return entries
}

// resolve turns names and group words into ids, each once, in the order named. leader is who leads now.
func (p *Plan) resolve(names []string, leader sim.NodeID) []sim.NodeID {
	var ids []sim.NodeID
	seen := map[sim.NodeID]bool{}
	add := func(from, to int) {
		for id := sim.NodeID(from); id <= sim.NodeID(to); id++ {
			if id > 0 && !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	controllers := p.Controllers + p.Spares
	for _, name := range names {
		switch name {
		case groupControllers:
			add(1, controllers)
		case groupRouters:
			add(controllers+1, controllers+p.Routers)
		case groupAll:
			add(1, controllers+p.Routers+p.sdkCount())
		case groupSDKs:
			add(controllers+p.Routers+1, controllers+p.Routers+p.sdkCount())
		case groupLeader:
			add(int(leader), int(leader))
		default:
			id := int(p.node(name))
			add(id, id)
		}
	}
	return ids
}
