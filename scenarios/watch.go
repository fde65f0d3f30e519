package scenarios

import (
	"gyre/model"
	"gyre/model/raftlog"
	"gyre/sim"
)

// subject is what an order of the operator is about: a service on a router, either or neither.
type subject struct {
	service model.ServiceID
	router  sim.NodeID
}

// watch is the player's eye on the run: who leads, which processes came up, which operations were
// answered. It also feeds the raft monitor.
type watch struct {
	monitor *raftlog.Monitor
	step    uint64
	leader  sim.NodeID // who leads, as far as it has told; 0 is nobody
	term    uint64

	news     bool // booted or answered is not empty
	booted   []sim.NodeID
	answered []sim.OpID
}

// Input implements sim.Observer.
func (w *watch) Input(s sim.Stamp, in *sim.Input[model.Msg]) {
	if in.Kind == sim.Boot {
		w.booted, w.news = append(w.booted, s.Node), true
		w.gone(s.Node)
	}
}

// Effect implements sim.Observer.
func (w *watch) Effect(s sim.Stamp, e *sim.Effect[model.Msg]) {
	switch e.Kind {
	case sim.Reply:
		w.answered, w.news = append(w.answered, e.Op), true
	case sim.Note:
		w.monitor.Observe(s.Node, &e.Msg)
		if e.Msg.Kind == model.NoteLeader {
			w.led(s.Node, &e.Msg)
		}
	}
}

// Event implements sim.Observer.
func (w *watch) Event(_ sim.Time, e sim.Outside) {
	if e.Name == "crash" {
		w.gone(e.Node)
	}
}

func (w *watch) gone(id sim.NodeID) {
	if w.leader == id {
		w.leader = 0
	}
}

func (w *watch) led(id sim.NodeID, m *model.Msg) {
	switch {
	case m.Flags&model.On == 0:
		w.gone(id)
	case m.Index >= w.term:
		w.leader, w.term = id, m.Index
	}
}
