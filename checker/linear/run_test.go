package linear_test

import (
	"bytes"
	"strings"
	"testing"

	"gyre/checker/linear"
	"gyre/model"
	"gyre/scenarios"
	"gyre/sim"
)

func play(t *testing.T, name, text string, a model.Algorithm) (*scenarios.Outcome, *linear.Recorder) {
	t.Helper()
	p, err := scenarios.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	p.Settle = min(p.Settle, 10*sim.Minute)
	o, err := scenarios.Play(p, scenarios.Options{Algorithm: a, Record: true})
	if err != nil {
		t.Fatal(err)
	}
	return o, o.Recorder
}

// TestRunsAgree lets porcupine judge what the witness has judged in every scenario and release. Histories are cut
// after a thousand operations, so a violation that comes later is the witness's alone.
func TestRunsAgree(t *testing.T) {
	keys, ops, illegal := 0, 0, 0
	for _, f := range scenarios.Builtin() {
		p, err := scenarios.Parse(f.Name, f.Text)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range p.Algorithms() {
			o, r := play(t, f.Name, f.Text, a)
			v := o.Report.Verdict("linearizable")
			cut := r.Full()
			for i := range r.Histories() {
				h := &r.Histories()[i]
				cut = cut || h.Cut
				ops += len(h.Ops)
				keys++
			}
			bad, undecided := r.Check(linear.Ordered, linear.Steps)
			violated := v.Status.String() == "violated"
			switch {
			case undecided > 0:
				t.Errorf("%s %s: %d undecided", f.Name, a.Name, undecided)
			case bad != nil && !violated:
				t.Errorf("%s %s: porcupine says no, the witness yes: %s", f.Name, a.Name, v.Text)
			case bad == nil && violated && !cut:
				t.Errorf("%s %s: porcupine says yes, the witness no: %s", f.Name, a.Name, v.Text)
			}
			if bad != nil {
				illegal++
				t.Logf("%s %s: illegal, a history of %d operations", f.Name, a.Name, len(bad.Ops))
			}
		}
	}
	t.Logf("%d keys with %d operations, %d runs illegal", keys, ops, illegal)
}

// TestHTML draws the failing history of the spin.
func TestHTML(t *testing.T) {
	f, _ := scenarios.Load("hosting-register")
	a, _ := model.LookupAlgorithm("ziti-1.0.0")
	o, r := play(t, f.Name, f.Text, a)
	bad, _ := r.Check(linear.Ordered, linear.Steps)
	if bad == nil {
		t.Fatal("nothing is illegal")
	}
	var first, again bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &again} {
		if err := r.WriteHTML(b, bad, o.Names); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), again.Bytes()) {
		t.Error("the picture differs from one time to the next")
	}
	for _, want := range []string{"<html", "lookup: 0", "lookup: 1", "host one more", "break ctl2 rtr1", "ctl1 leads", "operator"} {
		if !strings.Contains(first.String(), want) {
			t.Errorf("no %q in the picture", want)
		}
	}
	t.Logf("%d bytes for %d operations", first.Len(), len(bad.Ops))
}
