package main

import (
	"fmt"
	"os"

	"gyre/checker/linear"
	"gyre/internal/corpus"
)

// drawn writes porcupine's picture of the first history that no order explains, and says what it shows.
func (f *runFlags) drawn(outcomes []result) (string, error) {
	undecided := 0
	for _, o := range outcomes {
		if o.Recorder == nil {
			continue
		}
		bad, open := o.Recorder.Check(linear.Ordered, linear.Steps)
		undecided += open
		if bad == nil {
			continue
		}
		file, err := os.Create(f.linear)
		if err != nil {
			return "", usage("--linear-html: cannot write %s: %w", f.linear, corpus.Reason(err))
		}
		if err := o.Recorder.WriteHTML(file, bad, o.Names); err != nil {
			file.Close()
			return "", usage("--linear-html: cannot write %s: %w", f.linear, corpus.Reason(err))
		}
		if err := file.Close(); err != nil {
			return "", usage("--linear-html: cannot write %s: %w", f.linear, corpus.Reason(err))
		}
		return fmt.Sprintf("%s has %d operations on %s in %s that no order explains", f.linear, len(bad.Ops),
			bad.Name(o.Names), o.Algorithm.Name), nil
	}
	text := "--linear-html: every history recorded has an order that explains it; nothing was written"
	if undecided > 0 {
		text += fmt.Sprintf(" (%d are undecided)", undecided)
	}
	return text, nil
}
