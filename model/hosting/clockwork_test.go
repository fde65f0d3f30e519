package hosting

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// clock is a row of the clockwork: what a registry does, to the millisecond, computed by hand from the constants of
// OpenZiti at the revision of the release. The releases of a row do the same.
type clock struct {
	name     string
	source   string // where the numbers come from
	releases []model.Release
	script   func(f *fake)
	until    float64 // seconds
	want     string  // lines of the kinds that are in it, one after the other
}

var (
	blocking = []model.Release{model.Ziti100, model.Ziti110, model.Ziti118}
	machines = []model.Release{model.Ziti140Pre, model.Ziti140, model.Ziti180}
)

// start registers the leader, controller 1, and hosts service 1 at 1 s.
func start(f *fake) {
	f.leader = 1
	f.at(0, func() { f.join(1) })
	f.at(0, func() { f.reg.CtrlEvent(LeaderChanged, 1) })
	f.at(1000, func() { f.reg.Host(Key{Service: 1}) })
}

// answered is start with every request answered after 50 ms.
func answered(f *fake) {
	f.replies = true
	start(f)
}

// with answers creates with a code after 50 ms.
func with(f *fake, code model.Code) {
	f.answer = func(w wire) {
		if k := len(f.creates); w.m.Kind == model.CreateRequest {
			f.when(f.now.Add(50*sim.Millisecond), func() { f.createReply(k, code) })
		}
	}
}

func clocks() []clock {
	return append(append(retries(), deletes()...), append(reestablishes(), caches()...)...)
}

// The first attempt is at 1 s. From then on OpenZiti waits for the answer and backs off, or looks once a minute.
func retries() []clock {
	return []clock{
		{"no answer", "backoff from 5 s by 1.5 after waits of 10 s (fabric.go, establishTerminatorWithRetry): 11+5, " +
			"26+7.5, 43.5+11.25, 64.75+16.875, 91.625+25.3125, ...; 677.65+288.3 is beyond 901", blocking,
			start, 1000, `
1.000 create-sent T1 #1 c1
16.000 create-sent T1 #2 c1
33.500 create-sent T1 #3 c1
54.750 create-sent T1 #4 c1
81.625 create-sent T1 #5 c1
116.937 create-sent T1 #6 c1
164.906 create-sent T1 #7 c1
231.859 create-sent T1 #8 c1
327.289 create-sent T1 #9 c1
465.433 create-sent T1 #10 c1
667.650 create-sent T1 #11 c1
677.650 give-up T1`},
		{"no answer", "scan each minute of what is older than 2 min (hosted.go, scanForRetries): 120-1 is not, 180-1 is; " +
			"300-180 is not, 360-180 is", machines,
			start, 600, `
1.000 create-sent T1 #1 c1
180.000 create-sent T1 #2 c1
360.000 create-sent T1 #3 c1
540.000 create-sent T1 #4 c1`},
		{"refused", "a failure waits for the scan as a lost answer does (HandleCreateTerminatorResponse)", machines,
			func(f *fake) { start(f); with(f, model.Failed) }, 200, `
1.000 create-sent T1 #1 c1
180.000 create-sent T1 #2 c1`},
		{"busy", "busy is sent again at once: 50 ms there and back", machines,
			func(f *fake) { start(f); with(f, model.Busy) }, 1.2, `
1.000 create-sent T1 #1 c1
1.050 create-sent T1 #2 c1
1.100 create-sent T1 #3 c1
1.150 create-sent T1 #4 c1
1.200 create-sent T1 #5 c1`},
		{"the slot of a lost answer", "slots older than 30 s, looked at every 30 s (rate_limiter.go): 30-1 is not, 60-1 is",
			machines, start, 100, `
60.000 limiter-expired `},
		{"no controller", "no timer is armed; the tick of the minute (run)", machines,
			func(f *fake) {
				f.at(1000, func() { f.reg.Host(Key{Service: 1}) })
				f.at(20000, func() { f.establish(1) })
			}, 200, `
60.000 create-sent T1 #1 c1`},
		{"the answer comes late", "an answer after the scan's attempt counts all the same", machines,
			func(f *fake) {
				start(f)
				f.at(181000, func() { f.createReply(1, model.OK) })
			}, 600, `
1.000 create-sent T1 #1 c1
180.000 create-sent T1 #2 c1`},
	}
}

