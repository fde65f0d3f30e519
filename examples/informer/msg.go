package informer

import "gyre/sim"

// Kind says what a message is.
type Kind uint8

// Messages, and records on the disk of the API server.
const (
	_       Kind = iota
	Scale        // a user to the API server: N pods, please
	Evict        // a node that fails: the oldest pod is gone
	List         // the controller: tell me everything, and from then on what changes
	Listed       // the API server: N pods are wanted, these Pods there are
	Create       // the controller: one pod more, by the name of Pod, or by any name if that is 0
	Delete       // the controller: pod Pod less
	Ping         // the controller: are you there; and the answer
	Spec         // the watch: N pods are wanted
	Added        // the watch: there is pod Pod
	Deleted      // the watch: there is no pod Pod any more
)

func (k Kind) word() string {
	return [...]string{"", "scale", "evict", "list", "listed", "create", "delete", "ping", "spec", "added", "deleted"}[k]
}

// Pods is the class of pods.
const Pods sim.Class = 1

// Msg is what travels between controller, API server and users. It is immutable.
type Msg struct {
	Kind Kind
	N    int
	Pod  uint64
	Pods []uint64
	Conn sim.ConnID // inside the API server: the watch that is to be told
}

// Canon implements sim.Canonical.
func (m Msg) Canon(c *sim.Canon) {
	c.Kind(uint64(m.Kind), m.Kind.word())
	if m.Kind == Scale || m.Kind == Spec || m.Kind == Listed {
		c.Int("n", int64(m.N))
	}
	for _, pod := range m.pods() {
		c.Ref("", Pods, pod)
	}
}

func (m Msg) pods() []uint64 {
	if m.Pod != 0 {
		return []uint64{m.Pod}
	}
	return m.Pods
}
