package scenarios

import (
	"gyre/checker"
	"gyre/checker/gauge"
	"gyre/checker/linear"
	"gyre/model"
	"gyre/model/router"
	"gyre/sim"
)

// Options say how a plan is played.
type Options struct {
	Algorithm model.Algorithm
	Seed      *sim.Seed // instead of the plan's
	Set       []string  // name=value, applied after the plan's settings
	Observers []sim.Observer[model.Msg]
	NoChecks  bool   // no checker: no verdicts
	NoDigest  bool   // no running digest: for measurements only
	Shuffle   bool   // events of one instant come in an order drawn from the seed, as a plan may say itself
	Heap      bool   // the plain heap instead of the timing wheel
	Events    uint64 // limit on events; 0 is EventsMax
	Panic     bool   // let a fault panic, with its stack
	Measure   bool   // measure the run: Outcome.Reading
	Record    bool   // keep the operations of routers and clients in Outcome.Recorder

	// Reconfirm plays on where a deadline was missed, to 4 and to 16 times the bound. Digest, Events and Virtual are
	// those of the plan; observers see the rest too.
	Reconfirm bool
	// Registry is a hosting registry of the caller's own, in place of the algorithm's; controllers and the rest of the
	// router stay those of the algorithm's release. nil is the algorithm's.
	Registry router.Maker
	// Fork makes the run part with what the seed says: from a time on, the kernel draws from another one.
	Fork *Fork

	Settle sim.Duration                // settle for at least this long, if the plan says less
	After  func(*sim.World[model.Msg]) // called after every event; it must only look
}

// Fork says where a run parts with its seed.
type Fork struct {
	At   sim.Time
	Seed sim.Seed
}

// events returns how many events a run may have.
func (o *Options) events() uint64 {
	if o.Events == 0 {
		return EventsMax
	}
	return o.Events
}

// Outcome is what playing a plan came to.
type Outcome struct {
	Plan      *Plan
	Algorithm model.Algorithm
	Seed      sim.Seed
	Report    checker.Report
	Digest    uint64
	Events    uint64
	Virtual   sim.Duration
	Names     *model.Names
	Limit     *sim.Limit       // the bound that ended the run, if one did: the verdicts are unknown
	Fault     *sim.Fault       // the assertion that failed, if one did, at step Events
	Outside   uint64           // events that came from outside: directives carried out, operations, retries
	Skipped   []string         // directives that could not be carried out, and why
	Idle      []string         // directives that changed nothing, and why
	Recorder  *linear.Recorder // nil unless asked for
	Reading   *gauge.Reading   // nil unless asked for
}
