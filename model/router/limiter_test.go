package router

import (
	"slices"
	"testing"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// TestWindowArithmetic: upstream computes in floats, the model in integers; they agree over the configurable range.
func TestWindowArithmetic(t *testing.T) {
	for n := int64(1); n <= 1000; n++ {
		if have, want := n*102/100, int64(int32(float64(n)*1.02)); have != want {
			t.Errorf("growing %d: %d, want %d", n, have, want)
		}
		if have, want := n*9/10, int64(int32(float64(n)*0.9)); have != want {
			t.Errorf("shrinking %d: %d, want %d", n, have, want)
		}
	}
}

// TestWindowSteps: from 250 to 1 in 36 shrink steps of 10 backoffs, and back in 154 growth steps of 10 successes.
func TestWindowSteps(t *testing.T) {
	maker, _ := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	l := &b.r.lim
	step := func(end func(hosting.Slot)) { b.inside(func() { end(l.Acquire()) }) }
	for range 359 {
		step(l.Backoff)
	}
	if l.window != 2 {
		t.Errorf("window %d after 35 shrink steps, want 2", l.window)
	}
	step(l.Backoff)
	if l.window != 1 {
		t.Errorf("window %d after 36 shrink steps, want 1", l.window)
	}
	for range 10 {
		step(l.Backoff)
	}
	if l.window != 1 {
		t.Errorf("window %d, want the least, 1", l.window)
	}
	var windows []int64
	for n := 0; l.window < 250 && n < 5000; n++ {
		step(l.Success)
		windows = append(windows, l.window)
	}
	// The success rate passes 0.9 when at most 12 of the latest 128 outcomes are backoffs: after 116 successes.
	first := slices.IndexFunc(windows, func(w int64) bool { return w > 1 })
	if first != 119 {
		t.Errorf("the window grows after %d successes, want 120", first+1)
	}
	if steps := (len(windows) - first - 1) / 10; steps+1 != 154 {
		t.Errorf("%d growth steps from 1 to 250, want 154", steps+1)
	}
}

// TestWindowThreshold: at exactly nine of ten nothing moves.
func TestWindowThreshold(t *testing.T) {
	var s sample
	for i := range 10 {
		s.add(i != 3)
	}
	if s.compare() != 0 {
		t.Errorf("nine of ten compare %d, want 0", s.compare())
	}
	s.add(true)
	if s.compare() <= 0 {
		t.Errorf("ten of eleven compare %d, want more than 0", s.compare())
	}
	for range sampleMax {
		s.add(false)
	}
	if s.compare() != -9*sampleMax {
		t.Errorf("none of 128 compare %d", s.compare())
	}
}

// TestSweep: a slot is given back as backoff at the first multiple of 30 s at which it is older than 30 s.
func TestSweep(t *testing.T) {
	for _, c := range []struct{ taken, swept sim.Duration }{
		{0, 60 * sim.Second}, {1, 60 * sim.Second}, {12 * sim.Second, 60 * sim.Second},
		{30*sim.Second - 1, 60 * sim.Second}, {30 * sim.Second, 90 * sim.Second}, {47 * sim.Second, 90 * sim.Second},
	} {
		maker, _ := fakes()
		b := newBench(t, config(model.Ziti210), maker)
		b.run(sim.Time(c.taken))
		b.inside(func() { b.r.lim.Acquire() })
		n := b.run(sim.Time(c.swept) - 1)
		if len(b.r.lim.held) != 1 || n > 0 {
			t.Errorf("taken at %v: swept before %v, %d events", c.taken, c.swept, n)
		}
		b.run(sim.Time(c.swept))
		if len(b.r.lim.held) != 0 || b.r.lim.backoffs != 1 {
			t.Errorf("taken at %v: held %d, backoffs %d at %v", c.taken, len(b.r.lim.held), b.r.lim.backoffs, c.swept)
		}
		if n := b.run(sim.Time(sim.Hour)); n > 1 {
			t.Errorf("taken at %v: %d events after the sweep", c.taken, n)
		}
	}
}

// TestSlots: a slot ends once; a full window gives none.
func TestSlots(t *testing.T) {
	cfg := config(model.Ziti210)
	cfg.Params.WindowMax = 2
	maker, _ := fakes()
	b := newBench(t, cfg, maker)
	b.inside(func() {
		l := &b.r.lim
		one, two := l.Acquire(), l.Acquire()
		if one == 0 || two == 0 || !l.Full() || l.Acquire() != 0 {
			t.Errorf("slots %d, %d, full %v", one, two, l.Full())
		}
		l.Failed(one)
		l.Backoff(one)
		l.Success(0)
		if l.Full() || l.backoffs != 0 || l.recent.size != 0 {
			t.Errorf("ending a slot twice counted")
		}
	})
}

// TestLeastWindow: 5 before ziti-1.4.0-pre, 1 since.
func TestLeastWindow(t *testing.T) {
	for release, want := range map[model.Release]int64{
		model.Ziti100: 5, model.Ziti110: 5, model.Ziti118: 5, model.Ziti140Pre: 1, model.Ziti140: 1, model.Ziti180: 1,
		model.Ziti210: 1,
	} {
		maker, _ := fakes()
		if have := newBench(t, config(release), maker).r.lim.min; have != want {
			t.Errorf("release %d: least window %d, want %d", release, have, want)
		}
	}
}
