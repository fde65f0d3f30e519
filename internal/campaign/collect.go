package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gyre/checker"
	"gyre/scenarios"
)

// take takes the result of the next seed.
func (r *runner) take(ctx context.Context, w work) error {
	if w.err != nil {
		return w.err
	}
	res := r.result
	line := entry{Seed: w.seed, Plays: len(w.plays)}
	fresh := false
	var unsaved error
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
		line.Shared += q.shared
		for _, b := range q.buckets {
			line.Buckets = append(line.Buckets, b)
			unsaved = errors.Join(unsaved, r.bucket(ctx, w, o, b))
		}
	}
	if fresh {
		r.pool = append(r.pool, w.plan)
	}
	r.count(&line, w.plan)
	if unsaved != nil { // the journal does not have this seed, so that it is played again when the campaign goes on
		return unsaved
	}
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
	res.Shared += uint64(e.Shared)
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
