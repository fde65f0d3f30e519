package checker

import (
	"strings"
	"testing"

	"gyre/model"
)

// TestHeadless: where nobody leads any more, and has not for longer than the bound, what is missing is nobody's fault.
// Where nobody leads for a while only, or somebody leads, it is.
func TestHeadless(t *testing.T) {
	for name, c := range map[string]struct {
		after func(b *tale)
		want  Status
	}{
		"for good":    {func(*tale) {}, Unknown},
		"for a while": {func(b *tale) { b.pass(long - 1); lead(b, 2) }, Violated},
	} {
		b := newTale()
		lead(b, 1)
		b.bind(rtr1, web, 1)
		b.event("crash", ctl2)
		b.settle()
		c.after(b)
		r := b.finish(long)
		v := r.Verdict("no-missing")
		if v.Status != c.want || v.Status == Unknown && !strings.HasPrefix(v.Text, "nobody has led for the last") {
			t.Errorf("%s: %s: %s", name, v.Status, v.Text)
		}
	}
}

// lead lets ctl2 lead.
func lead(b *tale, term uint64) {
	b.tick(ctl2, 0)
	b.note(ctl2, model.Msg{Kind: model.NoteLeader, Flags: model.On, Index: term})
}
