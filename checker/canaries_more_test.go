package checker

import (
	"gyre/model"
	"gyre/sim"
)

// validate is a controller's question to a router over a connection.
func (b *tale) validate(router, ctl sim.NodeID, conn sim.ConnID) uint64 {
	return b.input(router, b.step, sim.Input[model.Msg]{Kind: sim.Deliver, From: ctl, Conn: conn,
		Msg: model.Msg{Kind: model.ValidateRequest}})
}

// restore is a controller's note that it restored a snapshot with these rows.
func (b *tale) restore(ctl sim.NodeID, index uint64, rows ...model.Row) {
	b.got(ctl, b.step, model.Msg{Kind: model.RaftPacket})
	b.note(ctl, model.Msg{Kind: model.NoteRestore, Index: index, Body: &model.Rows{Rows: rows, Rules: []model.Rule{
		{Service: web, Router: rtr1, N: 1, Allowed: true}, {Service: db, Router: rtr1},
	}}})
}

func row(router sim.NodeID, n uint32) model.Row {
	return model.Row{Term: id(router, n), Service: web, Router: router}
}

// moreCanaries are those of what is owed, and of snapshots.
var moreCanaries = []canary{
	{"no-stuck", "a delete that was queued and never runs", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.tick(ctl1, 3)
		b.note(ctl1, model.Msg{Kind: model.NoteValidation, Term: id(rtr1, 1), Router: rtr1})
		b.settle()
		return b.finish(long)
	}},
	{"no-stuck", "a question that a router never answers", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.settle()
		b.validate(rtr1, ctl1, 7)
		return b.finish(long)
	}},
	{"no-stuck", "a delete that was queued and ran", Holds, None, func(b *tale) Report {
		b.up()
		s := b.tick(ctl1, 3)
		b.note(ctl1, model.Msg{Kind: model.NoteValidation, Term: id(rtr1, 1), Router: rtr1})
		b.settle()
		b.remove(s, id(rtr1, 1), model.ByValidation)
		return b.finish(long)
	}},
	{"no-stuck", "a delete that was queued by a process that is gone", Holds, None, func(b *tale) Report {
		b.up()
		b.tick(ctl1, 3)
		b.note(ctl1, model.Msg{Kind: model.NoteValidation, Term: id(rtr1, 1), Router: rtr1})
		b.event("crash", ctl1)
		b.start(ctl1)
		b.settle()
		return b.finish(long)
	}},
	{"no-stuck", "a question that was answered", Holds, None, func(b *tale) Report {
		b.up()
		b.settle()
		b.validate(rtr1, ctl1, 7)
		b.work(rtr1, b.step)
		b.c.Effect(b.stamp(rtr1, b.step, 0), &sim.Effect[model.Msg]{Kind: sim.Send, Conn: 7,
			Msg: model.Msg{Kind: model.ValidateReply}})
		return b.finish(long)
	}},
	{"no-stuck", "a question over a connection that is gone", Holds, None, func(b *tale) Report {
		b.up()
		b.settle()
		b.validate(rtr1, ctl1, 7)
		b.input(rtr1, b.step, sim.Input[model.Msg]{Kind: sim.Down, From: ctl1, Conn: 7})
		return b.finish(long)
	}},

	{"replicated", "a snapshot that lost a row", Violated, Witness, func(b *tale) Report {
		b.create(b.up(), id(rtr1, 2), web, 0)
		b.alone(model.Entry{Verb: model.Nothing})
		b.restore(ctl2, b.index, row(rtr1, 1))
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "a snapshot with a row that is gone", Violated, Witness, func(b *tale) Report {
		b.remove(b.up(), id(rtr1, 1), model.ByRouter)
		b.alone(model.Entry{Verb: model.Nothing})
		b.restore(ctl2, b.index, row(rtr1, 1))
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "a snapshot with a row under the id of another", Violated, Witness, func(b *tale) Report {
		b.up()
		b.alone(model.Entry{Verb: model.Nothing})
		b.restore(ctl2, b.index, model.Row{Term: id(rtr1, 1), Service: db, Router: rtr1})
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "a snapshot that lost a rule", Violated, Witness, func(b *tale) Report {
		b.up()
		b.bind(rtr2, db, 1)
		b.alone(model.Entry{Verb: model.Nothing})
		b.restore(ctl2, b.index, row(rtr1, 1))
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "a snapshot that has what the log says", Holds, None, func(b *tale) Report {
		b.create(b.up(), id(rtr1, 2), web, 0)
		b.alone(model.Entry{Verb: model.Nothing})
		b.restore(ctl2, b.index, row(rtr1, 2), row(rtr1, 1))
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "a snapshot of what was, before a row went", Holds, None, func(b *tale) Report {
		a := b.create(b.up(), id(rtr1, 2), web, 0)
		at := b.index
		e := model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 2), Router: rtr1, Origin: model.ByRouter}
		b.index++
		b.got(ctl1, a, model.Msg{Kind: model.RaftPacket})
		b.note(ctl1, model.Msg{Kind: model.NoteApplied, Index: b.index, Code: model.OK, Body: &e})
		b.restore(ctl2, at, row(rtr1, 1), row(rtr1, 2))
		b.got(ctl2, a, model.Msg{Kind: model.RaftPacket})
		b.note(ctl2, model.Msg{Kind: model.NoteApplied, Index: b.index, Code: model.OK, Body: &e})
		b.settle()
		return b.finish(long)
	}},
}
