package raftlog

import (
	"gyre/model"
	"gyre/sim"
)

func (m *member) SendPacket(to sim.NodeID, p *Packet) {
	m.out.Datagram(to, model.Msg{Kind: model.RaftPacket, Body: p})
}

func (m *member) Apply(index, term uint64, e *model.Entry) {
	if index != m.state.index+1 {
		m.c.t.Fatalf("ctl%d: apply %d after %d", m.id, index, m.state.index)
	}
	next := &fsm{index: index, hash: m.state.hash, count: m.state.count}
	note := model.Msg{Kind: model.NoteApplied, Index: index, Aux: term, Code: model.OK}
	if e != nil {
		if m.c.lie != nil {
			e = m.c.lie(m, e)
		}
		d := sim.NewDigest()
		d.Count("", m.state.hash, 0)
		e.Canon(d)
		next.hash = d.Sum()
		next.count++
		note.Body = e
	}
	m.state = next
	m.applied = append(m.applied, m.c.now)
	m.out.Save(FileEnd, 0, model.Msg{Kind: model.Record, Index: index, Body: next})
	m.out.Note(note)
}

func (m *member) Snapshot() Snapshot { return m.state }
func (m *member) Applied() uint64    { return m.state.index }

func (m *member) Restore(index uint64, s Snapshot) {
	m.state = s.(*fsm)
	if m.state.index != index {
		m.c.t.Fatalf("ctl%d: snapshot at %d holds state of %d", m.id, index, m.state.index)
	}
	m.restores++
	m.out.Save(FileEnd, 0, model.Msg{Kind: model.Record, Index: index, Body: m.state})
	m.out.Note(model.Msg{Kind: model.NoteRestore, Index: index})
}

func (m *member) Outcome(t Ticket, code model.Code, index uint64) {
	if r, ok := m.outcomes[t]; ok {
		m.c.t.Fatalf("ctl%d: ticket %d settled twice: %v, then %v", m.id, t, r, code)
	}
	m.outcomes[t] = result{code, index}
	m.order = append(m.order, t)
}

func (m *member) LeaderChanged(leader sim.NodeID, term uint64) { m.leaders = append(m.leaders, leader) }

func (m *member) MembersChanged(index uint64, voters, learners []sim.NodeID) {
	m.voters, m.learners = voters, learners
}
