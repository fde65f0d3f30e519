package model

// bugsOfChannels are those of control channels, mesh and limiter.
func bugsOfChannels() []BugInfo {
	return []BugInfo{
		{
			Bug: B21, Issue: "ziti#2171", Source: "until ef9a31359 (v1.1.6)", Releases: []Release{Ziti118},
			Belief:   "a controller that was fast when it was last heard is fast",
			Scenario: "dead-and-near", Property: "never-gives-up", Rung: "witness",
		},
		{
			Bug: B43, Issue: "ziti#4196", Source: "until d50ff07db (v2.1.0-pre2)", Releases: []Release{Ziti210},
			Belief:   "who is refused once is refused for good",
			Scenario: "never-again", Property: "no-missing", Rung: "deadline",
		},
		{
			Bug: B44, Issue: "ziti#4196", Source: "until 8b123f30b (v2.1.0-pre2)", Releases: []Release{Ziti210},
			Belief:   "a channel that comes back was never gone",
			Scenario: "lost-in-between", Property: "no-missing", Rung: "deadline",
		},
		{
			Bug: B45, Issue: "ziti#4247", Source: "until db39bd0a8 (v2.1.0-pre2)", Releases: []Release{Ziti210},
			Belief:   "a connection that does not end is one",
			Scenario: "no-goodbye", Property: "no-missing", Rung: "deadline",
		},
		{
			Bug: B46, Issue: "ziti#4248", Source: "until 62fbc6357 (v2.1.0-pre2)", Releases: []Release{Ziti210},
			Belief:   "a router without a channel at this instant never had one",
			Scenario: "unlucky-instant", Property: "no-spin", Rung: "score",
		},
		{
			Bug: B49, Issue: "ziti#3636", Source: "until 46cd641c7 (v2.0.0-pre3)", Releases: []Release{Ziti210},
			Belief:   "every refusal is a trend",
			Scenario: "narrow", Property: "converges", Rung: "score",
		},
		{
			Bug: 51, Issue: "ziti#2533, ziti#1715", Source: "until be11c8bf5 (v0.32.1) and 32eddd61c (v1.2.1)",
			Belief: "whoever dials last is connected",
			Reason: "the end of a first connection took the second out of the books, which a dial mends in one round trip; " +
				"what made leaders flap is the one stream of hashicorp/raft that both directions shared and either end could " +
				"close, and the mesh of the model carries messages of etcd's raft and has no such streams",
		},
	}
}
