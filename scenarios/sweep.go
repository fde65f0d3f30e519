package scenarios

import (
	"cmp"
	"slices"

	"gyre/model"
	"gyre/sim"
)

// Site is one way in which a sweep disturbs a run: a process dies between two effects of one step, a controller answers
// from a state that is older by an entry, or a message is lost at the last moment. The sites of a run are all there are
// of the kinds that can matter to a terminator; each is one more plan.
type Site struct {
	Kind  SiteKind
	At    sim.Time // of the step that is disturbed
	Node  sim.NodeID
	Peer  sim.NodeID // who sent the message that is lost
	After int        // effects of the step that are applied before the process dies; 0 is none of them
	Since sim.Time   // StaleRead: the last entry that the read would have seen was applied at this time
}

// SiteKind says how a run is disturbed.
type SiteKind uint8

// Kinds of sites.
const (
	CrashPoint  SiteKind = iota // a process dies before a step, or between two effects that outlive it
	StaleRead                   // a controller that is about to answer lags by one entry
	MissedEvent                 // a connection breaks before it delivers a message
)

// Names of the kinds, as in a plan's story.
var siteNames = [...]string{"crash point", "stale read", "missed event"} //tidy:ok constant table

// String returns the name of a kind.
func (k SiteKind) String() string { return siteNames[k] }

// SitesMax bounds the sites of one run. A run with more has too many to try.
const SitesMax = 20_000

// sweepHorizon is how far into the settle phase a sweep looks: what comes later repeats what came before.
const sweepHorizon = 2 * sim.Minute

// Survey watches a run and notes its sites.
type Survey struct {
	until   sim.Time
	sites   []Site
	seen    map[Site]bool
	steps   map[sim.NodeID]sim.Time // the newest, by node
	applied map[sim.NodeID]sim.Time // the last entry, by controller

	// the present step
	stamp   sim.Stamp
	later   bool // not the first step of its node at its time
	matters bool
	effects int
	cuts    []int // numbers of effects after which something outlives the process
}

// NewSurvey returns an observer for one run of a plan.
func NewSurvey(p *Plan) *Survey {
	return &Survey{
		until: settleStart(p).Add(sweepHorizon), applied: map[sim.NodeID]sim.Time{}, seen: map[Site]bool{},
		steps: map[sim.NodeID]sim.Time{},
	}
}

// Sites returns where a sweep disturbs the run that was watched, in order of time, at most SitesMax of them.
func (s *Survey) Sites() []Site {
	s.finish()
	slices.SortStableFunc(s.sites, func(a, b Site) int { return cmp.Compare(a.At, b.At) })
	return s.sites[:min(len(s.sites), SitesMax)]
}

// Input implements sim.Observer.
func (s *Survey) Input(stamp sim.Stamp, in *sim.Input[model.Msg]) {
	s.finish()
	s.stamp, s.later = stamp, s.steps[stamp.Node] == stamp.At
	s.steps[stamp.Node] = stamp.At
	if in.Kind != sim.Deliver || stamp.At > s.until {
		return
	}
	switch {
	case reads(in.Msg.Kind):
		if since, ok := s.applied[stamp.Node]; ok && stamp.At.Sub(since) <= sweepStale {
			s.add(Site{Kind: StaleRead, At: stamp.At, Node: stamp.Node, Since: since})
		}
		fallthrough
	case news(in.Msg.Kind):
		s.matters = true
		s.add(Site{Kind: MissedEvent, At: stamp.At, Node: stamp.Node, Peer: in.From})
	}
}

// Effect implements sim.Observer.
func (s *Survey) Effect(_ sim.Stamp, e *sim.Effect[model.Msg]) {
	s.effects++
	switch e.Kind {
	case sim.Send:
		if reads(e.Msg.Kind) || news(e.Msg.Kind) {
			s.matters = true
			s.cuts = append(s.cuts, s.effects)
		}
	case sim.Save, sim.Erase:
		s.matters = true
		s.cuts = append(s.cuts, s.effects)
	case sim.Note:
		if e.Msg.Kind == model.NoteApplied {
			s.applied[s.stamp.Node] = s.stamp.At
		}
	}
}

