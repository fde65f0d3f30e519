package model

import (
	"fmt"
	"strconv"
	"strings"
)

// Suspect is a weakness of today's release by its number: 11 is S11. A suspect is part of the release; a small cure,
// ours and not OpenZiti's, takes it away.
type Suspect uint8

// String renders a suspect as S11.
func (s Suspect) String() string { return fmt.Sprintf("S%02d", uint8(s)) }

// SuspectCure describes the small cure of a suspect, tried in the model.
type SuspectCure struct {
	Suspect Suspect
	Cure    string // what is different, one line
}

// SuspectCures returns the suspects that have a cure, in order of their numbers.
func SuspectCures() []SuspectCure {
	return []SuspectCure{
		{1, "a leader that is not connected, or does not answer, is chosen like any other controller"},
		{3, "what is established is sent again every 15 minutes"},
		{4, "a validation establishes nothing: the controller asks, it does not tell"},
		{5, "a new leader validates the rows of every router that is connected"},
		{6, "the ids of terminators are saved with the router data model, by service and index"},
		{9, "a create that fails for a change of leadership is answered busy"},
		{11, "a removal that is refused waits for the scan"},
		{14, "a create that finds no controller, or no room, arms the settle timer"},
		{15, "a create that was on its way when a channel was lost is sent again"},
		{24, "a newcomer does not displace a router that was heard of lately"},
		{30, "a controller that is back wakes the removals that sleep"},
		{31, "a terminator that is closed stays for the settle time, and is kept if it is hosted again"},
	}
}

// Suspects is a set of suspects.
type Suspects uint64

// Has reports whether a suspect is in the set.
func (s Suspects) Has(x Suspect) bool { return s>>x&1 == 1 }

// With returns the set with a suspect in it.
func (s Suspects) With(x Suspect) Suspects { return s | 1<<x }

// List returns the suspects of the set in order.
func (s Suspects) List() []Suspect {
	var list []Suspect
	for _, c := range SuspectCures() {
		if s.Has(c.Suspect) {
			list = append(list, c.Suspect)
		}
	}
	return list
}

// ParseWithout reads what an algorithm is to be without, parted by commas: cures of the reference, as in sync,order, or
// suspects of today's release, as in S11. The error says which word is neither.
func ParseWithout(text string) (Cures, Suspects, error) {
	var cures Cures
	var suspects Suspects
	if text == "" {
		return 0, 0, nil
	}
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		if s, ok := parseSuspect(word); ok {
			suspects = suspects.With(s)
			continue
		}
		c, err := ParseCures(word)
		if err != nil || word == "" {
			return 0, 0, fmt.Errorf("unknown cure or suspect %q (have %s)", word, haveWithout())
		}
		cures |= c
	}
	return cures, suspects, nil
}

func parseSuspect(word string) (Suspect, bool) {
	digits, ok := strings.CutPrefix(strings.ToUpper(word), "S")
	n, err := strconv.ParseUint(digits, 10, 6)
	if !ok || err != nil {
		return 0, false
	}
	for _, c := range SuspectCures() {
		if c.Suspect == Suspect(n) {
			return c.Suspect, true
		}
	}
	return 0, false
}

func haveWithout() string {
	names := cureNames[:]
	for _, c := range SuspectCures() {
		names = append(names, c.Suspect.String())
	}
	return strings.Join(names, ", ")
}
