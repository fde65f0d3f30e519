package router

import (
	"math/bits"

	"gyre/sim"
)

// sampleMax is the size of the limiter's reservoir (controller/command/rate_limiter.go, HEAD).
const sampleMax = 128

// sample holds the limiter's recent outcomes. Upstream keeps an exponentially decaying reservoir of 128 values
// with alpha 0.5 per second and takes the plain mean of what is in it: a value is displaced by newer ones only,
// the older the likelier, and a sample that gets no news does not fade. The model displaces the oldest, which
// is the expected choice; upstream's differs from it by chance among values a few seconds apart.
type sample struct {
	outcomes [sampleMax / 64]uint64 // a ring, one bit each: 1 is a success
	next     uint32
	size     uint32
}

// add takes the next outcome.
func (s *sample) add(success bool) {
	word, bit := &s.outcomes[s.next/64], uint64(1)<<(s.next%64)
	*word &^= bit
	if success {
		*word |= bit
	}
	s.next = (s.next + 1) % sampleMax
	s.size = min(s.size+1, sampleMax)
}

// compare returns the sign of (mean - 9/10), the success threshold.
func (s *sample) compare() int64 {
	ones := int64(0)
	for _, w := range s.outcomes {
		ones += int64(bits.OnesCount64(w))
	}
	return ones*10 - int64(s.size)*9
}

// Canon visits the outcomes from the oldest on, so that equal samples look equal wherever the ring stands.
func (s *sample) Canon(c *sim.Canon) {
	c.Int("sample", int64(s.size))
	var folded [sampleMax / 64]uint64
	for i := range s.size {
		at := (s.next + sampleMax - s.size + i) % sampleMax
		folded[i/64] |= (s.outcomes[at/64] >> (at % 64) & 1) << (i % 64)
	}
	for _, w := range folded {
		c.Int("", int64(w))
	}
}
