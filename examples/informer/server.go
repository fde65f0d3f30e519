package informer

import (
	"slices"

	"gyre/sim"
)

// Server is the API server with its etcd: what it has is on disk, requests are carried out at once and in order. The
// watch is fed by a lane of its own, as the watch cache of Kubernetes is, and comes later.
type Server struct {
	Wanted int
	Pods   []uint64 // ascending
	last   uint64   // name given last
	watch  []sim.ConnID
}

// watchLane feeds the watches; it is lane 0 of the server's host.
func watchLane() sim.Lane {
	return sim.Lane{Name: "watch", Workers: 1, Min: 10 * sim.Millisecond, Max: 10 * sim.Millisecond}
}

// Files on the disk of the server: the specification, and a record for each pod.
const (
	specFile sim.File = 1
	podFile  sim.File = 2
)

// Step implements sim.Node.
func (s *Server) Step(_ sim.Time, in *sim.Input[Msg], out *sim.Outbox[Msg]) {
	m := in.Msg
	switch in.Kind {
	case sim.Boot:
		spec, _ := in.Disk.Get(specFile, 0)
		s.Wanted, s.last, s.Pods = spec.N, spec.Pod, in.Disk.Slots(podFile)
	case sim.Down:
		s.forget(in.Conn)
	case sim.Work:
		if slices.Contains(s.watch, m.Conn) && !out.Send(m.Conn, m) {
			out.Close(m.Conn) // a watch that cannot keep up is ended: let it list again
			s.forget(m.Conn)
		}
	case sim.Deliver, sim.Command:
		s.request(in, out)
	}
}

// request carries out what a user or the controller asks for.
func (s *Server) request(in *sim.Input[Msg], out *sim.Outbox[Msg]) {
	m := in.Msg
	switch m.Kind {
	case Scale:
		s.Wanted = m.N
		s.save(out)
		s.tell(out, Msg{Kind: Spec, N: m.N})
	case Evict:
		if len(s.Pods) > 0 {
			s.remove(out, s.Pods[0])
		}
	case Create:
		if m.Pod == 0 { // generateName
			s.last++
			m.Pod = s.last
			s.save(out)
		}
		i, found := slices.BinarySearch(s.Pods, m.Pod)
		if found {
			return // AlreadyExists
		}
		s.Pods = slices.Insert(s.Pods, i, m.Pod)
		out.Save(podFile, m.Pod, Msg{Kind: Added, Pod: m.Pod})
		s.tell(out, Msg{Kind: Added, Pod: m.Pod})
	case Delete:
		s.remove(out, m.Pod)
	case Ping:
		out.Send(in.Conn, m)
	case List:
		s.forget(in.Conn)
		s.watch = append(s.watch, in.Conn)
		out.Send(in.Conn, Msg{Kind: Listed, N: s.Wanted, Pods: slices.Clone(s.Pods)})
	}
}

func (s *Server) save(out *sim.Outbox[Msg]) {
	out.Save(specFile, 0, Msg{Kind: Spec, N: s.Wanted, Pod: s.last})
}

func (s *Server) remove(out *sim.Outbox[Msg], pod uint64) {
	if i, found := slices.BinarySearch(s.Pods, pod); found {
		s.Pods = slices.Delete(s.Pods, i, i+1)
		out.Erase(podFile, pod)
		s.tell(out, Msg{Kind: Deleted, Pod: pod})
	}
}

// tell lets every watch know of a change, in its time.
func (s *Server) tell(out *sim.Outbox[Msg], m Msg) {
	for _, m.Conn = range s.watch {
		out.Defer(0, m)
	}
}

func (s *Server) forget(conn sim.ConnID) {
	s.watch = slices.DeleteFunc(s.watch, func(c sim.ConnID) bool { return c == conn })
}

// Canon implements sim.Node.
func (s *Server) Canon(c *sim.Canon) {
	c.Int("wanted", int64(s.Wanted))
	for _, pod := range s.Pods {
		c.Ref("", Pods, pod)
	}
	c.Count("last", s.last, s.last)
	c.Int("watches", int64(len(s.watch)))
}
