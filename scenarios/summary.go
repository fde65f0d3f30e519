package scenarios

import (
	"fmt"
	"strconv"

	"gyre/checker"
	"gyre/model"
	"gyre/sim"
)

// Summary is what an outcome says about a property, in the words of an expectation: the status, the rung of a
// violation, and what is worth knowing. It is golden: equal runs have equal summaries.
func Summary(o *Outcome, property string) string {
	if o.Fault != nil {
		return line("fault", fmt.Sprintf("step %d: %s", o.Events, o.Fault.Text))
	}
	v := o.Report.Verdict(property)
	switch {
	case v.Status == checker.Violated && v.Rung == checker.None:
		return line(v.Status.String(), details(o, &v))
	case v.Status == checker.Violated:
		return line(v.Status.String(), v.Rung.String()+"  "+details(o, &v))
	case o.Limit != nil:
		return line(checker.Unknown.String(), o.Limit.Error())
	case v.Status == 0:
		return line(checker.NotJudged.String(), "")
	case v.Status == checker.Unknown:
		return line(v.Status.String(), v.Text)
	case v.Status == checker.Holds && property == "no-spin":
		return line(v.Status.String(), "churn "+thousandths(o.Report.Churn))
	default:
		return line(v.Status.String(), "")
	}
}

// line pads the status so that what follows lines up.
func line(status, rest string) string {
	if rest == "" {
		return status
	}
	return fmt.Sprintf("%-8s  %s", status, rest)
}

// details says of a spin how fast and how long, and of anything else which terminator and since when.
func details(o *Outcome, v *checker.Verdict) string {
	operations := strconv.FormatUint(v.Creates+v.Deletes, 10) + " lifecycle operations"
	switch {
	case v.Rung == checker.Lasso:
		return fmt.Sprintf("period %s, for ever", v.Period)
	case v.Period > 0:
		end := "ends after"
		if v.Going {
			end = "still going after"
		}
		return fmt.Sprintf("period %s, %s %s, %s", round(v.Period), end, round(v.Length), operations)
	}
	return fmt.Sprintf("%s since %s", Subject(o.Names, v.Subject), round(v.At.Sub(0)))
}

// Subject renders the terminator that a verdict is about: rtr1 web, or rtr1 web/2 for one after the first.
func Subject(names *model.Names, s checker.Subject) string {
	if s.Router == 0 {
		return "nobody"
	}
	text := names.Name(sim.Nodes, uint64(s.Router)) + " " + names.Name(model.ClassService, uint64(s.Service))
	if s.Index > 0 {
		text += "/" + strconv.Itoa(int(s.Index))
	}
	return text
}

// round leaves three digits or so: what is finer says nothing about the loop.
func round(d sim.Duration) sim.Duration {
	unit := sim.Millisecond
	if d >= 10*sim.Second {
		unit = sim.Second
	}
	return (d + unit/2) / unit * unit
}

// thousandths renders a number of thousandths with one digit after the point.
func thousandths(n uint64) string {
	n = (n + 50) / 100
	return strconv.FormatUint(n/10, 10) + "." + strconv.FormatUint(n%10, 10)
}
