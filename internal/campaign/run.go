package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"gyre/checker"
	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// Result is what a campaign came to so far.
type Result struct {
	Seeds    uint64 // done
	Total    uint64 // of this shard; 0 if there is no end
	Plays    uint64
	Events   uint64
	Virtual  sim.Duration
	Twice    uint64 // plays that were repeated and compared
	Unknown  uint64 // plays without a verdict on some property
	Skipped  uint64 // plays in which a directive could not be carried out
	Drawn    scenarios.Distribution
	Coverage []int // abstract transitions, by algorithm
	Curve    []int // transitions of all algorithms at the end of each epoch

	Findings []*Finding // new ones, in the order of seeds
	Known    map[scenarios.Bucket]uint64
	Resumed  uint64 // seeds that an earlier run of the campaign had done

	Wall        time.Duration // of this run
	Interrupted bool
	Diverged    string // a run that was repeated went another way
}

// Finding is a bucket that no file of the corpus had.
type Finding struct {
	Bucket scenarios.Bucket
	Seed   sim.Seed
	Plan   *scenarios.Plan // shrunk
	Text   string          // what happened, of the plan as it was found
	Drawn  int             // directives before it was shrunk
	File   string          // in the corpus; empty if there is none
	Count  uint64          // runs that came to it
}

// play is one algorithm's part of a seed's work.
type played struct {
	outcome  *scenarios.Outcome
	seen     scenarios.Coverage
	again    bool
	diverged string
}

// work is what a seed came to.
type work struct {
	n     uint64
	seed  sim.Seed
	plan  *scenarios.Plan
	plays []*played
	err   error
}

// runner is a campaign under way. Workers share the configuration and the epochs; all else is the collector's.
type runner struct {
	config *Config
	result *Result
	known  map[scenarios.Bucket]bool
	mine   map[scenarios.Bucket]*Finding
	seen   []scenarios.Coverage
	pool   pool
	corpus *store
	start  time.Time
	next   uint64 // the seed whose result comes next

	mutex  sync.Mutex
	cond   *sync.Cond
	epochs map[uint64]pool // frozen, by epoch
	taken  uint64          // seeds given to workers
	stop   bool

	closed bool // no further result counts

	slots     chan struct{} // for playing and shrinking
	shrinking sync.WaitGroup
	telling   sync.Mutex // for what follows, and for telling
	pending   []*pending // in order
	shrinkErr error
}

// Run runs a campaign. The error says that something is wrong with the configuration or the corpus; what was
// interrupted, found or found to diverge is in the result.
func Run(ctx context.Context, c Config) (*Result, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	r := &runner{
		config: &c, known: map[scenarios.Bucket]bool{}, mine: map[scenarios.Bucket]*Finding{},
		seen: make([]scenarios.Coverage, len(c.Algorithms)), epochs: map[uint64]pool{0: nil, 1: nil},
		result: &Result{Known: map[scenarios.Bucket]uint64{}, Coverage: make([]int, len(c.Algorithms))},
		start:  time.Now(),
	}
	r.cond = sync.NewCond(&r.mutex)
	r.slots = make(chan struct{}, c.Workers)
	if c.Count > 0 {
		r.result.Total = c.total()
	}
	if c.Corpus != "" {
		if err := r.open(); err != nil {
			return nil, err
		}
		defer r.corpus.close()
	}
	r.taken = r.next
	err := r.run(ctx)
	r.result.Wall = time.Since(r.start)
	return r.result, err
}

// run starts the workers and takes their results in order.
func (r *runner) run(ctx context.Context) error {
	shrink := ctx // shrinking may take a little longer than the campaign
	if r.config.For > 0 {
		timed, cancel := context.WithTimeoutCause(ctx, r.config.For, errEnough)
		defer cancel()
		ctx = timed
		timed, cancel = context.WithTimeoutCause(shrink, r.config.For+grace, errEnough)
		defer cancel()
		shrink = timed
	}
	done := make(chan work)
	var workers sync.WaitGroup
	for range r.config.Workers {
		workers.Go(func() { r.work(done) })
	}
	stop := context.AfterFunc(ctx, r.halt)
	defer stop()
	go func() {
		workers.Wait()
		close(done)
	}()
	early := map[uint64]work{}
	var failed error
	for w := range done {
		early[w.n] = w
		for {
			w, ok := early[r.next]
			if !ok || r.closed {
				break
			}
			delete(early, r.next)
			if failed = r.take(shrink, w); failed != nil {
				r.close()
				break
			}
			r.next++
		}
	}
	r.shrinking.Wait()
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), errEnough) {
		r.result.Interrupted = true
	}
	return errors.Join(failed, r.shrinkErr)
}

var errEnough = errors.New("the time is over")

// grace is how much longer than a campaign it may take to shrink what was found last.
const grace = 20 * time.Second

// halt lets the workers finish what they have and take nothing more.
func (r *runner) halt() {
	r.mutex.Lock()
	r.stop = true
	r.mutex.Unlock()
	r.cond.Broadcast()
}

