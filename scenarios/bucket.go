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

// deedClasses turns the words of a causal chain into a class.
var deedClasses = [...][2]string{ //tidy:ok constant table
	{"learned of the create of", "learned"},
	{"applied the create of", "created"},
	{"asked to remove", "asked"},
	{"dropped its entry", "dropped"},
	{"queued the delete of", "queued"},
	{"applied the delete of", "deleted"},
}

// plightClasses turns the words of a finding into a class; the first that a text has decides.
var plightClasses = [...][2]string{ //tidy:ok constant table
	{"it took ", "late"},
	{"(the router gave up)", "gave-up"},
	{"that nobody wants", "unwanted-row"},
	{"that its router does not host", "unhosted-row"},
	{"has no row", "no-row"},
	{" rows", "several-rows"},
}

// causalClass says how a violation came about: the deeds of its chain, oldest first, or else the plight of the first
// terminator it names.
func causalClass(v *checker.Verdict) string {
	var deeds []string
	for i := len(v.Chain) - 1; i >= 0; i-- {
		_, deed, _ := strings.Cut(v.Chain[i].What, ": ")
		for _, c := range deedClasses {
			if strings.HasPrefix(deed, c[0]) {
				deeds = append(deeds, c[1])
			}
		}
	}
	if len(deeds) > 0 {
		return strings.Join(deeds, ">")
	}
	return plight(v)
}

// plight classifies a violation of a property of the end of the run. Only the first finding counts, since how
// many follow depends on the size of the plan.
func plight(v *checker.Verdict) string {
	text, _, _ := strings.Cut(v.Text, "; bound is")
	if _, rest, ok := strings.Cut(text, "after the last outside event: "); ok {
		text, _, _ = strings.Cut(rest, ", ")
	}
	for _, c := range plightClasses {
		if strings.Contains(text, c[0]) {
			return c[1]
		}
	}
	return ""
}
