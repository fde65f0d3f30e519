package scenarios

import (
	"errors"
	"fmt"
	"strings"

	"gyre/checker"
	"gyre/checker/gauge"
	"gyre/checker/linear"
	"gyre/model"
	"gyre/model/controller"
	"gyre/model/raftlog"
	"gyre/model/router"
	"gyre/model/sdk"
	"gyre/sim"
)

// Play runs a plan for one algorithm and has the checker judge it. A violated property, a bound that was hit and
// a failed assertion are outcomes; an error means that the options make no sense.
func Play(p *Plan, o Options) (*Outcome, error) {
	params := model.DefaultParams()
	for _, s := range p.Settings {
		if err := params.Set(s.Name, s.Value); err != nil {
			return nil, fmt.Errorf("%s: set: %w", p.Name, err)
		}
	}
	for _, s := range o.Set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, fmt.Errorf("bad setting %q: write name=value, as in latency=40ms", s)
		}
		if err := params.Set(name, value); err != nil {
			return nil, err
		}
	}
	if o.Algorithm.Release == 0 {
		return nil, errors.New("no algorithm: name one of those listed")
	}
	if err := p.Plays(o.Algorithm); err != nil {
		return nil, err
	}
	r := newPlayer(p, o, params)
	r.fault = r.guard(r.run)
	return r.outcome(), nil
}

// guard runs f and returns the fault it ended with, if any. It is the one place where a panic is caught.
func (r *player) guard(f func()) (fault *sim.Fault) {
	if r.options.Panic {
		f()
		return nil
	}
	defer func() {
		switch v := recover().(type) { //tidy:ok the boundary of a run
		case nil:
		case sim.Fault:
			fault = &v
		case error:
			fault = &sim.Fault{Text: "panic: " + v.Error()}
		default:
			fault = &sim.Fault{Text: fmt.Sprintf("panic: %v", v)}
		}
	}()
	f()
	return nil
}

// player plays one plan once.
type player struct {
	plan     *Plan
	options  Options
	seed     sim.Seed
	config   *model.Config
	configs  []*model.Config // by node: what its next process is built from
	world    *sim.World[model.Msg]
	checker  *checker.Checker // nil without checks
	recorder *linear.Recorder // nil unless asked for
	gauge    *gauge.Gauge     // nil unless asked for
	reading  *gauge.Reading
	ids      map[string]model.ServiceID

	agenda   agenda
	operator operator
	watch    watch
	ailments ailments

	settling bool
	outside  uint64
	skipped  []string
	idle     []string
	report   checker.Report
	limit    *sim.Limit
	came     arrival
	fault    *sim.Fault
}

// newPlayer makes the world of a plan. Nothing has happened in it yet.
func newPlayer(p *Plan, o Options, params model.Params) *player {
	r := &player{plan: p, options: o, seed: p.Seed, ids: map[string]model.ServiceID{}}
	if o.Seed != nil {
		r.seed = *o.Seed
	}
	names := p.Names()
	for id, name := range names.Services {
		r.ids[name] = model.ServiceID(id)
	}
	r.config = &model.Config{
		Release: o.Algorithm.Release, Bugs: o.Algorithm.Bugs, Without: o.Algorithm.Without, Cured: o.Algorithm.Cured,
		Params: params, Seed: r.seed, Names: names, Voters: p.Voters, Genesis: p.genesis(r.ids), Hosted: p.hostsOf(r.ids),
	}
	for id := 1; id < len(names.Nodes); id++ {
		switch {
		case id <= p.Controllers:
			r.config.Controllers = append(r.config.Controllers, sim.NodeID(id))
		case id <= p.Controllers+p.Spares:
			r.config.Spares = append(r.config.Spares, sim.NodeID(id))
		case p.isSDK(sim.NodeID(id)):
			r.config.SDKs = append(r.config.SDKs, sim.NodeID(id))
		default:
			r.config.Routers = append(r.config.Routers, sim.NodeID(id))
		}
	}
	for _, t := range p.Twins {
		r.config.Twins = append(r.config.Twins, model.Twin{Node: p.node(t[0]), Of: p.node(t[1])})
	}
	r.install()
	r.operator.queues = map[subject][]order{}
	r.ailments = newAilments(len(names.Nodes))
	for id := range p.Voters {
		r.ailments.voter[id+1] = true
	}
	p.eachSDK(func(s *SDKs, host sim.NodeID) {
		r.note(model.Entry{Verb: model.Allow, Service: r.ids[s.Service], Router: host})
		r.note(model.Entry{Verb: model.Bind, Service: r.ids[s.Service], Router: host, N: 1})
	})
	p.eachHosted(func(service string, router sim.NodeID, count int) {
		r.note(model.Entry{Verb: model.Allow, Service: r.ids[service], Router: router})
		r.note(model.Entry{Verb: model.Bind, Service: r.ids[service], Router: router, N: uint16(count)})
	})
	return r
}

