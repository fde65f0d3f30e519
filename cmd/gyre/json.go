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
	Judged    []string      `json:"judged"` // properties that had something to judge
	Skipped   []string      `json:"skipped"`
	Creates   uint64        `json:"creates"`
	Deletes   uint64        `json:"deletes"`
	Causes    uint64        `json:"causes"`
	Churn     json.Number   `json:"churn"`
	Events    uint64        `json:"events"`
	VirtualMS int64         `json:"virtual_ms"`
	Measure   *measureJSON  `json:"measure,omitempty"` // with --measure
	Digest    string        `json:"digest"`
	Replay    string        `json:"replay"`
}

type verdictJSON struct {
	Property string       `json:"property"`
	Why      string       `json:"why"` // why it matters
	Status   string       `json:"status"`
	Rung     string       `json:"rung,omitempty"`
	AtMS     *int64       `json:"at_ms,omitempty"`
	Step     uint64       `json:"step,omitempty"`   // the step that did it; of a deadline: the last one that mattered
	Plight   string       `json:"plight,omitempty"` // of a property of the end: what is wrong with the subject
	Class    string       `json:"class,omitempty"`  // the deeds that made it so, oldest first
	PeriodMS *int64       `json:"period_ms,omitempty"`
	LengthMS *int64       `json:"length_ms,omitempty"`
	Growth   json.Number  `json:"growth,omitempty"`      // of a damped spin: each period over the one before
	Fairness string       `json:"fairness,omitempty"`    // what a loop with chance in it needs
	Factor   uint64       `json:"reconfirmed,omitempty"` // a deadline: missed by this many times the bound too
	Forks    uint64       `json:"forks,omitempty"`
	Escaped  *uint64      `json:"escaped,omitempty"`
	Creates  uint64       `json:"creates,omitempty"`
	Deletes  uint64       `json:"deletes,omitempty"`
	Subject  *subjectJSON `json:"subject,omitempty"`
	Text     string       `json:"text"`
	Chain    []linkJSON   `json:"chain,omitempty"` // how it came about, newest first
	Dispute  *disputeJSON `json:"dispute,omitempty"`
}

type linkJSON struct {
	Step  uint64 `json:"step"` // 0: an outside event
	Cause uint64 `json:"cause,omitempty"`
	AtMS  int64  `json:"at_ms"`
	Node  string `json:"node"`
	What  string `json:"what"`
	Deed  string `json:"deed,omitempty"`
}

// disputeJSON is one turn of a spin.
type disputeJSON struct {
	Class   string     `json:"class"`
	Why     string     `json:"why"`
	Closed  bool       `json:"closed"`
	Turns   []turnJSON `json:"turns"`
	Mermaid string     `json:"mermaid"`
}

type turnJSON struct {
	AtMS    int64    `json:"at_ms"`
	Node    string   `json:"node"`
	From    string   `json:"from,omitempty"`
	Read    string   `json:"read,omitempty"`
	Version uint64   `json:"version,omitempty"`
	Wrote   []string `json:"wrote"`
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
		Set: append([]string{}, r.flags.set...), Bugs: words(o.Algorithm.Bugs.List()),
		Without: append(words(o.Algorithm.Without.List()), words(o.Algorithm.Cured.List())...),
		Judged:  o.Report.Judged(), Verdicts: []verdictJSON{}, Diverged: o.diverged,
		Skipped: append([]string{}, o.Skipped...),
		Creates: o.Report.Creates, Deletes: o.Report.Deletes, Causes: o.Report.Causes,
		Churn:  json.Number(fmt.Sprintf("%d.%03d", o.Report.Churn/1000, o.Report.Churn%1000)),
		Events: o.Events, VirtualMS: o.Virtual.Milliseconds(), Digest: fmt.Sprintf("%016x", o.Digest),
		Measure: measureOf(o.Reading, o.Names),
		Replay:  r.flags.command("run", r.scenario, o.Algorithm.Name, &o.Seed),
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
		Property: v.Property, Why: why(v.Property), Status: v.Status.String(), Creates: v.Creates,
		Deletes: v.Deletes, Text: v.Text,
	}
	if v.Status != checker.Violated {
		return j
	}
	at, period, length := v.At.Milliseconds(), v.Period.Milliseconds(), v.Length.Milliseconds()
	j.Rung, j.AtMS = v.Rung.String(), &at
	j.Step, j.Plight, j.Class = v.Step, v.Plight, v.Class
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
	j.Fairness, j.Factor, j.Forks = v.Fairness, v.Factor, v.Forks
	if v.Growth > 0 {
		j.Growth = json.Number(fmt.Sprintf("%d.%03d", v.Growth/1000, v.Growth%1000))
	}
	if v.Forks > 0 {
		j.Escaped = &v.Escaped
	}
	for _, l := range v.Chain {
		j.Chain = append(j.Chain, linkJSON{
			l.Step, l.Cause, l.At.Milliseconds(), names.Name(sim.Nodes, uint64(l.Node)), l.What, l.Deed,
		})
	}
	if v.Dispute != nil {
		j.Dispute = disputeOf(v.Dispute, names)
	}
	return j
}

func disputeOf(d *checker.Dispute, names *model.Names) *disputeJSON {
	j := &disputeJSON{Class: d.Class, Why: d.Why, Closed: d.Closed, Mermaid: d.Mermaid(), Turns: []turnJSON{}}
	for i := range d.Turns {
		t := &d.Turns[i]
		to := turnJSON{AtMS: sim.Duration(t.At).Milliseconds(), Node: t.Party, Read: t.Read, Version: t.Version,
			Wrote: t.Wrote}
		if t.From != 0 {
			to.From = names.Name(sim.Nodes, uint64(t.From))
		}
		j.Turns = append(j.Turns, to)
	}
	return j
}

// words renders values; nothing is an empty list, not null.
func words[T fmt.Stringer](values []T) []string {
	list := []string{}
	for _, v := range values {
		list = append(list, v.String())
	}
	return list
}
