package lease

import "gyre/sim"

// API is the API server with the lease: an update counts if it knows the version it replaces.
type API struct{ lease Msg }

// Step implements sim.Node.
func (a *API) Step(_ sim.Time, in *sim.Input[Msg], out *sim.Outbox[Msg]) {
	m := in.Msg
	switch {
	case in.Kind == sim.Boot:
		a.lease, _ = in.Disk.Get(1, 0)
		a.lease.Kind = Got
	case m.Kind == Get:
		out.Datagram(in.From, a.lease)
	case m.Kind == Update && m.Version == a.lease.Version:
		a.lease = Msg{Got, m.Holder, m.Term, m.Version + 1}
		out.Save(1, 0, a.lease)
		m = a.lease
		m.Kind = Updated
		out.Datagram(in.From, m)
	}
}

// Canon implements sim.Node.
func (a *API) Canon(c *sim.Canon) { a.lease.Canon(c) }

// Store is what the leader writes to. It keeps the last write.
type Store struct {
	Fencing bool // refuse the write of a leadership that is over
	Last    Msg
}

// Step implements sim.Node.
func (s *Store) Step(_ sim.Time, in *sim.Input[Msg], out *sim.Outbox[Msg]) {
	switch {
	case in.Kind == sim.Boot:
		s.Last, _ = in.Disk.Get(1, 0)
	case in.Kind != sim.Deliver:
	case s.Fencing && in.Msg.Term < s.Last.Term:
		out.Datagram(in.From, Msg{Kind: Refused, Holder: in.From, Term: in.Msg.Term})
	default:
		s.Last = in.Msg
		out.Save(1, 0, s.Last)
	}
}

// Canon implements sim.Node.
func (s *Store) Canon(c *sim.Canon) { s.Last.Canon(c) }
