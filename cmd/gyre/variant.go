package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gyre/model"
	"gyre/scenarios"
)

// variant are the flags that choose algorithms: releases, bugs switched on, cures switched off.
type variant struct {
	algorithm string
	bugs      []string
	without   []string
}

func (v *variant) flags(cmd *cobra.Command, algorithms string) {
	f := cmd.Flags()
	f.StringVarP(&v.algorithm, "algorithm", "a", algorithms, "algorithms to play: NAME[,NAME] or all")
	f.StringSliceVar(&v.bugs, "bug", nil, "switch on bugs, as in B24,B26; by default where a release has them")
	f.StringSliceVar(&v.without, "without", nil, "leave out cures of the reference (sync, order, reliability,\n"+
		"idempotency), or suspects of today's release, as in S11")
	complete(cmd, "algorithm", completeAlgorithms)
	complete(cmd, "bug", completeBugs)
	complete(cmd, "without", completeCures)
}

// algorithms checks the flags and returns the algorithms they choose, in order.
func (v *variant) algorithms(cmd *cobra.Command) ([]model.Algorithm, error) {
	chosen, err := algorithms(v.algorithm)
	if err != nil {
		return nil, err
	}
	bugs, err := model.ParseBugs(strings.Join(v.bugs, ","))
	if err != nil {
		return nil, usage("--bug: %w; see: gyre list bugs", err)
	}
	without, cured, err := model.ParseWithout(strings.Join(v.without, ","))
	if err != nil {
		return nil, usage("--without: %w", err)
	}
	if bugs == 0 && without == 0 && cured == 0 {
		return chosen, nil
	}
	var variants []model.Algorithm
	var refused error
	for _, a := range chosen {
		changed, err := a.Variant(bugs, without, cured)
		if err == nil {
			variants = append(variants, changed)
		} else if refused == nil {
			refused = err
		}
	}
	if refused != nil && (len(variants) == 0 || cmd.Flags().Changed("algorithm") && v.algorithm != "all") {
		return nil, usage("--bug, --without: %w", refused)
	}
	return variants, nil
}

// about returns the algorithms a scenario is about: those it has expectations for, if variants are among them. Else
// it is about all.
func about(plan *scenarios.Plan, all string) string {
	var names []string
	variants := false
	for i := range plan.Expect {
		for _, l := range plan.Expect[i].Lines {
			if !slices.Contains(names, l.Algorithm) {
				names = append(names, l.Algorithm)
				variants = variants || !slices.Contains(algorithmNames(), l.Algorithm)
			}
		}
	}
	if !variants {
		return all
	}
	return strings.Join(names, ",")
}

// algorithms reads NAME[,NAME] or all.
func algorithms(list string) ([]model.Algorithm, error) {
	var chosen []model.Algorithm
	for name := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(name) == "all" {
			return model.Algorithms(), nil
		}
		a, ok := model.LookupAlgorithm(strings.TrimSpace(name))
		if !ok {
			return nil, usage("unknown algorithm %q%s", name, hint(name, append(algorithmNames(), "all")))
		}
		if !slices.ContainsFunc(chosen, func(c model.Algorithm) bool { return c.Name == a.Name }) {
			chosen = append(chosen, a)
		}
	}
	return chosen, nil
}

// lookup reads the one algorithm of a flag.
func lookup(flag, name string) (model.Algorithm, error) {
	a, ok := model.LookupAlgorithm(name)
	if !ok {
		return a, usage("%s: unknown algorithm %q%s", flag, name, hint(name, algorithmNames()))
	}
	return a, nil
}

func algorithmNames() []string {
	var names []string
	for _, a := range model.Algorithms() {
		names = append(names, a.Name)
	}
	return names
}

// completeAlgorithms completes the last name of a list.
func completeAlgorithms(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	done := typed[:strings.LastIndexByte(typed, ',')+1]
	names := algorithmNames()
	if done == "" {
		names = append(names, "all")
	}
	var offers []cobra.Completion
	for _, name := range names {
		offers = append(offers, done+name)
	}
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func completeBugs(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offers []cobra.Completion
	for _, i := range model.Catalogue() {
		if i.Releases == nil {
			continue
		}
		offers = append(offers, cobra.CompletionWithDesc(i.Bug.String(), i.Belief))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

func completeCures(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offers []cobra.Completion
	for _, c := range model.AllCures.List() {
		offers = append(offers, c.String())
	}
	for _, c := range model.SuspectCures() {
		offers = append(offers, cobra.CompletionWithDesc(c.Suspect.String(), c.Cure))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}
