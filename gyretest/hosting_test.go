package gyretest_test

import (
	"fmt"
	"strings"
	"testing"

	"gyre/gyretest"
	"gyre/model"
	"gyre/model/hosting"
)

func maker(patient bool) func(model.Release, hosting.Env) hosting.Registry {
	return func(_ model.Release, env hosting.Env) hosting.Registry { return &own{env: env, patient: patient} }
}

// A hosting registry of one's own, with the controllers and routers of ziti-2.1.0 around it. When it asks only once, it
// asks a controller that has no leader yet, and the first scenario is its undoing: nothing has to happen for it.
func ExampleRunHosting() {
	r, _ := gyretest.RunHosting(gyretest.Hosting{}, maker(false))
	fmt.Println("once:", r.Finding.Bucket)
	fmt.Print(r.Finding.Plan)

	r, _ = gyretest.RunHosting(gyretest.Hosting{Seeds: 5, Tolerate: []string{"no-storm"}}, maker(true))
	fmt.Println("again and again:", r.Finding)
	// Output:
	// once: ziti-2.1.0 converges deadline no-row:wanted>refused
	// # bearer-tokens: the cure of ziti#1936, in the world it was made for.
	//
	// cluster controllers=1 routers=1
	// service web on rtr1
	// seed 1
	//
	// settle 20m
	// again and again: <nil>
}

// What a registry does wrong is found in drawn plans too, and the message has all it takes to see it again.
func TestHostingMessage(t *testing.T) {
	failing := &recorder{TB: t}
	gyretest.TestHosting(failing, gyretest.Hosting{Seeds: 3, Budget: 30, First: 3}, maker(false))
	for _, part := range []string{"ziti-2.1.0 converges deadline", "shrunk to 0", "cluster controllers=1 routers=1", "leaderless"} {
		if !strings.Contains(failing.text, part) {
			t.Errorf("the message lacks %q:\n%s", part, failing.text)
		}
	}
	if _, err := gyretest.RunHosting(gyretest.Hosting{Release: "ziti-9"}, hosting.New); err == nil {
		t.Error("there is no ziti-9")
	}
}

// The releases pass as registries of one's own do, and violate what they are known to.
func TestHostingOfRelease(t *testing.T) {
	known := []string{"no-storm"} // a refused delete is repeated at once (S11)
	gyretest.TestHosting(t, gyretest.Hosting{Release: "ziti-2.1.0", Seeds: 2, Tolerate: known}, hosting.New)
	r, err := gyretest.RunHosting(gyretest.Hosting{Release: "ziti-1.0.0", Budget: 1}, hosting.New)
	if err != nil || r.Finding == nil || r.Finding.Bucket.Property != "no-spin" {
		t.Errorf("%v: %v", err, r.Finding)
	}
}
