package hosting

import (
	"gyre/model"
	"gyre/sim"
)

// Pauses before a request that failed is sent again: doubling from the first to the last, of which half is chance.
const (
	pauseFirst = 250 * sim.Millisecond
	pauseMax   = 30 * sim.Second
)

// fifo is a queue of entries.
type fifo struct {
	list []*claim
	head int
}

func (q *fifo) len() int { return len(q.list) - q.head }

func (q *fifo) push(t *claim) { q.list = append(q.list, t) }

func (q *fifo) pop() *claim {
	t := q.list[q.head]
	q.list[q.head] = nil
	if q.head++; q.head == len(q.list) {
		q.list, q.head = q.list[:0], 0
	}
	return t
}

// unpop puts back what was popped last.
func (q *fifo) unpop(t *claim) {
	if q.head == 0 {
		q.list = append([]*claim{t}, q.list...)
		return
	}
	q.head--
	q.list[q.head] = t
}

// enqueue has an entry asked for as soon as there is a slot.
func (r *reference) enqueue(t *claim) {
	if t.queued {
		return // wherever it waits, its state is looked at when its turn comes
	}
	t.queued = true
	if t.state == model.Deleting {
		r.removes.push(t)
	} else {
		r.creates.push(t)
	}
	r.wake()
}

// next returns the next entry of a queue that is of the state the queue is for. One that was decided otherwise
// meanwhile moves to the other queue.
func (r *reference) next(q *fifo, state model.State) *claim {
	for q.len() > 0 {
		t := q.pop()
		t.queued = false
		switch {
		case t.gone:
		case t.state == state:
			return t
		case t.state == model.Deleting || t.state == model.Establishing:
			r.enqueue(t)
		}
	}
	return nil
}

// pump sends what there are slots for.
func (r *reference) pump() {
	for r.removes.len() > 0 && r.sendRemoves() {
	}
	for r.creates.len() > 0 && r.sendCreate() {
	}
	r.armDue()
}

// slot takes a place in the limiter's window. Without reliability nobody counts.
func (r *reference) slot() (Slot, bool) {
	if !r.reliable {
		return 0, true
	}
	s := r.env.Limiter().Acquire()
	return s, s != 0
}

// sendCreate sends one create; false if there is no slot.
func (r *reference) sendCreate() bool {
	t := r.next(&r.creates, model.Establishing)
	if t == nil {
		return true
	}
	slot, ok := r.slot()
	if !ok {
		t.queued = true
		r.creates.unpop(t)
		return false
	}
	if t.asked && !r.idempotent {
		t = r.renew(t)
	}
	m := model.Msg{
		Kind: model.CreateRequest, Req: r.env.NextReq(), Term: t.id, Service: t.key.Service, N: t.key.Index,
		Router: r.env.Self(), Index: t.gen,
	}
	if r.send([]*claim{t}, m, slot) {
		t.asked = true
	}
	return true
}

// renew gives a key an entry with an id of its own for another attempt; what became of the one before is left to the
// audit.
func (r *reference) renew(t *claim) *claim {
	n := r.enter(r.newID(t.key), t.key)
	n.gen, n.tries, n.first = t.gen, t.tries, t.first
	r.hosted[t.key] = n
	r.leave(t, model.WhyReplaced)
	r.set(n, model.Establishing, model.WhyHost)
	return n
}

// sendRemoves sends a batch of removes in one request; false if there is no slot.
func (r *reference) sendRemoves() bool {
	t := r.next(&r.removes, model.Deleting)
	if t == nil {
		return true
	}
	slot, ok := r.slot()
	if !ok {
		t.queued = true
		r.removes.unpop(t)
		return false
	}
	body := &model.TermList{}
	var terms []*claim
	for t != nil {
		terms = append(terms, t)
		body.Terms = append(body.Terms, t.id)
		if r.order {
			body.Gens = append(body.Gens, t.gen)
		}
		if int64(len(terms)) == r.env.Params().RemoveBatch {
			break
		}
		t = r.next(&r.removes, model.Deleting)
	}
	m := model.Msg{Kind: model.RemoveRequest, Req: r.env.NextReq(), Router: r.env.Self(), Body: body}
	if len(terms) == 1 {
		m.Term = terms[0].id
	}
	r.send(terms, m, slot)
	return true
}

