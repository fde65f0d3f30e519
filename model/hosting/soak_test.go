package hosting

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// soak drives a registry with random actions and random replies for half an hour, then lets it come to rest with
// everything well for another half. With eager, the minute tick of ziti-2.1.0 is taken at every minute, armed or
// not, and the limiter is looked at as often as OpenZiti's loop does.
func soak(release model.Release, seed sim.Seed, eager bool) *fake {
	params := model.DefaultParams()
	f := newFake(release, seed, params)
	draw := seed.Stream("soak")
	f.limit.window = 1 + int(draw.Below(8))
	well := false
	f.answer = func(w wire) {
		after := draw.Between(sim.Millisecond, sim.Second)
		code := []model.Code{model.OK, model.OK, model.OK, model.Busy, model.Failed, 0}[draw.Below(6)]
		if well {
			code = model.OK
		}
		k, m := len(f.creates), len(f.removes)
		f.when(f.now.Add(after), func() {
			switch {
			case code == 0:
			case w.m.Kind == model.CreateRequest:
				f.createReply(k, code)
			case w.m.Kind == model.RemoveRequest:
				f.removeReply(m, code)
			}
		})
	}
	hosts := map[Key]bool{}
	f.leader = 1
	const acts = 120
	for i := range acts {
		f.at(float64(i)*15000+float64(draw.Below(15000)), func() {
			key := Key{Service: model.ServiceID(1 + draw.Below(6)), Index: uint16(draw.Below(2))}
			ctrl := sim.NodeID(1 + draw.Below(3))
			switch draw.Below(9) {
			case 0, 1:
				if !hosts[key] {
					f.reg.Host(key)
					hosts[key] = true
				}
			case 2:
				f.reg.Close(key)
				delete(hosts, key)
			case 3:
				f.leader = ctrl
				f.reg.CtrlEvent(LeaderChanged, ctrl)
			case 4:
				if f.ctrls[ctrl].registered {
					f.shut(ctrl)
					f.reg.CtrlEvent(Disconnected, ctrl)
				}
			case 5, 6:
				f.join(ctrl)
			case 7:
				f.lose(ctrl)
				f.reg.CtrlEvent(Disconnected, ctrl)
			case 8:
				f.reg.Entries(func(id model.TermID, _ Key, _ model.State) { defer f.reg.Valid(id) })
				f.reg.SessionsRemoved(ctrl, []model.Token{0})
			}
		})
	}
	f.at(acts*15000, func() {
		well = true
		f.leader = 1
		f.join(1)
	})
	if eager {
		for minute := 1; minute <= 60; minute++ {
			f.at(float64(minute)*60000, func() {
				r := f.reg.(*ziti210)
				if r.tickAt == sim.Never {
					r.Expire(tickTimer210)
				}
			})
		}
	}
	f.run(sim.Time(sim.Hour))
	return f
}

// releases lists all there are.
func releases() []model.Release {
	var list []model.Release
	for _, a := range model.Algorithms() {
		list = append(list, a.Release)
	}
	return list
}

// TestSoak: no assertion fails, every job ends, the same seed does the same, and from ziti-1.4.0-pre on a registry comes
// to rest with what it should host established and nothing else left.
func TestSoak(t *testing.T) {
	for _, release := range releases() {
		for seed := sim.Seed(1); seed <= 10; seed++ {
			f := soak(release, seed, false)
			if again := soak(release, seed, false); f.text() != again.text() {
				t.Fatalf("release %d, seed %d: two runs differ", release, seed)
			}
			if len(f.pool.running) != 0 || len(f.pool.queue) != 0 {
				t.Errorf("release %d, seed %d: %d jobs run, %d wait", release, seed, len(f.pool.running), len(f.pool.queue))
			}
			for _, mode := range []*sim.Canon{sim.NewDigest(), sim.NewText(nil), sim.NewState(f.now)} {
				f.reg.Canon(mode)
			}
			states := f.states()
			if release >= model.Ziti140Pre && (states[model.Establishing] > 0 || states[model.Deleting] > 0) {
				t.Errorf("seed %d: at rest %v", seed, states)
			}
		}
	}
}
