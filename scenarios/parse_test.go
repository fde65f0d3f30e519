package scenarios

import (
	"fmt"
	"strings"
	"testing"

	"gyre/checker"
	"gyre/model"
	"gyre/sim"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

const head = "# story\n\ncluster controllers=2 routers=1\nservice web on rtr1\n"

const pair = "# story\n\ncluster controllers=1 routers=2\nservice web on rtr1\n"

// Each plan has one mistake; the message must name the place, the mistake and what would have been right.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "bad.txt: it is empty: a plan starts with its story, in lines of #"},
		{"# a\x00b", "bad.txt:1: it is no text: it has the control character U+0000"},
		{"# a\n# \x1b[2J", "bad.txt:2: it is no text: it has the control character U+001B"},
		{"# a\n\n# \u009b2J", "bad.txt:3: it is no text: it has the control character U+009B"},
		{"# a\rb", "bad.txt:1: it is no text: it has the control character U+000D"},
		{"# a \u202eb", "bad.txt:1: it is no text: it has the control character U+202E"},
		{"# a\x7f", "bad.txt:1: it is no text: it has the control character U+007F"},
		{head + "settle 1m\nexpect no-spin\n----\nziti-1.0.0 holds\x08", "bad.txt:8: it is no text: it has the control"},
		{"# a\n# \xff", "bad.txt:2: it is no text: a plan is UTF-8"},
		{"cluster controllers=1 routers=1\nsettle 1m", "bad.txt:1: story: a plan starts with its story"},
		{"# s", "bad.txt:1: cluster: it is missing (write cluster controllers=3 routers=2)"},
		{"# s\nseed 7\nsettle 1m", "bad.txt:2: seed: the head starts with the cluster"},
		{"# s\ncluster controllers=12 routers=1\nsettle 1m", "bad.txt:2: cluster: controllers: 12 is too many (at most 9)"},
		{"# s\ncluster controllers=3 routers=1001\nsettle 1m", "cluster: routers: 1001 is too many (at most 1000)"},
		{"# s\ncluster controllers=3 routers=1000000\nservice a on rtr1001\nservices 500 on routers\nsettle 1m",
			"bad.txt:2: cluster: routers: 1000000 is too many (at most 1000)"},
		{"# s\ncluster controllers=5 routers=1 spares=5\nsettle 1m",
			"cluster: 10 controllers are too many (at most 9, spares included)"},
		{"# s\ncluster controllers=3 routres=1\nservice a on rtr1\n5s crash rtr1\nsettle 1m",
			`cluster: unknown option "routres" (have controllers, routers`},
		{"# s\ncluster controllers=3\nsettle 1m", "bad.txt:2: cluster: it needs both counts"},
		{"# s\ncluster controllers=0 routers=1\nsettle 1m", "cluster: controllers: bad count \"0\": write a whole number"},
		{"# s\ncluster controllers=3 routers=1 voters=4\nsettle 1m", "cluster: voters: 4 is too many (at most 3)"},
		{head + "cluster controllers=3 routers=1\nsettle 1m", "bad.txt:5: cluster: cluster is on line 3 already"},
		{head, "bad.txt:4: settle: it is missing: a plan ends with it (write settle 10m)"},
		{head + "settle 10", `settle: bad duration "10": it lacks a unit (h, m, s, ms, us)`},
		{head + "settle 0s", "settle: it must be longer than 0s"},
		{head + "settle 1m\nsettle 1m", "bad.txt:6: settle: settle is on line 5 already"},
		{head + "settle 1m\n5s crash ctl1", "bad.txt:6: crash: nothing but expect comes after settle"},
		{head + "5x crash ctl1\nsettle 1m", `bad.txt:5: time: bad duration "5x": unknown unit "x" (have h, m, s, ms, us)`},
		{head + "5s\nsettle 1m", "bad.txt:5: time: a directive is missing after 5s"},
		{head + "5s blow up\nsettle 1m", "bad.txt:5: blow: unknown directive (have cluster, service, services, sdk, seed"},
		{head + "version ctl1\nsettle 1m", "bad.txt:5: version: it takes nodes and a release (write version ctl1,rtr1"},
		{head + "version ctl9 ziti-2.1.0\nsettle 1m", `bad.txt:5: version: unknown node "ctl9" (have ctl1, ctl2, rtr1)`},
		{head + "version ctl1 ziti-9\nsettle 1m", `bad.txt:5: version: unknown release "ziti-9" (have ziti-1.0.0, ziti-1.1.0,`},
		{head + "version leader ziti-2.1.0\nsettle 1m", "bad.txt:5: version: nobody leads before the start"},
		{head + "version ctl1 ziti-2.1.0\nversion all ziti-1.8.0\nsettle 1m",
			"bad.txt:6: version: the version of ctl1 is on line 5 already"},
		{head + "5s version ctl1 ziti-2.1.0\nsettle 1m", "bad.txt:5: version: it belongs to the head and takes no time"},
		{head + "5s upgrade ctl1\nsettle 1m", "bad.txt:5: upgrade: it is written TIME upgrade NODES RELEASE [down=SPAN]"},
		{head + "5s upgrade ctl1 ziti-9\nsettle 1m", `bad.txt:5: upgrade: unknown release "ziti-9" (have ziti-1.0.0,`},
		{head + "5s upgrade ctl1 ziti-2.1.0 down=0s\nsettle 1m", "bad.txt:5: upgrade: down must be longer than 0s"},
		{head + "5s slow ctl1->rtr9 by=1s\nsettle 1m", `bad.txt:5: slow: unknown node "rtr9" (have ctl1, ctl2, rtr1)`},
		{head + "5s slow ctl1->rtr1\nsettle 1m", "slow: by= is missing (write TIME slow A->B by=SPAN)"},
		{head + "5s slow ctl1 by=1s\nsettle 1m", `slow: "ctl1" is no link (write ctl1->rtr1 or ctl1<->rtr1)`},
		{head + "5s slow ctl1->ctl1 by=1s\nsettle 1m", "slow: ctl1 is linked to itself"},
		{pair + "5s slow rtr1->rtr2 by=1s\nsettle 1m", "slow: rtr1->rtr2 is no link: routers do not talk to routers"},
		{pair + "5s stall routers<->rtr2\nsettle 1m", "stall: routers<->rtr2 is no link: routers do not talk to routers"},
		{pair + "link rtr1->rtr2 latency=1s\nsettle 1m", "link: rtr1->rtr2 is no link: routers do not talk to routers"},
		{pair + "5s break leader->leader\nsettle 1m", "break: leader is linked to itself"},
		{pair + "5s break ctl1->leader\nsettle 1m", "break: ctl1->leader is no link: both ends are the same controller"},
		{pair + "5s cut ctl1 | ctl1\nsettle 1m", "cut: there is no link between these groups"},
		{pair + "5s cut controllers | leader\nsettle 1m", "cut: there is no link between these groups"},
		{pair + "5s heal rtr1 | rtr2\nsettle 1m", "heal: there is no link between these groups"},
		{head + "1m toggle web on rtr1 every=1us until=60m\nsettle 1m",
			"bad.txt:5: toggle: 3540000001 turns are too many (at most 10000): write a longer every= or an earlier until="},
		{head + "1m watch web every=1us until=60m\nsettle 1m", "bad.txt:5: watch: 3540000001 turns are too many (at most 10000)"},
		{head + "services 4000 on rtr1\n1m toggle services on rtr1 every=1s until=2m\nsettle 1m",
			"bad.txt:6: toggle: with it the timeline has 244000 changes of policy, which are too many (at most 200000)"},
		{head + "services 11 on rtr1\n1m host services on rtr1 terminators=10000\nsettle 1m",
			"bad.txt:6: host: 110000 terminators are too many (at most 100000)"},
		{head + "5s slow ctl1->rtr1 by=1s of=2\nsettle 1m", `slow: unknown option "of" (have by)`},
		{head + "5s slow ctl1->rtr1 by=1s by=2s\nsettle 1m", "slow: by is given twice"},
		{head + "5s slow ctl1->rtr1 by=\nsettle 1m", "slow: by= lacks its value"},
		{head + "5s slow ctl1->rtr1 by=30h\nsettle 1m", "slow: by: 30h is too long (at most 24h)"},
		{head + "5s crash\nsettle 1m", "crash: it is written TIME crash NODES [after=N]"},
		{head + "crash ctl1\nsettle 1m", "crash: it needs a time in front (write TIME crash NODES [after=N])"},
		{head + "5s crash ctl1,ctl1\nsettle 1m", "crash: ctl1 is named twice"},
		{head + "5s crash ctl1..ctl2,ctl2\nsettle 1m", "crash: ctl2 is named twice"},
		{head + "5s crash ctl2..ctl1\nsettle 1m", `crash: bad range "ctl2..ctl1" (write rtr1..rtr4)`},
		{head + "5s crash ctl1..rtr1\nsettle 1m", `crash: bad range "ctl1..rtr1" (write rtr1..rtr4)`},
		{head + "5s crash ctl1..\nsettle 1m", `crash: bad range "ctl1.." (write rtr1..rtr4)`},
		{head + "5s crash ctl1..ctl9\nsettle 1m", `crash: unknown node "ctl9"`},
		{head + "5s crash ctl1 after=0\nsettle 1m", `crash: after: bad count "0"`},
		{head + "5s crash ctl1->rtr1\nsettle 1m", "crash: it takes nodes, not the link ctl1->rtr1"},
		{head + "5s lag rtr1 by=3s\nsettle 1m", "lag: rtr1 is no controller (have ctl1, ctl2, leader)"},
		{head + "5s wipe sdk1\nsettle 1m", `wipe: unknown node "sdk1" (have rtr1)`},
		{head + "5s listen rtr1\nsettle 1m", "listen: rtr1 is no process with an SDK (have none)"},
		{head + "sdk web on rtr1\nsettle 1m", "sdk: it takes a service and routers (write sdk web via rtr1,rtr2)"},
		{head + "sdk web via ctl1\nsettle 1m", "sdk: ctl1 is no router (have rtr1)"},
		{head + "sdk web via rtr1 x=0\nsettle 1m", "sdk: x: bad count"},
		{head + "sdk web via rtr1\n5s wipe sdk1\nsettle 1m", "wipe: sdk1 is no router (have rtr1)"},
		{head + "sdk web via rtr1\n5s lag sdk1 by=1s\nsettle 1m", "lag: sdk1 is no controller"},
		{head + "sdk web via rtr1\n5s break sdk1<->ctl1\nsettle 1m", "break: sdk1<->ctl1 is no link: processes with SDKs talk to routers"},
		{head + "5s wipe ctl1\nsettle 1m", "wipe: ctl1 is no router (have rtr1)"},
		{pair + "5s clone rtr1\nsettle 1m", `clone: "rtr1" is no link (write ctl1->rtr1 or ctl1<->rtr1)`},
		{pair + "5s clone rtr1<->rtr2\nsettle 1m", "clone: rtr1<->rtr2: it goes from one router to one other (write rtr1->rtr2)"},
		{pair + "5s clone routers->rtr2\nsettle 1m", "clone: routers->rtr2: it goes from one router to one other"},
		{pair + "5s clone rtr1->rtr1\nsettle 1m", "clone: rtr1 is linked to itself"},
		{pair + "5s clone ctl1->rtr1\nsettle 1m", "clone: ctl1 is no router (have rtr1, rtr2)"},
		{head + "5s tunneler-off ctl1\nsettle 1m", "tunneler-off: ctl1 is no router (have rtr1)"},
		{head + "5s connect ctl1->rtr1\nsettle 1m", "connect: ctl1 is no router (have rtr1)"},
		{head + "5s connect rtr1<->ctl1\nsettle 1m", "connect: a router connects to a controller: write rtr1->ctl1"},
		{head + "5s seed 7\nsettle 1m", "seed: it belongs to the head and takes no time (write seed N)"},
		{head + "5s crash ctl1\nseed 7\nsettle 1m", "bad.txt:6: seed: it belongs to the head, above the first line"},
		{head + "5s crash ctl1\n4s crash ctl2\nsettle 1m", "bad.txt:6: crash: 4s lies before the line above (5s)"},
		{head + "5s crash ctl1\n4s settle 1m", "bad.txt:6: settle: 4s lies before the line above (5s)"},
		{head + "seed x\nsettle 1m", `seed: bad seed "x": write a decimal number below 2^64`},
		{head + "seed 1\nseed 2\nsettle 1m", "bad.txt:6: seed: seed is on line 5 already"},
		{head + "set latency=1\nsettle 1m", `set: latency: bad duration "1": it lacks a unit`},
		{head + "set speed=1\nsettle 1m", `set: unknown setting "speed" (have latency, jitter, `},
		{head + "set latency=1s latency=2s\nsettle 1m", "set: latency is on line 5 already"},
		{head + "link ctl1->rtr1\nsettle 1m", "link: latency= is missing"},
		{head + "link leader->rtr1 latency=1s\nsettle 1m", "link: nobody leads before the start"},
		{head + "service web on rtr1\nsettle 1m", "bad.txt:5: service: service web is on line 4 already"},
		{head + "service 9x on rtr1\nsettle 1m", `service: bad service name "9x": write letters, digits and dashes`},
		{head + "service db at rtr1\nsettle 1m", "service: it takes a name and routers (write service web on rtr1)"},
		{head + "services 9000 on rtr1\nsettle 1m", "services: number: 9000 is too many (at most 5000)"},
		{head + "5s retire db on rtr1\nsettle 1m", `retire: unknown service "db" (have web; host, bind and allow declare`},
		{head + "5s retire web at rtr1\nsettle 1m", "retire: it is written TIME retire SERVICE on ROUTERS"},
		{head + "5s toggle web on rtr1 every=1s\nsettle 1m", "toggle: until= is missing"},
		{head + "5s toggle web on rtr1 every=1s until=3s\nsettle 1m", "toggle: until=3s lies before 5s"},
		{head + "5s toggle web on rtr1 every=0s until=9s\nsettle 1m", "toggle: every must be longer than 0s"},
		{head + "5s read-only maybe\nsettle 1m", `read-only: "maybe" is neither on nor off`},
		{head + "5s join ctl2 voter\nsettle 1m", `join: unexpected "voter" (write TIME join CTL [non-voter])`},
		{head + "5s elect ctl1,ctl2\nsettle 1m", "elect: it takes one controller, not ctl1,ctl2"},
		{head + "connect rtr1->ctl1\nsettle 1m", "connect: in the head it reads connect manual; elsewhere it needs a time"},
		{head + "settle 1m\nexpect luck\n----", `expect: unknown property "luck" (have no-spin`},
		{head + "settle 1m\nexpect no-spin", "bad.txt:6: expect: a line ---- is missing"},
		{head + "settle 1m\nexpect no-spin\n\n----", "bad.txt:7: expect: the next line must be ----"},
		{head + "settle 1m\nexpect no-spin\n----\nziti-9 holds", `bad.txt:8: expect: unknown algorithm "ziti-9" (have ziti-`},
		{head + "settle 1m\nexpect no-spin\n----\nziti-1.0.0", "bad.txt:8: expect: ziti-1.0.0: what it comes to is missing"},
		{head + "settle 1m\nexpect no-spin\n----\n\nexpect no-spin\n----", "bad.txt:9: expect: no-spin is on line 6 already"},
	} {
		_, err := Parse("bad.txt", c.text)
		if err == nil {
			t.Errorf("%q: no error, want %q", c.text, c.want)
		} else if got := err.Error(); !strings.Contains(got, c.want) {
			t.Errorf("%q:\n got %s\nwant %s", c.text, got, c.want)
		} else if strings.Count(got, "\n") > 0 {
			t.Errorf("%q: one mistake, several messages:\n%s", c.text, got)
		}
	}
	if _, err := Parse("long", "# s"+strings.Repeat("\n", LinesMax+1)); err == nil {
		t.Error("a plan with too many lines was taken")
	}
}

