package scenarios

import (
	"testing"

	"gyre/model"
	"gyre/sim"
)

// An edge-router policy that is twenty minutes late: before v1.2 a refusal is not answered, and the router gives up
// after fifteen minutes (B08). ziti-2.1.0 asks on.
func TestLatePolicyIsGivenUp(t *testing.T) {
	p := mustParse(t, `# late: a story.

cluster controllers=3 routers=1
seed 31

30s      bind web on rtr1
20m      allow web on rtr1
settle 45m
`)
	for algorithm, gives := range map[string]bool{"ziti-1.0.0": true, "ziti-1.1.8": true, "ziti-2.1.0": false} {
		gaveUp := &noted{want: func(_ sim.NodeID, m *model.Msg) bool { return m.Kind == model.NoteGaveUp }}
		refused := &noted{want: func(_ sim.NodeID, m *model.Msg) bool {
			return m.Kind == model.NoteWhy && m.Code == model.AccessDenied
		}}
		mustPlay(t, p, algorithm, Options{Observers: []sim.Observer[model.Msg]{gaveUp, refused}})
		if (gaveUp.count == 1) != gives || refused.count < 3 {
			t.Errorf("%s: gave up %d times, was refused %d times", algorithm, gaveUp.count, refused.count)
		}
	}
}
