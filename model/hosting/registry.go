package hosting

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// New returns the registry of a release. Boot must be the first call to it.
func New(release model.Release, env Env) Registry {
	switch release {
	case model.Ziti100:
		return newZiti100(env)
	case model.Ziti110:
		return newZiti110(env)
	case model.Ziti118:
		return newZiti118(env)
	case model.Ziti140Pre:
		return newZiti140p(env)
	case model.Ziti140:
		return newZiti140(env)
	case model.Ziti180:
		return newZiti180(env)
	case model.Ziti210:
		return newZiti210(env)
	case model.Ideal:
		return newIdeal(env)
	case model.Reference:
		return newReference(env)
	default:
		sim.Assert(false, "no hosting registry for release %d", release)
		return nil
	}
}

// sendPoll is how often a blocked send looks for room. OpenZiti's waiting sends block until the channel's queue
// has room or their time is up; a step cannot block, so it looks again.
const sendPoll = 10 * sim.Millisecond

// tick returns the next tick after now of a ticker with the given period that was started at boot.
func tick(boot, now sim.Time, period sim.Duration) sim.Time {
	return boot.Add(period * (now.Sub(boot)/period + 1))
}

// capped fits a count into a message.
func capped(n int) uint16 { return uint16(min(n, 1<<16-1)) }

// timers hands out timer numbers to owners that need one for a while; low numbers first, so that the kernel's
// table stays small. Numbers below base are the registry's own.
type timers[T any] struct {
	base   uint32
	owners []*T
	free   []uint32
}

// of returns the timer of owner, which keeps it in have (0: none yet).
func (t *timers[T]) of(owner *T, have uint32) uint32 {
	if have != 0 {
		return have
	}
	if n := len(t.free); n > 0 {
		timer := t.free[n-1]
		t.free = t.free[:n-1]
		t.owners[timer-t.base] = owner
		return timer
	}
	t.owners = append(t.owners, owner)
	return t.base + uint32(len(t.owners)) - 1
}

func (t *timers[T]) owner(timer uint32) *T {
	i := int(timer) - int(t.base)
	sim.Assert(i >= 0 && i < len(t.owners) && t.owners[i] != nil, "timer %d has no owner", timer)
	return t.owners[i]
}

func (t *timers[T]) give(timer uint32) {
	if timer != 0 {
		t.owners[timer-t.base] = nil
		t.free = append(t.free, timer)
	}
}

// sortedKeys returns the keys of a cache by service and index.
func sortedKeys(cache map[Key]model.TermID) []Key {
	keys := make([]Key, 0, len(cache))
	for key := range cache { //tidy:ok sorted below
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Index, b.Index))
	})
	return keys
}

// when visits a time that may be Never.
func when(c *sim.Canon, label string, t sim.Time) {
	c.Flag(label, t != sim.Never)
	if t != sim.Never {
		c.When(label, t)
	}
}
