package checker

import (
	"gyre/model"
	"gyre/sim"
)

// Terminators that SDKs host: what is wanted of a router is what live SDK processes listen for through it, as far as
// policies let their identities. Their keys have indexes from model.SDKIndex on.

// listener is what SDK processes want of routers.
type listener struct {
	host sim.NodeID
	open []int32 // positions of the routers it is open at
}

// listeners follows SDK hosts.
type listeners struct {
	byIndex  []listener // by index less model.SDKIndex
	policies map[uint64]policy
	hosts    []sim.NodeID
}

// isHost reports whether a node is an SDK host.
func (l *listeners) isHost(node sim.NodeID) bool {
	for _, host := range l.hosts {
		if host == node {
			return true
		}
	}
	return false
}

// listens takes a note of an SDK host.
func (c *Checker) listens(s sim.Stamp, m *model.Msg) {
	r := c.router(m.Peer)
	if r < 0 || m.N < model.SDKIndex {
		return
	}
	if c.listen(r, s.Node, m.Service, m.N, m.Flags&model.On != 0) {
		c.outside(s.At)
	}
}

// listen opens or closes a listener at a router and reports whether that matters.
func (t *truth) listen(r int32, host sim.NodeID, service model.ServiceID, index uint16, on bool) bool {
	at := int(index - model.SDKIndex)
	for at >= len(t.sdk.byIndex) {
		t.sdk.byIndex = append(t.sdk.byIndex, listener{})
	}
	l := &t.sdk.byIndex[at]
	l.host = host
	was := -1
	for i, open := range l.open {
		if open == r {
			was = i
		}
	}
	switch {
	case on && was < 0:
		l.open = append(l.open, r)
	case !on && was >= 0:
		l.open = append(l.open[:was], l.open[was+1:]...)
	}
	return t.rewant(t.key(r, service, index))
}

// hangsUp closes what a process that ended had open.
func (t *truth) hangsUp(node sim.NodeID) {
	if !t.sdk.isHost(node) {
		return
	}
	for i := range t.sdk.byIndex {
		if t.sdk.byIndex[i].host == node {
			t.sdk.byIndex[i].open = t.sdk.byIndex[i].open[:0]
		}
	}
	t.rewantSDK()
}

// hostPolicy changes the policy of an SDK host and reports whether it matters; false if the node is none.
func (t *truth) hostPolicy(node sim.NodeID, service model.ServiceID, change func(*policy)) bool {
	if !t.sdk.isHost(node) {
		return false
	}
	code := uint64(node)<<16 | uint64(service)
	before := t.sdk.policies[code]
	after := before
	change(&after)
	t.sdk.policies[code] = after
	t.sum += ruleSum(node, service, after.count, after.allowed) - ruleSum(node, service, before.count, before.allowed)
	t.rewantSDK()
	return before != after
}

func (t *truth) rewantSDK() {
	for i := range t.keys {
		if t.keys[i].index >= model.SDKIndex {
			t.rewant(int32(i))
		}
	}
}

// wantOf says what is wanted of the key of an SDK's listener.
func (t *truth) wantOf(k *key) want {
	at := int(k.index - model.SDKIndex)
	if at >= len(t.sdk.byIndex) {
		return unwanted
	}
	l := &t.sdk.byIndex[at]
	p := t.sdk.policies[uint64(l.host)<<16|uint64(k.service)]
	for _, r := range l.open {
		switch {
		case r != k.router || p.count == 0:
		case p.allowed:
			return wanted
		default:
			return tolerated
		}
	}
	return unwanted
}
