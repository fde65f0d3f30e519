package controller

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// sessions is a controller's own store of API sessions and edge sessions (v1.0.0). It survives a restart and
// is not replicated: a token that one controller issued is unknown to every other (ziti#1936).
type sessions struct {
	serial uint32
	api    []session // ascending by router
	edge   []session // ascending by (router, service)
	tokens map[model.Token]bool
	idle   []idleSession // B03: oldest first
}

// session is one session. An edge session's id and its token are one number here: both are random upstream,
// and neither is ever issued twice.
type session struct {
	router  sim.NodeID
	service model.ServiceID // 0: an API session
	token   model.Token
}

func compareSession(a, b session) int {
	if a.router != b.router {
		return int(a.router) - int(b.router)
	}
	return int(a.service) - int(b.service)
}

func (s *sessions) load(disk *sim.Disk[model.Msg]) {
	s.tokens = map[model.Token]bool{}
	for _, slot := range disk.Slots(fileSessions) {
		m, _ := disk.Get(fileSessions, slot)
		s.put(session{router: m.Router, service: m.Service, token: m.Token})
	}
}

func (s *sessions) list(service model.ServiceID) *[]session {
	if service == 0 {
		return &s.api
	}
	return &s.edge
}

func (s *sessions) find(router sim.NodeID, service model.ServiceID) model.Token {
	list := *s.list(service)
	i, found := slices.BinarySearchFunc(list, session{router: router, service: service}, compareSession)
	if !found {
		return 0
	}
	return list[i].token
}

func (s *sessions) put(n session) {
	list := s.list(n.service)
	i, found := slices.BinarySearchFunc(*list, n, compareSession)
	sim.Assert(!found, "node %d has two sessions for service %d", n.router, n.service)
	*list = slices.Insert(*list, i, n)
	s.tokens[n.token] = true
}

// issue makes a session and saves it.
func (c *controller) issue(router sim.NodeID, service model.ServiceID) model.Token {
	c.sessions.serial++
	token := model.NewToken(c.self, c.life, c.sessions.serial)
	c.sessions.put(session{router: router, service: service, token: token})
	if service == 0 && c.cfg.Bugs.Has(model.B03) {
		c.idleLater(router)
	}
	c.out.Save(fileSessions, uint64(token), model.Msg{Kind: model.Record, Router: router, Service: service,
		Token: token})
	return token
}

// ensureAPISession reuses the router's API session here or makes one.
func (c *controller) ensureAPISession(router sim.NodeID) model.Token {
	if token := c.sessions.find(router, 0); token != 0 {
		return token
	}
	return c.issue(router, 0)
}

// ensureSession returns the edge session for binding a service: the one the router names if it is known here,
// else the one this controller has, else a new one.
func (c *controller) ensureSession(router sim.NodeID, service model.ServiceID, named model.Token) model.Token {
	if c.sessions.tokens[named] {
		return named
	}
	if token := c.sessions.find(router, service); token != 0 {
		return token
	}
	return c.issue(router, service)
}

func (c *controller) authenticate(m model.Msg) {
	token := c.ensureAPISession(m.Router)
	c.reply(&m, model.Msg{Kind: model.AuthenticateReply, Req: m.Req, Token: token})
}

// validateSessions tells the router which of its tokens this controller does not know, and so believes removed.
func (c *controller) validateSessions(m model.Msg) {
	list, ok := m.Body.(*model.TokenList)
	sim.Assert(ok, "a validation of sessions without tokens")
	var unknown []model.Token
	for _, token := range list.Tokens {
		if !c.sessions.tokens[token] {
			unknown = append(unknown, token)
		}
	}
	if len(unknown) > 0 {
		c.reply(&m, model.Msg{Kind: model.SessionRemoved, Body: &model.TokenList{Tokens: unknown}})
	}
}
