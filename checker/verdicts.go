package checker

import (
	"fmt"

	"gyre/sim"
)

// spinVerdict judges no-spin.
func (c *Checker) spinVerdict(order []int32) Verdict {
	if len(order) == 0 {
		return Verdict{Status: NotJudged, Text: "no terminator was ever wanted or created"}
	}
	var worst *episode
	at, others := int32(0), -1
	for _, i := range order {
		k := &c.keys[i]
		if k.spin == nil {
			continue
		}
		e := k.spin.worst(c.settled, c.outsides)
		if !e.proven {
			continue
		}
		others++
		mine := c.lasso.claim.held && c.lasso.claim.key == i
		theirs := c.lasso.claim.held && c.lasso.claim.key == at
		if worst == nil || mine || e.deletes > worst.deletes && !theirs {
			worst, at = e, i
		}
	}
	if worst == nil {
		return Verdict{Status: Holds, Text: fmt.Sprintf(
			"%s and %s, and no terminator kept undoing itself", count(c.creates, "create"), count(c.deletes, "delete"))}
	}
	v := Verdict{
		Status: Violated, Rung: Closure, At: worst.first, Period: worst.periods.median(),
		Length: worst.last.Sub(worst.first), Creates: worst.creates, Deletes: worst.deletes,
		Going: c.going(worst), Growth: worst.damped(),
		Subject: c.subject(at, c.keys[at].newest), Chain: c.links(&worst.chain),
	}
	v.Dispute = c.dispute(c.keys[at].spin.quarrel)
	v.Text = c.name(at) + ": " + c.spinText(worst, &c.keys[at])
	if l := &c.lasso.claim; l.held && l.key == at {
		v.Rung, v.Period = Lasso, l.period
		v.Loop = &Loop{l.at, l.period, l.event, l.events, l.hash, l.confirmed}
		v.Text += fmt.Sprintf("; the state of the whole world repeats every %s with no random choice in between, "+
			"so it never ends (%s)", span(l.period), alike(l.confirmed))
	}
	if a := &c.lasso.chance; a.held && a.key == at && v.Rung != Lasso {
		v.Fairness = c.fairness(a)
		v.Text += "; " + v.Fairness
	}
	if others == 1 {
		v.Text += "; one other terminator spun too"
	} else if others > 1 {
		v.Text += fmt.Sprintf("; %d other terminators spun too", others)
	}
	return v
}

func alike(periods uint64) string {
	switch periods {
	case 0:
		return "the run ended before another period was over"
	case 1:
		return "one further period went alike"
	default:
		return fmt.Sprintf("%d further periods went alike", periods)
	}
}

// going reports whether a spin had not stopped yet: the time since is no longer than its turns.
func (c *Checker) going(e *episode) bool {
	return c.at.Sub(e.last) <= 2*max(e.longest, e.last.Sub(e.first)/sim.Duration(e.deletes))
}

// spinText says how a key spun: how often, how fast, how long, how it ended, and why.
func (c *Checker) spinText(e *episode, k *key) string {
	text := "deleted " + times(e.deletes) + " and created again " + times(e.creates)
	if e.creates == e.deletes {
		text = "created and deleted " + times(e.deletes) + " each"
	}
	first, last := e.periods.growth()
	switch {
	case last > first+first/2:
		text += fmt.Sprintf(", at first every %s, at last every %s", span(first), span(last))
		if ratio := e.damped(); ratio > 0 {
			text += fmt.Sprintf(" (damped: each period is %s times the one before)", decimal(int64(ratio+5)/10, 100))
		}
	case e.creates > 1:
		text += ", every " + span(e.periods.median())
	}
	text += fmt.Sprintf(", from %s for %s", point(e.first), span(e.last.Sub(e.first)))
	switch {
	case c.going(e):
		text += ", and it was still going at the end"
	case e.outsides != c.outsides:
		text += ", then it stopped"
	default:
		text += ", then it stopped by itself"
		if k.wrong {
			text += ", and not in the desired set"
		}
	}
	switch {
	case e.late == e.deletes:
		text += "; no outside event was left that could have caused it"
	case e.late == 0 && e.indirect == 0:
		text += "; each delete was caused by the answer to the create before it"
	case e.late == 0:
		text += "; each delete was a reaction to the create before it"
	default:
		text += "; each delete was a reaction to the create before it, or came when no outside event could have caused it"
	}
	return text
}

