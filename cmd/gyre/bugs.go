package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"gyre/model"
	"gyre/scenarios"
)

// bugItem is what JSON says of a bug besides.
type bugItem struct {
	Belief   string   `json:"belief"`
	Issue    string   `json:"issue"`
	Source   string   `json:"source"`
	Releases []string `json:"releases"` // it can be switched on in
	Inherent []string `json:"inherent"` // have it anyway
	Scenario string   `json:"scenario,omitempty"`
	Property string   `json:"property,omitempty"`
	Rung     string   `json:"rung,omitempty"`
	Reason   string   `json:"reason,omitempty"`
}

// listBugs lists the catalogue.
func listBugs() []item {
	var items []item
	for _, i := range model.Catalogue() {
		form := i.Shown()
		if form == "" {
			form = "-"
		}
		text := i.Belief + " (" + i.Issue + ")"
		if len(i.Releases) > 0 {
			text += "; a switch in " + i.Names()
		}
		if has := i.Has(); has != "" {
			text += "; " + has + " has it"
		}
		switch {
		case i.Cure:
			text += "; a cure: " + i.Reason
		case i.Scenario == "":
			text += "; not shown: " + i.Reason
		case i.Rung == scenarios.Score:
			text += fmt.Sprintf("; %s: %s", i.Scenario, measured(&i))
		default:
			text += fmt.Sprintf("; %s: %s (%s)", i.Scenario, i.Property, i.Rung)
		}
		items = append(items, item{Name: i.Bug.String(), Form: form, Text: text, bugItem: &bugItem{
			Belief: i.Belief, Issue: i.Issue, Source: i.Source, Releases: namesIn(i.Releases), Inherent: namesIn(i.Inherent),
			Scenario: i.Scenario, Property: i.Property, Rung: i.Rung, Reason: i.Reason,
		}})
	}
	return items
}

// namesIn returns the names of those of the releases that there are.
func namesIn(releases []model.Release) []string {
	names := []string{}
	for _, a := range model.Algorithms() {
		if slices.Contains(releases, a.Release) {
			names = append(names, a.Name)
		}
	}
	return names
}

// measured says by what a bug is seen that violates nothing.
func measured(i *model.BugInfo) string {
	switch i.Property {
	case "converges":
		return "slower"
	case "no-storm":
		return "more requests"
	case scenarios.NoOps:
		return "more creates and deletes that change nothing"
	}
	return "more creates and deletes"
}

// bugMatrix prints bugs by properties.
func bugMatrix(w io.Writer, painted bool) error {
	rows := [][]string{{"bug", "algorithm", "scenario", "property@event at which it fails"}}
	for r := range inOrder(len(model.Catalogue()), showBug) {
		if r.err != nil {
			return exitError{exitFault, r.err}
		}
		for n, cell := range r.cells {
			head := []string{"", "", ""}
			if n == 0 {
				head = r.head
			}
			rows = append(rows, append(head, cell))
		}
	}
	_, err := io.WriteString(w, align(rows, func(row, _ int, cell string) string {
		if row == 0 {
			return paint(painted, "2", cell)
		}
		return cell
	}))
	return err
}

// shownBug is a row of the matrix, with as many lines as it has cells.
type shownBug struct {
	head, cells []string
	err         error
}

func showBug(n int) shownBug {
	i := model.Catalogue()[n]
	if i.Scenario == "" {
		why := "not shown: " + i.Reason
		if i.Cure {
			why = "a cure: " + i.Reason
		}
		return shownBug{head: []string{i.Bug.String(), "-", "-"}, cells: wrap(why, 72)}
	}
	s, err := scenarios.Show(i)
	if err != nil {
		return shownBug{err: err}
	}
	r := shownBug{head: []string{i.Bug.String(), i.Shown(), i.Scenario}}
	if i.Rung == scenarios.Score {
		with, without := s.Score()
		unit := ""
		if i.Property == "converges" {
			unit = "ms"
		}
		r.cells = append(r.cells, fmt.Sprintf("%s: %d%s, without %d%s", measured(&i), with, unit, without, unit))
	}
	var failed []string
	for _, f := range s.At {
		failed = append(failed, fmt.Sprintf("%s@%d", f.Property, f.Event))
	}
	if len(failed) > 0 {
		r.cells = append(r.cells, wrap(strings.Join(failed, ", "), 72)...)
	}
	return r
}
