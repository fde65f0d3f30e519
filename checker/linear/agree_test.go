package linear

import (
	"math"
	"math/rand/v2"
	"testing"

	"gyre/model"
	"gyre/sim"
)

const (
	histories = 20_000
	web       = model.ServiceID(1)
)

func config(controllers, routers int) *model.Config {
	cfg := &model.Config{Release: model.Ziti210, Params: model.DefaultParams(), Voters: controllers,
		Names: &model.Names{Nodes: []string{""}, Services: []string{"", "web", "db"}}}
	for i := range controllers {
		cfg.Controllers = append(cfg.Controllers, sim.NodeID(i+1))
		cfg.Names.Nodes = append(cfg.Names.Nodes, "ctl"+string(rune('1'+i)))
	}
	for i := range routers {
		cfg.Routers = append(cfg.Routers, sim.NodeID(controllers+i+1))
		cfg.Names.Nodes = append(cfg.Names.Nodes, "rtr"+string(rune('1'+i)))
	}
	return cfg
}

// tape drives a judge by hand and writes down, on its own account, what the independent judge is to be told.
type tape struct {
	j       *Judge
	step    uint64
	now     int64 // no two calls or returns at one time
	index   uint64
	req     uint64
	conn    sim.ConnID
	history History
}

func (t *tape) stamp(node sim.NodeID) sim.Stamp {
	t.now++
	t.step++
	return sim.Stamp{Step: t.step, At: sim.Time(t.now), Node: node}
}

func (t *tape) connect(router, ctl sim.NodeID) sim.ConnID {
	t.conn++
	t.j.Input(t.stamp(router), &sim.Input[model.Msg]{Kind: sim.Up, Conn: t.conn, From: ctl})
	t.j.Input(t.stamp(ctl), &sim.Input[model.Msg]{Kind: sim.Up, Conn: t.conn, From: router, Accepted: true})
	return t.conn
}

func (t *tape) send(router sim.NodeID, conn sim.ConnID, m model.Msg) uint64 {
	t.req++
	m.Req = t.req
	t.j.Effect(t.stamp(router), &sim.Effect[model.Msg]{Kind: sim.Send, Conn: conn, Msg: m})
	return t.req
}

func (t *tape) reply(router, ctl sim.NodeID, conn sim.ConnID, m model.Msg) {
	t.j.Effect(t.stamp(ctl), &sim.Effect[model.Msg]{Kind: sim.Send, Conn: conn, Msg: m})
	t.j.Input(t.stamp(router), &sim.Input[model.Msg]{Kind: sim.Deliver, Conn: conn, From: ctl, Msg: m})
}

// apply lets the given controllers apply the next entry.
func (t *tape) apply(e model.Entry, ctls ...sim.NodeID) {
	t.index++
	for _, ctl := range ctls {
		t.j.Effect(t.stamp(ctl), &sim.Effect[model.Msg]{Kind: sim.Note,
			Msg: model.Msg{Kind: model.NoteApplied, Index: t.index, Code: model.OK, Body: &e}})
	}
}

// asker is a router of a random history: one request at a time, to a controller of its own.
type asker struct {
	node, ctl sim.NodeID
	conn      sim.ConnID
	op        Op
	busy      bool
	done      bool // it has its effect
	req       uint64
}

