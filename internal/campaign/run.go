package campaign

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"gyre/checker"
	"gyre/internal/corpus"
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
	Shared   uint64 // violations that are those of Config.Holds, too
	Drawn    scenarios.Distribution
	Coverage []int // abstract transitions, by algorithm
	Curve    []int // transitions of all algorithms at the end of each epoch

	Findings []*Finding // new ones, in the order of seeds
	Known    map[scenarios.Bucket]uint64
	Files    map[scenarios.Bucket]string // the file that has a known one
	Resumed  uint64                      // seeds that an earlier run of the campaign had done

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

	Diagram string           // of the dispute, in Mermaid; empty if there is none
	Entry   *scenarios.Entry // as it was saved last; nil if it was not
}

// play is one algorithm's part of a seed's work.
type played struct {
	outcome  *scenarios.Outcome
	buckets  []scenarios.Bucket // that count
	seen     scenarios.Coverage
	shared   int // buckets that do not count
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
	own    map[origin]corpus.File // what an earlier run of the campaign saved
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
		start: time.Now(),
		result: &Result{
			Known: map[scenarios.Bucket]uint64{}, Files: map[scenarios.Bucket]string{}, Coverage: make([]int, len(c.Algorithms)),
		},
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
	r.catchUp(shrink)
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
		q := &played{outcome: out, buckets: scenarios.Buckets(out), seen: scout.Seen}
		if q.shared, w.err = r.config.apart(w.plan, q); w.err != nil {
			return w
		}
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

// apart takes those buckets away whose property the algorithm that is to hold violates in the same plan, and says how
// many they are. Where that algorithm comes to no verdict nothing can be told apart, and they go, too. Faults stay.
func (c *Config) apart(p *scenarios.Plan, q *played) (int, error) {
	if c.Holds.Name == "" || q.outcome.Fault != nil || len(q.buckets) == 0 {
		return 0, nil
	}
	base, err := c.play(p, scenarios.Options{Algorithm: c.Holds, Events: c.Events, NoDigest: true})
	if err != nil {
		return 0, err
	}
	before := len(q.buckets)
	q.buckets = slices.DeleteFunc(q.buckets, func(b scenarios.Bucket) bool {
		if base.Fault != nil {
			return true
		}
		status := base.Report.Verdict(b.Property).Status
		return status == checker.Violated || status == checker.Unknown
	})
	return before - len(q.buckets), nil
}
