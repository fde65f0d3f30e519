package scenarios

import (
	"fmt"

	"gyre/checker"
	"gyre/model"
	"gyre/sim"
)

// Shown is a row of the catalogue as it was played: the scenario in the algorithm that has the bug, and in the one that
// has not.
type Shown struct {
	Bug  model.BugInfo
	With *Outcome
	Less *Outcome // without the bug
	At   []Failed // what is violated with it, in the order of the properties
}

// Failed is a property and when it failed.
type Failed struct {
	Property string
	Rung     string
	Event    uint64 // number of the event at which it failed, in its scenario
}

// Score is the word for a bug that violates nothing: it makes the run slower or busier, by scoreFactor at least.
const Score = "score"

const scoreFactor = 3

// NoOps is what a bug is measured by, in place of a property, that has creates or deletes applied which change nothing.
const NoOps = "no-ops"

// Show plays a row of the catalogue. The error says that it does not show what it says, or cannot be played.
func Show(i model.BugInfo) (*Shown, error) {
	file, ok := Load(i.Scenario)
	if !ok {
		return nil, fmt.Errorf("%s: no scenario is called %q", i.Bug, i.Scenario)
	}
	plan, err := Parse(file.Name, file.Text)
	if err != nil {
		return nil, err
	}
	s := &Shown{Bug: i}
	if s.With, err = playFor(plan, i.Shown()); err != nil {
		return nil, err
	}
	if s.Less, err = playFor(plan, i.Holds()); err != nil {
		return nil, err
	}
	if s.At, err = failures(s.With); err != nil {
		return nil, err
	}
	return s, s.check()
}

func playFor(p *Plan, algorithm string) (*Outcome, error) {
	a, err := algorithmOf(algorithm)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	o, err := Play(p, Options{Algorithm: a})
	switch {
	case err != nil:
		return nil, err
	case o.Fault != nil:
		return nil, fmt.Errorf("%s, %s: %s", p.Name, algorithm, o.Fault.Text)
	case o.Limit != nil:
		return nil, fmt.Errorf("%s, %s: %w", p.Name, algorithm, o.Limit)
	}
	return o, nil
}

// failures returns what an outcome violates. The run is played once more to count the events up to each failure.
func failures(o *Outcome) ([]Failed, error) {
	var list []Failed
	var times []sim.Time
	for i := range o.Report.Verdicts {
		v := &o.Report.Verdicts[i]
		if v.Status == checker.Violated && (!v.Aside || o.Plan.expects(v.Property)) {
			list = append(list, Failed{Property: v.Property, Rung: v.Rung.String()})
			times = append(times, v.At)
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	_, err := Play(o.Plan, Options{Algorithm: o.Algorithm, NoChecks: true, NoDigest: true,
		After: func(w *sim.World[model.Msg]) {
			for i := range list {
				if list[i].Event == 0 && w.Now() >= times[i] {
					list[i].Event = w.Events()
				}
			}
		}})
	return list, err
}

// check holds what was played against the catalogue.
func (s *Shown) check() error {
	i := &s.Bug
	if i.Rung == Score {
		return s.checkScore()
	}
	v := s.With.Report.Verdict(i.Property)
	if v.Status != checker.Violated || v.Rung.String() != i.Rung {
		return fmt.Errorf("%s: %s in %s is %s %s, the catalogue says violated %s", i.Bug, i.Property, s.With.Algorithm.Name,
			v.Status, v.Rung, i.Rung)
	}
	if v := s.Less.Report.Verdict(i.Property); v.Status != checker.Holds && v.Status != checker.NotJudged {
		return fmt.Errorf("%s: %s in %s is %s: %s", i.Bug, i.Property, s.Less.Algorithm.Name, v.Status, v.Text)
	}
	return nil
}

func (s *Shown) checkScore() error {
	slow, quick := s.Score()
	if slow < scoreFactor*quick || slow == 0 {
		return fmt.Errorf("%s: %s: it is %d in %s and %d in %s, not %d times as much", s.Bug.Bug, s.Bug.Property, slow,
			s.With.Algorithm.Name, quick, s.Less.Algorithm.Name, scoreFactor)
	}
	return nil
}

// Score measures the run with the bug and that without: for converges how long it took, in milliseconds, for no-storm
// the requests of routers, for no-ops the creates and deletes that changed nothing, and for anything else creates and
// deletes.
func (s *Shown) Score() (with, without int64) {
	a, b := &s.With.Report, &s.Less.Report
	switch s.Bug.Property {
	case "converges":
	case "no-storm":
		return int64(a.Requests), int64(b.Requests)
	case NoOps:
		return int64(a.NoOps), int64(b.NoOps)
	default:
		return int64(a.Creates + a.Deletes), int64(b.Creates + b.Deletes)
	}
	slow, _ := s.With.Report.Took()
	quick, _ := s.Less.Report.Took()
	return int64(slow / sim.Millisecond), int64(quick / sim.Millisecond)
}
