package checker

import (
	"fmt"
	"strings"
)

// fairness says what must not be ruled out for a loop with chance in it to go on.
func (c *Checker) fairness(a *chance) string {
	p := &c.cfg.Params
	kinds := []string{}
	if p.Jitter > 0 {
		kinds = append(kinds, "message delays (jitter "+span(p.Jitter)+")")
	}
	if p.HandlerMax > p.HandlerMin {
		kinds = append(kinds, "handler times ("+span(p.HandlerMin)+" to "+span(p.HandlerMax)+")")
	}
	if p.CtrlEventMax > 0 {
		kinds = append(kinds, "delays of channel events (up to "+span(p.CtrlEventMax)+")")
	}
	of := ""
	if len(kinds) > 0 {
		of = ", of " + strings.Join(kinds, ", ")
	}
	return fmt.Sprintf("the state of the whole world came back after %s with %d draws in between%s: whoever may choose "+
		"them keeps it going for ever, and only a chance that is fair to every outcome ends it", span(a.period), a.draws, of)
}

// neverVerdict is that of a run that repeats itself outside the desired set.
func (c *Checker) neverVerdict(f *findings, rung Rung, text string) Verdict {
	v := Verdict{Status: Violated, Rung: rung, At: c.quiet, Text: text}
	if len(f.wrong) > 0 {
		v.Subject = c.subject(f.wrong[0].key, c.keys[f.wrong[0].key].newest)
		c.blameFirst(&v, f.wrong)
	}
	return v
}
