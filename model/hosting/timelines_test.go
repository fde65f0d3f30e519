package hosting

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// timeline is one recorded run of OpenZiti's own code against a scripted controller.
type timeline struct {
	Suite       string
	Name        string
	Title       string
	Determinism string
	Events      []recorded
}

type recorded struct {
	Ms     float64
	Event  string
	Detail string
}

func timelines(t *testing.T) []timeline {
	t.Helper()
	text, err := os.ReadFile("testdata/timelines.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Scripts []timeline }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Scripts
}

// elsewhere says which timelines the registry alone cannot show, and why.
var elsewhere = map[string]string{
	"S13": "heartbeats and the closing of silent channels are the router's",
}

// TestTimelines replays every timeline of the hosting registry: the actions and the scripted replies are fed in
// at their times, and what the registry does is compared with what was recorded. Exact timelines must agree to the
// millisecond, in every create and remove that left the router, every state and every expired slot; the others in
// what their test below says. The golden file is the table of agreement.
func TestTimelines(t *testing.T) {
	var table strings.Builder
	for _, tl := range timelines(t) {
		release := releaseOf(tl)
		if release == 0 {
			continue
		}
		verdict, detail := "agreed", ""
		if why := elsewhere[tl.Name]; why != "" {
			verdict, detail = "not judged", why
		} else {
			var diffs []string
			detail, diffs = judge(tl, release, model.DefaultParams())
			if len(diffs) > 0 {
				verdict, detail = "differed", diffs[0]
				t.Errorf("%s (%s):\n\t%s", tl.Name, tl.Title, strings.Join(diffs[:min(len(diffs), 20)], "\n\t"))
			}
		}
		fmt.Fprintf(&table, "%-8s %-7s %-10s %s\n", tl.Name, tl.Determinism, verdict, detail)
	}
	golden(t, "testdata/agreement.golden", table.String())
}

// releaseOf returns the release a timeline is of; 0 for the registry of SDK-hosted services, which the model
// leaves out.
func releaseOf(tl timeline) model.Release {
	switch tl.Suite {
	case "tunnel-HEAD":
		return model.Ziti210
	case "tunnel-V2-094542732":
		return model.Ziti118
	default:
		return 0
	}
}

// TestTimelinesCatch changes one constant at a time and wants some timeline to differ: what they pin.
func TestTimelinesCatch(t *testing.T) {
	for _, change := range []struct {
		what string
		do   func(p *model.Params)
	}{
		{"settle window", func(p *model.Params) { p.Settle += sim.Millisecond }},
		{"settle check", func(p *model.Params) { p.SettleCheck += sim.Millisecond }},
		{"scan", func(p *model.Params) { p.Scan += sim.Millisecond }},
		{"retry age", func(p *model.Params) { p.RetryAge -= 13 * sim.Second }},
		{"re-establish wait", func(p *model.Params) { p.ReestablishWait += sim.Millisecond }},
		{"re-establish delay", func(p *model.Params) { p.ReestablishDelay += sim.Millisecond }},
		{"request timeout", func(p *model.Params) { p.RequestTimeout += sim.Millisecond }},
		{"created wait", func(p *model.Params) { p.CreatedWait += sim.Millisecond }},
		{"first retry", func(p *model.Params) { p.RetryFirst *= 2 }},
		{"retry total", func(p *model.Params) { p.RetryTotal *= 2 }},
		{"send queue", func(p *model.Params) { p.SendQueue = 4 }},
		{"pool", func(p *model.Params) { p.PoolWorkers = 7 }},
	} {
		params := model.DefaultParams()
		change.do(&params)
		caught := 0
		for _, tl := range timelines(t) {
			release := releaseOf(tl)
			if release == 0 || elsewhere[tl.Name] != "" {
				continue
			}
			if _, diffs := judge(tl, release, params); len(diffs) > 0 {
				caught++
			}
		}
		if caught == 0 {
			t.Errorf("another %s: no timeline differs", change.what)
		}
	}
}

func golden(t *testing.T, path, have string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != have {
		t.Errorf("%s differs; have:\n%s\nwant:\n%s", path, have, want)
	}
}

// judge replays one timeline. It returns what was compared and the differences.
func judge(tl timeline, release model.Release, params model.Params) (string, []string) {
	f := newFake(release, 7, params)
	p := &player{fake: f, tl: tl, keys: map[string]Key{}, inFlight: "in-flight"}
	p.prepare()
	for _, e := range tl.Events {
		p.schedule(e)
	}
	end := sim.Time(0)
	for _, e := range tl.Events {
		end = max(end, sim.Time(e.Ms*1000))
	}
	f.run(end.Add(sim.Millisecond))
	diffs := slices.Concat(f.failed, p.diffs)
	if aggregate := aggregates[tl.Name]; aggregate != nil {
		f.run(end.Add(sim.Hour))
		detail, more := aggregate(f, tl)
		return detail, append(diffs, more...)
	}
	counts, more := p.compare()
	return counts, append(diffs, more...)
}

// player feeds a timeline to the fake router.
type player struct {
	*fake
	tl       timeline
	keys     map[string]Key
	diffs    []string
	checked  int
	inFlight string
}

var (
	ctrlName  = regexp.MustCompile(`\bc([123])\b`)
	replyName = regexp.MustCompile(`^(?:(T\d+) )?#(\d+) (.*)$`)
	latencies = regexp.MustCompile(`c([123])[^0-9=]*=?(?: \(leader\))? (\d+) ms`)
	hostMany  = regexp.MustCompile(`^(?:host )?(\d+) (?:services|established|hosted)`)
	validated = regexp.MustCompile(`^(\S+) valid=(true|false)`)
	inspected = regexp.MustCompile(`(T\d+) state=(\S+) operationActive=(\S+)`)
	flagged   = regexp.MustCompile(`^(T\d+) created=(\S+) closed=(\S+)`)
)

// prepare sets up what a title says and the events do not.
func (p *player) prepare() {
	title := p.tl.Title
	if m := hostMany.FindStringSubmatch(title); m != nil {
		p.replies = true
		if strings.Contains(title, "established") {
			p.at(10000, func() { p.do("host " + m[1] + " services") })
		}
	}
	if strings.Contains(title, "send queue never full") {
		for _, c := range p.ctrls {
			c.room = 1 << 20
		}
	}
	if strings.Contains(title, "heartbeat latencies") {
		for _, m := range latencies.FindAllStringSubmatch(title, -1) {
			n, _ := strconv.Atoi(m[1])
			ms, _ := strconv.Atoi(m[2])
			p.ctrls[sim.NodeID(n)].latency = sim.Duration(ms) * sim.Millisecond
		}
	}
	if p.tl.Suite == "tunnel-V2-094542732" && !strings.Contains(title, "no controller") {
		p.establish(1)
	}
}

func (p *player) schedule(e recorded) {
	switch e.Event {
	case "action":
		p.at(e.Ms, func() { p.do(e.Detail) })
	case "create-reply", "remove-reply":
		if !p.replies {
			p.at(e.Ms, func() { p.reply(e) })
		}
	case "validate-reply":
		p.at(e.Ms, func() { p.validate(e.Detail) })
	case "inspect":
		p.at(e.Ms, func() { p.look(e) })
	case "sample", "summary", "note":
		p.at(e.Ms+0.999, func() { p.look(e) })
	}
}

// do takes an action.
func (p *player) do(action string) {
	var ctrl sim.NodeID
	if m := ctrlName.FindStringSubmatch(action); m != nil {
		n, _ := strconv.Atoi(m[1])
		ctrl = sim.NodeID(n)
	}
	service, hosts := strings.CutPrefix(action, "host svc")
	many := hostMany.FindStringSubmatch(action)
	switch {
	case hosts:
		p.host(service)
	case many != nil:
		n, _ := strconv.Atoi(many[1])
		for i := range n {
			p.host(strconv.Itoa(i))
		}
	case strings.HasPrefix(action, "close all"):
		for _, name := range slices.SortedFunc(maps.Keys(p.keys), func(a, b string) int {
			return int(p.keys[a].Service) - int(p.keys[b].Service)
		}) {
			p.reg.Close(p.keys[name])
		}
	case strings.HasPrefix(action, "close svc"):
		name, _, _ := strings.Cut(action[len("close svc"):], " ")
		p.reg.Close(p.keys[name])
	case action == "close called":
		p.reg.Close(p.keys["A"])
	case strings.HasPrefix(action, "control channel") && strings.HasSuffix(action, "established"):
		p.establish(ctrl)
		p.reg.CtrlEvent(Added, ctrl)
	case strings.HasSuffix(action, "closed (registration removed)"):
		p.shut(ctrl)
		p.reg.CtrlEvent(Disconnected, ctrl)
	case strings.HasSuffix(action, "(underlay lost)"):
		p.lose(ctrl)
		p.reg.CtrlEvent(Disconnected, ctrl)
	case strings.HasSuffix(action, "reachable again"):
		p.regain(ctrl)
		p.reg.CtrlEvent(Reconnected, ctrl)
	case strings.HasPrefix(action, "leader is now"):
		p.leader = ctrl
		p.reg.CtrlEvent(LeaderChanged, ctrl)
	case action == "NotifyOfReconnect":
		p.reg.CtrlEvent(Reconnected, 1)
	case action == "controller available":
		p.establish(1)
	default:
		p.diffs = append(p.diffs, "unknown action: "+action)
	}
}

func (p *player) host(name string) {
	if _, known := p.keys[name]; !known {
		p.keys[name] = Key{Service: model.ServiceID(len(p.keys) + 1)}
	}
	p.reg.Host(p.keys[name])
}

func (p *player) reply(e recorded) {
	m := replyName.FindStringSubmatch(e.Detail)
	k, _ := strconv.Atoi(m[2])
	code := model.OK
	switch m[3] {
	case "FailedBusy", "busy":
		code = model.Busy
	case "FailedOther":
		code = model.Failed
	case "Success", "ok", "(create notification)":
	default:
		p.diffs = append(p.diffs, "unknown reply: "+e.Detail)
	}
	if e.Event == "create-reply" {
		p.createReply(k, code)
	} else {
		p.removeReply(k, code)
	}
}

func (p *player) validate(detail string) {
	m := validated.FindStringSubmatch(detail)
	if m == nil { // 500 states
		for i := range 500 {
			p.verdict(fmt.Sprintf("unknown %d", i), 0, "false")
		}
		return
	}
	if n, unknown := strings.CutPrefix(m[1], "unknown-"); unknown {
		id, _ := strconv.Atoi(n)
		p.name(model.TermID(id)) // unknown ids are counted as terminators, too
		p.verdict(m[1], model.TermID(id), m[2])
		return
	}
	p.verdict(m[1], p.id(m[1]), m[2])
}

func (p *player) verdict(name string, id model.TermID, want string) {
	p.checked++
	if have := strconv.FormatBool(p.reg.Valid(id)); have != want {
		p.diffs = append(p.diffs, fmt.Sprintf("%s: validation of %s says %s, recorded %s", p.now, name, have, want))
	}
}

// look compares what was seen inside.
func (p *player) look(e recorded) {
	expect := func(have, want string) {
		p.checked++
		if have != want {
			p.diffs = append(p.diffs, fmt.Sprintf("%s: %s, recorded %s", p.now, have, want))
		}
	}
	states := map[model.State]int{}
	p.reg.Entries(func(_ model.TermID, _ Key, state model.State) { states[state]++ })
	if strings.HasSuffix(e.Detail, "empty") || e.Detail == "registry entries left: 0" {
		expect(fmt.Sprint(len(states)), "0")
	}
	if m := inspected.FindStringSubmatch(e.Detail); m != nil {
		t := p.find210(m[1])
		expect(fmt.Sprintf("%s %v", t.state, t.active), m[2]+" "+m[3])
	}
	if m := flagged.FindStringSubmatch(e.Detail); m != nil {
		t := p.reg.(*ziti118).find(p.id(m[1]))
		expect(fmt.Sprintf("%v %v", t.created, t.closed), m[2]+" "+m[3])
	}
	if strings.HasPrefix(e.Detail, p.inFlight) && p.tl.Determinism == "exact" {
		expect(fmt.Sprintf("in-flight=%d window=%d sent=%d establishing=%d established=%d", len(p.limit.slots),
			p.limit.window, len(p.creates), states[model.Establishing], states[model.Established]), e.Detail)
	}
}

func (p *player) find210(name string) *term210 {
	r := p.reg.(*ziti210)
	i, _ := r.find(p.id(name))
	return r.terms[i]
}

var (
	createSent = regexp.MustCompile(`^(T\d+) #(\d+)(?: to (c\d))?$`)
	removeSent = regexp.MustCompile(`^#(\d+) to (c\d) count=\d+ (.*)$`)
	removeV2   = regexp.MustCompile(`^(T\d+) #(\d+)$`)
	attempted  = regexp.MustCompile(`^(T\d+) handed to control channel (c\d)$`)
)

// words of the recorded states, as ours.
var words = strings.NewReplacer(
	"new->establishing (host called)", "absent->establishing host",
	"establishing->established (create notification received)", "establishing->established created",
	"establishing->established (validation message received)", "establishing->established validated",
	"established->establishing (reconnecting)", "established->establishing reestablish",
	"established->deleting (close called)", "established->deleting close",
	"establishing->deleting (close called)", "establishing->deleting close",
	"removed (controller delete success)", "deleting->absent removed",
)

// normal puts a recorded event into our words; ok is false for what is not compared.
func normal(e recorded, v2 bool) (kind, text string, ok bool) {
	switch e.Event {
	case "create-sent":
		m := createSent.FindStringSubmatch(e.Detail)
		if m[3] == "" {
			m[3] = "c1"
		}
		return e.Event, fmt.Sprintf("%s #%s %s", m[1], m[2], m[3]), true
	case "remove-sent":
		if v2 {
			m := removeV2.FindStringSubmatch(e.Detail)
			return e.Event, fmt.Sprintf("#%s c1 %s", m[2], m[1]), true
		}
		m := removeSent.FindStringSubmatch(e.Detail)
		return e.Event, fmt.Sprintf("#%s %s %s", m[1], m[2], m[3]), true
	case "state":
		return e.Event, words.Replace(e.Detail), true
	case "create-attempt":
		m := attempted.FindStringSubmatch(e.Detail)
		return e.Event, m[1] + " " + m[2], true
	case "create-not-sent":
		_, text, _ := strings.Cut(e.Detail, ": ")
		text, _, _ = strings.Cut(text, " available")
		return e.Event, text, true
	case "limiter-expired":
		return e.Event, "", true
	}
	return "", "", false
}

// compare sets what happened against what was recorded: the same lines, in any order within a millisecond. It
// returns the counts of what was compared.
func (p *player) compare() (string, []string) {
	v2 := p.tl.Suite == "tunnel-V2-094542732"
	recordedKinds := map[string]bool{"create-sent": true, "remove-sent": true, "state": true}
	if !v2 {
		recordedKinds["limiter-expired"] = true
		recordedKinds["create-not-sent"] = true
	}
	var want, have []string
	counts := map[string]int{}
	for _, e := range p.tl.Events {
		if kind, text, ok := normal(e, v2); ok {
			recordedKinds[kind] = true
			counts[kind]++
			want = append(want, fmt.Sprintf("%012.3f %s %s", e.Ms, kind, text))
		}
	}
	many := p.replies // mass runs record no single terminators
	for _, l := range p.log {
		kind := l.kind
		if v2 { // of states, the created flag is recorded
			switch kind {
			case "state":
				continue
			case "created":
				kind = "state"
			}
		}
		if recordedKinds[kind] && !many {
			have = append(have, fmt.Sprintf("%012.3f %s %s", float64(l.at)/1000, kind, l.text))
		}
	}
	slices.Sort(want)
	slices.Sort(have)
	var diffs []string
	for i := 0; i < max(len(want), len(have)); i++ {
		w, h := "nothing", "nothing"
		if i < len(want) {
			w = want[i]
		}
		if i < len(have) {
			h = have[i]
		}
		if w != h {
			diffs = append(diffs, fmt.Sprintf("have %s, recorded %s", h, w))
		}
	}
	parts := []string{}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[kind], kind))
	}
	if p.checked > 0 {
		parts = append(parts, fmt.Sprintf("%d looks", p.checked))
	}
	return strings.Join(parts, ", "), diffs
}

