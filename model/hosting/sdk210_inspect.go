package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// Inspects (hosted.go): a terminator that took longer than slowBind210 is asked about once more when it is
// established; a question is sent again after inspectEvery, when the loop wakes; after inspectsMin of them and
// inspectMax without a valid answer the terminator is deleted. A validation waits inspectWait for the SDK's word.
const (
	slowBind210  = 30 * sim.Second
	inspectEvery = 10 * sim.Second
	inspectMax   = 10 * sim.Minute
	inspectsMin  = 3
	inspectWait  = 10 * sim.Second
)

// probe210 is a pendingPostCreateInspect.
type probe210 struct {
	t           *bound210
	first, last sim.Time
	asked       []uint64 // sequence numbers
}

// poll210 is a validation that waits for an SDK.
type poll210 struct {
	ticket   uint64
	t        *bound210
	sequence uint64
	end      sim.Time
}

// probe asks the SDK of t from now on, in place of an earlier question about the id.
func (r *sdk210) probe(t *bound210) {
	i, found := slices.BinarySearchFunc(r.probes, t.id, func(p *probe210, id model.TermID) int {
		return int(int64(p.t.id) - int64(id))
	})
	p := &probe210{t: t}
	if found {
		r.probes[i] = p
		return
	}
	r.probes = slices.Insert(r.probes, i, p)
}

// evaluateProbes is evaluatePostCreateInspects.
func (r *sdk210) evaluateProbes() {
	now := r.env.Now()
	keep := r.probes[:0]
	for _, p := range r.probes {
		switch {
		case r.current(p.t.id) != p.t:
		case !r.env.Open(p.t.Conn):
			r.queueRemove(p.t, model.WhyChannel)
		case len(p.asked) >= inspectsMin && now.Sub(p.first) > inspectMax:
			r.queueRemove(p.t, model.WhyNoAnswer)
		default:
			if len(p.asked) == 0 || now.Sub(p.last) > inspectEvery {
				r.ask(p)
			}
			keep = append(keep, p)
		}
	}
	clear(r.probes[len(keep):])
	r.probes = keep
}

func (r *sdk210) ask(p *probe210) {
	if sequence := r.inspect(p.t); sequence != 0 {
		if len(p.asked) == 0 {
			p.first = r.env.Now()
		}
		p.asked, p.last = append(p.asked, sequence), r.env.Now()
	}
}

// inspect asks an SDK whether it listens; 0 if it could not.
func (r *sdk210) inspect(t *bound210) uint64 {
	r.asked++
	if r.env.Tell(t.Conn, model.Msg{Kind: model.SDKInspect, Req: t.Serial, Aux: r.asked}) != model.OK {
		return 0
	}
	return r.asked
}

// Inspected implements SDK (inspectResponseEvent, and the replies that validations wait for).
func (r *sdk210) Inspected(conn sim.ConnID, _, sequence uint64, listens bool) {
	for i, p := range r.probes {
		if r.env.Bug(model.B38) {
			break // the reply has a type that nobody takes; a validation's waits for any
		}
		if p.t.Conn != conn || !slices.Contains(p.asked, sequence) {
			continue
		}
		r.probes = slices.Delete(r.probes, i, i+1)
		if !listens {
			r.queueRemove(p.t, model.WhyNotListening)
		}
		break
	}
	for i, v := range r.polls {
		if v.sequence == sequence && v.t.Conn == conn {
			r.polls = slices.Delete(r.polls, i, i+1)
			r.decide(v, listens)
			break
		}
	}
	r.turn()
}

// Validate implements SDK (dialer.InspectTerminator). After a create the registry's word will do; else the SDK is
// asked, if it answers such questions.
func (r *sdk210) Validate(id model.TermID, postCreate bool, ticket uint64) {
	t := r.current(id)
	if t == nil {
		r.env.Decided(ticket, false, true)
		return
	}
	r.post(sdkEstablished210, t, model.WhyValidated)
	r.turn()
	if postCreate || !t.Inspect {
		r.env.Decided(ticket, true, true)
		return
	}
	v := poll210{ticket: ticket, t: t, end: r.env.Now().Add(inspectWait)}
	switch {
	case !r.env.Open(t.Conn):
		r.decide(v, false)
	default:
		if v.sequence = r.inspect(t); v.sequence == 0 {
			r.env.Decided(ticket, true, false)
			return
		}
		r.polls = append(r.polls, v)
		r.armAsk()
	}
}

