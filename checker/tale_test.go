package checker

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

var _ sim.Observer[model.Msg] = (*Checker)(nil)

// Nodes of a tale.
const (
	ctl1 sim.NodeID = 1
	ctl2 sim.NodeID = 2
	rtr1 sim.NodeID = 3
	rtr2 sim.NodeID = 4
)

// Services of a tale.
const (
	web model.ServiceID = 1
	db  model.ServiceID = 2
)

// tale tells a checker a history by hand: steps with causes, and notes in them.
type tale struct {
	c     *Checker
	at    sim.Time
	step  uint64
	root  uint32
	index uint64
	hop   sim.Duration // between a step and the next
}

// newTale begins with two controllers and two connected routers; nothing is wanted yet.
func newTale() *tale {
	cfg := &model.Config{
		Release: model.Ziti210, Params: model.DefaultParams(),
		Names:       &model.Names{Nodes: []string{"", "ctl1", "ctl2", "rtr1", "rtr2"}, Services: []string{"", "web", "db"}},
		Controllers: []sim.NodeID{ctl1, ctl2}, Voters: 2, Routers: []sim.NodeID{rtr1, rtr2},
	}
	b := &tale{c: New(cfg), hop: 5 * sim.Millisecond}
	for n := ctl1; n <= rtr2; n++ {
		b.start(n)
	}
	b.channel(rtr1, ctl1, true)
	b.channel(rtr2, ctl1, true)
	return b
}

// input is one step; cause 0 is outside. It returns the number of the step.
func (b *tale) input(node sim.NodeID, cause uint64, in sim.Input[model.Msg]) uint64 {
	b.at = b.at.Add(b.hop)
	b.step++
	b.c.Input(b.stamp(node, b.step, cause), &in)
	return b.step
}

func (b *tale) stamp(node sim.NodeID, step, cause uint64) sim.Stamp {
	return sim.Stamp{Step: step, Cause: cause, Root: b.root, At: b.at, Node: node}
}

// note is a note in the newest step.
func (b *tale) note(node sim.NodeID, m model.Msg) {
	b.c.Effect(b.stamp(node, b.step, 0), &sim.Effect[model.Msg]{Kind: sim.Note, Msg: m})
}

// event is something from outside.
func (b *tale) event(name string, node sim.NodeID) {
	b.root++
	b.c.Event(b.at, sim.Outside{Root: b.root, Name: name, Node: node})
}

func (b *tale) start(node sim.NodeID) {
	b.event("start", node)
	b.input(node, 0, sim.Input[model.Msg]{Kind: sim.Boot, Life: 1})
}

// got is the delivery of a message that an earlier step sent.
func (b *tale) got(node sim.NodeID, cause uint64, m model.Msg) uint64 {
	return b.input(node, cause, sim.Input[model.Msg]{Kind: sim.Deliver, Msg: m})
}

// tick is a timer; it descends from whatever armed it.
func (b *tale) tick(node sim.NodeID, cause uint64) uint64 {
	return b.input(node, cause, sim.Input[model.Msg]{Kind: sim.Expire, Timer: 1})
}

// work is a task of a lane.
func (b *tale) work(node sim.NodeID, cause uint64) uint64 {
	return b.input(node, cause, sim.Input[model.Msg]{Kind: sim.Work, Msg: model.Msg{Kind: model.Task}})
}

func (b *tale) channel(router, ctl sim.NodeID, on bool) {
	m := model.Msg{Kind: model.NoteChannel, Peer: ctl}
	if on {
		m.Flags = model.On
	}
	b.note(router, m)
}

// command is an operator's command with an entry that is applied at once.
func (b *tale) command(e model.Entry) {
	b.event("command", ctl1)
	step := b.input(ctl1, 0, sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpEntry}})
	e.Origin = model.ByOperator
	b.apply(step, e, model.OK)
}

func (b *tale) bind(router sim.NodeID, service model.ServiceID, n uint16) {
	b.command(model.Entry{Verb: model.Bind, Router: router, Service: service, N: n})
	b.command(model.Entry{Verb: model.Allow, Router: router, Service: service})
}

func (b *tale) unbind(router sim.NodeID, service model.ServiceID) {
	b.command(model.Entry{Verb: model.Unbind, Router: router, Service: service})
}

// apply is the apply of an entry, first by ctl1 and then by ctl2. It returns the step of the first.
func (b *tale) apply(cause uint64, e model.Entry, code model.Code) uint64 {
	b.index++
	step := b.got(ctl1, cause, model.Msg{Kind: model.RaftPacket})
	b.note(ctl1, model.Msg{Kind: model.NoteApplied, Index: b.index, Code: code, Body: &e})
	b.got(ctl2, step, model.Msg{Kind: model.RaftPacket})
	b.note(ctl2, model.Msg{Kind: model.NoteApplied, Index: b.index, Code: code, Body: &e})
	return step
}