// aggregates judge the timelines that depend on scheduling, map order or jitter.
var aggregates = map[string]func(f *fake, tl timeline) (string, []string){
	"S8": massClose, "S9": massHost, "V2-S2.1": gaveUp, "V2-S10": noController,
}

// massClose: 59 to 66 requests, each terminator in one of them, as many at a time as the pool has workers by
// then, and an end within 400 ms.
func massClose(f *fake, tl timeline) (string, []string) {
	var diffs []string
	seen := map[model.TermID]int{}
	waves := map[int64]int{}
	for _, w := range f.removes {
		waves[(w.at.Milliseconds()-30000)/50]++
		for _, id := range ids(w.m) {
			seen[id]++
		}
	}
	for id, n := range seen {
		if n != 1 {
			diffs = append(diffs, fmt.Sprintf("%s removed %d times", f.name(id), n))
		}
	}
	recordedWaves := map[int64]int{}
	for _, e := range tl.Events {
		if e.Event == "remove-sent" {
			recordedWaves[(int64(e.Ms)-30000)/50]++
		}
	}
	for wave := range int64(5) { // while the pool grows
		if waves[wave] != recordedWaves[wave] {
			diffs = append(diffs, fmt.Sprintf("wave %d: %d requests, recorded %d", wave, waves[wave], recordedWaves[wave]))
		}
	}
	n := len(f.removes)
	if n < 59 || n > 66 || len(seen) != 120 || f.removes[n-1].at.Milliseconds() > 30350 {
		diffs = append(diffs, fmt.Sprintf("%d requests for %d ids, the last at %s", n, len(seen), f.removes[n-1].at))
	}
	return fmt.Sprintf("%d requests (recorded 59..66), waves %d %d %d %d %d", n, waves[0], waves[1], waves[2],
		waves[3], waves[4]), diffs
}

