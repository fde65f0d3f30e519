package scenarios

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// deeds has plays in pairs that differ in one directive. The lines of the second, and no line of the first, match: what
// the directive comes to, not that it was given.
var deeds = []struct{ verb, head, without, with, line string }{
	{"cluster", "", "cluster controllers=2 routers=1\n", "cluster controllers=3 routers=1\n", `ctl3  < boot life 1`},
	{"service", "cluster controllers=1 routers=1\n", "", "service web on rtr1 terminators=2\n", `applied ok .* create rtr1#2 web`},
	{"services", "cluster controllers=1 routers=2\n", "", "services 3 on routers each=2\n", `applied ok .* create rtr2#2 svc[13] `},
	{"sdk", web, "", "sdk api via rtr2 x=2\n", `ctl1  ~ applied ok .* create rtr2#s2 api`},
	{"seed", web, "seed 1\n", "seed 2\n", `^    2\.084s  ctl1  ~ applied ok .* create rtr1#1 web`},
	{"set", web, "set jitter=0s latency=20ms\n", "set jitter=0s latency=70ms\n", `^ *0\.140s  rtr1  < connected +to ctl2`},
	{"link", web + "set jitter=0s\n", "", "link rtr1<->ctl2 latency=70ms\n", `^ *0\.140s  rtr1  < connected +to ctl2`},
	{"connect manual", web, "", "connect manual\n5s connect rtr2->ctl1\n", `^    5\.0\d\ds  rtr2  < connected +to ctl1`},
	{"twin", web, "", "twin rtr2 of rtr1\n", `ctl\d  ~ applied ok .* create rtr2#1 web on=rtr1`},
	{"shuffle", web, "", "shuffle\n", `rtr1  < boot life 1(\n.*){0,60}\n.*ctl3  < boot life 1`},
	{"version", web, "", "version rtr1,ctl3 ziti-1.8.0\n", `^    0\.\d*s  ctl1  < peer-hello aux=180 +from ctl3`},
	{"settle", web, "30s cut rtr1->ctl1\n50s settle 10s\n", "30s cut rtr1->ctl1\n40s settle 10s\n", `^   40\.000s  rtr1  ! mend`},

	{"connect", web + "connect manual\n", "", "30s connect rtr1->ctl2\n", `^   30\.0\d\ds  rtr1  < connected +to ctl2`},
	{"disconnect", web, "", "30s disconnect rtr1->ctl2\n", `^   30\.0\d\ds  ctl2  < disconnected +by rtr1`},
	{"host", web, "", "30s host api on rtr2 terminators=2\n", `ctl1  ~ applied ok .* create rtr2#2 api`},
	{"retire", web, "", "30s retire web on rtr1\n", `ctl1  ~ applied ok .* delete rtr1#1 .*by-router`},
	{"bind", web, "", "30s bind api on rtr2\n", `why .* api .*access-denied`},
	{"unbind", web, "", "30s unbind web on rtr1\n", `ctl1  ~ applied ok .* delete rtr1#1 .*by-router`},
	{"allow", web, "30s bind api on rtr2\n", "30s bind api on rtr2\n31s allow api on rtr2\n", `ctl1  ~ applied ok .* create rtr2#1 api`},
	{"deny", web, "31s wipe rtr1\n", "30s deny web on rtr1\n31s wipe rtr1\n", `why .* web .*access-denied`},
	{"touch", web, "", "30s touch web\n", `ctl1  ~ applied ok .* delete rtr1#1 .*by-router`},
	{"touch-identity", web, "", "30s touch-identity rtr1\n", `ctl1  ~ applied ok .* delete rtr1#1 .*by-router`},
	{"tunneler-off", web, "", "30s tunneler-off rtr1\n", `ctl1  ~ applied ok .* delete rtr1#1 .*by-router`},
	{"tunneler-on", web, "30s tunneler-off rtr1\n", "30s tunneler-off rtr1\n40s tunneler-on rtr1\n",
		`^   4\d\.\d*s  ctl1  ~ applied ok .* create rtr1#2 web`},
	{"delete", web, "", "30s delete web on rtr1\n", `ctl1  ~ applied ok .* delete rtr1#1 .*by-operator`},
	{"toggle", web, "", "30s toggle web on rtr1 every=5s until=40s\n", `^   40\.0\d\ds  ctl1  ~ applied ok .* unbind web`},
	{"watch", web, "", "30s watch web every=1s until=32s\n", `^   32\.000s  ctl3  > op-done .*web n=1 ok .*to the operator`},
	{"lookup", web, "", "30s lookup web at ctl2\n", `^   30\.000s  ctl2  > op-done .*web n=1 ok .*to the operator`},

	{"crash", web, "", "30s crash ctl2\n", `^   30\.0\d\ds  rtr1  < disconnected +by ctl2`},
	{"crash", web, "30s crash ctl2\n", "30s crash ctl2 after=3\n", `^   30\.01\ds  ctl2  ! crash$`},
	{"start", web, "30s crash ctl2\n", "30s crash ctl2\n40s start ctl2\n", `^   4\d\.\d*s  rtr1  < connected +to ctl2`},
	{"restart", web, "30s restart ctl2\n", "30s restart ctl2 down=9s\n", `^   39\.000s  ctl2  < boot life 2`},
	{"upgrade", web, "30s restart ctl2\n", "30s upgrade ctl2 ziti-1.8.0\n", `^   31\.\d*s  ctl1  < peer-hello aux=180 +from ctl2`},
	{"upgrade", web, "30s restart ctl2\n40s delete web on rtr1\n",
		"30s upgrade ctl2 ziti-1.8.0\n40s delete web on rtr1\n45s upgrade ctl2 ziti-2.1.0\n", `op-done read-only`},
	{"pause", web, "40s lookup web at ctl2\n", "30s pause ctl2\n40s lookup web at ctl2\n", `^ *1m00\.000s  ctl2  > op-done`},
	{"resume", web, "30s pause ctl2\n40s lookup web at ctl2\n", "30s pause ctl2\n40s lookup web at ctl2\n45s resume ctl2\n",
		`^   45\.000s  ctl2  > op-done`},
	{"wipe", web, "50s crash rtr1\n52s start rtr1\n", "50s crash rtr1\n51s wipe rtr1\n52s start rtr1\n",
		`^   52\.\d*s  rtr1  < data-state full .* web n=1`},
	{"clone", web + "version rtr1,rtr2 ziti-1.4.0\n", "40s restart rtr2\n50s host web on rtr2\n",
		"40s clone rtr1->rtr2\n50s host web on rtr2\n", `rtr2  > create-request rtr1#1 web`},
	{"skew", web, "", "30s skew rtr1 by=1h\n", `rtr1  > hang up`},
	{"overload", web, "31s host api on rtr2\n", "30s overload ctl1,ctl2,ctl3 x=1000\n31s host api on rtr2\n",
		`^   3[4-9]\.\d*s  ctl1  ~ applied ok .* create rtr2#1 api`},
	{"lag", web, "31s host api on rtr2\n", "30s lag ctl2 by=5s\n31s host api on rtr2\n", `^   36\.\d*s  ctl2  ~ applied ok .* allow api`},
	{"read-only", web, "31s delete web on rtr1\n", "30s read-only on\n31s delete web on rtr1\n", `op-done read-only`},
	{"transfer", web, "", "30s transfer ctl2\n", `^   30\.\d*s  ctl2  ~ leader on`},
	{"elect", web, "", "30s elect ctl3\n", `^   30\.\d*s  ctl3  ~ leader on`},
	{"join", web, "30s host api on rtr2\n", "20s join ctl4\n30s host api on rtr2\n", `ctl4  ~ applied ok .* create rtr2#1 api`},
	// With four voters and two of them down nobody can lead; with three voters, one of them down, somebody can.
	{"join", web, "30s join ctl4\n40s crash ctl2,ctl4\n45s host api on rtr2\n",
		"30s join ctl4 non-voter\n40s crash ctl2,ctl4\n45s host api on rtr2\n", `^   4\d\.\d*s  ctl1  ~ applied ok .* bind api`},
	{"leave", web, "40s crash ctl2\n", "30s leave ctl3\n40s crash ctl2\n", `ctl1  ~ leader term=`},
	{"snapshot", web + "set snapshot-every=3\n", "20s host api on rtr2\n", "20s host api on rtr2\n30s snapshot ctl1\n",
		`^   30\.000s  ctl1  = erase`},

	{"unlisten", hosts, "", "30s unlisten sdk1\n", `ctl1  ~ applied ok .* delete rtr1#s[12] .*by-router`},
	{"listen", hosts, "30s unlisten sdk1\n", "30s unlisten sdk1\n40s listen sdk1\n",
		`^   40\.\d*s  ctl1  ~ applied ok .* create rtr1#s3 api`},
	{"rebind", hosts, "", "30s rebind sdk2\n", `^   30\.\d*s  ctl1  ~ applied ok .* create rtr1#s3 api`},

	{"cut", web, "", "30s cut rtr1 | controllers\n", `rtr1  ~ responsive of=ctl1$`},
	{"heal", web, "30s cut rtr1<->controllers\n31s host api on rtr1\n", "30s cut rtr1<->controllers\n31s host api on rtr1\n40s heal\n",
		`^   4\d\.\d*s  ctl1  ~ applied ok .* create rtr1#2 api`},
	{"slow", web, "31s host api on rtr1\n", "30s slow rtr1->controllers by=3s\n31s host api on rtr1\n",
		`^   36\.\d*s  ctl\d  < create-request rtr1#2 api`},
	{"stall", web, "", "30s stall rtr1<->controllers\n", `rtr1  ~ responsive of=ctl1$`},
	{"unstall", web, "30s stall rtr1->controllers\n31s host api on rtr1\n",
		"30s stall rtr1->controllers\n31s host api on rtr1\n34s unstall rtr1->controllers\n", `^   34\.0\d\ds  ctl\d  < create-request rtr1#2 api`},
	{"half-open", web, "", "30s half-open rtr1->ctl2\n", `^   30\.000s  rtr1  < disconnected +by ctl2`},
	{"break", web, "30s half-open rtr1->ctl2\n", "30s break rtr1->ctl2\n", `^   30\.000s  ctl2  < disconnected +by rtr1`},
}