// Service 1 is established at 1.05 s and closed at 10 s.
func deletes() []clock {
	closing := func(f *fake) {
		start(f)
		with(f, model.OK)
		f.at(10000, func() { f.reg.Close(Key{Service: 1}) })
	}
	return []clock{
		{"a delete without answer", "SendForReply for 5 s, then again at once (RemoveTerminatorsRateLimited)", machines,
			closing, 26, `
10.000 remove-sent #1 c1 T1
15.000 remove-sent #2 c1 T1
20.000 remove-sent #3 c1 T1
25.000 remove-sent #4 c1 T1`},
		{"a delete that fails", "again at once, 50 ms there and back", machines,
			func(f *fake) {
				closing(f)
				create := f.answer
				f.answer = func(w wire) {
					create(w)
					if k := len(f.removes); w.m.Kind == model.RemoveRequest {
						f.when(f.now.Add(50*sim.Millisecond), func() { f.removeReply(k, model.Failed) })
					}
				}
			}, 10.11, `
10.000 remove-sent #1 c1 T1
10.050 remove-sent #2 c1 T1
10.100 remove-sent #3 c1 T1`},
		{"a delete that finds the controller busy", "a backoff of the limiter, and again at once", machines,
			func(f *fake) {
				closing(f)
				create := f.answer
				f.answer = func(w wire) {
					create(w)
					if k := len(f.removes); w.m.Kind == model.RemoveRequest {
						f.when(f.now.Add(50*sim.Millisecond), func() { f.removeReply(k, model.Busy) })
					}
				}
				f.at(10110, func() { f.note("backoffs", "%d", f.limit.backoffs) })
			}, 10.12, `
10.000 remove-sent #1 c1 T1
10.050 remove-sent #2 c1 T1
10.100 remove-sent #3 c1 T1
10.110 backoffs 2`},
		{"a delete that is not answered", "removed once, whatever comes (fabric.go, tunnelTerminator.Close, parent of " +
			"4085c3200)", []model.Release{model.Ziti100, model.Ziti110},
			closing, 60, `
10.000 remove-sent #1 c1 T1`},
		{"batches", "50 ids a request (evaluateDeleteQueue); the limiter is looked at every 10 ms while it is full; " +
			"the pool has one worker, and starts another when that takes a job and leaves one", machines,
			func(f *fake) {
				f.replies = true
				start(f)
				for i := range 119 {
					f.at(2000, func() { f.reg.Host(Key{Service: model.ServiceID(i + 2)}) })
				}
				f.at(20000, func() {
					f.limit.window = 0
					for i := range 120 {
						f.reg.Close(Key{Service: model.ServiceID(i + 1)})
					}
				})
				f.at(29991, func() { f.limit.window = 250 })
			}, 40, `
30.000 remove 50
30.050 remove 50
30.050 remove 20`},
	}
}