// Event implements sim.Observer.
func (s *Survey) Event(sim.Time, sim.Outside) {}

// finish notes the crash points of the step that has ended: before it, and after each effect that outlives the process.
// Timers and notes die with it, so a crash after one of them is a crash before it. Of several steps at one time a plan
// can name the first only.
func (s *Survey) finish() {
	if s.matters && !s.later && s.stamp.At > 0 && s.stamp.At <= s.until {
		s.add(Site{Kind: CrashPoint, At: s.stamp.At, Node: s.stamp.Node})
		for _, n := range s.cuts {
			s.add(Site{Kind: CrashPoint, At: s.stamp.At, Node: s.stamp.Node, After: n})
		}
	}
	s.matters, s.effects, s.cuts = false, 0, s.cuts[:0]
}

// add notes a site once. Two steps of one node at one time are one to a plan.
func (s *Survey) add(site Site) {
	if !s.seen[site] && site.At > 0 {
		s.seen[site] = true
		s.sites = append(s.sites, site)
	}
}

// reads reports whether a controller answers such a message from its own database.
func reads(k model.Kind) bool {
	switch k {
	case model.CreateRequest, model.RemoveRequest, model.ValidateReply, model.ValidateSessions, model.ListServices,
		model.Subscribe, model.Forward:
		return true
	}
	return false
}

// news reports whether such a message tells its receiver something it may act upon.
func news(k model.Kind) bool {
	switch k {
	case model.CtrlAddresses, model.LeaderIs, model.CreateReply, model.RemoveReply, model.ValidateRequest,
		model.SessionRemoved, model.ServiceList, model.DataState, model.ChangeSet, model.ForwardReply:
		return true
	}
	return false
}

const (
	sweepDown  = 1 * sim.Second      // a process that was killed is down for this long
	sweepStale = 1 * sim.Minute      // a controller that lags by more is a fault of its own, not a stale read
	sweepLag   = 10 * sim.Second     // a stale controller lags by this much longer than the read needs
	sweepLead  = 2 * sim.Millisecond // and starts before the entry is handed over to be applied
)

// Disturb returns the plan with the site's fault in it. It is told in the language, so it can be shrunk and kept.
func (s Site) Disturb(p *Plan, seed sim.Seed, name string) *Plan {
	q := p.clone()
	names := q.Names()
	node := names.Nodes[s.Node]
	q.Name, q.Expect = name, nil
	q.Story = []string{name + ": " + p.Name + " with a " + s.Kind.String() + " at " + node + "."}
	if seed != 0 {
		q.Seed = seed
	}
	before := max(0, s.At-1)
	switch s.Kind {
	case CrashPoint:
		q.Steps = append(q.Steps, Directive{At: before, Verb: "crash", Nodes: []string{node}, Count: s.After},
			Directive{At: s.At.Add(sweepDown), Verb: "start", Nodes: []string{node}})
	case StaleRead:
		q.Steps = append(q.Steps, Directive{At: max(0, s.Since.Add(-sweepLead)), Verb: "lag", Nodes: []string{node},
			Span: s.At.Sub(s.Since) + sweepLag},
			Directive{At: s.At.Add(sweepLag), Verb: "lag", Nodes: []string{node}})
	case MissedEvent:
		q.Steps = append(q.Steps, Directive{At: before, Verb: "break",
			Pairs: []Pair{{From: names.Nodes[s.Peer], To: node, Both: true}}})
	}
	sortSteps(q.Steps)
	if q.SettleAt > 0 {
		q.SettleAt = max(q.SettleAt, settleStart(q))
	}
	q.Settle = max(q.Settle, settleFor(q, 0))
	return q
}
