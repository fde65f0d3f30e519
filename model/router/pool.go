package router

import (
	"gyre/model"
	"gyre/sim"
)

// poolIdle is how long a worker without work stays (router/router.go, HEAD).
const poolIdle = 30 * sim.Second

// pool is the RateLimiterPool: up to max workers and a bounded queue (openziti/foundation, goroutines/pool.go).
// Work given to a pool without workers starts one. Later ones are only started by a worker that takes an item
// from the queue and finds another behind it, one at a time, and the one started so looks for no further: a
// burst is worked on by 1, 2, 4, 8, 15 workers as its items complete.
type pool struct {
	r       *Router
	max     int64
	room    int64
	workers int64
	idle    []sim.Time // since when each idle worker waits, longest first
	queue   []model.Msg
	head    int // queue[:head] is taken
	busy    int64
}

func newPool(r *Router) pool { return pool{r: r, max: r.p.PoolWorkers, room: r.p.PoolQueue} }

func (p *pool) waiting() int64 { return int64(len(p.queue) - p.head) }

// put gives the pool a job; false if the queue is full.
func (p *pool) put(job model.Msg) bool {
	p.retire()
	if p.workers == 0 {
		p.workers = 1
		p.idle = append(p.idle, p.r.now)
	}
	if len(p.idle) > 0 {
		p.idle = append(p.idle[:0], p.idle[1:]...)
		p.start(job)
		return true
	}
	if p.waiting() >= p.room {
		return false
	}
	p.queue = append(p.queue, job)
	return true
}

// done frees the worker of a job; it takes the next one, and starts a helper if there is more.
func (p *pool) done() {
	sim.Assert(p.busy > 0, "pool: a job is done, but none is being worked on")
	p.busy--
	if p.waiting() == 0 {
		p.idle = append(p.idle, p.r.now)
		return
	}
	p.start(p.take())
	if p.waiting() > 0 && p.workers < p.max {
		p.workers++
		p.start(p.take())
	}
}

func (p *pool) start(job model.Msg) {
	p.busy++
	p.r.ready = append(p.r.ready, job)
}

func (p *pool) take() model.Msg {
	job := p.queue[p.head]
	p.queue[p.head] = model.Msg{}
	if p.head++; p.head == len(p.queue) {
		p.queue, p.head = p.queue[:0], 0
	}
	return job
}

// retire lets workers go that have been idle for poolIdle.
func (p *pool) retire() {
	n := 0
	for n < len(p.idle) && p.r.now.Sub(p.idle[n]) >= poolIdle {
		n++
	}
	p.workers -= int64(n)
	p.idle = append(p.idle[:0], p.idle[n:]...)
}

// Canon visits the pool. A worker that has been idle for long enough counts as gone.
func (p *pool) Canon(c *sim.Canon) {
	c.Int("busy", p.busy)
	n := int64(0)
	for _, since := range p.idle {
		if p.r.now.Sub(since) < poolIdle {
			n++
		}
	}
	c.Int("idle", n)
	for _, since := range p.idle[int64(len(p.idle))-n:] {
		c.When("", since)
	}
	c.Int("queue", p.waiting())
	for _, job := range p.queue[p.head:] {
		job.Canon(c)
	}
}
