package calibrate

import _ "embed" // the recorded timelines

// Builtin is the name of the timelines that come with Gyre; their meta says where they were recorded.
const Builtin = "timelines.json"

//go:embed testdata/timelines.json
var builtin []byte

// LoadBuiltin returns the timelines that come with Gyre.
func LoadBuiltin() (*File, error) { return Parse(Builtin, builtin) }

// Summary counts what became of a file.
type Summary struct {
	Timelines int    `json:"timelines"`
	Agreed    int    `json:"agreed"`
	Exact     int    `json:"exact"` // of those that agreed
	Differed  int    `json:"differed"`
	NotJudged int    `json:"not_judged"`
	Kinds     []Kind `json:"kinds"` // over all timelines
}

// Sum counts the results of a file.
func Sum(results []Result) Summary {
	s := Summary{Timelines: len(results), Kinds: []Kind{}}
	for _, r := range results {
		switch r.Verdict {
		case Agreed:
			s.Agreed++
			if r.Determinism == exact {
				s.Exact++
			}
		case Differed:
			s.Differed++
		default:
			s.NotJudged++
		}
		for _, k := range r.Kinds {
			s.add(k)
		}
	}
	return s
}

func (s *Summary) add(k Kind) {
	i := 0
	for i < len(s.Kinds) && s.Kinds[i].Event < k.Event {
		i++
	}
	if i == len(s.Kinds) || s.Kinds[i].Event != k.Event {
		s.Kinds = append(s.Kinds, Kind{})
		copy(s.Kinds[i+1:], s.Kinds[i:])
		s.Kinds[i] = Kind{Event: k.Event}
	}
	t := &s.Kinds[i]
	t.Recorded += k.Recorded
	t.Agreed += k.Agreed
	t.Differed += k.Differed
	t.Unjudged += k.Unjudged
	for _, why := range k.Why {
		known := false
		for _, have := range t.Why {
			known = known || have == why
		}
		if !known {
			t.Why = append(t.Why, why)
		}
	}
}
