package checker

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

func init() { canaries = append(canaries, insistence...) }

// sends is a request in the newest step of a router.
func (b *tale) sends(router sim.NodeID, m model.Msg) {
	m.Router = router
	b.c.Effect(b.stamp(router, b.step, 0), &sim.Effect[model.Msg]{Kind: sim.Send, Msg: m})
}

// refuse is the way of a request to ctl1 and of its answer back.
func (b *tale) refuse(router sim.NodeID, m model.Msg, code model.Code) {
	m.Code = code
	reply := m
	reply.Kind++ // the answers follow the requests
	b.got(router, b.got(ctl1, b.step, m), reply)
}

// insist refuses a request n times; it is made again a while after each refusal.
func (b *tale) insist(router sim.NodeID, m model.Msg, code model.Code, n int, wait func(n int) sim.Duration) {
	b.work(router, b.step)
	b.sends(router, m)
	for i := range n {
		b.refuse(router, m, code)
		if d := wait(i); d > 0 {
			b.pass(d)
			b.tick(router, b.step)
		}
		b.sends(router, m)
	}
}

func never(int) sim.Duration { return 0 }

// calmly ends a tale in which the requests were made among faults, and all is well in the end.
func (b *tale) calmly() Report {
	b.event("heal", 0)
	b.settle()
	return b.finish(long)
}

// insistence has the canaries of no-storm among faults.
var insistence = []canary{
	{"no-storm", "a refused remove is repeated at once, for a minute", Violated, Witness, func(b *tale) Report {
		b.up()
		b.insist(rtr1, model.Msg{Kind: model.RemoveRequest, Term: id(rtr1, 1)}, model.Failed, 6000, never)
		return b.calmly()
	}},
	{"no-storm", "a refused create is repeated at once, whatever comes from outside meanwhile", Violated, Witness,
		func(b *tale) Report {
			b.bind(rtr1, web, 1)
			m := model.Msg{Kind: model.CreateRequest, Term: id(rtr1, 1), Service: web}
			b.insist(rtr1, m, model.Failed, 1000, func(n int) sim.Duration {
				if n%100 == 0 {
					b.event("slow", ctl2)
				}
				return 0
			})
			b.create(b.host(b.step, id(rtr1, 1), web, 0), id(rtr1, 1), web, 0)
			return b.calmly()
		}},
	{"no-storm", "a refused batch is repeated at once", Violated, Witness, func(b *tale) Report {
		b.up()
		list := &model.TermList{Terms: []model.TermID{id(rtr1, 1), id(rtr1, 2)}}
		b.insist(rtr1, model.Msg{Kind: model.RemoveRequest, Body: list}, model.Failed, 700, never)
		return b.calmly()
	}},
	{"no-storm", "the limiter is gone, among faults", Violated, Witness, func(b *tale) Report {
		a := b.up()
		b.hop = 5
		for range 30_000 {
			b.request(a, id(rtr1, 1), web, 0)
		}
		return b.calmly()
	}},
	{"no-storm", "refused, and every controller tried at once before it waits", Holds, None, func(b *tale) Report {
		b.up()
		b.insist(rtr1, model.Msg{Kind: model.RemoveRequest, Term: id(rtr1, 1)}, model.Failed, 6000,
			func(n int) sim.Duration {
				if n%2 == 0 {
					return 0
				}
				return sim.Second
			})
		return b.calmly()
	}},
	{"no-storm", "refused, with exponential backoff", Holds, None, func(b *tale) Report {
		b.up()
		b.insist(rtr1, model.Msg{Kind: model.RemoveRequest, Term: id(rtr1, 1)}, model.Failed, 20,
			func(n int) sim.Duration { return 10 * sim.Millisecond << min(n, 12) })
		return b.calmly()
	}},
	{"no-storm", "busy asks for a prompt retry, and the limiter is the brake", Holds, None, func(b *tale) Report {
		b.up()
		b.insist(rtr1, model.Msg{Kind: model.CreateRequest, Term: id(rtr1, 1), Service: web}, model.Busy, 6000, never)
		return b.calmly()
	}},
	{"no-storm", "a burst of refusals, shorter than a router waits for one answer", Holds, None, func(b *tale) Report {
		b.up()
		b.insist(rtr1, model.Msg{Kind: model.RemoveRequest, Term: id(rtr1, 1)}, model.Failed, 450, never)
		return b.calmly()
	}},
	{"no-storm", "repeated at once, but each refusal takes its time", Holds, None, func(b *tale) Report {
		b.up()
		b.hop = 3 * sim.Second
		b.insist(rtr1, model.Msg{Kind: model.RemoveRequest, Term: id(rtr1, 1)}, model.Failed, 200, never)
		b.hop = 5 * sim.Millisecond
		return b.calmly()
	}},
	{"no-storm", "refused, and wanted anew each time before it is asked for again", Holds, None, func(b *tale) Report {
		b.up()
		b.insist(rtr1, model.Msg{Kind: model.CreateRequest, Term: id(rtr1, 2), Service: web}, model.Failed, 1000,
			func(int) sim.Duration {
				b.note(rtr1, model.Msg{Kind: model.NoteState, Term: id(rtr1, 2), Service: web, N: 1,
					State: model.Establishing, Code: model.WhyHost})
				return 0
			})
		b.entry(rtr1, id(rtr1, 2), web, 1, model.Absent)
		return b.calmly()
	}},
	{"no-storm", "each of many is refused once", Holds, None, func(b *tale) Report {
		b.up()
		for n := range uint32(2000) {
			b.insist(rtr1, model.Msg{Kind: model.RemoveRequest, Term: id(rtr1, n+2)}, model.Failed, 1, never)
			b.refuse(rtr1, model.Msg{Kind: model.RemoveRequest, Term: id(rtr1, n+2)}, model.OK)
		}
		return b.calmly()
	}},
}

// TestInsistenceText: the verdict says what the bound is made of.
func TestInsistenceText(t *testing.T) {
	b := newTale()
	b.up()
	b.insist(rtr1, model.Msg{Kind: model.RemoveRequest, Term: id(rtr1, 1)}, model.Failed, 6000, never)
	v := expect(t, b.calmly(), "no-storm", Violated, Witness)
	want := "rtr1 sent the remove request for rtr1#1 again and again, each time at once when it was refused, 6000 times " +
		"from 0.090s for 59.99s; with 2 controllers to ask and a request-timeout of 5s, after which it would repeat what is " +
		"not answered, it should be 13 at most"
	if v.Text != want {
		t.Errorf("got  %s\nwant %s", v.Text, want)
	}
	if s := v.Subject; s.Router != rtr1 || s.Term != id(rtr1, 1) || len(v.Chain) == 0 {
		t.Errorf("subject %+v, %d links", s, len(v.Chain))
	}
}
