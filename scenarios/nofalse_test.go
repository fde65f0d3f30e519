package scenarios

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"gyre/checker"
	"gyre/model"
	"gyre/sim"
)

var (
	alarmCount = flag.Uint64("gyre.alarms", 150, "how many seeds of each kind TestNoFalseAlarm plays, from -gyre.seed on")
	alarmKind  = flag.String("gyre.alarms.kind", "", "play one kind of plans only: fault-free or settled")
)

// peace says how a kind of plans for TestNoFalseAlarm is drawn: small, but for one in ten.
type peace struct {
	name      string
	faultFree bool
}

func (k peace) plan(seed sim.Seed) *Plan {
	c := GenConfig{Controllers: 3, Routers: 3, Services: 5}
	if seed%10 == 0 {
		c = GenConfig{}
	}
	c.FaultFree, c.OneRelease, c.Settle = k.faultFree, true, model.Ideal
	return Generate(seed, c)
}

// TestNoFalseAlarm plays generated plans with the algorithm that is right by construction: no property may be violated.
// Nothing fails in the first kind of plans; in the second whatever fails is mended before the settle phase. Nine in ten
// have up to three controllers, three routers and five services, the others are as large as Generate makes them.
// Widen it with -gyre.alarms.
func TestNoFalseAlarm(t *testing.T) {
	first, err := sim.ParseSeed(*firstSeed)
	if err != nil {
		t.Fatalf("-gyre.seed: %v", err)
	}
	for _, kind := range []peace{{"fault-free", true}, {"settled", false}} {
		if *alarmKind != "" && *alarmKind != kind.name {
			continue
		}
		t.Run(kind.name, func(t *testing.T) {
			d, start, events := &Distribution{}, time.Now(), uint64(0)
			judged := map[string]int{}
			for i := range *alarmCount {
				p := kind.plan(first + sim.Seed(i))
				d.Add(p)
				o := silent(t, p, Options{Algorithm: model.IdealAlgorithm(), NoDigest: true})
				events += o.Events
				for _, name := range o.Report.Judged() {
					judged[name]++
				}
				if (i+1)%5000 == 0 {
					t.Logf("%d seeds, %d events, %s", i+1, events, time.Since(start).Round(time.Second))
				}
			}
			t.Logf("%d seeds, %d events, %s\n%s", *alarmCount, events, time.Since(start).Round(time.Millisecond), d)
			for _, p := range checker.Properties() {
				t.Logf("%-16s had something to judge in %d", p.Name, judged[p.Name])
				if judged[p.Name] == 0 && p.Name != "valid-delete" && *alarmCount >= 100 {
					t.Errorf("%s: never had anything to judge", p.Name)
				}
			}
		})
	}
}

// silent plays a plan of which nothing may be said.
func silent(t *testing.T, p *Plan, options Options) *Outcome {
	t.Helper()
	o, err := Play(p, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range alarms(o) {
		t.Errorf("seed %s: %s\nrepeat: gyre run FILE --algorithm ideal, with\n%s", p.Seed, what, p)
	}
	return o
}

// alarms says what an outcome objects to.
func alarms(o *Outcome) []string {
	var list []string
	if o.Fault != nil {
		list = append(list, "fault: "+o.Fault.Text)
	}
	if o.Limit != nil {
		list = append(list, "limit: "+o.Limit.Error())
	}
	for i := range o.Report.Verdicts {
		if v := &o.Report.Verdicts[i]; v.Status == checker.Violated || v.Status == checker.Unknown {
			list = append(list, fmt.Sprintf("%s: %s %s: %s", v.Property, v.Status, v.Rung, v.Text))
		}
	}
	return list
}
