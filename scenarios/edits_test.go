package scenarios

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"gyre/internal/planted"
	"gyre/model"
	"gyre/sim"
)

// TestEdits: a plan that is edited again and again, as people, the campaign and the shrinker do, prints and reads back as
// it is after every edit, and an edit of a copy leaves the original alone.
func TestEdits(t *testing.T) {
	few(t, 40)
	rapid.Check(t, editProperty(editor{(*Plan).clone, (*Plan).String, Mutate}))
}

// TestEditsPlanted: TestEdits finds mistakes of each of the three it is about.
func TestEditsPlanted(t *testing.T) {
	few(t, 40)
	shallow := func(p *Plan) *Plan { q := *p; return &q }
	for what, e := range map[string]editor{
		"a copy shares its steps":    {shallow, (*Plan).String, Mutate},
		"a copy shares its services": {func(p *Plan) *Plan { q := p.clone(); q.Services = p.Services; return q }, (*Plan).String, Mutate},
		"a copy shares the links of a step": {func(p *Plan) *Plan {
			q := p.clone()
			for i := range q.Steps {
				q.Steps[i].Pairs = p.Steps[i].Pairs
			}
			return q
		}, (*Plan).String, Mutate},
		"a setting is not printed": {(*Plan).clone, func(p *Plan) string {
			q := p.clone()
			q.Settings = q.Settings[:max(0, len(q.Settings)-1)]
			return q.String()
		}, Mutate},
		"the last step is not printed": {(*Plan).clone, func(p *Plan) string {
			q := p.clone()
			q.Steps = q.Steps[:max(0, len(q.Steps)-1)]
			return q.String()
		}, Mutate},
		"a mutation has a node that is not there": {(*Plan).clone, (*Plan).String,
			func(p, other *Plan, seed sim.Seed, name string) *Plan {
				q := Mutate(p, other, seed, name)
				q.Routers = 1
				return q
			}},
		"a mutation takes a step away from the other": {(*Plan).clone, (*Plan).String,
			func(p, other *Plan, seed sim.Seed, name string) *Plan {
				other.Steps = other.Steps[:max(0, len(other.Steps)-1)]
				return Mutate(p, other, seed, name)
			}},
	} {
		planted.Found(t, what, editProperty(e))
	}
}

// editor is what is under test.
type editor struct {
	clone  func(p *Plan) *Plan
	print  func(p *Plan) string
	mutate func(p, other *Plan, seed sim.Seed, name string) *Plan
}

func editProperty(e editor) func(*rapid.T) {
	return func(rt *rapid.T) {
		p, other := drawPlan(rt), drawPlan(rt)
		within := func(rt *rapid.T, n int) (from, to int) {
			from = rapid.IntRange(0, n-1).Draw(rt, "from")
			return from, rapid.IntRange(from+1, n).Draw(rt, "to")
		}
		edit := func(what string, change func(rt *rapid.T, q *Plan)) func(*rapid.T) {
			return func(rt *rapid.T) { p = e.editCopy(rt, p, what, change) }
		}
		rt.Repeat(map[string]func(*rapid.T){
			"mutate": edit("mutate", func(rt *rapid.T, q *Plan) {
				was := other.String()
				defer func() {
					if now := other.String(); now != was {
						rt.Fatalf("a mutation changes the plan it takes from:\n%s\nwas\n%s", now, was)
					}
				}()
				*q = *e.mutate(q, other, sim.Seed(rapid.Uint64().Draw(rt, "seed")), "edited")
			}),
			"add": edit("add", func(rt *rapid.T, q *Plan) {
				q.Steps = append(q.Steps, drawStep(rt, q, sim.Time(rapid.IntRange(0, int(sim.Minute)).Draw(rt, "at"))))
				sortSteps(q.Steps)
			}),
			"drop": edit("drop", func(rt *rapid.T, q *Plan) {
				if len(q.Steps) > 0 {
					from, to := within(rt, len(q.Steps))
					q.Steps = slices.Delete(q.Steps, from, to)
				}
			}),
			"turn": edit("turn", func(rt *rapid.T, q *Plan) { // in place, as the shrinker does with names
				for i := range q.Steps {
					if pairs := q.Steps[i].Pairs; len(pairs) > 0 {
						pairs[0].From, pairs[0].To = pairs[0].To, pairs[0].From
						return
					}
				}
			}),
			"seed": edit("seed", func(rt *rapid.T, q *Plan) { q.Seed = sim.Seed(rapid.Uint64().Draw(rt, "seed")) }),
			"routers": edit("routers", func(rt *rapid.T, q *Plan) {
				if from, to := within(rt, q.Routers); to-from < q.Routers {
					q.dropRouters(from, to)
				}
			}),
			"controllers": edit("controllers", func(rt *rapid.T, q *Plan) {
				if from, to := within(rt, q.Controllers); to-from < q.Controllers {
					q.dropControllers(from, to)
				}
			}),
			"rename": edit("rename", func(_ *rapid.T, q *Plan) { q.renameService("s-0", "renamed") }),
		})
	}
}

