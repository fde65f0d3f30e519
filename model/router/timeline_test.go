package router

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/model/hosting"
)

// The timelines were recorded from OpenZiti's own router code; the file names revision and conventions.
const timelines = "../hosting/testdata/timelines.json"

type script struct {
	Name, Suite, Title, Determinism string
	Events                          []struct {
		MS            float64
		Event, Detail string
	}
}

func loadScripts(t *testing.T) []script {
	raw, err := os.ReadFile(timelines)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Scripts []script }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Scripts
}

// TestTimelines drives the whole router, with its real registry, by the script of every exact timeline of an edge
// router and compares what it sends and the states it goes through, to the millisecond.
func TestTimelines(t *testing.T) {
	played := 0
	for _, s := range loadScripts(t) {
		if !strings.HasPrefix(s.Suite, "tunnel-") || s.Determinism != "exact" {
			continue
		}
		played++
		t.Run(s.Name, func(t *testing.T) {
			p := newPlayer(t, s)
			p.play()
			want, have := p.recorded(), p.observed()
			if !slices.Equal(have, want) {
				t.Errorf("%s\nhave:\n%s\nwant:\n%s", s.Title, strings.Join(have, "\n"), strings.Join(want, "\n"))
			}
		})
	}
	if played < 29 {
		t.Errorf("played %d timelines, want at least 29", played)
	}
}

var stateNames = map[model.State]string{
	model.Absent: "new", model.Establishing: "establishing", model.Established: "established", model.Deleting: "deleting",
}

func (p *player) drainNotes() {
	for _, n := range p.notes {
		if n.m.Kind == model.NoteState && !p.old {
			p.seen = append(p.seen, stateLine(n.at.Milliseconds(), p.name(n.m.Term), n.m))
		}
	}
	p.notes = p.notes[:0]
}

func stateLine(at int64, name string, m model.Msg) string {
	if m.State == model.Absent {
		return fmt.Sprintf("%d state %s removed", at, name)
	}
	return fmt.Sprintf("%d state %s %s->%s", at, name, stateNames[m.From], stateNames[m.State])
}

// mass reports whether the script hosts many at once; it gives samples only, and replies are not in it.
func (p *player) mass() bool { return p.s.Name == "S9u" }

// sample is the line of a mass script.
func (p *player) sample() string {
	established := 0
	p.r.reg.Entries(func(_ model.TermID, _ hosting.Key, s model.State) {
		if s == model.Established {
			established++
		}
	})
	return fmt.Sprintf("%d in-flight=%d window=%d sent=%d establishing=%d established=%d", p.now.Milliseconds(),
		len(p.r.lim.held), p.r.lim.window, len(p.creates), 500-established, established)
}

// observed returns what the model did, ordered by time and then by text: order inside one millisecond is free.
func (p *player) observed() []string {
	p.drainNotes()
	if !p.mass() {
		return ordered(p.seen)
	}
	return ordered(slices.DeleteFunc(p.seen, func(s string) bool { return !strings.Contains(s, "in-flight") }))
}

func (p *player) recorded() []string {
	var lines []string
	for _, e := range p.s.Events {
		switch at := int64(e.MS); e.Event {
		case "create-sent", "remove-sent":
			lines = append(lines, fmt.Sprintf("%d %s %s", at, e.Event, e.Detail))
		case "sample":
			if p.mass() {
				lines = append(lines, fmt.Sprintf("%d %s", at, e.Detail))
			}
		case "heartbeat":
			lines = append(lines, fmt.Sprintf("%d heartbeat %s", at, strings.Fields(e.Detail)[0]))
		case "state":
			if p.old {
				continue
			}
			change, _, _ := strings.Cut(e.Detail, " (")
			lines = append(lines, fmt.Sprintf("%d state %s", at, change))
		}
	}
	if p.s.Name == "S14" { // heartbeats are on but were not recorded
		p.seen = slices.DeleteFunc(p.seen, func(s string) bool { return strings.Contains(s, "heartbeat") })
	}
	return ordered(lines)
}

func ordered(lines []string) []string {
	slices.SortFunc(lines, func(a, b string) int {
		var x, y int64
		fmt.Sscan(a, &x)
		fmt.Sscan(b, &y)
		if x != y {
			return int(x - y)
		}
		return strings.Compare(a, b)
	})
	return lines
}
