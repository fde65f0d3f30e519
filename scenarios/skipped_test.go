package scenarios

import (
	"strings"
	"testing"
)

// A directive that changes nothing is not carried out, and the outcome says so, with the reason. What a group word
// stands for is another matter, unless it stands for nothing.
func TestSkipped(t *testing.T) {
	const story = "# s\n\ncluster controllers=3 routers=2 spares=1 voters=2\nservice web on rtr1\nservices 2 on rtr2\n\n" +
		"1s elect ctl1\n"
	for _, c := range []struct{ text, want string }{
		{"30s start ctl2\n", "30s start ctl2: ctl2 is up"},
		{"30s start all\n", "30s start all: there is nothing it would change"},
		{"30s start ctl4\n", "30s start ctl4: ctl4 is a spare (write join)"},
		{"30s restart ctl4\n", "30s restart ctl4: ctl4 is a spare (write join)"},
		{"30s resume rtr1\n", "30s resume rtr1: rtr1 is not paused"},
		{"30s pause rtr1\n31s pause rtr1\n", "31s pause rtr1: rtr1 is paused"},
		{"30s crash rtr1\n31s crash rtr1\n", "31s crash rtr1: rtr1 is down"},
		{"30s crash rtr1\n31s crash routers\n", ""},
		{"30s crash routers\n31s crash routers\n", "31s crash routers: there is nothing it would change"},
		{"30s crash rtr1\n31s resume rtr1\n", "31s resume rtr1: rtr1 is down"},
		{"30s crash ctl2\n31s snapshot ctl2\n", "31s snapshot ctl2: ctl2 is down"},
		{"30s crash ctl2\n31s lookup web at ctl2\n", "31s lookup web at ctl2: ctl2 is down"},
		{"30s crash ctl2\n31s elect ctl2\n", "31s elect ctl2: ctl2 is down"},
		{"30s elect leader\n", "30s elect leader: ctl1 leads"},
		{"30s transfer ctl1\n", "30s transfer ctl1: ctl1 leads"},
		{"30s transfer ctl4\n", "30s transfer ctl4: ctl4 is no member"},
		{"30s skew ctl1 by=0s\n", "30s skew ctl1 by=0s: ctl1 is not skewed"},
		{"30s overload ctl1 x=1\n", "30s overload ctl1 x=1: ctl1 is not overloaded"},
		{"30s lag ctl1 by=0s\n", "30s lag ctl1 by=0s: ctl1 lags by 0s"},
		{"30s join ctl2\n", "30s join ctl2: ctl2 is a voting member"},
		{"30s join ctl3 non-voter\n", "30s join ctl3 non-voter: ctl3 is a member without a vote"},
		{"30s join ctl3\n40s join ctl2 non-voter\n", ""}, // a promotion and a demotion
		{"30s leave ctl4\n", "30s leave ctl4: ctl4 is no member"},
		{"30s leave ctl3\n40s leave ctl3\n", "40s leave ctl3: ctl3 is no member"},
		{"30s read-only off\n", "30s read-only off: the mesh is so already"},
		{"30s retire web on rtr2\n", "30s retire web on rtr2: rtr2 does not host it"},
		{"30s retire web on rtr1,rtr2\n", "30s retire web on rtr1,rtr2: rtr2 does not host it"},
		{"30s retire web on routers\n", ""},
		{"30s retire services on rtr1\n", "30s retire services on rtr1: there is nothing it would change"},
		{"30s unbind web on rtr2\n", "30s unbind web on rtr2: rtr2 does not host it"},
		{"30s deny web on rtr2\n", "30s deny web on rtr2: rtr2 is not allowed to host it"},
		{"30s allow web on rtr1\n", "30s allow web on rtr1: rtr1 is allowed to host it"},
		{"30s connect rtr1->ctl1\n", "30s connect rtr1->ctl1: rtr1 knows ctl1"},
		{"30s disconnect rtr1->ctl2\n31s disconnect rtr1->ctl2\n", "31s disconnect rtr1->ctl2: rtr1 has forgotten ctl2"},
		{"30s disconnect routers->ctl2\n31s disconnect routers->ctl2\n",
			"31s disconnect routers->ctl2: there is nothing it would change"},
		{"30s disconnect rtr1->ctl4\n", ""}, // or it would learn of ctl4 when that joins
		{"30s disconnect rtr1->ctl2\n31s connect routers->ctl2\n", ""},
		{"30s heal\n", "30s heal: there is nothing it would change"},
		{"30s heal ctl1->rtr1\n", "30s heal ctl1->rtr1: there is nothing it would change"},
		{"30s unstall ctl1->rtr1\n", "30s unstall ctl1->rtr1: there is nothing it would change"},
		{"30s slow ctl1->rtr1 by=0s\n", "30s slow ctl1->rtr1 by=0s: there is nothing it would change"},
		{"30s cut ctl1->rtr1\n31s cut ctl1->rtr1\n", "31s cut ctl1->rtr1: there is nothing it would change"},
		{"30s crash controllers\n31s retire web on rtr1\n1m32s retire web on rtr1\n",
			"1m31s500ms unbind: given up after 1m"}, // so it may be hosted still, and the second is carried out
	} {
		o := mustPlay(t, mustParse(t, story+c.text+"settle 10s\n"), "ziti-2.1.0", Options{NoChecks: true})
		if got := strings.Join(append(o.Skipped, o.Idle...), "; "); got != c.want || o.Fault != nil {
			t.Errorf("%sskipped %q, want %q (fault %v)", c.text, got, c.want, o.Fault)
		}
	}
}

// A run of more than EventsMax events ends there, unless its options allow more, or less.
func TestEventsMax(t *testing.T) {
	for o, want := range map[uint64]uint64{0: 50_000_000, 7: 7, 1 << 33: 1 << 33} {
		if got := (&Options{Events: o}).events(); got != want {
			t.Errorf("Events %d: at most %d events, want %d", o, got, want)
		}
	}
}
