package checker

import (
	"strings"

	"gyre/model"
	"gyre/sim"
)

// Bound is a span computed from the configuration, with its derivation.
type Bound struct {
	Length sim.Duration
	Text   string // "redial 15s + election 16s + ..."
}

// part is one addend of a bound.
type part struct {
	what string
	span sim.Duration
}

// dialTimeout is how long the kernel lets a dial hang.
const dialTimeout = 5 * sim.Second

// Reaction returns how long after the last outside event the system may still be reacting to it: the sum of
// the longest waits that can follow each other, each once. Backoff is bounded by its limit and by how far it
// can have grown in a run that went quiet at quiet.
func Reaction(cfg *model.Config, quiet sim.Time) Bound {
	return longest(cfg, func(r model.Release) []part { return reactions(cfg, r, quiet) })
}

// Converge returns how long after the last outside event the desired set must have been reached: the
// reaction bound and, for each of keys terminators, one remove and one create after another, as if every
// window had shrunk to one.
func Converge(cfg *model.Config, quiet sim.Time, keys int) Bound {
	p := &cfg.Params
	hops := 8 * (p.Latency + p.Jitter) // request, forward, append, acknowledge, and back
	each := 2 * (hops + p.HandlerMax + p.ApplyCost)
	return longest(cfg, func(r model.Release) []part {
		return append(reactions(cfg, r, quiet), part{"one by one", sim.Duration(keys) * each})
	})
}

// longest returns the largest bound of the releases that take part in a run.
func longest(cfg *model.Config, parts func(model.Release) []part) Bound {
	bound := total(parts(cfg.Release))
	for _, r := range cfg.Others {
		if b := total(parts(r)); b.Length > bound.Length {
			bound = b
		}
	}
	return bound
}

func reactions(cfg *model.Config, release model.Release, quiet sim.Time) []part {
	p := &cfg.Params
	noticed := p.HeartbeatEvery + p.HeartbeatCheck + p.CloseSilent
	redial := dialTimeout + p.RedialDelay + grown(p.DialFirst, p.DialMax, 50, sim.Duration(quiet)+noticed)
	if release >= model.Ziti210 { // grouped channels
		redial = max(redial, dialTimeout+grown(p.GroupRedialMin, p.GroupRedialMax, 0, sim.Duration(quiet)+noticed))
	}
	parts := []part{
		{"silence noticed", noticed},
		{"redial", redial},
		{"restart after a snapshot", p.RestartSelf + p.RestartDown},
		{"election", 2*p.RaftHeartbeat + 2*p.RaftElection},
		{"a write", p.RaftApply + p.ConnectPeer + p.ForwardTimeout + p.WaitForIndex},
		{"a lost request", p.RequestTimeout},
	}
	if release < model.Ziti118 {
		parts = append(parts, part{"service poll", p.ServicePoll})
	} else {
		parts = append(parts, part{"subscription", p.LeaseTime + p.LeaseCheck + p.LeaseSilent})
	}
	if cfg.Release == model.Ideal {
		return append(parts, part{"ask again", p.RequestTimeout + model.IdealRetry}, part{"audit", model.IdealAudit})
	}
	parts = append(parts, part{"re-establish", p.ReestablishWait + p.ReestablishDelay})
	if release >= model.Ziti210 {
		parts = append(parts, part{"settle", p.Settle + p.SettleCheck})
	}
	if release >= model.Ziti140Pre {
		parts = append(parts,
			part{"slots", p.SlotAge + p.SlotSweep},
			part{"operation guard", p.OperationGuard},
			part{"retry scan", p.RetryAge + p.Scan})
	} else {
		tried := sim.Duration(quiet) + total(parts).Length
		parts = append(parts, part{"retry", p.CreatedWait + grown(p.RetryFirst, p.RetryMax, p.RetryJitter, tried)})
	}
	return append(parts, part{"validation", p.ValidateAge + 2*p.ValidateTick + p.ValidateGuard + p.DeleteGuard})
}

// grown returns the longest wait of an exponential backoff after it has failed for at most tried. With a
// factor of 1.5 and 50 % jitter, the waits so far sum to at least 1.5 times the last nominal one, and the
// next is at most 2.25 times that: 1.5 times the sum. A factor of 2 without jitter needs no more.
func grown(first, limit sim.Duration, jitter int64, tried sim.Duration) sim.Duration {
	limit += limit * sim.Duration(jitter) / 100
	first += first * sim.Duration(jitter) / 100
	return min(limit, first+tried+tried/2)
}

func total(parts []part) Bound {
	var sum sim.Duration
	var b strings.Builder
	for _, p := range parts {
		if p.span <= 0 {
			continue
		}
		if sum > 0 {
			b.WriteString(" + ")
		}
		sum += p.span
		b.WriteString(p.what + " " + span(p.span))
	}
	return Bound{sum, b.String()}
}
