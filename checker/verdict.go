package checker

import (
	"gyre/model"
	"gyre/sim"
)

// Status is the outcome of a property.
type Status uint8

// Outcomes.
const (
	_         Status = iota
	Holds            // judged, and nothing against it
	Violated         // Rung says how surely
	Unknown          // the run was too short, or had no quiet phase
	NotJudged        // nothing there that the property speaks of
)

var statusWords = [...]string{ //tidy:ok constant table
	Holds: "holds", Violated: "violated", Unknown: "unknown", NotJudged: "not-judged",
}

func (s Status) String() string { return word(statusWords[:], int(s)) }

// Rung is how high on the ladder of proof a violation got. Higher is surer: a lasso implies closure and proves
// that there is no end to it besides.
type Rung uint8

// Rungs, lowest first.
const (
	None             Rung = iota
	Score                 // amplification: ranks, never judges
	Deadline              // not there within a bound computed from the configuration
	Statistical           // forked tails with fresh randomness do not escape
	AdversarialLasso      // the state repeats, given the same random choices again
	Closure               // it was right, nothing came from outside, and it went wrong
	Lasso                 // the state repeats with no random choice in between: for ever
	Witness               // not of the ladder: one event that must never be is the whole proof
)

var rungWords = [...]string{ //tidy:ok constant table
	None: "none", Score: "score", Deadline: "deadline", Statistical: "statistical",
	AdversarialLasso: "adversarial-lasso", Closure: "closure", Lasso: "lasso", Witness: "witness",
}

func (r Rung) String() string { return word(rungWords[:], int(r)) }

func word(words []string, n int) string {
	if n < len(words) && words[n] != "" {
		return words[n]
	}
	return "?"
}

// Mode says when a property can be judged.
type Mode uint8

// Modes.
const (
	_      Mode = iota
	Always      // from the first event on
	Quiet       // at every event of the quiet phase
	AtRest      // at the end, if the quiet phase was long enough
)

var modeWords = [...]string{ //tidy:ok constant table
	Always: "always", Quiet: "quiet", AtRest: "at-rest",
}

func (m Mode) String() string { return word(modeWords[:], int(m)) }

// Property is something a run should have.
type Property struct {
	Name string // stable: part of scenario files, corpus and JSON
	Mode Mode
	Why  string // one sentence
}

// Positions of the properties in Properties and in Report.Verdicts.
const (
	noSpin = iota
	converges
	staysConverged
	noOrphan
	noMissing
	noDuplicate
	noStorm
	agree
	replicated
	noStuck
	neverGivesUp
	validDelete
	ownDelete
	linearizable
	sessionReads
	properties
)

// Properties returns what is judged, in the order of Report.Verdicts.
func Properties() []Property {
	return []Property{
		noSpin: {"no-spin", Always,
			"no terminator is created and deleted over and over because it was created"},
		converges: {"converges", AtRest,
			"once nothing comes from outside, the registry reaches the desired set within a computed bound"},
		staysConverged: {"stays-converged", Quiet,
			"a terminator that is right does not go wrong without a cause from outside"},
		noOrphan: {"no-orphan", AtRest,
			"every row of a connected router is hosted by that router"},
		noMissing: {"no-missing", AtRest,
			"every terminator a connected router should host has a row with the id it is hosted under"},
		noDuplicate: {"no-duplicate", AtRest,
			"no terminator of a connected router has two rows"},
		noStorm: {"no-storm", Always,
			"a router does not repeat at once, in a tight loop, what is refused, sends no more requests than its limiter " +
				"allows, and none once all has come to rest"},
		agree: {"agree", AtRest,
			"what a connected router takes for established has a row on the leader"},
		replicated: {"replicated", AtRest,
			"every live controller applies the same entries with the same results, and catches up"},
		noStuck: {"no-stuck", AtRest,
			"no terminator of a connected router remains half created or half deleted"},
		neverGivesUp: {"never-gives-up", Always,
			"no router abandons a terminator that it should still host"},
		validDelete: {"valid-delete", Always,
			"no validation deletes a row that is hosted and wanted when the delete is applied"},
		ownDelete: {"own-delete", Always,
			"no router's request deletes the row of another"},
		linearizable: {"linearizable", Always,
			"every answer about a terminator or a service fits one order of all operations, that of the log"},
		sessionReads: {"session-reads", Always,
			"no controller answers a router from a state older than what that router has written or read"},
	}
}

