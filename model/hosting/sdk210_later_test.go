package hosting

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// bugFake returns the rig with bugs on.
func bugFake(bugs ...model.Bug) *sdkFake {
	f := newSDKFake()
	for _, b := range bugs {
		f.bugs = f.bugs.With(b)
	}
	return f
}

// B30: the first refusal ends a bind, whatever it says.
func TestHardClose(t *testing.T) {
	for want, f := range map[int]*sdkFake{3: bugFake(), 1: bugFake(model.B30)} {
		f.replies = false
		f.answer = func(w wire) {
			f.when(f.now.Add(50*sim.Millisecond), func() {
				f.sdk.CreateReply(&model.Msg{Term: w.m.Term, Code: model.Failed})
			})
		}
		f.at(1000, func() { f.bind(1, 1, 9) })
		f.run(sim.Time(20 * sim.Minute))
		if len(f.creates) != want || f.told[len(f.told)-1] != "sdk-closed 1.1" {
			t.Errorf("%d creates, want %d; told %v", len(f.creates), want, f.told)
		}
	}
}

// bundle are the parts of B31: what happens, and what a router with it and without it ends up with.
var bundle = []struct {
	what       string
	script     func(f *sdkFake)
	less, with string
}{
	{"the entry of a deleted id was replaced meanwhile", func(f *sdkFake) {
		f.at(1000, func() { f.bind(1, 1, 9) })
		f.at(2000, func() { f.sdk.Unbind(1, 1) })
		f.at(2010, func() { // no message brings this about: a bind takes over nothing that is being deleted
			old := f.sdk.terms[0]
			f.open[1] = true
			f.sdk.put(&bound210{Bind: Bind{Host: 7, Conn: 1, Serial: 2, Service: 1, Index: model.SDKIndex, Listener: 9},
				id: old.id, state: model.Established})
		})
	}, "1.2 established, 2 creates, 1 removes, told 1.2 success", "1.2 established, 1 creates, 1 removes, told 1.1 success"},
	{"two binds of a listener change places", func(f *sdkFake) {
		f.at(1000, func() { f.bind(1, 2, 9) })
		f.at(2000, func() { f.bind(1, 1, 9) })
	}, "1.2 established, 1 creates, 0 removes, told 1.2 success", "1.1 established, 1 creates, 0 removes, told 1.1 success"},
	{"the channel of a bind that ends has no room", func(f *sdkFake) {
		f.at(1000, func() { f.bind(1, 1, 9) })
		f.at(2000, func() { f.full = true; f.sdk.Denied(7) })
		f.at(3000, func() { f.full = false })
	}, "nothing, 1 creates, 1 removes, told 1.1 closed", "nothing, 1 creates, 1 removes, told 1.1 success"},
	{"an SDK that has said that it listens gives up before the create is answered", func(f *sdkFake) {
		f.replies = false
		f.at(1000, func() {
			f.open[1] = true
			f.sdk.Bind(Bind{Host: 7, Conn: 1, Serial: 1, Service: 1, Index: model.SDKIndex, Listener: 9, Inspect: true})
			f.sdk.Inspected(1, 1, f.asked[0].Aux, true)
		})
		f.at(70_000, func() { f.replies = true; f.createReply(1, model.OK) })
		f.at(71_000, func() {
			if len(f.asked) > 1 {
				f.sdk.Inspected(1, 1, f.asked[1].Aux, false)
			}
		})
	}, "nothing, 1 creates, 1 removes, told 1.1 inspect", "1.1 established, 1 creates, 0 removes, told 1.1 success"},
	{"the loop finds a channel closed before it is told", func(f *sdkFake) {
		f.at(1000, func() { f.bind(1, 1, 9) })
		f.at(5000, func() { f.sdk.Reconnected() })
		f.at(10_000, func() { f.shut(1) })
		f.at(16_000, func() { f.open[1] = false; f.sdk.Closed(1) })
		f.at(17_000, func() { f.join(1) })
	}, "nothing, 1 creates, 1 removes, told 1.1 success", "nothing, 1 creates, 0 removes, told 1.1 success"},
}

// TestBundle: each part of B31 makes a difference of its own.
func TestBundle(t *testing.T) {
	for _, c := range bundle {
		for want, f := range map[string]*sdkFake{c.less: bugFake(), c.with: bugFake(model.B31)} {
			c.script(f)
			f.run(sim.Time(5 * sim.Minute))
			if got := f.came(); got != want {
				t.Errorf("%s: bugs %q: %s, want %s", c.what, f.bugs, got, want)
			}
		}
	}
}

// came sums up what a script came to.
func (f *sdkFake) came() string {
	text := "nothing"
	for _, e := range f.sdk.terms {
		text = fmt.Sprintf("%d.%d %s", e.Conn, e.Serial, e.state)
	}
	last := ""
	for _, told := range f.told {
		kind, bind, _ := strings.Cut(told, " ")
		last = bind + " " + kind[strings.LastIndex(kind, "-")+1:]
	}
	return fmt.Sprintf("%s, %d creates, %d removes, told %s", text, len(f.creates), len(f.removes), last)
}

// TestSessionEnds: the binds of a session that its controller has deleted end, and no others. With B47 a refusal that
// says to start over is of such a session.
func TestSessionEnds(t *testing.T) {
	mine, other := model.NewToken(2, 1, 7), model.NewToken(3, 1, 7)
	for why, f := range map[string]*sdkFake{"refused": bugFake(), "session": bugFake(model.B47)} {
		for conn, session := range map[sim.ConnID]model.Token{1: mine, 2: mine, 3: other, 4: 0} {
			f.open[conn] = true
			f.at(1000+float64(conn), func() {
				f.sdk.Bind(Bind{Host: 7, Conn: conn, Serial: 1, Service: 1, Index: model.SDKIndex, Session: session,
					Listener: uint64(conn)})
			})
		}
		f.at(2000, func() {
			if got := f.sdk.Legacy(2); !slices.Equal(got, []model.Token{mine}) {
				t.Errorf("sessions of controller 2: %v", got)
			}
			f.sdk.Ended(mine)
		})
		f.at(3000, func() {
			f.sdk.CreateReply(&model.Msg{Term: f.sdk.terms[0].id, Code: model.Failed, Flags: model.StartOver})
		})
		f.run(sim.Time(10 * sim.Second))
		if len(f.sdk.terms) != 1 || f.sdk.terms[0].Session != 0 {
			t.Errorf("%d binds are left", len(f.sdk.terms))
		}
		if told := strings.Join(f.told, ", "); !strings.HasSuffix(told, "sdk-closed 1.1, sdk-closed 2.1, sdk-closed 3.1") {
			t.Errorf("told %s", told)
		}
		if states := f.states(); !strings.Contains(states, "->deleting session") || !strings.HasSuffix(states, "->absent "+why) {
			t.Errorf("%s: %s", why, states)
		}
	}
}
