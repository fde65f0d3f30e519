package hosting

import (
	"cmp"
	"maps"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// sessions100 is what the registry and the router's state manager know of edge sessions. Each controller's api
// session with the router is left out: nothing here depends on it.
type sessions100 struct {
	bound    map[model.ServiceID]uint64 // bindSessions: serial of the session each service was last created with
	sessions []session100               // ascending by token
	ended    []removed100               // recentlyRemovedSessions, ascending by token
	heard    uint64                     // serial of the newest listener
}

// session100 is a session in use. The count of its uses is meant to reach 0 when the last listener is forgotten,
// and to drop the session; but forgetting adds one, so a session stays until a controller removes it (B50).
type session100 struct {
	token     model.Token
	uses      uint32
	listeners []listener100
}

// listener100 removes and re-creates a terminator when the session is removed. Nothing keeps a terminator from
// having several on one session (B02).
type listener100 struct {
	serial uint64
	t      *term100
}

// removed100 remembers a removed session.
type removed100 struct {
	token model.Token
	at    sim.Time
}

// release100 is the close callback of a terminator.
type release100 struct {
	kind   releaseKind100
	token  model.Token
	serial uint64 // of the listener
}

type releaseKind100 uint8

const (
	unset100   releaseKind100 = iota
	nothing100                // the session was removed when the listener was added; or it is forgotten already
	forget100
)

// listen is AddEdgeSessionRemovedListener. For a session remembered as removed the callback starts at once, and
// nothing is remembered of it: this is what the spin of ziti#1936 feeds on (B01).
func (r *ziti100) listen(token model.Token, t *term100) release100 {
	if r.recentlyRemoved(token) {
		r.env.Note(model.Msg{Kind: model.NoteSession, Token: token, Term: t.id, Code: model.WhySession})
		r.goes(r.fiber(callback100, t))
		return release100{kind: nothing100}
	}
	i, found := r.session(token)
	if !found {
		r.sessions = slices.Insert(r.sessions, i, session100{token: token})
	}
	r.heard++
	s := &r.sessions[i]
	s.uses++
	s.listeners = append(s.listeners, listener100{r.heard, t})
	return release100{kind: forget100, token: token, serial: r.heard}
}

// forget is what AddEdgeSessionRemovedListener returns, called once. A session that is unknown by now counts as
// removed just now.
func (r *ziti100) forget(release *release100) {
	if release.kind != forget100 {
		return
	}
	release.kind = nothing100
	i, found := r.session(release.token)
	if !found {
		r.remember(release.token)
		return
	}
	s := &r.sessions[i]
	s.uses++
	s.listeners = slices.DeleteFunc(s.listeners, func(l listener100) bool { return l.serial == release.serial })
}

// SessionsRemoved implements Registry (RemoveEdgeSession): the word of any controller counts.
func (r *ziti100) SessionsRemoved(from sim.NodeID, tokens []model.Token) {
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
			r.goes(r.fiber(callback100, l.t))
		}
	}
}

// validateSessions asks a controller about every session there is, whoever issued it.
func (r *ziti100) validateSessions(ctrl sim.NodeID) {
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
func (r *ziti100) session(token model.Token) (int, bool) {
	return slices.BinarySearchFunc(r.sessions, token, func(s session100, token model.Token) int {
		return cmp.Compare(s.token, token)
	})
}

// remember marks a session as removed now.
func (r *ziti100) remember(token model.Token) {
	now := r.env.Now()
	r.ended = slices.DeleteFunc(r.ended, func(s removed100) bool {
		return s.token == token || s.forgotten(now, r.env.Params())
	})
	i, _ := slices.BinarySearchFunc(r.ended, token, func(s removed100, token model.Token) int {
		return cmp.Compare(s.token, token)
	})
	r.ended = slices.Insert(r.ended, i, removed100{token, now})
}

func (r *ziti100) recentlyRemoved(token model.Token) bool {
	return slices.ContainsFunc(r.ended, func(s removed100) bool {
		return s.token == token && !s.forgotten(r.env.Now(), r.env.Params())
	})
}

// forgotten reports whether the memory of a removed session has expired. OpenZiti sweeps it with a heartbeat of a
// minute, so there it lasts up to that much longer.
func (s removed100) forgotten(now sim.Time, p *model.Params) bool {
	return p.RecentlyRemoved > 0 && now.Sub(s.at) >= p.RecentlyRemoved
}

func (s *sessions100) canon(c *sim.Canon, now sim.Time, p *model.Params) {
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
