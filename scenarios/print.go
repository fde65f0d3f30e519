package scenarios

import (
	"fmt"
	"strconv"
	"strings"

	"gyre/sim"
)

// String prints the plan in its one canonical form. Parse reads it back to an equal plan.
func (p *Plan) String() string {
	var b strings.Builder
	for _, line := range p.Story {
		b.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
	b.WriteByte('\n')
	p.printHead(&b)
	b.WriteByte('\n')
	for i := range p.Steps {
		fmt.Fprintf(&b, "%-8s %s\n", sim.Duration(p.Steps[i].At), p.Steps[i].Text())
	}
	if p.SettleAt > 0 {
		fmt.Fprintf(&b, "%-8s ", sim.Duration(p.SettleAt))
	}
	fmt.Fprintf(&b, "settle %s\n", p.Settle)
	for i := range p.Expect {
		fmt.Fprintf(&b, "\nexpect %s\n%s\n", p.Expect[i].Property, fence)
		b.WriteString(table(p.Expect[i].Lines))
	}
	return b.String()
}

// fence parts the line that asks from the lines that answer.
const fence = "----"

func (p *Plan) printHead(b *strings.Builder) {
	fmt.Fprintf(b, "cluster controllers=%d routers=%d", p.Controllers, p.Routers)
	if p.Voters != p.Controllers {
		fmt.Fprintf(b, " voters=%d", p.Voters)
	}
	if p.Spares > 0 {
		fmt.Fprintf(b, " spares=%d", p.Spares)
	}
	b.WriteByte('\n')
	for i := range p.Services {
		s := &p.Services[i]
		if s.Count == 0 {
			fmt.Fprintf(b, "service %s on %s", s.Name, joinNames(s.On))
		} else {
			fmt.Fprintf(b, "services %d on %s", s.Count, joinNames(s.On))
		}
		if s.Each > 0 {
			fmt.Fprintf(b, " each=%d", s.Each)
		}
		if s.Terminators > 0 {
			fmt.Fprintf(b, " terminators=%d", s.Terminators)
		}
		b.WriteByte('\n')
	}
	for i := range p.SDKs {
		b.WriteString(p.SDKs[i].text() + "\n")
	}
	fmt.Fprintf(b, "seed %s\n", p.Seed)
	for _, s := range p.Settings {
		fmt.Fprintf(b, "set %s=%s\n", s.Name, s.Value)
	}
	for _, l := range p.Links {
		fmt.Fprintf(b, "link %s latency=%s", l.Pair, l.Latency)
		if l.Jitter >= 0 {
			fmt.Fprintf(b, " jitter=%s", l.Jitter)
		}
		b.WriteByte('\n')
	}
	for _, v := range p.Versions {
		fmt.Fprintf(b, "version %s %s\n", joinNames(v.Nodes), v.Release)
	}
	for _, t := range p.Twins {
		fmt.Fprintf(b, "twin %s of %s\n", t[0], t[1])
	}
	if p.Shuffle {
		b.WriteString("shuffle\n")
	}
	if p.Manual {
		b.WriteString("connect manual\n")
	}
}

func (a Pair) String() string {
	if a.Both {
		return a.From + "<->" + a.To
	}
	return a.From + "->" + a.To
}

// Text prints a directive without its time.
func (d *Directive) Text() string {
	words := []string{d.Verb}
	add := func(s string) { words = append(words, s) }
	if d.Service != "" {
		add(d.Service)
	}
	s, ok := lookup(d.Verb)
	switch {
	case ok && s.operand == opHosting:
		add("on")
	case ok && s.operand == opLookup:
		add("at")
	}
	if len(d.Nodes) > 0 {
		add(joinNames(d.Nodes))
	}
	if len(d.Pairs) > 0 {
		pairs := make([]string, len(d.Pairs))
		for i := range d.Pairs {
			pairs[i] = d.Pairs[i].String()
		}
		add(strings.Join(pairs, ","))
	}
	if len(d.Groups) > 0 {
		groups := make([]string, len(d.Groups))
		for i := range d.Groups {
			groups[i] = joinNames(d.Groups[i])
		}
		add(strings.Join(groups, " | "))
	}
	if d.Word != "" {
		add(d.Word)
	}
	for _, o := range s.options {
		if value := d.option(o); value != "" {
			add(o.key + "=" + value)
		}
	}
	return strings.Join(words, " ")
}

// option renders the value of an option, empty if it is left out.
func (d *Directive) option(o option) string {
	switch o.kind {
	case countOption:
		if d.Count != 0 || o.required {
			return strconv.Itoa(d.Count)
		}
	case timeOption:
		if d.Until != 0 || o.required {
			return sim.Duration(d.Until).String()
		}
	default:
		if d.Span != 0 || o.required {
			return d.Span.String()
		}
	}
	return ""
}

// lookup finds the grammar of a timed verb.
func lookup(verb string) (spec, bool) {
	for _, s := range specs {
		if s.Verb == verb && !s.Head {
			return s, true
		}
	}
	return spec{}, false
}

// table lays out expectation lines in two columns.
func table(lines []Line) string {
	width := 0
	for _, l := range lines {
		width = max(width, len(l.Algorithm))
	}
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%-*s   %s\n", width, l.Algorithm, l.Text)
	}
	return b.String()
}
