package controller

import (
	"gyre/model"
	"gyre/sim"
)

// routerModel is the router data model as one router sees it: what changed lately, and who listens.
type routerModel struct {
	index   uint64   // of the last change
	base    uint64   // changes after this are in the list
	changes []change // oldest first
	sub     subscription
}

// change is one change of the model.
type change struct {
	index    uint64
	previous uint64
	wanted   model.Wanted // N 0: the service was lost
	identity bool
	gone     bool // the identity is
}

// subscription is a router's lease on the stream of changes (since v1.3).
type subscription struct {
	conn  sim.ConnID // 0 is none
	id    uint64
	until sim.Time
	held  uint64 // nothing up to this index is sent
}

// changesMax bounds what can be replayed.
const changesMax = 100

func (c *controller) bootModels() {
	for i := range c.models {
		m := &c.models[i]
		m.index = c.db.modelIndex(c.cfg.Routers[i])
		m.base = m.index
	}
}

// forgetModels starts the streams again from a restored database. Who listens is not told.
func (c *controller) forgetModels() {
	for i := range c.models {
		c.models[i].changes = c.models[i].changes[:0]
	}
	c.bootModels()
}

func (c *controller) unsubscribe(ch *channel) { c.models[c.places[ch.router]-1].sub = subscription{} }

// modelChanged streams a change that was applied to the routers that can see it.
func (c *controller) modelChanged(index uint64, e *model.Entry) {
	switch e.Verb {
	case model.Bind, model.Unbind:
		if c.channel(e.Router) == nil {
			c.accessChanged(e.Router)
			return
		}
		if p := c.db.access(e.Router, e.Service); p.bound.index == index {
			c.stream(e.Router, change{index: index, wanted: c.wanted(&p)})
		}
	case model.Touch:
		for _, router := range c.cfg.Routers {
			if p := c.db.access(router, e.Service); p.n > 0 {
				c.stream(router, change{index: index, wanted: c.wanted(&p)})
			}
		}
	case model.TouchIdentity, model.DropIdentity, model.MakeIdentity:
		c.stream(e.Router, change{index: index, identity: true, gone: e.Verb == model.DropIdentity})
	}
}

func (c *controller) wanted(p *policy) model.Wanted {
	w := model.Wanted{Service: p.service, N: c.db.told(p), Version: c.db.version(p)}
	w.Index = w.Version
	return w
}

// stream records a change and sends it: v1.1.8 to every connected router, later to who has a lease.
func (c *controller) stream(router sim.NodeID, n change) {
	ch := c.channel(router)
	m := &c.models[c.places[router]-1]
	n.previous, m.index = m.index, n.index
	if len(m.changes) == changesMax {
		m.base = m.changes[0].index
		m.changes = append(m.changes[:0], m.changes[1:]...)
	}
	m.changes = append(m.changes, n)
	switch s := &m.sub; {
	case c.prof.sessions: // routers ask for their services
	case c.prof.pushes:
		n.wanted.Index = n.index
		c.sendChange(ch, 0, &n)
	case s.conn != 0 && s.conn == ch.conn && c.now < s.until && n.index > s.held:
		c.sendChange(ch, s.id, &n)
	}
}

func (c *controller) sendChange(ch *channel, id uint64, n *change) {
	if ch.conn == 0 {
		return
	}
	m := model.Msg{Kind: model.ChangeSet, Req: id, Index: n.index}
	if c.prof.gaps || c.prof.pushes { // where they are pushed, nobody reads it
		m.Aux = n.previous
	}
	if n.identity {
		m.Flags = model.Identity
		if n.gone {
			m.Code = model.NotFound
		}
	} else {
		m.Service, m.N = n.wanted.Service, n.wanted.N
		if n.wanted.N > 0 {
			m.Body = &model.DesiredList{Wanted: []model.Wanted{n.wanted}}
		}
	}
	c.send(ch, m)
}

// sendState sends the full model. In v1.1.8 everything in it, the identity included, is stamped with the end
// index, which is the raft index and moves with every command: to a router that compares indexes all of it has
// changed (ziti#2288). Later the identity carries the version of its content.
func (c *controller) sendState(ch *channel) {
	m := &c.models[c.places[ch.router]-1]
	s := model.Msg{Kind: model.DataState, Flags: model.Full, Req: m.sub.id, Index: m.index}
	switch end := c.db.applied; {
	case c.prof.pushes:
		s.Index, s.Aux, s.Body = end, end, c.db.wanted(ch.router, end)
	case c.cfg.Bugs.Has(model.B05):
		s.Aux, s.Body = end, c.db.wanted(ch.router, end)
	default:
		s.Aux, s.Body = c.db.router(ch.router).identity.index, c.db.wanted(ch.router, 0)
	}
	c.send(ch, s)
}

// subscribe takes or renews a lease (controller/handler_edge_ctrl, sync strategy; HEAD): the changes the router
// lacks are replayed if they are still known, else it gets the full model. It gets that too if it is ahead of a
// leader; a follower that is behind sends nothing until it has caught up.
func (c *controller) subscribe(m model.Msg) {
	ch := c.channel(m.Router)
	if uint64(ch.conn) != m.Index {
		return
	}
	held := m.Aux
	defer c.sendAccess(ch)
	r := &c.models[c.places[m.Router]-1]
	r.sub = subscription{conn: ch.conn, id: m.Req, until: c.now.Add(c.p.LeaseTime), held: held}
	switch {
	case held > 0 && c.cfg.Bugs.Has(model.B06):
		c.sendState(ch)
	case held > 0 && held < r.base && c.cfg.Bugs.Has(model.B07):
	case held == 0 || held < r.base:
		c.sendState(ch)
	case held > r.index && c.log.IsLeader() && !c.patient():
		r.sub.held = 0
		c.sendState(ch)
	default:
		for i := range r.changes {
			if n := &r.changes[i]; n.index > held {
				c.sendChange(ch, r.sub.id, n)
			}
		}
	}
}
