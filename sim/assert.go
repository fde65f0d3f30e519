package sim

import "fmt"

// Limits on everything. A run that outgrows the events, the events in flight or the inputs a paused host holds back
// ends with a Limit, a verdict of its own: never a hang, never a pass. The others bound what a caller builds; going
// over them is a Fault.
const (
	HostsMax   = 10_000  // hosts in a world
	LanesMax   = 16      // lanes of a host
	QueueMax   = 1 << 12 // messages waiting in one direction of a connection
	FlightMax  = 1 << 20 // events pending in a world
	BacklogMax = 1 << 20 // inputs a paused host holds back
	TimersMax  = 1 << 20 // named timers of a host
	EventsMax  = 1 << 34 // events of a run, unless the run sets fewer
)

// Fault is a failed assertion inside the simulator or the model: a mistake of ours, never a verdict about
// what is simulated. It is the only value this package panics with.
type Fault struct {
	Text string
}

func (f Fault) Error() string { return "fault: " + f.Text }

// Assert panics with a Fault unless cond holds. Assertions are always on. Arguments are boxed even when cond
// holds: on a path taken per event, write the condition as an if and call Fail.
func Assert(cond bool, format string, args ...any) {
	if !cond {
		Fail(format, args...)
	}
}

// Fail panics with a Fault.
func Fail(format string, args ...any) { panic(Fault{Text: fmt.Sprintf(format, args...)}) }

// Limit says which bound ended a run before it was complete.
type Limit struct {
	Name string // the bound's name, such as "events"
	Max  int64
}

func (l Limit) Error() string { return fmt.Sprintf("limit: more than %d %s", l.Max, l.Name) }
