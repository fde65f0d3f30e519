package main

import (
	"fmt"
	"strings"
)

// hint helps with a name that is not among those there are: " (did you mean x? have: a, b, x)".
func hint(name string, have []string) string {
	list := strings.Join(have, ", ")
	if near := nearest(name, have); near != "" {
		return fmt.Sprintf(" (did you mean %s? have: %s)", near, list)
	}
	return fmt.Sprintf(" (have: %s)", list)
}

// nearest returns the name that is a few slips of the finger away, or nothing.
func nearest(name string, have []string) string {
	best, least := "", max(1, len(name)/3)+1
	for _, h := range have {
		d := distance(strings.ToLower(name), strings.ToLower(h))
		if strings.HasPrefix(h, name) && name != "" {
			d = min(d, 1)
		}
		if d < least {
			best, least = h, d
		}
	}
	return best
}

// distance counts the insertions, deletions and replacements that lead from a to b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			corner, row[j+1] = row[j+1], min(corner+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