// Service 1 is established at 1.05 s.
func reestablishes() []clock {
	flap := func(f *fake, ctrl sim.NodeID, down, up float64) {
		f.at(down, func() { f.lose(ctrl); f.reg.CtrlEvent(Disconnected, ctrl) })
		f.at(up, func() { f.regain(ctrl); f.reg.CtrlEvent(Reconnected, ctrl) })
	}
	return []clock{
		{"the leader is lost and back", "flip at once, then 10 s (HandleReestablish)", machines,
			func(f *fake) { answered(f); flap(f, 1, 60000, 61000) }, 100, `
1.000 create-sent T1 #1 c1
61.000 reestablish 1
71.000 create-sent T1 #2 c1`},
		{"any channel is back", "every flag is cleared, then 10 s (HandleReconnect); the runner is busy with its round for " +
			"the first connect until 10 s, so the next one ends at 20 s", blocking,
			func(f *fake) {
				answered(f)
				f.at(5000, func() { f.join(2) })
				f.at(60000, func() { f.reg.CtrlEvent(Reconnected, 2) })
			}, 100, `
1.000 create-sent T1 #1 c1
20.000 create-sent T1 #2 c1
70.000 create-sent T1 #3 c1`},
		{"a follower is lost and back", "nothing while the leader is connected", machines,
			func(f *fake) {
				answered(f)
				f.at(0, func() { f.join(2) })
				flap(f, 2, 60000, 61000)
			}, 200, `
1.000 create-sent T1 #1 c1`},
		{"another leads", "a change of leader alone is nothing, and neither is a new channel", machines,
			func(f *fake) {
				answered(f)
				f.at(60000, func() { f.lose(1); f.reg.CtrlEvent(Disconnected, 1) })
				f.at(70000, func() { f.leader = 2; f.reg.CtrlEvent(LeaderChanged, 2) })
				f.at(80000, func() { f.join(2) })
			}, 300, `
1.000 create-sent T1 #1 c1`},
		{"validated in time", "what a controller asks about in the 10 s is established again", machines,
			func(f *fake) {
				answered(f)
				flap(f, 1, 60000, 61000)
				f.at(65000, func() { f.reg.Valid(f.id("T1")) })
			}, 200, `
1.000 create-sent T1 #1 c1
61.000 reestablish 1`},
		{"two come back", "without a leader each runs its own: the second finds nothing established", machines,
			func(f *fake) {
				f.replies = true
				f.at(0, func() { f.join(1); f.join(2) })
				f.at(1000, func() { f.reg.Host(Key{Service: 1}) })
				flap(f, 1, 60000, 61000)
				flap(f, 2, 60000, 64000)
			}, 200, `
1.000 create-sent T1 #1 c1
61.000 reestablish 1
71.000 create-sent T1 #2 c1`},
		{"the second outlasts the first", "established again at 66 s, flipped again at 67 s, asked for at 77 s", machines,
			func(f *fake) {
				f.replies = true
				f.at(0, func() { f.join(1); f.join(2) })
				f.at(1000, func() { f.reg.Host(Key{Service: 1}) })
				flap(f, 1, 60000, 61000)
				f.at(66000, func() { f.reg.Valid(f.id("T1")) })
				flap(f, 2, 60000, 67000)
			}, 200, `
1.000 create-sent T1 #1 c1
61.000 reestablish 1
67.000 reestablish 1
71.000 create-sent T1 #2 c1`},
	}
}

// Service 1 has three terminators from 1 s on.
func caches() []clock {
	three := func(f *fake) {
		f.replies = true
		f.leader = 1
		f.at(0, func() { f.join(1) })
		f.at(1000, func() {
			for i := range uint16(3) {
				f.reg.Host(Key{Service: 1, Index: i})
			}
		})
	}
	return []clock{
		{"several of one service", "one id for each (HostService); the loop wakes for every second", []model.Release{
			model.Ziti140Pre, model.Ziti180}, three, 60, `
1.000 create-sent T1 #1 c1
1.000 create-sent T2 #2 c1
1.000 create-sent T3 #3 c1`},
		{"several of one service", "one id for all (GetCachedTerminatorId): the set has one entry for the first two, and " +
			"another when the third is queued", []model.Release{model.Ziti140}, three, 60, `
1.000 create-sent T1 #1 c1
1.000 create-sent T1 #2 c1`},
		{"one of several is closed", "who is not in the registry any more is not removed (queueRemoveTerminatorSync); the " +
			"last one is", []model.Release{model.Ziti140},
			func(f *fake) {
				three(f)
				f.at(10000, func() { f.reg.Close(Key{Service: 1, Index: 0}) })
				f.at(20000, func() { f.reg.Close(Key{Service: 1, Index: 2}) })
			}, 60, `
20.000 remove-sent #1 c1 T1`},
	}
}

