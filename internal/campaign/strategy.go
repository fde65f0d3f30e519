package campaign

import (
	"fmt"
	"slices"

	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// pool is the plans that reached new states, oldest first. It is never written once a worker may see it.
type pool []*scenarios.Plan

// poolMax bounds the pool: the newest plans stay.
const poolMax = 256

// depth is how many change points a priority schedule has.
const depth = 3

// hands are the strategies of the portfolio, as often as they are drawn: each has found what no other did, and a sweep
// plays twice. docs/strategies.md has the measurements.
var hands = []string{
	"uniform", "uniform", "coverage", "coverage", "priority", "priority", "stories", "stories", "sweep",
}

// plan draws the plan of a seed. It is a function of the configuration, the seed and the pool.
func (c *Config) plan(seed sim.Seed, p pool) *scenarios.Plan {
	s := seed.Stream("strategy")
	strategy := c.Strategy
	if strategy == "portfolio" {
		strategy = hands[s.Below(uint64(len(hands)))]
	}
	if strategy == "sweep" && (c.Scenario == nil || len(c.sites) > 0) { // a portfolio changes its scenario instead
		return c.sweep(seed, &s)
	}
	g := c.Generate
	g.SDKs, g.OneRelease = c.all(withSDKs), !c.all(upgraded)
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
	case strategy == "stories":
		story := c.stories[s.Below(uint64(len(c.stories)))]
		return scenarios.Mutate(story, scenarios.Generate(seed, g), seed, name)
	case strategy == "coverage" && len(p) > 0:
		// the newer half of the pool is drawn more often
		i := max(s.Below(uint64(len(p))), s.Below(uint64(len(p))))
		other := p[s.Below(uint64(len(p)))]
		return scenarios.Mutate(p[i], other, seed, name)
	}
	return scenarios.Generate(seed, g)
}

// all reports whether every algorithm of the campaign can play a plan.
func (c *Config) all(p *scenarios.Plan) bool {
	cannot := func(a model.Algorithm) bool { return p.Plays(a) != nil }
	return !slices.ContainsFunc(c.Algorithms, cannot) && (c.Holds.Name == "" || !cannot(c.Holds))
}

// What not every algorithm can play: processes with SDKs, and nodes of other releases.
var (
	withSDKs = &scenarios.Plan{SDKs: []scenarios.SDKs{{}}}
	upgraded = &scenarios.Plan{Versions: []scenarios.Version{{Release: "ziti-2.1.0"}, {Release: "ziti-1.8.0"}}}
)

// again is the scenario with another seed.
func again(p *scenarios.Plan, seed sim.Seed) *scenarios.Plan {
	q := *p
	q.Seed, q.Expect = seed, nil
	return &q
}

// sweep is a disturbance of the scenario: seed 1 is the first, and so on. Without a scenario it is any disturbance of a
// generated plan.
func (c *Config) sweep(seed sim.Seed, s *sim.Stream) *scenarios.Plan {
	name := "sweep-" + seed.String()
	if c.Scenario != nil {
		turn := uint64(seed - 1)
		site := c.sites[turn%uint64(len(c.sites))]
		if turn < uint64(len(c.sites)) {
			return site.Disturb(c.Scenario, c.Scenario.Seed, name)
		}
		return site.Disturb(c.Scenario, seed, name) // all have been tried: again, with another seed
	}
	g := c.Generate
	g.SDKs, g.OneRelease = c.all(withSDKs), !c.all(upgraded)
	p := scenarios.Generate(seed, g)
	a := c.Algorithms[s.Below(uint64(len(c.Algorithms)))]
	sites, err := c.sitesOf(p, a)
	if err != nil || len(sites) == 0 {
		return p
	}
	return sites[s.Below(uint64(len(sites)))].Disturb(p, seed, name)
}

// sitesOf plays a plan to find its sites.
func (c *Config) sitesOf(p *scenarios.Plan, a model.Algorithm) ([]scenarios.Site, error) {
	survey := scenarios.NewSurvey(p)
	_, err := c.play(p, scenarios.Options{
		Algorithm: a, Events: c.Events, NoChecks: true, Observers: []sim.Observer[model.Msg]{survey},
	})
	return survey.Sites(), err
}

// survey finds the sites of the scenario, in every algorithm of the campaign. A disturbance that several of them have
// is tried once.
func (c *Config) survey() error {
	seen := map[scenarios.Site]bool{}
	for _, a := range c.Algorithms {
		sites, err := c.sitesOf(c.Scenario, a)
		if err != nil {
			return err
		}
		for _, site := range sites {
			if !seen[site] {
				seen[site] = true
				c.sites = append(c.sites, site)
			}
		}
	}
	if len(c.sites) == 0 {
		return fmt.Errorf("%s: nothing happens in it that a sweep could disturb", c.Scenario.Name)
	}
	return nil
}

// tell collects the built-in scenarios, and those of single bugs, that every algorithm of the campaign can play, but
// for large ones.
func (c *Config) tell() error {
	for _, f := range slices.Concat(scenarios.Builtin(), scenarios.BugStories()) {
		p, err := scenarios.Parse(f.Name, f.Text)
		if err != nil {
			return err
		}
		if f.Name != c.untold && c.all(p) && !large(p) {
			c.stories = append(c.stories, p)
		}
	}
	if len(c.stories) == 0 {
		return fmt.Errorf("there is no built-in scenario that all of these algorithms can play")
	}
	return nil
}

// large reports whether a plan has so many services that it takes long to play.
func large(p *scenarios.Plan) bool {
	return slices.ContainsFunc(p.Services, func(s scenarios.Service) bool { return s.Count > 50 })
}