// build makes hosts, links and observers.
func (r *player) build() {
	params := &r.config.Params
	link := sim.Link{Latency: params.Latency, Jitter: params.Jitter, Queue: int(params.SendQueue)}
	w := sim.New[model.Msg](sim.Config{
		Seed: r.seed, Names: r.config.Names, Events: r.options.events(), Heap: r.options.Heap, Link: link,
		NoDigest: r.options.NoDigest, Shuffle: r.plan.Shuffle || r.options.Shuffle,
	})
	r.world = w
	for id := 1; id < len(r.config.Names.Nodes); id++ {
		self := sim.NodeID(id)
		lanes := controller.Lanes(params)
		boot := func(uint32) sim.Node[model.Msg] { return controller.New(r.configs[self], self) }
		switch {
		case r.plan.isSDK(self):
			lanes = nil
			boot = func(uint32) sim.Node[model.Msg] { return sdk.New(r.configs[self], self) }
		case r.isRouter(self):
			lanes = router.Lanes(params)
			boot = func(uint32) sim.Node[model.Msg] { return router.New(r.configs[self], self) }
			if maker := r.options.Registry; maker != nil {
				boot = func(uint32) sim.Node[model.Msg] { return router.NewWith(r.configs[self], self, maker) }
			}
		}
		added := w.AddHost(r.config.Names.Nodes[id], lanes, boot)
		sim.Assert(added == self, "host %d was added as %d", self, added)
	}
	r.setLinks(link)
	r.watch.monitor = raftlog.NewMonitor()
	w.Observe(&r.watch)
	if !r.options.NoChecks {
		r.checker = checker.New(r.config)
		if r.options.Record {
			r.recorder = r.checker.Recorder()
		}
		w.Observe(r.checker)
	}
	if r.options.Measure {
		r.gauge = gauge.New(r.config)
		w.Observe(r.gauge)
	}
	for _, o := range r.options.Observers {
		w.Observe(o)
	}
}

// meshQueue is the send queue between controllers: TCP and raft's pipeline hold far more than a control channel.
const meshQueue = sim.QueueMax

// setLinks gives the mesh its queue and the links of the plan their latency.
func (r *player) setLinks(link sim.Link) {
	mesh := link
	mesh.Queue = meshQueue
	for a := range r.plan.Controllers + r.plan.Spares {
		for b := range r.plan.Controllers + r.plan.Spares {
			if a != b {
				r.world.SetLink(sim.NodeID(a+1), sim.NodeID(b+1), mesh)
			}
		}
	}
	for _, l := range r.plan.Links {
		r.eachPair([]Pair{l.Pair}, func(from, to sim.NodeID) {
			special := link
			if !r.isRouter(from) && !r.isRouter(to) {
				special.Queue = meshQueue
			}
			if special.Latency = l.Latency; l.Jitter >= 0 {
				special.Jitter = l.Jitter
			}
			r.world.SetLink(from, to, special)
		})
	}
}

func (r *player) isRouter(id sim.NodeID) bool { return !r.plan.controls(id) }

