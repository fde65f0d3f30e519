package controller

import (
	"slices"

	"gyre/model"
	"gyre/model/raftlog"
	"gyre/sim"
)

// peer is another controller as the mesh sees it (controller/raft/mesh, HEAD). Upstream either side dials the other
// members when raft has something to send; here the lower id of a pair of members does, and keeps at it. A leader
// dials every member it lacks, for one that is joining does not know of anybody.
type peer struct {
	node    sim.NodeID
	member  bool       // it and this controller are members, as far as this controller has applied
	conn    sim.ConnID // 0 is none
	mine    bool       // this end dialled the connection
	dialing bool
	heard   sim.Time
	retryAt sim.Time     // of the next dial, while there is no connection
	backoff sim.Duration // doubled by every failure
	version uint64       // the peer's, 0 before its hello
}

// addPeer keeps the peers ascending by node.
func (c *controller) addPeer(id sim.NodeID) {
	if id == c.self {
		return
	}
	c.peers = append(c.peers, peer{node: id})
	for i := len(c.peers) - 1; i > 0 && c.peers[i].node < c.peers[i-1].node; i-- {
		c.peers[i], c.peers[i-1] = c.peers[i-1], c.peers[i]
	}
}

// peer returns what is known of another controller, or nil if the node is none.
func (c *controller) peer(id sim.NodeID) *peer {
	if int(id) >= len(c.places) || id < 0 || c.places[id] >= 0 {
		return nil
	}
	return &c.peers[-c.places[id]-1]
}

func (c *controller) dials(p *peer) bool { return p.member && (c.self < p.node || c.leads) }

// lacks reports whether a peer is to be dialled and no dial is under way.
func (c *controller) lacks(p *peer) bool { return p.conn == 0 && !p.dialing && c.dials(p) }

// knowMembers takes the present members into the peers. A controller that is no member, or knows that it is none
// any more, dials nobody; a connection to who has left is no longer kept alive and ends by its silence.
func (c *controller) knowMembers() {
	inside := slices.Contains(c.members.Nodes, c.self)
	for i := range c.peers {
		p := &c.peers[i]
		p.member = inside && slices.Contains(c.members.Nodes, p.node)
	}
}

// dialMembers dials whoever is lacking and does not wait out a backoff.
func (c *controller) dialMembers() {
	for i := range c.peers {
		if p := &c.peers[i]; c.lacks(p) && p.retryAt <= c.now {
			c.dial(p)
		}
	}
	c.armMesh()
}

// meshBackoffMax bounds the wait between dials: raft's heartbeats to a dead peer back off to half the heartbeat
// timeout (hashicorp/raft 1.7.3, replication.go).
func (c *controller) meshBackoffMax() sim.Duration { return max(c.p.RaftHeartbeat/2, c.p.DialFirst) }

func (c *controller) bootMesh() {
	c.inbound.init(c.p, c.cfg)
	c.meshTick = c.now.Add(c.p.HeartbeatEvery)
	c.dialMembers()
}

func (c *controller) dial(p *peer) {
	p.dialing = true
	c.out.Dial(p.node, model.Msg{Kind: model.PeerHello, Peer: c.self})
}

// redialNow cuts a backoff short: an operation needs the connection.
func (c *controller) redialNow(p *peer) {
	if c.lacks(p) {
		c.dial(p)
	}
}

func (c *controller) dialFailed(node sim.NodeID) {
	p := c.peer(node)
	if p == nil || !p.dialing {
		return
	}
	p.dialing = false
	p.backoff = min(max(2*p.backoff, c.p.DialFirst), c.meshBackoffMax())
	p.retryAt = c.now.Add(p.backoff)
	c.armMesh()
}

// armMesh sets the one timer of the mesh to what comes first: the tick or a dial.
func (c *controller) armMesh() {
	at := c.meshTick
	for i := range c.peers {
		if p := &c.peers[i]; c.lacks(p) {
			at = min(at, p.retryAt)
		}
	}
	c.out.Arm(timerMesh, max(0, at.Sub(c.now)))
}

func (c *controller) tickMesh() {
	if c.now >= c.meshTick {
		c.meshTick = c.now.Add(c.p.HeartbeatEvery)
		for i := range c.peers {
			c.beat(&c.peers[i])
		}
	}
	c.dialMembers()
}

// beat sends the mesh's heartbeat, or closes a connection that has been silent for too long.
func (c *controller) beat(p *peer) {
	switch {
	case p.conn == 0:
	case c.now.Sub(p.heard) > c.p.CloseSilent:
		conn := p.conn
		c.out.Close(conn)
		c.peerDown(p.node, conn)
	case p.mine && p.member:
		c.out.Send(p.conn, model.Msg{Kind: model.Heartbeat})
	}
}

