package router

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gyre/internal/planted"
	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// limitMachine drives the limiter beside a plain account of what it should be: a list of slots, a list of outcomes.
type limitMachine struct {
	b        *bench
	slots    []hosting.Slot // ever given, for ends that come twice
	held     []heldSlot
	outcomes []bool // the latest sampleMax
	window   int64
	low, top int64
	good     int // outcomes that counted towards the next look at the window
	bad      int
	wrong    string // the mistake that is planted into the account; empty for none
}

// TestLimiterMachine: whatever is acquired and ended in whatever order, and however late, window and slots are what the
// account says.
func TestLimiterMachine(t *testing.T) { rapid.Check(t, limiterProperty(t, "")) }

// TestLimiterMachinePlanted: if the account is wrong in a single point, the machine sees that the limiter is not so.
func TestLimiterMachinePlanted(t *testing.T) {
	for _, wrong := range []string{
		"a failure is learned from", "an end counts twice", "nine of ten are enough", "nine of ten are too few", "one more outcome",
		"one outcome less", "a slot of the very age is too old", "no slot is ever too old", "the window grows a tenth",
		"the window shrinks by one", "the window goes below its least",
	} {
		planted.Found(t, wrong, limiterProperty(t, wrong))
	}
}

// limiterProperty plays the machine with an account that has a mistake, or none.
func limiterProperty(t *testing.T, wrong string) func(*rapid.T) {
	return func(rt *rapid.T) {
		cfg := config(model.Ziti210)
		cfg.Params.WindowMax = rapid.Int64Range(1, 300).Draw(rt, "most")
		cfg.Params.WindowMin = rapid.Int64Range(1, 300).Draw(rt, "least")
		maker, _ := fakes()
		m := &limitMachine{b: newBench(t, cfg, maker), window: cfg.Params.WindowMax, top: cfg.Params.WindowMax,
			wrong: wrong}
		m.low = min(cfg.Params.WindowMin, m.top)
		l := &m.b.r.lim
		ends := []struct {
			name string
			call func(hosting.Slot)
			tell func(hosting.Slot)
		}{
			{"success", l.Success, func(s hosting.Slot) { m.end(s, true, true) }},
			{"backoff", l.Backoff, func(s hosting.Slot) { m.end(s, false, true) }},
			{"failed", l.Failed, func(s hosting.Slot) { m.end(s, false, wrong == "a failure is learned from") }},
		}
		acts := map[string]func(*rapid.T){
			"acquire": func(rt *rapid.T) {
				for range rapid.IntRange(1, 30).Draw(rt, "slots") {
					m.acquire(rt)
				}
			},
			"wait": func(rt *rapid.T) { m.wait(sim.Duration(rapid.Int64Range(0, 70_000_000).Draw(rt, "span"))) },
			"wait to the tick": func(*rapid.T) { // for what happens at the very instant at which slots are too old
				m.wait(cfg.Params.SlotSweep - m.b.now.Sub(0)%cfg.Params.SlotSweep)
			},
			"nine of ten": func(rt *rapid.T) { // for what happens at the very threshold
				for i := range 10 * rapid.IntRange(1, 20).Draw(rt, "times") {
					e := ends[min(1, i%10/9)]
					slot := m.acquire(rt)
					m.b.inside(func() { e.call(slot) })
					e.tell(slot)
				}
			},
			"ninety of a hundred": func(rt *rapid.T) { // the same from below
				for i := range 100 {
					e := ends[max(0, 1-i/10)]
					slot := m.acquire(rt)
					m.b.inside(func() { e.call(slot) })
					e.tell(slot)
				}
			},
			"": func(rt *rapid.T) {
				if l.window != m.window || l.min != m.low || l.max != m.top || !slices.Equal(l.held, m.held) ||
					l.Full() != (int64(len(m.held)) >= m.window) {
					rt.Fatalf("window %d of %d..%d, held %v\nwant   %d of %d..%d, held %v", l.window, l.min, l.max, l.held,
						m.window, m.low, m.top, m.held)
				}
			},
		}
		for _, e := range ends {
			acts[e.name] = func(rt *rapid.T) { // of one that was given at any time, or never
				slot := rapid.SampledFrom(append(m.slots, 0, 1<<40)).Draw(rt, "slot")
				m.b.inside(func() { e.call(slot) })
				e.tell(slot)
			}
			acts["many "+e.name] = func(rt *rapid.T) {
				for range rapid.OneOf(rapid.Just(10), rapid.IntRange(1, 400)).Draw(rt, "times") {
					slot := m.acquire(rt)
					m.b.inside(func() { e.call(slot) })
					e.tell(slot)
				}
			}
		}
		rt.Repeat(acts)
	}
}

