package hosting

import "gyre/model"

// close is Close: the session's listener is forgotten, if a create was ever confirmed, and the terminator removed.
// That is a request with a timeout whose failure is only logged, and the service listener waits for it (B09).
func (r *ziti110) close(key Key) {
	t := r.hosted[key]
	if t == nil || t.closed {
		return
	}
	t.closed = true
	delete(r.hosted, key)
	r.sweepLater()
	r.forget(&t.release)
	r.caller = r.fiber(remove110, t)
	r.remove(r.caller, model.WhyClose)
}

// remove is removeTerminator: one request to any controller.
func (r *ziti110) remove(f *fiber110, why model.Code) {
	f.t.removing++
	r.show(f.t, why)
	f.ctrl = r.env.AnyController()
	if f.ctrl == 0 {
		r.removed(f)
		return
	}
	f.end = r.env.Now().Add(r.env.Params().RequestTimeout)
	r.sendRemove(f)
}

func (r *ziti110) sendRemove(f *fiber110) {
	left := f.end.Sub(r.env.Now())
	m := model.Msg{Kind: model.RemoveRequest, Req: r.env.NextReq(), Term: f.t.id, Router: r.env.Self()}
	switch r.env.Send(f.ctrl, m) {
	case model.OK:
		f.req = m.Req
		r.replies[f.req] = f
		r.wait(f, replying110, left)
	case model.TooBusy:
		r.wait(f, sending110, min(sendPoll, left))
	default:
		r.removed(f)
	}
}

// removed ends a removal, whatever came of it. A session's callback goes on to create the terminator again, not
// through the pool.
func (r *ziti110) removed(f *fiber110) {
	r.disarm(f)
	delete(r.replies, f.req)
	f.t.removing--
	if f.what == callback110 {
		f.t.created = false
		r.show(f.t, model.WhySession)
		r.end(f)
		r.goes(r.fiber(establish110, f.t))
		return
	}
	r.show(f.t, model.WhyClose)
	r.end(f)
	r.caller = nil
	r.callOn()
}
