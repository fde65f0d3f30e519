// Package gauge measures a run: how much was asked, how much of it was for nothing, and for how long clients were
// without what they should have had. It judges nothing; see package checker for that. It keeps its own books, by the
// log and the routers' notes, so that what it measures does not rest on what the checker believes.
package gauge

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// Reading is what a run came to.
type Reading struct {
	Creates uint64 // create requests that routers sent
	Removes uint64 // terminators that routers asked to remove
	Busy    uint64 // replies that said so
	Refused uint64 // replies that said anything else but yes
	Peak    uint64 // most requests of one router within one second
	Checked uint64 // terminators that controllers asked routers about
	Log     uint64 // log entries about terminators
	Idle    uint64 // of them, those that changed nothing

	Missing Span // longest that a terminator was wanted and had no row
	Dark    Span // longest that a service had no row that its router hosts, after it once had one
	Orphan  Span // longest that there was a row that its router did not host
}

// Span is a stretch of time and what it is about; of length 0 if there was none.
type Span struct {
	Length  sim.Duration
	From    sim.Time
	Router  sim.NodeID
	Service model.ServiceID
}

// Gauge watches one run. It is a sim.Observer.
type Gauge struct {
	reading Reading
	index   uint64
	pairs   map[pair]*want
	all     []*want // in the order they came up
	rows    map[model.TermID]*row
	hosts   map[sim.NodeID]*host
}

type pair struct {
	router  sim.NodeID
	service model.ServiceID
}

// want is what a router should host of a service, and what there is of it.
type want struct {
	pair
	bound   uint16
	allowed bool
	missing []sim.Time // by index below bound: since when there is no row; Never: there is one
	rows    []*row
	lit     bool     // a client could reach it, once
	dark    sim.Time // since when nobody can; Never: somebody can, or nobody should
}

type row struct {
	*want
	term   model.TermID
	index  uint16
	orphan sim.Time // since when; Never: its router hosts it
}

// host is a router.
type host struct {
	entries map[model.TermID]bool
	second  int64
	count   uint64
}

// New returns a gauge for one run of cfg. Entries of cfg.Genesis count as applied before the run.
func New(cfg *model.Config) *Gauge {
	g := &Gauge{pairs: map[pair]*want{}, rows: map[model.TermID]*row{}, hosts: map[sim.NodeID]*host{}}
	for _, id := range cfg.Routers {
		g.hosts[id] = &host{entries: map[model.TermID]bool{}}
	}
	for i := range cfg.Genesis {
		g.index++
		g.entry(0, &cfg.Genesis[i], model.OK)
	}
	g.reading = Reading{}
	return g
}

// Input implements sim.Observer.
func (g *Gauge) Input(s sim.Stamp, in *sim.Input[model.Msg]) {
	switch h := g.hosts[s.Node]; {
	case h == nil:
	case in.Kind == sim.Boot:
		g.lose(s.At, s.Node)
	case in.Kind == sim.Deliver && (in.Msg.Kind == model.CreateReply || in.Msg.Kind == model.RemoveReply):
		switch in.Msg.Code {
		case model.OK:
		case model.Busy:
			g.reading.Busy++
		default:
			g.reading.Refused++
		}
	}
}

// Effect implements sim.Observer.
func (g *Gauge) Effect(s sim.Stamp, e *sim.Effect[model.Msg]) {
	m := &e.Msg
	switch {
	case e.Kind == sim.Send && m.Kind == model.CreateRequest:
		g.reading.Creates++
		g.asked(s)
	case e.Kind == sim.Send && m.Kind == model.RemoveRequest:
		n := uint64(1)
		if list, ok := m.Body.(*model.TermList); ok {
			n = uint64(len(list.Terms))
		}
		g.reading.Removes += n
		g.asked(s)
	case e.Kind == sim.Send && m.Kind == model.ValidateRequest:
		if list, ok := m.Body.(*model.CheckList); ok {
			g.reading.Checked += uint64(len(list.Checks))
		}
	case e.Kind == sim.Exit:
		g.lose(s.At, s.Node)
	case e.Kind == sim.Note && m.Kind == model.NoteState:
		g.state(s, m)
	case e.Kind == sim.Note && m.Kind == model.NoteApplied:
		if entry, ok := m.Body.(*model.Entry); ok && m.Index > g.index {
			g.index = m.Index
			g.entry(s.At, entry, m.Code)
		}
	}
}

// Event implements sim.Observer.
func (g *Gauge) Event(at sim.Time, e sim.Outside) {
	if e.Name == "crash" {
		g.lose(at, e.Node)
	}
}

// asked counts a request of a router towards the second it falls into.
func (g *Gauge) asked(s sim.Stamp) {
	h := g.hosts[s.Node]
	if h == nil {
		return
	}
	if second := int64(s.At) / int64(sim.Second); second != h.second {
		h.second, h.count = second, 0
	}
	if h.count++; h.count > g.reading.Peak {
		g.reading.Peak = h.count
	}
}

