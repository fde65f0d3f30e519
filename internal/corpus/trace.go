package corpus

import (
	"bytes"
	"runtime"
	"strings"

	"gyre/checker"
	"gyre/internal/tracetext"
	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// How many lines of trace a corpus file has around the violation.
const (
	linesBefore = 26
	linesAfter  = 14
)

// Trace plays the plan of an outcome again and returns the lines around the violation of a property: around the
// time it was violated or, if it is one of the end of the run, around the last event from outside. Set and other
// options are those the outcome was played with.
func Trace(o *scenarios.Outcome, property string, options scenarios.Options) ([]string, error) {
	at, before := sim.Time(o.Virtual), linesBefore+linesAfter
	if v := o.Report.Verdict(property); o.Fault == nil && v.Status == checker.Violated {
		at, before = v.At, linesBefore
		if v.Rung == checker.Deadline {
			at = o.Report.Quiet
		}
	}
	past := &window{most: before}
	next := &window{most: linesBefore + linesAfter - before}
	names := o.Plan.Names()
	lead := tracetext.New(past, tracetext.Options{Names: names, To: max(1, at)})
	tail := tracetext.New(next, tracetext.Options{Names: names, From: max(1, at) + 1})
	next.full = func() { runtime.Goexit() }
	seed := o.Seed
	options.Algorithm, options.Seed, options.NoChecks, options.NoDigest = o.Algorithm, &seed, true, true
	options.Observers = []sim.Observer[model.Msg]{flushing{lead}, flushing{tail}}
	done := make(chan error, 1)
	go func() { // full ends it in the middle of the run
		var err error
		defer func() { done <- err }()
		_, err = scenarios.Play(o.Plan, options)
	}()
	if err := <-done; err != nil {
		return nil, err
	}
	return append(past.lines, next.last()...), nil
}

// flushing hands every line on at once, so that a window can count them.
type flushing struct{ *tracetext.Text }

func (f flushing) Input(s sim.Stamp, in *sim.Input[model.Msg]) { f.Text.Input(s, in); f.flush() }

func (f flushing) Effect(s sim.Stamp, e *sim.Effect[model.Msg]) { f.Text.Effect(s, e); f.flush() }

func (f flushing) Event(at sim.Time, e sim.Outside) { f.Text.Event(at, e); f.flush() }

func (f flushing) flush() { _ = f.Flush() } // a window takes everything

// window keeps the newest lines written to it or, if full is set, the oldest.
type window struct {
	most  int
	full  func() // called when there are enough
	lines []string
}

func (w *window) Write(b []byte) (int, error) {
	for line := range bytes.Lines(b) {
		w.lines = append(w.lines, strings.TrimRight(string(line), " \n"))
	}
	if w.full != nil && len(w.lines) >= w.most {
		w.full()
	}
	if extra := len(w.lines) - w.most; extra > 0 {
		w.lines = append(w.lines[:0], w.lines[extra:]...)
	}
	return len(b), nil
}

// last returns what a window that is full kept.
func (w *window) last() []string { return w.lines[:min(len(w.lines), w.most)] }

// Finding makes a complete entry, with trace, of an outcome that was played without Options.Set.
func Finding(o *scenarios.Outcome, b scenarios.Bucket, found string) (*scenarios.Entry, error) {
	e, err := scenarios.NewEntry(o, b, found)
	if err != nil {
		return nil, err
	}
	e.Trace, err = Trace(o, b.Property, scenarios.Options{})
	return e, err
}
