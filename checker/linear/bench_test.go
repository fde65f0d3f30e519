package linear

import (
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// cycle is a create and a remove of one id, with their entries made beforehand.
func cycle(t *tape, conn sim.ConnID, entries *[2]model.Entry) {
	const router, ctl = 3, 1
	kinds := [...]model.Kind{model.CreateRequest, model.RemoveRequest}
	for i := range entries {
		req := t.send(router, conn, model.Msg{Kind: kinds[i], Term: entries[i].Term, Service: web, Router: router})
		t.index++
		for ctl := sim.NodeID(1); ctl <= 2; ctl++ {
			t.j.Effect(t.stamp(ctl), &sim.Effect[model.Msg]{Kind: sim.Note,
				Msg: model.Msg{Kind: model.NoteApplied, Index: t.index, Code: model.OK, Body: &entries[i]}})
		}
		t.reply(router, ctl, conn, model.Msg{Kind: kinds[i] + 1, Req: req, Term: entries[i].Term, Code: model.OK})
	}
}

func spinning() (*tape, sim.ConnID, *[2]model.Entry) {
	t := &tape{j: New(config(2, 1))}
	id := model.NewTermID(3, 1, 1)
	return t, t.connect(3, 1), &[2]model.Entry{
		{Verb: model.CreateTerm, Term: id, Service: web, Router: 3, Origin: model.ByRouter, Source: 1},
		{Verb: model.DeleteTerm, Term: id, Router: 3, Origin: model.ByRouter, Source: 1},
	}
}

// BenchmarkWitness measures one operation of a router from request to reply, with its entry applied by two
// controllers: five events.
func BenchmarkWitness(b *testing.B) {
	t, conn, entries := spinning()
	b.ReportAllocs()
	for b.Loop() {
		cycle(t, conn, entries)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2, "ns/operation")
}

// BenchmarkBystander measures an event that is nobody's operation.
func BenchmarkBystander(b *testing.B) {
	t, conn, _ := spinning()
	in := sim.Input[model.Msg]{Kind: sim.Deliver, Conn: conn, From: 1, Msg: model.Msg{Kind: model.Heartbeat}}
	e := sim.Effect[model.Msg]{Kind: sim.Send, Conn: conn, Msg: model.Msg{Kind: model.HeartbeatReply}}
	b.ReportAllocs()
	for b.Loop() {
		s := t.stamp(3)
		t.j.Input(s, &in)
		t.j.Effect(s, &e)
	}
}

// TestNoAllocation keeps the steady state free of allocations.
func TestNoAllocation(t *testing.T) {
	x, conn, entries := spinning()
	for range 1000 {
		cycle(x, conn, entries)
	}
	if n := testing.AllocsPerRun(1000, func() { cycle(x, conn, entries) }); n != 0 {
		t.Errorf("%v allocations per cycle", n)
	}
	for range 2 {
		if f, s := x.j.Finish(sim.Never); f.Judged != 4002 || f.Violated() || s.Violated() {
			t.Errorf("%+v %+v", f, s)
		}
	}
}

// TestFreshIDs has a new id each time: what every controller knows to be gone must be forgotten.
func TestFreshIDs(t *testing.T) {
	x, conn, entries := spinning()
	for n := range uint32(20_000) {
		e := *entries
		e[0].Term = model.NewTermID(3, 1, n+1)
		e[1].Term = e[0].Term
		cycle(x, conn, &e)
	}
	if n := len(x.j.keys.list); n > 8 {
		t.Errorf("%d ids are remembered", n)
	}
}

// concurrent is a legal history of one id with so many operations, of some routers at once.
func concurrent(ops, clients int) *History {
	h := &History{Register: Registry}
	rng := rand.New(rand.NewPCG(uint64(ops), uint64(clients)))
	free := make([]int64, clients)
	position := uint64(0)
	for n := range ops {
		effect := int64(n+1) * 1000
		o := Op{Act: Create, Known: true, Code: model.OK, Effect: effect, Return: effect + 1 + rng.Int64N(900*int64(clients))}
		if position&1 == 1 {
			o.Act = Remove
		}
		c := n % clients
		o.Client, o.Call = sim.NodeID(c+1), max(free[c]+1, effect-1-rng.Int64N(900*int64(clients)))
		free[c] = o.Return
		if o.Call >= effect {
			o.Effect, o.Call = effect, effect-1
		}
		position++
		o.Position = position
		h.Ops = append(h.Ops, o)
	}
	return h
}

// BenchmarkPorcupine measures time and memory of the independent judge against the size of a history.
func BenchmarkPorcupine(b *testing.B) {
	for _, ops := range []int{10, 100, 1000, 10_000} {
		for _, reading := range []Reading{Blind, Ordered} {
			h := concurrent(ops, 4)
			name := map[Reading]string{Blind: "blind", Ordered: "ordered"}[reading]
			b.Run(name+"/ops="+strconv.Itoa(ops), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if got := h.Check(reading, 1<<30); got != Legal {
						b.Fatal(got)
					}
				}
			})
		}
	}
}

// TestMemory bounds what the independent judge takes for a history of one id, and says how much it is.
func TestMemory(t *testing.T) {
	for _, c := range []struct {
		ops   int
		limit uint64 // KiB allocated in all
	}{{1000, 8 << 10}, {10_000, 256 << 10}} {
		h := concurrent(c.ops, 4)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ruling := h.Check(Ordered, Steps)
		runtime.ReadMemStats(&after)
		kib := (after.TotalAlloc - before.TotalAlloc) >> 10
		t.Logf("%d operations: %v, %d KiB allocated", c.ops, ruling, kib)
		if ruling != Legal || kib > c.limit {
			t.Errorf("%d operations: %v with %d KiB, want at most %d", c.ops, ruling, kib, c.limit)
		}
	}
}

// TestBudget stops at the same step every time, and never calls an open question by a wrong name.
func TestBudget(t *testing.T) {
	h := concurrent(200, 12)
	for i := range 12 { // lost ones that may come at any time make the search explode
		h.Ops = append(h.Ops, Op{Client: sim.NodeID(100 + i), Act: Create + Act(i%2), Call: int64(i), Return: 1<<63 - 1})
	}
	h.Ops = append(h.Ops, Op{Client: 99, Act: Get, Known: true, Present: true, Call: 1, Return: 2},
		Op{Client: 99, Act: Get, Known: true, Present: false, Call: 3, Return: 4})
	h.Ops[150].Act = Create + Remove - h.Ops[150].Act
	for _, steps := range []int{1, 1000, 100_000} {
		for range 2 {
			b := &budget{left: steps}
			if got := h.check(Blind, b); got != Undecided || b.left != 0 {
				t.Errorf("%d steps: %v, %d left", steps, got, b.left)
			}
		}
	}
	short := concurrent(50, 3)
	short.Ops[20].Act = Create + Remove - short.Ops[20].Act
	if got := short.Check(Blind, Steps); got != Illegal {
		t.Errorf("%v", got)
	}
}
