package checker

import (
	"fmt"

	"gyre/model"
	"gyre/sim"
)

// Kinds of requests that are counted: those that create and delete. Polls, leases and heartbeats go on for ever by
// design.
const (
	asksCreate = iota
	asksRemove
	asks
)

var askWords = [asks]string{"create", "remove"} //tidy:ok constant table

// meter counts the requests of one kind that one router sends.
type meter struct {
	total  uint64
	second int64 // the present one
	count  uint64
	most   uint64 // in one second of this quiet phase, and when that was
	mostAt sim.Time
	last   sim.Time
	late   breach // sent when the system should have come to rest
}

// requests counts what the routers send.
type requests struct {
	meters  []meter      // by router and kind
	fastest sim.Duration // the fastest request or reply so far
	calm    sim.Time     // from here on there should be none; known once settled
	insist  insist

	// The most in one second before this quiet phase: the limiter has to work in faults, too.
	peak   uint64
	peakAt sim.Time
	peakBy int // meter
}

func (q *requests) init(routers int) {
	q.meters = make([]meter, routers*asks)
	q.fastest, q.calm = sim.Duration(sim.Never), sim.Never
	q.insist.loops = map[plea]*refusal{}
}

// outside begins the measurement anew.
func (q *requests) outside() {
	for i := range q.meters {
		m := &q.meters[i]
		if m.most > q.peak {
			q.peak, q.peakAt, q.peakBy = m.most, m.mostAt, i
		}
		*m = meter{total: m.total, last: m.last}
	}
}

// sent takes a request of a router. One that policy lets nobody fulfil is retried for ever, and should be.
func (c *Checker) sent(s sim.Stamp, m *model.Msg) {
	r := c.router(s.Node)
	if r < 0 {
		return
	}
	kind, key := asksCreate, int32(-1)
	if m.Kind == model.RemoveRequest {
		kind = asksRemove
	}
	c.insists(s, m, kind)
	if kind == asksRemove {
		if i := c.term(m.Term); i >= 0 {
			key = c.terms[i].key
		}
	} else if key = c.key(r, m.Service, m.N); c.keys[key].want == tolerated {
		return
	}
	q := &c.requests.meters[int(r)*asks+kind]
	q.total++
	if second := int64(s.At) / int64(sim.Second); second != q.second {
		q.second, q.count = second, 0
	}
	if q.count++; q.count > q.most {
		q.most, q.mostAt = q.count, s.At
	}
	q.last = s.At
	if !c.settled || s.At <= c.requests.calm || !q.late.note(s) {
		return
	}
	q.late.node, q.late.key, q.late.term = s.Node, key, m.Term
	c.trail.back(&q.late.chain, s.Step, deedNone, m.Term)
}

// hop takes the delivery of a request or a reply: how long was it under way?
func (c *Checker) hop(s sim.Stamp) {
	if from := c.trail.find(s.Cause); from != nil {
		c.requests.fastest = min(c.requests.fastest, s.At.Sub(from.at))
	}
}

// ceiling returns how many requests of a kind a router can send in a second if its limiter and its pool work: each
// place in them, and each terminator that retries on its own, is free again after one round trip at the earliest.
func (c *Checker) ceiling() uint64 {
	p := &c.cfg.Params
	places := uint64(p.WindowMax+p.PoolWorkers) + uint64(len(c.keys))
	return places * uint64(sim.Second/max(1, 2*min(c.requests.fastest, sim.Second))+2)
}

// stormVerdict judges no-storm.
func (c *Checker) stormVerdict(r *Report) Verdict {
	total, most, last := uint64(0), -1, sim.Time(0)
	for i := range c.requests.meters {
		m := &c.requests.meters[i]
		total += m.total
		if m.total > 0 {
			last = max(last, m.last)
		}
		if m.count > 0 && (most < 0 || m.most > c.requests.meters[most].most) {
			most = i
		}
	}
	if total == 0 {
		return Verdict{Status: NotJudged, Text: "no router ever sent a request"}
	}
	if c.requests.insist.worst.found {
		return c.insistVerdict()
	}
	q := &c.requests
	peak, at, by := q.peak, q.peakAt, q.peakBy
	if most >= 0 && q.meters[most].most > peak {
		peak, at, by = q.meters[most].most, q.meters[most].mostAt, most
	}
	if peak > c.ceiling() {
		return Verdict{Status: Violated, Rung: Witness, At: at, Subject: c.sender(by), Text: fmt.Sprintf(
			"%s sent %d %s requests in one second, at %s; its limiter allows %d: window %d, pool %d and %d terminators, "+
				"each free again after a round trip of %s at the earliest", c.node(c.sender(by).Router), peak,
			askWords[by%asks], point(at), c.ceiling(), c.cfg.Params.WindowMax, c.cfg.Params.PoolWorkers,
			len(c.keys), span(2*q.fastest))}
	}
	return c.lateVerdict(r, last, most)
}

// lateVerdict judges whether the requests dropped to zero.
func (c *Checker) lateVerdict(r *Report, last sim.Time, most int) Verdict {
	if !c.settled {
		return Verdict{Status: Unknown, Text: "the run had no quiet phase"}
	}
	for i := range c.requests.meters {
		m := &c.requests.meters[i]
		if !m.late.found {
			continue
		}
		v := c.breached(&m.late, Deadline)
		if m.late.key < 0 {
			v.Subject = c.sender(i)
		}
		v.Text = fmt.Sprintf("%s sent %d %s requests more than %s after the last outside event, the first at %s and the "+
			"newest at %s; bound is %s: %s", c.node(m.late.node), m.late.count, askWords[i%asks], span(r.Bound.Length),
			point(m.late.at), point(m.last), span(r.Bound.Length), r.Bound.Text)
		return v
	}
	rested := c.at.Sub(c.quiet)
	if rested < r.Bound.Length && last > c.quiet.Add(rested/2) {
		return c.tooShort(r, "requests were still being sent at "+point(last))
	}
	text := "no request after the last outside event"
	if most >= 0 {
		text = fmt.Sprintf("the last request came at %s, the most in one second was %d", point(last),
			c.requests.meters[most].most)
	}
	return Verdict{Status: Holds, Text: text}
}

// sender is the router of a meter as a subject.
func (c *Checker) sender(meter int) Subject { return Subject{Router: c.routers[meter/asks].node} }
