package sdk

import "gyre/model"

// token returns the session that a bind is asked for with.
func (h *Host) token() model.Token {
	if h.plan.Issuer != 0 {
		return model.NewToken(h.plan.Issuer, h.session, uint32(h.self))
	}
	return model.NewToken(h.self, h.life, 1)
}

// closed takes why a router closed a bind. Where the session it had was removed, the process gets another.
func (h *Host) closed(session uint32, why model.Code) {
	if why == model.WhySession && session == h.session {
		h.session++
	}
}
