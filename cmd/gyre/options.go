package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// overrides are the flags that make a run another run than the scenario says.
type overrides struct {
	variant
	seed   string
	set    []string
	events uint64
}

func (o *overrides) flags(cmd *cobra.Command, algorithms string) {
	f := cmd.Flags()
	o.variant.flags(cmd, algorithms)
	f.StringVar(&o.seed, "seed", "", "seed instead of the scenario's: decimal, 0x hex or a commit hash")
	f.StringArrayVar(&o.set, "set", nil, "change a setting, as in latency=40ms; may be given again")
	f.Uint64Var(&o.events, "events", 0, fmt.Sprintf(
		"stop after this many events (0: %d); the verdict is then unknown", scenarios.EventsMax))
	complete(cmd, "set", completeSettings)
}

// any reports whether a flag was given.
func (o *overrides) any(cmd *cobra.Command) bool {
	return slices.ContainsFunc([]string{"algorithm", "bug", "without", "seed", "set", "events"}, cmd.Flags().Changed)
}

// options checks the flags and turns them into what to play, in order.
func (o *overrides) options(cmd *cobra.Command) ([]scenarios.Options, error) {
	algorithms, err := o.algorithms(cmd)
	if err != nil {
		return nil, err
	}
	var seed *sim.Seed
	if cmd.Flags().Changed("seed") {
		s, err := sim.ParseSeed(o.seed)
		if err != nil {
			return nil, usage("--seed: %w", err)
		}
		seed = &s
	}
	if err := checkSettings(o.set); err != nil {
		return nil, err
	}
	if cmd.Flags().Changed("events") && o.events == 0 {
		return nil, usage("--events: a run of no events says nothing (write a number from 1)")
	}
	var all []scenarios.Options
	for _, a := range algorithms {
		all = append(all, scenarios.Options{Algorithm: a, Seed: seed, Set: o.set, Events: o.events})
	}
	return all, nil
}

func settingNames() []string {
	params := model.DefaultParams()
	var names []string
	for _, k := range params.Knobs() {
		names = append(names, k.Name)
	}
	return names
}

// checkSettings tries the settings out before anything is played.
func checkSettings(set []string) error {
	params := model.DefaultParams()
	for _, s := range set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return usage("--set %q: write name=value, as in latency=40ms", s)
		}
		if !slices.Contains(settingNames(), name) {
			return usage("--set: unknown setting %q%s", name, hint(name, settingNames()))
		}
		if err := params.Set(name, value); err != nil {
			return usage("--set: %w", err)
		}
	}
	return nil
}

// command returns the command line that repeats a run. Everything that was overridden is in it.
func (o *overrides) command(verb, scenario, algorithm string, seed *sim.Seed) string {
	words := []string{"gyre", verb, quote(scenario)}
	if algorithm != "" {
		words = append(words, "--algorithm", algorithm)
	}
	if seed != nil {
		words = append(words, "--seed", seed.String())
	}
	for _, s := range o.set {
		words = append(words, "--set", quote(s))
	}
	if o.events > 0 {
		words = append(words, "--events", strconv.FormatUint(o.events, 10))
	}
	return strings.Join(words, " ")
}

// quote makes a word safe for the shell.
func quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=,:@+%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// complete registers a completion; it fails only for flags that do not exist.
func complete(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err)
	}
}

// completeScenario offers the scenarios that are built in, and files.
func completeScenario(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, i := range listScenarios() {
		names = append(names, cobra.CompletionWithDesc(i.Name, i.Text))
	}
	return names, cobra.ShellCompDirectiveDefault
}

func completeSettings(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offers []cobra.Completion
	for _, i := range listSettings() {
		offers = append(offers, cobra.CompletionWithDesc(i.Name+"=", i.Text))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
