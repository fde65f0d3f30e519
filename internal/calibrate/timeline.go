package calibrate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Bounds of a file.
const (
	TimelinesMax = 10_000    // timelines in a file
	EventsMax    = 1_000_000 // events in a file
	hourMax      = 1000      // length of a timeline
)

// Timeline is one recorded run of the real code against a scripted controller.
type Timeline struct {
	Suite       string   `json:"suite"` // which code was recorded
	Name        string   `json:"name"`
	Title       string   `json:"title"`       // what was scripted
	Determinism string   `json:"determinism"` // exact, aggregate or varies
	Notes       []string `json:"notes"`
	Events      []Event  `json:"events"`
	Line        int      `json:"-"` // where it starts in its file
}

// Event is something that was done to the code or seen of it.
type Event struct {
	Ms     float64 `json:"ms"` // virtual time since the registry started
	Event  string  `json:"event"`
	Detail string  `json:"detail"`
	Line   int     `json:"-"`
}

// Meta is where the timelines of a file come from.
type Meta struct {
	Head        string   `json:"head"`
	V2          string   `json:"v2"`
	Deps        string   `json:"deps"`
	Method      string   `json:"method"`
	Conventions []string `json:"conventions"`
}

// File is a file of timelines.
type File struct {
	Name      string
	Meta      Meta
	Timelines []Timeline
}

// parser reads a file and knows where in it it is.
type parser struct {
	name   string
	text   []byte
	events int
}

// Parse reads a file of timelines. An error says file:line, what is wrong and what to write instead.
func Parse(name string, text []byte) (*File, error) {
	p := &parser{name: name, text: text}
	f := &File{Name: name}
	scripts := false
	err := p.object(0, text, func(key string, at int, raw json.RawMessage) error {
		switch key {
		case "meta":
			return p.decode(at, raw, &f.Meta, "meta", "an object with head, method and conventions")
		case "scripts":
			scripts = true
			return p.list(at, raw, "scripts", func(at int, raw json.RawMessage) error {
				t, err := p.timeline(at, raw)
				f.Timelines = append(f.Timelines, t)
				return err
			})
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case !scripts:
		return nil, p.fail(0, `no "scripts": write {"meta": {...}, "scripts": [timelines]}`)
	case len(f.Timelines) == 0:
		return nil, p.fail(0, `"scripts" is empty: there is nothing to compare`)
	}
	return f, nil
}

func (p *parser) fail(at int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.name, p.line(at), fmt.Sprintf(format, args...))
}

func (p *parser) line(at int) int {
	return 1 + bytes.Count(p.text[:min(at, len(p.text))], []byte("\n"))
}

// syntax says where JSON goes wrong.
func (p *parser) syntax(at int, err error) error {
	var bad *json.SyntaxError
	if errors.As(err, &bad) {
		at += int(bad.Offset)
	}
	return p.fail(at, "not JSON: %v (a file of timelines is one JSON object)", err)
}

// object visits the members of the object in raw, which starts at offset at of the file.
func (p *parser) object(at int, raw []byte, visit func(key string, at int, raw json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil {
		return p.syntax(at, err)
	} else if t != json.Delim('{') {
		return p.fail(at, "want an object, have %v", t)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return p.syntax(at, err)
		}
		member, start, err := p.next(d, at)
		if err == nil {
			err = visit(key.(string), start, member)
		}
		if err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return p.syntax(at+int(d.InputOffset()), err)
	}
	if d.More() {
		return p.fail(at+int(d.InputOffset()), "there is more after the end of the object: take it out")
	}
	return nil
}

func (p *parser) list(at int, raw []byte, what string, visit func(at int, raw json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil {
		return p.syntax(at, err)
	} else if t != json.Delim('[') {
		return p.fail(at, "%s: want a list, have %v", what, t)
	}
	for d.More() {
		member, start, err := p.next(d, at)
		if err == nil {
			err = visit(start, member)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// next decodes a value and returns where in the file it starts.
func (p *parser) next(d *json.Decoder, at int) (json.RawMessage, int, error) {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return nil, 0, p.syntax(at, err)
	}
	return raw, at + int(d.InputOffset()) - len(raw), nil
}

func (p *parser) decode(at int, raw json.RawMessage, into any, what, want string) error {
	err := json.Unmarshal(raw, into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return p.fail(at+int(wrong.Offset), "%s: %q is a %s, want %s", what, wrong.Field, wrong.Value, wrong.Type)
	}
	if err != nil {
		return p.fail(at, "%s: %v (write %s)", what, err, want)
	}
	return nil
}

// timeline reads one timeline with its events.
func (p *parser) timeline(at int, raw json.RawMessage) (Timeline, error) {
	t := Timeline{Line: p.line(at)}
	type plain Timeline // without the events, which are read one by one
	var head struct {
		plain
		Events json.RawMessage `json:"events"`
	}
	if err := p.decode(at, raw, &head, "timeline", "suite, name, title, determinism and events"); err != nil {
		return t, err
	}
	line := t.Line
	t = Timeline(head.plain)
	t.Line = line
	for _, need := range []struct{ name, value string }{{"name", t.Name}, {"suite", t.Suite},
		{"determinism", t.Determinism}} {
		if need.value == "" {
			return t, p.fail(at, "timeline %q has no %s: write it", t.Name, need.name)
		}
	}
	err := p.object(at, raw, func(key string, at int, raw json.RawMessage) error {
		if key != "events" {
			return nil
		}
		return p.list(at, raw, "events", func(at int, raw json.RawMessage) error {
			e, err := p.event(at, raw, &t)
			t.Events = append(t.Events, e)
			return err
		})
	})
	if err == nil && len(t.Events) == 0 {
		err = p.fail(at, "timeline %q has no events: write at least one", t.Name)
	}
	return t, err
}

func (p *parser) event(at int, raw json.RawMessage, t *Timeline) (Event, error) {
	e := Event{Ms: math.NaN()}
	if err := p.decode(at, raw, &e, "event of "+t.Name, "ms, event and detail"); err != nil {
		return e, err
	}
	e.Line = p.line(at)
	p.events++
	switch {
	case p.events > EventsMax:
		return e, p.fail(at, "more than %d events: split the file", EventsMax)
	case math.IsNaN(e.Ms):
		return e, p.fail(at, `event of %s has no "ms": write the milliseconds since the registry started`, t.Name)
	case e.Ms < 0 || e.Ms > hourMax*3600*1000:
		return e, p.fail(at, "event of %s: ms is %v, want 0 to %d hours", t.Name, e.Ms, hourMax)
	case e.Event == "":
		return e, p.fail(at, `event of %s has no "event": write its kind, as in "create-sent"`, t.Name)
	case len(t.Events) > 0 && e.Ms < t.Events[len(t.Events)-1].Ms:
		return e, p.fail(at, "event of %s at %v ms comes after one at %v ms: put them in order of time", t.Name, e.Ms,
			t.Events[len(t.Events)-1].Ms)
	}
	return e, nil
}

// has reports whether a timeline has an event of one of the kinds.
func (t *Timeline) has(kinds ...string) bool {
	return slices.ContainsFunc(t.Events, func(e Event) bool { return slices.Contains(kinds, e.Event) })
}