// massHost: no more than the window in flight, at least a queue's worth at once, all in a few round trips.
func massHost(f *fake, _ timeline) (string, []string) {
	var diffs []string
	per := map[int64]int{}
	for _, w := range f.creates {
		per[w.at.Milliseconds()]++
	}
	first, last := f.creates[0].at.Milliseconds(), f.creates[len(f.creates)-1].at.Milliseconds()
	for ms, n := range per {
		if n > 250 || n < 16 && ms != last {
			diffs = append(diffs, fmt.Sprintf("%d creates at %d ms", n, ms))
		}
	}
	if len(f.creates) != 500 || first != 12000 || last > 12150 {
		diffs = append(diffs, fmt.Sprintf("%d creates from %d to %d ms", len(f.creates), first, last))
	}
	return fmt.Sprintf("500 creates, from %d to %d ms (recorded 12000..12100)", first, last), diffs
}

// gaveUp: both runs stay inside the envelope of the backoff, and end when the next pause would pass 15 minutes.
func gaveUp(f *fake, tl timeline) (string, []string) {
	var diffs []string
	check := func(who string, at []float64, end float64) {
		interval := 5000.0
		for i := 1; i < len(at); i++ {
			gap := at[i] - at[i-1] - 10000
			if gap < interval*0.5-0.01 || gap > interval*1.5+0.01 {
				diffs = append(diffs, fmt.Sprintf("%s: pause %d of %.3f ms", who, i, gap))
			}
			interval = min(interval*1.5, 300000)
		}
		last := at[len(at)-1] + 10000
		if end != last || end-10000 > 900000 || end-10000+1.5*interval < 900000 {
			diffs = append(diffs, fmt.Sprintf("%s: gave up at %.3f ms", who, end))
		}
	}
	var at []float64
	var end float64
	for _, e := range tl.Events {
		switch e.Event {
		case "create-sent":
			at = append(at, e.Ms)
		case "give-up":
			end = e.Ms
		}
	}
	check("recorded", at, end)
	count := len(at)
	at, end = nil, 0
	for _, l := range f.log {
		switch l.kind {
		case "create-sent":
			at = append(at, float64(l.at)/1000)
		case "give-up":
			end = float64(l.at) / 1000
		}
	}
	check("have", at, end)
	return fmt.Sprintf("%d attempts (recorded %d), then given up", len(at), count), diffs
}

// noController: nothing leaves before there is a controller; the next pause of the backoff ends it.
func noController(f *fake, tl timeline) (string, []string) {
	var diffs []string
	sent := []float64{}
	for _, w := range f.creates {
		sent = append(sent, float64(w.at)/1000)
	}
	if len(sent) == 0 || sent[0] < 70000 || sent[0] > 70000+1.5*5000*1.5*1.5*1.5*1.5*1.5 {
		diffs = append(diffs, fmt.Sprintf("created at %v", sent))
	}
	return "first create within one pause of the controller", diffs
}
