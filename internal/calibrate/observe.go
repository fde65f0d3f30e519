package calibrate

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// suite is code that was recorded.
type suite struct {
	name          string
	release       model.Release
	ctrlFromStart bool     // c1 is connected from 0 unless the script brings it
	created       bool     // states are settings of the created flag
	sdk           bool     // the registry of SDKs was recorded
	always        []string // kinds of which every event was recorded, whether there is one in the file or not
}

// suites are those whose code the model has.
func suites() []suite {
	head := []string{
		createSent, removeSent, state, "limiter-expired", "create-not-sent", "remove-failed", "ctrl-event", "give-up",
	}
	return []suite{
		{name: "tunnel-HEAD", release: model.Ziti210, always: append(head, "reestablish-begin")},
		{name: "sdk-hosted-HEAD", release: model.Ziti210, sdk: true, always: append(head, "to-sdk")},
		{name: "tunnel-V2-094542732", release: model.Ziti118, ctrlFromStart: true, created: true,
			always: []string{createSent, removeSent, state, "give-up"}},
	}
}

// Kinds of events that matter most.
const (
	createSent = "create-sent"
	removeSent = "remove-sent"
	state      = "state"
)

var stateNames = map[model.State]string{
	model.Absent: "new", model.Establishing: "establishing", model.Established: "established", model.Deleting: "deleting",
}

// reasons are what the recordings say of a change of state, and what the model says.
var reasons = map[string]model.Code{
	"host called":                  model.WhyHost,
	"create notification received": model.WhyCreated,
	"validation message received":  model.WhyValidated,
	"reconnecting":                 model.WhyReestablish,
	"close called":                 model.WhyClose,
	"controller delete success":    model.WhyRemoved,

	"bind":                                              model.WhyBind,
	"unbind successful":                                 model.WhyUnbind,
	"channel closed":                                    model.WhyChannel,
	"sdk connection is closed":                          model.WhyChannel,
	"duplicate terminator":                              model.WhyDuplicate,
	"replacing existing terminator":                     model.WhyReplacing,
	"newer terminator found for listener id":            model.WhyNewer,
	"stale bind, existing bind is newer":                model.WhyStaleBind,
	"re-establishing after delete/create race":          model.WhyRace,
	"post-create inspect: channel closed":               model.WhyChannel,
	"post-create inspect timed out":                     model.WhyNoAnswer,
	"post-create inspect: terminator sdk state invalid": model.WhyNotListening,
	"query to sdk indicated terminator is invalid":      model.WhyNotListening,
}

// noted takes a note of the router.
func (p *player) noted(m model.Msg) {
	switch m.Kind {
	case model.NoteState:
		p.states[m.Term] = m.State
		if m.State == model.Absent {
			delete(p.states, m.Term)
		}
		if !p.suite.created {
			p.see(state, 0, m.Term, changed(m))
		}
	case model.NoteObject:
		p.sdk.took = p.sdk.took || m.Code == model.WhyReplacing
		p.see(state, 0, m.Term, changed(m))
	case model.NoteGaveUp:
		p.see("give-up", 0, m.Term, "")
	case model.NoteWindow:
		p.see("limiter-window", 0, 0, strconv.Itoa(int(m.N)))
	}
}

// changed is a change of state in our words.
func changed(m model.Msg) string {
	if m.State == model.Absent {
		return "removed " + m.Code.String()
	}
	why := m.Code
	if why == model.WhyReconnect { // the recordings have one word for both
		why = model.WhyReestablish
	}
	return stateNames[m.From] + "->" + stateNames[m.State] + " " + why.String()
}

var recordedState = regexp.MustCompile(`^(T\d+) (.*?)(?: \((.*)\))?$`)

// stateText puts a recorded change of state into our words. The end is left open if the reason is a new one.
func stateText(detail string) string {
	m := recordedState.FindStringSubmatch(detail)
	if m == nil {
		return detail
	}
	if m[3] == "" {
		return m[1] + " " + m[2]
	}
	why, known := reasons[m[3]]
	if !known {
		return m[1] + " " + m[2] + " " + open
	}
	return m[1] + " " + m[2] + " " + why.String()
}

// open ends a text of which the rest is free.
const open = "*"

// hungUp takes the end of a connection by the router itself.
func (p *player) hungUp(ctrl sim.NodeID) {
	if p.black[ctrl] {
		p.see("heartbeat-close", 0, 0, fmt.Sprintf("tls:c%d:", ctrl))
	}
}

// ctrlEvent takes what the registry is told of a control channel.
func (p *player) ctrlEvent(ev hosting.Event, ctrl sim.NodeID) {
	switch {
	case ev == hosting.Disconnected && p.r.Control(ctrl).Registered:
		p.see("ctrl-event", 0, 0, fmt.Sprintf("c%d disconnected", ctrl))
	case ev == hosting.Disconnected:
		p.see("ctrl-event", 0, 0, fmt.Sprintf("c%d channel closed", ctrl))
	case ev == hosting.Reconnected:
		p.see("ctrl-event", 0, 0, fmt.Sprintf("c%d reconnected", ctrl))
	}
}

