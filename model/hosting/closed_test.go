package hosting

import (
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// TestClosedIsDeleting: before v1.2 a terminator that was closed is told as deleting until it leaves the map, although
// its created flag stays set after the acknowledged removal, a late reply and a validation.
func TestClosedIsDeleting(t *testing.T) {
	for _, release := range []model.Release{model.Ziti100, model.Ziti118} {
		f := newFake(release, 1, model.DefaultParams())
		f.answer = func(w wire) {
			f.when(f.now.Add(20*sim.Millisecond), func() {
				m := w.m
				m.Code = model.OK
				if w.m.Kind == model.RemoveRequest {
					f.reg.RemoveReply(w.ctrl, &m)
				} else if w.m.Kind == model.CreateRequest {
					f.reg.CreateReply(w.ctrl, &m)
				}
			})
		}
		f.at(0, func() { f.join(1) })
		key := Key{Service: 1}
		f.at(1000, func() { f.reg.Host(key) })
		f.at(5000, func() { f.reg.Close(key) })
		f.at(6000, func() {
			f.reg.CreateReply(1, &model.Msg{Kind: model.CreateReply, Term: f.creates[0].m.Term, Code: model.OK})
		})
		f.at(7000, func() {
			if !f.reg.Valid(f.creates[0].m.Term) {
				t.Errorf("release %d: a closed terminator is in the map, and so valid", release)
			}
		})
		f.at(8000, func() { f.join(1) })
		f.run(sim.Time(3 * sim.Minute))
		var states []string
		for _, l := range f.log {
			if l.kind == "state" {
				states = append(states, strings.Fields(l.text)[1])
			}
		}
		want := "absent->establishing establishing->established established->deleting deleting->absent"
		if got := strings.Join(states, " "); got != want {
			t.Errorf("release %d: states %s\nwant %s", release, got, want)
		}
	}
}