func (m *limitMachine) acquire(rt *rapid.T) (slot hosting.Slot) {
	m.b.inside(func() { slot = m.b.r.lim.Acquire() })
	if full := int64(len(m.held)) >= m.window; full != (slot == 0) || slices.Contains(m.slots, slot) {
		rt.Fatalf("slot %d with %d held in a window of %d", slot, len(m.held), m.window)
	}
	if slot != 0 {
		m.slots = append(m.slots, slot)
		m.held = append(m.held, heldSlot{slot, m.b.now, int64(len(m.held)) + 1})
	}
	return slot
}

// wait lets time pass: at every sweep, what is older than it may be is given back as if the controller had been busy.
func (m *limitMachine) wait(d sim.Duration) {
	p := &m.b.r.cfg.Params
	until := m.b.now.Add(d)
	for tick := sim.Time(0); tick <= until; tick = tick.Add(p.SlotSweep) {
		for tick > m.b.now && len(m.held) > 0 && m.tooOld(tick.Sub(m.held[0].at), p.SlotAge) {
			m.end(m.held[0].slot, false, true)
		}
	}
	m.b.run(until)
}

func (m *limitMachine) tooOld(age, most sim.Duration) bool {
	switch m.wrong {
	case "a slot of the very age is too old":
		return age >= most
	case "no slot is ever too old":
		return false
	}
	return age > most
}

// end takes the end of a slot: whether it went well, and whether anything is learned from it.
func (m *limitMachine) end(slot hosting.Slot, good, counts bool) {
	i := slices.IndexFunc(m.held, func(h heldSlot) bool { return h.slot == slot })
	switch {
	case i >= 0:
		m.held = slices.Delete(m.held, i, i+1)
	case m.wrong != "an end counts twice" || !slices.Contains(m.slots, slot):
		return
	}
	if !counts {
		return
	}
	m.outcomes = append(m.outcomes, good)
	most := sampleMax + map[string]int{"one more outcome": 1, "one outcome less": -1}[m.wrong]
	m.outcomes = m.outcomes[max(0, len(m.outcomes)-most):]
	rate := 0.0
	for _, good := range m.outcomes {
		if good {
			rate++
		}
	}
	rate /= float64(len(m.outcomes))
	m.learn(good, rate)
}

// learn moves the window after every tenth outcome of a kind.
func (m *limitMachine) learn(good bool, rate float64) {
	grown, shrunk := max(int64(float64(m.window)*1.02), m.window+1), min(int64(float64(m.window)*0.9), m.window-1)
	low, enough, bad := m.low, rate > 0.9, rate < 0.9
	switch m.wrong {
	case "nine of ten are enough":
		enough = rate >= 0.9
	case "nine of ten are too few":
		bad = rate <= 0.9
	case "the window grows a tenth":
		grown = max(int64(float64(m.window)*1.1), m.window+1)
	case "the window shrinks by one":
		shrunk = m.window - 1
	case "the window goes below its least":
		low--
	}
	switch {
	case good && m.window < m.top:
		if m.good++; m.good%windowCheck == 0 && enough {
			m.window = min(m.top, grown)
		}
	case !good && m.window > m.low:
		if m.bad++; m.bad%windowCheck == 0 && bad {
			m.window = max(low, shrunk)
		}
	}
}