// send sends a request about some entries and remembers it; false if it could not leave.
func (r *reference) send(terms []*claim, m model.Msg, slot Slot) bool {
	ctrl := r.controller(terms[0].tries)
	code := model.NoChannel
	if ctrl != 0 {
		code = r.env.Send(ctrl, m)
	}
	if code == model.OK {
		for _, t := range terms {
			if t.req = m.Req; t.first == 0 {
				t.first = m.Req
			}
		}
		if r.reliable {
			r.ops = append(r.ops, &asking{req: m.Req, kind: m.Kind, terms: terms, slot: slot,
				end: r.env.Now().Add(r.env.Params().RequestTimeout)})
		}
		return true
	}
	r.env.Limiter().Failed(slot)
	if r.reliable {
		for _, t := range terms {
			r.pause(t)
		}
	}
	return false
}

// controller chooses whom to ask: the leader first where state should be new; the next try asks any, for the leader
// one believes in may be gone.
func (r *reference) controller(tries int) sim.NodeID {
	if r.sync && (tries%2 == 0 || !r.reliable) {
		return r.env.ModelController()
	}
	return r.env.AnyController()
}

// pause has an entry that failed asked again later.
func (r *reference) pause(t *claim) {
	span := min(pauseFirst<<min(t.tries, 16), pauseMax)
	t.tries++
	t.req = 0
	t.at = r.env.Now().Add(span/2 + r.jitter(span/2))
	r.pauses.push(paused{t.at, t})
}

// jitter draws a span up to the given one.
func (r *reference) jitter(span sim.Duration) sim.Duration {
	return sim.Duration(r.env.Draw().Below(uint64(span) + 1))
}

// hasten shortens every pause: something has changed that may have been the reason.
func (r *reference) hasten() {
	for _, t := range r.terms {
		if t.at == sim.Never {
			continue
		}
		t.tries = 0
		if at := r.env.Now().Add(r.jitter(r.env.Params().ReestablishWait)); at < t.at {
			t.at = at
			r.pauses.push(paused{at, t})
		}
	}
	r.armDue()
}

// overdue ends the requests that had no answer in time, and the pauses that are over.
func (r *reference) overdue() {
	now := r.env.Now()
	for len(r.ops) > 0 && r.ops[0].end <= now {
		o := r.ops[0]
		r.ops[0] = nil
		r.ops = r.ops[1:]
		r.env.Limiter().Backoff(o.slot)
		for _, t := range o.terms {
			if t.req == o.req {
				r.pause(t)
			}
		}
	}
	for len(r.pauses) > 0 && r.pauses[0].at <= now {
		if p := r.pauses.pop(); p.t.at == p.at {
			p.t.at = sim.Never
			r.enqueue(p.t)
		}
	}
}

// armDue keeps the timer at the earliest of what overdue looks for.
func (r *reference) armDue() {
	for len(r.pauses) > 0 && r.pauses[0].t.at != r.pauses[0].at {
		r.pauses.pop()
	}
	at := sim.Never
	if len(r.ops) > 0 {
		at = r.ops[0].end
	}
	if len(r.pauses) > 0 {
		at = min(at, r.pauses[0].at)
	}
	if at != sim.Never && at < r.dueAt {
		r.dueAt = at
		r.env.Arm(dueTimerRef, max(0, at.Sub(r.env.Now())))
	}
}

// paused is an entry and the time at which it is asked again; it counts only if the entry still says so.
type paused struct {
	at sim.Time
	t  *claim
}

// pauses is a heap, earliest first, of equals that of the lower id.
type pauses []paused

func (p paused) before(q paused) bool { return p.at < q.at || p.at == q.at && p.t.id < q.t.id }

func (h *pauses) push(p paused) {
	s := append(*h, p)
	for i := len(s) - 1; i > 0 && s[i].before(s[(i-1)/2]); i = (i - 1) / 2 {
		s[i], s[(i-1)/2] = s[(i-1)/2], s[i]
	}
	*h = s
}

func (h *pauses) pop() paused {
	s := *h
	top, n := s[0], len(s)-1
	s[0] = s[n]
	s[n] = paused{}
	s = s[:n]
	for i := 0; ; {
		k := 2*i + 1
		if k >= n {
			break
		}
		if k+1 < n && s[k+1].before(s[k]) {
			k++
		}
		if !s[k].before(s[i]) {
			break
		}
		s[i], s[k] = s[k], s[i]
		i = k
	}
	*h = s
	return top
}
