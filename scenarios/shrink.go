package scenarios

// ShrinkOptions say what to shrink for.
type ShrinkOptions struct {
	Options  Options // how to play; Observers are left out. Seed and Set become part of the plan
	Bucket   Bucket  // what the plan must go on violating
	Budget   int     // plays at most; 0 is budgetUsual
	Progress func(tried, kept int, p *Plan)
	Stop     func() bool // asked before every play, may be nil: end with the best so far
}

// ShrinkStats say what shrinking took.
type ShrinkStats struct {
	Tried, Kept int    // plays, and the steps that were accepted
	Events      uint64 // simulated
	Complete    bool   // nothing was left to try: neither the budget ended nor Stop
	Steps       [2]int // directives before and after
}

// Shrink makes a plan smaller. The result violates the same bucket, skips no more directives than the plan did,
// and is played without Options.Seed and Options.Set: it has them in its text.
func Shrink(p *Plan, o ShrinkOptions) (*Plan, ShrinkStats, error) {
	return p, ShrinkStats{}, nil
}
