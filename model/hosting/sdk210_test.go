package hosting

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// sdkFake is a router around a registry of SDKs: the fake router, with channels to SDKs.
type sdkFake struct {
	*fake
	sdk     *sdk210
	open    map[sim.ConnID]bool
	full    bool // the channels to SDKs have no room
	told    []string
	decided map[uint64]string
	asked   []model.Msg
}

func newSDKFake() *sdkFake {
	f := &sdkFake{fake: newFake(model.Ziti210, 1, model.DefaultParams()), open: map[sim.ConnID]bool{},
		decided: map[uint64]string{}}
	f.sdk = newSDK210(f)
	f.sdk.Boot()
	f.fake.reg = sdkAsRegistry{f.fake.reg, f}
	f.replies = true
	f.at(0, func() { f.join(1) })
	return f
}

func (f *sdkFake) Open(conn sim.ConnID) bool { return f.open[conn] }
func (f *sdkFake) Decided(ticket uint64, valid, decided bool) {
	f.decided[ticket] = fmt.Sprintf("valid=%v decided=%v", valid, decided)
}

func (f *sdkFake) Tell(conn sim.ConnID, m model.Msg) model.Code {
	switch {
	case !f.open[conn]:
		return model.NoChannel
	case f.full:
		return model.TooBusy
	}
	f.told = append(f.told, fmt.Sprintf("%s %d.%d", m.Kind, conn, m.Req))
	if m.Kind == model.SDKInspect {
		f.asked = append(f.asked, m)
	}
	return model.OK
}

// Arm and Queue keep the numbers of the two registries of the fake router apart.
func (f *sdkFake) Arm(timer uint32, after sim.Duration) { f.fake.Arm(timer+1000, after) }
func (f *sdkFake) Disarm(timer uint32)                  { f.fake.Disarm(timer + 1000) }

// sdkAsRegistry hands what concerns SDKs to their registry.
type sdkAsRegistry struct {
	Registry
	f *sdkFake
}

func (r sdkAsRegistry) Expire(timer uint32) {
	if timer >= 1000 {
		r.f.sdk.Expire(timer - 1000)
		return
	}
	r.Registry.Expire(timer)
}
func (r sdkAsRegistry) Run(job model.Msg)                         { r.f.sdk.Run(job) }
func (r sdkAsRegistry) CreateReply(_ sim.NodeID, m *model.Msg)    { r.f.sdk.CreateReply(m) }
func (r sdkAsRegistry) RemoveReply(from sim.NodeID, m *model.Msg) { r.f.sdk.RemoveReply(m) }

func (f *sdkFake) bind(conn sim.ConnID, serial, listener uint64) {
	f.open[conn] = true
	f.sdk.Bind(Bind{Host: 7, Conn: conn, Serial: serial, Service: 1, Index: model.SDKIndex, Session: 1, Listener: listener})
}

// states lists the changes of state so far, without ids.
func (f *sdkFake) states() string {
	var list []string
	for _, l := range f.log {
		if l.kind == "state" {
			_, text, _ := strings.Cut(l.text, " ")
			list = append(list, text)
		}
	}
	return strings.Join(list, ", ")
}

const up = "absent->establishing bind, establishing->established created"

// TestSDKBinds drives the registry through what the recorded timelines do not show.
func TestSDKBinds(t *testing.T) {
	for _, c := range []struct {
		what     string
		script   func(f *sdkFake)
		creates  int
		removes  int
		states   string // of the registry's entries
		told     string // at the end of what SDKs were told
		duration float64
	}{
		{"an old SDK binds again: the earlier bind is a duplicate", func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 0) })
			f.at(2000, func() { f.bind(1, 2, 0) })
		}, 2, 1, up + ", absent->establishing bind, established->deleting duplicate, " +
			"establishing->established created, deleting->absent removed", "sdk-bind-success 1.2", 10_000},
		{"an older bind of a listener comes late", func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 2, 9) })
			f.at(2000, func() { f.bind(1, 1, 9) })
		}, 1, 0, up, "sdk-connected 1.2, sdk-bind-success 1.2", 10_000},
		{"a new channel takes the terminator over, and the old one closes", func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 9) })
			f.at(2000, func() { f.bind(2, 1, 9) })
			f.at(3000, func() { f.open[1] = false; f.sdk.Closed(1) })
		}, 1, 0, up, "sdk-closed 1.1, sdk-connected 2.1, sdk-bind-success 2.1", 10_000},
		{"a listener whose terminator is being deleted gets another", func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 9) })
			f.at(2000, func() { f.sdk.Unbind(1, 1) })
			f.at(2010, func() { f.bind(1, 2, 9) })
		}, 2, 1, up + ", established->deleting unbind, absent->establishing bind, deleting->absent removed, " +
			"establishing->established created", "sdk-bind-success 1.2", 10_000},
		{"a channel closes: one request for all of it", func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 8); f.bind(1, 2, 9) })
			f.at(2000, func() { f.open[1] = false; f.sdk.Closed(1) })
		}, 2, 1, "", "", 10_000},
		{"the second reconnect in a row finds nothing established", func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 9) })
			f.at(5000, func() { f.sdk.Reconnected() })
			f.at(6000, func() { f.sdk.Reconnected() })
		}, 2, 0, up + ", established->establishing reconnect, establishing->established created", "sdk-bind-success 1.1", 30_000},
	} {
		f := newSDKFake()
		c.script(f)
		f.run(sim.Time(c.duration * 1000))
		if len(f.creates) != c.creates || len(f.removes) != c.removes {
			t.Errorf("%s: %d creates, %d removes, want %d and %d", c.what, len(f.creates), len(f.removes), c.creates, c.removes)
		}
		if have := f.states(); c.states != "" && have != c.states {
			t.Errorf("%s: states\n%s\nwant\n%s", c.what, have, c.states)
		}
		if told := strings.Join(f.told, ", "); !strings.HasSuffix(told, c.told) {
			t.Errorf("%s: told %s, want ... %s", c.what, told, c.told)
		}
	}
}

