package router

import "gyre/sim"

// better is isMoreResponsive (router/env/ctrl.go): connected before not connected (ziti-2.1.0), then responsive
// before unresponsive, then the lower latency. Unmeasured latency is 0, the best.
func (r *Router) better(a, b *channel) bool {
	if r.prof.connected && (a.phase == ready) != (b.phase == ready) {
		return a.phase == ready
	}
	if a.beat.unresponsive != b.beat.unresponsive {
		return b.beat.unresponsive
	}
	return a.beat.latency < b.beat.latency
}

// any is AnyCtrlChannel: the best registration, connected or not; nil if there is none. Upstream folds over a
// map in random order and keeps the first of equals, so each of several best is chosen with equal probability.
func (r *Router) any() *channel {
	var best *channel
	equals := uint64(0)
	for i := range r.channels {
		ch := &r.channels[i]
		switch {
		case !ch.registered:
		case best == nil || r.better(ch, best):
			best, equals = ch, 1
		case !r.better(best, ch):
			equals++
		}
	}
	if equals < 2 {
		return best
	}
	skip := r.mapOrder.Below(equals)
	for i := range r.channels {
		ch := &r.channels[i]
		if !ch.registered || r.better(best, ch) {
			continue
		}
		if skip == 0 {
			return ch
		}
		skip--
	}
	sim.Assert(false, "router %d: no best channel", r.self)
	return nil
}

// forModel is GetModelUpdateCtrlChannel. Over a map in random order it keeps a leader visited first, whatever
// its state, and takes a leader visited later only if it is responsive or better than the one it has.
func (r *Router) forModel() *channel {
	leader := r.registered(r.leader)
	if leader == nil || r.cfg.Cured.Has(1) && (leader.beat.unresponsive || leader.phase != ready) {
		return r.any()
	}
	if !leader.beat.unresponsive || r.best(leader) {
		return leader // in any order
	}
	r.visits = r.visits[:0]
	for i := range r.channels {
		if r.channels[i].registered {
			r.visits = append(r.visits, uint8(i))
		}
	}
	r.shuffle()
	var current *channel
	for _, i := range r.visits {
		ch := &r.channels[i]
		if r.replaces(ch, current) {
			current = ch
		}
	}
	return current
}

// replaces is the step of GetModelUpdateCtrlChannel's fold.
func (r *Router) replaces(ch, current *channel) bool {
	return current == nil ||
		r.better(ch, current) && current.ctrl != r.leader ||
		!ch.beat.unresponsive && ch.ctrl == r.leader
}

// best reports whether ch is better than every other registration.
func (r *Router) best(ch *channel) bool {
	for i := range r.channels {
		other := &r.channels[i]
		if other.registered && other != ch && !r.better(ch, other) {
			return false
		}
	}
	return true
}

// shuffle puts the visits into a seeded order, by one draw.
func (r *Router) shuffle() {
	sim.Assert(len(r.visits) <= 20, "router %d: more than 20 controllers", r.self)
	orders := uint64(1)
	for n := range uint64(len(r.visits)) {
		orders *= n + 1
	}
	permute(r.visits, r.mapOrder.Below(orders))
}

// permute puts v into the order of the given number, below len(v) factorial; each number is another order.
func permute(v []uint8, order uint64) {
	for n := uint64(len(v)); n > 1; n-- {
		i := order % n
		order /= n
		v[i], v[n-1] = v[n-1], v[i]
	}
}

// registered returns the channel of ctrl if it is registered, else nil.
func (r *Router) registered(ctrl sim.NodeID) *channel {
	if ctrl == 0 {
		return nil
	}
	if ch := r.at(ctrl); ch.registered {
		return ch
	}
	return nil
}

// leaderConnected is IsLeaderConnected: it says nothing about responsiveness.
func (r *Router) leaderConnected() bool {
	ch := r.registered(r.leader)
	return ch != nil && ch.phase == ready
}

func number(ch *channel) sim.NodeID {
	if ch == nil {
		return 0
	}
	return ch.ctrl
}
