package router

import (
	"gyre/model"
	"gyre/sim"
)

// authTimeout is how long an API session may take (router/xgress_edge_tunnel/fabric.go, ziti-1.0.0).
const authTimeout = 30 * sim.Second

// poll is the service poll of ziti-1.0.0 (router/xgress_edge_tunnel/servicepoll.go): every ServicePoll some
// controller is asked for the services, and answers only if there is news since the update token it gave last.
// Answers of all controllers are compared with one list, so those of a lagging one undo what is newer.
type poll struct {
	polling  bool
	services []model.Wanted
	tokens   []uint64 // latest update token of each controller
}

// authenticate asks every registered controller for an API session; any success starts the poll. Upstream ends
// the process when none succeeds; here it asks again, as the next process would.
func (r *Router) authenticate() {
	for i := range r.channels {
		if ch := &r.channels[i]; ch.registered {
			r.send(ch.ctrl, model.Msg{Kind: model.Authenticate, Req: r.nextReq()})
		}
	}
	r.out.Arm(timerAuth, authTimeout)
}

func (r *Router) authenticated(m *model.Msg) {
	if !r.prof.polls || r.poll.polling || m.Code != model.OK && m.Code != model.None {
		return
	}
	r.poll.polling = true
	r.poll.tokens = make([]uint64, len(r.channels))
	r.out.Disarm(timerAuth)
	r.pollServices()
}

// pollServices asks for the services.
func (r *Router) pollServices() {
	r.out.Arm(timerPoll, r.p.ServicePoll)
	ch := r.any()
	if ch == nil {
		return
	}
	r.send(ch.ctrl, model.Msg{Kind: model.ListServices, Req: r.nextReq(), Index: r.poll.tokens[ch.slot]})
}

// serviceList takes the services as one controller sees them.
func (r *Router) serviceList(ch *channel, m *model.Msg) {
	list, ok := m.Body.(*model.DesiredList)
	if !ok || !r.poll.polling {
		return
	}
	r.poll.tokens[ch.slot] = m.Index
	old := r.poll.services
	r.poll.services = sorted(list.Wanted)
	r.announce(r.poll.services)
	for _, was := range old {
		if _, ok := find(r.poll.services, was.Service); !ok {
			r.removeService(was.Service)
		}
	}
	for _, is := range r.poll.services {
		was, ok := find(old, is.Service)
		if ok && (was.Version != is.Version || was.N != is.N) {
			r.removeService(is.Service)
			ok = false
		}
		if !ok {
			r.addService(is)
		}
	}
}

// Canon visits the poll. A token is only ever given back to its controller.
func (p *poll) Canon(c *sim.Canon) {
	c.Flag("polling", p.polling)
	newest := uint64(0)
	for _, w := range p.services {
		newest = max(newest, w.Version)
	}
	c.Int("services", int64(len(p.services)))
	for _, w := range p.services {
		c.Ref("", model.ClassService, uint64(w.Service))
		c.Int("", int64(w.N))
		c.Count("v", w.Version, newest)
	}
	for _, token := range p.tokens {
		newest = max(newest, token)
	}
	for _, token := range p.tokens {
		c.Count("token", token, newest)
	}
}
