package model

import (
	"fmt"
	"strings"
)

// Cure is one of the four cures that the report of the spin names. The reference has all; each can be switched off.
type Cure uint8

// Cures, in the order of the report.
const (
	Sync        Cure = iota // state a router acts on is as new as what it has seen
	Order                   // operations on one terminator apply in the order in which they were decided
	Reliability             // what was asked is known to be done, or is asked again
	Idempotency             // asking again changes nothing
	cures
)

var cureNames = [cures]string{"sync", "order", "reliability", "idempotency"} //tidy:ok constant table

// String returns the cure's name.
func (c Cure) String() string { return cureNames[c] }

// Cures is a set of cures.
type Cures uint8

// AllCures is the set of all cures: the reference without them is naive.
const AllCures Cures = 1<<cures - 1

// Has reports whether a cure is in the set.
func (s Cures) Has(c Cure) bool { return s>>c&1 == 1 }

// With returns the set with a cure in it.
func (s Cures) With(c Cure) Cures { return s | 1<<c }

// List returns the cures of the set in order.
func (s Cures) List() []Cure {
	var list []Cure
	for c := range cures {
		if s.Has(c) {
			list = append(list, c)
		}
	}
	return list
}

// ParseCures reads cures parted by commas, as in sync,order. An empty text is the empty set. The error says which word
// is no cure.
func ParseCures(text string) (Cures, error) {
	var s Cures
	if text == "" {
		return s, nil
	}
	for word := range strings.SplitSeq(text, ",") {
		known := false
		for c := range cures {
			if strings.TrimSpace(word) == c.String() {
				s, known = s.With(c), true
			}
		}
		if !known {
			return 0, fmt.Errorf("unknown cure %q (have %s)", word, strings.Join(cureNames[:], ", "))
		}
	}
	return s, nil
}