// lose empties the registry of a router whose process has ended.
func (g *Gauge) lose(at sim.Time, router sim.NodeID) {
	h := g.hosts[router]
	if h == nil || len(h.entries) == 0 {
		return
	}
	clear(h.entries)
	for _, w := range g.all {
		if w.router == router {
			g.look(at, w)
		}
	}
}

// state takes a change of a registry's entry. What is being taken away is not hosted any more.
func (g *Gauge) state(s sim.Stamp, m *model.Msg) {
	h := g.hosts[s.Node]
	if h == nil {
		return
	}
	if m.State == model.Establishing || m.State == model.Established {
		h.entries[m.Term] = true
	} else {
		delete(h.entries, m.Term)
	}
	if r := g.rows[m.Term]; r != nil {
		g.look(s.At, r.want)
	}
}

// want returns what is known of a pair.
func (g *Gauge) want(router sim.NodeID, service model.ServiceID) *want {
	p := pair{router, service}
	w := g.pairs[p]
	if w == nil {
		w = &want{pair: p, dark: sim.Never}
		g.pairs[p] = w
		g.all = append(g.all, w)
	}
	return w
}

// entry takes the next entry of the log.
func (g *Gauge) entry(at sim.Time, e *model.Entry, code model.Code) {
	switch e.Verb {
	case model.CreateTerm:
		g.reading.Log++
		if code != model.OK || g.rows[e.Term] != nil {
			g.reading.Idle++
			return
		}
		w := g.want(e.Router, e.Service)
		r := &row{want: w, term: e.Term, index: e.N, orphan: sim.Never}
		g.rows[e.Term] = r
		w.rows = append(w.rows, r)
		g.look(at, w)
	case model.DeleteTerm:
		g.deleted(at, []model.TermID{e.Term})
	case model.DeleteTerms:
		g.deleted(at, e.Terms)
	case model.Bind, model.Unbind, model.Allow, model.Deny:
		g.policy(at, e)
	}
}

func (g *Gauge) deleted(at sim.Time, terms []model.TermID) {
	g.reading.Log++
	some := false
	for _, id := range terms {
		r := g.rows[id]
		if r == nil {
			continue
		}
		some = true
		g.close(at, &g.reading.Orphan, r.orphan, r.want)
		delete(g.rows, id)
		i := slices.Index(r.rows, r)
		r.want.rows = slices.Delete(r.want.rows, i, i+1)
		g.look(at, r.want)
	}
	if !some {
		g.reading.Idle++
	}
}

// policy changes what is wanted.
func (g *Gauge) policy(at sim.Time, e *model.Entry) {
	w := g.want(e.Router, e.Service)
	switch e.Verb {
	case model.Bind:
		w.bound = max(e.N, 1)
	case model.Unbind:
		w.bound = 0
	case model.Allow:
		w.allowed = true
	case model.Deny:
		w.allowed = false
	}
	g.look(at, w)
}

// look brings the clocks of a pair up to date. What a process with an SDK wants is
// not timed.
func (g *Gauge) look(at sim.Time, w *want) {
	h := g.hosts[w.router]
	if h == nil {
		return
	}
	n := w.bound
	if !w.allowed {
		n = 0
	}
	works := false
	there := make([]bool, n)
	for _, r := range w.rows {
		hosted := h.entries[r.term]
		works = works || hosted
		if r.index < n {
			there[r.index] = true
		}
		g.clock(at, &g.reading.Orphan, &r.orphan, !hosted, w)
	}
	for int(n) > len(w.missing) {
		w.missing = append(w.missing, sim.Never)
	}
	for i := range w.missing {
		g.clock(at, &g.reading.Missing, &w.missing[i], i < int(n) && !there[i], w)
	}
	w.lit = (w.lit || works) && n > 0
	g.clock(at, &g.reading.Dark, &w.dark, w.lit && !works, w)
}

// clock starts a clock where something is wrong that was not, and stops it where it is no longer.
func (g *Gauge) clock(at sim.Time, longest *Span, since *sim.Time, wrong bool, w *want) {
	switch {
	case wrong && *since == sim.Never:
		*since = at
	case !wrong:
		g.close(at, longest, *since, w)
		*since = sim.Never
	}
}

// close counts a stretch of time that ends.
func (g *Gauge) close(at sim.Time, longest *Span, since sim.Time, w *want) {
	if since != sim.Never && at.Sub(since) > longest.Length {
		*longest = Span{Length: at.Sub(since), From: since, Router: w.router, Service: w.service}
	}
}

// Read returns what the run came to up to now. What is still wrong counts up to then.
func (g *Gauge) Read(now sim.Time) Reading {
	slices.SortStableFunc(g.all, func(a, b *want) int {
		return cmp.Or(cmp.Compare(a.router, b.router), cmp.Compare(a.service, b.service))
	})
	kept := g.reading
	for _, w := range g.all {
		for _, r := range w.rows {
			g.close(now, &g.reading.Orphan, r.orphan, w)
		}
		for _, since := range w.missing {
			g.close(now, &g.reading.Missing, since, w)
		}
		g.close(now, &g.reading.Dark, w.dark, w)
	}
	r := g.reading
	g.reading = kept
	return r
}
