package checker

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

func init() { canaries = append(canaries, answers...) }

// teller tells what routers and clients were answered. The connection from rtr1 to ctl1 is 1, to ctl2 2.
type teller struct {
	*tale
	req uint64
	op  sim.OpID
}

func tell(b *tale) *teller {
	for _, ctl := range [...]sim.NodeID{ctl1, ctl2} {
		b.input(rtr1, 0, sim.Input[model.Msg]{Kind: sim.Up, Conn: sim.ConnID(ctl), From: ctl})
		b.input(ctl, 0, sim.Input[model.Msg]{Kind: sim.Up, Conn: sim.ConnID(ctl), From: rtr1, Accepted: true})
	}
	return &teller{tale: b}
}

// sends is a message of a node over the connection of rtr1 and ctl.
func (t *teller) sends(from, ctl sim.NodeID, m model.Msg) {
	t.step++
	t.at = t.at.Add(t.hop)
	t.c.Effect(t.stamp(from, t.step, 0), &sim.Effect[model.Msg]{Kind: sim.Send, Conn: sim.ConnID(ctl), Msg: m})
}

// asks is a request of rtr1; it returns its number.
func (t *teller) asks(ctl sim.NodeID, kind model.Kind, id model.TermID) uint64 {
	t.req++
	t.sends(rtr1, ctl, model.Msg{Kind: kind, Req: t.req, Term: id, Service: web, Router: rtr1})
	return t.req
}

// says is an answer of a controller, sent and delivered.
func (t *teller) says(ctl sim.NodeID, m model.Msg) {
	t.sends(ctl, ctl, m)
	t.input(rtr1, t.step, sim.Input[model.Msg]{Kind: sim.Deliver, Conn: sim.ConnID(ctl), From: ctl, Msg: m})
}

func (t *teller) replies(ctl sim.NodeID, req uint64, kind model.Kind, id model.TermID, code model.Code) {
	t.says(ctl, model.Msg{Kind: kind, Req: req, Term: id, Code: code})
}

// logs is an entry that the given controllers apply.
func (t *teller) logs(e model.Entry, ctls ...sim.NodeID) {
	t.index++
	for _, ctl := range ctls {
		t.note(ctl, model.Msg{Kind: model.NoteApplied, Index: t.index, Code: model.OK, Body: &e})
	}
}

func (t *teller) creates(ctl sim.NodeID, id model.TermID, seenBy ...sim.NodeID) {
	req := t.asks(ctl, model.CreateRequest, id)
	t.logs(model.Entry{Verb: model.CreateTerm, Term: id, Router: rtr1, Service: web, Origin: model.ByRouter, Source: ctl},
		seenBy...)
	t.replies(ctl, req, model.CreateReply, id, model.OK)
}

func (t *teller) removes(ctl sim.NodeID, id model.TermID, seenBy ...sim.NodeID) {
	req := t.asks(ctl, model.RemoveRequest, id)
	t.logs(model.Entry{Verb: model.DeleteTerm, Term: id, Router: rtr1, Origin: model.ByRouter, Source: ctl}, seenBy...)
	t.replies(ctl, req, model.RemoveReply, id, model.OK)
}

// finds is an answer to a request that wrote nothing.
func (t *teller) finds(ctl sim.NodeID, kind model.Kind, id model.TermID, code model.Code) {
	req := t.asks(ctl, kind, id)
	t.replies(ctl, req, kind+1, id, code)
}

// looks is a client's lookup of web at a controller that answers n from index.
func (t *teller) looks(ctl sim.NodeID, index uint64, n uint16) {
	t.op++
	t.event("invoke", ctl)
	t.input(ctl, 0, sim.Input[model.Msg]{Kind: sim.Command, Op: t.op, Msg: model.Msg{Kind: model.OpLookup, Service: web}})
	t.c.Effect(t.stamp(ctl, t.step, 0), &sim.Effect[model.Msg]{Kind: sim.Reply, Op: t.op,
		Msg: model.Msg{Kind: model.OpDone, Code: model.OK, Service: web, N: n, Index: index}})
}

