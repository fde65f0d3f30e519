package ci

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What code scanning takes of one run: more results are refused, longer texts are cut.
const (
	resultsMax = 5000
	textMax    = 4000
)

// language is what texts are in.
const language = "en-US"

// Rules that are no property.
const (
	ruleCorpus = "corpus"
	ruleFault  = "fault"
)

// The parts of SARIF 2.1.0 that Gyre has something to say in.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Automation  sarifID           `json:"automationDetails"`
		Language    string            `json:"language"`
		Newlines    []string          `json:"newlineSequences"`
		Columns     string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifID struct {
		ID string `json:"id"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name     string      `json:"name"`
		Version  string      `json:"version,omitempty"`
		Language string      `json:"language"`
		Rules    []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID       string         `json:"id"`
		Name     string         `json:"name"`
		Short    sarifText      `json:"shortDescription"`
		Full     sarifText      `json:"fullDescription"`
		Help     sarifText      `json:"help"`
		Defaults sarifLevel     `json:"defaultConfiguration"`
		Bag      map[string]any `json:"properties"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifInvocation struct {
		Successful bool          `json:"executionSuccessful"`
		Exit       int           `json:"exitCode"`
		Command    string        `json:"commandLine,omitempty"`
		Start      string        `json:"startTimeUtc,omitempty"`
		End        string        `json:"endTimeUtc,omitempty"`
		Notices    []sarifNotice `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotice struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifResult struct {
		Rule         string            `json:"ruleId"`
		Index        int               `json:"ruleIndex"`
		Kind         string            `json:"kind"`
		Level        string            `json:"level"`
		Baseline     string            `json:"baselineState"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Occurrences  uint64            `json:"occurrenceCount,omitempty"`
		Fingerprints map[string]string `json:"fingerprints"`
		Partial      map[string]string `json:"partialFingerprints"`
		Bag          map[string]any    `json:"properties"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		First int `json:"startLine"`
		Last  int `json:"endLine,omitempty"`
	}
)

// SARIF renders a report as a SARIF 2.1.0 log with one run. Rules are all properties, in their order; a result is a
// bucket, at the plan in its corpus file. Its fingerprint is that of the bucket, so that code scanning has one alert
// for it, however often and by whatever seed it is found. New findings are errors, known ones are notes.
func SARIF(r *Report, properties []Rule) string {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "gyre", Version: r.Version, Language: language, Rules: sarifRules(properties),
		}},
		Language: language, Newlines: []string{"\r\n", "\n"},
		Automation: sarifID{strings.ReplaceAll(r.Tool, " ", "-") + "/"}, Columns: "unicodeCodePoints",
		Results: []sarifResult{},
	}
	inv := sarifInvocation{Successful: true, Exit: r.Exit, Command: valid(r.Command)}
	if !r.Start.IsZero() {
		inv.Start = r.Start.UTC().Format(time.RFC3339)
		inv.End = r.Start.Add(r.Wall).UTC().Format(time.RFC3339)
	}
	for _, n := range r.Notices {
		level := "note"
		if n.Error {
			level, inv.Successful = "error", false
		}
		inv.Notices = append(inv.Notices, sarifNotice{level, sarifText{Text: valid(n.Text)}})
	}
	cases := r.sorted(func(c *Case) bool { return c.Status != Holds })
	if left := len(cases) - resultsMax; left > 0 {
		cases = cases[:resultsMax]
		inv.Notices = append(inv.Notices, sarifNotice{"warning",
			sarifText{Text: fmt.Sprintf("%d more results are left out: code scanning takes %d", left, resultsMax)}})
	}
	for _, c := range cases {
		run.Results = append(run.Results, sarifOf(c, run.Tool.Driver.Rules))
	}
	run.Invocations = []sarifInvocation{inv}
	log := sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run},
	}
	text, err := json.MarshalIndent(log, "", "  ")
	if err != nil { // there is nothing in it that has no JSON
		panic(err)
	}
	return string(text) + "\n"
}

// sarifRules has a rule for each property, and two more.
func sarifRules(properties []Rule) []sarifRule {
	all := append(slices.Clone(properties),
		Rule{ruleFault, "An assertion of Gyre's own failed: no verdict of that run counts."},
		Rule{ruleCorpus, "A corpus file does not say what happens when its plan is played."})
	var rules []sarifRule
	for _, p := range all {
		text := strings.ToUpper(p.Text[:1]) + p.Text[1:]
		if !strings.HasSuffix(text, ".") {
			text += "."
		}
		const how = "The file of the result has the plan that violates it, as small as it goes, and the lines of the " +
			"trace around the violation. Play it again with `gyre replay FILE`."
		rules = append(rules, sarifRule{
			ID: p.ID, Name: pascal(p.ID), Short: sarifText{Text: text}, Full: sarifText{Text: text},
			Help: sarifText{
				Text:     p.ID + ": " + text + "\n\n" + strings.ReplaceAll(how, "`", ""),
				Markdown: "**" + p.ID + "**: " + text + "\n\n" + how,
			},
			Defaults: sarifLevel{"error"},
			Bag: map[string]any{
				"tags": []string{"reconciliation", "simulation"}, "precision": "very-high", "problem.severity": "error",
			},
		})
	}
	return rules
}

