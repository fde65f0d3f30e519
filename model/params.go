package model

import (
	"fmt"
	"strconv"
	"strings"

	"gyre/sim"
)

// Params are the clockwork of the model. Defaults are OpenZiti's own; where a release differs, its code in the
// model says so. Durations are virtual.
type Params struct {
	// Raft (controller/config/config.go, hashicorp/raft 1.7.3).
	RaftHeartbeat  sim.Duration // HeartbeatTimeout: a follower without contact for this and up to twice this stands
	RaftElection   sim.Duration // ElectionTimeout: a candidate waits this and up to twice this
	RaftLease      sim.Duration // LeaderLeaseTimeout: a leader without a quorum for this steps down
	RaftApply      sim.Duration // ApplyTimeout: enqueue timeout on the leader
	RaftWindowMin  int64        // submission limiter: window bounds
	RaftWindowMax  int64
	RaftSlotAge    sim.Duration // submission limiter: work timeout
	ForwardTimeout sim.Duration // follower waits this long for the leader's reply
	ConnectPeer    sim.Duration // GetOrConnectPeer
	WaitForIndex   sim.Duration // after success, until applied here
	ForwardQueue   int64        // leader-side queue of forwarded commands
	ForwardWorkers int64        // 1 before ffe6e16b7 (ziti#3318), 64 since
	SnapshotEvery  int64        // entries after which the log is compacted (threshold 500)
	RestartSelf    sim.Duration // a controller that restored a snapshot exits after this
	RestartDown    sim.Duration // and is back after this

	// Controller (controller/network/router_messaging.go, handler_ctrl).
	ValidateTick  sim.Duration // RouterMessaging loop
	ValidateAge   sim.Duration // a row younger than this is not validated yet
	ValidateGuard sim.Duration // a validation in progress blocks the router's next for this long
	DeleteBatch   int64
	DeleteGuard   sim.Duration
	ChurnLimit    sim.Duration // a router connection younger than this is not displaced
	HandlerMin    sim.Duration // a request handler reads its database and submits after at least this
	HandlerMax    sim.Duration // and at most this
	ApplyCost     sim.Duration // a committed entry is applied this much after the one before

	// Control channels (openziti/channel v5.0.27, common/ctrlchan, router/env/ctrl.go).
	HeartbeatEvery sim.Duration
	HeartbeatCheck sim.Duration
	Unresponsive   sim.Duration
	CloseSilent    sim.Duration // close a channel without heartbeat reply for longer; since ziti#4247
	SendQueue      int64
	DialFirst      sim.Duration // initial dial backoff, x1.5, up to DialMax
	DialMax        sim.Duration
	RedialDelay    sim.Duration // after a dialled channel closed
	ReconnectEvery sim.Duration // a reconnecting dialer, before grouped channels, after its first dial at once
	GroupRedialMin sim.Duration // inside a grouped channel: 1 s between dials, 2 s doubling to 1 min after failures
	GroupRedialMax sim.Duration
	CtrlEventMax   sim.Duration // listener goroutines run up to this late, unordered

	// Router (router/env, common/rate limiter, router/state).
	RequestTimeout  sim.Duration
	WindowMin       int64 // adaptive control limiter
	WindowMax       int64
	SlotAge         sim.Duration // a slot older than this is given back as backoff, at a sweep
	SlotSweep       sim.Duration
	PoolWorkers     int64 // RateLimiterPool
	PoolQueue       int64
	LeaseTime       sim.Duration // router data model subscription
	LeaseCheck      sim.Duration
	LeaseSilent     sim.Duration
	ModelSaveEvery  sim.Duration
	ServicePoll     sim.Duration // before ziti-1.1.8: list services
	RecentlyRemoved sim.Duration // before ziti-1.1.8: removed sessions are remembered this long; 0 means for ever
	StaleSweep      sim.Duration // before ziti-1.4.0-pre: closed entries leave the map
	BearerTokens    int64        // before ziti-1.1.8: 1 if edge sessions have bearer tokens, 0 if UUIDs as upstream

	// Hosting (router/xgress_edge_tunnel/hosted.go; fabric.go before ziti-1.4.0).
	Settle           sim.Duration
	SettleCheck      sim.Duration
	Scan             sim.Duration
	RetryAge         sim.Duration
	OperationGuard   sim.Duration
	RemoveBatch      int64
	ReestablishWait  sim.Duration // settle before flipping
	ReestablishDelay sim.Duration // between flipping and sending
	LimiterPoll      sim.Duration
	RetryFirst       sim.Duration // before ziti-1.4.0-pre: exponential create retry, x1.5
	RetryMax         sim.Duration
	RetryTotal       sim.Duration
	RetryJitter      int64        // per cent, both ways
	CreatedWait      sim.Duration // before ziti-1.4.0-pre: wait for the created signal

	// Network.
	Latency sim.Duration // one way, between any two nodes, unless a plan says otherwise
	Jitter  sim.Duration
}

