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

var (
	ctrlName  = regexp.MustCompile(`\bc([1-9])\b`)
	closing   = regexp.MustCompile(`^close svc(\S+) \(T\d+\)$`)
	closeAll  = regexp.MustCompile(`^close all \d+( \(sequential calls, one goroutine\)| \(one goroutine each\))?$`)
	notifying = regexp.MustCompile(`^c[1-9](?: \((?:leader|follower)\))?: NotifyOfReconnect\b`)
	replyWord = regexp.MustCompile(`^(?:T\d+ )?#(\d+) (.*)$`)
)

// act does what an action says. It returns why it cannot, or nothing.
func (p *player) act(action string) string {
	var ctrl sim.NodeID
	if m := ctrlName.FindStringSubmatch(action); m != nil {
		n, _ := strconv.Atoi(m[1])
		ctrl = sim.NodeID(n)
	}
	if p.suite.sdk {
		if done, why := p.sdk.act(action); done {
			return why
		}
	}
	switch {
	case ctrl != 0 && p.channel(action, ctrl):
		return ""
	case action == "controller available":
		p.establish(1)
	case strings.HasPrefix(action, "leader is now"):
		if !p.deliver(ctrl, model.Msg{Kind: model.LeaderIs, Peer: ctrl}) {
			return fmt.Sprintf("c%d says that it leads, but has no channel to say it over", ctrl)
		}
	case notifying.MatchString(action), action == "NotifyOfReconnect":
		p.inside(func() { p.reg.Registry.CtrlEvent(hosting.Reconnected, max(ctrl, 1)) })
	case action == "queue unrelated work item on the rate limiter pool":
		p.inside(func() { p.reg.env.Env.Queue(model.Msg{Kind: model.Task, Aux: scriptTask}) })
	default:
		return p.hosting(action)
	}
	return ""
}

// channel does what happens to a control channel; false if the action is another.
func (p *player) channel(action string, ctrl sim.NodeID) bool {
	name := fmt.Sprintf("c%d", ctrl)
	switch action {
	case "control channel to " + name + " established":
		p.black[ctrl] = false
		p.establish(ctrl)
	case "control channel to " + name + " closed (registration removed)":
		p.shut(ctrl)
	case name + " becomes unreachable (underlay lost)":
		p.lose(ctrl)
	case name + " reachable again":
		p.black[ctrl] = false
		p.regain(ctrl)
	case name + " black-holed":
		p.black[ctrl], p.reach[ctrl] = true, false
	default:
		return false
	}
	return true
}

// hosting does what the tunneler does.
func (p *player) hosting(action string) string {
	name, one := strings.CutPrefix(action, "host svc")
	many := hostMany.FindStringSubmatch(action)
	closes := closing.FindStringSubmatch(action)
	switch {
	case one:
		key := p.key(name)
		p.inside(func() { p.reg.Host(key) })
	case many != nil:
		n, _ := strconv.Atoi(many[1])
		p.inside(func() {
			for i := range n {
				p.reg.Host(p.key(strconv.Itoa(i)))
			}
		})
	case closes != nil:
		key := p.key(closes[1])
		p.inside(func() { p.reg.Close(key) })
	case action == "close called" && len(p.keys) > 0:
		p.inside(func() { p.reg.Close(p.keys[0].key) })
	case closeAll.MatchString(action) && strings.HasSuffix(action, "each)"):
		for _, h := range p.keys {
			p.inside(func() { p.reg.Close(h.key) })
		}
	case closeAll.MatchString(action):
		p.inside(func() {
			for _, h := range p.keys {
				p.reg.Close(h.key)
			}
		})
	case action == "close the first handle":
		return "the model's tunneler keeps one handle of a service, not two"
	default:
		return fmt.Sprintf("unknown action %q", action)
	}
	return ""
}

// key returns what the model calls a service of the script.
func (p *player) key(name string) hosting.Key {
	for _, h := range p.keys {
		if h.name == name {
			return h.key
		}
	}
	key := hosting.Key{Service: model.ServiceID(len(p.keys) + 1)}
	p.keys = append(p.keys, hosted{name, key})
	return key
}

// reply gives a scripted reply.
func (p *player) reply(e Event) outcome {
	m := replyWord.FindStringSubmatch(e.Detail)
	if m == nil {
		return unjudged("unknown wording of a reply")
	}
	var code model.Code
	switch m[2] {
	case "Success", "ok", "(create notification)":
		code = model.OK
	case "FailedBusy", "busy":
		code = model.Busy
	case "FailedOther", "failed":
		code = model.Failed
	default:
		return unjudged(fmt.Sprintf("unknown reply %q", m[2]))
	}
	k, _ := strconv.Atoi(m[1])
	if p.stuck >= 0 {
		return outcome{}
	}
	answered := false
	if e.Event == "create-reply" {
		answered = p.createReply(k, code)
	} else {
		answered = p.removeReply(k, code)
	}
	if !answered {
		return differed("nothing to answer: that request was not sent")
	}
	return agreed
}

// validate asks what a validation asked for: the ids that its replies name.
func (p *player) validate(i int) outcome {
	if p.stuck >= 0 {
		return outcome{}
	}
	replies := p.repliesTo(i)
	if len(replies) == 0 {
		return unjudged("no reply was recorded, which would name the ids")
	}
	var list model.CheckList
	for _, r := range replies {
		name, n := validationOf(p.t.Events[r].Detail)
		term := p.term(name)
		for range n {
			if term == 0 { // made by nobody
				list.Checks = append(list.Checks, model.Check{Term: model.TermID(1 + len(list.Checks)), Marker: 7})
			} else {
				list.Checks = append(list.Checks, model.Check{Term: term, Marker: 7})
			}
		}
		if n == 0 {
			return unjudged("unknown wording of its reply")
		}
	}
	if !p.deliver(1, model.Msg{Kind: model.ValidateRequest, Req: uint64(i), Body: &list}) {
		return differed("no channel to ask over")
	}
	return agreed
}

// repliesTo returns the replies recorded after a validation and before the next.
func (p *player) repliesTo(i int) []int {
	var replies []int
	for k := i + 1; k < len(p.t.Events) && p.t.Events[k].Event != "validate-sent"; k++ {
		if p.t.Events[k].Event == "validate-reply" {
			replies = append(replies, k)
		}
	}
	return replies
}

var (
	oneState   = regexp.MustCompile(`^(\S+) valid=(?:true|false)`)
	manyStates = regexp.MustCompile(`^(\d+) states$`)
)

// validationOf returns which id a reply is about, and how many; none is a wording that is not known.
func validationOf(detail string) (string, int) {
	if m := manyStates.FindStringSubmatch(detail); m != nil {
		n, _ := strconv.Atoi(m[1])
		return "unknown", min(n, 10_000)
	}
	if m := oneState.FindStringSubmatch(detail); m != nil {
		return m[1], 1
	}
	return "", 0
}

// term returns the terminator of a recorded name, 0 if the model has made none of it.
func (p *player) term(name string) model.TermID {
	for id := range p.states {
		if p.names[id] == name {
			return id
		}
	}
	for id, have := range p.names { // created once, gone by now
		if have == name {
			return id
		}
	}
	return 0
}