// registryHistory makes one random history of one id. Some answers come from a stale row.
func registryHistory(rng *rand.Rand) *tape {
	const clients = 4
	t := &tape{j: New(config(clients, clients))}
	id := model.NewTermID(clients+1, 1, 1)
	asks := make([]asker, clients)
	for i := range asks {
		asks[i] = asker{node: sim.NodeID(clients + 1 + i), ctl: sim.NodeID(i + 1)}
		asks[i].conn = t.connect(asks[i].node, asks[i].ctl)
	}
	position, stale, ops := uint64(0), rng.IntN(3), 3+rng.IntN(14)
	history := &t.history
	history.Register = Registry
	for len(history.Ops) < ops {
		a := &asks[rng.IntN(clients)]
		switch {
		case !a.busy:
			a.op = Op{Client: a.node, Act: Create, Known: true, Code: model.OK}
			kind := model.CreateRequest
			if rng.IntN(2) == 0 {
				a.op.Act, kind = Remove, model.RemoveRequest
			}
			a.req = t.send(a.node, a.conn, model.Msg{Kind: kind, Term: id, Service: web, Router: a.node})
			a.op.Call = t.now
			a.busy, a.done = true, false
		case rng.IntN(25) == 0: // the connection breaks; what was under way may take effect later, or never
			t.j.Input(t.stamp(a.node), &sim.Input[model.Msg]{Kind: sim.Down, Conn: a.conn, From: a.ctl})
			a.op.Known, a.op.Return = false, math.MaxInt64
			if !a.done && rng.IntN(2) == 0 {
				t.effect(a, &position, id, 0)
			}
			history.Ops = append(history.Ops, a.op)
			a.conn, a.busy = t.connect(a.node, a.ctl), false
		case !a.done:
			t.effect(a, &position, id, stale*rng.IntN(3))
		case rng.IntN(2) == 0:
			kind := model.CreateReply
			if a.op.Act == Remove {
				kind = model.RemoveReply
			}
			t.reply(a.node, a.ctl, a.conn, model.Msg{Kind: kind, Req: a.req, Term: id, Code: model.OK})
			a.op.Return = t.now
			history.Ops = append(history.Ops, a.op)
			a.busy = false
		}
	}
	for i := range asks {
		if asks[i].busy {
			asks[i].op.Known, asks[i].op.Return = false, math.MaxInt64
			history.Ops = append(history.Ops, asks[i].op)
		}
	}
	return t
}

// effect lets a request take effect: it writes, or finds what it wants, in a row that is some positions old.
func (t *tape) effect(a *asker, position *uint64, id model.TermID, old int) {
	a.done = true
	view := *position - min(uint64(old), *position)
	if (view&1 == 1) == (a.op.Act == Create) {
		return // nothing to do, it seems
	}
	if (*position&1 == 1) == (a.op.Act == Create) {
		return
	}
	e := model.Entry{Verb: model.CreateTerm, Term: id, Service: web, Router: id.Router(), Origin: model.ByRouter, Source: a.ctl}
	if a.op.Act == Remove {
		e.Verb = model.DeleteTerm
	}
	t.apply(e, a.ctl)
	*position++
	a.op.Position, a.op.Effect = *position, t.now
}

// TestRegistryAgrees holds the witness against porcupine. Told the order of the log, it must say the same of every
// history; blind, it must accept what the witness accepts.
func TestRegistryAgrees(t *testing.T) {
	illegal, blind, lost, took, ops := 0, 0, 0, 0, 0
	for seed := range uint64(histories) {
		x := registryHistory(rand.New(rand.NewPCG(seed, 1)))
		f, _ := x.j.Finish(sim.Never)
		if again, _ := x.j.Finish(sim.Never); again != f {
			t.Fatalf("seed %d: %+v, then %+v", seed, f, again)
		}
		want := Legal
		if f.Violated() {
			want = Illegal
			illegal++
		}
		if got := x.history.Check(Ordered, Steps); got != want {
			t.Fatalf("seed %d: the witness says %v, porcupine %v: %s\n%+v", seed, want, got, f.Text, x.history.Ops)
		}
		got := x.history.Check(Blind, Steps)
		if got == Undecided || got == Illegal && want == Legal {
			t.Fatalf("seed %d: the witness says %v, porcupine %v when blind", seed, want, got)
		}
		if got == Illegal {
			blind++
		}
		for _, o := range x.history.Ops {
			if !o.Known {
				lost++
				if o.Position != 0 {
					took++
				}
			}
		}
		ops += len(x.history.Ops)
	}
	t.Logf("%d histories of %d operations agree: %d illegal, %d of them to the blind as well; %d outcomes lost, %d took effect",
		histories, ops, illegal, blind, lost, took)
	if illegal < histories/20 || illegal > histories*19/20 || lost < 1000 {
		t.Error("the histories are all alike")
	}
}

