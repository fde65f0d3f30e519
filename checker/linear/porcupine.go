package linear

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/anishathalye/porcupine"

	"gyre/model"
	"gyre/sim"
)

// Ruling is what the independent judge says.
type Ruling uint8

// Rulings.
const (
	_         Ruling = iota
	Legal            // some order explains every answer
	Illegal          // none does
	Undecided        // the budget of steps ran out
)

// Reading says what the independent judge is told beside calls, returns and answers.
type Reading uint8

// Readings.
const (
	// Blind: it must find the order of the writes itself, and whether a lost operation took effect. It knows only
	// whether an answer wrote something, for an answer alone does not tell.
	Blind Reading = iota
	// Ordered: it knows where in the log each write is, when the log had it, and what became of lost operations.
	Ordered
)

// budget bounds the work of a model in steps, so that a verdict does not depend on the clock of the machine.
type budget struct {
	left int
	out  bool
}

func (b *budget) spend() bool {
	if b.left == 0 {
		b.out = true
		return false
	}
	b.left--
	return true
}

// state is that of either register. Registry: version is the position, parity tells whether the row is there (under
// Blind only the parity counts). Hosting: version is the position reached, count the value.
type state struct {
	version uint64
	count   int64
}

func hashState(s any) uint64 {
	x := s.(state)
	return (x.version+1)*0x9e3779b97f4a7c15 ^ uint64(x.count)*0xff51afd7ed558ccd
}

// spec is the sequential specification of a register.
func spec(register Register, reading Reading, names *model.Names, b *budget) porcupine.Model {
	step := map[Register]func(state, *Op, Reading) (bool, state){Registry: registryStep, Hosting: hostingStep}[register]
	return porcupine.Model{
		Init: func() any { return state{} },
		Step: func(s, in, _ any) (bool, any) {
			if !b.spend() {
				return false, s
			}
			o := in.(Op)
			return step(s.(state), &o, reading)
		},
		Equal:             func(a, b any) bool { return a.(state) == b.(state) },
		Hash:              hashState,
		DescribeOperation: func(in, _ any) string { o := in.(Op); return o.describe() },
		DescribeState: func(s any) string {
			x := s.(state)
			if register == Hosting {
				return fmt.Sprint(x.count)
			}
			return map[bool]string{true: "present", false: "absent"}[x.version&1 == 1]
		},
		DescribeOperationMetadata: func(m any) string {
			return "called at " + point(m.(sim.Time))
		},
	}
}

// registryStep is the registry of one id. A known answer that wrote makes the row come or go; one that wrote nothing
// is a read of it. An unknown one that is not settled takes effect whenever it is put.
func registryStep(s state, o *Op, reading Reading) (bool, state) {
	present := s.version&1 == 1
	makes := o.Act == Create
	switch {
	case o.Act == Get:
		return present == o.Present, s
	case reading == Ordered && o.Position != 0:
		return s.version+1 == o.Position, state{version: o.Position}
	case !o.Known:
		if present != makes {
			s.version ^= 1
		}
		return true, s
	case o.Position != 0:
		return present != makes, state{version: s.version ^ 1}
	default:
		return present == makes, s
	}
}

// hostingStep is the register of one service: ups and downs take effect one by one, lookups answer the count.
func hostingStep(s state, o *Op, reading Reading) (bool, state) {
	if reading == Ordered {
		if o.Act == Lookup && o.At < s.version {
			return false, s
		}
		s.version = max(s.version, o.At)
	}
	switch o.Act {
	case Up:
		s.count++
	case Down:
		s.count--
	default:
		return s.count == o.Count, s
	}
	return true, s
}

// describe renders an operation for people.
func (o *Op) describe() string {
	what := [...]string{Create: "create", Remove: "remove", Get: "get", Up: "host one more", Down: "host one less",
		Lookup: "lookup"}[o.Act]
	switch {
	case o.Act == Lookup:
		return fmt.Sprintf("%s: %d", what, o.Count)
	case o.Act == Get:
		return fmt.Sprintf("%s: %t", what, o.Present)
	case o.Act == Up || o.Act == Down:
		return what
	case !o.Known:
		what += ": lost"
	default:
		what += ": " + o.Code.String()
	}
	if o.Position != 0 {
		return fmt.Sprintf("%s (change %d of the row)", what, o.Position)
	}
	return what + " (wrote nothing)"
}

