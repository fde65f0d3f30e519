package linear

import (
	"fmt"

	"gyre/model"
	"gyre/sim"
)

// answer is what a controller told a router.
type answer struct {
	by    sim.NodeID
	at    sim.Time
	index uint64 // apply index of the controller when it sent it, or noIndex
	m     *model.Msg
}

// glimpse is the newest state of something that a router has been told of.
type glimpse struct {
	index uint64 // of the change that made the state
	by    sim.NodeID
	at    sim.Time
	mine  bool // the router's own write
	verb  verb
}

// session is what each router has been told.
type session struct {
	reads    uint64
	routers  []told
	touched  history // edits of services, which concern every router
	offences offence
}

// told is what one router has been told.
type told struct {
	policies history // changes of its policies in the log
	seen     glimpse
	lease    uint64    // its newest subscription; 0 if there is none
	asks     []inquiry // for its policies, that are not answered yet; the newest last
	tokens   []grant
}

// inquiry is a question of a router for all it may host, and what it had been told when it asked.
type inquiry struct {
	req  uint64
	seen glimpse
}

// asksMax bounds the questions remembered per router.
const asksMax = 16

// inquires takes a question for all a router may host. A session is in the order in which the router asks: what it is
// told by others while it waits is no older than the answer in that order.
func (t *told) inquires(req uint64) {
	if len(t.asks) == asksMax {
		t.asks = append(t.asks[:0], t.asks[1:]...)
	}
	t.asks = append(t.asks, inquiry{req, t.seen})
}

// floor returns what a whole statement must not be older than: what the router had been told when it asked, or, if it
// did not ask, what it has been told by now.
func (t *told) floor(req uint64) glimpse {
	for i := range t.asks {
		if t.asks[i].req == req && req != 0 {
			seen := t.asks[i].seen
			t.asks = append(t.asks[:i], t.asks[i+1:]...)
			return seen
		}
	}
	return t.seen
}

// history has the two newest changes of something, by log index.
type history struct {
	newest, before uint64
}

func (h *history) add(index uint64) { h.before, h.newest = h.newest, index }

// as returns the newest change up to an index, as far as that is known.
func (h *history) as(of uint64) uint64 {
	switch {
	case h.newest <= of:
		return h.newest
	case h.before <= of:
		return h.before
	default:
		return 0
	}
}

// grant is a session token that a router was given with a create.
type grant struct {
	token model.Token
	term  model.TermID
	by    sim.NodeID
	index uint64
	at    sim.Time
}

// grantsMax bounds the tokens remembered per router.
const grantsMax = 1 << 14

func (s *session) init(routers int) { s.routers = make([]told, routers) }

// forgotten ends the session of a router: a session is what one process has written and been told. The next process
// has forgotten it, and cannot know which of the controllers it meets first is behind.
func (j *Judge) forgotten(r *client) {
	t := &j.session.routers[j.place[r.node]]
	t.seen, t.lease, t.asks, t.tokens = glimpse{}, 0, t.asks[:0], t.tokens[:0]
	for i := range j.keys.list {
		if x := &j.keys.list[i]; x.router == r.node {
			x.seen = glimpse{}
		}
	}
}

// policy takes a change of what a router is told to host.
func (s *session) policy(j *Judge, index uint64, e *model.Entry) {
	switch {
	case e.Verb == model.Allow || e.Verb == model.Deny:
	case e.Router == 0:
		s.touched.add(index)
	case j.is(e.Router, router):
		s.routers[j.place[e.Router]].policies.add(index)
	}
}

// glimpsed takes an answer about a row: success and not-found are reads of it. A session is in the order in which the
// router asks: what it was told between asking and being answered is no older than the answer in that order.
func (j *Judge) glimpsed(r *client, o *operation, x *key, a *answer) {
	s := &j.session
	if a.m.Token != 0 && o.verb == create && a.index != noIndex {
		s.granted(&s.routers[j.place[r.node]], a, x)
	}
	if a.index == noIndex || j.ordered && o.gen < x.asked {
		return
	}
	s.reads++
	if a.index < o.seen.index {
		about := About{x.router, x.service, x.n, x.id}
		s.offences.add(j.step, 0, a.at, about, func() string { return j.oldRow(r, o, a) })
		return
	}
	index := x.index
	if index > a.index {
		index = x.before
	}
	if index >= x.seen.index && index <= a.index {
		x.seen = glimpse{index: index, by: a.by, at: a.at, mine: o.own != 0 || x.seen.mine && index == x.seen.index,
			verb: o.verb}
	}
}