// close ends the campaign: what the workers still come to does not count.
func (r *runner) close() {
	r.closed = true
	r.halt()
}

// work plays seeds until there is none left.
func (r *runner) work(done chan<- work) {
	for {
		n, p, ok := r.draw()
		if !ok {
			return
		}
		r.slots <- struct{}{}
		w := r.one(n, p)
		<-r.slots
		done <- w
	}
}

// draw takes the next seed and waits until the feedback it may see is there.
func (r *runner) draw() (uint64, pool, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	n := r.taken
	if r.stop || n >= r.config.total() {
		return 0, nil, false
	}
	r.taken++
	for {
		p, ok := r.epochs[n/epoch]
		if ok || r.stop {
			return n, p, ok
		}
		r.cond.Wait()
	}
}

// one does the work of a seed.
func (r *runner) one(n uint64, p pool) work {
	w := work{n: n, seed: r.config.seed(n)}
	w.plan = r.config.plan(w.seed, p)
	for _, a := range r.config.Algorithms {
		o := scenarios.Options{Algorithm: a, Events: r.config.Events}
		scout := scenarios.NewScout(w.plan)
		watched := o
		watched.Observers = []sim.Observer[model.Msg]{scout}
		out, err := r.config.play(w.plan, watched)
		if err != nil {
			w.err = err
			return w
		}
		q := &played{outcome: out, seen: scout.Seen}
		s := w.seed.Stream("twice/" + a.Name)
		if q.again = r.config.Again != nil && s.Chance(1, sample); q.again {
			q.diverged = r.config.Again(out, func(watch sim.Observer[model.Msg]) (*scenarios.Outcome, error) {
				o := o
				if watch != nil {
					o.Observers = []sim.Observer[model.Msg]{watch}
				}
				return r.config.play(w.plan, o)
			})
		}
		w.plays = append(w.plays, q)
	}
	return w
}

// take takes the result of the next seed.
func (r *runner) take(ctx context.Context, w work) error {
	if w.err != nil {
		return w.err
	}
	res := r.result
	line := entry{Seed: w.seed, Plays: len(w.plays)}
	fresh := false
	for i, q := range w.plays {
		o := q.outcome
		line.Events += o.Events
		line.Virtual += o.Virtual
		if q.again {
			line.Twice++
		}
		if unknown(o) {
			line.Unknown++
		}
		if len(o.Skipped) > 0 {
			line.Skipped++
		}
		q.seen.Each(func(t int) {
			if r.seen[i].Add(t) {
				line.New = append(line.New, i*scenarios.Transitions+t)
				fresh = true
			}
		})
		if q.diverged != "" && res.Diverged == "" {
			res.Diverged = fmt.Sprintf("seed %s, %s: %s", w.seed, o.Algorithm.Name, q.diverged)
			r.close()
		}
		for _, b := range scenarios.Buckets(o) {
			line.Buckets = append(line.Buckets, b)
			if err := r.bucket(ctx, w, o, b); err != nil {
				return err
			}
		}
	}
	if fresh {
		r.pool = append(r.pool, w.plan)
	}
	r.count(&line, w.plan)
	if r.corpus != nil {
		if err := r.corpus.record(&line); err != nil {
			return err
		}
	}
	r.advance(w.n)
	if r.config.Progress != nil {
		r.telling.Lock()
		res.Wall = time.Since(r.start)
		r.config.Progress(res)
		r.telling.Unlock()
	}
	return nil
}

// unknown reports whether a run ended without a verdict on something.
func unknown(o *scenarios.Outcome) bool {
	return o.Limit != nil || slices.ContainsFunc(o.Report.Verdicts, func(v checker.Verdict) bool {
		return v.Status == checker.Unknown
	})
}

// count adds a seed to the result. It is all that is needed of a seed that an earlier run has done.
func (r *runner) count(e *entry, p *scenarios.Plan) {
	res := r.result
	res.Seeds++
	res.Plays += uint64(e.Plays)
	res.Events += e.Events
	res.Virtual += e.Virtual
	res.Twice += uint64(e.Twice)
	res.Unknown += uint64(e.Unknown)
	res.Skipped += uint64(e.Skipped)
	res.Drawn.Add(p)
	for _, b := range e.Buckets {
		if f := r.mine[b]; f != nil {
			f.Count++
		} else {
			res.Known[b]++
		}
	}
}

// advance ends an epoch with its last seed: the feedback for the one after the next is frozen.
func (r *runner) advance(n uint64) {
	total := 0
	for i := range r.seen {
		r.result.Coverage[i] = r.seen[i].Count()
		total += r.seen[i].Count()
	}
	if n%epoch != epoch-1 {
		return
	}
	r.result.Curve = append(r.result.Curve, total)
	if len(r.pool) > poolMax {
		r.pool = r.pool[len(r.pool)-poolMax:]
	}
	r.mutex.Lock()
	r.epochs[n/epoch+2] = slices.Clone(r.pool)
	delete(r.epochs, n/epoch)
	r.mutex.Unlock()
	r.cond.Broadcast()
}
