package gyretest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gyre/sim"
)

// Plan is what happens to a world: text that people can read, keep and play again with Replay.
type Plan struct {
	Seed    sim.Seed
	Jitter  sim.Duration // a message takes up to this much longer than its link says
	Shuffle bool         // events of one instant come in an order drawn from the seed
	Steps   []Directive  // in order of time
}

// Directive is one line of a plan: a fault, or an operation of a user.
type Directive struct {
	At   sim.Time
	Verb string       // the kind of a fault, or the name of an operation
	Node string       // the host, or the near end of a link
	Peer string       // the far end of a link
	Both bool         // the link in both directions
	For  sim.Duration // how long it lasts
	By   sim.Duration // of slow and skew
	N    int          // after= of crash, x= of overload, the operation's number
}

// String prints the plan. ParsePlan reads it back to an equal plan.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %s\n", p.Seed)
	if p.Jitter > 0 {
		fmt.Fprintf(&b, "jitter %s\n", p.Jitter)
	}
	if p.Shuffle {
		b.WriteString("shuffle\n")
	}
	for i := range p.Steps {
		fmt.Fprintf(&b, "%-8s %s\n", p.Steps[i].At, p.Steps[i].Text())
	}
	return b.String()
}

// Text prints a directive without its time.
func (d *Directive) Text() string {
	k, fault := kindOf(d.Verb)
	words := []string{d.Verb}
	switch {
	case !fault:
		words = append(words, strconv.Itoa(d.N))
	case k.pair && (d.Both || d.Verb == "break"):
		words = append(words, d.Node+"<->"+d.Peer)
	case k.pair:
		words = append(words, d.Node+"->"+d.Peer)
	default:
		words = append(words, d.Node)
	}
	switch d.Verb {
	case "slow":
		words = append(words, "by="+d.By.String())
	case "skew":
		words = append(words, "by="+signed(d.By))
	case "overload":
		words = append(words, "x="+strconv.Itoa(d.N))
	case "crash":
		if d.N > 0 {
			words = append(words, "after="+strconv.Itoa(d.N))
		}
	}
	if k.lasts {
		words = append(words, "for="+d.For.String())
	}
	return strings.Join(words, " ")
}

func signed(d sim.Duration) string {
	if d < 0 {
		return "-" + (-d).String()
	}
	return d.String()
}

// ParsePlan reads a plan. The error says which line is wrong, and what is.
func ParsePlan(text string) (*Plan, error) {
	p := &Plan{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := p.line(words); err != nil {
			return nil, fmt.Errorf("plan:%d: %w", n, err)
		}
	}
	slices.SortStableFunc(p.Steps, func(a, b Directive) int { return int(a.At - b.At) })
	return p, nil
}

// line reads one line that is not empty.
func (p *Plan) line(words []string) (err error) {
	switch {
	case words[0] == "seed" && len(words) == 2:
		p.Seed, err = sim.ParseSeed(words[1])
		return err
	case words[0] == "jitter" && len(words) == 2:
		p.Jitter, err = sim.ParseDuration(words[1])
		return err
	case words[0] == "shuffle" && len(words) == 1:
		p.Shuffle = true
		return nil
	}
	at, err := sim.ParseDuration(words[0])
	if err != nil {
		return fmt.Errorf("%q is neither seed, jitter, shuffle nor a time: %w", words[0], err)
	}
	if len(words) < 3 {
		return fmt.Errorf("a directive is TIME VERB WHAT, such as 1m crash api for=5s")
	}
	d := Directive{At: sim.Time(at), Verb: words[1]}
	k, fault := kindOf(d.Verb)
	if !fault {
		if d.N, err = strconv.Atoi(words[2]); err != nil || len(words) > 3 || d.N < 0 {
			return fmt.Errorf("%s: an operation has one number (faults are %s)", d.Verb, verbs())
		}
	} else if err := d.fault(k, words[2:]); err != nil {
		return fmt.Errorf("%s: %w", d.Verb, err)
	}
	p.Steps = append(p.Steps, d)
	return nil
}

// fault reads what a fault concerns, and its options.
func (d *Directive) fault(k kind, words []string) (err error) {
	d.Node = words[0]
	if k.pair {
		var link bool
		if d.Node, d.Peer, link = strings.Cut(words[0], "<->"); link {
			d.Both = true
		} else if d.Node, d.Peer, link = strings.Cut(words[0], "->"); !link {
			return fmt.Errorf("it takes a link, such as a->b or a<->b, not %q", words[0])
		}
	}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch {
		case key == "for" && k.lasts:
			d.For, err = sim.ParseDuration(value)
		case key == "by" && d.Verb == "skew" && strings.HasPrefix(value, "-"):
			d.By, err = sim.ParseDuration(value[1:])
			d.By = -d.By
		case key == "by" && (d.Verb == "slow" || d.Verb == "skew"):
			d.By, err = sim.ParseDuration(value)
		case key == "after" && d.Verb == "crash", key == "x" && d.Verb == "overload":
			if d.N, err = strconv.Atoi(value); err == nil && d.N < 1 {
				err = fmt.Errorf("%s must be at least 1", key)
			}
		default:
			err = fmt.Errorf("unknown option %q", word)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// verbs lists the faults for an error.
func verbs() string {
	var words []string
	for _, k := range kinds() {
		words = append(words, k.verb)
	}
	return strings.Join(words, ", ")
}

// fits tells what of a plan the world does not have.
func fits[M sim.Canonical](p *Plan, b *Bed[M]) error {
	for i := range p.Steps {
		d := &p.Steps[i]
		k, fault := kindOf(d.Verb)
		if o, ok := b.op(d.Verb); !fault && (!ok || d.N >= o.below) {
			return fmt.Errorf("plan: %s %s: no such operation, or too large a number", d.At, d.Text())
		}
		if !fault {
			continue
		}
		_, node := b.host(d.Node)
		_, peer := b.host(d.Peer)
		if !node || k.pair && (!peer || d.Node == d.Peer) {
			return fmt.Errorf("plan: %s %s: no such host (have %s)", d.At, d.Text(), strings.Join(names(b), ", "))
		}
	}
	return nil
}

// names lists the hosts.
func names[M sim.Canonical](b *Bed[M]) []string {
	var list []string
	for _, h := range b.hosts {
		list = append(list, h.name)
	}
	return list
}
