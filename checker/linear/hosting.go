package linear

import (
	"fmt"

	"gyre/model"
	"gyre/sim"
)

// hosting is the hosting registers: one per service.
type hosting struct {
	services []register
	policies map[uint64]policy // by (router, service)
	calls    [callsMax]call
	invoked  sim.OpID // operations of clients so far
	reads    uint64
	tooOld   uint64 // reads from an index older than what is remembered
	stale    uint64 // reads that break the strict reading: older than what a client had read before
	early    uint64 // or other than what had been written
	strict   offence
	relaxed  offence
}

// callsMax is how many operations of clients may be under way at once; an older one is judged by the relaxed reading
// only.
const callsMax = 1024

// windowMax is how many changes of a service are remembered: a controller that is further behind is not judged.
const windowMax = 64

// call is an operation of a client that has begun.
type call struct {
	op      sim.OpID
	at      sim.Time
	seq     int64
	kind    model.Kind
	service model.ServiceID
	prompt  bool   // its process took it up when it was called, so floor is as of the call
	floor   uint64 // position the clients had seen
}

// policy is what the log says of (router, service).
type policy struct {
	count   uint16
	allowed bool
}

// want is how surely a terminator should be: the same as the checker's.
func (p policy) want(index uint16) want {
	switch {
	case index >= p.count:
		return unwanted
	case p.allowed:
		return wanted
	default:
		return tolerated
	}
}

type want uint8

const (
	unwanted want = iota
	tolerated
	wanted
)

// register is what the log says of one service. The positions of its history are its changes: rows that came and
// went, and writes.
type register struct {
	count     int64 // rows
	wanted    int64
	tolerated int64
	credit    credit
	writes    int64 // of the operator, under way
	floor     uint64
	first     uint64 // position of window[0]
	window    []change
	sweep     sweep
}

// credit is how many terminators writes have let come and go.
type credit struct {
	ups, downs int64
}

// change is a position: the state after one log entry.
type change struct {
	index  uint64
	at     sim.Time
	seq    int64
	count  int64
	credit credit
	term   model.TermID // the last row that came or went
	came   bool
	reads  uint64
	by     sim.NodeID // the first read, and from which index
	from   uint64
	when   sim.Time
	last   sim.Time // call of the newest read
	step   uint64   // of the first read
	turn   uint64   // in which the position began
}

func (h *hosting) init() { h.policies = map[uint64]policy{} }

func (h *hosting) service(s model.ServiceID) *register {
	for int(s) >= len(h.services) {
		h.services = append(h.services, register{})
	}
	r := &h.services[s]
	if len(r.window) == 0 {
		r.window = append(r.window, change{})
	}
	return r
}

// change begins a position, unless the entry has begun it already.
func (h *hosting) change(j *Judge, s model.ServiceID, index uint64) *change {
	r := h.service(s)
	c := &r.window[len(r.window)-1]
	if c.index != index {
		if len(r.window) >= 2*windowMax {
			for i := range windowMax {
				h.judge(j, s, r, &r.window[i])
			}
			n := copy(r.window, r.window[windowMax:])
			r.window, r.first = r.window[:n], r.first+windowMax
		}
		r.window = append(r.window, change{})
		c = &r.window[len(r.window)-1]
	}
	c.index, c.at, c.seq, c.count, c.credit, c.turn = index, j.at, j.seq, r.count, r.credit, j.step
	return c
}

// row takes a row that came (by 1) or went (by -1). The operator's delete of a row is a write of both: it goes, and
// if it is still wanted it comes back.
func (h *hosting) row(j *Judge, index uint64, e *model.Entry, x *key, by int64) {
	r := h.service(x.service)
	r.count += by
	if by < 0 && e.Origin == model.ByOperator {
		r.credit.ups++
		r.credit.downs++
		if j.record != nil {
			j.record.write(j, x.service, index, credit{1, 1})
		}
	}
	c := h.change(j, x.service, index)
	c.term, c.came = x.id, by > 0
}

