package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gyre/model"
)

// Mismatch is an expectation that was not met.
type Mismatch struct {
	Plan      string
	Line      int // in the text
	Property  string
	Algorithm string
	Want, Got string // an empty Want: nothing is expected yet
}

func (m Mismatch) Error() string {
	where := fmt.Sprintf("%s.txt:%d: %s: %s", m.Plan, m.Line, m.Property, m.Algorithm)
	if m.Want == "" {
		return fmt.Sprintf("%s: nothing is expected\n\tgot  %s", where, m.Got)
	}
	return fmt.Sprintf("%s\n\twant %s\n\tgot  %s", where, m.Want, m.Got)
}

// expects reports whether a plan says anything about a property.
func (p *Plan) expects(property string) bool {
	return slices.ContainsFunc(p.Expect, func(e Expectation) bool { return e.Property == property })
}

// Want returns what a property is expected to come to for an algorithm.
func (p *Plan) Want(property, algorithm string) (Line, bool) {
	for i := range p.Expect {
		if p.Expect[i].Property != property {
			continue
		}
		for _, l := range p.Expect[i].Lines {
			if l.Algorithm == algorithm {
				return l, true
			}
		}
	}
	return Line{}, false
}

// Compare holds what was got, in the words of Summary, against the expectation. It returns nil if they agree or
// the plan says nothing about the property.
func (p *Plan) Compare(property, algorithm, got string) *Mismatch {
	for i := range p.Expect {
		if p.Expect[i].Property != property {
			continue
		}
		m := &Mismatch{Plan: p.Name, Line: p.Expect[i].Line, Property: property, Algorithm: algorithm, Got: got}
		if l, ok := p.Want(property, algorithm); ok {
			m.Want, m.Line = l.Text, l.Line
		}
		if m.Want == got {
			return nil
		}
		return m
	}
	return nil
}

// Mismatches holds an outcome against all the expectations of its plan, in the order of the text.
func Mismatches(o *Outcome) []Mismatch {
	var list []Mismatch
	for i := range o.Plan.Expect {
		property := o.Plan.Expect[i].Property
		if m := o.Plan.Compare(property, o.Algorithm.Name, Summary(o, property)); m != nil {
			list = append(list, *m)
		}
	}
	return list
}

// Update rewrites the expectations in the text of a plan to what the outcomes came to, and keeps everything else:
// comments, and the lines of algorithms without an outcome.
func Update(text string, outcomes ...*Outcome) string {
	lines := strings.Split(text, "\n")
	var out []string
	for i := 0; i < len(lines); i++ {
		out = append(out, lines[i])
		property, ok := strings.CutPrefix(strings.TrimSpace(lines[i]), "expect ")
		if !ok || i+1 >= len(lines) || strings.TrimSpace(lines[i+1]) != fence {
			continue
		}
		out = append(out, lines[i+1])
		old := []Line{}
		for i += 2; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
			if strings.HasPrefix(strings.TrimSpace(lines[i]), "#") {
				out = append(out, lines[i])
				continue
			}
			algorithm, rest, _ := strings.Cut(strings.TrimSpace(lines[i]), " ")
			old = append(old, Line{Algorithm: algorithm, Text: strings.TrimSpace(rest)})
		}
		i--
		block := table(merge(old, strings.TrimSpace(property), outcomes))
		out = append(out, strings.Split(strings.TrimSuffix(block, "\n"), "\n")...)
	}
	return strings.Join(out, "\n")
}

// merge puts the outcomes into the lines there were: known algorithms first, in their order, then the rest.
func merge(old []Line, property string, outcomes []*Outcome) []Line {
	texts := map[string]string{}
	for _, l := range old {
		texts[l.Algorithm] = l.Text
	}
	for _, o := range outcomes {
		texts[o.Algorithm.Name] = Summary(o, property)
	}
	lines := []Line{}
	add := func(algorithm string) {
		if text, ok := texts[algorithm]; ok {
			lines = append(lines, Line{Algorithm: algorithm, Text: text})
			delete(texts, algorithm)
		}
	}
	for _, a := range model.Algorithms() {
		add(a.Name)
	}
	for _, l := range old {
		add(l.Algorithm)
	}
	for _, o := range outcomes {
		add(o.Algorithm.Name)
	}
	return lines
}
