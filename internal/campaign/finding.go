package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gyre/internal/corpus"
	"gyre/model"
	"gyre/scenarios"
)

// bucket takes one thing that a run violates: known, or new.
func (r *runner) bucket(ctx context.Context, w work, o *scenarios.Outcome, b scenarios.Bucket) error {
	if r.known[b] && r.config.Resume { // saved by this campaign, which was killed before the journal had the seed
		r.recall(w.seed, b)
	}
	if r.known[b] || r.mine[b] != nil {
		return nil
	}
	f := &Finding{Bucket: b, Seed: w.seed, Plan: w.plan, Drawn: len(w.plan.Steps), Text: text(o, b)}
	r.mine[b] = f
	r.result.Findings = append(r.result.Findings, f)
	if r.config.StopFirst {
		r.close()
	}
	f.Diagram = Diagram(o, b.Property)
	var unsaved error
	if r.corpus != nil {
		unsaved = r.save(f, o)
	}
	p := &pending{finding: f}
	r.telling.Lock()
	r.pending = append(r.pending, p)
	r.telling.Unlock()
	if r.config.Shrink < 0 || unsaved != nil { // what could not be saved is told as it is
		r.settled(p, nil)
		return unsaved
	}
	r.shrinkLater(ctx, p, o.Algorithm)
	return nil
}

// shrinkLater shrinks a finding as soon as a worker is free.
func (r *runner) shrinkLater(ctx context.Context, p *pending, a model.Algorithm) {
	r.shrinking.Go(func() {
		r.slots <- struct{}{}
		defer func() { <-r.slots }()
		r.settled(p, r.shrink(ctx, p.finding, a))
	})
}

// catchUp shrinks what an earlier run of the campaign found and was killed before it had shrunk.
func (r *runner) catchUp(ctx context.Context) {
	if r.config.Shrink < 0 {
		return
	}
	for _, f := range r.result.Findings {
		i := slices.IndexFunc(r.config.Algorithms, func(a model.Algorithm) bool { return a.Name == f.Bucket.Algorithm })
		if i < 0 || f.Entry == nil || !strings.HasSuffix(f.Entry.Found, notShrunk) {
			continue
		}
		p := &pending{finding: f}
		r.telling.Lock()
		r.pending = append(r.pending, p)
		r.telling.Unlock()
		r.shrinkLater(ctx, p, r.config.Algorithms[i])
	}
}

// notShrunk ends how a finding says that it was found, until it is shrunk.
const notShrunk = "not shrunk"

// pending is a finding that is being shrunk.
type pending struct {
	finding *Finding
	done    bool
}

// settled is called when a finding is as small as it gets. Findings are told in order.
func (r *runner) settled(p *pending, err error) {
	r.telling.Lock()
	defer r.telling.Unlock()
	p.done = true
	r.shrinkErr = errors.Join(r.shrinkErr, err)
	for len(r.pending) > 0 && r.pending[0].done {
		if r.config.Found != nil {
			r.config.Found(r.pending[0].finding)
		}
		r.pending = r.pending[1:]
	}
}

// text is what the checker says about a bucket.
func text(o *scenarios.Outcome, b scenarios.Bucket) string {
	if o.Fault != nil {
		return fmt.Sprintf("at step %d: %s", o.Events, o.Fault.Text)
	}
	v := o.Report.Verdict(b.Property)
	return v.Text
}

// save writes the finding to a file of its own, at once.
func (r *runner) save(f *Finding, o *scenarios.Outcome) error {
	e, err := corpus.Finding(o, f.Bucket, r.found(f, notShrunk))
	if err != nil {
		return fmt.Errorf("seed %s: %w", f.Seed, err)
	}
	f.File, _, err = corpus.Save(r.corpus.dir, e, f.Bucket.Rung+" "+f.Bucket.Class)
	f.Entry = e
	return err
}

// Diagram draws the dispute of a spin in Mermaid; it is empty for other violations and where no dispute was followed.
func Diagram(o *scenarios.Outcome, property string) string {
	if o.Fault != nil {
		return ""
	}
	if d := o.Report.Verdict(property).Dispute; d != nil {
		return d.Mermaid()
	}
	return ""
}

// foundBy is how findings of campaigns begin to say how they were found.
const foundBy = "gyre fuzz"

// found says how the finding was found.
func (r *runner) found(f *Finding, how string) string {
	return fmt.Sprintf("%s, %s, seed %s, %s", foundBy, r.config.Strategy, f.Seed, how)
}

// shrink makes the plan of a finding smaller and replaces its file.
func (r *runner) shrink(ctx context.Context, f *Finding, a model.Algorithm) error {
	options := scenarios.Options{Algorithm: a, Events: r.config.Events}
	small, stats, err := scenarios.Shrink(f.Plan, scenarios.ShrinkOptions{
		Options: options, Bucket: f.Bucket, Budget: r.config.Shrink, Holds: r.config.Holds,
		Stop: func() bool { return ctx.Err() != nil },
	})
	if err != nil {
		return fmt.Errorf("seed %s: %w", f.Seed, err)
	}
	if stats.Kept == 0 {
		return nil
	}
	f.Plan = small
	if r.corpus == nil {
		return nil
	}
	out, err := r.config.play(small, options)
	if err != nil {
		return fmt.Errorf("seed %s: %w", f.Seed, err)
	}
	how := fmt.Sprintf("shrunk from %d directives to %d", f.Drawn, len(small.Steps))
	e, err := corpus.Finding(out, f.Bucket, r.found(f, how))
	if err != nil {
		return fmt.Errorf("seed %s: %w", f.Seed, err)
	}
	if err := corpus.Replace(f.File, e.String()); err != nil {
		return err // the file is as it was: not shrunk, but whole
	}
	f.Entry, f.Diagram = e, Diagram(out, f.Bucket.Property)
	return nil
}
