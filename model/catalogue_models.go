package model

// bugsOfModels are those of the router data model since it has one subscription.
func bugsOfModels() []BugInfo {
	return []BugInfo{
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
func storm() []BugInfo { return nil }
