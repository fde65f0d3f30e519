package raftlog

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gyre/model"
	"gyre/sim"
)

func drawEntry(t *rapid.T) (proposal, model.Entry) {
	p := proposal{
		node:   sim.NodeID(rapid.Int32Range(1, 1<<30).Draw(t, "node")),
		life:   rapid.Uint32().Draw(t, "life"),
		ticket: Ticket(rapid.Uint64().Draw(t, "ticket")),
	}
	e := model.Entry{
		Verb:    model.Verb(rapid.Uint8().Draw(t, "verb")),
		N:       rapid.Uint16().Draw(t, "n"),
		Origin:  model.Origin(rapid.Uint8().Draw(t, "origin")),
		Service: model.ServiceID(rapid.Uint16().Draw(t, "service")),
		Router:  sim.NodeID(rapid.Int32Range(0, 1<<30).Draw(t, "router")),
		Source:  sim.NodeID(rapid.Int32Range(0, 1<<30).Draw(t, "source")),
		Term:    model.TermID(rapid.Uint64().Draw(t, "term")),
	}
	for _, id := range rapid.SliceOfN(rapid.Uint64(), 0, 60).Draw(t, "terms") {
		e.Terms = append(e.Terms, model.TermID(id))
	}
	if rapid.Bool().Draw(t, "generations") {
		e.Gen = rapid.Uint64().Draw(t, "gen")
		e.Gens = rapid.SliceOfN(rapid.Uint64(), 0, 60).Draw(t, "gens")
		if len(e.Gens) == 0 {
			e.Gens = nil
		}
	}
	return p, e
}

func TestCommandRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, e := drawEntry(t)
		b := encode(p, &e)
		p2, e2, ok := decode(b)
		if !ok || p2 != p {
			t.Fatalf("ok=%v, %+v is not %+v", ok, p2, p)
		}
		if diff := cmp.Diff(e, *e2); diff != "" {
			t.Fatal(diff)
		}
		if n := rapid.IntRange(0, len(b)-1).Draw(t, "cut"); true {
			if _, _, ok := decode(b[:n]); ok {
				t.Fatalf("%d of %d bytes decode", n, len(b))
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(proposal{1, 1, 1}, &model.Entry{Verb: model.DeleteTerms, Terms: []model.TermID{1, 2}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, e, ok := decode(b); ok {
			if _, e2, ok := decode(encode(p, e)); !ok || !cmp.Equal(e, e2) {
				t.Errorf("%v is not %v", e2, e)
			}
		}
	})
}

func BenchmarkCommit(b *testing.B) {
	for _, batch := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			c := newCluster(b, config(1, 3, 3, 0))
			c.commit(0)
			l := c.elect()
			m := c.nodes[l]
			b.ReportAllocs()
			from := c.steps
			for n := 0; n < b.N; n += batch {
				for i := range batch {
					c.propose(l, n+i)
				}
				c.until(sim.Minute, func() bool { return m.log.Applied() == m.log.LastIndex() })
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			b.ReportMetric(float64(c.steps-from)/float64(b.N), "steps/op")
		})
	}
}
