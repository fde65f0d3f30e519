package campaign

import (
	"gyre/scenarios"
	"gyre/sim"
)

// pool is the plans that reached new states, oldest first. It is never written once a worker may see it.
type pool []*scenarios.Plan

// poolMax bounds the pool: the newest plans stay.
const poolMax = 256

// depth is how many change points a priority schedule has.
const depth = 3

// plan draws the plan of a seed. It is a function of the configuration, the seed and the pool.
func (c *Config) plan(seed sim.Seed, p pool) *scenarios.Plan {
	s := seed.Stream("strategy")
	strategy := c.Strategy
	if strategy == "portfolio" {
		strategy = []string{"uniform", "uniform", "coverage", "coverage", "priority"}[s.Below(5)]
	}
	g := c.Generate
	g.SDKs = c.sdks()
	if strategy == "priority" {
		g.Depth = depth
	}
	name := "fuzz-" + seed.String()
	switch {
	case c.Scenario != nil && (strategy != "coverage" || len(p) == 0):
		if s.Chance(1, 4) { // nothing but another seed
			return again(c.Scenario, seed)
		}
		return scenarios.Mutate(c.Scenario, scenarios.Generate(seed, g), seed, name)
	case strategy == "coverage" && len(p) > 0:
		// the newer half of the pool is drawn more often
		i := max(s.Below(uint64(len(p))), s.Below(uint64(len(p))))
		other := p[s.Below(uint64(len(p)))]
		return scenarios.Mutate(p[i], other, seed, name)
	}
	return scenarios.Generate(seed, g)
}

// sdks reports whether every algorithm of the campaign can play plans with SDKs.
func (c *Config) sdks() bool {
	with := &scenarios.Plan{SDKs: []scenarios.SDKs{{}}}
	for _, a := range c.Algorithms {
		if with.Plays(a) != nil {
			return false
		}
	}
	return true
}

// again is the scenario with another seed.
func again(p *scenarios.Plan, seed sim.Seed) *scenarios.Plan {
	q := *p
	q.Seed, q.Expect = seed, nil
	return &q
}
