package main

import (
	"bufio"
	"fmt"
	"io"

	"gyre/internal/tracetext"
	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

type observer = sim.Observer[model.Msg]

// again plays a run a second time and says how it differs from the first, or nothing. The usual suspects are a
// range over a map, a pointer in a comparison, and state shared between two runs.
func again(first *scenarios.Outcome, play func(watch observer) (*scenarios.Outcome, error)) string {
	second, err := play(nil)
	if err != nil {
		return err.Error()
	}
	if first.Digest == second.Digest && first.Events == second.Events {
		return ""
	}
	return fmt.Sprintf("digest %016x after %d events, then %016x after %d; %s",
		first.Digest, first.Events, second.Digest, second.Events, parting(first.Names, play))
}

// parting plays the run twice more, side by side, and returns the first lines that differ.
func parting(names *model.Names, play func(watch observer) (*scenarios.Outcome, error)) string {
	var traces [2]*bufio.Scanner
	var pipes [2]*io.PipeReader
	for i := range traces {
		r, w := io.Pipe()
		go func() {
			text := tracetext.New(w, tracetext.Options{Names: names, All: true})
			if _, err := play(text); err != nil {
				w.CloseWithError(err)
				return
			}
			w.CloseWithError(text.Flush())
		}()
		traces[i], pipes[i] = bufio.NewScanner(r), r
		traces[i].Buffer(nil, 1<<24)
	}
	defer func() {
		for _, p := range pipes { // lets the players run on without a reader
			p.Close()
		}
	}()
	for line := 1; ; line++ {
		more := [2]bool{traces[0].Scan(), traces[1].Scan()}
		if !more[0] && !more[1] {
			return "two further runs agreed in every line of their traces"
		}
		if a, b := traces[0].Text(), traces[1].Text(); more[0] != more[1] || a != b {
			return fmt.Sprintf("first diverging line, number %d:\n  one   %s\n  other %s", line, a, b)
		}
	}
}
