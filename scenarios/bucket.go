package scenarios

import (
	"gyre/checker"
)

// Bucket is the semantic signature of a finding: two findings of one bucket are the same trouble as far as Gyre
// can tell. It is comparable and holds nothing that depends on names, times or seeds.
type Bucket struct {
	Property  string // the property violated, or Fault
	Rung      string // of the proof, empty for a fault
	Class     string // the causal class, empty if unknown
	Algorithm string
}

// Fault is the property of the bucket of a run that ended with a failed assertion.
const Fault = "fault"

// Buckets returns what an outcome violates, a bucket for each property, in the order of checker.Properties. A run
// that ended with a fault has that one bucket.
func Buckets(o *Outcome) []Bucket {
	if o.Fault != nil {
		return []Bucket{{Property: Fault, Class: faultClass(o.Fault.Text), Algorithm: o.Algorithm.Name}}
	}
	var list []Bucket
	for i := range o.Report.Verdicts {
		v := &o.Report.Verdicts[i]
		if v.Status != checker.Violated {
			continue
		}
		list = append(list, Bucket{v.Property, v.Rung.String(), class(v), o.Algorithm.Name})
	}
	return list
}

// faultClass takes the numbers out of the text of a fault.
func faultClass(text string) string { return text }

func class(v *checker.Verdict) string { return "" }
