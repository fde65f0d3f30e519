package sim

// Config says what a world is made of besides its hosts.
type Config struct {
	Seed    Seed
	Names   Namer  // names for the trace; nil shows numbers
	Events  uint64 // limit on events; 0 means EventsMax
	Shuffle bool   // draw the order of events of one instant from the seed instead of first come, first served
	Heap    bool   // use the plain heap instead of the timing wheel: slower, the same run
	Link    Link   // links that SetLink did not name

	NoDigest bool // leave the digest out, to measure what it costs
}

// Link is how messages travel from one host to another, one direction.
type Link struct {
	Latency Duration // the least a message takes
	Jitter  Duration // it takes up to this much longer, drawn per message; 0 draws nothing
	Queue   int      // messages the send queue of a connection holds; 0 means 64
	Loss    uint64   // datagrams only: lost, in 1/1000
	Copies  uint64   // datagrams only: delivered twice, in 1/1000
}

// Lane is a place of concurrency inside a host: what the real system runs in goroutines. Tasks start in
// order; with several workers they race.
type Lane struct {
	Name    string
	Workers int      // tasks done at one time; 0 means no bound, each task races on its own
	Queue   int      // tasks waiting; 0 means no bound. A task too many comes back as Overflow
	Min     Duration // the least a task takes
	Max     Duration // the most; drawn per task; equal bounds draw nothing
}
