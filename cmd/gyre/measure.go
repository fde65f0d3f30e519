package main

import (
	"fmt"

	"gyre/checker/gauge"
	"gyre/model"
	"gyre/sim"
)

// measureJSON is what --measure adds to a run's JSON.
type measureJSON struct {
	Creates uint64   `json:"creates"` // requests
	Removes uint64   `json:"removes"` // terminators asked to be removed
	Busy    uint64   `json:"busy"`
	Refused uint64   `json:"refused"`
	Peak    uint64   `json:"peak_per_second"`
	Checked uint64   `json:"checked"`
	Log     uint64   `json:"log_entries"`
	Idle    uint64   `json:"idle_entries"`
	Missing spanJSON `json:"missing"`
	Dark    spanJSON `json:"dark"`
	Orphan  spanJSON `json:"orphan"`
}

type spanJSON struct {
	LengthMS int64  `json:"length_ms"`
	FromMS   int64  `json:"from_ms"`
	Router   string `json:"router,omitempty"`
	Service  string `json:"service,omitempty"`
}

func measureOf(r *gauge.Reading, names *model.Names) *measureJSON {
	if r == nil {
		return nil
	}
	span := func(s gauge.Span) spanJSON {
		j := spanJSON{LengthMS: s.Length.Milliseconds(), FromMS: sim.Duration(s.From).Milliseconds()}
		if s.Length > 0 {
			j.Router = names.Name(sim.Nodes, uint64(s.Router))
			j.Service = names.Name(model.ClassService, uint64(s.Service))
		}
		return j
	}
	return &measureJSON{
		r.Creates, r.Removes, r.Busy, r.Refused, r.Peak, r.Checked, r.Log, r.Idle,
		span(r.Missing), span(r.Dark), span(r.Orphan),
	}
}

// printMeasures prints what each run came to: requests and entries, then for how long what was wrong.
func (r *report) printMeasures() {
	rows := [][]string{{"", "creates", "removes", "busy", "refused", "peak", "checked", "log", "idle", "missing",
		"dark", "orphan"}}
	for _, o := range r.outcomes {
		m := o.Reading
		if m == nil {
			return
		}
		rows = append(rows, []string{
			o.Algorithm.Name, fmt.Sprint(m.Creates), fmt.Sprint(m.Removes), fmt.Sprint(m.Busy), fmt.Sprint(m.Refused),
			fmt.Sprintf("%d/s", m.Peak), fmt.Sprint(m.Checked), fmt.Sprint(m.Log), fmt.Sprint(m.Idle),
			brief(m.Missing), brief(m.Dark), brief(m.Orphan),
		})
	}
	fmt.Fprintf(r.w, "%s\n", align(rows, r.paintHead))
}

// brief renders how long something lasted, to a tenth of a second.
func brief(s gauge.Span) string {
	const tenth = 100 * sim.Millisecond
	if s.Length < tenth {
		return s.Length.String()
	}
	return (s.Length / tenth * tenth).String()
}
