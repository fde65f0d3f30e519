package model

import (
	"strings"
	"testing"

	"gyre/sim"
)

func TestNames(t *testing.T) {
	n := &Names{Nodes: []string{"", "ctl1", "rtr1"}, Services: []string{"", "web"}}
	for _, c := range []struct {
		class sim.Class
		id    uint64
		want  string
	}{
		{sim.Nodes, 1, "ctl1"},
		{sim.Nodes, 9, "node9"},
		{ClassService, 1, "web"},
		{ClassTerm, uint64(NewTermID(2, 1, 7)), "rtr1#7"},
		{ClassTerm, uint64(NewTermID(2, 3, 7)), "rtr1.3#7"},
		{ClassToken, uint64(NewToken(1, 1, 2)), "ctl1$2"},
		{99, 4, "?4"},
	} {
		if got := n.Name(c.class, c.id); got != c.want {
			t.Errorf("class %d id %d is %q, want %q", c.class, c.id, got, c.want)
		}
	}
}

func TestTermIDsTellTheirRouter(t *testing.T) {
	if r := NewTermID(400, 70_000, 1).Router(); r != 400 {
		t.Errorf("router %d", r)
	}
	if i := NewToken(9, 1, 1).Issuer(); i != 9 {
		t.Errorf("issuer %d", i)
	}
}

// TestWordsAreComplete wants a word for every constant, all different.
func TestWordsAreComplete(t *testing.T) {
	check := func(what string, n int, word func(int) string) {
		seen := map[string]bool{}
		for i := 1; i < n; i++ {
			w := word(i)
			if w == "?" || w == "" {
				t.Errorf("%s %d has no word", what, i)
			}
			if seen[w] {
				t.Errorf("two %ss are called %q", what, w)
			}
			seen[w] = true
		}
	}
	check("kind", int(kindEnd), func(i int) string { return Kind(i).String() })
	check("verb", int(verbEnd), func(i int) string { return Verb(i).String() })
	check("state", int(Deleting)+1, func(i int) string { return State(i).String() })
	check("origin", int(ByOperator)+1, func(i int) string { return Origin(i).String() })
	for i := 1; i < int(codeEnd); i++ {
		if Code(i).String() == "?" {
			t.Errorf("code %d has no word", i)
		}
	}
}

// TestDigestSeesEveryField changes one field of a message after the other and wants another digest each time.
func TestDigestSeesEveryField(t *testing.T) {
	base := Msg{Kind: CreateRequest}
	digest := func(m Msg) uint64 {
		c := sim.NewDigest()
		m.Canon(c)
		return c.Sum()
	}
	for name, m := range map[string]Msg{
		"Kind": {Kind: CreateReply}, "Code": {Kind: CreateRequest, Code: OK}, "Flags": {Kind: CreateRequest, Flags: On},
		"From": {Kind: CreateRequest, From: Deleting}, "State": {Kind: CreateRequest, State: Deleting},
		"N": {Kind: CreateRequest, N: 1}, "Service": {Kind: CreateRequest, Service: 1},
		"Router": {Kind: CreateRequest, Router: 1}, "Peer": {Kind: CreateRequest, Peer: 1},
		"Term": {Kind: CreateRequest, Term: 1}, "Token": {Kind: CreateRequest, Token: 1},
		"Req": {Kind: CreateRequest, Req: 1}, "Index": {Kind: CreateRequest, Index: 1},
		"Aux":  {Kind: CreateRequest, Aux: 1},
		"Body": {Kind: CreateRequest, Body: &TermList{Terms: []TermID{1}}},
	} {
		if digest(m) == digest(base) {
			t.Errorf("the digest does not see %s", name)
		}
	}
}

func TestKnobs(t *testing.T) {
	p := DefaultParams()
	for _, k := range p.Knobs() {
		if err := p.Set(k.Name, k.Value()); err != nil {
			t.Errorf("%s: its own value %q is refused: %v", k.Name, k.Value(), err)
		}
		if k.What == "" {
			t.Errorf("%s has no description", k.Name)
		}
	}
	if p != DefaultParams() {
		t.Error("setting every knob to its value changed something")
	}
	if err := p.Set("latency", "40ms"); err != nil || p.Latency != 40*sim.Millisecond {
		t.Errorf("latency is %v, %v", p.Latency, err)
	}
	for name, value := range map[string]string{
		"latency": "40", "pool-workers": "0", "scan": "", "send-queue": "many", "no-such": "1",
	} {
		if err := p.Set(name, value); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s gives %v; want an error that names it", name, value, err)
		}
	}
}

// Every span has a least value and every count a most: with a heartbeat a microsecond a run would do nothing else.
func TestKnobBounds(t *testing.T) {
	p := DefaultParams()
	for _, k := range p.Knobs() {
		p := DefaultParams()
		if k.count != nil {
			if err := p.Set(k.Name, "2000000000"); err == nil ||
				!strings.Contains(err.Error(), "is too many (at most ") {
				t.Errorf("%s: two thousand million are taken: %v", k.Name, err)
			}
			continue
		}
		if err := p.Set(k.Name, k.least().String()); err != nil {
			t.Errorf("%s: the least value is refused: %v", k.Name, err)
		}
		periodic := strings.HasSuffix(k.Name, "-every") || strings.HasSuffix(k.Name, "-tick") ||
			strings.HasSuffix(k.Name, "-poll") || k.Name == "scan"
		if periodic && k.least() < sim.Millisecond {
			t.Errorf("%s comes round every %s", k.Name, k.least())
		}
		want := k.Name + ": 0s is too short (at least " + k.least().String() + ")"
		if err := p.Set(k.Name, "0s"); k.least() > 0 && (err == nil || err.Error() != want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := p.Set("heartbeat-every", "1us"); err == nil || err.Error() != "heartbeat-every: 1us is too short (at least 1ms)" {
		t.Error(err)
	}
}

func TestAlgorithms(t *testing.T) {
	before := Release(0)
	for _, a := range Algorithms() {
		if a.Source == "" || a.Belief == "" || a.Known == "" {
			t.Errorf("%s lacks source, belief or known failures", a.Name)
		}
		if got, ok := LookupAlgorithm(a.Name); !ok || got != a || a.Release <= before {
			t.Errorf("%s is not found, or out of order", a.Name)
		}
		before = a.Release
	}
	if a, ok := LookupAlgorithm("ideal"); !ok || a != IdealAlgorithm() || a.Release <= before {
		t.Error("ideal is not found by its name, or takes another's place")
	}
	if _, ok := LookupAlgorithm("ziti-0.0.1"); ok {
		t.Error("an unknown algorithm is found")
	}
}
