package router

import (
	"slices"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// TestPoolRamp: of a burst of jobs that take 50 ms each, 1, 2, 4, 8 and then 15 are worked on (timeline S8).
func TestPoolRamp(t *testing.T) {
	maker, f := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.inside(func() {
		for i := range 60 {
			if !f.env.Queue(model.Msg{Kind: model.Task, Req: uint64(i)}) {
				t.Fatal("queue full")
			}
		}
	})
	var ramp []int
	first := uint64(0)
	for len(f.jobs) > 0 {
		ramp = append(ramp, len(f.jobs))
		jobs := slices.Clone(f.jobs)
		f.jobs = f.jobs[:0]
		b.run(b.now.Add(50 * ms))
		for _, job := range jobs {
			if job.Req != first {
				t.Errorf("job %d, want %d: first in, first out", job.Req, first)
			}
			first++
			b.inside(func() { f.env.Done(job) })
		}
	}
	if want := []int{1, 2, 4, 8, 15, 15, 15}; !slices.Equal(ramp, want) {
		t.Errorf("ramp %v, want %v", ramp, want)
	}
}

// TestPoolIdle: workers stay for 30 s without work and then go; the ramp starts over.
func TestPoolIdle(t *testing.T) {
	for _, c := range []struct {
		pause sim.Duration
		want  int
	}{{30*sim.Second - 1, 2}, {30 * sim.Second, 1}} {
		maker, f := fakes()
		b := newBench(t, config(model.Ziti210), maker)
		burst := func(n int) {
			b.inside(func() {
				for range n {
					f.env.Queue(model.Msg{Kind: model.Task})
				}
			})
		}
		burst(3)
		for len(f.jobs) > 0 {
			f.jobs = f.jobs[1:]
			b.inside(func() { f.env.Done(model.Msg{}) })
		}
		b.run(b.now.Add(c.pause))
		burst(3)
		if len(f.jobs) != c.want {
			t.Errorf("after %v: %d at once, want %d", c.pause, len(f.jobs), c.want)
		}
	}
}

// TestPoolFull: the queue is bounded.
func TestPoolFull(t *testing.T) {
	maker, f := fakes()
	b := newBench(t, config(model.Ziti210), maker)
	b.inside(func() {
		n := 0
		for f.env.Queue(model.Msg{Kind: model.Task}) {
			n++
		}
		if n != 5001 {
			t.Errorf("took %d jobs, want one working and 5000 waiting", n)
		}
	})
}
