package raftlog

import (
	"testing"

	"gyre/internal/planted"
	"gyre/model"
	"gyre/sim"
)

// mistaken stands between a log and its member and passes on something else.
type mistaken struct {
	Host
	apply   func(e *model.Entry) *model.Entry
	outcome func(code model.Code, index uint64) (model.Code, uint64)
}

func (m *mistaken) Apply(index, term uint64, e *model.Entry) {
	if e != nil && m.apply != nil {
		e = m.apply(e)
	}
	m.Host.Apply(index, term, e)
}

func (m *mistaken) Outcome(t Ticket, code model.Code, index uint64) {
	if m.outcome != nil {
		code, index = m.outcome(code, index)
	}
	m.Host.Outcome(t, code, index)
}

// TestLogMachinePlanted: TestLogMachine finds each of these mistakes of a log.
func TestLogMachinePlanted(t *testing.T) {
	host := func(change func(m *member, w *mistaken)) func(c *cluster) {
		return func(c *cluster) {
			c.between = func(m *member) Host {
				w := &mistaken{Host: m}
				change(m, w)
				return w
			}
		}
	}
	for what, plant := range map[string]func(c *cluster){
		"a member passes by a command": host(func(m *member, w *mistaken) {
			w.apply = func(e *model.Entry) *model.Entry {
				if e.N%5 == 4 && m.id == 1 {
					return nil
				}
				return e
			}
		}),
		"a member applies another command": host(func(m *member, w *mistaken) {
			w.apply = func(e *model.Entry) *model.Entry {
				other := *e
				if m.id == 1 && e.N%5 == 4 {
					other.N--
				}
				return &other
			}
		}),
		"what was lost is called done": host(func(_ *member, w *mistaken) {
			w.outcome = func(code model.Code, index uint64) (model.Code, uint64) {
				if code == model.LeadershipLost {
					return model.OK, index
				}
				return code, index
			}
		}),
		"what was done is called refused": host(func(_ *member, w *mistaken) {
			w.outcome = func(code model.Code, index uint64) (model.Code, uint64) {
				if code == model.OK && index%7 == 0 {
					return model.TransferInProgress, 0
				}
				return code, index
			}
		}),
		"what was done is elsewhere": host(func(_ *member, w *mistaken) {
			w.outcome = func(code model.Code, index uint64) (model.Code, uint64) { return code, index + index/20 }
		}),
		"a member hears nothing": func(c *cluster) {
			c.drop = func(_, to sim.NodeID, _ *Packet) bool { return to == 2 }
		},
	} {
		planted.Found(t, what, logProperty(t, plant))
	}
}
