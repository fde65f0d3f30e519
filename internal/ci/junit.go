package ci

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The elements of JUnit XML that the readers of it agree on.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property,omitempty"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name    string       `xml:"name,attr"`
		Class   string       `xml:"classname,attr"`
		File    string       `xml:"file,attr,omitempty"`
		Line    int          `xml:"line,attr,omitempty"`
		Time    string       `xml:"time,attr"`
		Failure *junitResult `xml:"failure"`
		Error   *junitResult `xml:"error"`
		Skipped *junitResult `xml:"skipped"`
		Out     string       `xml:"system-out,omitempty"`
	}
	junitResult struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit renders a report as JUnit XML: a suite for each algorithm, and in it a case for each bucket and for each
// property that holds. What is new or changed fails, what is known is skipped, what has no verdict is an error.
func JUnit(r *Report) string {
	all := junitSuites{Name: r.Tool, Time: seconds(r.Wall)}
	for _, name := range suites(r) {
		s := junitSuite{Name: name, Timestamp: stamp(r.Start)}
		s.Properties = append(s.Properties, junitProperty{"version", r.Version}, junitProperty{"command", valid(r.Command)})
		for _, f := range r.Facts {
			s.Properties = append(s.Properties, junitProperty{valid(f[0]), valid(f[1])})
		}
		var wall time.Duration
		for i := range r.Cases {
			if c := &r.Cases[i]; suiteOf(c) == name {
				s.add(junitOf(c))
				wall += c.Wall
			}
		}
		s.Time = seconds(wall)
		all.add(s)
	}
	if s := commandSuite(r); len(s.Cases) > 0 {
		all.add(s)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil { // there is nothing in it that has no XML
		panic(err)
	}
	return xml.Header + string(text) + "\n"
}

// commandSuite has a case for what befell the command itself.
func commandSuite(r *Report) junitSuite {
	s := junitSuite{Name: r.Tool, Timestamp: stamp(r.Start), Time: seconds(0)}
	for _, n := range r.Notices {
		c := junitCase{Name: "the command itself", Class: className(r.Tool), Time: seconds(0)}
		if n.Error {
			c.Error = &junitResult{Message: valid(n.Text), Type: "gyre"}
		} else {
			c.Out = valid(n.Text)
		}
		s.add(c)
	}
	return s
}

func (s *junitSuites) add(suite junitSuite) {
	s.Tests += suite.Tests
	s.Failures += suite.Failures
	s.Errors += suite.Errors
	s.Skipped += suite.Skipped
	s.Suites = append(s.Suites, suite)
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// suites returns the names of the suites in the order of the cases.
func suites(r *Report) []string {
	var names []string
	for i := range r.Cases {
		if name := suiteOf(&r.Cases[i]); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// suiteOf is the suite of a case. A file that cannot be read has no algorithm.
func suiteOf(c *Case) string {
	if c.Bucket.Algorithm == "" {
		return "corpus"
	}
	return c.Bucket.Algorithm
}

func className(suite string) string {
	return "gyre." + strings.NewReplacer(".", "_", " ", "_").Replace(suite)
}

func junitOf(c *Case) junitCase {
	j := junitCase{
		Name: valid(c.Name()), Class: className(suiteOf(c)), File: valid(c.File), Line: c.First, Time: seconds(c.Wall),
	}
	if c.Status == Recorded || c.Status == Changed || c.Bucket.Property == "" { // a replay: the file is the case
		j.Name = valid(strings.TrimSpace(j.Name + " " + c.File))
	}
	message := c.Status.String()
	if c.Detail != "" {
		message = c.Detail
	}
	if c.Text != "" {
		message += ": " + c.Text
	}
	result := &junitResult{Message: valid(message), Type: valid(c.Bucket.Property), Text: valid(c.body())}
	switch c.Status {
	case Changed, New:
		j.Failure = result
	case Bad:
		j.Error = result
	case Known:
		result.Text, result.Type = "", ""
		j.Skipped = result
	case Recorded:
		j.Out = valid(c.Text)
	}
	return j
}

// body is all there is to say about a case, as plain text.
func (c *Case) body() string {
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-8s %s\n", key, value)
		}
	}
	line("bucket", c.Bucket.String())
	line("seed", c.Seed)
	line("file", c.File)
	line("repeat", c.Repeat)
	for _, m := range c.More {
		fmt.Fprintf(&b, "%s\n", m)
	}
	if c.Plan != "" {
		fmt.Fprintf(&b, "\n%s", c.Plan)
	}
	if len(c.Trace) > 0 {
		fmt.Fprintf(&b, "\n%s\n", strings.Join(c.Trace, "\n"))
	}
	return b.String()
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// stamp is the time in the form of ISO 8601 that JUnit knows, which has no zone: it is UTC.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}