// editCopy edits a copy of a plan and returns it as it reads back: the plan as it was, if the edit left something that
// is no plan, for then the shrinker would not take it. What Mutate returns always is one.
func (e editor) editCopy(rt *rapid.T, p *Plan, what string, change func(*rapid.T, *Plan)) *Plan {
	before := p.String()
	q := e.clone(p)
	change(rt, q)
	if after := p.String(); after != before {
		rt.Fatalf("%s of a copy changes the original:\n%s\nwas\n%s", what, after, before)
	}
	text := e.print(q)
	read, err := Parse(q.Name, text)
	if err != nil {
		if what == "mutate" || what == "seed" {
			rt.Fatalf("%s: %v\n%s", what, err, text)
		}
		return p
	}
	lines := cmpopts.IgnoreFields
	if diff := cmp.Diff(q, read, lines(Directive{}, "Line"), lines(Expectation{}, "Line"), lines(Line{}, "Line"),
		cmpopts.EquateEmpty()); diff != "" || read.String() != text {
		rt.Fatalf("%s: %s\nreads back as\n%s\n%s", what, text, read, diff)
	}
	return read
}

// TestAnyPlan: rapid draws whole plans and makes what fails as small as it gets: no assertion fails, and a run is the same
// with the wheel and with the heap, down to the words of the verdicts.
func TestAnyPlan(t *testing.T) {
	few(t, 60)
	rapid.Check(t, func(rt *rapid.T) {
		p := drawRun(rt)
		a := rapid.SampledFrom(p.Algorithms()).Draw(rt, "algorithm")
		a.Source, a.Belief, a.Known = "", "", "" // a failure prints what was drawn
		one, two := anyPlay(rt, p, a, false), anyPlay(rt, p, a, true)
		switch {
		case one.Digest != two.Digest || one.Events != two.Events || one.Virtual != two.Virtual:
			rt.Fatalf("%s: %d events, digest %016x, then %d, %016x\n%s", a.Name, one.Events, one.Digest, two.Events, two.Digest, p)
		case len(one.Skipped) != len(two.Skipped):
			rt.Fatalf("skipped %q, then %q", one.Skipped, two.Skipped)
		}
		for i := range one.Report.Verdicts {
			if v, w := &one.Report.Verdicts[i], &two.Report.Verdicts[i]; v.Status != w.Status || v.Text != w.Text {
				rt.Fatalf("%s: %s is %s, then %s", a.Name, v.Property, v.Text, w.Text)
			}
		}
	})
}

// drawRun draws a plan that takes little time to play, and in a way that rapid can take directives out of.
func drawRun(t *rapid.T) *Plan {
	n := func(high int, label string) int { return rapid.IntRange(1, high).Draw(t, label) }
	p := &Plan{Name: "drawn", Story: []string{"a story"}, Controllers: n(5, "controllers"), Routers: n(3, "routers")}
	p.Voters, p.Seed, p.Settle = p.Controllers, sim.Seed(n(1000, "seed")), sim.Minute
	p.Services = []Service{{Name: "web", On: []string{"rtr1"}}}
	p.Steps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Directive {
		return drawStep(t, p, sim.Time(rapid.IntRange(0, int(2*sim.Minute)).Draw(t, "at")))
	}), 0, 10).Draw(t, "steps")
	sortSteps(p.Steps)
	return p
}

// anyPlay plays a plan, and fails if an assertion does.
func anyPlay(rt *rapid.T, p *Plan, a model.Algorithm, heap bool) *Outcome {
	o, err := Play(p, Options{Algorithm: a, Events: 50_000, Heap: heap})
	if err != nil {
		rt.Fatal(err)
	}
	if o.Fault != nil {
		rt.Fatalf("%s, step %d: %s\n%s", a.Name, o.Events, o.Fault.Text, p)
	}
	return o
}
