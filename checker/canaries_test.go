package checker

import (
	"gyre/model"
	"gyre/sim"
)

// canary is a history and what one property must say about it.
type canary struct {
	property string
	name     string
	status   Status
	rung     Rung
	tell     func(b *tale) Report
}

// canaries has, for each property, mutants it must catch and legal histories it must accept.
var canaries = []canary{
	{"no-spin", "twice, fed by the answer, in quiescence", Violated, Closure, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.cycle(b.cycle(a, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		return b.finish(long)
	}},
	{"no-spin", "twice, settled only afterwards", Violated, Closure, func(b *tale) Report {
		a := b.up()
		b.cycle(b.cycle(a, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"no-spin", "three times between outside events, fresh ids", Violated, Closure, func(b *tale) Report {
		a := b.up()
		for n := uint32(1); n <= 3; n++ {
			s := b.ask(a, id(rtr1, n))
			b.entry(rtr1, id(rtr1, n), web, 0, model.Absent)
			s = b.remove(s, id(rtr1, n), model.ByRouter)
			a = b.create(b.host(s, id(rtr1, n+1), web, 0), id(rtr1, n+1), web, 0)
		}
		b.event("slow", rtr2)
		b.settle()
		return b.finish(long)
	}},
	{"no-spin", "the controller's validation eats what it validated", Violated, Closure, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		s := b.host(b.step, id(rtr1, 1), web, 0)
		b.settle()
		for range 2 {
			b.create(s, id(rtr1, 1), web, 0)
			s = b.tick(ctl2, b.step-1) // ctl2 armed it when it applied the create
			b.note(ctl2, model.Msg{Kind: model.NoteValidation, Term: id(rtr1, 1), Router: rtr1})
			s = b.remove(s, id(rtr1, 1), model.ByValidation)
		}
		return b.finish(long)
	}},
	{"no-spin", "every five minutes, for no reason that is left", Violated, Closure, func(b *tale) Report {
		b.up()
		b.settle()
		clock := uint64(3)
		for range 20 {
			b.pass(5 * sim.Minute)
			clock = b.tick(rtr1, clock)
			b.create(b.undo(clock, id(rtr1, 1)), id(rtr1, 1), web, 0)
		}
		return b.finish(sim.Minute)
	}},
	{"no-spin", "three times, by a ticker", Violated, Closure, func(b *tale) Report {
		a := b.up()
		b.settle()
		for range 3 {
			b.pass(sim.Minute)
			a = b.cycle(b.tick(rtr1, a), id(rtr1, 1), web, 0)
		}
		return b.finish(long)
	}},
	{"no-spin", "twice, by a ticker", Holds, None, func(b *tale) Report {
		a := b.up()
		b.settle()
		for range 2 {
			b.pass(sim.Minute)
			a = b.cycle(b.tick(rtr1, a), id(rtr1, 1), web, 0)
		}
		return b.finish(long)
	}},
	{"no-spin", "one reset per controller that connects", Holds, None, func(b *tale) Report {
		b.up()
		for range 10 {
			b.event("connect", rtr1)
			up := b.input(rtr1, 0, sim.Input[model.Msg]{Kind: sim.Up, From: ctl2})
			b.create(b.undo(up, id(rtr1, 1)), id(rtr1, 1), web, 0)
		}
		b.settle()
		return b.finish(long)
	}},
	{"no-spin", "twice in a row, then something from outside", Holds, None, func(b *tale) Report {
		a := b.up()
		for range 5 {
			a = b.cycle(b.cycle(a, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
			b.event("slow", rtr2)
		}
		b.settle()
		return b.finish(long)
	}},
	{"no-spin", "two stale rows of one key go, each because of its answer", Holds, None, func(b *tale) Report {
		a := b.up()
		x := b.create(a, id(rtr1, 2), web, 0)
		y := b.create(a, id(rtr1, 3), web, 0)
		b.settle()
		b.undo(x, id(rtr1, 2))
		b.undo(y, id(rtr1, 3))
		return b.finish(long)
	}},
	{"no-spin", "no terminator at all", NotJudged, None, func(b *tale) Report {
		b.settle()
		return b.finish(long)
	}},

	{"stays-converged", "once, fed by the answer", Violated, Closure, func(b *tale) Report {
		b.cycle(b.up(), id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"stays-converged", "the router drops what it was told it has", Violated, Closure, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.work(rtr1, a)
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Deleting)
		return b.finish(long)
	}},
	{"stays-converged", "closed in its turn, which an apply next to its create's brought on", Holds, None,
		func(b *tale) Report {
			b.bind(rtr1, web, 1)
			s := b.host(b.step, id(rtr1, 1), web, 0)
			b.got(ctl1, b.ask(s, id(rtr1, 2)), model.Msg{Kind: model.RemoveRequest, Term: id(rtr1, 2)})
			applied := b.tick(ctl1, b.row(s, id(rtr1, 1), web, 0)) // one entry after the other is applied
			b.got(rtr1, applied, model.Msg{Kind: model.RemoveReply, Term: id(rtr1, 2), Code: model.OK})
			b.entry(rtr1, id(rtr1, 1), web, 0, model.Deleting) // its turn has come
			b.settle()
			return b.finish(long)
		}},
	{"stays-converged", "closed because of the answer to a request that its create brought on", Violated, Closure,
		func(b *tale) Report {
			a := b.up()
			other := b.got(ctl1, b.ask(a, id(rtr1, 2)), model.Msg{Kind: model.RemoveRequest, Term: id(rtr1, 2)})
			b.got(rtr1, b.tick(ctl1, other), model.Msg{Kind: model.RemoveReply, Term: id(rtr1, 2), Code: model.OK})
			b.entry(rtr1, id(rtr1, 1), web, 0, model.Deleting)
			b.settle()
			return b.finish(long)
		}},
	{"stays-converged", "later than any reaction", Violated, Closure, func(b *tale) Report {
		b.up()
		b.settle()
		b.pass(long)
		b.undo(b.tick(rtr1, 3), id(rtr1, 1))
		return b.finish(long)
	}},
	{"stays-converged", "a second row, later than any reaction", Violated, Closure, func(b *tale) Report {
		b.up()
		b.settle()
		b.pass(long)
		b.create(b.tick(rtr1, 3), id(rtr1, 2), web, 0)
		return b.finish(long)
	}},
	{"stays-converged", "a late reaction to the last outside event", Holds, None, func(b *tale) Report {
		b.up()
		b.event("connect", rtr1)
		up := b.input(rtr1, 0, sim.Input[model.Msg]{Kind: sim.Up, From: ctl2})
		b.settle()
		b.pass(sim.Minute)
		b.create(b.undo(b.tick(rtr1, up), id(rtr1, 1)), id(rtr1, 1), web, 0)
		return b.finish(long)
	}},
	{"stays-converged", "the step that applied it answered for another row too", Holds, None, func(b *tale) Report {
		b.up()
		b.bind(rtr1, db, 1)
		s := b.row(b.host(b.step, id(rtr1, 2), db, 0), id(rtr1, 2), db, 0)
		b.settle()
		b.got(rtr1, s, model.Msg{Kind: model.RemoveReply, Term: id(rtr1, 9), Code: model.NotFound})
		b.entry(rtr1, id(rtr1, 2), db, 0, model.Deleting)
		b.entry(rtr1, id(rtr1, 2), db, 0, model.Establishing)
		return b.finish(long)
	}},
	{"stays-converged", "a planned refresh", Holds, None, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.pass(long)
		b.work(rtr1, a)
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Establishing)
		b.apply(b.step, model.Entry{Verb: model.CreateTerm, Router: rtr1, Service: web, Term: id(rtr1, 1)}, model.Duplicate)
		b.work(rtr1, b.step)
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Established)
		return b.finish(long)
	}},
	{"stays-converged", "a delete that overtook its create", Holds, None, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		asked := b.ask(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1))
		b.settle()
		applied := b.row(asked, id(rtr1, 1), web, 0)
		b.remove(applied, id(rtr1, 1), model.ByRouter) // raft committed both in one packet
		b.create(b.host(b.step, id(rtr1, 2), web, 0), id(rtr1, 2), web, 0)
		return b.finish(long)
	}},
	{"stays-converged", "a repair: the duplicate goes because of its answer", Holds, None, func(b *tale) Report {
		a := b.create(b.up(), id(rtr1, 2), web, 0)
		b.settle()
		b.entry(rtr1, id(rtr1, 2), web, 0, model.Absent)
		b.undo(a, id(rtr1, 2))
		return b.finish(long)
	}},
	{"stays-converged", "a ticker that the answer happened to arm", Holds, None, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.pass(sim.Minute)
		b.create(b.undo(b.tick(rtr1, a), id(rtr1, 1)), id(rtr1, 1), web, 0)
		return b.finish(long)
	}},
	{"stays-converged", "a ticker that the answer arms every time", Violated, Closure, func(b *tale) Report {
		a := b.up()
		b.settle()
		for range 2 {
			b.pass(sim.Minute)
			a = b.cycle(b.tick(rtr1, a), id(rtr1, 1), web, 0)
		}
		return b.finish(long)
	}},
	{"stays-converged", "nothing quiet to judge", Unknown, None, func(b *tale) Report {
		b.up()
		return b.finish(long)
	}},

	{"converges", "never created", Violated, Deadline, func(b *tale) Report {
		b.bind(rtr1, web, 2)
		b.create(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"converges", "too late", Violated, Deadline, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.settle()
		b.pass(long)
		b.create(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		return b.finish(long)
	}},
	{"converges", "a row that nobody wants any more", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.unbind(rtr1, web)
		b.settle()
		return b.finish(long)
	}},
	{"converges", "the operator's delete is applied after all was right, and the row never comes back", Violated, Deadline,
		func(b *tale) Report {
			a := b.up()
			b.event("command", ctl1)
			b.input(ctl1, 0, sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpEntry}})
			b.settle()
			b.tick(ctl1, a) // still right: the delete is on its way
			b.remove(b.tick(ctl1, a), id(rtr1, 1), model.ByOperator)
			return b.finish(long)
		}},
	{"converges", "the operator deletes a row, and it comes back", Holds, None, func(b *tale) Report {
		a := b.up()
		b.settle()
		s := b.remove(b.tick(ctl1, a), id(rtr1, 1), model.ByOperator)
		b.create(s, id(rtr1, 1), web, 0)
		return b.finish(long)
	}},
	{"converges", "in good time", Holds, None, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.settle()
		b.pass(sim.Minute)
		b.create(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		return b.finish(long)
	}},
	{"converges", "bound but not allowed", Holds, None, func(b *tale) Report {
		b.up()
		b.command(model.Entry{Verb: model.Deny, Router: rtr1, Service: web})
		b.command(model.Entry{Verb: model.Bind, Router: rtr2, Service: web, N: 1})
		b.settle()
		return b.finish(long)
	}},
	{"converges", "settle too short", Unknown, None, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.settle()
		return b.finish(sim.Minute)
	}},
	{"converges", "every router is down", NotJudged, None, func(b *tale) Report {
		b.up()
		b.event("crash", rtr1)
		b.settle()
		return b.finish(long)
	}},

	{"no-orphan", "the router forgot the id", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Absent)
		b.settle()
		return b.finish(long)
	}},
	{"no-orphan", "left over from an earlier life", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.event("crash", rtr1)
		b.start(rtr1)
		b.channel(rtr1, ctl1, true)
		b.create(b.host(b.step, id(rtr1, 2), web, 0), id(rtr1, 2), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"no-orphan", "the router is down", Holds, None, func(b *tale) Report {
		b.up()
		b.bind(rtr2, web, 1)
		b.create(b.host(b.step, id(rtr2, 1), web, 0), id(rtr2, 1), web, 0)
		b.event("crash", rtr1)
		b.settle()
		return b.finish(long)
	}},
	{"no-orphan", "the router lost its channel", Holds, None, func(b *tale) Report {
		b.up()
		b.bind(rtr2, web, 1)
		b.create(b.host(b.step, id(rtr2, 1), web, 0), id(rtr2, 1), web, 0)
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Absent)
		b.channel(rtr1, ctl1, false)
		b.settle()
		return b.finish(long)
	}},
	{"no-orphan", "validated away in time", Holds, None, func(b *tale) Report {
		b.up()
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Absent)
		b.settle()
		b.remove(b.tick(ctl1, 3), id(rtr1, 1), model.ByValidation)
		return b.finish(long)
	}},

	{"no-missing", "the row is gone, the router believes", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.command(model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)})
		b.settle()
		return b.finish(long)
	}},
	{"no-missing", "there is a row, but hosted under another id", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.work(rtr1, 3)
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Absent)
		b.entry(rtr1, id(rtr1, 2), web, 0, model.Established)
		b.settle()
		return b.finish(long)
	}},
	{"no-missing", "all there", Holds, None, func(b *tale) Report {
		b.up()
		b.settle()
		return b.finish(sim.Second)
	}},
	{"no-missing", "still being created", Holds, None, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.row(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},

	{"no-duplicate", "two ids, both hosted", Violated, Deadline, func(b *tale) Report {
		b.create(b.host(b.up(), id(rtr1, 2), web, 0), id(rtr1, 2), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"no-duplicate", "one of two routers has three", Violated, Deadline, func(b *tale) Report {
		b.bind(rtr2, db, 1)
		a := b.up()
		for n := uint32(1); n <= 3; n++ {
			a = b.create(b.host(a, id(rtr2, n), db, 0), id(rtr2, n), db, 0)
		}
		b.settle()
		return b.finish(long)
	}},
	{"no-duplicate", "two indexes and two routers", Holds, None, func(b *tale) Report {
		b.bind(rtr1, web, 2)
		b.bind(rtr2, web, 1)
		a := b.create(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		a = b.create(b.host(a, id(rtr1, 2), web, 1), id(rtr1, 2), web, 1)
		b.create(b.host(a, id(rtr2, 1), web, 0), id(rtr2, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"no-duplicate", "the same create twice", Holds, None, func(b *tale) Report {
		b.up()
		b.apply(b.step, model.Entry{Verb: model.CreateTerm, Router: rtr1, Service: web, Term: id(rtr1, 1)}, model.Duplicate)
		b.settle()
		return b.finish(long)
	}},

	{"no-storm", "a late request every minute", Violated, Deadline, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.pass(long)
		for range 5 {
			b.pass(sim.Minute)
			a = b.request(b.tick(rtr1, a), id(rtr1, 1), web, 0)
		}
		return b.finish(sim.Second)
	}},
	{"no-storm", "the limiter is gone", Violated, Witness, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.hop = 5
		for range 30_000 {
			b.request(a, id(rtr1, 1), web, 0)
		}
		return b.finish(long)
	}},
	{"no-storm", "removing what is gone, for ever", Violated, Deadline, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.pass(long)
		for range 5 {
			a = b.ask(b.tick(rtr1, a), id(rtr1, 9))
		}
		return b.finish(sim.Second)
	}},
	{"no-storm", "a busy minute", Holds, None, func(b *tale) Report {
		a := b.up()
		b.settle()
		for range 12_000 {
			b.request(a, id(rtr1, 1), web, 0)
		}
		return b.finish(long)
	}},
	{"no-storm", "retried for ever, because policy does not allow it", Holds, None, func(b *tale) Report {
		a := b.up()
		b.command(model.Entry{Verb: model.Bind, Router: rtr1, Service: db, N: 1})
		b.request(a, id(rtr1, 1), web, 0)
		b.settle()
		for range 100 {
			b.pass(2 * sim.Minute)
			b.request(b.tick(rtr1, a), id(rtr1, 2), db, 0)
		}
		return b.finish(sim.Second)
	}},
	{"no-storm", "still busy, and too early to tell", Unknown, None, func(b *tale) Report {
		a := b.up()
		b.settle()
		b.pass(sim.Minute)
		b.request(a, id(rtr1, 1), web, 0)
		return b.finish(sim.Second)
	}},

	{"agree", "the row is gone, the router believes", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.settle()
		b.remove(b.tick(ctl1, 3), id(rtr1, 1), model.ByValidation)
		return b.finish(long)
	}},
	{"agree", "the row is another router's", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.bind(rtr2, web, 1)
		b.apply(b.step, model.Entry{Verb: model.CreateTerm, Router: rtr2, Service: web, Term: id(rtr1, 7)}, model.OK)
		b.entry(rtr1, id(rtr1, 7), web, 0, model.Established)
		b.settle()
		return b.finish(long)
	}},
	{"agree", "the leader lags for ever", Violated, Deadline, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.note(ctl2, model.Msg{Kind: model.NoteLeader, Flags: model.On, Index: 1})
		b.host(b.step, id(rtr1, 1), web, 0)
		b.alone(model.Entry{Verb: model.CreateTerm, Router: rtr1, Service: web, Term: id(rtr1, 1)})
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Established)
		b.settle()
		return b.finish(long)
	}},
	{"agree", "all there", Holds, None, func(b *tale) Report {
		b.up()
		b.settle()
		return b.finish(long)
	}},
	{"agree", "gone a moment before the end", Holds, None, func(b *tale) Report {
		b.up()
		b.settle()
		b.pass(long)
		b.remove(b.tick(ctl1, 3), id(rtr1, 1), model.ByValidation)
		return b.finish(sim.Second)
	}},
	{"agree", "the router has no channel", Holds, None, func(b *tale) Report {
		b.up()
		b.bind(rtr2, web, 1)
		b.create(b.host(b.step, id(rtr2, 1), web, 0), id(rtr2, 1), web, 0)
		b.remove(b.tick(ctl1, 3), id(rtr1, 1), model.ByValidation)
		b.channel(rtr1, ctl1, false)
		b.settle()
		return b.finish(long)
	}},

	{"replicated", "another result", Violated, Witness, func(b *tale) Report {
		b.up()
		b.alone(model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)})
		b.note(ctl2, model.Msg{Kind: model.NoteApplied, Index: b.index, Code: model.NotFound,
			Body: &model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)}})
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "another entry", Violated, Witness, func(b *tale) Report {
		b.up()
		b.alone(model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)})
		b.note(ctl2, model.Msg{Kind: model.NoteApplied, Index: b.index, Code: model.OK,
			Body: &model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 2)}})
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "an entry left out", Violated, Witness, func(b *tale) Report {
		b.up()
		b.alone(model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)})
		b.apply(b.step, model.Entry{Verb: model.Nothing}, model.OK)
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "applied twice", Violated, Witness, func(b *tale) Report {
		b.up()
		e := model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)}
		b.apply(b.step, e, model.OK)
		b.note(ctl2, model.Msg{Kind: model.NoteApplied, Index: b.index, Code: model.OK, Body: &e})
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "never catches up", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.alone(model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)})
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "lags, and catches up", Holds, None, func(b *tale) Report {
		b.up()
		e := model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)}
		b.alone(e)
		b.settle()
		b.pass(long)
		b.note(ctl2, model.Msg{Kind: model.NoteApplied, Index: b.index, Code: model.OK, Body: &e})
		return b.finish(sim.Second)
	}},
	{"replicated", "applied again after a crash", Holds, None, func(b *tale) Report {
		b.up()
		e := model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1)}
		b.apply(b.step, e, model.OK)
		b.event("crash", ctl2)
		b.start(ctl2)
		b.note(ctl2, model.Msg{Kind: model.NoteApplied, Index: b.index, Code: model.OK, Body: &e})
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "a snapshot instead of entries", Holds, None, func(b *tale) Report {
		b.up()
		for range 5 {
			b.alone(model.Entry{Verb: model.Nothing})
		}
		b.note(ctl2, model.Msg{Kind: model.NoteRestore, Index: b.index})
		b.apply(b.step, model.Entry{Verb: model.Nothing}, model.OK)
		b.settle()
		return b.finish(long)
	}},
	{"replicated", "the one that lags has left", Unknown, None, func(b *tale) Report {
		b.up()
		b.alone(model.Entry{Verb: model.Nothing})
		return b.finish(long)
	}},

	{"no-stuck", "never created", Violated, Deadline, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.host(b.step, id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"no-stuck", "never deleted", Violated, Deadline, func(b *tale) Report {
		b.up()
		b.unbind(rtr1, web)
		b.work(rtr1, b.step)
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Deleting)
		b.settle()
		return b.finish(long)
	}},
	{"no-stuck", "the row is there and the answer was lost", Violated, Deadline, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.row(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"no-stuck", "established in the end", Holds, None, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.host(b.step, id(rtr1, 1), web, 0)
		b.settle()
		b.pass(long)
		b.create(b.tick(rtr1, b.step), id(rtr1, 1), web, 0)
		return b.finish(sim.Second)
	}},
	{"no-stuck", "policy does not allow it", Holds, None, func(b *tale) Report {
		b.command(model.Entry{Verb: model.Bind, Router: rtr1, Service: web, N: 1})
		b.host(b.step, id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"no-stuck", "spinning, but never long in one state", Holds, None, func(b *tale) Report {
		b.up()
		b.settle()
		for range 120 {
			b.pass(sim.Minute)
			b.work(rtr1, b.step)
			b.entry(rtr1, id(rtr1, 1), web, 0, model.Establishing)
			b.work(rtr1, b.step)
			b.entry(rtr1, id(rtr1, 1), web, 0, model.Deleting)
		}
		return b.finish(sim.Second)
	}},
	{"no-stuck", "not there yet", Unknown, None, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		b.host(b.step, id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(sim.Minute)
	}},

	{"never-gives-up", "after fifteen minutes", Violated, Witness, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		s := b.host(b.step, id(rtr1, 1), web, 0)
		b.pass(15 * sim.Minute)
		b.giveUp(s, id(rtr1, 1), web, 0)
		return b.finish(sim.Second)
	}},
	{"never-gives-up", "because it is not allowed yet", Violated, Witness, func(b *tale) Report {
		b.command(model.Entry{Verb: model.Bind, Router: rtr1, Service: web, N: 2})
		s := b.host(b.step, id(rtr1, 2), web, 1)
		b.giveUp(s, id(rtr1, 2), web, 1)
		b.settle()
		return b.finish(long)
	}},
	{"never-gives-up", "what is wanted no more", Holds, None, func(b *tale) Report {
		b.bind(rtr1, web, 1)
		s := b.host(b.step, id(rtr1, 1), web, 0)
		b.unbind(rtr1, web)
		b.giveUp(s, id(rtr1, 1), web, 0)
		b.settle()
		return b.finish(long)
	}},
	{"never-gives-up", "an index that is wanted no more", Holds, None, func(b *tale) Report {
		b.bind(rtr1, web, 2)
		s := b.host(b.step, id(rtr1, 2), web, 1)
		b.bind(rtr1, web, 1)
		b.giveUp(s, id(rtr1, 2), web, 1)
		b.settle()
		return b.finish(long)
	}},

	{"valid-delete", "hosted and wanted", Violated, Witness, func(b *tale) Report {
		b.up()
		b.remove(b.tick(ctl1, 3), id(rtr1, 1), model.ByValidation)
		return b.finish(sim.Second)
	}},
	{"valid-delete", "taken up again before the delete was applied", Violated, Witness, func(b *tale) Report {
		a := b.up()
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Absent)
		asked := b.tick(ctl1, a)
		b.note(ctl1, model.Msg{Kind: model.NoteValidation, Term: id(rtr1, 1), Router: rtr1})
		b.host(a, id(rtr1, 1), web, 0)
		b.remove(asked, id(rtr1, 1), model.ByValidation)
		b.settle()
		return b.finish(long)
	}},
	{"valid-delete", "not hosted", Holds, None, func(b *tale) Report {
		b.up()
		b.entry(rtr1, id(rtr1, 1), web, 0, model.Absent)
		b.remove(b.tick(ctl1, 3), id(rtr1, 1), model.ByValidation)
		return b.finish(sim.Second)
	}},
	{"valid-delete", "hosted, not wanted", Holds, None, func(b *tale) Report {
		b.up()
		b.unbind(rtr1, web)
		b.remove(b.tick(ctl1, 3), id(rtr1, 1), model.ByValidation)
		return b.finish(sim.Second)
	}},
	{"valid-delete", "left over from an earlier life", Holds, None, func(b *tale) Report {
		b.up()
		b.event("crash", rtr1)
		b.start(rtr1)
		b.remove(b.tick(ctl1, 3), id(rtr1, 1), model.ByValidation)
		return b.finish(sim.Second)
	}},

	{"own-delete", "one by one", Violated, Witness, func(b *tale) Report {
		a := b.up()
		b.apply(a, model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1), Router: rtr2, Origin: model.ByRouter}, model.OK)
		return b.finish(sim.Second)
	}},
	{"own-delete", "one of a batch", Violated, Witness, func(b *tale) Report {
		a := b.up()
		b.bind(rtr2, web, 1)
		a = b.create(b.host(a, id(rtr2, 1), web, 0), id(rtr2, 1), web, 0)
		b.apply(a, model.Entry{Verb: model.DeleteTerms, Terms: []model.TermID{id(rtr2, 1), id(rtr1, 1)}, Router: rtr2,
			Origin: model.ByRouter}, model.OK)
		return b.finish(sim.Second)
	}},
	{"own-delete", "its own", Holds, None, func(b *tale) Report {
		b.undo(b.up(), id(rtr1, 1))
		return b.finish(sim.Second)
	}},
	{"own-delete", "another's that is gone already", Holds, None, func(b *tale) Report {
		a := b.undo(b.up(), id(rtr1, 1))
		b.apply(a, model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1), Router: rtr2, Origin: model.ByRouter},
			model.NotFound)
		return b.finish(sim.Second)
	}},
	{"own-delete", "the operator may", NotJudged, None, func(b *tale) Report {
		b.up()
		b.command(model.Entry{Verb: model.DeleteTerm, Term: id(rtr1, 1), Router: rtr2})
		return b.finish(sim.Second)
	}},
}