// convergeVerdict judges converges.
func (c *Checker) convergeVerdict(r *Report, f *findings) Verdict {
	if v, done := c.nothing(f); done {
		return v
	}
	took := c.reached.Sub(c.quiet)
	rested := c.at.Sub(c.quiet)
	switch {
	case c.reached != sim.Never && took == 0:
		return Verdict{Status: Holds, At: c.reached, Text: "the last outside event, at " + point(c.quiet) +
			", left everything in the desired set"}
	case c.reached != sim.Never && took <= r.Bound.Length:
		return Verdict{Status: Holds, At: c.reached, Text: fmt.Sprintf(
			"in the desired set %s after the last outside event, at %s", span(took), point(c.reached))}
	case c.reached != sim.Never:
		return Verdict{Status: Violated, Rung: Deadline, At: c.quiet.Add(r.Bound.Length), Text: fmt.Sprintf(
			"it took %s after the last outside event to reach the desired set; bound is %s: %s",
			span(took), span(r.Bound.Length), r.Bound.Text), Plight: plightLate}
	case c.lasso.claim.held:
		return c.neverVerdict(f, Lasso, fmt.Sprintf("the state of the whole world repeats every %s with no random choice in "+
			"between, and never all is in the desired set (%s)", span(c.lasso.claim.period),
			alike(c.lasso.claim.confirmed)))
	case rested < r.Bound.Length:
		return c.tooShort(r, "not yet in the desired set: "+texts(f.wrong))
	}
	if a := &c.lasso.chance; a.held {
		v := c.neverVerdict(f, AdversarialLasso, fmt.Sprintf("never all in the desired set in the %s after the last "+
			"outside event; %s", span(rested), c.fairness(a)))
		v.Fairness = c.fairness(a)
		return v
	}
	v := Verdict{Status: Violated, Rung: Deadline, At: c.quiet.Add(r.Bound.Length)}
	v.Text = fmt.Sprintf("never all in the desired set in the %s after the last outside event", span(rested))
	if len(f.wrong) > 0 {
		v.Subject = c.subject(f.wrong[0].key, c.keys[f.wrong[0].key].newest)
		v.Text += ": " + texts(f.wrong)
	}
	v.Text += fmt.Sprintf("; bound is %s: %s", span(r.Bound.Length), r.Bound.Text)
	text := v.Text // the properties of the rows tell it
	c.blameFirst(&v, f.wrong)
	v.Text = text
	return v
}

// nothing is the verdict of a run without a subject or without a quiet phase.
func (c *Checker) nothing(f *findings) (Verdict, bool) {
	switch {
	case len(c.keys) == 0:
		return Verdict{Status: NotJudged, Text: "no terminator was ever wanted or created"}, true
	case f.keys == 0:
		return Verdict{Status: NotJudged, Text: "every router with terminators is down or has no control channel"}, true
	case !c.settled:
		return Verdict{Status: Unknown, Text: "the run had no quiet phase"}, true
	}
	return Verdict{}, false
}

func (c *Checker) tooShort(r *Report, found string) Verdict {
	return Verdict{Status: Unknown, Text: fmt.Sprintf(
		"%s; settle too short: %s since the last outside event, bound is %s: %s",
		found, span(c.at.Sub(c.quiet)), span(r.Bound.Length), r.Bound.Text)}
}

// stayVerdict judges stays-converged.
func (c *Checker) stayVerdict(r *Report, f *findings) Verdict {
	if v, done := c.nothing(f); done {
		return v
	}
	d := &c.stayed
	if !d.found {
		if f.right == 0 && c.reached == sim.Never {
			return Verdict{Status: NotJudged, Text: "nothing was ever right that could have gone wrong"}
		}
		return Verdict{Status: Holds, Text: fmt.Sprintf(
			"nothing went wrong without a cause in the %s after the last outside event", span(c.at.Sub(c.quiet)))}
	}
	v := Verdict{Status: Violated, Rung: Closure, At: d.at, Subject: c.subject(d.key, d.term), Chain: c.links(&d.chain)}
	how := "its row was deleted"
	switch d.what {
	case entryLeft:
		how = "its router dropped it"
	case rowAppeared:
		how = "a row appeared that should not"
	}
	switch {
	case d.self && d.asked:
		how += ", caused by the answer to its create, with nothing from outside in between"
	case d.self:
		how += " in reaction to its create, with nothing from outside in between"
	default:
		how += fmt.Sprintf("; reactions to that event are over after %s: %s", span(r.Reaction.Length), r.Reaction.Text)
	}
	since := fmt.Sprintf("%s after the last outside event", span(d.at.Sub(c.quiet)))
	if d.self {
		since = fmt.Sprintf("%s after it had been created", span(d.at.Sub(d.back)))
	}
	v.Text = fmt.Sprintf("%s: went wrong at %s, %s: %s", c.name(d.key), point(d.at), since, how)
	return v
}

// restVerdict judges a property of the end of the run: none of the subjects may be as found.
func (c *Checker) restVerdict(r *Report, f *findings, subjects int, found []finding, what, none string) Verdict {
	if v, done := c.nothing(f); done && (v.Status == NotJudged || subjects > 0) {
		return v
	}
	if subjects == 0 {
		return Verdict{Status: NotJudged, Text: none}
	}
	rested := c.at.Sub(c.quiet)
	if len(found) == 0 {
		return Verdict{Status: Holds, Text: fmt.Sprintf("none at the end, %s after the last outside event", span(rested))}
	}
	text := fmt.Sprintf("%d %s %s after the last outside event: %s", len(found), what, span(rested), texts(found))
	if rested < r.Bound.Length {
		return c.tooShort(r, fmt.Sprintf("%d %s so far: %s", len(found), what, texts(found)))
	}
	v := Verdict{
		Status: Violated, Rung: Deadline, At: c.quiet.Add(r.Bound.Length),
		Subject: c.subject(found[0].key, c.keys[found[0].key].newest),
		Text:    text,
	}
	c.blameFirst(&v, found)
	return v
}
