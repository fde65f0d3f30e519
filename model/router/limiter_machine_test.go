package router

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

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
}

// TestLimiterMachine: whatever is acquired and ended in whatever order, and however late, window and slots are what the
// account says.
func TestLimiterMachine(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cfg := config(model.Ziti210)
		cfg.Params.WindowMax = rapid.Int64Range(1, 300).Draw(rt, "most")
		cfg.Params.WindowMin = rapid.Int64Range(1, 300).Draw(rt, "least")
		maker, _ := fakes()
		m := &limitMachine{b: newBench(t, cfg, maker), window: cfg.Params.WindowMax, top: cfg.Params.WindowMax}
		m.low = min(cfg.Params.WindowMin, m.top)
		l := &m.b.r.lim
		ends := []struct {
			name string
			call func(hosting.Slot)
			tell func(hosting.Slot)
		}{
			{"success", l.Success, func(s hosting.Slot) { m.end(s, true, true) }},
			{"backoff", l.Backoff, func(s hosting.Slot) { m.end(s, false, true) }},
			{"failed", l.Failed, func(s hosting.Slot) { m.end(s, false, false) }},
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
	})
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
		for tick > m.b.now && len(m.held) > 0 && tick.Sub(m.held[0].at) > p.SlotAge {
			m.end(m.held[0].slot, false, true)
		}
	}
	m.b.run(until)
}

// end takes the end of a slot: whether it went well, and whether anything is learned from it.
func (m *limitMachine) end(slot hosting.Slot, good, counts bool) {
	i := slices.IndexFunc(m.held, func(h heldSlot) bool { return h.slot == slot })
	if i < 0 {
		return
	}
	m.held = slices.Delete(m.held, i, i+1)
	if !counts {
		return
	}
	m.outcomes = append(m.outcomes, good)
	m.outcomes = m.outcomes[max(0, len(m.outcomes)-sampleMax):]
	rate := 0.0
	for _, good := range m.outcomes {
		if good {
			rate++
		}
	}
	rate /= float64(len(m.outcomes))
	switch {
	case good && m.window < m.top:
		if m.good++; m.good%windowCheck == 0 && rate > 0.9 {
			m.window = min(m.top, max(int64(float64(m.window)*1.02), m.window+1))
		}
	case !good && m.window > m.low:
		if m.bad++; m.bad%windowCheck == 0 && rate < 0.9 {
			m.window = max(m.low, min(int64(float64(m.window)*0.9), m.window-1))
		}
	}
}
