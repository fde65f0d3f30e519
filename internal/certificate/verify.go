package certificate

import (
	"errors"
	"fmt"
	"slices"

	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

// furtherPeriods is how many periods after the first must go alike.
const furtherPeriods = 3

// ErrLimit says that the run ended at a limit before the certificate could be judged.
var ErrLimit = errors.New("the run hit a limit before the last period was over")

// Make plays the run of a certificate that has everything but its actions and fills them in. The certificate is not
// verified thereby.
func Make(c *Certificate) error {
	w, err := c.replay(1)
	if err != nil {
		return err
	}
	if len(w.periods) == 0 {
		return errors.New("the run ended within the period")
	}
	c.Actions = w.periods[0].actions
	return nil
}

// FaultError says that an assertion of the simulator failed while the run was played.
type FaultError struct {
	Event uint64
	Text  string
}

func (e *FaultError) Error() string { return fmt.Sprintf("event %d: %s", e.Event, e.Text) }

// Result says what was verified.
type Result struct {
	Periods int // after the first
	Creates int // in one period
	Deletes int
}

// Verify plays the run again and checks the claim. An error other than ErrLimit says what is not as certified.
func Verify(c *Certificate) (Result, error) {
	w, err := c.replay(1 + furtherPeriods)
	if err != nil {
		return Result{}, err
	}
	if w.start.at != c.At {
		return Result{}, fmt.Errorf("event %d is at %v, not at %v", c.Event, w.start.at, c.At)
	}
	if w.start.state != c.State {
		return Result{}, fmt.Errorf("the state after event %d is %016x, not %016x", c.Event, w.start.state, c.State)
	}
	r := Result{Periods: len(w.periods) - 1}
	before := w.start
	for i := range w.periods {
		p := &w.periods[i]
		if err := c.judge(before, p); err != nil {
			return r, fmt.Errorf("period %d: %w", i+1, err)
		}
		before = p.end
	}
	if len(w.periods) < 1+furtherPeriods {
		return r, ErrLimit
	}
	for _, a := range w.periods[0].kinds {
		if a == model.CreateTerm {
			r.Creates++
		} else {
			r.Deletes++
		}
	}
	if r.Creates == 0 || r.Deletes == 0 {
		return r, errors.New("nothing is created and deleted in the period: the world is merely at rest")
	}
	return r, nil
}

// judge checks one period that began in the given state.
func (c *Certificate) judge(from moment, p *period) error {
	switch {
	case p.end.at.Sub(from.at) != c.Period:
		return fmt.Errorf("%d events take %v, not %v", c.Events, p.end.at.Sub(from.at), c.Period)
	case p.end.roots != from.roots:
		return fmt.Errorf("%d events come from outside", p.end.roots-from.roots)
	case p.end.draws != from.draws:
		return fmt.Errorf("%d random numbers are drawn", p.end.draws-from.draws)
	case p.end.state != c.State:
		return fmt.Errorf("it ends in state %016x, not %016x", p.end.state, c.State)
	}
	if slices.Equal(p.actions, c.Actions) {
		return nil
	}
	for i := range min(len(p.actions), len(c.Actions)) {
		if p.actions[i] != c.Actions[i] {
			return fmt.Errorf("action %d is %q, not %q", i+1, p.actions[i], c.Actions[i])
		}
	}
	return fmt.Errorf("there are %d actions, not %d", len(p.actions), len(c.Actions))
}

// moment is the world after an event.
type moment struct {
	at    sim.Time
	state uint64
	draws uint64
	roots uint32
}

// period is what happened in one.
type period struct {
	end     moment
	actions []string
	kinds   []model.Verb
}

// witness watches a replay.
type witness struct {
	c       *Certificate
	names   *model.Names
	index   uint64 // newest log index that was applied anywhere
	rows    map[model.TermID]string
	gens    map[model.TermID]uint64 // of the reference: generation of the newest create
	started bool
	start   moment
	want    int // periods to watch
	present period
	periods []period
}

// replay plays the run until so many periods are over.
func (c *Certificate) replay(periods int) (*witness, error) {
	plan, options, err := c.plan()
	if err != nil {
		return nil, err
	}
	w := &witness{c: c, names: plan.Names(), rows: map[model.TermID]string{},
		gens: map[model.TermID]uint64{}, want: periods}
	if err := c.bounded(periods); err != nil {
		return nil, err
	}
	options.Observers = []sim.Observer[model.Msg]{w}
	options.After = w.after
	options.Settle = sim.Duration(c.At) + c.Period*sim.Duration(periods) // from the settle on: longer than needed
	options.Events = c.Event + c.Events*uint64(periods)
	o, err := scenarios.Play(plan, options)
	if err != nil {
		return nil, err
	}
	if o.Fault != nil {
		return nil, &FaultError{o.Events, o.Fault.Text}
	}
	if !w.started {
		return nil, fmt.Errorf("the run ended after %d events, before event %d", o.Events, c.Event)
	}
	return w, nil
}

// longest bounds when a period may begin and how long it may be.
const longest = 1000 * 24 * sim.Hour

// bounded refuses what makes no sense or takes for ever.
func (c *Certificate) bounded(periods int) error {
	switch {
	case c.Events == 0 || c.Period <= 0:
		return errors.New("the period is empty")
	case c.Event > sim.EventsMax || c.Events > sim.EventsMax || c.Event+c.Events*uint64(periods) > sim.EventsMax:
		return fmt.Errorf("the certificate needs more events than the limit of %d", uint64(sim.EventsMax))
	case sim.Duration(c.At) > longest || c.Period > longest:
		return fmt.Errorf("the certificate needs more time than the limit of %v", longest)
	}
	return nil
}

// after looks at the world where a period begins or ends.
func (w *witness) after(world *sim.World[model.Msg]) {
	n := world.Events()
	if n < w.c.Event || (n-w.c.Event)%w.c.Events != 0 || len(w.periods) == w.want {
		return
	}
	m := moment{world.Now(), world.State(), world.Draws(), world.Roots()}
	if !w.started {
		w.started, w.start, w.present = true, m, period{}
		return
	}
	w.present.end = m
	w.periods = append(w.periods, w.present)
	w.present = period{}
}

// Input implements sim.Observer.
func (w *witness) Input(sim.Stamp, *sim.Input[model.Msg]) {}

// Event implements sim.Observer.
func (w *witness) Event(sim.Time, sim.Outside) {}

// Effect implements sim.Observer: the first to apply an entry of the log makes it so.
func (w *witness) Effect(s sim.Stamp, e *sim.Effect[model.Msg]) {
	if e.Kind != sim.Note || e.Msg.Kind != model.NoteApplied || e.Msg.Index <= w.index {
		return
	}
	w.index = e.Msg.Index
	entry, ok := e.Msg.Body.(*model.Entry)
	if !ok {
		return
	}
	switch entry.Verb {
	case model.CreateTerm:
		if e.Msg.Code == model.OK {
			w.gens[entry.Term] = entry.Gen
		}
		if _, exists := w.rows[entry.Term]; exists || e.Msg.Code != model.OK {
			return
		}
		key := fmt.Sprintf("%s %s.%d", w.names.Name(sim.Nodes, uint64(entry.Router)),
			w.names.Name(model.ClassService, uint64(entry.Service)), entry.N)
		w.rows[entry.Term] = key
		w.act(s.At, model.CreateTerm, "create "+key)
	case model.DeleteTerm:
		w.gone(s.At, entry.Term)
	case model.DeleteTerms:
		for i, id := range entry.Terms {
			if !entry.Spares(i, w.gens[id]) {
				w.gone(s.At, id)
			}
		}
	}
}

func (w *witness) gone(at sim.Time, id model.TermID) {
	if key, ok := w.rows[id]; ok {
		delete(w.rows, id)
		w.act(at, model.DeleteTerm, "delete "+key)
	}
}

// act notes an action, with its distance from the beginning of its period.
func (w *witness) act(at sim.Time, verb model.Verb, what string) {
	if !w.started || len(w.periods) == w.want {
		return
	}
	from := w.start.at
	if n := len(w.periods); n > 0 {
		from = w.periods[n-1].end.at
	}
	w.present.actions = append(w.present.actions, fmt.Sprintf("+%dus %s", int64(at.Sub(from)), what))
	w.present.kinds = append(w.present.kinds, verb)
}