// TestClockwork: releases and cases without a recording do what their constants say.
func TestClockwork(t *testing.T) {
	for _, c := range clocks() {
		for _, release := range c.releases {
			t.Run(fmt.Sprintf("%s/%d", c.name, release), func(t *testing.T) {
				params := model.DefaultParams()
				params.RetryJitter = 0
				f := newFake(release, 1, params)
				c.script(f)
				f.run(sim.Time(c.until * 1e6))
				if got := f.lines(c.want); got != c.want {
					t.Errorf("got%s\nwant%s\nsince %s", got, c.want, c.source)
				}
				if len(f.failed) > 0 {
					t.Error(f.failed)
				}
			})
		}
	}
}

// lines returns what was logged of the kinds that another text has. A kind remove is a request by how many it has.
func (f *fake) lines(like string) string {
	var kinds []string
	for line := range strings.Lines(like) {
		if words := strings.Fields(line); len(words) > 1 {
			kinds = append(kinds, words[1])
		}
	}
	var b strings.Builder
	for _, l := range f.log {
		kind, text := l.kind, l.text
		if kind == "remove-sent" && slices.Contains(kinds, "remove") {
			kind, text = "remove", fmt.Sprint(strings.Count(text, ",")+1)
		}
		if slices.Contains(kinds, kind) {
			fmt.Fprintf(&b, "\n%d.%03d %s %s", l.at/1e6, l.at/1000%1000, kind, text)
		}
	}
	return b.String()
}

// A router that starts again with the cache it saved asks for the rows it has; ziti-1.8.0 saves none (B28).
func TestIDCache(t *testing.T) {
	for release, want := range map[model.Release]int{
		model.Ziti100: 0, model.Ziti110: 0, model.Ziti118: 0, model.Ziti140Pre: 0, model.Ziti140: 1, model.Ziti180: 0,
		model.Ziti210: 0,
	} {
		f := newFake(release, 1, model.DefaultParams())
		f.reg.Host(Key{Service: 9}) // takes the first id, and the cache forgets it
		f.reg.Close(Key{Service: 9})
		answered(f)
		f.run(sim.Time(10 * sim.Second))
		cache := f.reg.IDCache()
		if len(cache) != want {
			t.Errorf("release %d saves %d ids, want %d", release, len(cache), want)
		}
		if want == 0 {
			continue
		}
		again := newFake(release, 2, model.DefaultParams())
		again.reg.Boot(cache)
		again.reg.Host(Key{Service: 1})
		again.reg.Host(Key{Service: 2})
		var ids []model.TermID
		again.reg.Entries(func(id model.TermID, _ Key, _ model.State) { ids = append(ids, id) })
		first := sortedKeys(cache)[0]
		if len(ids) != 2 || !slices.Contains(ids, cache[first]) || first.Service != 1 {
			t.Errorf("release %d: ids %v after a restart, want %d and another", release, ids, cache[first])
		}
	}
}

// The wait after the first failure is 5 s, half up or down (cenkalti/backoff, RandomizationFactor 0.5).
func TestJitter(t *testing.T) {
	for _, release := range blocking {
		low, high := sim.Never, sim.Time(0)
		for seed := sim.Seed(1); seed <= 400; seed++ {
			f := newFake(release, seed, model.DefaultParams())
			start(f)
			f.run(sim.Time(20 * sim.Second))
			low, high = min(low, f.creates[1].at), max(high, f.creates[1].at)
		}
		if low < 13_500_000 || low > 13_600_000 || high > 18_500_000 || high < 18_400_000 {
			t.Errorf("release %d: the second attempt is at %s to %s, want 13.5s to 18.5s", release, low, high)
		}
	}
}
