package model

// bugsBefore13 are those that ziti-1.0.0 and ziti-1.1.8 have by themselves, and those that lived before the router
// data model had one subscription.
func bugsBefore13() []BugInfo {
	return []BugInfo{
		{
			Bug: 1, Issue: "ziti#1936", Source: "until 4085c3200 (v1.1.0)", Inherent: []Release{Ziti100},
			Belief:   "a session that one controller does not know is over everywhere",
			Scenario: "leader-spin", Property: "no-spin", Rung: "closure", Contrast: "ziti-1.1.8",
		},
		{
			Bug: 2, Issue: "none", Source: "until 094542732 (v1.1.8)", Inherent: []Release{Ziti100, Ziti110},
			Belief:   "a terminator that is created once more listens to its session for the first time",
			Scenario: "two-listeners", Property: "no-missing", Rung: "deadline", Contrast: "ziti-1.1.8",
		},
		{
			Bug: B03, Issue: "ziti#2007", Source: "until 09d8f42f8 (v1.1.2)", Releases: []Release{Ziti100},
			Belief:   "the api session of a router needs no sign of life",
			Scenario: "idle-session", Property: "stays-converged", Rung: "closure",
		},
		{
			Bug: 4, Issue: "none", Source: "until 094542732 (v1.1.8)", Inherent: []Release{Ziti100},
			Belief:   "what one controller does not list is gone, whoever listed it",
			Scenario: "two-lists", Property: "no-orphan", Rung: "deadline", Contrast: "ziti-1.1.8",
		},
		{
			Bug: B05, Issue: "ziti#2288", Source: "094542732 to ec57c80ff (v1.4.0)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti118}, With: Bugs(0).With(B06),
			Belief:   "a service with a newer index has changed",
			Scenario: "renewals", Property: "stays-converged", Rung: "closure", Contrast: "ziti-2.1.0+B06",
		},
		{
			Bug: B06, Issue: "ziti#2599", Source: "6517a7c22 (v1.3.0)",
			Releases: []Release{Ziti210}, With: Bugs(0).With(B05),
			Belief:   "a renewed subscription knows nothing",
			Scenario: "renewals", Property: "stays-converged", Rung: "closure", Contrast: "ziti-2.1.0+B05",
		},
		{
			Bug: B07, Issue: "none", Source: "094542732 (v1.1.8) and after", Releases: []Release{Ziti210},
			Belief:   "who was sent what there was to replay is up to date, even if that was nothing",
			Scenario: "no-replay", Property: "no-missing", Rung: "deadline",
		},
		{
			Bug: 8, Issue: "none", Source: "until ec57c80ff (v1.4.0)", Inherent: []Release{Ziti118, Ziti100, Ziti110},
			Belief:   "what fails for fifteen minutes fails for ever",
			Scenario: "late-policy", Property: "never-gives-up", Rung: "witness", Contrast: "ziti-2.1.0",
		},
		{
			Bug: 9, Issue: "none", Source: "until ec57c80ff (v1.4.0)", Inherent: []Release{Ziti118, Ziti100, Ziti110},
			Belief:   "a remove that finds nothing has nothing left to do",
			Scenario: "toggle-every-second", Property: "no-orphan", Rung: "deadline", Contrast: "ziti-2.1.0",
		},
		{
			Bug: B14, Issue: "ziti#1362", Source: "until f0b434d51 (v0.27)", Releases: []Release{Ziti100},
			Belief:   "there is room for every create at once",
			Scenario: "all-at-once", Property: "no-storm", Rung: "score",
		},
		{
			Bug: 17, Issue: "ziti#1733, ziti#1734", Source: "until ec57c80ff (v1.4.0) for routers' own services",
			Inherent: []Release{Ziti118, Ziti100, Ziti110},
			Belief:   "who waits may keep a worker waiting",
			Scenario: "blocked-pool", Property: "never-gives-up", Rung: "witness", Contrast: "ziti-2.1.0",
		},
		{
			Bug: 50, Issue: "none", Source: "until 094542732 (v1.1.8)", Inherent: []Release{Ziti100},
			Belief:   "who lets go of a session counts it down",
			Scenario: "kept-session", Property: "no-spin", Rung: "closure", Contrast: "ziti-1.1.8",
		},
	}
}
