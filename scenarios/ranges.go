package scenarios

import (
	"strconv"
	"strings"
)

// Names that follow each other may be written as a range, rtr1..rtr40. In a plan they are names like any other.

// rangeMin is how many names in a row are printed as a range.
const rangeMin = 4

// ranges replaces each range by the names it stands for. What is no range stays as it is.
func (p *parser) ranges(verb string, list []string) []string {
	var names []string
	for _, word := range list {
		from, to, ok := strings.Cut(word, "..")
		if !ok {
			names = append(names, word)
			continue
		}
		stem, first := splitName(from)
		other, last := splitName(to)
		switch {
		case first == 0 || last == 0 || stem != other || last <= first:
			p.fail(verb, "bad range %q (write rtr1..rtr4)", word)
			return nil
		case p.plan.node(from) == 0 || p.plan.node(to) == 0: // as nodeOf would say of the one that is not there
			if p.plan.node(from) > 0 {
				from = to
			}
			names = append(names, from)
			continue
		}
		for n := first; n <= last; n++ {
			names = append(names, stem+strconv.Itoa(n))
		}
	}
	return names
}

// splitName parts the name of a node into stem and number; 0 if it is none.
func splitName(name string) (stem string, n int) {
	for _, stem := range []string{"ctl", "rtr", "sdk"} {
		if n := serial(name, stem); n > 0 {
			return stem, n
		}
	}
	return "", 0
}

// joinNames prints a list of nodes; four or more in a row become a range.
func joinNames(names []string) string {
	var words []string
	for i := 0; i < len(names); {
		stem, first := splitName(names[i])
		n := 1
		for first > 0 && i+n < len(names) && names[i+n] == stem+strconv.Itoa(first+n) {
			n++
		}
		if n < rangeMin {
			words = append(words, names[i])
			i++
			continue
		}
		words = append(words, names[i]+".."+names[i+n-1])
		i += n
	}
	return strings.Join(words, ",")
}