// operations turns a history into porcupine's form: well formed and sorted, every operation with a return. A lost
// operation returns at the end of time, so that it may take effect late or, after everything else, never. A lost read
// says nothing and is left out.
func (h *History) operations(reading Reading) ([]porcupine.Operation, []sim.NodeID) {
	list := slices.Clone(h.Ops)
	slices.SortStableFunc(list, func(a, b Op) int { return cmp.Compare(a.Call, b.Call) })
	clients := []sim.NodeID{}
	lanes := []int64{}
	var out []porcupine.Operation
	for _, o := range list {
		if !o.Known && (o.Act == Get || o.Act == Lookup || reading == Ordered && o.Act < Get && o.Position == 0) {
			continue
		}
		if reading == Ordered && o.Position != 0 {
			o.Call = max(o.Call, o.Effect)
		}
		if o.Return < o.Call {
			o.Return = o.Call
		}
		n := 0
		for n < len(clients) && (clients[n] != o.Client || lanes[n] >= o.Call) {
			n++
		}
		if n == len(clients) {
			clients, lanes = append(clients, o.Client), append(lanes, 0)
		}
		lanes[n] = o.Return
		out = append(out, porcupine.Operation{ClientId: n, Input: o, Call: o.Call, Output: o, Return: o.Return,
			Metadata: o.CallAt})
	}
	return out, clients
}

// Check lets porcupine judge one history, with at most so many steps of its specification.
func (h *History) Check(reading Reading, steps int) Ruling {
	return h.check(reading, &budget{left: steps})
}

func (h *History) check(reading Reading, b *budget) Ruling {
	ops, _ := h.operations(reading)
	ok := porcupine.CheckOperations(spec(h.Register, reading, nil, b), ops)
	return ruling(ok, b)
}

func ruling(ok bool, b *budget) Ruling {
	switch {
	case ok:
		return Legal
	case b.out:
		return Undecided
	default:
		return Illegal
	}
}

// Steps is the usual budget of one history: enough for a thousand operations of five clients.
const Steps = 2_000_000

func (r Ruling) String() string {
	switch r {
	case Legal:
		return "legal"
	case Illegal:
		return "illegal"
	default:
		return "undecided"
	}
}

// Check lets porcupine judge every history that was recorded, key by key. It returns the first that is illegal, or
// nil, and how many it could not decide.
func (r *Recorder) Check(reading Reading, steps int) (illegal *History, undecided int) {
	for i := range r.histories {
		switch r.histories[i].Check(reading, steps) {
		case Illegal:
			return &r.histories[i], undecided
		case Undecided:
			undecided++
		}
	}
	return nil, undecided
}

// WriteHTML writes porcupine's own picture of a history, with the faults and changes of leader of its time as
// annotations. names may be nil.
func (r *Recorder) WriteHTML(w interface{ Write([]byte) (int, error) }, h *History, names *model.Names) error {
	if names == nil {
		names = &model.Names{}
	}
	b := &budget{left: Steps}
	m := spec(h.Register, Ordered, names, b)
	ops, clients := h.operations(Ordered)
	_, info := porcupine.CheckOperationsVerbose(m, ops, 0)
	var notes []porcupine.Annotation
	from, to := int64(math.MaxInt64), int64(0)
	for _, o := range ops {
		from, to = min(from, o.Call), max(to, o.Call)
		if o.Return != math.MaxInt64 {
			to = max(to, o.Return)
		}
	}
	for n, id := range clients {
		notes = append(notes, porcupine.Annotation{ClientId: n, Start: from, Description: clientName(names, id),
			Details: "operations of " + clientName(names, id), BackgroundColor: "#eeeeee"})
	}
	for _, x := range r.marks {
		if x.At < from || x.At > to {
			continue
		}
		tag, text := "faults", x.Name
		if x.Node != 0 {
			text += " " + names.Name(sim.Nodes, uint64(x.Node))
		}
		if x.Peer != 0 {
			text += " " + names.Name(sim.Nodes, uint64(x.Peer))
		}
		if x.Name == "leads" || x.Name == "leads no more" {
			tag, text = "leader", names.Name(sim.Nodes, uint64(x.Node))+" "+x.Name
		}
		notes = append(notes, porcupine.Annotation{Tag: tag, Start: x.At, Description: text,
			Details: text + " at " + point(x.When)})
	}
	info.AddAnnotations(notes)
	m.Step = spec(h.Register, Ordered, names, &budget{left: math.MaxInt}).Step
	return porcupine.Visualize(m, info, w)
}

func clientName(names *model.Names, id sim.NodeID) string {
	if id == 0 {
		return "operator"
	}
	return names.Name(sim.Nodes, uint64(id))
}
