package model

import "strings"

// bugsOfModels are those of the router data model since it has one subscription.
func bugsOfModels() []BugInfo {
	return []BugInfo{
		{
			Bug: B34, Issue: "ziti#3500 to ziti#3504", Source: "until c18a594b5 (v2.0.0 pre)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti140Pre, Ziti140, Ziti180}, With: Bugs(0).With(B36),
			Belief:   "an event of an old subscription is as good as one of the new",
			Scenario: "old-subscription", Property: "no-missing", Rung: "deadline", Contrast: "ziti-2.1.0+B36",
		},
		{
			Bug: B35, Issue: "ziti#3425", Source: "d37c721c8 to 3b81e2aa4 (before v1.8.0-pre3)", Releases: []Release{Ziti210},
			Belief:   "an identity that comes back has never been away",
			Scenario: "flag-toggled", Property: "no-missing", Rung: "deadline",
		},
		{
			Bug: B36, Issue: "ziti#3599", Source: "until 8f84dad9e (v2.0.0-pre1)", Releases: []Release{Ziti210},
			Belief:   "the change that comes next is the next change",
			Scenario: "lost-changes", Property: "no-missing", Rung: "deadline",
		},
		{
			Bug: B37, Issue: "ziti#3778", Source: "until 8003d2b27 (v2.0.0-pre11)", Releases: []Release{Ziti210},
			Belief:   "two locks are taken in one order everywhere",
			Scenario: "locked", Property: "no-missing", Rung: "deadline",
		},
	}
}

// storm is ziti#4156 and its cure.
func storm() []BugInfo {
	const issue, source = "ziti#4156", "until this day; the issue names three parts of a cure"
	cured := Bugs(0).With(AsyncRemove).With(Backoff).With(SkipAbsent)
	return []BugInfo{
		{
			Bug: RemoveStorm, Issue: issue, Source: "until this day, 804f55abb", Inherent: []Release{Ziti210},
			Belief:   "a remove that was refused will be taken if it comes again at once",
			Scenario: "mass-loss", Property: "no-storm", Rung: "score",
			Contrast: "ziti-2.1.0+" + strings.ReplaceAll(cured.String(), ",", "+"),
		},
		{
			Bug: AsyncRemove, Issue: issue, Source: source, Releases: []Release{Ziti210},
			Belief: "a remove needs nobody who waits for its answer", Cure: true, Reason: "see remove-storm",
		},
		{
			Bug: Backoff, Issue: issue, Source: source, Releases: []Release{Ziti210},
			Belief: "who is refused waits, longer each time", Cure: true, Reason: "see remove-storm",
		},
		{
			Bug: SkipAbsent, Issue: issue, Source: source, Releases: []Release{Ziti210},
			Belief: "what was made and is gone needs no remove", Cure: true, Reason: "see remove-storm",
		},
	}
}
