package sim

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Seed is the root of all randomness of a run. Every random choice is a function of the seed and the name
// of the thing decided, never of arrival order: removing one message, node or fault shifts nothing else.
type Seed uint64

// ParseSeed reads a seed: decimal, hexadecimal with 0x, or a commit hash of 40 hex digits, of which the
// low 64 bits count.
func ParseSeed(s string) (Seed, error) {
	if hash := strings.ToLower(s); len(hash) == 40 && strings.Trim(hash, "0123456789abcdef") == "" {
		n, err := strconv.ParseUint(hash[24:], 16, 64)
		return Seed(n), err
	}
	digits, base := s, 10
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		return 0, fmt.Errorf("bad seed %q: write a decimal number below 2^64, 0x and hex digits, or a commit hash", s)
	}
	return Seed(n), nil
}

func (s Seed) String() string { return strconv.FormatUint(uint64(s), 10) }

// Stream returns the stream of random numbers with the given name. Names say what is decided, for example
// "net/ctl1->rtr2". Streams of different names are independent.
func (s Seed) Stream(name string) Stream {
	return Stream{key: mix(uint64(s)^0x9e3779b97f4a7c15, HashString(name))}
}

// Stream is a counter-keyed random sequence: the n-th draw is a pure function of (seed, name, n). It is a
// small value; copying it copies its position.
type Stream struct {
	key uint64
	n   uint64
}

// At returns the n-th number of the stream without moving it.
func (s *Stream) At(n uint64) uint64 { return scramble(s.key ^ n*0xd1342543de82ef95) }

// Next returns the next number and moves on.
func (s *Stream) Next() uint64 {
	s.n++
	return s.At(s.n)
}

// Drawn returns how many numbers have been drawn.
func (s *Stream) Drawn() uint64 { return s.n }

// Below returns a number in [0, n). n must be positive.
func (s *Stream) Below(n uint64) uint64 {
	Assert(n > 0, "Below(0)")
	hi, _ := bits.Mul64(s.Next(), n)
	return hi
}

// Between returns a span in [lo, hi]. Equal bounds draw nothing.
func (s *Stream) Between(lo, hi Duration) Duration {
	if hi <= lo {
		return lo
	}
	return lo + Duration(s.Below(uint64(hi-lo)+1))
}

// Chance returns true num times out of den.
func (s *Stream) Chance(num, den uint64) bool { return s.Below(den) < num }

// scramble is the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
func scramble(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// mix folds v into h with one 64x64 to 128 bit multiplication.
func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^0xa0761d6478bd642f, v^0xe7037ed1a0b428db)
	return hi ^ lo ^ bits.RotateLeft64(h, 29)
}

// HashString hashes the bytes of s; the result is the same on every machine.
func HashString(s string) uint64 {
	h := uint64(len(s)) * 0x9fb21c651e98df25
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return scramble(h)
}
