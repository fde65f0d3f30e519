package linear

import (
	"fmt"

	"gyre/model"
	"gyre/sim"
)

// sweep is the witness of one register: the fewest ups and downs that explain the answers so far.
type sweep struct {
	base   int64
	spent  credit
	before change // the position seen last
	any    bool
}

// admit takes the next position that was seen and reports whether the writes explain its count. Ups and downs take
// effect one by one, each once. The pair of the fewest of each that explains all answers so far is the least of all
// pairs that do, and what can follow another pair can follow it; so the greedy choice decides. If nothing explains
// the count, it is taken as the new base, so that each flip counts.
func (w *sweep) admit(count int64, limit credit) bool {
	d := count - w.base
	ups := max(w.spent.ups, w.spent.downs+d)
	downs := ups - d
	if ups <= limit.ups && downs <= limit.downs {
		w.spent = credit{ups, downs}
		return true
	}
	w.base += d - (w.spent.ups - w.spent.downs)
	return false
}

// judge sweeps over one position.
func (h *hosting) judge(j *Judge, s model.ServiceID, r *register, x *change) {
	if x.reads == 0 {
		return
	}
	if !r.sweep.admit(x.count, x.credit) {
		about := About{Service: s, Term: x.term}
		if k := j.keys.find(x.term); k != nil {
			about.Router, about.Index = k.router, k.n
		} else {
			about.Router = x.term.Router()
		}
		h.relaxed.add(x.step, x.turn, x.when, about, func() string { return j.flip(s, &r.sweep, x) })
	}
	r.sweep.before, r.sweep.any = *x, true
}

// flip says which two answers cannot both be.
func (j *Judge) flip(s model.ServiceID, w *sweep, x *change) string {
	text := j.service(s) + ": "
	if w.any {
		text += fmt.Sprintf("%s answered %d at %s, from index %d; ", j.node(w.before.by), w.before.count,
			point(w.before.when), w.before.from)
	}
	text += fmt.Sprintf("%s answered %d at %s, from index %d, and no write explains it", j.node(x.by), x.count,
		point(x.when), x.from)
	if x.term != 0 {
		did := "went"
		if x.came {
			did = "came"
		}
		text += fmt.Sprintf(": the row of %s %s at index %d", j.id(x.term), did, x.index)
	}
	return text
}

// finish sweeps over what is left, and keeps it for the next time. From due on, every write must have come true.
func (h *hosting) finish(j *Judge, due sim.Time) {
	for s := range h.services {
		r := &h.services[s]
		kept := r.sweep
		for i := range r.window {
			h.judge(j, model.ServiceID(s), r, &r.window[i])
		}
		r.sweep = kept
		if len(r.window) == 0 {
			continue
		}
		x := &r.window[len(r.window)-1]
		if x.reads == 0 || x.last < due || x.count >= r.wanted && x.count <= r.wanted+r.tolerated {
			continue
		}
		h.relaxed.add(x.step, x.turn, x.last, About{Service: model.ServiceID(s)}, func() string {
			return fmt.Sprintf("%s: the answer is still %d at %s, where %d was written, past the bound of converge, at %s",
				j.service(model.ServiceID(s)), x.count, point(x.last), r.wanted, point(due))
		})
	}
}
