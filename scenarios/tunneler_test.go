package scenarios

import (
	"strings"
	"testing"

	"gyre/model"
)

// Without its flag a router hosts nothing, in any release; what is said of its services meanwhile applies when the flag is
// back. Taking away what is not there changes nothing.
func TestTunnelerFlag(t *testing.T) {
	const head = "# s\ncluster controllers=3 routers=2\nservice web on routers\nservice mail on rtr1 terminators=2\n"
	p := mustParse(t, head+"1m tunneler-off rtr1\n1m10s tunneler-off rtr1\n1m20s tunneler-on rtr2\n1m30s retire web on rtr1\n"+
		"1m40s host db on rtr1\n2m tunneler-on rtr1\n2m10s retire mail on rtr1\nsettle 45m\n")
	for _, a := range append(model.Algorithms(), model.IdealAlgorithm()) {
		o := mustPlay(t, p, a.Name, Options{})
		if failed := Buckets(o); len(failed) > 0 || len(o.Skipped) > 0 {
			t.Errorf("%s: %v %v", a.Name, failed, o.Skipped)
		}
		idle := strings.Join(o.Idle, "; ")
		if want := "rtr1: rtr1 has no tunneler flag; 1m20s tunneler-on rtr2: rtr2 has the tunneler flag"; !strings.HasSuffix(idle, want) {
			t.Errorf("%s: idle %s", a.Name, idle)
		}
	}
	off := mustParse(t, head+"1m tunneler-off rtr1\n1m40s host db on rtr1\nsettle 45m\n")
	o := mustPlay(t, off, "ziti-2.1.0", Options{})
	if failed := Buckets(o); len(failed) > 0 || o.Report.Creates != 4 || o.Report.Deletes != 3 {
		t.Errorf("without the flag: %v, %d creates and %d deletes", failed, o.Report.Creates, o.Report.Deletes)
	}
}

// Two routers with the ids of one are no harm to the one that owns the rows, even if that one starts when the other has
// them under way. That a remove of what is another's is answered with yes (ziti#4234) is all there is to say against it.
func TestClonedIDs(t *testing.T) {
	f, _ := Load("cloned-disk")
	for _, more := range []string{"", "2m30s    restart rtr1\n"} {
		p := mustParse(t, strings.Replace(f.Text, "3m ", more+"3m ", 1))
		for algorithm, want := range map[string]string{
			"ziti-2.1.0+B27": "linearizable", "ziti-2.1.0+B27+B41": "no-missing agree own-delete",
		} {
			var failed []string
			for _, b := range Buckets(mustPlay(t, p, algorithm, Options{})) {
				failed = append(failed, b.Property)
			}
			if have := strings.Join(failed, " "); have != want {
				t.Errorf("%q, %s: %s, want %s", more, algorithm, have, want)
			}
		}
	}
}
