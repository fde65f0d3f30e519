package model

// bugsOfHosting are those of the hosting loop.
func bugsOfHosting() []BugInfo {
	return []BugInfo{
		{
			Bug: B25, Issue: "ziti#2807", Source: "until 30da593c1 (v1.4.0)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti140Pre}, With: Bugs(0).With(B27),
			Belief:   "what the router cannot tell yet is not there",
			Scenario: "denied-early", Property: "valid-delete", Rung: "witness", Contrast: "ziti-2.1.0+B27",
		},
		{
			Bug: B27, Issue: "ziti#3420", Source: "30da593c1 to 67ee98c73 (v1.4.0 to v1.8.0-pre3)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti140},
			Belief:   "a service has one terminator",
			Scenario: "three-of-one", Property: "no-missing", Rung: "deadline",
		},
		{
			Bug: 28, Issue: "none", Source: "since 67ee98c73 (v1.8.0-pre3)", Inherent: []Release{Ziti210, Ziti180},
			Belief:   "a key of service and index is the id of a service",
			Scenario: "new-ids", Property: "no-duplicate", Rung: "deadline", Contrast: "ziti-2.1.0+B27",
		},
		{
			Bug: B32, Issue: "none", Source: "c18a594b5 to 398a402d1 (v2.0.0 pre)", Releases: []Release{Ziti210},
			Belief:   "a leader that is back is where it was",
			Scenario: "lost-in-between", Property: "no-missing", Rung: "deadline",
		},
		{
			Bug: B33, Issue: "none", Source: "until 4567bdb03 (v2.0.0-pre1)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti140Pre, Ziti140, Ziti180},
			Belief:   "who is told of an event may take its time",
			Scenario: "asleep", Property: "converges", Rung: "score",
		},
		{
			Bug: B40, Issue: "ziti#4193", Source: "until d7076430c (v2.1.0-pre2)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti140Pre, Ziti140, Ziti180},
			Belief:   "all policies are there when the first one is",
			Scenario: "policy-by-policy", Property: "converges", Rung: "score",
		},
	}
}