// DefaultParams returns the real constants.
func DefaultParams() Params {
	const ms, s, m = sim.Millisecond, sim.Second, sim.Minute
	return Params{
		RaftHeartbeat: 3 * s, RaftElection: 5 * s, RaftLease: 3 * s, RaftApply: 5 * s,
		RaftWindowMin: 5, RaftWindowMax: 250, RaftSlotAge: 30 * s,
		ForwardTimeout: 5 * s, ConnectPeer: 5 * s, WaitForIndex: 5 * s, ForwardQueue: 250, ForwardWorkers: 64,
		SnapshotEvery: 500, RestartSelf: 5 * s, RestartDown: 1 * s,

		ValidateTick: 30 * s, ValidateAge: 5 * s, ValidateGuard: 3 * m, DeleteBatch: 100, DeleteGuard: 30 * s,
		ChurnLimit: 1 * m, HandlerMin: 500, HandlerMax: 3 * ms, ApplyCost: 500,

		HeartbeatEvery: 10 * s, HeartbeatCheck: 1 * s, Unresponsive: 5 * s, CloseSilent: 30 * s, SendQueue: 16,
		DialFirst: 50 * ms, DialMax: 5 * m, RedialDelay: 1 * s, ReconnectEvery: 5 * s,
		GroupRedialMin: 1 * s, GroupRedialMax: 1 * m,
		CtrlEventMax: 1 * ms,

		RequestTimeout: 5 * s, WindowMin: 1, WindowMax: 250, SlotAge: 30 * s, SlotSweep: 30 * s,
		PoolWorkers: 15, PoolQueue: 5000, LeaseTime: 5 * m, LeaseCheck: 30 * s, LeaseSilent: 30 * s,
		ModelSaveEvery: 30 * s, ServicePoll: 15 * s, RecentlyRemoved: 5 * m, StaleSweep: 1 * m,

		Settle: 2 * s, SettleCheck: 500 * ms, Scan: 1 * m, RetryAge: 2 * m, OperationGuard: 30 * s, RemoveBatch: 50,
		ReestablishWait: 1 * s, ReestablishDelay: 10 * s, LimiterPoll: 10 * ms,
		RetryFirst: 5 * s, RetryMax: 5 * m, RetryTotal: 15 * m, RetryJitter: 50, CreatedWait: 10 * s,

		Latency: 10 * ms, Jitter: 2 * ms,
	}
}

// Knob is one parameter by name.
type Knob struct {
	Name  string
	What  string
	span  *sim.Duration
	count *int64
}