// TestSDKRefused: what says nothing about retrying is borne twice, two to three minutes apart; the third time the bind
// ends and its SDK is told. A refusal that says not to retry ends it at once. Neither sends a delete.
func TestSDKRefused(t *testing.T) {
	for _, c := range []struct {
		flags   model.Flags
		creates int
		at      sim.Duration
	}{{0, 3, 6 * sim.Minute}, {model.StartOver, 1, 1050 * sim.Millisecond}} {
		f := newSDKFake()
		f.replies = false
		f.answer = func(w wire) {
			f.when(f.now.Add(50*sim.Millisecond), func() {
				f.sdk.CreateReply(&model.Msg{Term: w.m.Term, Code: model.Failed, Flags: c.flags})
			})
		}
		f.at(1000, func() { f.bind(1, 1, 9) })
		f.run(sim.Time(20 * sim.Minute))
		last := f.log[len(f.log)-1]
		if len(f.creates) != c.creates || len(f.removes) != 0 || !strings.HasSuffix(last.text, "->absent refused") {
			t.Errorf("hint %d: %d creates, %d removes, at the end %s", c.flags, len(f.creates), len(f.removes), last.text)
		}
		if got := last.at.Sub(0); got < c.at || got > c.at+sim.Minute+sim.Second {
			t.Errorf("hint %d: ended after %s", c.flags, got)
		}
		if f.told[len(f.told)-1] != "sdk-closed 1.1" {
			t.Errorf("hint %d: told %v", c.flags, f.told)
		}
	}
}

// TestSDKInspects: an SDK that says no, or nothing for ten minutes, loses its terminator; one that says yes keeps it.
func TestSDKInspects(t *testing.T) {
	for _, c := range []struct {
		what    string
		answer  func(f *sdkFake, m model.Msg)
		state   string
		inspect int
	}{
		{"yes", func(f *sdkFake, m model.Msg) { f.sdk.Inspected(1, m.Req, m.Aux, true) }, "established created", 1},
		{"no", func(f *sdkFake, m model.Msg) { f.sdk.Inspected(1, m.Req, m.Aux, false) }, "absent removed", 1},
		// Asked at the bind and at each minute tick, up to the first that is more than ten minutes later.
		{"nothing", func(*sdkFake, model.Msg) {}, "absent removed", 11},
	} {
		f := newSDKFake()
		f.at(1000, func() {
			f.open[1] = true
			f.sdk.Bind(Bind{Host: 7, Conn: 1, Serial: 1, Service: 1, Index: model.SDKIndex, Listener: 9, Inspect: true})
		})
		f.at(1100, func() {
			for _, m := range slices.Clone(f.asked) {
				c.answer(f, m)
			}
		})
		f.run(sim.Time(15 * sim.Minute))
		if states := f.states(); !strings.HasSuffix(states, c.state) || len(f.asked) != c.inspect {
			t.Errorf("%s: asked %d times, want %d; %s", c.what, len(f.asked), c.inspect, states)
		}
	}
}

// TestSDKValidates: after a create the registry's word will do; else the SDK is asked and has 10 s.
func TestSDKValidates(t *testing.T) {
	f := newSDKFake()
	f.at(1000, func() {
		f.open[1] = true
		f.sdk.Bind(Bind{Host: 7, Conn: 1, Serial: 1, Service: 1, Index: model.SDKIndex, Listener: 9, Inspect: true})
	})
	var id model.TermID
	f.at(2000, func() {
		m := f.asked[0]
		f.sdk.Inspected(1, m.Req, m.Aux, true)
		id = f.sdk.terms[0].id
		f.sdk.Validate(id, true, 1)
		f.sdk.Validate(id+1, true, 2)
		f.sdk.Validate(id, false, 3)
	})
	f.at(14000, func() { f.sdk.Validate(id, false, 4) })
	f.at(14010, func() {
		m := f.asked[len(f.asked)-1]
		f.sdk.Inspected(1, m.Req, m.Aux, false)
	})
	f.run(sim.Time(20 * sim.Second))
	want := map[uint64]string{1: "valid=true decided=true", 2: "valid=false decided=true", 3: "valid=true decided=false",
		4: "valid=false decided=true"}
	if fmt.Sprint(f.decided) != fmt.Sprint(want) {
		t.Errorf("have %v, want %v", f.decided, want)
	}
	if len(f.sdk.terms) != 0 || len(f.removes) != 0 {
		t.Error("what its SDK does not know leaves the registry, and the controller deletes the row")
	}
}

// TestSDKCloseIsTold: a bind's end that finds the SDK's channel full is told when there is room, at the next turn.
func TestSDKCloseIsTold(t *testing.T) {
	f := newSDKFake()
	f.at(1000, func() { f.bind(1, 1, 9) })
	f.at(2000, func() { f.full = true; f.bind(2, 1, 9) })
	f.at(30000, func() { f.full = false })
	f.run(sim.Time(61 * sim.Second))
	if told := strings.Join(f.told, ", "); !strings.HasSuffix(told, "sdk-closed 1.1") {
		t.Errorf("told %s", told)
	}
}
