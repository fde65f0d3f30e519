package sim

// Stamp says when and why a step happened.
type Stamp struct {
	Step  uint64 // number of the step, from 1
	Cause uint64 // the step that scheduled this one; 0 is the world outside
	Root  uint32 // the outside event this step descends from, numbered from 1
	At    Time
	Node  NodeID
}

// Outside is an event from outside the simulated system: a start, a fault, a command.
type Outside struct {
	Root uint32 // its number, from 1
	Name string // start, crash, cut, command, ...
	Node NodeID // the host, or the near end of the link; 0 if none
	Peer NodeID // the far end of the link; 0 if none

	Span  Duration // of slow and skew; 0 ends them
	Count int      // of overload and crash-after
}

// Observer sees everything that happens, in order. It must not change what it is shown and must not keep
// pointers to it. Observers never influence the run.
type Observer[M Canonical] interface {
	// Input is called before the node takes the step.
	Input(s Stamp, in *Input[M])
	// Effect is called for each effect the world applies, after the step.
	Effect(s Stamp, e *Effect[M])
	// Event is called when something happens from outside.
	Event(at Time, e Outside)
}