// Knobs returns the parameters a plan or --set may change, by name, in a fixed order.
func (p *Params) Knobs() []Knob {
	return []Knob{
		{"latency", "one-way network latency", &p.Latency, nil},
		{"jitter", "the most a message takes beyond the latency", &p.Jitter, nil},
		{"raft-heartbeat", "a follower without contact this long stands for election", &p.RaftHeartbeat, nil},
		{"raft-election", "a candidate waits this long for votes", &p.RaftElection, nil},
		{"raft-lease", "a leader without a quorum this long steps down", &p.RaftLease, nil},
		{"forward-timeout", "a follower waits this long for the leader's reply", &p.ForwardTimeout, nil},
		{"wait-for-index", "a submitter waits this long for its own apply", &p.WaitForIndex, nil},
		{"forward-workers", "leader-side workers for forwarded commands", nil, &p.ForwardWorkers},
		{"snapshot-every", "log entries between compactions", nil, &p.SnapshotEvery},
		{"validate-tick", "period of the controllers' validation loop", &p.ValidateTick, nil},
		{"validate-age", "rows younger than this are not validated", &p.ValidateAge, nil},
		{"validate-guard", "an unanswered validation blocks the next this long", &p.ValidateGuard, nil},
		{"handler-min", "a controller's request handler takes at least this", &p.HandlerMin, nil},
		{"handler-max", "and at most this", &p.HandlerMax, nil},
		{"apply-cost", "time to apply one committed entry", &p.ApplyCost, nil},
		{"heartbeat-every", "control channel heartbeats", &p.HeartbeatEvery, nil},
		{"close-silent", "a control channel silent this long is closed", &p.CloseSilent, nil},
		{"send-queue", "messages a control channel queues", nil, &p.SendQueue},
		{"request-timeout", "a router waits this long for a reply", &p.RequestTimeout, nil},
		{"window-min", "least window of the router's limiter", nil, &p.WindowMin},
		{"window-max", "largest window of the router's limiter", nil, &p.WindowMax},
		{"pool-workers", "workers of the router's pool", nil, &p.PoolWorkers},
		{"service-poll", "before ziti-1.1.8: routers list services this often", &p.ServicePoll, nil},
		{"recently-removed", "before ziti-1.1.8: memory of removed sessions (0s: for ever)", &p.RecentlyRemoved, nil},
		{"bearer-tokens", "before ziti-1.1.8: 1 if edge sessions have bearer tokens", nil, &p.BearerTokens},
		{"settle-time", "ziti-2.1.0: wait before the first create", &p.Settle, nil},
		{"scan", "from ziti-1.4.0-pre on: period of the retry scan", &p.Scan, nil},
		{"retry-age", "from ziti-1.4.0-pre on: the scan retries what is older", &p.RetryAge, nil},
		{"retry-total", "before ziti-1.4.0-pre: a create is given up after this", &p.RetryTotal, nil},
		{"reestablish-delay", "wait between flipping and re-creating", &p.ReestablishDelay, nil},
		{"ctrl-event-max", "control channel events are handled up to this late", &p.CtrlEventMax, nil},
	}
}

// Value renders the present value of the knob.
func (k Knob) Value() string {
	if k.span != nil {
		return k.span.String()
	}
	return strconv.FormatInt(*k.count, 10)
}

// least returns the shortest span the knob takes: nothing where nothing means at once, or for ever; a microsecond for
// what is on the way; a millisecond for what comes round, or else a run would do little but that.
func (k Knob) least() sim.Duration {
	switch k.Name {
	case "jitter", "validate-age", "validate-guard", "handler-min", "handler-max", "apply-cost", "recently-removed",
		"settle-time", "retry-age", "retry-total", "reestablish-delay", "ctrl-event-max":
		return 0
	case "latency":
		return sim.Microsecond
	default:
		return sim.Millisecond
	}
}

// most returns the largest count the knob takes.
func (k Knob) most() int64 {
	switch k.Name {
	case "send-queue":
		return sim.QueueMax
	case "bearer-tokens":
		return 1
	default:
		return countMax
	}
}

// fewest returns the least count the knob takes.
func (k Knob) fewest() int64 {
	if k.Name == "bearer-tokens" {
		return 0
	}
	return 1
}

// countMax bounds the counts of knobs.
const countMax = 1 << 20

// Set changes a parameter by name. The error names the knobs there are.
func (p *Params) Set(name, value string) error {
	names := []string{}
	for _, k := range p.Knobs() {
		names = append(names, k.Name)
		if k.Name != name {
			continue
		}
		if k.span != nil {
			d, err := sim.ParseDuration(value)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if d < k.least() {
				return fmt.Errorf("%s: %s is too short (at least %s)", name, d, k.least())
			}
			*k.span = d
			return nil
		}
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < k.fewest() {
			return fmt.Errorf("%s: bad count %q: write a whole number from %d", name, value, k.fewest())
		}
		if n > k.most() {
			return fmt.Errorf("%s: %d is too many (at most %d)", name, n, k.most())
		}
		*k.count = n
		return nil
	}
	return fmt.Errorf("unknown setting %q (have %s)", name, strings.Join(names, ", "))
}
