package model

// laterSDKBugs are more bugs of the catalogue that concern hosting by SDKs.
func laterSDKBugs() []BugInfo {
	today := []Release{Ziti210}
	return []BugInfo{
		{
			Bug: B30, Issue: "ziti#3524", Releases: today, Inherent: []Release{Ziti140Pre, Ziti140, Ziti180},
			Source: "until 45bf52744 (2026-01-26, v2.0.0): router/xgress_edge/hosted.go, controller/handler_edge_ctrl",
			Belief: "what is refused once is refused for good, and needs no answer",
			With:   Bugs(0).With(B29), Contrast: "ziti-2.1.0+B29",
			Scenario: "closed-at-once", Property: "no-spin", Rung: "closure",
			Reason: "not in it: a router that is not told what policies forbid, which is unanswered in the corpus",
		},
		{
			Bug: B31, Issue: "ziti#3609", Releases: today,
			Source:   "until e1638173c (2026-02-20, v2.0.0-pre1): router/xgress_edge/hosted.go, fabric.go",
			Belief:   "what was sent arrives, in order and in time",
			Scenario: "unheard", Property: "no-missing", Rung: "deadline",
			Reason: "not in it: half-gone and closed-in-line in the corpus; B24; a replaced entry and binds out of order show " +
				"in a test of the registry only, for here no bind takes over what is being deleted, and binds come in order",
		},
		{
			Bug: B47, Issue: "ziti#4141", Releases: today,
			Source:   "9ac9a4f17 to 091ca0ef0 (v2.0.0-pre12 to v2.1.0-pre2): controller/internal/policy",
			Belief:   "a session that no policy is found for has none",
			Scenario: "fresh-start", Property: "valid-delete", Rung: "score",
			Reason: "nothing that is judged fails, for who lost a session has another within two seconds: 60 variations of " +
				"the scenario violate the same with it and without",
		},
	}
}