// oldRow names the pair: what the router knew, and the answer that did not.
func (j *Judge) oldRow(r *client, o *operation, a *answer) string {
	g, id := &o.seen, j.keys.list[o.key].id
	did := "was told by " + j.node(g.by) + " of " + j.id(id)
	if g.mine {
		did = map[verb]string{create: "created ", remove: "removed "}[g.verb] + j.id(id) + " through " + j.node(g.by)
	}
	said := "that it exists"
	if o.verb == remove {
		said = "that it is gone"
	}
	kind := "a read went back"
	if g.mine {
		kind = "it does not read its own write"
	}
	return fmt.Sprintf("%s %s at index %d; at %s %s answered from index %d %s: %s", j.node(r.node), did, g.index,
		point(a.at), j.node(a.by), a.index, said, kind)
}

// granted remembers a token.
func (s *session) granted(t *told, a *answer, x *key) {
	for i := range t.tokens {
		if t.tokens[i].token == a.m.Token {
			return
		}
	}
	if len(t.tokens) < grantsMax {
		t.tokens = append(t.tokens, grant{a.m.Token, x.id, a.by, min(x.index, a.index), a.at})
	}
}

// sessionsGone takes a controller's answer that it does not know some tokens. A token is made by one controller, and
// nothing ever ends it; a controller that denies it while its maker has it answers from a state that it does not
// share.
func (j *Judge) sessionsGone(r *client, a *answer) {
	list, ok := a.m.Body.(*model.TokenList)
	if !ok {
		return
	}
	s := &j.session
	t := &s.routers[j.place[r.node]]
	for _, token := range list.Tokens {
		s.reads++
		for i := range t.tokens {
			g := &t.tokens[i]
			if g.token != token || g.by == a.by {
				continue
			}
			about := About{Router: r.node, Term: g.term}
			if x := j.keys.find(g.term); x != nil {
				about.Service, about.Index = x.service, x.n
			}
			s.offences.add(j.step, 0, a.at, about, func() string { return j.unshared(r, g, a) })
		}
	}
}

func (j *Judge) unshared(r *client, g *grant, a *answer) string {
	token := j.names.Name(model.ClassToken, uint64(g.token))
	text := fmt.Sprintf("%s created %s through %s at index %d and got session %s with it; at %s %s answered",
		j.node(r.node), j.id(g.term), j.node(g.by), g.index, token, point(a.at), j.node(a.by))
	if a.index != noIndex {
		text += fmt.Sprintf(" from index %d", a.index)
	}
	text += " that there is no such session: " + j.node(a.by) + " never had it"
	if a.index != noIndex && a.index >= g.index {
		text += ", for sessions are not in the log (its log was not behind)"
	}
	return text
}

// modelTold takes a statement of what the router may host: a whole one is a read; a change only adds to what the
// router has been told.
func (j *Judge) modelTold(r *client, a *answer) {
	s := &j.session
	t := &s.routers[j.place[r.node]]
	if a.m.Kind != model.ServiceList && t.lease != 0 && a.m.Req != t.lease {
		return // of a subscription that another has replaced: the router passes it by (with B34 not, as no-missing sees)
	}
	index := a.index
	if a.m.Kind == model.ChangeSet {
		index = a.m.Index
	}
	if index == noIndex {
		return
	}
	if a.m.Kind != model.ChangeSet {
		s.reads++
		if seen := t.floor(a.m.Req); index < seen.index {
			s.offences.add(j.step, 0, a.at, About{Router: r.node}, func() string {
				return fmt.Sprintf("%s was told by %s of the policies as of index %d; at %s %s answered from index %d: a read "+
					"went back", j.node(r.node), j.node(seen.by), seen.index, point(a.at), j.node(a.by), index)
			})
			return
		}
	}
	state := max(t.policies.as(index), s.touched.as(index))
	if state >= t.seen.index && state > 0 {
		t.seen = glimpse{index: state, by: a.by, at: a.at}
	}
}