// pascal writes a name as code scanning likes those of rules: NoSpin.
func pascal(id string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// Fingerprint identifies a bucket in 16 hexadecimal digits.
func Fingerprint(c *Case) string {
	what := c.Bucket.String()
	if c.Status == Changed || c.Bucket.Property == "" {
		what = "corpus " + c.File
	}
	sum := sha256.Sum256([]byte(what))
	return hex.EncodeToString(sum[:8])
}

func sarifOf(c *Case, rules []sarifRule) sarifResult {
	rule := c.Bucket.Property
	if c.Status == Changed || rule == "" {
		rule = ruleCorpus
	}
	index := slices.IndexFunc(rules, func(r sarifRule) bool { return r.ID == rule })
	if index < 0 {
		rule, index = ruleCorpus, len(rules)-1
	}
	print := Fingerprint(c)
	s := sarifResult{
		Rule: rule, Index: index, Kind: "fail", Level: "error", Baseline: "new", Message: sarifMessage(c),
		Occurrences: c.Runs, Fingerprints: map[string]string{"gyreBucket/v1": print},
		Partial: map[string]string{"primaryLocationLineHash": print + ":1"},
		Bag:     map[string]any{"algorithm": c.Bucket.Algorithm, "rung": c.Bucket.Rung, "class": c.Bucket.Class},
	}
	if c.Status == Known || c.Status == Recorded {
		s.Level, s.Baseline = "note", "unchanged"
	}
	if c.Seed != "" {
		s.Bag["seed"] = c.Seed
	}
	if c.Repeat != "" {
		s.Bag["repeat"] = valid(c.Repeat)
	}
	if c.File != "" {
		p := sarifPhysical{Artifact: sarifArtifact{URI: uri(c.File), Base: "%SRCROOT%"}}
		if strings.HasPrefix(p.Artifact.URI, "file:") {
			p.Artifact.Base = ""
		}
		p.Region = &sarifRegion{First: max(1, c.First), Last: c.Last}
		s.Locations = []sarifLocation{{p}}
	}
	return s
}

// sarifMessage says what happened, first in one sentence.
func sarifMessage(c *Case) sarifText {
	text := fmt.Sprintf("%s violates %s.", c.Bucket.Algorithm, c.Bucket.Property)
	if c.Detail != "" {
		text = fmt.Sprintf("%s: %s.", c.File, c.Detail)
	}
	parts := []string{text}
	if c.Text != "" {
		parts = append(parts, c.Text)
	}
	parts = append(parts, c.More...)
	if proof := strings.TrimSpace(c.Bucket.Rung + " " + c.Bucket.Class); proof != "" && c.Detail == "" {
		parts = append(parts, "Proof: "+proof+".")
	}
	if c.Repeat != "" {
		parts = append(parts, "Repeat: "+c.Repeat)
	}
	return sarifText{Text: clip(valid(strings.Join(parts, "\n")), textMax)}
}
