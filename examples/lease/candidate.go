package lease

import "gyre/sim"

// The clockwork of client-go: a lease that nobody renewed for LeaseDuration may be taken, a leader that could not renew
// for RenewDeadline stops, and everybody looks every RetryPeriod. A leader writes once a second.
const (
	LeaseDuration = 15 * sim.Second
	RenewDeadline = 10 * sim.Second
	RetryPeriod   = 2 * sim.Second
	WritePeriod   = sim.Second
)

// Timers of a candidate.
const (
	retry sim.TimerID = iota + 1
	deadline
	work
)

// Candidate leads if it has the lease. It trusts no clock but its own, and that only for spans.
type Candidate struct {
	Self, API, Store sim.NodeID
	Leading          bool

	lease Msg      // as seen last
	seen  sim.Time // when it was first seen like that
	term  uint64   // of the present leadership
}

// Step implements sim.Node.
func (n *Candidate) Step(now sim.Time, in *sim.Input[Msg], out *sim.Outbox[Msg]) {
	switch in.Kind {
	case sim.Boot:
		out.Arm(retry, 0)
	case sim.Deliver:
		n.heard(now, &in.Msg, out)
	case sim.Expire:
		switch in.Timer {
		case retry:
			out.Datagram(n.API, Msg{Kind: Get})
			out.Arm(retry, RetryPeriod)
		case deadline:
			n.stop(out)
		case work:
			out.Datagram(n.Store, Msg{Kind: Write, Holder: n.Self, Term: n.term})
			out.Arm(work, WritePeriod)
		}
	}
}

func (n *Candidate) heard(now sim.Time, m *Msg, out *sim.Outbox[Msg]) {
	switch m.Kind {
	case Got:
		if n.lease != *m {
			n.lease, n.seen = *m, now
		}
		switch {
		case n.Leading && m.Holder == n.Self && m.Term == n.term: // renew
			out.Datagram(n.API, Msg{Update, n.Self, n.term, m.Version})
		case n.Leading:
			n.stop(out)
		case m.Holder == 0 || m.Holder == n.Self || now.Sub(n.seen) > LeaseDuration: // take it
			out.Datagram(n.API, Msg{Update, n.Self, m.Term + 1, m.Version})
		}
	case Updated:
		if !n.Leading {
			n.Leading = true
			out.Arm(work, 0)
		}
		n.term = m.Term
		out.Arm(deadline, RenewDeadline)
	case Refused:
		if m.Term == n.term {
			n.stop(out)
		}
	}
}

func (n *Candidate) stop(out *sim.Outbox[Msg]) {
	n.Leading = false
	out.Disarm(work)
	out.Disarm(deadline)
}

// Canon implements sim.Node.
func (n *Candidate) Canon(c *sim.Canon) {
	c.Flag("leading", n.Leading)
	n.lease.Canon(c)
	c.When("seen", n.seen)
	c.Int("term", int64(n.term))
}
