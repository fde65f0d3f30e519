package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Distribution is what a number of plans have in them, so that blind spots show.
type Distribution struct {
	Plans       int
	Verbs       map[string]int // plans that have the directive
	Settings    map[string]int // plans that change it
	Controllers map[int]int    // plans with so many, spares included
	Routers     [4]int         // plans with 1, to 5, to 20, more
	Services    [4]int         // plans with 1, to 10, to 50, more
	Steps       [4]int         // plans with none, to 5, to 15, more
	Latency     int            // plans with a latency of their own
	Several     int            // plans with several controllers
	Toggles     int            // plans that create and delete one terminator often
}

// Add counts one more plan.
func (d *Distribution) Add(p *Plan) {
	if d.Verbs == nil {
		d.Verbs, d.Settings, d.Controllers = map[string]int{}, map[string]int{}, map[int]int{}
	}
	d.Plans++
	seen := map[string]bool{}
	for i := range p.Steps {
		if verb := p.Steps[i].Verb; !seen[verb] {
			seen[verb] = true
			d.Verbs[verb]++
		}
	}
	for _, s := range p.Settings {
		d.Settings[s.Name]++
	}
	services := 0
	for i := range p.Services {
		services += max(1, p.Services[i].Count)
	}
	d.Controllers[p.Controllers+p.Spares]++
	d.Routers[class3(p.Routers, 1, 5, 20)]++
	d.Services[class3(services, 1, 10, 50)]++
	d.Steps[class3(len(p.Steps), 0, 5, 15)]++
	if len(p.Links) > 0 || slices.ContainsFunc(p.Settings, func(s Setting) bool { return s.Name == "latency" }) {
		d.Latency++
	}
	if p.Controllers > 1 {
		d.Several++
	}
	if seen["toggle"] || seen["retire"] && seen["host"] {
		d.Toggles++
	}
}

// class3 tells which of the classes up to a, b, c and more n is in.
func class3(n, a, b, c int) int {
	switch {
	case n <= a:
		return 0
	case n <= b:
		return 1
	case n <= c:
		return 2
	}
	return 3
}

// Missing returns the timed directives that no plan has.
func (d *Distribution) Missing() []string {
	var missing []string
	for _, h := range Directives() {
		if !h.Head && drawn(h.Verb) && d.Verbs[h.Verb] == 0 {
			missing = append(missing, h.Verb)
		}
	}
	return missing
}

// drawn reports whether the generator draws a verb. Plans that people write have some more, and so have their
// mutations.
func drawn(verb string) bool {
	switch verb {
	case "watch": // generated plans look services up one by one
		return false
	case "clone", "tunneler-off", "tunneler-on": // plans of earlier seeds stay what they were
		return false
	}
	return true
}

// String renders the distribution, a few lines.
func (d *Distribution) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "plans        %d: several controllers %s, high or mixed latency %s, frequent changes %s\n",
		d.Plans, d.share(d.Several), d.share(d.Latency), d.share(d.Toggles))
	b.WriteString("controllers ")
	for _, n := range slices.Sorted(maps.Keys(d.Controllers)) {
		fmt.Fprintf(&b, " %d: %s", n, d.share(d.Controllers[n]))
	}
	row := func(what string, counts [4]int, classes ...string) {
		fmt.Fprintf(&b, "\n%-12s", what)
		for i, n := range counts {
			fmt.Fprintf(&b, " %s: %s", classes[i], d.share(n))
		}
	}
	row("routers", d.Routers, "1", "2-5", "6-20", "more")
	row("services", d.Services, "1", "2-10", "11-50", "more")
	row("directives", d.Steps, "0", "1-5", "6-15", "more")
	d.words(&b, "faults", d.Verbs)
	d.words(&b, "settings", d.Settings)
	if missing := d.Missing(); len(missing) > 0 {
		b.WriteString("\nnever        " + strings.Join(missing, ", "))
	}
	return b.String() + "\n"
}

func (d *Distribution) words(b *strings.Builder, what string, counts map[string]int) {
	fmt.Fprintf(b, "\n%-12s", what)
	width := 13
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		word := name + ": " + d.share(counts[name])
		if width+1+len(word) > 118 {
			fmt.Fprintf(b, "\n%12s", "")
			width = 12
		}
		b.WriteString(" " + word)
		width += 1 + len(word)
	}
}

// share renders a part of the plans in per cent.
func (d *Distribution) share(n int) string {
	return fmt.Sprintf("%d%%", (n*100+d.Plans/2)/max(1, d.Plans))
}
