package scenarios

import (
	"strings"

	"gyre/checker"
)

// Bucket is the semantic signature of a finding: two findings of one bucket are the same trouble as far as Gyre
// can tell. It is comparable and holds nothing that depends on names, times or seeds.
type Bucket struct {
	Property  string // the property violated, or Fault
	Rung      string // of the proof: none where the witness is the proof, empty for a fault
	Class     string // the causal class, empty if unknown
	Algorithm string
}

// Fault is the property of the bucket of a run that ended with a failed assertion.
const Fault = "fault"

// String renders a bucket in one line: ziti-1.0.0 no-spin closure learned>dropped>deleted.
func (b Bucket) String() string {
	return strings.Join(strings.Fields(b.Algorithm+" "+b.Property+" "+b.Rung+" "+b.Class), " ")
}

// Buckets returns what an outcome violates, a bucket for each property, in the order of checker.Properties. A run
// that ended with a fault has that one bucket.
func Buckets(o *Outcome) []Bucket {
	if o.Fault != nil {
		return []Bucket{{Property: Fault, Class: faultClass(o.Fault.Text), Algorithm: o.Algorithm.Name}}
	}
	var list []Bucket
	for i := range o.Report.Verdicts {
		if v := &o.Report.Verdicts[i]; v.Status == checker.Violated {
			list = append(list, Bucket{v.Property, v.Rung.String(), causalClass(v), o.Algorithm.Name})
		}
	}
	return list
}

// classMax bounds the class of a fault.
const classMax = 80

// faultClass takes what differs from run to run out of the text of a fault: numbers, and all after the first line.
func faultClass(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	var b strings.Builder
	digits := false
	for _, c := range text {
		if c >= '0' && c <= '9' {
			if !digits {
				b.WriteByte('N')
			}
			digits = true
			continue
		}
		digits = false
		b.WriteRune(c)
		if b.Len() >= classMax {
			break
		}
	}
	return strings.Join(strings.Fields(b.String()), "-")
}

// causalClass says how a violation came about: what is wrong with its subject, if that is the point, and the deeds
// that made it so, oldest first and each once: how often a loop was gone through depends on the size of the plan.
func causalClass(v *checker.Verdict) string {
	class := v.Class
	if class == "" && v.Plight == "" {
		class = chainClass(v.Chain)
	}
	if v.Plight != "" {
		class = strings.TrimSuffix(v.Plight+":"+class, ":")
	}
	return strings.ReplaceAll(class, " ", "-")
}

// chainClass joins the deeds of a chain, oldest first.
func chainClass(chain []checker.Link) string {
	var list []string
	for i := len(chain) - 1; i >= 0; i-- {
		if deed := chain[i].Deed; deed != "" {
			list = append(list, deed)
		}
	}
	return strings.Join(list, ">")
}
