package campaign

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// Config says what a campaign does.
type Config struct {
	Algorithms []model.Algorithm
	Holds      model.Algorithm // if it has a name: what it violates in the same plan, too, is passed by
	First      sim.Seed
	Count      uint64        // seeds, of all shards; 0 is no end
	For        time.Duration // wall time; 0 is no end
	Shard      int           // from 1 to Shards; 0 is all
	Shards     int
	Workers    int
	Strategy   string
	Scenario   *scenarios.Plan // mutations of this instead of generated plans, may be nil
	Generate   scenarios.GenConfig
	Corpus     string   // folder; empty keeps nothing
	Known      []string // more folders and files of known findings, which are only read
	Resume     bool
	StopFirst  bool // stop at the first new finding
	Shrink     int  // plays a finding may take to shrink; 0 is the shrinker's own limit, negative does not shrink
	Events     uint64

	// Again plays a run again and says how it went another way, or nothing.
	Again func(first *scenarios.Outcome, play func(sim.Observer[model.Msg]) (*scenarios.Outcome, error)) string
	// Found is told of each finding that is new, Progress of each seed that is done; both may be nil.
	Found    func(f *Finding)
	Progress func(r *Result)

	sites   []scenarios.Site  // of the scenario, for a sweep
	stories []*scenarios.Plan // to be changed
	untold  string            // a story that is not among them

	play func(p *scenarios.Plan, o scenarios.Options) (*scenarios.Outcome, error) // scenarios.Play, but in tests
}

// Strategies returns the names of the ways to draw plans, and what each does.
func Strategies() [][2]string {
	return [][2]string{
		{"portfolio", "all of the others, by lot"},
		{"uniform", "every plan is drawn afresh"},
		{"coverage", "plans that reached new states are changed a little"},
		{"priority", "every link direction has its own latency, and some change on the way (PCT)"},
		{"stories", "the built-in scenarios, and those of known bugs, are changed a little"},
		{"sweep", "a crash before and after each effect, a stale answer to each request, each message lost; " +
			"of the scenario each in turn, else of generated plans one each"},
	}
}

// epoch is how many seeds see the same feedback, sample which part of the runs is played twice.
const (
	epoch  = 64
	sample = 20 // one in so many
)

// check refuses what makes no sense.
func (c *Config) check() error {
	if len(c.Algorithms) == 0 {
		return fmt.Errorf("a campaign needs an algorithm")
	}
	names := []string{}
	for _, s := range Strategies() {
		names = append(names, s[0])
	}
	if c.Strategy == "" {
		c.Strategy = names[0]
	}
	if !slices.Contains(names, c.Strategy) {
		return fmt.Errorf("unknown strategy %q (have %s)", c.Strategy, strings.Join(names, ", "))
	}
	if c.Shards == 0 {
		c.Shard, c.Shards = 1, 1
	}
	if c.Shard < 1 || c.Shard > c.Shards {
		return fmt.Errorf("shard %d/%d: the first number goes from 1 to the second", c.Shard, c.Shards)
	}
	itself := func(a model.Algorithm) bool { return a.Name == c.Holds.Name }
	if c.Holds.Name != "" && slices.ContainsFunc(c.Algorithms, itself) {
		return fmt.Errorf("%s cannot hold where it fails: compare it with another algorithm", c.Holds.Name)
	}
	if c.play == nil {
		c.play = scenarios.Play
	}
	if err := c.prepare(); err != nil {
		return err
	}
	c.Workers = max(1, c.Workers)
	return nil
}

// prepare finds what some strategies start from.
func (c *Config) prepare() error {
	switch {
	case c.Strategy == "stories" || c.Strategy == "portfolio":
		return c.tell()
	case c.Strategy == "sweep" && c.Scenario != nil:
		if err := c.survey(); err != nil {
			return err
		}
		if c.Count == 0 && c.For == 0 {
			c.Count = uint64(len(c.sites))
		}
	}
	return nil
}

// total is how many seeds are this shard's.
func (c *Config) total() uint64 {
	if c.Count == 0 {
		return math.MaxUint64
	}
	mine := uint64(c.Shard - 1)
	if c.Count <= mine {
		return 0
	}
	return (c.Count-mine-1)/uint64(c.Shards) + 1
}

// seed is the n-th seed of this shard.
func (c *Config) seed(n uint64) sim.Seed {
	return c.First + sim.Seed(n*uint64(c.Shards)+uint64(c.Shard-1))
}

// identity tells campaigns apart that would come to something else.
func (c *Config) identity() string {
	names := []string{}
	for _, a := range c.Algorithms {
		names = append(names, a.Name)
	}
	scenario := "-"
	if c.Scenario != nil {
		scenario = fmt.Sprintf("%s:%016x", c.Scenario.Name, sim.HashString(c.Scenario.String()))
	}
	g := c.Generate
	without := strings.Join(g.Without, ",")
	if g.FaultFree {
		without += " fault-free"
	}
	if c.Holds.Name != "" {
		names = append(names, "not "+c.Holds.Name)
	}
	return fmt.Sprintf("%s from %s shard %d/%d %s scenario %s limits %d,%d,%d,%d without %s events %d",
		strings.Join(names, ","), c.First, c.Shard, c.Shards, c.Strategy, scenario,
		g.Controllers, g.Routers, g.Services, g.Cards,
		without, c.Events)
}
