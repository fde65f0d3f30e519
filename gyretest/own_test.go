package gyretest_test

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/sim"
)

// own is a hosting registry of one's own, the plainest there can be: it asks for what should be and is not known to be,
// at once, and then every five seconds until it is told that it has come about.
type own struct {
	env     hosting.Env
	patient bool // it asks again
	serial  uint32
	next    int     // the entry after which asking goes on
	entries []entry // ascending by id
}

type entry struct {
	id    model.TermID
	key   hosting.Key
	state model.State
}

const (
	askTimer = 1
	askEvery = 5 * sim.Second
)

func (o *own) Boot(map[hosting.Key]model.TermID) { o.env.Arm(askTimer, askEvery) }

func (o *own) Host(key hosting.Key) {
	o.serial++
	id := model.NewTermID(o.env.Self(), o.env.Life(), o.serial)
	o.entries = append(o.entries, entry{id, key, 0})
	o.change(id, model.Establishing)
	o.ask(&o.entries[len(o.entries)-1])
}

func (o *own) Close(key hosting.Key) {
	for i := range o.entries {
		if e := &o.entries[i]; e.key == key && e.state != model.Deleting {
			o.change(e.id, model.Deleting)
			o.ask(e)
		}
	}
}

func (o *own) CreateReply(_ sim.NodeID, m *model.Msg) {
	if i, ok := o.find(m.Term); ok && o.entries[i].state == model.Establishing && m.Code == model.OK {
		o.change(m.Term, model.Established)
	}
}

func (o *own) RemoveReply(_ sim.NodeID, m *model.Msg) {
	if i, ok := o.find(m.Term); ok && o.entries[i].state == model.Deleting && m.Code == model.OK {
		o.change(m.Term, model.Absent)
		o.entries = slices.Delete(o.entries, i, i+1)
	}
}

func (o *own) Valid(id model.TermID) bool {
	i, ok := o.find(id)
	return ok && o.entries[i].state != model.Deleting
}

// Expire asks for one entry after the other until the channel is full, and next time goes on from there: those at the
// front would keep the rest from ever being asked for.
func (o *own) Expire(uint32) {
	for range o.entries {
		o.next = (o.next + 1) % len(o.entries)
		if !o.patient || !o.ask(&o.entries[o.next]) {
			break
		}
	}
	o.env.Arm(askTimer, askEvery)
}

// ask asks a controller for what an entry lacks. It reports whether there is one that takes more.
func (o *own) ask(e *entry) bool {
	m := model.Msg{Req: o.env.NextReq(), Term: e.id, Service: e.key.Service, N: e.key.Index, Router: o.env.Self()}
	switch e.state {
	case model.Establishing, model.Established: // what is there already is confirmed
		m.Kind = model.CreateRequest
	case model.Deleting:
		m.Kind = model.RemoveRequest
	}
	ctrl := o.env.ModelController()
	return ctrl != 0 && o.env.Send(ctrl, m) == model.OK
}

func (o *own) change(id model.TermID, to model.State) {
	i, _ := o.find(id)
	e := &o.entries[i]
	o.env.Note(model.Msg{
		Kind: model.NoteState, Term: id, Service: e.key.Service, N: e.key.Index, From: e.state, State: to,
	})
	e.state = to
}

func (o *own) find(id model.TermID) (int, bool) {
	return slices.BinarySearchFunc(o.entries, id, func(e entry, id model.TermID) int { return cmp.Compare(e.id, id) })
}

func (o *own) SessionsRemoved(sim.NodeID, []model.Token) {}
func (o *own) CtrlEvent(hosting.Event, sim.NodeID)       {}
func (o *own) Run(model.Msg)                             {}
func (o *own) Task(model.Msg)                            {}
func (o *own) IDCache() map[hosting.Key]model.TermID     { return nil }
func (o *own) Entries(visit func(model.TermID, hosting.Key, model.State)) {
	for _, e := range o.entries {
		visit(e.id, e.key, e.state)
	}
}

func (o *own) Canon(c *sim.Canon) {
	c.Count("serial", uint64(o.serial), uint64(o.serial))
	c.Int("next", int64(o.next))
	for _, e := range o.entries {
		c.Ref("", model.ClassTerm, uint64(e.id))
		c.Int("service", int64(e.key.Service))
		c.Int("index", int64(e.key.Index))
		c.Int("state", int64(e.state))
	}
}
