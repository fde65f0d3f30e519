package model

// sdkBugs are the bugs of the catalogue that concern hosting by SDKs.
func sdkBugs() []BugInfo {
	today := []Release{Ziti210}
	return []BugInfo{
		{
			Bug: B10, Issue: "edge#1027", Releases: today, With: Bugs(0).With(B18),
			Source:   "until bfdb275fd (2022-06-01): router/xgress_edge/listener.go",
			Belief:   "a channel that was open when a create was sent is open when it is answered",
			Scenario: "hung-up", Property: "no-orphan", Rung: "deadline", Contrast: "ziti-2.1.0+B18",
		},
		{
			Bug: B11, Issue: "edge#1509", Releases: today,
			Source:   "until 30897e9df (2023-05-31, v0.28.1): router/xgress_edge/hosted.go and listener.go",
			Belief:   "nobody else removes what was on a channel that closed",
			Scenario: "said-twice", Property: "no-ops", Rung: "score",
		},
		{
			Bug: B12, Issue: "edge#1512", Releases: today,
			Source:   "until f31f84934 (2023-06-02, v0.28.1): controller/handler_edge_ctrl/common.go",
			Belief:   "who has a session has an API session",
			Scenario: "last-words", Property: "converges", Rung: "deadline",
		},
		{
			Bug: B15, Issue: "ziti#1446", Releases: today,
			Source:   "until db6554ee0 (2023-10-24, v0.31.1): router/xgress_edge/hosted.go",
			Belief:   "every bind is a new listener, and the channel of an old one closes by itself",
			Scenario: "sdk-half-open", Property: "no-duplicate", Rung: "deadline",
		},
		{
			Bug: B16, Issue: "ziti#1685", Releases: today, With: Bugs(0).With(B18),
			Source:   "until 26c6263fa (2024-01-16, v0.32.0): router/xgress_edge/hosted.go and fabric.go",
			Belief:   "a create that is queued is still wanted, and has an id",
			Scenario: "blank-id", Property: "no-orphan", Rung: "deadline", Contrast: "ziti-2.1.0+B18",
		},
		{
			Bug: B22, Issue: "ziti#2471", Releases: today,
			Source:   "until adf861053 (2024-10-07, v1.2.0): router/xgress_edge/hosted.go",
			Belief:   "every controller knows every session",
			Scenario: "sdk-legacy", Property: "no-missing", Rung: "deadline",
		},
		{
			Bug: B38, Issue: "ziti#4011", Releases: today,
			Source:   "until e1c3c4a99 (2026-06-19, v2.1.0-pre1): router/xgress_edge/hosted.go, with sdk-golang 1.1.0 to 1.5.3",
			Belief:   "an SDK that does not answer in the right type does not listen",
			Scenario: "sdk-inspect", Property: "no-missing", Rung: "deadline",
		},
		{
			Bug: B48, Issue: "ziti#3908", Releases: today,
			Source:   "until df620b47c (2026-06-01, v2.1.0-pre1): router/xgress_edge/listener.go, router/state",
			Belief:   "who has a session may host",
			Scenario: "sdk-denied", Property: "converges", Rung: "deadline",
		},
	}
}
