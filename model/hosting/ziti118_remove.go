package hosting

import "gyre/model"

// close is Close: the close callback, if a create was ever confirmed, and then a removal of its own. Both are
// requests with a timeout whose failure is only logged, and the listener waits for both (B09).
func (r *ziti118) close(key Key) {
	t := r.hosted[key]
	if t == nil || t.closed {
		return
	}
	t.closed = true
	delete(r.hosted, key)
	r.sweepLater()
	what := remove118
	if t.callback {
		what = callback118
	}
	r.caller = r.fiber(what, t)
	r.remove(r.caller)
}

// remove is removeTerminator: one request to any controller.
func (r *ziti118) remove(f *fiber118) {
	f.t.removing++
	r.show(f.t, model.WhyClose)
	f.ctrl = r.env.AnyController()
	if f.ctrl == 0 {
		r.removed(f)
		return
	}
	f.end = r.env.Now().Add(r.env.Params().RequestTimeout)
	r.sendRemove(f)
}

func (r *ziti118) sendRemove(f *fiber118) {
	left := f.end.Sub(r.env.Now())
	m := model.Msg{Kind: model.RemoveRequest, Req: r.env.NextReq(), Term: f.t.id, Router: r.env.Self()}
	switch r.env.Send(f.ctrl, m) {
	case model.OK:
		f.req = m.Req
		r.replies[f.req] = f
		r.wait(f, replying118, left)
	case model.TooBusy:
		r.wait(f, sending118, min(sendPoll, left))
	default:
		r.removed(f)
	}
}

// removed ends a removal, whatever came of it. After the callback's, the flag is cleared and establishWithRetry
// started, which sees that the terminator is closed and ends; so it is left out here.
func (r *ziti118) removed(f *fiber118) {
	r.disarm(f)
	delete(r.replies, f.req)
	f.t.removing--
	if f.what == callback118 {
		f.t.created = false
		f.what = remove118
		r.remove(f)
		return
	}
	r.show(f.t, model.WhyClose)
	r.end(f)
	r.caller = nil
	r.callOn()
}
