package checker

import (
	"fmt"
	"strconv"
	"strings"

	"gyre/model"
	"gyre/model/controller"
	edge "gyre/model/router"
	"gyre/sim"
)

// span renders a duration for people: 42.1ms, 5.214s, 5m0s, 1h2m0s.
func span(d sim.Duration) string {
	switch {
	case d < 0:
		return "-" + span(-d)
	case d == 0:
		return "0s"
	case d < sim.Millisecond:
		return strconv.FormatInt(int64(d), 10) + "us"
	case d < sim.Second:
		return decimal(int64(d)/100, 10) + "ms"
	case d < sim.Minute:
		return decimal(int64(d/sim.Millisecond), 1000) + "s"
	case d < sim.Hour:
		return fmt.Sprintf("%dm%ds", d/sim.Minute, d%sim.Minute/sim.Second)
	default:
		return fmt.Sprintf("%dh%dm%ds", d/sim.Hour, d%sim.Hour/sim.Minute, d%sim.Minute/sim.Second)
	}
}

// decimal renders n parts of one, one being a power of ten, without trailing zeros.
func decimal(n, one int64) string {
	whole := strconv.FormatInt(n/one, 10)
	if n%one == 0 {
		return whole
	}
	fraction := strconv.FormatInt(one+n%one, 10)[1:]
	return whole + "." + strings.TrimRight(fraction, "0")
}

// point renders a moment, as the trace does. Spans are rendered by span, which is shorter: a moment can be looked up.
func point(t sim.Time) string { return t.Clock() }

// count renders how many: no deletes, 1 create, 2 creates.
func count(n uint64, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	}
	return strconv.FormatUint(n, 10) + " " + what + "s"
}

// times renders how often.
func times(n uint64) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	default:
		return strconv.FormatUint(n, 10) + " times"
	}
}

// name renders key i as people know it: "rtr1 web.0".
func (c *Checker) name(i int32) string {
	k := &c.keys[i]
	if at := int(k.index) - int(model.SDKIndex); at >= 0 && at < len(c.sdk.byIndex) {
		return fmt.Sprintf("%s %s of %s", c.node(c.routers[k.router].node),
			c.names.Name(model.ClassService, uint64(k.service)), c.node(c.sdk.byIndex[at].host))
	}
	return fmt.Sprintf("%s %s.%d", c.node(c.routers[k.router].node),
		c.names.Name(model.ClassService, uint64(k.service)), k.index)
}

func (c *Checker) node(id sim.NodeID) string { return c.names.Name(sim.Nodes, uint64(id)) }

func (c *Checker) id(id model.TermID) string { return c.names.Name(model.ClassTerm, uint64(id)) }

func (c *Checker) subject(i int32, id model.TermID) Subject {
	k := &c.keys[i]
	return Subject{c.routers[k.router].node, k.service, k.index, id}
}

// links renders a chain.
func (c *Checker) links(from *chain) []Link {
	to := make([]Link, from.n)
	for i := range to {
		l := &from.links[i]
		to[i] = Link{Step: l.step, At: l.at, Node: l.node, What: c.what(l), Deed: deedClasses[l.deed]}
		if i > 0 {
			to[i-1].Cause = l.step
		}
	}
	return to
}

var deedWords = [...]string{ //tidy:ok constant table
	deedAsked:    "asked to remove",
	deedLeft:     "dropped its entry",
	deedQueued:   "queued the delete of",
	deedDeleted:  "applied the delete of",
	deedCreated:  "applied the create of",
	deedReturned: "applied the create of",
	deedAnswered: "learned of the create of",
	deedGaveUp:   "gave up",

	deedAskedCreate: "asked to create",
	deedHosted:      "took up",
	deedEstablished: "took for established",
	deedDoomed:      "set out to delete",
	deedRefused:     "refused",
	deedGone:        "learned of the end of",
	deedDied:        "died with",
	deedWanted:      "made it wanted",
	deedUnwanted:    "made it unwanted",
	deedOperated:    "applied the operator's delete of",
	deedJudged:      "applied the delete after a validation of",
}

// deedClasses are the deeds in a word.
var deedClasses = [...]string{ //tidy:ok constant table
	deedAsked: "asked", deedLeft: "dropped", deedQueued: "queued", deedDeleted: "deleted", deedCreated: "created",
	deedReturned: "created", deedAnswered: "learned", deedGaveUp: "gave-up", deedAskedCreate: "wished",
	deedHosted: "hosted", deedEstablished: "established", deedDoomed: "doomed", deedRefused: "refused",
	deedGone: "learned-end", deedDied: "died", deedWanted: "wanted", deedUnwanted: "unwanted",
	deedOperated: "operator-deleted", deedJudged: "validation-deleted",
}

// what says what happened in a step: why it was taken, and what was done in it.
func (c *Checker) what(l *link) string {
	if l.deed == deedOutside {
		return c.outsideText(l)
	}
	var b strings.Builder
	switch l.input {
	case sim.Boot:
		b.WriteString("started")
	case sim.Deliver:
		b.WriteString("got " + l.kind.String())
	case sim.Expire:
		b.WriteString(c.timer(l.node, l.timer))
		if l.ticks {
			b.WriteString(", a ticker")
		}
	case sim.Command:
		b.WriteString("command " + l.kind.String())
		if l.verb != 0 {
			b.WriteString(" " + l.verb.String())
		}
	case sim.Up:
		b.WriteString("connection up")
	case sim.Down:
		b.WriteString("connection down")
	case sim.DialFailed:
		b.WriteString("dial failed")
	case sim.Work:
		b.WriteString("did " + l.kind.String())
	case sim.Overflow:
		b.WriteString("no room for " + l.kind.String())
	}
	if l.term != 0 {
		b.WriteString(" " + c.id(l.term))
	}
	if l.deed == deedNone {
		return b.String()
	}
	if l.step == 0 {
		b.WriteString(c.outsideText(l))
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(deedWords[l.deed])
	if l.about != 0 {
		b.WriteString(" " + c.id(l.about))
	}
	if l.reason != model.None {
		b.WriteString(" (" + l.reason.String() + ")")
	}
	return b.String()
}

// some joins the first few of a list and counts the rest.
func some(list []string) string {
	const shown = 3
	if len(list) <= shown {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:shown], ", "), len(list)-shown)
}

// timer renders what a timer is for.
func (c *Checker) timer(node sim.NodeID, timer sim.TimerID) string {
	word := controller.TimerWord(timer)
	if c.router(node) >= 0 {
		word = edge.TimerWord(timer, len(c.cfg.Controllers)+len(c.cfg.Spares))
	}
	if word == "" {
		return fmt.Sprintf("timer %d", timer)
	}
	return "timer (" + word + ")"
}
