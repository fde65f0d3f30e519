package hosting

import (
	"gyre/model"
	"gyre/sim"
)

// The cures of ziti#4156 at the router: a remove that failed waits longer each time before it is tried again, and a
// worker does not wait for the answer to a remove, which comes when it comes.

// Waits of the backoff, doubled by each failure, with a jitter of half of it both ways. Ours to choose: the issue says
// exponential and jittered.
const (
	restFirst210 = 100 * sim.Millisecond
	restMax210   = 30 * sim.Second
)

// rest lets a batch wait before it is tried again. Its worker is free meanwhile.
func (r *ziti210) rest(b *batch210) {
	for _, t := range b.terms {
		t.fails++
		b.fails = max(b.fails, t.fails)
	}
	span := min(restFirst210<<min(b.fails-1, 16), restMax210)
	b.phase = resting210
	r.free(b)
	r.wait(b, r.env.Draw().Between(span/2, span*3/2))
}

// release frees the worker of a batch whose request is on its way, with asynchronous removal.
func (r *ziti210) release(b *batch210) {
	if r.env.Bug(model.AsyncRemove) {
		r.free(b)
	}
}

func (r *ziti210) free(b *batch210) {
	if !b.freed {
		b.freed = true
		r.env.Done(b.job)
	}
}

// canonCures visits what only the cures look at.
func (r *ziti210) canonCures(c *sim.Canon) {
	if !r.env.Bug(model.SkipAbsent) && !r.env.Bug(model.Backoff) {
		return
	}
	for _, t := range r.terms {
		c.Flag("made", t.made)
		c.Int("fails", int64(t.fails))
	}
}