func (b *tale) entry(router sim.NodeID, id model.TermID, service model.ServiceID, index uint16, to model.State) {
	b.note(router, model.Msg{Kind: model.NoteState, Term: id, Service: service, N: index, State: to})
}

// host lets the router of id take it up, in a step with the given cause.
func (b *tale) host(cause uint64, id model.TermID, service model.ServiceID, index uint16) uint64 {
	step := b.work(id.Router(), cause)
	b.entry(id.Router(), id, service, index, model.Establishing)
	return step
}

// create is the whole create of a row, up to the delivery of the answer, whose step it returns.
func (b *tale) create(cause uint64, id model.TermID, service model.ServiceID, index uint16) uint64 {
	step := b.row(cause, id, service, index)
	step = b.got(id.Router(), step, model.Msg{Kind: model.CreateReply, Term: id, Code: model.OK})
	b.entry(id.Router(), id, service, index, model.Established)
	return step
}

// row is the create of a row without the answer.
func (b *tale) row(cause uint64, id model.TermID, service model.ServiceID, index uint16) uint64 {
	e := model.Entry{
		Verb: model.CreateTerm, Router: id.Router(), Service: service, N: index, Term: id, Origin: model.ByRouter,
	}
	return b.apply(b.got(ctl1, cause, model.Msg{Kind: model.CreateRequest, Term: id}), e, model.OK)
}

// request is a router's create request, in a step with the given cause.
func (b *tale) request(cause uint64, id model.TermID, service model.ServiceID, index uint16) uint64 {
	step := b.work(id.Router(), cause)
	m := model.Msg{Kind: model.CreateRequest, Router: id.Router(), Term: id, Service: service, N: index}
	b.c.Effect(b.stamp(id.Router(), step, cause), &sim.Effect[model.Msg]{Kind: sim.Send, Msg: m})
	return step
}

// alone is the apply of an entry by ctl1 only.
func (b *tale) alone(e model.Entry) {
	b.index++
	b.got(ctl1, b.step, model.Msg{Kind: model.RaftPacket})
	b.note(ctl1, model.Msg{Kind: model.NoteApplied, Index: b.index, Code: model.OK, Body: &e})
}

// giveUp lets a router abandon a terminator, in a timer armed by the given step.
func (b *tale) giveUp(cause uint64, id model.TermID, service model.ServiceID, index uint16) {
	b.tick(id.Router(), cause)
	b.note(id.Router(), model.Msg{Kind: model.NoteGaveUp, Term: id, Service: service, N: index})
}

// ask is a router's remove request, in a step with the given cause.
func (b *tale) ask(cause uint64, id model.TermID) uint64 {
	step := b.work(id.Router(), cause)
	m := model.Msg{Kind: model.RemoveRequest, Router: id.Router(), Term: id}
	b.c.Effect(b.stamp(id.Router(), step, cause), &sim.Effect[model.Msg]{Kind: sim.Send, Msg: m})
	return step
}

// remove is the apply of a delete.
func (b *tale) remove(cause uint64, id model.TermID, by model.Origin) uint64 {
	e := model.Entry{Verb: model.DeleteTerms, Terms: []model.TermID{id}, Origin: by}
	if by == model.ByRouter {
		e.Router = id.Router()
	}
	return b.apply(cause, e, model.OK)
}

// undo is a remove request and the apply of the delete.
func (b *tale) undo(cause uint64, id model.TermID) uint64 {
	return b.remove(b.got(ctl1, b.ask(cause, id), model.Msg{Kind: model.RemoveRequest, Term: id}), id, model.ByRouter)
}

// cycle is the loop of ziti-1.0.0: the answer to the create makes the router remove and create again.
func (b *tale) cycle(answer uint64, id model.TermID, service model.ServiceID, index uint16) uint64 {
	return b.create(b.got(id.Router(), b.undo(answer, id), model.Msg{Kind: model.RemoveReply}), id, service, index)
}

// pass lets time pass.
func (b *tale) pass(d sim.Duration) { b.at = b.at.Add(d) }

// settle begins the quiet phase.
func (b *tale) settle() { b.c.Settle(b.at) }

// finish lets time pass and ends the run.
func (b *tale) finish(d sim.Duration) Report {
	b.pass(d)
	return b.c.Finish(b.at)
}

// id returns the n-th id of a router.
func id(router sim.NodeID, n uint32) model.TermID { return model.NewTermID(router, 1, n) }

// up binds web on rtr1 and lets it be hosted: the state most tales start from. It returns the step of the answer.
func (b *tale) up() uint64 {
	b.bind(rtr1, web, 1)
	return b.create(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
}

func expect(t *testing.T, r Report, property string, status Status, rung Rung) Verdict {
	t.Helper()
	v := r.Verdict(property)
	if v.Status != status || v.Rung != rung {
		t.Errorf("%s: %v %v, want %v %v: %s", property, v.Status, v.Rung, status, rung, v.Text)
	}
	return v
}