// isMember reports whether a controller was a member at the start or has joined, and has not left.
func (r *player) isMember(id sim.NodeID) bool {
	return !r.isRouter(id) && (int(id) <= r.plan.Controllers || r.ailments.joined[id]) && !r.ailments.left[id]
}

// run plays the plan from the start to the end of the settle phase.
func (r *player) run() {
	r.build()
	settle := r.schedule()
	end := settle.Add(max(r.plan.Settle, r.options.Settle))
	if f := r.options.Fork; f != nil {
		r.agenda.add(f.At, func() { r.world.Reseed(f.Seed) })
	}
	r.playTo(end)
	r.came = arrival{r.world.Digest(), r.world.Events(), r.world.Now().Sub(0)}
	if r.gauge != nil {
		reading := r.gauge.Read(r.world.Now())
		r.reading = &reading
	}
	if r.checker != nil {
		r.report = r.checker.Finish(r.world.Now())
		if r.options.Reconfirm && r.limit == nil {
			r.reconfirm()
		}
		for i := range r.report.Verdicts {
			v := &r.report.Verdicts[i]
			v.Aside = v.Aside && !r.plan.expects(v.Property)
		}
	}
}

// arrival is where the run of the plan came to.
type arrival struct {
	digest  uint64
	events  uint64
	virtual sim.Duration
}

// playTo lets everything up to a time happen, in the world and on the agenda.
func (r *player) playTo(end sim.Time) {
	for r.limit == nil {
		next, ok := r.agenda.first()
		if !ok || next > end {
			break
		}
		if r.advance(next); r.limit == nil {
			r.agenda.pop()()
		}
	}
	if r.limit == nil {
		r.advance(end)
	}
}

// advance lets everything up to a time happen, unless an item of the agenda that came up meanwhile is earlier.
func (r *player) advance(to sim.Time) {
	for {
		if next, ok := r.agenda.first(); ok && next < to {
			to = next
		}
		more, err := r.world.Step(to)
		if err != nil {
			limit, ok := errors.AsType[sim.Limit](err)
			sim.Assert(ok, "the world failed: %v", err)
			r.limit = &limit
			return
		}
		if !more {
			return
		}
		r.watch.step = r.world.Events()
		if r.watch.news {
			r.attend()
		}
		if r.settling && r.checker != nil && r.checker.WantsState() {
			r.checker.State(r.world.Now(), r.world.Events(), r.world.State(), r.world.Draws())
		}
		if r.options.After != nil {
			r.options.After(r.world)
		}
	}
}

// attend reacts to what the watch has seen in the last step.
func (r *player) attend() {
	r.watch.news = false
	booted, answered := r.watch.booted, r.watch.answered
	r.watch.booted, r.watch.answered = nil, nil
	for _, id := range booted {
		r.remind(id)
	}
	for _, op := range answered {
		r.answer(op)
	}
}

// outcome says what the run came to.
func (r *player) outcome() *Outcome {
	o := &Outcome{
		Plan: r.plan, Algorithm: r.options.Algorithm, Seed: r.seed, Report: r.report, Names: r.config.Names,
		Limit: r.limit, Fault: r.fault, Outside: r.outside, Skipped: r.skipped, Idle: r.idle, Recorder: r.recorder,
		Reading: r.reading,
	}
	if r.world != nil {
		o.Digest, o.Events, o.Virtual = r.came.digest, r.came.events, r.came.virtual
		if r.fault != nil {
			o.Digest, o.Events, o.Virtual = r.world.Digest(), r.world.Events(), r.world.Now().Sub(0)
		}
	}
	return o
}

// skip records that a directive could not be carried out.
func (r *player) skip(what, why string) {
	r.skipped = append(r.skipped, fmt.Sprintf("%s %s: %s", r.world.Now(), what, why))
}

// idled records that a directive, or a part of it, would change nothing.
func (r *player) idled(what, why string) {
	r.idle = append(r.idle, fmt.Sprintf("%s %s: %s", r.world.Now(), what, why))
}