func TestParseKeepsTheStory(t *testing.T) {
	p, err := Parse("x/y/tale.txt", "#   tale: a thing.\n#\n# More.\n\n# not the story\n"+head[8:]+"# nor this\nsettle 1m\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"  tale: a thing.", "", "More."}, p.Story); diff != "" || p.Name != "tale" {
		t.Errorf("name %q, story:\n%s", p.Name, diff)
	}
}

// What String prints, Parse reads back to an equal plan, for every plan there can be.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawPlan(t)
		text := want.String()
		got, err := Parse(want.Name, text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		lines := cmpopts.IgnoreFields
		if diff := cmp.Diff(want, got, lines(Directive{}, "Line"), lines(Expectation{}, "Line"), lines(Line{}, "Line"),
			cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s\n%s", diff, text)
		}
		if again := got.String(); again != text {
			t.Fatalf("printed again:\n%s\nwant:\n%s", again, text)
		}
	})
}

// What is no mistake: a byte order mark, line ends of two characters, links that a group word stands for among others,
// and as many turns as there may be.
func TestParseTakes(t *testing.T) {
	for _, text := range []string{
		"\ufeff" + head + "settle 1m\n",
		strings.ReplaceAll(head+"settle 1m\n", "\n", "\r\n"),
		"# a\ttab, a stra\u00dfe, a \ufffd\n" + head[8:] + "settle 1m\n",
		pair + "5s cut all->all\n5s cut ctl1 | ctl1,routers\n5s slow leader->all by=1s\n5s cut leader | rtr1\nsettle 1m",
		pair + "link controllers<->controllers latency=1s\nsettle 1m",
		head + "5s cut controllers->controllers\n5s cut ctl1->leader\n5s cut leader | controllers\nsettle 1m",
		head + "1m toggle web on rtr1 every=1ms until=1m9s999ms\nsettle 1m",
	} {
		p, err := Parse("good.txt", text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if _, err := Parse("good.txt", p.String()); err != nil {
			t.Errorf("%q, printed: %v", text, err)
		}
	}
}

// An error names the file as it was given.
func TestParseNames(t *testing.T) {
	for name, want := range map[string]string{
		"/dev/null": "/dev/null: it is empty: a plan starts with its story, in lines of #",
		"Makefile":  "Makefile: it is empty: a plan starts with its story, in lines of #",
	} {
		if _, err := Parse(name, ""); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestFilesRoundTrip(t *testing.T) {
	for _, f := range Builtin() {
		p, err := Parse(f.Name, f.Text)
		if err != nil {
			t.Error(err)
			continue
		}
		again, err := Parse(f.Name, p.String())
		if err != nil {
			t.Error(err)
		} else if again.String() != p.String() {
			t.Errorf("%s: printed twice, it differs", f.Name)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range append(corpusPlans(f), builtinTexts()...) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse("fuzz", text)
		if err != nil {
			return
		}
		again, err := Parse("fuzz", p.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, p)
		}
		if again.String() != p.String() {
			t.Fatalf("printed twice, it differs:\n%s\n%s", p, again)
		}
	})
}

// Every directive has usage, a sentence, and a scenario that uses it or a reason why none does.
func TestDirectives(t *testing.T) {
	for _, d := range Directives() {
		if d.Usage == "" || !strings.HasSuffix(d.Text, ".") {
			t.Errorf("%s: usage %q, text %q", d.Verb, d.Usage, d.Text)
		}
		if d.Scenario == "" {
			if d.Reason == "" {
				t.Errorf("%s: neither a scenario nor a reason", d.Verb)
			}
			continue
		}
		file, ok := Load(d.Scenario)
		used := false
		for _, line := range strings.Split(file.Text, "\n") {
			if time, rest, _ := strings.Cut(line, " "); time != "" && time[0] >= '0' && time[0] <= '9' {
				line = strings.TrimSpace(rest)
			}
			used = used || strings.HasPrefix(line+" ", d.Verb+" ")
		}
		if !ok || !used {
			t.Errorf("%s: scenario %s does not use it", d.Verb, d.Scenario)
		}
	}
}

func drawPlan(t *rapid.T) *Plan {
	n := func(low, high int, label string) int { return rapid.IntRange(low, high).Draw(t, label) }
	span := func(label string) sim.Duration { return sim.Duration(n(1, int(sim.Hour), label)) }
	p := &Plan{Name: "drawn", Story: []string{"a story"}, Controllers: n(1, 5, "controllers"), Routers: n(1, 12, "routers"),
		Spares: n(0, 2, "spares"), Seed: sim.Seed(rapid.Uint64().Draw(t, "seed")), Manual: rapid.Bool().Draw(t, "manual")}
	p.Voters = n(1, p.Controllers, "voters")
	if rapid.Bool().Draw(t, "more") {
		p.Story = append(p.Story, "", "  and more")
	}
	routers := func() []string { return drawNodes(t, p, "rtr") }
	for i := range n(0, 3, "services") {
		p.Services = append(p.Services, Service{Name: fmt.Sprint("s-", i), On: routers(), Terminators: n(0, 3, "terminators")})
	}
	if rapid.Bool().Draw(t, "family") {
		p.Services = append(p.Services, Service{Count: 9, On: []string{"routers"}, Each: n(0, 9, "each")})
	}
	for i := range n(0, 2, "sdks") {
		p.SDKs = append(p.SDKs, SDKs{Service: fmt.Sprint("e-", i), Via: routers(), Count: n(0, 3, "x")})
	}
	params := model.DefaultParams()
	for _, k := range params.Knobs() {
		if n(0, 9, "set") == 0 {
			p.Settings = append(p.Settings, Setting{k.Name, k.Value()})
		}
	}
	if rapid.Bool().Draw(t, "link") {
		p.Links = append(p.Links, LinkSetting{Pair{"ctl1", "routers", rapid.Bool().Draw(t, "both")}, span("latency"), -1},
			LinkSetting{Pair{"controllers", "rtr1", false}, span("latency"), span("jitter")})
	}
	if rapid.Bool().Draw(t, "version") {
		p.Versions = []Version{{[]string{"ctl1"}, "ziti-1.4.0"}, {[]string{"routers"}, "ziti-2.1.0"}}
	}
	at := sim.Time(0)
	for range n(0, 12, "steps") {
		at += sim.Time(n(0, int(sim.Minute), "gap"))
		p.Steps = append(p.Steps, drawStep(t, p, at))
	}
	if p.Settle = span("settle"); rapid.Bool().Draw(t, "late") {
		p.SettleAt = at + 1
	}
	for _, property := range checker.Properties() {
		if n(0, 3, "expect") == 0 {
			e := Expectation{Property: property.Name}
			for _, a := range model.Algorithms() {
				e.Lines = append(e.Lines, Line{Algorithm: a.Name, Text: "holds     churn 0.0"})
			}
			p.Expect = append(p.Expect, e)
		}
	}
	return p
}

func drawNodes(t *rapid.T, p *Plan, stem string) []string {
	names := []string{}
	for _, name := range p.Names().Nodes[1:] {
		if strings.HasPrefix(name, stem) && rapid.Bool().Draw(t, name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		return names
	}
	return map[string][]string{"rtr": {"routers"}, "ctl": {"leader"}, "sdk": {"sdks"}, "": {"all"}}[stem]
}

func drawStep(t *rapid.T, p *Plan, at sim.Time) Directive {
	timed := []spec{}
	for _, s := range specs {
		if !s.Head {
			timed = append(timed, s)
		}
	}
	s := rapid.SampledFrom(timed).Draw(t, "verb")
	if s.operand >= opService && s.operand <= opLookup && (len(p.Services) == 0 || p.Services[0].Count > 0) {
		return Directive{At: at, Verb: "host", Service: "late", Nodes: []string{"rtr1"}}
	}
	if s.kind == routerToRouter && p.Routers < 2 {
		return Directive{At: at, Verb: "wipe", Nodes: []string{"rtr1"}}
	}
	d := Directive{At: at, Verb: s.Verb}
	stem := map[nodeKind]string{controllersOnly: "ctl", routersOnly: "rtr", hosters: "rtr", sdksOnly: "sdk"}[s.kind]
	both := rapid.Bool().Draw(t, "both")
	switch s.operand {
	case opNodes:
		d.Nodes = drawNodes(t, p, stem)
	case opNode, opMember, opMaybeNode:
		if d.Nodes = []string{"ctl1"}; s.operand == opMember && both {
			d.Word = "non-voter"
		}
		if s.operand == opMaybeNode && both {
			d.Nodes = nil
		}
	case opPairs:
		if s.kind == routerToRouter {
			d.Pairs = []Pair{{"rtr1", fmt.Sprint("rtr", p.Routers), false}}
			break
		}
		d.Pairs = []Pair{{"rtr1", "ctl1", both && s.kind != routerToController}, {"routers", "leader", false}}
	case opSplit, opMaybe:
		if d.Groups = [][]string{{"ctl1"}, {"controllers", "rtr1"}}; both {
			d.Groups, d.Pairs = nil, []Pair{{"ctl1", "rtr1", true}}
		}
	case opService, opHosting, opLookup:
		d.Service = p.Services[0].Name
		if s.operand != opService {
			d.Nodes = drawNodes(t, p, stem)
		}
	case opSwitch:
		d.Word = "off"
	case opVersion:
		d.Nodes, d.Word = drawNodes(t, p, stem), "ziti-1.8.0"
	}
	for _, o := range s.options {
		switch o.kind {
		case countOption:
			d.Count = rapid.IntRange(1, 99).Draw(t, o.key)
		case timeOption:
			d.Until = at + sim.Time(rapid.IntRange(0, int(sim.Minute)).Draw(t, o.key))
		case signedSpan:
			d.Span = sim.Duration(rapid.IntRange(-int(sim.Hour), int(sim.Hour)).Draw(t, o.key))
		default:
			d.Span = sim.Duration(rapid.IntRange(1, int(sim.Hour)).Draw(t, o.key))
			if o.key == "every" { // a toggle may have TurnsMax turns
				d.Span += sim.Second
			}
		}
	}
	return d
}

// A range is the names it stands for, and four or more names in a row are printed as one.
func TestRanges(t *testing.T) {
	p := mustParse(t, "# x\n\ncluster controllers=1 routers=12\nservice web on rtr1..rtr3,rtr5..rtr9\nseed 1\n\n"+
		"5s crash rtr2..rtr6,rtr8,rtr10..rtr12\nsettle 1m\n")
	if n := len(p.Steps[0].Nodes); n != 9 || p.Steps[0].Nodes[8] != "rtr12" {
		t.Errorf("%d nodes: %q", n, p.Steps[0].Nodes)
	}
	text := p.String()
	for _, want := range []string{"on rtr1,rtr2,rtr3,rtr5..rtr9\n", "crash rtr2..rtr6,rtr8,rtr10,rtr11,rtr12\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	if again := mustParse(t, text).String(); again != text {
		t.Errorf("printed and read it is\n%s\nnot\n%s", again, text)
	}
}

// A twin has one original, and is none.
func TestTwins(t *testing.T) {
	const head = "# x\n\ncluster controllers=1 routers=3\nservice web on rtr1\nseed 1\n"
	p := mustParse(t, head+"twin rtr2 of rtr1\nsettle 1m\n")
	if again := mustParse(t, p.String()); len(again.Twins) != 1 || again.Twins[0] != [2]string{"rtr2", "rtr1"} {
		t.Errorf("%q", again.Twins)
	}
	for _, c := range [][2]string{
		{"twin rtr2", "twin: it takes two routers (write twin rtr2 of rtr1)"},
		{"twin rtr2 of ctl1", "twin: ctl1 is no router"},
		{"twin rtr2 of rtr9", `twin: unknown node "rtr9"`},
		{"twin rtr1 of rtr1", "twin: rtr1 cannot be its own twin"},
		{"twin rtr2 of routers", "twin: routers is no single router"},
		{"twin rtr2 of rtr1\ntwin rtr2 of rtr3", "twin: rtr2 is a twin already, or has one"},
		{"twin rtr2 of rtr1\ntwin rtr3 of rtr2", "twin: rtr2 is a twin already, or has one"},
	} {
		_, err := Parse("bad.txt", head+c[0]+"\nsettle 1m\n")
		if err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v, want %s", c[0], err, c[1])
		}
	}
}
