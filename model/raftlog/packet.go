package raftlog

import (
	"encoding/binary"

	"go.etcd.io/raft/v3/raftpb"

	"gyre/sim"
)

// Packet is one raft message between members; immutable once sent. Messages of one leader share their entries.
type Packet struct {
	m     *raftpb.Message
	state Snapshot // the state machine's part of a snapshot; nil otherwise
}

// packetWords are the names of the messages that travel, by the library's number.
var packetWords = [...]string{ //tidy:ok constant table
	raftpb.MsgApp:           "app",
	raftpb.MsgAppResp:       "app-reply",
	raftpb.MsgVote:          "vote",
	raftpb.MsgVoteResp:      "vote-reply",
	raftpb.MsgSnap:          "snapshot",
	raftpb.MsgHeartbeat:     "beat",
	raftpb.MsgHeartbeatResp: "beat-reply",
	raftpb.MsgTimeoutNow:    "stand-now",
	raftpb.MsgPreVote:       "pre-vote",
	raftpb.MsgPreVoteResp:   "pre-vote-reply",
}

func packetWord(t raftpb.MessageType) string {
	if int(t) < len(packetWords) && packetWords[t] != "" {
		return packetWords[t]
	}
	return "?"
}

// Canon implements sim.Canonical: every field in one order. Canonical state takes the numbers of a message
// relative to each other.
func (p *Packet) Canon(c *sim.Canon) {
	m := p.m
	t := m.GetType()
	c.Kind(uint64(t), packetWord(t))
	if c.Rendering() {
		p.render(c)
		return
	}
	c.Node("", sim.NodeID(m.GetTo()))
	c.Node("", sim.NodeID(m.GetFrom()))
	c.Count("", m.GetTerm(), m.GetTerm())
	c.Count("", m.GetLogTerm(), m.GetTerm())
	c.Count("", m.GetIndex(), m.GetIndex())
	near(c, m.GetCommit(), m.GetIndex())
	near(c, m.GetRejectHint(), m.GetIndex())
	c.Int("", int64(m.GetVote()))
	c.Flag("", m.GetReject())
	canonBytes(c, m.GetContext())
	c.Int("", int64(len(m.GetEntries())))
	for _, e := range m.GetEntries() {
		canonEntry(c, e, m.GetIndex(), m.GetTerm())
	}
	if s := m.GetSnapshot(); s != nil {
		canonSnapshot(c, s, m)
		c.Flag("", p.state != nil)
		if p.state != nil {
			p.state.Canon(c)
		}
	}
}

// near visits a log index relative to the index of its message. Messages that lack one of the two leave it zero,
// which is no position in the log and must not be taken for one.
func near(c *sim.Canon, v, index uint64) {
	if v == 0 || index == 0 {
		index = v
	}
	c.Flag("", v == 0)
	c.Count("", v, index)
}

func (p *Packet) render(c *sim.Canon) {
	m := p.m
	c.Int("term", int64(m.GetTerm()))
	if s := m.GetSnapshot(); s != nil {
		c.Int("index", int64(s.GetMetadata().GetIndex()))
		c.Int("log-term", int64(s.GetMetadata().GetTerm()))
		return
	}
	c.Opt("index", int64(m.GetIndex()))
	c.Opt("log-term", int64(m.GetLogTerm()))
	c.Opt("entries", int64(len(m.GetEntries())))
	c.Opt("commit", int64(m.GetCommit()))
	c.Flag("reject", m.GetReject())
	c.Opt("hint", int64(m.GetRejectHint()))
	c.Flag("forced", len(m.GetContext()) > 0)
}

// canonEntry visits an entry of the log. Canonical state sees the command, not who proposed it and when.
func canonEntry(c *sim.Canon, e *raftpb.Entry, index, term uint64) {
	c.Count("", e.GetIndex(), index)
	c.Count("", e.GetTerm(), term)
	c.Int("", int64(e.GetType()))
	exact := e.GetType() != raftpb.EntryNormal
	c.Same(func(*sim.Canon) { exact = true })
	if exact {
		canonBytes(c, e.GetData())
		return
	}
	_, command, ok := decode(e.GetData())
	c.Flag("", ok)
	if ok {
		command.Canon(c)
	}
}

func canonSnapshot(c *sim.Canon, s *raftpb.Snapshot, m *raftpb.Message) {
	meta := s.GetMetadata()
	c.Count("", meta.GetIndex(), meta.GetIndex())
	c.Count("", meta.GetTerm(), m.GetTerm())
	for _, set := range [...][]uint64{meta.GetConfState().GetVoters(), meta.GetConfState().GetLearners()} {
		c.Int("", int64(len(set)))
		for _, id := range set {
			c.Node("", sim.NodeID(id))
		}
	}
	c.Same(func(c *sim.Canon) { canonBytes(c, s.GetData()) })
}

// canonBytes visits bytes as numbers of eight.
func canonBytes(c *sim.Canon, b []byte) {
	c.Int("", int64(len(b)))
	for len(b) >= 8 {
		c.Int("", int64(binary.BigEndian.Uint64(b)))
		b = b[8:]
	}
	var last [8]byte
	copy(last[:], b)
	c.Int("", int64(binary.BigEndian.Uint64(last[:])))
}