// Subject is the terminator a verdict is about. Its zero value is nobody.
type Subject struct {
	Router  sim.NodeID
	Service model.ServiceID
	Index   uint16
	Term    model.TermID // the newest id it was seen with
}

// Link is one step of a causal chain.
type Link struct {
	Step  uint64 // 0: an outside event that is no step of a node
	Cause uint64 // the step it came from, of those in the chain; 0 if that is an outside event or not known any more
	At    sim.Time
	Node  sim.NodeID
	What  string
	Deed  string // in a word, what was done about the subject: created, asked, dropped, ...; else empty
}

// Verdict is what a run says about one property.
type Verdict struct {
	Property string
	Status   Status
	Rung     Rung         // of a violation
	At       sim.Time     // when it was violated first
	Step     uint64       // the step that did it; of a deadline: the last one that mattered; 0 if there is none
	Period   sim.Duration // of a spin: typical span between two creates; of a lasso: the exact period
	Length   sim.Duration // of a spin: from the first delete to the last create or delete
	Going    bool         // of a spin: it had not stopped when the run ended
	Growth   uint64       // of a damped spin: each period over the one before, in thousandths; else 0
	Creates  uint64       // of the subject, while it spun
	Deletes  uint64
	Subject  Subject
	Text     string   // one or two sentences for people
	Chain    []Link   // how the violation came about, newest first
	Plight   string   // of a property of the end: what is wrong with the subject: no-row, unhosted-row, ...; else empty
	Class    string   // the deeds that made it so in a word each, oldest first: created>refused>dropped; may be empty
	Loop     *Loop    // of a lasso
	Fairness string   // of an adversarial lasso: what chance would have to do for ever
	Factor   uint64   // of a deadline: it was missed by this many times the bound too, 4 or 16
	Over     bool     // of a deadline: when the run was played on it was over, or could not be told
	Forks    uint64   // runs that part from this one by chance alone
	Escaped  uint64   // of those: in which the property is not violated
	count    uint64   // breaches
	Dispute  *Dispute // of a spin: one turn of it, if it was followed

	// Aside: it judges single answers, not where the system is heading. Unless a scenario expects something of the
	// property, it decides nothing about a run and is shown only when asked for.
	Aside bool
}

// Loop says where the state of the world repeated.
type Loop struct {
	At        sim.Time // when the first period began
	Period    sim.Duration
	Event     uint64 // number of the event after which it began
	Events    uint64 // of one period
	State     uint64 // hash of the canonical state
	Confirmed uint64 // further periods that went alike
}

// Report is what a run says about every property.
type Report struct {
	Verdicts []Verdict // in the order of Properties

	Creates uint64 // rows that appeared
	Deletes uint64 // rows that went
	NoOps   uint64 // applied creates and deletes that changed nothing
	Needed  uint64 // creates and deletes that the changes of policy asked for
	Causes  uint64 // outside events: directives, faults, commands

	Requests uint64  // that routers sent to create or remove
	Churn    uint64  // creates and deletes per cause, in thousandths
	Waste    uint64  // those beyond the needed ones, per cause, in thousandths
	Worst    Subject // the terminator with most creates and deletes
	WorstOps uint64

	Quiet    sim.Time     // the last outside event
	reached  sim.Time     // first time in the desired set since Quiet
	Settled  bool         // Settle was called: Quiet was the last one indeed
	Exempt   []sim.NodeID // routers down or without a channel at the end, ascending
	Reaction Bound        // after Quiet: any later departure has no excuse
	Bound    Bound        // after Quiet: by then the desired set must have been reached
	Dropped  uint64       // lasso claims that a later period refuted: canonical state left something out
}

// Judged returns the names of the properties that had something to judge.
func (r *Report) Judged() []string {
	names := []string{}
	for i := range r.Verdicts {
		if r.Verdicts[i].Status != NotJudged {
			names = append(names, r.Verdicts[i].Property)
		}
	}
	return names
}

// Verdict returns the verdict on the named property; its status is zero if there is no such property.
func (r *Report) Verdict(property string) Verdict {
	for i := range r.Verdicts {
		if r.Verdicts[i].Property == property {
			return r.Verdicts[i]
		}
	}
	return Verdict{}
}
