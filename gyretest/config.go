package gyretest

import "gyre/sim"

// Config says what is tried. Its zero value is a good start.
type Config struct {
	First sim.Seed // the first seed; 0 is 1
	Seeds int      // how many; 0 is 100

	Faults     []string     // kinds that may be drawn, of those Faults lists; nil is all but wipe, empty is none
	Immune     []string     // hosts that no fault is drawn for; the links to them still have theirs
	Directives int          // faults and operations of a plan, at most; 0 is 12
	Span       sim.Duration // they begin within this time; 0 is one minute
	Longest    sim.Duration // a fault lasts at most this long; 0 is half of Span

	// Settle is how long the world may take to come to rest, after the last fault has ended and every host is up;
	// then it must stay as it should be for as long again. 0 is two minutes.
	Settle sim.Duration

	Link   sim.Link // between all hosts; no latency is 5ms. Without jitter, some plans draw one
	Events uint64   // a run with more is not judged but reported; 0 is a million
	Tail   int      // lines of trace in a finding; 0 is 24
	Budget int      // plays for shrinking, at most; 0 is 500
}

// withDefaults returns the configuration with everything said.
func (c Config) withDefaults() Config {
	orInt := func(v *int, usual int) {
		if *v == 0 {
			*v = usual
		}
	}
	orSpan := func(v *sim.Duration, usual sim.Duration) {
		if *v == 0 {
			*v = usual
		}
	}
	if c.First == 0 {
		c.First = 1
	}
	if c.Events == 0 {
		c.Events = 1_000_000
	}
	if c.Faults == nil {
		for _, k := range kinds() {
			if !k.rare {
				c.Faults = append(c.Faults, k.verb)
			}
		}
	}
	orInt(&c.Seeds, 100)
	orInt(&c.Directives, 12)
	orInt(&c.Tail, 24)
	orInt(&c.Budget, 500)
	orSpan(&c.Span, sim.Minute)
	orSpan(&c.Longest, c.Span/2)
	orSpan(&c.Settle, 2*sim.Minute)
	orSpan(&c.Link.Latency, 5*sim.Millisecond)
	return c
}

// kind is a kind of fault.
type kind struct {
	verb  string
	pair  bool // it concerns a link, else a host
	lasts bool // it has a duration
	rare  bool // only if asked for
	text  string
}

// kinds are the faults there are, in the order in which plans consider them.
func kinds() []kind {
	return []kind{
		{"crash", false, true, false, "the process dies, with after=N in the middle of its next step, and comes back"},
		{"pause", false, true, false, "the process stands still, as by SIGSTOP or a long collection of garbage"},
		{"skew", false, true, false, "the clock of the host is ahead, or behind"},
		{"overload", false, true, false, "everything the lanes of the host do takes so many times as long"},
		{"cut", true, true, false, "nothing gets through, and nobody is told"},
		{"slow", true, true, false, "every message takes so much longer"},
		{"break", true, false, false, "the connections break: both ends are told, what is under way is lost"},
		{"half-open", true, false, false, "the connections break at the first end, the other goes on believing"},
		{"wipe", false, true, true, "the process dies, loses its disk, and comes back"},
	}
}

// Faults lists the kinds of faults there are, a line of text each: what Config.Faults may name.
func Faults() []string {
	var lines []string
	for _, k := range kinds() {
		lines = append(lines, k.verb+": "+k.text)
	}
	return lines
}

// kindOf finds a kind of fault.
func kindOf(verb string) (kind, bool) {
	for _, k := range kinds() {
		if k.verb == verb {
			return k, true
		}
	}
	return kind{}, false
}