// hostingHistory makes one random history of one service: writes, rows that follow them or do not, and lookups at
// controllers that lag.
func hostingHistory(rng *rand.Rand) *tape {
	const controllers = 3
	t := &tape{j: New(config(controllers, 2))}
	routers := [...]sim.NodeID{controllers + 1, controllers + 2}
	type past struct {
		index uint64
		count int64
		ended int64 // when the next position came
	}
	positions := []past{{ended: math.MaxInt64}}
	var bound [2]uint16
	rows := []model.TermID{}
	serial, op := uint32(0), sim.OpID(0)
	lag := [controllers]int{}
	for i := range lag {
		lag[i] = rng.IntN(3)
	}
	wild := rng.IntN(2) == 0
	up, down := int64(0), int64(0) // written but not come true, if the system behaves
	moved := func() {
		positions[len(positions)-1].ended = t.now
		positions = append(positions, past{t.index, int64(len(rows)), math.MaxInt64})
	}
	t.history.Register = Hosting
	for range 10 + rng.IntN(25) {
		switch rng.IntN(5) {
		case 0: // the operator writes
			k := rng.IntN(2)
			n := uint16(rng.IntN(3))
			e := model.Entry{Verb: model.Bind, Service: web, Router: routers[k], N: n, Origin: model.ByOperator}
			if n == 0 {
				e.Verb = model.Unbind
			}
			if n == bound[k] || len(t.history.Ops) > 25 {
				continue
			}
			t.apply(model.Entry{Verb: model.Allow, Service: web, Router: routers[k]}, 1)
			if bound[k] == 0 && n > 0 || n != bound[k] {
				moved()
			}
			t.apply(e, 1)
			moved()
			for ; bound[k] < n; bound[k]++ {
				up++
				t.history.Ops = append(t.history.Ops, Op{Act: Up, At: uint64(len(positions) - 1), Call: t.now, Return: math.MaxInt64})
			}
			for ; bound[k] > n; bound[k]-- {
				down++
				t.history.Ops = append(t.history.Ops, Op{Act: Down, At: uint64(len(positions) - 1), Call: t.now, Return: math.MaxInt64})
			}
		case 1, 2: // a row comes or goes
			comes := rng.IntN(2) == 0
			if !wild || rng.IntN(3) > 0 {
				comes = up > 0 && (down == 0 || rng.IntN(2) == 0)
				if !comes && down == 0 {
					continue
				}
			}
			if comes {
				serial++
				rows = append(rows, model.NewTermID(routers[0], 1, serial))
				t.apply(model.Entry{Verb: model.CreateTerm, Term: rows[len(rows)-1], Service: web, Router: routers[0],
					Origin: model.ByRouter, Source: 1}, 1)
				up--
			} else if len(rows) > 0 {
				id := rows[0]
				rows = rows[1:]
				t.apply(model.Entry{Verb: model.DeleteTerm, Term: id, Origin: model.ByRouter, Source: 1}, 1)
				down--
			} else {
				continue
			}
			moved()
		default: // a lookup
			k := rng.IntN(controllers)
			at := max(0, len(positions)-1-lag[k])
			op++
			ctl := sim.NodeID(k + 1)
			call := t.stamp(ctl)
			t.j.Event(call.At, sim.Outside{Name: "invoke", Node: ctl})
			t.j.Input(call, &sim.Input[model.Msg]{Kind: sim.Command, Op: op, Msg: model.Msg{Kind: model.OpLookup, Service: web}})
			t.j.Effect(t.stamp(ctl), &sim.Effect[model.Msg]{Kind: sim.Reply, Op: op, Msg: model.Msg{
				Kind: model.OpDone, Service: web, N: uint16(positions[at].count), Index: positions[at].index}})
			t.history.Ops = append(t.history.Ops, Op{Client: ctl, Act: Lookup, Known: true, At: uint64(at),
				Count: positions[at].count, Call: min(int64(call.At), positions[at].ended), Return: t.now})
		}
	}
	return t
}

// TestHostingAgrees does the same for the hosting register.
func TestHostingAgrees(t *testing.T) {
	illegal, blind, ops := 0, 0, 0
	for seed := range uint64(histories) {
		x := hostingHistory(rand.New(rand.NewPCG(seed, 2)))
		f, _ := x.j.Finish(sim.Never)
		if again, _ := x.j.Finish(sim.Never); again != f {
			t.Fatalf("seed %d: %+v, then %+v", seed, f, again)
		}
		want := Legal
		if f.Violated() {
			want = Illegal
			illegal++
		}
		if got := x.history.Check(Ordered, Steps); got != want {
			t.Fatalf("seed %d: the witness says %v, porcupine %v: %s\n%+v", seed, want, got, f.Text, x.history.Ops)
		}
		got := x.history.Check(Blind, Steps)
		if got == Undecided || got == Illegal && want == Legal {
			t.Fatalf("seed %d: the witness says %v, porcupine %v when blind", seed, want, got)
		}
		if got == Illegal {
			blind++
		}
		ops += len(x.history.Ops)
	}
	t.Logf("%d histories of %d operations agree: %d illegal, %d of them to the blind as well", histories, ops, illegal, blind)
	if illegal < histories/20 || illegal > histories*19/20 {
		t.Error("the histories are all alike")
	}
}
