package checker

import "gyre/sim"

// Took returns how long after the last outside event everything was in the desired set for the first time; false if it
// never was. It is 0 if it was so already.
func (r *Report) Took() (sim.Duration, bool) {
	if r.reached == sim.Never {
		return 0, false
	}
	return max(0, r.reached.Sub(r.Quiet)), true
}

// total counts the requests of all routers.
func (q *requests) total() uint64 {
	n := uint64(0)
	for i := range q.meters {
		n += q.meters[i].total
	}
	return n
}