// policy takes a write of what a router may host.
func (h *hosting) policy(j *Judge, index uint64, e *model.Entry) {
	code := uint64(e.Router)<<16 | uint64(e.Service)
	before := h.policies[code]
	after := before
	switch e.Verb {
	case model.Bind:
		after.count = max(e.N, 1)
	case model.Unbind:
		after.count = 0
	case model.Allow:
		after.allowed = true
	case model.Deny:
		after.allowed = false
	}
	h.policies[code] = after
	r := h.service(e.Service)
	credited := r.credit
	for n := range max(before.count, after.count) {
		r.rewant(before.want(n), after.want(n))
	}
	if r.credit == credited {
		return
	}
	h.change(j, e.Service, index)
	if j.record != nil {
		j.record.write(j, e.Service, index, credit{r.credit.ups - credited.ups, r.credit.downs - credited.downs})
	}
}

// rewant moves one terminator from one want to another. Under tolerated nobody may create it and nobody deletes it.
func (r *register) rewant(from, to want) {
	if from == to {
		return
	}
	for _, x := range [...]struct {
		want want
		by   int64
	}{{from, -1}, {to, 1}} {
		switch x.want {
		case wanted:
			r.wanted += x.by
		case tolerated:
			r.tolerated += x.by
		}
	}
	if to == wanted {
		r.credit.ups++
	}
	if to == unwanted {
		r.credit.downs++
	}
}

// called numbers the operations of clients.
func (h *hosting) call(at sim.Time, seq int64) {
	h.invoked++
	h.calls[h.invoked%callsMax] = call{op: h.invoked, at: at, seq: seq}
}

// taken notes that a process takes up an operation.
func (j *Judge) taken(at sim.Time, in *sim.Input[model.Msg]) {
	h := &j.hosting
	c := &h.calls[in.Op%callsMax]
	if c.op != in.Op {
		return
	}
	c.kind, c.service = in.Msg.Kind, in.Msg.Service
	if e, ok := in.Msg.Body.(*model.Entry); ok {
		c.service = e.Service
	}
	r := h.service(c.service)
	c.prompt, c.floor = c.at == at, r.floor
	if c.kind == model.OpEntry {
		r.writes++
	}
}

// replied takes the answer to an operation.
func (j *Judge) replied(s sim.Stamp, e *sim.Effect[model.Msg]) {
	h := &j.hosting
	c := &h.calls[e.Op%callsMax]
	if c.op != e.Op {
		return
	}
	switch c.kind {
	case model.OpEntry:
		h.service(c.service).writes--
	case model.OpLookup:
		h.read(j, c, s.Node, &e.Msg)
	}
	*c = call{}
}

// read takes the answer of a controller to a lookup.
func (h *hosting) read(j *Judge, c *call, by sim.NodeID, m *model.Msg) {
	r := h.service(c.service)
	n := len(r.window) - 1
	for n >= 0 && r.window[n].index > m.Index {
		n--
	}
	if n < 0 {
		h.tooOld++
		return
	}
	j.tick()
	h.reads++
	x := &r.window[n]
	if m.N != uint16(x.count) {
		h.relaxed.add(j.step, x.turn, j.at, About{Service: c.service}, func() string {
			return fmt.Sprintf("%s: %s answered %d at %s, from index %d, where the log has %d", j.service(c.service),
				j.node(by), m.N, point(j.at), m.Index, x.count)
		})
		return
	}
	if x.reads == 0 {
		x.by, x.from, x.when, x.step = by, m.Index, j.at, j.step
	}
	x.reads++
	x.last = max(x.last, c.at)
	h.strictly(j, c, r, x, by, r.first+uint64(n))
	if j.record != nil {
		from := c.seq
		if n+1 < len(r.window) {
			from = min(from, r.window[n+1].seq)
		}
		j.record.lookup(j, c.service, by, m, from, r.first+uint64(n))
	}
}

// strictly judges a read by the strict reading.
func (h *hosting) strictly(j *Judge, c *call, r *register, x *change, by sim.NodeID, at uint64) {
	late := c.prompt && at < c.floor
	other := !late && r.writes == 0 && r.tolerated == 0 && x.count != r.wanted
	if late {
		h.stale++
	}
	if other {
		h.early++
	}
	if late || other {
		h.strict.add(j.step, x.turn, j.at, About{Service: c.service}, func() string {
			if late {
				return fmt.Sprintf("%s answered %d at %s from index %d, older than what a client had read before",
					j.node(by), x.count, point(j.at), x.index)
			}
			return fmt.Sprintf("%s answered %d at %s, where %d was written", j.node(by), x.count, point(j.at), r.wanted)
		})
	}
	r.floor = max(r.floor, at)
}
