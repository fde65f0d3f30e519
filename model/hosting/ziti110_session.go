package hosting

import (
	"cmp"
	"maps"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// sessions110 is what the registry and the router's state manager know of edge sessions. Each controller's api
// session with the router is left out: nothing here depends on it.
type sessions110 struct {
	bound    map[model.ServiceID]uint64 // bindSessions: serial of the session each service was last created with
	sessions []session110               // ascending by token
	ended    []removed110               // recentlyRemovedSessions, ascending by token
	heard    uint64                     // serial of the newest listener
}

// session110 is a session in use. The count of its uses is meant to reach 0 when the last listener is forgotten,
// and to drop the session; but forgetting adds one, so a session stays until a controller removes it (B50).
type session110 struct {
	token     model.Token
	uses      uint32
	listeners []listener110
}

// listener110 removes and re-creates a terminator when the session is removed. Nothing keeps a terminator from
// having several on one session (B02).
type listener110 struct {
	serial uint64
	t      *term110
}

// removed110 remembers a removed session.
type removed110 struct {
	token model.Token
	at    sim.Time
}

// release110 is the close callback of a terminator.
type release110 struct {
	kind   releaseKind110
	token  model.Token
	serial uint64 // of the listener
}

type releaseKind110 uint8

const (
	unset110   releaseKind110 = iota
	nothing110                // the session was removed when the listener was added; or it is forgotten already
	forget110
)

// listen is AddEdgeSessionRemovedListener. A session with a bearer token is not tracked: no controller stores it, so
// none can say that it is gone (ziti#1936; common.IsBearerToken looks for a text that starts with ey). An edge router's
// own sessions have UUIDs, and for these everything is as before: for a session remembered as removed the callback
// starts at once, and nothing is remembered of it. This is what the spin feeds on (B01).
func (r *ziti110) listen(token model.Token, t *term110) release110 {
	if r.env.Params().BearerTokens > 0 {
		return release110{kind: nothing110}
	}
	if r.recentlyRemoved(token) {
		r.env.Note(model.Msg{Kind: model.NoteSession, Token: token, Term: t.id, Code: model.WhySession})
		r.goes(r.fiber(callback110, t))
		return release110{kind: nothing110}
	}
	i, found := r.session(token)
	if !found {
		r.sessions = slices.Insert(r.sessions, i, session110{token: token})
	}
	r.heard++
	s := &r.sessions[i]
	s.uses++
	s.listeners = append(s.listeners, listener110{r.heard, t})
	return release110{kind: forget110, token: token, serial: r.heard}
}

// forget is what AddEdgeSessionRemovedListener returns, called once. A session that is unknown by now counts as
// removed just now.
func (r *ziti110) forget(release *release110) {
	if release.kind != forget110 {
		return
	}
	release.kind = nothing110
	i, found := r.session(release.token)
	if !found {
		r.remember(release.token)
		return
	}
	s := &r.sessions[i]
	s.uses++
	s.listeners = slices.DeleteFunc(s.listeners, func(l listener110) bool { return l.serial == release.serial })
}

// SessionsRemoved implements Registry (RemoveEdgeSession): the word of any controller counts.
func (r *ziti110) SessionsRemoved(from sim.NodeID, tokens []model.Token) {
	for _, token := range tokens {
		i, found := r.session(token)
		if !found {
			continue
		}
		listeners := r.sessions[i].listeners
		r.sessions = slices.Delete(r.sessions, i, i+1)
		r.remember(token)
		r.env.Note(model.Msg{Kind: model.NoteSession, Token: token, Peer: from, Code: model.WhySession})
		for _, l := range listeners {
			r.goes(r.fiber(callback110, l.t))
		}
	}
}

// validateSessions asks a controller about every session there is, whoever issued it.
func (r *ziti110) validateSessions(ctrl sim.NodeID) {
	if len(r.sessions) == 0 {
		return
	}
	tokens := make([]model.Token, len(r.sessions))
	for i := range r.sessions {
		tokens[i] = r.sessions[i].token
	}
	r.env.Send(ctrl, model.Msg{Kind: model.ValidateSessions, Body: &model.TokenList{Tokens: tokens}})
}

// session finds a session in use.
func (r *ziti110) session(token model.Token) (int, bool) {
	return slices.BinarySearchFunc(r.sessions, token, func(s session110, token model.Token) int {
		return cmp.Compare(s.token, token)
	})
}

// remember marks a session as removed now.
func (r *ziti110) remember(token model.Token) {
	now := r.env.Now()
	r.ended = slices.DeleteFunc(r.ended, func(s removed110) bool {
		return s.token == token || s.forgotten(now, r.env.Params())
	})
	i, _ := slices.BinarySearchFunc(r.ended, token, func(s removed110, token model.Token) int {
		return cmp.Compare(s.token, token)
	})
	r.ended = slices.Insert(r.ended, i, removed110{token, now})
}

func (r *ziti110) recentlyRemoved(token model.Token) bool {
	return slices.ContainsFunc(r.ended, func(s removed110) bool {
		return s.token == token && !s.forgotten(r.env.Now(), r.env.Params())
	})
}

// forgotten reports whether the memory of a removed session has expired. OpenZiti sweeps it with a heartbeat of a
// minute, so there it lasts up to that much longer.
func (s removed110) forgotten(now sim.Time, p *model.Params) bool {
	return p.RecentlyRemoved > 0 && now.Sub(s.at) >= p.RecentlyRemoved
}

func (s *sessions110) canon(c *sim.Canon, now sim.Time, p *model.Params) {
	for _, service := range slices.Sorted(maps.Keys(s.bound)) {
		c.Ref("bound", model.ClassService, uint64(service))
		c.Ref("", model.ClassToken, s.bound[service])
	}
	c.Int("sessions", int64(len(s.sessions)))
	for i := range s.sessions {
		in := &s.sessions[i]
		c.Ref("", model.ClassToken, uint64(in.token))
		c.Same(func(c *sim.Canon) { c.Int("uses", int64(in.uses)) })
		c.Int("listeners", int64(len(in.listeners)))
		for _, l := range in.listeners {
			c.Ref("", model.ClassTerm, uint64(l.t.id))
		}
	}
	for _, out := range s.ended {
		if out.forgotten(now, p) {
			continue
		}
		c.Ref("removed", model.ClassToken, uint64(out.token))
		if p.RecentlyRemoved > 0 {
			c.When("at", out.at)
		}
	}
}
