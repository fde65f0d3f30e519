// Package fuzztarget has what fuzzers try as functions of bytes, for engines other than go test -fuzz. The folder
// libfuzzer makes a libFuzzer binary of each, which is what ClusterFuzzLite runs.
package fuzztarget

import (
	"fmt"

	"gyre/internal/certificate"
	"gyre/scenarios"
)

// Target is something to try with any bytes. Run returns an error, or panics, for what must never be; bytes that are
// merely no good input are fine.
type Target struct {
	Name string
	Run  func(data []byte) error
}

// Targets returns all targets.
func Targets() []Target {
	return []Target{{"parse", parse}, {"corpus_file", corpusFile}, {"certificate", readCertificate}, {"plan", plan}}
}

// Lookup returns the target of a name.
func Lookup(name string) (Target, bool) {
	for _, t := range Targets() {
		if t.Name == name {
			return t, true
		}
	}
	return Target{}, false
}

// stable says whether a text that was read prints so that it is read again and prints the same.
func stable[T fmt.Stringer](text string, read func(string) (T, error)) error {
	first, err := read(text)
	if err != nil {
		return nil
	}
	again, err := read(first.String())
	if err != nil {
		return fmt.Errorf("it does not read what it printed: %w\n%s", err, first)
	}
	if again.String() != first.String() {
		return fmt.Errorf("printed twice, it differs:\n%s\n%s", first, again)
	}
	return nil
}

func parse(data []byte) error {
	return stable(string(data), func(text string) (*scenarios.Plan, error) { return scenarios.Parse("fuzz", text) })
}

func corpusFile(data []byte) error {
	return stable(string(data), func(text string) (*scenarios.Entry, error) { return scenarios.ParseEntry("fuzz", text) })
}

func readCertificate(data []byte) error { return stable(string(data), certificate.Parse) }

// eventsMax and topologyMax bound a run, so that none takes longer than an engine waits.
const (
	eventsMax   = 4_000
	topologyMax = 20
)

// plan plays what the bytes after the first say on the algorithm that the first one chooses, twice: no assertion of
// Gyre's own fails, and both runs are the same.
func plan(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	p, err := scenarios.Parse("fuzz", string(data[1:]))
	if err != nil || p.Routers > topologyMax || len(p.Services) > topologyMax {
		return nil
	}
	algorithms := p.Algorithms()
	o := scenarios.Options{Algorithm: algorithms[int(data[0])%len(algorithms)], Events: eventsMax}
	var digests [2]uint64
	for i := range digests {
		out, err := scenarios.Play(p, o)
		if err != nil {
			return err
		}
		if out.Fault != nil {
			return fmt.Errorf("%s, step %d: %s\n%s", o.Algorithm.Name, out.Events, out.Fault.Text, p)
		}
		digests[i] = out.Digest
	}
	if digests[0] != digests[1] {
		return fmt.Errorf("nondeterminism: digests %016x and %016x\n%s", digests[0], digests[1], p)
	}
	return nil
}
