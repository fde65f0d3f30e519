package main

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"gyre/checker"
	"gyre/model"
	"gyre/scenarios"
)

// item is one line of a list.
type item struct {
	Name string `json:"name"`
	Form string `json:"form,omitempty"` // its usage or present value
	Text string `json:"text"`
	*bugItem
}

// lists are what gyre list knows.
func lists() []struct {
	name, text string
	items      func() []item
} {
	return []struct {
		name, text string
		items      func() []item
	}{
		{"scenarios", "scenarios that are built in, and their story in a line", listScenarios},
		{"algorithms", "releases of OpenZiti, oldest first, and what each takes for granted", listAlgorithms},
		{"properties", "properties that are checked", listProperties},
		{"bugs", "bugs of the catalogue: which releases can have each, and what shows it", listBugs},
		{"faults", "what a scenario can do to the system, as it is written", listFaults},
		{"settings", "parameters for --set and a scenario's set, with their defaults", listSettings},
	}
}

func listCommand() *cobra.Command {
	list := &cobra.Command{
		Use:   "list",
		Short: "What there is: scenarios, algorithms, properties, bugs, faults, settings",
		Example: `  gyre list scenarios
  gyre list settings
  gyre list algorithms --json`,
		Args: cobra.ArbitraryArgs,
		RunE: group,

		DisableFlagsInUseLine: true,
	}
	for _, l := range lists() {
		asJSON := false
		c := &cobra.Command{
			Use:     l.name,
			Short:   "List " + l.text,
			Example: "  gyre list " + l.name + "\n  gyre list " + l.name + " --json",
			Args:    atMost(0, "no argument"),
			RunE: func(cmd *cobra.Command, _ []string) error {
				return printItems(cmd.OutOrStdout(), l.items(), asJSON)
			},
		}
		c.Flags().BoolVar(&asJSON, "json", false, "one JSON object per line")
		list.AddCommand(c)
	}
	return list
}

func printItems(w io.Writer, items []item, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		for _, i := range items {
			if err := encoder.Encode(i); err != nil {
				return err
			}
		}
		return nil
	}
	rows := make([][]string, 0, len(items))
	for _, i := range items {
		row := []string{i.Name}
		if i.Form != "" {
			row = append(row, i.Form)
		}
		rows = append(rows, append(row, i.Text))
	}
	_, err := io.WriteString(w, align(rows, nil))
	return err
}

func listScenarios() []item {
	var items []item
	for _, f := range append(scenarios.Builtin(), scenarios.BugStories()...) {
		items = append(items, item{Name: f.Name, Text: title(f)})
	}
	return items
}

// title returns the first line of a scenario's story without its name.
func title(f scenarios.File) string {
	plan, err := scenarios.Parse(f.Name, f.Text)
	if err != nil || len(plan.Story) == 0 {
		return ""
	}
	return headline(plan)
}

func headline(plan *scenarios.Plan) string {
	return strings.TrimPrefix(plan.Story[0], plan.Name+": ")
}

func listAlgorithms() []item {
	var items []item
	for _, a := range model.Algorithms() {
		items = append(items, item{Name: a.Name, Text: "believes that " + a.Belief + "; known for: " + a.Known})
	}
	return items
}

func listProperties() []item {
	var items []item
	for _, p := range checker.Properties() {
		items = append(items, item{Name: p.Name, Form: p.Mode.String(), Text: p.Why})
	}
	return items
}

func listFaults() []item {
	var items []item
	for _, d := range scenarios.Directives() {
		if !d.Head {
			items = append(items, item{Name: d.Verb, Form: d.Usage, Text: d.Text})
		}
	}
	return items
}

func listSettings() []item {
	params := model.DefaultParams()
	var items []item
	for _, k := range params.Knobs() {
		items = append(items, item{Name: k.Name, Form: k.Value(), Text: k.What})
	}
	return items
}
