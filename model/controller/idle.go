package controller

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// idleTimeout is how long an API session lives without a sign of life (B03; the default of v1.0.0).
const idleTimeout = 30 * sim.Minute

// idleSession is an API session that nobody reports as alive.
type idleSession struct {
	router sim.NodeID
	at     sim.Time // when it ends
}

func (c *controller) idleLater(router sim.NodeID) {
	c.sessions.idle = append(c.sessions.idle, idleSession{router, c.now.Add(idleTimeout)})
	if len(c.sessions.idle) == 1 {
		c.out.Arm(timerIdle, idleTimeout)
	}
}

// expireSessions ends the API sessions that are due, the edge sessions that hang on them, and tells the routers.
func (c *controller) expireSessions() {
	for len(c.sessions.idle) > 0 && c.sessions.idle[0].at <= c.now {
		router := c.sessions.idle[0].router
		c.sessions.idle = c.sessions.idle[1:]
		gone := c.sessions.drop(router)
		for _, token := range gone {
			c.out.Erase(fileSessions, uint64(token))
		}
		c.send(c.channel(router), model.Msg{Kind: model.SessionRemoved, Body: &model.TokenList{Tokens: gone}})
	}
	if len(c.sessions.idle) > 0 {
		c.out.Arm(timerIdle, c.sessions.idle[0].at.Sub(c.now))
	}
}

// drop forgets all sessions of a router and returns their tokens.
func (s *sessions) drop(router sim.NodeID) []model.Token {
	var gone []model.Token
	out := func(n session) bool {
		if n.router == router {
			gone = append(gone, n.token)
			delete(s.tokens, n.token)
		}
		return n.router == router
	}
	s.api = slices.DeleteFunc(s.api, out)
	s.edge = slices.DeleteFunc(s.edge, out)
	return gone
}
