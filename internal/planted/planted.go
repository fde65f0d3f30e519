// Package planted is for tests of rapid's that must be able to turn red: a mistake is planted into what they drive, and
// they must find it within their usual number of examples. A property that holds means nothing if no mistake breaks it.
package planted

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Found fails the test unless rapid finds the mistake that is planted into a property. The examples are the same in
// every run, unless -rapid.seed asks for others; what is found is neither shrunk nor saved.
func Found(t *testing.T, mistake string, property func(*rapid.T)) {
	t.Run(mistake, func(t *testing.T) {
		set(t, "rapid.seed", "0", "1")
		set(t, "rapid.nofailfile", "false", "true")
		set(t, "rapid.shrinktime", flag.Lookup("rapid.shrinktime").DefValue, "0s")
		if testing.Short() { // when rapid takes parts of them, too few to find anything by
			times(t, "rapid.checks", 5)
			times(t, "rapid.steps", 2)
		}
		var said verdict
		rapid.Check(&said, property)
		if !said.failed {
			t.Fatalf("nothing is said against it: %s", said.text)
		}
		line, _, _ := strings.Cut(said.text, "\n")
		t.Log(line)
	})
}

// set sets a flag for the time of a test, if it is as usual.
func set(t *testing.T, name, usual, value string) {
	v := flag.Lookup(name).Value
	before := v.String()
	if before != usual {
		return
	}
	if err := v.Set(value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Set(before) }) // it was that before
}

// times multiplies a flag for the time of a test.
func times(t *testing.T, name string, by int) {
	value := flag.Lookup(name).Value.String()
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatal(err)
	}
	set(t, name, value, strconv.Itoa(n*by))
}

// verdict is a test whose failure is what is asked for.
type verdict struct {
	failed bool
	text   string // the first that was said
}

func (v *verdict) say(text string) {
	if v.text == "" {
		v.text = text
	}
}

// Those that rapid calls a test by: it goes on whatever it says, for it ends with the property.

func (v *verdict) Helper()                           {}
func (v *verdict) Name() string                      { return "planted" }
func (v *verdict) Logf(format string, args ...any)   { v.say(fmt.Sprintf(format, args...)) }
func (v *verdict) Log(args ...any)                   { v.say(fmt.Sprint(args...)) }
func (v *verdict) Skipf(format string, args ...any)  { v.say(fmt.Sprintf(format, args...)) }
func (v *verdict) Skip(args ...any)                  { v.say(fmt.Sprint(args...)) }
func (v *verdict) SkipNow()                          {}
func (v *verdict) Errorf(format string, args ...any) { v.Logf(format, args...); v.Fail() }
func (v *verdict) Error(args ...any)                 { v.Log(args...); v.Fail() }
func (v *verdict) Fatalf(format string, args ...any) { v.Errorf(format, args...) }
func (v *verdict) Fatal(args ...any)                 { v.Error(args...) }
func (v *verdict) FailNow()                          { v.Fail() }
func (v *verdict) Fail()                             { v.failed = true }
func (v *verdict) Failed() bool                      { return v.failed }
