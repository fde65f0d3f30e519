package main

import (
	"fmt"
	"strings"
	"time"

	"gyre/internal/ci"
	"gyre/internal/corpus"
	"gyre/scenarios"
)

// buckets are those that the files of corpora have.
func buckets(dirs []string) (map[scenarios.Bucket]string, error) {
	paths, err := corpus.Find(dirs)
	if err != nil {
		return nil, usage("--known: %w", err)
	}
	known := map[scenarios.Bucket]string{}
	for _, path := range paths {
		e, err := corpus.Read(path)
		if err != nil {
			return nil, usage("--known: %w", err)
		}
		known[e.Bucket()] = path
	}
	return known, nil
}

// asFinding takes a file for a finding: what it violates still is known or new.
func (r *replayed) asFinding(known map[scenarios.Bucket]string) {
	if r.Status != asRecorded && r.Status != drifted {
		return
	}
	r.Status = newFinding
	if file, ok := known[r.bucket()]; ok {
		r.Status = knownFinding
		r.say("%s has it", file)
	}
}

func (r *replayed) bucket() scenarios.Bucket {
	return scenarios.Bucket{Property: r.Property, Rung: r.Rung, Class: r.Class, Algorithm: r.Algorithm}
}

// replayReport begins the report of a replay.
func replayReport(start time.Time, files int) *ci.Report {
	report := ciReport("gyre replay", start)
	report.Facts = [][2]string{{"files", fmt.Sprint(files)}, {"wall time", wall(report.Wall)}}
	return report
}

// ciCase is the case of a file.
func (r *replayed) ciCase() ci.Case {
	c := ci.Case{File: r.File, First: 1, More: r.Text, Repeat: r.Replay, Wall: r.wall}
	if r.entry != nil && r.entry.Plan != nil {
		entryCase(&c, r.entry, r.diagram)
	}
	c.Bucket, c.Seed = r.bucket(), r.Seed
	switch r.Status {
	case asRecorded, updated:
		c.Status = ci.Recorded
	case newFinding:
		c.Status = ci.New
	case knownFinding:
		c.Status = ci.Known
	case faulty, unreadable, unwritten, bounded:
		c.Status, c.Detail = ci.Bad, r.Status
	default:
		c.Status, c.Detail = ci.Changed, r.Status
	}
	if c.Text == "" {
		c.Text = strings.Join(r.Text, " ")
	}
	return c
}
