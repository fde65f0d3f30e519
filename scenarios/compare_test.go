package scenarios

import (
	"strings"
	"testing"

	"gyre/checker"
	"gyre/model"
	"gyre/sim"
)

const blocks = `# s
cluster controllers=1 routers=1
settle 1m

expect no-spin
----
ziti-2.1.0   violated  old news

# kept
expect converges
----
`

func handMade(t *testing.T, name string, v ...checker.Verdict) *Outcome {
	t.Helper()
	a, ok := model.LookupAlgorithm(name)
	p, err := Parse("hand", blocks)
	if !ok || err != nil {
		t.Fatal(name, err)
	}
	names := &model.Names{Nodes: []string{"", "ctl1", "rtr1"}, Services: []string{"", "web"}}
	return &Outcome{Plan: p, Algorithm: a, Names: names, Report: checker.Report{Verdicts: v, Churn: 1960}}
}

// Update fills empty blocks, replaces old lines, keeps those of other algorithms and everything around.
func TestUpdate(t *testing.T) {
	first := handMade(t, "ziti-1.0.0",
		checker.Verdict{Property: "no-spin", Status: checker.Violated, Rung: checker.Closure, Period: 40400,
			Length: 300*sim.Second + 4000, Creates: 7105, Deletes: 7105},
		checker.Verdict{Property: "converges", Status: checker.Violated, Rung: checker.Deadline,
			At: 65 * sim.Time(sim.Second), Subject: checker.Subject{Router: 2, Service: 1, Index: 2}})
	got := Update(blocks, first)
	want := strings.NewReplacer(
		"ziti-2.1.0   violated  old news\n",
		"ziti-1.0.0   violated  closure  period 40ms, ends after 5m, 14210 lifecycle operations\n"+
			"ziti-2.1.0   violated  old news\n",
		"expect converges\n----\n",
		"expect converges\n----\nziti-1.0.0   violated  deadline  rtr1 web/2 since 1m5s\n",
	).Replace(blocks)
	if got != want {
		t.Fatalf("got:\n%s\nwant:\n%s", got, want)
	}
	if again := Update(got, first); again != got {
		t.Errorf("updated twice:\n%s", again)
	}
	p, err := Parse("hand", got)
	if err != nil {
		t.Fatal(err)
	}
	if first.Plan = p; len(Mismatches(first)) > 0 {
		t.Errorf("the updated file does not agree with its own outcome: %v", Mismatches(first))
	}
	second := handMade(t, "ziti-2.1.0", checker.Verdict{Property: "no-spin", Status: checker.Holds})
	second.Plan = p
	m := Mismatches(second)
	if len(m) != 2 || m[0].Want != "violated  old news" || m[0].Got != "holds     churn 2.0" || m[0].Line != 8 ||
		m[1].Want != "" || m[1].Got != "not-judged" {
		t.Errorf("mismatches: %v", m)
	}
}

// A bound that was hit is never a pass, and a fault is neither pass nor verdict.
func TestSummaryOfBrokenRuns(t *testing.T) {
	o := handMade(t, "ziti-2.1.0", checker.Verdict{Property: "no-spin", Status: checker.Holds})
	o.Limit = &sim.Limit{Name: "events", Max: 9}
	if got := Summary(o, "no-spin"); got != "unknown   limit: more than 9 events" {
		t.Error(got)
	}
	o.Fault, o.Events = &sim.Fault{Text: "two leaders"}, 77
	if got := Summary(o, "no-spin"); got != "fault     step 77: two leaders" {
		t.Error(got)
	}
}