// web is the head of most plays. ctl1 leads in them.
const web = "cluster controllers=3 routers=2 spares=1\nservice web on rtr1\n"

// hosts is web with two processes with SDKs.
const hosts = web + "sdk api via rtr1 x=2\n"

// Every directive there is has an effect that the trace shows: if it were lost on its way to the model, this would tell.
func TestEffects(t *testing.T) {
	shown := map[string]bool{}
	for _, d := range deeds {
		shown[d.verb] = true
		play := func(steps string) (*Outcome, string) {
			text := "# s\n" + d.head
			if first, rest, _ := strings.Cut(steps, "\n"); first != "" && (first[0] < '0' || first[0] > '9') { // of the head
				text, steps = text+first+"\n", rest
			}
			if d.head != "" && !strings.Contains(text, "manual") {
				text += "1s elect ctl1\n"
			}
			if text += steps; !strings.Contains(text, "settle") {
				text += "1m settle 2m\n"
			}
			return traced(t, mustParse(t, text), "ziti-2.1.0", true)
		}
		line := regexp.MustCompile(`(?m)` + d.line)
		before, old := play(d.without)
		after, new := play(d.with)
		if before.Digest == after.Digest {
			t.Errorf("%s: the digest does not see it:\n%s", d.verb, d.with)
		}
		if !line.MatchString(new) {
			t.Errorf("%s: no line matches %s:\n%s", d.verb, d.line, d.with)
		}
		if m := line.FindString(old); m != "" {
			t.Errorf("%s: without it there is %s:\n%s", d.verb, m, d.without)
		}
		if s := strings.Join(slices.Concat(before.Skipped, before.Idle, after.Skipped, after.Idle), "; "); s != "" {
			t.Errorf("%s: skipped %s", d.verb, s)
		}
	}
	for _, d := range Directives() {
		if !shown[d.Verb] && d.Verb != "expect" { // which is for Compare; see TestUpdate
			t.Errorf("no effect of %s is shown", d.Verb)
		}
	}
}
