package hosting

import (
	"slices"

	"gyre/model"
	"gyre/sim"
)

// Bugs of earlier registries of SDKs, as switches in this one: what each changes is here, and where it is asked for.

// overlook is B10 (until bfdb275fd): a terminator had its id from the answer to its create, so the end of a channel
// found nothing to remove of one whose create was under way, and who took the answer did not look whether the channel
// was still open. The registry forgets such terminators.
func (r *sdk210) overlook(conn sim.ConnID) {
	for _, t := range slices.Clone(r.terms) {
		if t.Conn == conn && t.state == model.Establishing && t.active && !t.answered {
			r.env.Limiter().Failed(t.takeSlot())
			r.remove(t, model.WhyChannel)
		}
	}
}

// again is B11 (until 30897e9df): when a channel closed, its handler and each terminator's own close asked for the
// remove. It queues the second one, when the first has been queued. Controllers refused it, for its row was gone; those
// of ziti-2.1.0 submit it.
func (r *sdk210) again(list []*bound210) {
	var second []*bound210
	for _, t := range list {
		if t.twice {
			t.twice = false
			second = append(second, t)
		}
	}
	if len(second) > 0 {
		r.queueDelete(second)
	}
}

// split is B16 (until 26c6263fa): closing a terminator blanked its id and sent the remove, while an attempt to create
// it that had been queued before went on: it set the state to establishing, whatever it was, and read the id only then.
// So the object is two from here on: what is returned is removed, and t is what the attempt has; see idOf.
func (r *sdk210) split(t *bound210) *bound210 {
	if !r.env.Bug(model.B16) || r.current(t.id) != t || !slices.Contains(r.due, t) {
		return t
	}
	closed := *t
	r.put(&closed)
	t.blank, t.slot = true, 0
	return &closed
}

// idOf returns the id to create t by. For a blank one the controller made an id up, which it told a router that had
// nothing of that id: here the router makes it up, and forgets it. Upstream the attempt went on for 15 minutes, and
// each turn of it made a row; here one does.
func (r *sdk210) idOf(t *bound210) model.TermID {
	if !t.blank {
		return t.id
	}
	r.serial++
	return model.NewSDKTermID(r.env.Self(), r.env.Life(), r.serial)
}

// letGo gives the slot of a create back whose answer finds nobody: the registries that had the bug had no limiter.
func (r *sdk210) letGo(t *bound210) {
	if t.blank {
		r.env.Limiter().Failed(t.takeSlot())
	}
}