// decide ends a validation by the SDK's word. What the SDK does not know leaves the registry, without a delete: the
// controller deletes the row. If another bind has taken its place, the controller is to ask again.
func (r *sdk210) decide(v poll210, listens bool) {
	switch now := r.current(v.t.id); {
	case listens:
		r.env.Decided(v.ticket, true, true)
	case now == v.t:
		r.remove(v.t, model.WhyNotListening)
		r.env.Decided(v.ticket, false, true)
	default:
		r.env.Decided(v.ticket, now != nil, now == nil)
	}
}

func (r *sdk210) armAsk() {
	if len(r.polls) > 0 && r.askAt == sim.Never {
		r.askAt = r.polls[0].end
		r.env.Arm(sdkAsk210, r.askAt.Sub(r.env.Now()))
	}
}

// unanswered ends the validations that have waited long enough, undecided.
func (r *sdk210) unanswered() {
	for len(r.polls) > 0 && r.polls[0].end <= r.env.Now() {
		v := r.polls[0]
		r.polls = r.polls[1:]
		r.env.Decided(v.ticket, true, false)
	}
	r.armAsk()
}

// Canon implements SDK.
func (r *sdk210) Canon(c *sim.Canon) {
	now := r.env.Now()
	c.When("minute", tick(r.boot, now, r.env.Params().Scan))
	for _, at := range []sim.Time{r.tickAt, r.pollAt, r.passAt, r.askAt} {
		when(c, "", at)
	}
	for _, list := range [][]*bound210{r.terms, r.due, r.doomed} {
		c.Int("terms", int64(len(list)))
		for _, t := range list {
			t.canon(c, now, r.env.Params())
		}
	}
	c.Int("closes", int64(len(r.closes)))
	for _, n := range r.closes {
		c.Same(func(c *sim.Canon) { c.Int("conn", int64(n.conn)) })
		c.Int("", int64(n.why))
	}
	c.Int("probes", int64(len(r.probes)))
	for _, p := range r.probes {
		p.t.canon(c, now, r.env.Params())
		c.Int("asked", int64(len(p.asked)))
		if len(p.asked) > 0 {
			c.When("first", p.first)
			c.When("last", p.last)
		}
	}
	c.Int("polls", int64(len(r.polls)))
	for _, v := range r.polls {
		v.t.canon(c, now, r.env.Params())
		c.When("end", v.end)
	}
	c.Int("passes", int64(len(r.passes)))
	for _, p := range r.passes {
		c.When("at", p.at)
		for _, t := range p.list {
			t.canon(c, now, r.env.Params())
		}
	}
	c.Int("batches", int64(len(r.batches)))
	for _, b := range r.batches {
		b.canon(c, now, r.env.Params())
	}
}

func (t *bound210) canon(c *sim.Canon, now sim.Time, p *model.Params) {
	c.Ref("", model.ClassTerm, uint64(t.id))
	c.Ref("", model.ClassService, uint64(t.Service))
	c.Node("", t.Host)
	c.Int("", int64(t.Index))
	c.Ref("", model.ClassToken, uint64(t.Session))
	c.Kind(uint64(t.state), t.state.String())
	c.Same(func(c *sim.Canon) { c.Int("conn", int64(t.Conn)); c.Int("serial", int64(t.Serial)) })
	c.Flag("listener", t.Listener != 0)
	c.Flag("inspect", t.Inspect)
	c.Flag("active", t.active)
	c.Flag("gone", t.gone)
	if t.answered || t.twice || t.blank {
		c.Flag("answered", t.answered)
		c.Flag("twice", t.twice)
		c.Flag("blank", t.blank)
	}
	c.Flag("slot", t.slot != 0)
	c.Int("failures", int64(t.failures))
	if slow := t.created.Add(slowBind210); slow > now {
		c.When("slow", slow)
	}
	if !t.older(now, max(p.RetryAge, p.OperationGuard)) {
		c.When("last", t.last)
	}
}

func (b *sdkBatch210) canon(c *sim.Canon, now sim.Time, p *model.Params) {
	c.Int("batch", int64(len(b.terms)))
	for _, t := range b.terms {
		t.canon(c, now, p)
	}
	c.Int("phase", int64(b.phase))
	c.Flag("slot", b.slot != 0)
	when(c, "at", b.at)
	when(c, "end", b.end)
	c.Span("sleep", b.sleep)
	c.Node("ctrl", b.ctrl)
	c.Same(func(c *sim.Canon) { c.Count("req", b.req, b.req) })
}
