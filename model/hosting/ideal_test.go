package hosting

import (
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// TestIdeal: the registry asks until it is told so, and nothing happens to what is closed and hosted in one step.
func TestIdeal(t *testing.T) {
	f := newFake(model.Ideal, 1, model.DefaultParams())
	refusals := 2
	f.answer = func(w wire) {
		f.when(f.now.Add(20*sim.Millisecond), func() {
			m := w.m
			if m.Code = model.OK; refusals > 0 {
				m.Code = model.Failed
				refusals--
			}
			if w.m.Kind == model.RemoveRequest {
				f.reg.RemoveReply(w.ctrl, &m)
			} else if w.m.Kind == model.CreateRequest {
				f.reg.CreateReply(w.ctrl, &m)
			}
		})
	}
	key := Key{Service: 1}
	f.at(0, func() { f.join(1) })
	f.at(1000, func() { f.reg.Host(key) })
	f.at(15_000, func() { f.reg.Close(key); f.reg.Host(key) })
	f.at(20_000, func() { f.reg.Close(key) })
	f.at(20_010, func() { f.reg.Host(key) }) // its remove is under way
	f.at(25_000, func() { f.reg.Close(key) })
	f.run(sim.Time(sim.Minute))
	var states []string
	for _, l := range f.log {
		if l.kind == "state" {
			states = append(states, strings.Fields(l.text)[1])
		}
	}
	want := "absent->establishing establishing->established established->deleting deleting->establishing " +
		"establishing->established established->deleting deleting->absent"
	if got := strings.Join(states, " "); got != want {
		t.Errorf("states %s\nwant %s", got, want)
	}
	if len(f.creates) != 4 {
		t.Errorf("%d creates, want 4: two refused, one that was granted, one after the close that was taken back",
			len(f.creates))
	}
	for i := 1; i < 3; i++ {
		if wait := f.creates[i].at.Sub(f.creates[i-1].at); wait < model.IdealRetry {
			t.Errorf("asked again %s after a request that was refused", wait)
		}
	}
}
