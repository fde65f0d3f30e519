package scenarios

import (
	"fmt"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// little is small enough to disturb in every way there is.
const little = `# little: one terminator comes and goes.

cluster controllers=2 routers=1
service web on rtr1
seed 1

20s retire web on rtr1
settle 1m
`

// disturbed watches whether a disturbance takes hold.
type disturbed struct {
	site    Site
	delay   sim.Duration // until the entry is applied that a stale read must not see
	effects int          // of the step that is disturbed
	at      sim.Stamp
	died    []sim.Time
	got     bool // the message that was to be lost
}

func (d *disturbed) Input(s sim.Stamp, in *sim.Input[model.Msg]) {
	if s.At == d.site.At && s.Node == d.site.Node {
		d.at, d.effects = s, 0
		if in.Kind == sim.Deliver && in.From == d.site.Peer && (reads(in.Msg.Kind) || news(in.Msg.Kind)) {
			d.got = true
		}
	}
}

func (d *disturbed) Effect(s sim.Stamp, e *sim.Effect[model.Msg]) {
	if s == d.at {
		d.effects++
	}
	if e.Kind == sim.Note && e.Msg.Kind == model.NoteApplied && s.Node == d.site.Node && s.At <= d.site.At {
		d.delay = d.site.At.Sub(s.At)
	}
}

func (d *disturbed) Event(at sim.Time, e sim.Outside) {
	if e.Name == "crash" && e.Node == d.site.Node {
		d.died = append(d.died, at)
	}
}

// wrong tells what is wrong with the disturbance; empty if it did what it is for.
func (d *disturbed) wrong() string {
	switch s := d.site; s.Kind {
	case CrashPoint:
		want := s.At
		if s.After == 0 {
			want--
		}
		if len(d.died) != 1 || d.died[0] != want {
			return fmt.Sprintf("died at %v, want %v", d.died, want)
		}
		if d.effects != s.After {
			return fmt.Sprintf("died after %d effects", d.effects)
		}
	case StaleRead:
		if d.delay <= s.At.Sub(s.Since) {
			return fmt.Sprintf("the entry of %v was applied", s.Since)
		}
	case MissedEvent:
		if d.got {
			return "the message arrived"
		}
	}
	return ""
}

// Each disturbance of a sweep takes hold: the process dies where it is to die, the read is stale, the message is lost.
// Each is a plan of the language.
func TestSweepTakesHold(t *testing.T) {
	p := mustParse(t, little)
	for _, a := range model.Algorithms() {
		survey := NewSurvey(p)
		mustPlay(t, p, a.Name, Options{NoChecks: true, Observers: []sim.Observer[model.Msg]{survey}})
		sites := survey.Sites()
		count := map[SiteKind]int{}
		for _, site := range sites {
			count[site.Kind]++
			q := site.Disturb(p, 0, "test")
			if r := mustParse(t, q.String()); r.String() != q.String() {
				t.Fatalf("%+v: printed and read it is another plan:\n%s", site, q)
			}
			q.Settle = 10 * sim.Second
			watch := &disturbed{site: site, delay: site.At.Sub(0)}
			out := mustPlay(t, q, a.Name, Options{NoChecks: true, Observers: []sim.Observer[model.Msg]{watch}})
			if wrong := watch.wrong(); wrong != "" {
				t.Errorf("%s, %+v: %s; skipped %q\n%s", a.Name, site, wrong, out.Skipped, q)
			}
			if t.Failed() {
				return
			}
		}
		if t.Logf("%s: %v", a.Name, count); len(count) != len(siteNames) {
			t.Errorf("%s: not every kind of disturbance: %v", a.Name, count)
		}
	}
}
