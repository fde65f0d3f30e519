package model

// bugsOfControllers are those of handlers, validation and the write path.
func bugsOfControllers() []BugInfo {
	return []BugInfo{
		{
			Bug: B13, Issue: "ziti#1355", Source: "until 431df859b (v0.27)", Releases: []Release{Ziti210},
			Belief:   "a create of what exists has failed",
			Scenario: "asked-twice", Property: "no-stuck", Rung: "deadline",
		},
		{
			Bug: B18, Issue: "ziti#1794", Source: "until fab81e4cd (v0.33.0)", Releases: []Release{Ziti210},
			Belief:   "a row that was created is hosted",
			Scenario: "left-behind", Property: "no-orphan", Rung: "deadline",
		},
		{
			Bug: B19, Issue: "none", Source: "fab81e4cd to 32eddd61c (v0.33 to v1.2.0)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti100, Ziti110, Ziti118}, With: Bugs(0).With(B25).With(B27),
			Belief:   "what was denied once may be deleted later",
			Scenario: "late-denial", Property: "valid-delete", Rung: "witness", Contrast: "ziti-2.1.0+B25+B27",
		},
		{
			Bug: B20, Issue: "none", Source: "until 32eddd61c (v1.2.0)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti100, Ziti110, Ziti118},
			Belief:   "validation is the leader's business, and the leader stays the same",
			Scenario: "left-behind", Property: "no-orphan", Rung: "deadline",
		},
		{
			Bug: B23, Issue: "ziti#2217, ziti#2533", Source: "until 32eddd61c (v1.2.1)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti100, Ziti110, Ziti118},
			Belief:   "the leader has seen every row there is to validate",
			Scenario: "left-behind", Property: "no-orphan", Rung: "deadline",
		},
		{
			Bug: B24, Issue: "ziti#3609", Source: "ec57c80ff to e1638173c (v1.4 to v1.8)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti140Pre, Ziti140, Ziti180},
			Belief:   "what the leader has not applied does not exist",
			Scenario: "early-remove", Property: "no-orphan", Rung: "deadline",
		},
		{
			Bug: B26, Issue: "none", Source: "until 10f4ad046 (v1.6.6)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti140Pre, Ziti140},
			Belief:   "a row that one controller has exists",
			Scenario: "stale-yes", Property: "no-missing", Rung: "deadline",
		},
		{
			Bug: B29, Issue: "ziti#3318", Source: "until ffe6e16b7 (v1.8.0-pre3)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti100, Ziti110, Ziti118, Ziti140Pre, Ziti140},
			Belief:   "one worker keeps up with every follower",
			Scenario: "one-by-one", Property: "converges", Rung: "score",
		},
		{
			Bug: B39, Issue: "ziti#4160", Source: "until d838e209a (v2.1.0-pre2)",
			Releases: []Release{Ziti210}, Inherent: []Release{Ziti140Pre, Ziti140, Ziti180},
			Belief:   "no leader is an error like any other",
			Scenario: "cold-start", Property: "converges", Rung: "score",
		},
		{
			Bug: B41, Issue: "ziti#4234", Source: "until b353d2d9b (v2.1.0-pre2)",
			Releases: []Release{Ziti210}, With: Bugs(0).With(B27),
			Inherent: []Release{Ziti100, Ziti110, Ziti118, Ziti140Pre, Ziti140, Ziti180},
			Belief:   "who asks for a remove owns what is removed",
			Scenario: "cloned-disk", Property: "own-delete", Rung: "witness", Contrast: "ziti-2.1.0+B27",
		},
		{
			Bug: B42, Issue: "ziti#4196", Source: "until 647c4daa1 (v2.1.0-pre2)", Releases: []Release{Ziti210},
			Belief:   "the connection that ends is the one that counts",
			Scenario: "two-dials", Property: "no-missing", Rung: "deadline",
		},
	}
}
