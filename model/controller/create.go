package controller

import (
	"gyre/model"
	"gyre/sim"
)

// create is the first half of the create handler: it reads, the second half submits. What it reads may have
// changed by then, and requests that came later may have been submitted before.
func (c *controller) create(m model.Msg) {
	switch {
	case c.db.ideal:
		c.submitCreate(m)
	case c.release == model.Reference:
		c.claim(m)
	case c.hangs(&m):
		c.create100(m)
	case !c.prof.answers:
		c.create118(m)
	case !c.prof.refusals:
		c.create140(m)
	default:
		c.create210(m)
	}
}

// create100 is CreateTunnelTerminator (controller/handler_edge_ctrl, v1.0.0): sessions are ensured in this
// controller's own store, failures are only logged, and a matching row is success on any controller. Upstream
// looks at the edge-router policies after the session; since no session is issued where they leave the service
// without a router, the order makes no difference here.
func (c *controller) create100(m model.Msg) {
	c.ensureAPISession(m.Router)
	if !c.mayHost(&m) {
		return
	}
	m.Token = c.ensureSession(m.Router, m.Service, m.Token)
	c.createOrFind(m)
}

// create118 is CreateTunnelTerminatorV2 (v1.1.8): the same without sessions.
func (c *controller) create118(m model.Msg) {
	if c.mayHost(&m) {
		c.createOrFind(m)
	}
}

// mayHost looks at both kinds of policies before v1.2: may the router's identity bind the service, and may
// identity and service use the router (verifyEdgeRouterAccess; IsAccessToEdgeRouterAllowed). A refusal is only
// logged, so the router waits for an answer and in the end gives up (B08).
func (c *controller) mayHost(m *model.Msg) bool {
	access := c.db.access(m.Router, m.Service)
	switch {
	case access.n == 0:
		c.why(m, model.InvalidService)
	case !access.allowed:
		c.why(m, model.AccessDenied)
	default:
		return true
	}
	return false
}

// createOrFind succeeds at once where the row exists here, however stale "here" is. A row of that id which is
// another's ends the request: the error that is sent back has no listener at the router.
func (c *controller) createOrFind(m model.Msg) {
	r := c.db.find(m.Term)
	switch {
	case r == nil:
		c.out.Defer(laneSubmit, m)
	case r.matches(&m):
		c.createReply(&m, model.OK)
	default:
		c.why(&m, model.Mismatch)
	}
}

// create140 is CreateTunnelTerminatorV2 from ziti-1.4.0-pre to ziti-1.8.0 (ec57c80ff to 45bf52744): what the policies
// refuse is still only logged, every other failure is answered. Until 10f4ad046 (v1.6.6) a row that is here is
// success on any controller, though its delete may be on the way (B26).
func (c *controller) create140(m model.Msg) {
	if !c.mayHost(&m) {
		return
	}
	if r := c.db.find(m.Term); r != nil && (c.prof.stale || c.log.IsLeader()) {
		if !r.matches(&m) {
			c.refuse(&m, model.Mismatch)
			return
		}
		c.createReply(&m, model.OK)
		return
	}
	c.out.Defer(laneSubmit, m)
}

// create210 is CreateTunnelTerminatorV2 at HEAD: every failure is answered, and only a leader, or who takes
// itself for one, answers from the row it has.
func (c *controller) create210(m model.Msg) {
	if issuer := m.Token.Issuer(); m.Peer != 0 && issuer != 0 && issuer != m.Peer && (issuer != c.self || c.ended(&m)) {
		c.refuse(&m, model.NotFound) // the session of an SDK, which another controller issued
		return
	}
	access := c.db.access(identity(&m), m.Service)
	if access.n == 0 {
		c.forbid(&m, model.InvalidService)
		return
	}
	if !access.allowed {
		c.forbid(&m, model.AccessDenied)
		return
	}
	shortcut := (c.log.IsLeader() || c.cfg.Bugs.Has(model.B26)) && !c.cfg.Bugs.Has(model.B13)
	if r := c.db.find(m.Term); r != nil && shortcut {
		if !r.matches(&m) {
			c.refuse(&m, model.Mismatch)
			return
		}
		c.createReply(&m, model.OK)
		return
	}
	c.out.Defer(laneSubmit, m)
}

// submitCreate is the second half of every release's create handler.
func (c *controller) submitCreate(m model.Msg) {
	e := &model.Entry{Verb: model.CreateTerm, Origin: model.ByRouter, Term: m.Term, Service: m.Service, N: m.N,
		Router: m.Router, Source: c.self}
	if c.release == model.Reference {
		e.Gen = m.Aux
	}
	c.dispatch(e, asker{purpose: forCreate, msg: m})
}

// created ends a create. After any error the row is read again, here: if it is there and matches, the create
// has succeeded, even if nothing was submitted.
func (c *controller) created(a asker, code model.Code) {
	m := &a.msg
	if c.db.ideal {
		c.createReply(m, done(code))
		return
	}
	if code == model.OK {
		c.createReply(m, model.OK)
		return
	}
	r := c.db.find(m.Term)
	if c.cfg.Bugs.Has(model.B13) {
		r = nil
	}
	switch {
	case r != nil && r.matches(m):
		c.createReply(m, model.OK)
	case !c.prof.answers && r != nil:
		c.why(m, model.Mismatch)
	case !c.prof.answers:
		c.why(m, code)
	case r != nil:
		c.refuse(m, model.Mismatch)
	case c.busy(code), c.cfg.Cured.Has(9) && passing(code):
		c.why(m, code)
		c.createReply(m, model.Busy)
	default:
		c.refuse(m, code)
	}
}

// passing reports whether an outcome is that of a leadership in flux: whoever asks again soon will be told more (S09).
func passing(code model.Code) bool {
	return code == model.LeadershipLost || code == model.TransferInProgress || code == model.WaitIndexTimeout
}

// identity returns who is to host: an SDK host, or the router itself.
func identity(m *model.Msg) sim.NodeID {
	if m.Peer != 0 {
		return m.Peer
	}
	return m.Router
}

// refuse answers FailedOther.
func (c *controller) refuse(m *model.Msg, why model.Code) {
	c.why(m, why)
	c.createReply(m, model.Failed, startsOver(why))
}

// forbid refuses what policies do. With B30 a router is told so of what an SDK hosts only.
func (c *controller) forbid(m *model.Msg, why model.Code) {
	if c.cfg.Bugs.Has(model.B30) && m.Peer == 0 {
		c.why(m, why)
		return
	}
	c.refuse(m, why)
}

// startsOver is the retry hint of a refusal (controller/handler_edge_ctrl, errors.go): what policies forbid is not to
// be tried again as it is; of any other error nothing is said. Only binds of SDKs heed it.
func startsOver(why model.Code) model.Flags {
	switch why {
	case model.NotFound, model.InvalidService, model.AccessDenied, model.Mismatch:
		return model.StartOver
	default:
		return 0
	}
}

func (c *controller) createReply(m *model.Msg, code model.Code, hints ...model.Flags) {
	answer := model.Msg{Kind: model.CreateReply, Req: m.Req, Term: m.Term, Code: code}
	if m.Term.SDK() && len(hints) > 0 {
		answer.Flags = hints[0]
	}
	if c.hangs(m) {
		answer.Token, answer.Index = m.Token, uint64(m.Token)
	}
	c.reply(m, answer)
}

// why remarks, for the trace, what the router is not told.
func (c *controller) why(m *model.Msg, code model.Code) {
	c.out.Note(model.Msg{Kind: model.NoteWhy, Code: code, Term: m.Term, Service: m.Service, Router: m.Router})
}