func (t *teller) tokens(ctl sim.NodeID, kind model.Kind, token model.Token) {
	t.says(ctl, model.Msg{Kind: kind, Body: &model.TokenList{Tokens: []model.Token{token}}})
}

// answers has the canaries of linearizable and session-reads.
var answers = []canary{
	{"linearizable", "success from a stale row", Violated, None, func(b *tale) Report {
		t := tell(b)
		t.creates(ctl1, id(rtr1, 1), ctl1, ctl2)
		t.removes(ctl1, id(rtr1, 1), ctl1)
		t.finds(ctl2, model.CreateRequest, id(rtr1, 1), model.OK)
		return b.finish(long)
	}},
	{"linearizable", "not-found before the create has come there", Violated, None, func(b *tale) Report {
		t := tell(b)
		t.creates(ctl1, id(rtr1, 1), ctl1)
		t.finds(ctl2, model.RemoveRequest, id(rtr1, 1), model.NotFound)
		return b.finish(long)
	}},
	{"linearizable", "success before the log has it", Violated, None, func(b *tale) Report {
		t := tell(b)
		t.finds(ctl1, model.CreateRequest, id(rtr1, 1), model.OK)
		t.creates(ctl1, id(rtr1, 1), ctl1, ctl2)
		return b.finish(long)
	}},
	{"linearizable", "lookups flip", Violated, None, func(b *tale) Report {
		t := tell(b)
		t.bind(rtr1, web, 1)
		t.creates(ctl1, id(rtr1, 1), ctl1, ctl2)
		t.looks(ctl1, t.index, 1)
		t.removes(ctl1, id(rtr1, 1), ctl1, ctl2)
		t.looks(ctl2, t.index, 0)
		return b.finish(long)
	}},
	{"linearizable", "hosted, but no lookup ever says so", Violated, None, func(b *tale) Report {
		t := tell(b)
		t.bind(rtr1, web, 1)
		t.settle()
		t.pass(long)
		t.looks(ctl1, t.index, 0)
		return b.finish(long)
	}},
	{"linearizable", "a count that the log never had", Violated, None, func(b *tale) Report {
		t := tell(b)
		t.bind(rtr1, web, 1)
		t.looks(ctl1, t.index, 3)
		return b.finish(long)
	}},
	{"linearizable", "created, removed, created again, elsewhere each time", Holds, None, func(b *tale) Report {
		t := tell(b)
		t.creates(ctl1, id(rtr1, 1), ctl1, ctl2)
		t.finds(ctl2, model.CreateRequest, id(rtr1, 1), model.OK)
		t.removes(ctl2, id(rtr1, 1), ctl2, ctl1)
		t.finds(ctl1, model.RemoveRequest, id(rtr1, 1), model.NotFound)
		t.creates(ctl1, id(rtr1, 1), ctl1)
		return b.finish(long)
	}},
	{"linearizable", "an old answer to a request that overlaps the delete", Holds, None, func(b *tale) Report {
		t := tell(b)
		t.creates(ctl1, id(rtr1, 1), ctl1, ctl2)
		req := t.asks(ctl2, model.CreateRequest, id(rtr1, 1))
		t.removes(ctl1, id(rtr1, 1), ctl1)
		t.replies(ctl2, req, model.CreateReply, id(rtr1, 1), model.OK)
		return b.finish(long)
	}},
	{"linearizable", "busy, and it took effect all the same", Holds, None, func(b *tale) Report {
		t := tell(b)
		t.finds(ctl1, model.CreateRequest, id(rtr1, 1), model.Busy)
		t.logs(model.Entry{Verb: model.CreateTerm, Term: id(rtr1, 1), Router: rtr1, Service: web, Origin: model.ByRouter,
			Source: ctl1}, ctl1)
		t.finds(ctl1, model.CreateRequest, id(rtr1, 1), model.OK)
		return b.finish(long)
	}},
	{"linearizable", "a lookup at a controller that lags", Holds, None, func(b *tale) Report {
		t := tell(b)
		t.bind(rtr1, web, 1)
		t.creates(ctl1, id(rtr1, 1), ctl1)
		t.looks(ctl1, t.index, 1)
		t.looks(ctl2, t.index-1, 0)
		t.looks(ctl1, t.index, 1)
		return b.finish(long)
	}},
	{"linearizable", "hosted and retired by turns", Holds, None, func(b *tale) Report {
		t := tell(b)
		for range 200 {
			t.bind(rtr1, web, 1)
			t.creates(ctl1, id(rtr1, 1), ctl1, ctl2)
			t.looks(ctl1, t.index, 1)
			t.unbind(rtr1, web)
			t.looks(ctl2, t.index, 1)
			t.removes(ctl1, id(rtr1, 1), ctl1, ctl2)
			t.looks(ctl1, t.index, 0)
		}
		t.settle()
		return b.finish(long)
	}},
	{"session-reads", "a session that one controller never had", Violated, None, func(b *tale) Report {
		t := tell(b)
		req := t.asks(ctl1, model.CreateRequest, id(rtr1, 1))
		token := model.NewToken(ctl1, 1, 1)
		t.says(ctl1, model.Msg{Kind: model.CreateReply, Req: req, Term: id(rtr1, 1), Code: model.OK, Token: token})
		t.tokens(ctl2, model.SessionRemoved, token)
		return b.finish(long)
	}},
	{"session-reads", "not-found from before the own create", Violated, None, func(b *tale) Report {
		t := tell(b)
		t.creates(ctl1, id(rtr1, 1), ctl1)
		t.finds(ctl2, model.RemoveRequest, id(rtr1, 1), model.NotFound)
		return b.finish(long)
	}},
	{"session-reads", "an older list of services", Violated, None, func(b *tale) Report {
		t := tell(b)
		t.logs(model.Entry{Verb: model.Bind, Service: web, Router: rtr1, N: 1}, ctl1, ctl2)
		t.logs(model.Entry{Verb: model.Unbind, Service: web, Router: rtr1}, ctl1)
		t.says(ctl1, model.Msg{Kind: model.DataState, Index: t.index})
		t.says(ctl2, model.Msg{Kind: model.DataState, Index: t.index - 1})
		return b.finish(long)
	}},
	{"session-reads", "a session that its own controller has lost", Holds, None, func(b *tale) Report {
		t := tell(b)
		req := t.asks(ctl1, model.CreateRequest, id(rtr1, 1))
		token := model.NewToken(ctl1, 1, 1)
		t.logs(model.Entry{Verb: model.CreateTerm, Term: id(rtr1, 1), Router: rtr1, Service: web}, ctl1)
		t.says(ctl1, model.Msg{Kind: model.CreateReply, Req: req, Term: id(rtr1, 1), Code: model.OK, Token: token})
		t.tokens(ctl1, model.SessionRemoved, token)
		return b.finish(long)
	}},
	{"session-reads", "an older list of services, told to a router that has started anew", Holds, None, func(b *tale) Report {
		t := tell(b)
		t.logs(model.Entry{Verb: model.Bind, Service: web, Router: rtr1, N: 1}, ctl1, ctl2)
		t.logs(model.Entry{Verb: model.Unbind, Service: web, Router: rtr1}, ctl1)
		t.says(ctl1, model.Msg{Kind: model.DataState, Index: t.index})
		t.start(rtr1)
		t.says(ctl2, model.Msg{Kind: model.DataState, Index: t.index - 1})
		return b.finish(long)
	}},
	{"session-reads", "a list that was asked for before another told of more", Holds, None, func(b *tale) Report {
		t := tell(b)
		t.logs(model.Entry{Verb: model.Bind, Service: web, Router: rtr1, N: 1}, ctl1, ctl2)
		t.logs(model.Entry{Verb: model.Unbind, Service: web, Router: rtr1}, ctl1)
		b.sends(rtr1, model.Msg{Kind: model.Subscribe, Req: 7})
		t.says(ctl1, model.Msg{Kind: model.ChangeSet, Req: 7, Index: t.index})
		t.says(ctl2, model.Msg{Kind: model.DataState, Req: 7, Index: t.index - 1})
		return b.finish(long)
	}},
	{"session-reads", "a list that was asked for after another told of more", Violated, None, func(b *tale) Report {
		t := tell(b)
		t.logs(model.Entry{Verb: model.Bind, Service: web, Router: rtr1, N: 1}, ctl1, ctl2)
		t.logs(model.Entry{Verb: model.Unbind, Service: web, Router: rtr1}, ctl1)
		t.says(ctl1, model.Msg{Kind: model.ChangeSet, Index: t.index})
		b.sends(rtr1, model.Msg{Kind: model.Subscribe, Req: 7})
		t.says(ctl2, model.Msg{Kind: model.DataState, Req: 7, Index: t.index - 1})
		return b.finish(long)
	}},
	{"session-reads", "a list that is older than news of a subscription that had been replaced", Holds, None, func(b *tale) Report {
		t := tell(b)
		t.logs(model.Entry{Verb: model.Bind, Service: web, Router: rtr1, N: 1}, ctl1, ctl2)
		t.logs(model.Entry{Verb: model.Unbind, Service: web, Router: rtr1}, ctl1)
		b.sends(rtr1, model.Msg{Kind: model.Subscribe, Req: 6})
		b.sends(rtr1, model.Msg{Kind: model.Subscribe, Req: 7})
		t.says(ctl1, model.Msg{Kind: model.ChangeSet, Req: 6, Index: t.index})
		b.sends(rtr1, model.Msg{Kind: model.Subscribe, Req: 8})
		t.says(ctl2, model.Msg{Kind: model.DataState, Req: 8, Index: t.index - 1})
		return b.finish(long)
	}},
	{"session-reads", "a list that is older than news of the subscription", Violated, None, func(b *tale) Report {
		t := tell(b)
		t.logs(model.Entry{Verb: model.Bind, Service: web, Router: rtr1, N: 1}, ctl1, ctl2)
		t.logs(model.Entry{Verb: model.Unbind, Service: web, Router: rtr1}, ctl1)
		b.sends(rtr1, model.Msg{Kind: model.Subscribe, Req: 6})
		b.sends(rtr1, model.Msg{Kind: model.Subscribe, Req: 7})
		t.says(ctl1, model.Msg{Kind: model.ChangeSet, Req: 7, Index: t.index})
		b.sends(rtr1, model.Msg{Kind: model.Subscribe, Req: 8})
		t.says(ctl2, model.Msg{Kind: model.DataState, Req: 8, Index: t.index - 1})
		return b.finish(long)
	}},
	{"session-reads", "an old answer to a request that is older than the delete", Holds, None, func(b *tale) Report {
		t := tell(b)
		t.creates(ctl1, id(rtr1, 1), ctl1, ctl2)
		req := t.asks(ctl2, model.CreateRequest, id(rtr1, 1))
		t.removes(ctl1, id(rtr1, 1), ctl1)
		t.replies(ctl2, req, model.CreateReply, id(rtr1, 1), model.OK)
		return b.finish(long)
	}},
	{"session-reads", "a controller that is behind in what does not matter", Holds, None, func(b *tale) Report {
		t := tell(b)
		t.creates(ctl1, id(rtr1, 1), ctl1, ctl2)
		t.creates(ctl1, id(rtr1, 2), ctl1)
		t.finds(ctl2, model.CreateRequest, id(rtr1, 1), model.OK)
		t.says(ctl1, model.Msg{Kind: model.DataState, Index: t.index})
		t.says(ctl2, model.Msg{Kind: model.DataState, Index: t.index - 1})
		return b.finish(long)
	}},
}

// TestAside asks nothing of answers unless somebody is answered, and decides nothing by them.
func TestAside(t *testing.T) {
	b := newTale()
	b.up()
	b.settle()
	r := b.finish(long)
	for _, property := range []string{"linearizable", "session-reads"} {
		if v := r.Verdict(property); v.Status != NotJudged || !v.Aside {
			t.Errorf("%s: %v, aside %t: %s", property, v.Status, v.Aside, v.Text)
		}
	}
}
