package hosting

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// hangUp ends a channel to an SDK.
func (f *sdkFake) hangUp(conn sim.ConnID) {
	f.open[conn] = false
	f.sdk.Closed(conn)
}

// TestSDKBugs: what each switch changes, and what it leaves alone. A create or remove is answered after 50 ms.
func TestSDKBugs(t *testing.T) {
	for _, c := range []struct {
		what    string
		bug     model.Bug
		script  func(f *sdkFake)
		creates int
		removes [2]int // requests, without the bug and with it
	}{
		{"a channel closes while a create is under way", 10, func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 9) })
			f.at(1020, func() { f.hangUp(1) })
		}, 1, [2]int{1, 0}},
		{"a channel closes when the create was answered", 10, func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 9) })
			f.at(1100, func() { f.hangUp(1) })
		}, 1, [2]int{1, 1}},
		{"a channel closes while a later create of a terminator is under way", 10, func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 9) })
			f.at(5000, func() { f.sdk.Reconnected() })
			f.at(15_020, func() { f.hangUp(1) })
		}, 2, [2]int{1, 1}},
		{"a listener closes while a create is under way", 10, func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 9) })
			f.at(1020, func() { f.sdk.Unbind(1, 1) })
		}, 1, [2]int{1, 1}},
		{"a channel closes: one request for all of it, and another", 11, func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 8); f.bind(1, 2, 9) })
			f.at(2000, func() { f.hangUp(1) })
		}, 2, [2]int{1, 2}},
		{"a channel closes while removes wait for room: they are two in the end", 11, func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 9) })
			f.at(2000, func() { f.limit.window = 0; f.hangUp(1) })
			f.at(3000, func() { f.limit.window = 250 })
		}, 1, [2]int{1, 2}},
		{"a listener closes", 11, func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 9) })
			f.at(2000, func() { f.sdk.Unbind(1, 1) })
		}, 1, [2]int{1, 1}},
		{"a listener closes while a create is under way", 16, func(f *sdkFake) {
			f.at(1000, func() { f.bind(1, 1, 9) })
			f.at(1020, func() { f.sdk.Unbind(1, 1) })
		}, 1, [2]int{1, 1}},
	} {
		for n, bugs := range []model.Bugs{0, model.Bugs(0).With(c.bug)} {
			f := newSDKFake()
			f.bugs = bugs
			c.script(f)
			f.run(sim.Time(10 * sim.Minute))
			if len(f.creates) != c.creates || len(f.removes) != c.removes[n] || len(f.sdk.terms) != 0 {
				t.Errorf("%s, bugs %q: %d creates, %d removes, %d entries, want %d, %d, none", c.what, bugs, len(f.creates),
					len(f.removes), len(f.sdk.terms), c.creates, c.removes[n])
			}
			if len(f.limit.slots) != 0 {
				t.Errorf("%s, bugs %q: %d slots are taken at the end", c.what, bugs, len(f.limit.slots))
			}
		}
	}
}

// TestSDKBlankID is B16: of a terminator that is closed while its create waits for a controller, the create goes out all
// the same, under an id that the registry never had.
func TestSDKBlankID(t *testing.T) {
	for bugs, creates := range map[model.Bugs]int{0: 0, model.Bugs(0).With(16): 1} {
		f := newSDKFake()
		f.bugs = bugs
		var id model.TermID
		f.at(900, func() { f.shut(1) })
		f.at(1000, func() { f.bind(1, 1, 9); id = f.sdk.terms[0].id })
		f.at(2000, func() { f.sdk.Unbind(1, 1) })
		f.at(3000, func() { f.join(1) })
		f.at(61_000, func() {
			if len(f.limit.slots) != 0 {
				t.Errorf("bugs %q: a create that nobody waits for has a slot", bugs)
			}
		})
		f.run(sim.Time(10 * sim.Minute))
		if len(f.creates) != creates || len(f.removes) != 1 || f.removes[0].m.Term != id || len(f.sdk.terms) != 0 {
			t.Errorf("bugs %q: creates %v, removes %v, want %d and one of %d", bugs, f.creates, f.removes, creates, id)
		}
		for _, w := range f.creates {
			if w.m.Term == id || w.m.Term == 0 || !w.m.Term.SDK() {
				t.Errorf("bugs %q: created as %d, known as %d", bugs, w.m.Term, id)
			}
		}
	}
}

// TestSDKBlankHangUp: with B16, what waits without an id is forgotten when its channel closes, which removes what it
// finds once more, as it does without the bug.
func TestSDKBlankHangUp(t *testing.T) {
	for _, bugs := range []model.Bugs{0, model.Bugs(0).With(16)} {
		f := newSDKFake()
		f.bugs = bugs
		f.at(900, func() { f.shut(1) })
		f.at(1000, func() { f.bind(1, 1, 9) })
		f.at(2000, func() { f.sdk.Unbind(1, 1) })
		f.at(2500, func() { f.hangUp(1) })
		f.at(3000, func() { f.join(1) })
		f.run(sim.Time(10 * sim.Minute))
		if len(f.creates) != 0 || len(f.removes) != 2 || len(f.sdk.terms)+len(f.sdk.due)+len(f.sdk.doomed) != 0 {
			t.Errorf("bugs %q: creates %v, removes %v, %d entries", bugs, f.creates, f.removes, len(f.sdk.terms))
		}
	}
}