// peerUp takes a new connection in place of the one there is. If both ends have dialled at once, both keep the
// connection that the lower id dialled.
func (c *controller) peerUp(node sim.NodeID, conn sim.ConnID, accepted bool) {
	p := c.peer(node)
	sim.Assert(p != nil, "node %d is neither router nor controller", node)
	if !accepted {
		p.dialing = false
	}
	if p.conn != 0 {
		if lower := c.self < node; p.mine == lower && !accepted != lower {
			c.out.Close(conn)
			return
		}
		c.out.Close(p.conn)
		c.peerDown(node, p.conn)
	}
	p.conn, p.mine, p.backoff, p.heard = conn, !accepted, 0, c.now
	c.out.Send(conn, model.Msg{Kind: model.PeerHello, Aux: uint64(c.release)})
	for _, id := range c.stalled(func(o *op) bool { return o.stage == stagePeer && o.peer == node }) {
		c.forward(c.op(id), node)
	}
}

// peerDown fails what waits for the peer's reply: the raw error of the closed channel, outcome unknown.
func (c *controller) peerDown(node sim.NodeID, conn sim.ConnID) {
	p := c.peer(node)
	if p == nil || p.conn != conn {
		return
	}
	p.conn, p.version = 0, 0
	for _, id := range c.stalled(func(o *op) bool { return o.stage == stageReply && o.conn == conn }) {
		c.complete(c.op(id), model.Other, 0)
	}
	p.retryAt = c.now.Add(c.p.DialFirst)
	c.armMesh()
}

// readOnly reports whether a connected peer runs another version: Dispatch then refuses every write.
func (c *controller) readOnly() bool {
	if c.forced {
		return true
	}
	for i := range c.peers {
		if v := c.peers[i].version; v != 0 && v != uint64(c.release) {
			return true
		}
	}
	return false
}

func (c *controller) fromPeer(from sim.NodeID, conn sim.ConnID, m model.Msg) {
	p := c.peer(from)
	if p == nil || p.conn != conn {
		return
	}
	p.heard = c.now
	switch m.Kind {
	case model.RaftPacket:
		packet, ok := m.Body.(*raftlog.Packet)
		sim.Assert(ok, "a raft packet without a packet")
		c.log.Receive(c.now, from, packet, c.out)
	case model.Forward:
		c.forwarded(from, conn, m)
	case model.ForwardReply:
		c.forwardReply(conn, m)
	case model.PeerHello:
		p.version = m.Aux
	case model.Heartbeat:
		c.out.Send(conn, model.Msg{Kind: model.HeartbeatReply, Req: m.Req})
	case model.HeartbeatReply:
	default:
		sim.Assert(false, "controller %d got %v from a controller", c.self, m.Kind)
	}
}

// SendPacket implements raftlog.Host.
func (c *controller) SendPacket(to sim.NodeID, packet *raftlog.Packet) {
	if p := c.peer(to); p != nil && p.conn != 0 {
		c.out.Send(p.conn, model.Msg{Kind: model.RaftPacket, Body: packet})
	}
}

// LeaderChanged implements raftlog.Host. Whoever gains leadership tells its routers; nobody tells of its loss
// (controller/network, UpdateClusterLeader; HEAD). The log itself notes who leads.
func (c *controller) LeaderChanged(leader sim.NodeID, _ uint64) {
	if leader != c.self {
		c.leads = false
	}
	if c.follows != leader {
		c.follows = leader
		c.out.Note(model.Msg{Kind: model.NoteFollows, Peer: leader})
	}
	if leader != c.self || c.leads {
		return
	}
	c.leads = true
	if c.booted {
		c.dialMembers()
	}
	for i := range c.channels {
		c.send(&c.channels[i], model.Msg{Kind: model.LeaderIs, Peer: c.self})
	}
}

// MembersChanged implements raftlog.Host.
func (c *controller) MembersChanged(index uint64, voters, learners []sim.NodeID) {
	c.members = &model.NodeList{Nodes: merge(voters, learners)}
	c.confIndex = index
	c.knowMembers()
	if c.booted {
		c.dialMembers()
	}
	for i := range c.channels {
		c.sendAddresses(&c.channels[i])
	}
}

// merge returns the ids of both lists, ascending.
func merge(a, b []sim.NodeID) []sim.NodeID {
	all := make([]sim.NodeID, 0, len(a)+len(b))
	all = append(append(all, a...), b...)
	for i := 1; i < len(all); i++ {
		for k := i; k > 0 && all[k] < all[k-1]; k-- {
			all[k], all[k-1] = all[k-1], all[k]
		}
	}
	return all
}