// starts comes before each step.
func (p *player) starts() {
	if p.sdk.env != nil {
		p.sdk.env.g, p.sdk.env.used, p.sdk.env.running = p.reg, false, false
	}
}

// stepped looks at what no message or note tells.
func (p *player) stepped() {
	passing := hosting.Passing(p.reg.Registry)
	if passing && !p.passing {
		p.see("reestablish-begin", 0, 0, "")
	}
	p.passing = passing
	taken, _ := p.r.Limits()
	if !p.reg.env.used && (p.sdk.env == nil || !p.sdk.env.used) {
		for range p.taken - taken {
			p.see("limiter-expired", 0, 0, "")
		}
	}
	p.taken = taken
}

// validated compares a recorded reply to a validation with the model's.
func (p *player) validated(i int) outcome {
	if p.stuck >= 0 {
		return outcome{}
	}
	asked := i
	for asked > 0 && p.t.Events[asked].Event != "validate-sent" {
		asked--
	}
	name, n := validationOf(p.t.Events[i].Detail)
	if n == 0 {
		return unjudged("unknown wording")
	}
	list := p.replied[uint64(asked)]
	if list == nil {
		return differed("no reply")
	}
	want := strings.Contains(p.t.Events[i].Detail, "valid=true")
	for _, c := range list.Checks {
		mine := p.names[c.Term] == name || p.names[c.Term] == "" && strings.HasPrefix(name, "unknown")
		if mine && c.Valid != want {
			return differed(fmt.Sprintf("%s valid=%v", name, c.Valid))
		}
		if mine {
			n--
		}
	}
	if n > 0 {
		return differed(fmt.Sprintf("%d states fewer", n))
	}
	return agreed
}

var (
	inspected = regexp.MustCompile(`\b(T\d+) state=(\S+) operationActive=(\S+)`)
	flagged   = regexp.MustCompile(`^(T\d+) created=(\S+) closed=(\S+)`)
	counted   = regexp.MustCompile(`\bestablishing=(\d+) established=(\d+)`)
	ctrlState = regexp.MustCompile(`^unresponsive=(\S+) connected=(\S+) registered=(\S+)$`)
	ctrlTimes = regexp.MustCompile(`c([1-9])=(\d+)ms`)
)

// look compares what was seen inside the real code with the inside of the model.
func (p *player) look(e Event) outcome {
	if p.stuck >= 0 {
		return outcome{}
	}
	if p.t.Determinism != exact && e.Event == "sample" {
		return unjudged("a sample of what is chance")
	}
	establishing, established := 0, 0
	for _, s := range p.states {
		switch s {
		case model.Establishing:
			establishing++
		case model.Established:
			established++
		}
	}
	counts := fmt.Sprintf("establishing=%d established=%d", establishing, established)
	switch {
	case strings.HasSuffix(e.Detail, "empty"), e.Detail == "registry entries left: 0":
		return compared(fmt.Sprintf("%d entries", len(p.states)), "0 entries")
	case inspected.MatchString(e.Detail):
		return p.lookAt(inspected.FindStringSubmatch(e.Detail))
	case flagged.MatchString(e.Detail):
		m := flagged.FindStringSubmatch(e.Detail)
		l, _ := p.seenOf(p.term(m[1]))
		return compared(fmt.Sprintf("created=%v closed=%v", l.Created, l.Closed), "created="+m[2]+" closed="+m[3])
	case strings.HasPrefix(e.Detail, "in-flight="):
		taken, window := p.r.Limits()
		return compared(fmt.Sprintf("in-flight=%d window=%d sent=%d %s", taken, window, len(p.creates), counts), e.Detail)
	case counted.MatchString(e.Detail):
		return compared(counts, counted.FindString(e.Detail))
	case ctrlState.MatchString(e.Detail):
		c := p.r.Control(1)
		return compared(fmt.Sprintf("unresponsive=%v connected=%v registered=%v", c.Unresponsive, c.Connected,
			c.Registered), e.Detail)
	case ctrlTimes.MatchString(e.Detail):
		return p.lookAtTimes(e.Detail)
	case e.Event == "note":
		return unjudged("a log line that has no counterpart in the model")
	}
	return unjudged("unknown wording")
}

// seenOf looks at one terminator of either registry.
func (p *player) seenOf(id model.TermID) (hosting.Looks, bool) {
	if p.sdk.SDK != nil && id.SDK() {
		return hosting.LookSDK(p.sdk.SDK, id)
	}
	return hosting.Look(p.reg.Registry, id)
}

func (p *player) lookAt(m []string) outcome {
	l, found := p.seenOf(p.term(m[1]))
	if !found {
		return differed(m[1] + " is not there")
	}
	return compared(fmt.Sprintf("state=%s operationActive=%v", stateNames[l.State], l.Active),
		"state="+m[2]+" operationActive="+m[3])
}

func (p *player) lookAtTimes(detail string) outcome {
	for _, m := range ctrlTimes.FindAllStringSubmatch(detail, -1) {
		c, _ := strconv.Atoi(m[1])
		have := fmt.Sprintf("c%d=%dms", c, p.r.Control(sim.NodeID(c)).Latency.Milliseconds())
		if have != m[0] {
			return differed(have)
		}
	}
	return agreed
}
