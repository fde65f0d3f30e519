package main

import (
	"encoding/json"
	"fmt"

	"gyre/checker"
	"gyre/model"
	"gyre/sim"
)

// schema names the form of --json; fields may be added, none changes its meaning.
const schema = "gyre.run/1"

// runJSON is one algorithm's run for machines. Nothing in it depends on the machine it ran on.
type runJSON struct {
	Schema    string        `json:"schema"`
	Scenario  string        `json:"scenario"`
	Seed      string        `json:"seed"`
	Algorithm string        `json:"algorithm"`
	Set       []string      `json:"set"`
	Bugs      []string      `json:"bugs"`
	Without   []string      `json:"without"`
	Status    string        `json:"status"` // holds, violated, unknown, fault or nondeterminism
	Verdicts  []verdictJSON `json:"verdicts"`
	Fault     string        `json:"fault,omitempty"`
	Limit     string        `json:"limit,omitempty"`
	Diverged  string        `json:"diverged,omitempty"`
	Skipped   []string      `json:"skipped"`
	Creates   uint64        `json:"creates"`
	Deletes   uint64        `json:"deletes"`
	Causes    uint64        `json:"causes"`
	Churn     json.Number   `json:"churn"`
	Events    uint64        `json:"events"`
	VirtualMS int64         `json:"virtual_ms"`
	Digest    string        `json:"digest"`
	Replay    string        `json:"replay"`
}

type verdictJSON struct {
	Property string       `json:"property"`
	Status   string       `json:"status"`
	Rung     string       `json:"rung,omitempty"`
	AtMS     *int64       `json:"at_ms,omitempty"`
	PeriodMS *int64       `json:"period_ms,omitempty"`
	LengthMS *int64       `json:"length_ms,omitempty"`
	Creates  uint64       `json:"creates,omitempty"`
	Deletes  uint64       `json:"deletes,omitempty"`
	Subject  *subjectJSON `json:"subject,omitempty"`
	Text     string       `json:"text"`
}

type subjectJSON struct {
	Router  string `json:"router"`
	Service string `json:"service"`
	Index   uint16 `json:"index"`
	Term    string `json:"term,omitempty"`
}

func (r *report) printJSON(o result) error {
	j := runJSON{
		Schema: schema, Scenario: r.plan.Name, Seed: o.Seed.String(), Algorithm: o.Algorithm.Name,
		Set: append([]string{}, r.flags.set...), Bugs: []string{}, Without: []string{},
		Verdicts: []verdictJSON{}, Diverged: o.diverged, Skipped: append([]string{}, o.Skipped...),
		Creates: o.Report.Creates, Deletes: o.Report.Deletes, Causes: o.Report.Causes,
		Churn:  json.Number(fmt.Sprintf("%d.%03d", o.Report.Churn/1000, o.Report.Churn%1000)),
		Events: o.Events, VirtualMS: o.Virtual.Milliseconds(), Digest: fmt.Sprintf("%016x", o.Digest),
		Replay: r.flags.command("run", r.scenario, o.Algorithm.Name, &o.Seed),
	}
	j.Status = "holds"
	for i := range o.Report.Verdicts {
		v := &o.Report.Verdicts[i]
		j.Verdicts = append(j.Verdicts, verdictOf(v, o.Names))
		if !v.Aside && (v.Status == checker.Violated || v.Status == checker.Unknown && j.Status == "holds") {
			j.Status = v.Status.String()
		}
	}
	if o.Limit != nil {
		j.Limit = o.Limit.Error()
		if j.Status == "holds" {
			j.Status = "unknown"
		}
	}
	if o.diverged != "" {
		j.Status = "nondeterminism"
	}
	if o.Fault != nil {
		j.Status, j.Fault = "fault", o.Fault.Text
	}
	encoder := json.NewEncoder(r.w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(j)
}

func verdictOf(v *checker.Verdict, names *model.Names) verdictJSON {
	j := verdictJSON{
		Property: v.Property, Status: v.Status.String(), Creates: v.Creates, Deletes: v.Deletes, Text: v.Text,
	}
	if v.Status != checker.Violated {
		return j
	}
	at, period, length := v.At.Milliseconds(), v.Period.Milliseconds(), v.Length.Milliseconds()
	j.Rung, j.AtMS = v.Rung.String(), &at
	if v.Period > 0 {
		j.PeriodMS = &period
	}
	if v.Length > 0 {
		j.LengthMS = &length
	}
	if v.Subject.Router != 0 {
		j.Subject = &subjectJSON{
			Router:  names.Name(sim.Nodes, uint64(v.Subject.Router)),
			Service: names.Name(model.ClassService, uint64(v.Subject.Service)),
			Index:   v.Subject.Index,
		}
		if v.Subject.Term != 0 {
			j.Subject.Term = names.Name(model.ClassTerm, uint64(v.Subject.Term))
		}
	}
	return j
}
