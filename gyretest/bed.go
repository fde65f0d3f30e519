package gyretest

import (
	"fmt"
	"strings"

	"gyre/sim"
)

// Bed is a world to be tested, while it is built and while it runs. The world's own methods are there for operations
// and checks: Command, Invoke, Up, Now, Disk, History and so on. Faults are the plan's business.
type Bed[M sim.Canonical] struct {
	*sim.World[M]

	// Seed is the seed of the run, for what nodes draw: b.Seed.Stream("controller/backoff").
	Seed sim.Seed

	hosts  []hostInfo
	words  map[sim.Class]string
	ops    []op
	fixed  []appointment
	always []check
	soon   []check
}

type hostInfo struct {
	name  string
	id    sim.NodeID
	lanes bool
}

type op struct {
	name  string
	below int
	do    func(n int)
}

// appointment is something that the builder wants done at a time.
type appointment struct {
	at   sim.Time
	name string
	do   func()
}

// check is a judgement and its name.
type check struct {
	name  string
	holds func() error
}

// AddHost adds a host to the world, as sim.World does. The name must be a word: letters, digits, dots and dashes. All
// hosts are started at time zero. boot makes a fresh node for each life of the process; keep what it made where the
// checks find it.
func (b *Bed[M]) AddHost(name string, lanes []sim.Lane, boot func(life uint32) sim.Node[M]) sim.NodeID {
	b.word("host", name)
	id := b.World.AddHost(name, lanes, boot)
	b.hosts = append(b.hosts, hostInfo{name, id, len(lanes) > 0})
	return id
}

// Op names an operation of a user, such as "scale": the plan says when it happens, and with which n from 0 to below-1.
// What it does counts as coming from outside. A host that is down does not hear a Command.
func (b *Bed[M]) Op(name string, below int, do func(n int)) {
	b.word("operation", name)
	for _, k := range kinds() {
		sim.Assert(k.verb != name, "operation %s: that is the name of a fault", name)
	}
	sim.Assert(below > 0, "operation %s: below must be positive, not %d", name, below)
	b.ops = append(b.ops, op{name, below, do})
}

// At lets something happen at a time of every run, whatever the plan. It counts as coming from outside.
func (b *Bed[M]) At(at sim.Time, name string, do func()) {
	b.fixed = append(b.fixed, appointment{at, name, do})
}

// Always says what must hold after every event, faults or not.
func (b *Bed[M]) Always(name string, holds func() error) {
	b.always = append(b.always, check{name, holds})
}

// Eventually says what must come to hold once everything from outside has ended, within Config.Settle, and hold from
// then on: mostly that what is desired is what there is.
func (b *Bed[M]) Eventually(name string, holds func() error) {
	b.soon = append(b.soon, check{name, holds})
}

// Class says what the things of a class are called in the trace: with "pod", reference 7 is pod-7.
func (b *Bed[M]) Class(class sim.Class, word string) {
	if b.words == nil {
		b.words = map[sim.Class]string{}
	}
	b.words[class] = word
}

// Name implements sim.Namer for the trace.
func (b *Bed[M]) Name(class sim.Class, id uint64) string {
	if class == sim.Nodes && id >= 1 && id <= uint64(len(b.hosts)) {
		return b.hosts[id-1].name
	}
	if word := b.words[class]; word != "" {
		return fmt.Sprintf("%s-%d", word, id)
	}
	return fmt.Sprintf("%d#%d", class, id)
}

// word asserts that a name can stand in a plan and is not taken.
func (b *Bed[M]) word(what, name string) {
	for _, r := range name {
		ok := r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		sim.Assert(ok, "%s %q: a name has letters, digits, dots and dashes", what, name)
	}
	sim.Assert(name != "" && !strings.Contains(name, "->"), "%s %q: a name is a word", what, name)
	for _, h := range b.hosts {
		sim.Assert(what != "host" || h.name != name, "host %s is there already", name)
	}
	for _, o := range b.ops {
		sim.Assert(what == "host" || o.name != name, "operation %s is there already", name)
	}
}

// host finds a host by name.
func (b *Bed[M]) host(name string) (sim.NodeID, bool) {
	for _, h := range b.hosts {
		if h.name == name {
			return h.id, true
		}
	}
	return 0, false
}

// op finds an operation by name.
func (b *Bed[M]) op(name string) (op, bool) {
	for _, o := range b.ops {
		if o.name == name {
			return o, true
		}
	}
	return op{}, false
}
