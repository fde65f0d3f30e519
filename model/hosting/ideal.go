package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// ideal is the registry of the algorithm ideal: it mirrors. It asks for a row, or for the end of one, until it is told
// that it is so. See model.IdealAlgorithm.
type ideal struct {
	env   Env
	terms []*termIdeal // ascending by id
	at    sim.Time     // when the timer fires; Never: not armed
}

// termIdeal is a terminator that is hosted, or was.
type termIdeal struct {
	id     model.TermID
	key    Key
	state  model.State
	closed bool
	req    uint64   // request under way; 0 is none
	again  sim.Time // ask no sooner
}

const (
	idealTimer  uint32 = 0
	idealWindow        = 8              // requests under way at most
	idealWait          = 1 * sim.Second // after a send that failed
)

func newIdeal(env Env) *ideal { return &ideal{env: env, at: sim.Never} }

// Boot implements Registry. Ids need no cache.
func (r *ideal) Boot(map[Key]model.TermID) {}

// Host implements Registry. What was closed in the same step was not closed: nothing happens to it.
func (r *ideal) Host(key Key) {
	id := model.IdealTerm(r.env.Self(), key.Service, key.Index)
	i, found := r.find(id)
	if !found {
		r.terms = slices.Insert(r.terms, i, &termIdeal{id: id, key: key, closed: true})
	}
	r.terms[i].closed = false
	r.wake(0)
}

// Close implements Registry.
func (r *ideal) Close(key Key) {
	if i, found := r.find(model.IdealTerm(r.env.Self(), key.Service, key.Index)); found {
		r.terms[i].closed = true
		r.wake(0)
	}
}

// CreateReply implements Registry.
func (r *ideal) CreateReply(_ sim.NodeID, m *model.Msg) {
	if t := r.asked(m); t != nil && m.Code == model.OK {
		r.set(t, model.Established, model.WhyCreated)
	}
	r.ask()
}

// RemoveReply implements Registry.
func (r *ideal) RemoveReply(_ sim.NodeID, m *model.Msg) {
	if t := r.asked(m); t != nil && m.Code == model.OK {
		r.set(t, model.Absent, model.WhyRemoved)
		r.drop()
	}
	r.ask()
}

// asked returns whose request a reply answers, or nil if it is too late.
func (r *ideal) asked(m *model.Msg) *termIdeal {
	i, found := r.find(m.Term)
	if !found || r.terms[i].req != m.Req {
		return nil
	}
	t := r.terms[i]
	t.req, t.again = 0, r.env.Now().Add(model.IdealRetry)
	return t
}

// Valid implements Registry.
func (r *ideal) Valid(id model.TermID) bool {
	_, found := r.find(id)
	return found
}

// SessionsRemoved implements Registry: there are no sessions.
func (r *ideal) SessionsRemoved(sim.NodeID, []model.Token) {}

// CtrlEvent implements Registry: there may be somebody to ask.
func (r *ideal) CtrlEvent(Event, sim.NodeID) { r.wake(0) }

// Expire implements Registry.
func (r *ideal) Expire(uint32) {
	r.at = sim.Never
	r.drop()
	for _, t := range r.terms {
		switch {
		case t.closed && t.state != model.Deleting:
			r.set(t, model.Deleting, model.WhyClose)
			t.req, t.again = 0, r.env.Now()
		case !t.closed && (t.state == model.Deleting || t.state == model.Absent):
			r.set(t, model.Establishing, model.WhyHost)
			t.req, t.again = 0, r.env.Now()
		}
	}
	r.ask()
}

// drop forgets what is closed and gone. What was hosted again meanwhile stays: the timer is about to see to it.
func (r *ideal) drop() {
	r.terms = slices.DeleteFunc(r.terms, func(t *termIdeal) bool { return t.closed && t.state == model.Absent })
}

// ask sends what is due, as far as the window goes, and comes back when more will be.
func (r *ideal) ask() {
	now, next, open := r.env.Now(), sim.Never, 0
	for _, t := range r.terms {
		if t.req != 0 && t.again > now {
			open++
		}
	}
	for _, t := range r.terms {
		if t.state == model.Established || t.state == model.Absent {
			continue
		}
		if t.again <= now && open < idealWindow {
			if !r.send(t) {
				next = min(next, now.Add(idealWait))
				break
			}
			open++
		}
		if t.again > now {
			next = min(next, t.again)
		}
	}
	if next != sim.Never {
		r.wake(next.Sub(now))
	}
}

// send sends one request.
func (r *ideal) send(t *termIdeal) bool {
	ctrl := r.env.ModelController()
	if ctrl == 0 {
		return false
	}
	m := model.Msg{Kind: model.RemoveRequest, Req: r.env.NextReq(), Term: t.id, Router: r.env.Self()}
	if t.state == model.Establishing {
		m.Kind, m.Service, m.N = model.CreateRequest, t.key.Service, t.key.Index
	}
	if r.env.Send(ctrl, m) != model.OK {
		return false
	}
	t.req, t.again = m.Req, r.env.Now().Add(max(r.env.Params().RequestTimeout, model.IdealRetry))
	return true
}

// wake makes the timer fire no later than after a while.
func (r *ideal) wake(after sim.Duration) {
	if at := r.env.Now().Add(after); at < r.at {
		r.at = at
		r.env.Arm(idealTimer, after)
	}
}

// Run implements Registry: there are no jobs.
func (r *ideal) Run(model.Msg) {}

// Task implements Registry: there are no tasks.
func (r *ideal) Task(model.Msg) {}

// IDCache implements Registry: nothing.
func (r *ideal) IDCache() map[Key]model.TermID { return nil }

// Entries implements Registry.
func (r *ideal) Entries(visit func(id model.TermID, key Key, state model.State)) {
	for _, t := range r.terms {
		visit(t.id, t.key, t.state)
	}
}

func (r *ideal) find(id model.TermID) (int, bool) {
	return slices.BinarySearchFunc(r.terms, id, func(t *termIdeal, id model.TermID) int { return cmp.Compare(t.id, id) })
}

// set changes the state of a terminator.
func (r *ideal) set(t *termIdeal, state model.State, why model.Code) {
	r.env.Note(model.Msg{
		Kind: model.NoteState, Term: t.id, Service: t.key.Service, N: t.key.Index,
		From: t.state, State: state, Code: why,
	})
	t.state = state
}

// Canon implements sim.Canonical.
func (r *ideal) Canon(c *sim.Canon) {
	when(c, "", r.at)
	c.Int("terms", int64(len(r.terms)))
	for _, t := range r.terms {
		c.Ref("", model.ClassTerm, uint64(t.id))
		c.Kind(uint64(t.state), t.state.String())
		c.Flag("closed", t.closed)
		c.Flag("asked", t.req != 0)
		if t.again > r.env.Now() && t.state != model.Established {
			c.When("again", t.again)
		}
		c.Same(func(c *sim.Canon) { c.Count("req", t.req, t.req) })
	}
}
