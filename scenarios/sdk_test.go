package scenarios

import (
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// TestSDKsPlay: releases before the registry of SDKs do not play them, and say so.
func TestSDKsPlay(t *testing.T) {
	f, _ := Load("sdk-restart")
	p := mustParse(t, f.Text)
	a, _ := model.LookupAlgorithm("ziti-1.0.0")
	if _, err := Play(p, Options{Algorithm: a}); err == nil || !strings.Contains(err.Error(), "play it with ziti-2.1.0") {
		t.Errorf("ziti-1.0.0: %v", err)
	}
	for _, a := range p.Algorithms() {
		if a.Release < model.Ziti210 {
			t.Errorf("%s plays SDKs", a.Name)
		}
	}
}

// TestSDKsDeterministic: the same run, whatever watches it and whichever queue carries it.
func TestSDKsDeterministic(t *testing.T) {
	f, _ := Load("sdk-router-restart")
	p := mustParse(t, f.Text)
	p.Settle = 5 * sim.Minute
	first := mustPlay(t, p, "ziti-2.1.0", Options{})
	for what, o := range map[string]Options{"again": {}, "unchecked": {NoChecks: true}, "heap": {Heap: true}} {
		if again := mustPlay(t, p, "ziti-2.1.0", o); first.Digest != again.Digest || first.Events != again.Events {
			t.Errorf("%s: digest %x after %d events, then %x after %d", what, first.Digest, first.Events, again.Digest,
				again.Events)
		}
	}
}

// TestSDKsGenerated: plans with SDKs are drawn if asked for, differ from those without in nothing else, and play.
func TestSDKsGenerated(t *testing.T) {
	with := 0
	for seed := range sim.Seed(60) {
		c := GenConfig{Controllers: 3, Routers: 3, Services: 3, Cards: 3}
		plain := Generate(seed, c)
		c.SDKs = true
		p := Generate(seed, c)
		if len(p.SDKs) == 0 {
			if p.String() != plain.String() {
				t.Errorf("seed %s: another plan, though without SDKs", seed)
			}
			continue
		}
		with++
		if with%4 != 0 {
			continue
		}
		o := mustPlay(t, p, "ziti-2.1.0", Options{})
		if o.Fault != nil || o.Limit != nil || len(o.Skipped) > 0 {
			t.Errorf("seed %s: fault %v, limit %v, skipped %v\n%s", seed, o.Fault, o.Limit, o.Skipped, p)
		}
	}
	if with < 5 || with > 25 {
		t.Errorf("%d of 60 plans have SDKs", with)
	}
}

// TestSDKBugs: each bug of hosting by SDKs is found in its scenario, by the property and the proof that the catalogue
// says, and the release without it holds that property there.
func TestSDKBugs(t *testing.T) {
	played := 0
	for _, b := range model.Catalogue() {
		if !strings.HasPrefix(b.Scenario, "sdk-") {
			continue
		}
		played++
		f, ok := Load(b.Scenario)
		if !ok {
			t.Fatalf("%s: no scenario %s", b.Bug, b.Scenario)
		}
		p := mustParse(t, f.Text)
		for name, want := range map[string]string{
			"ziti-2.1.0": "holds", "ziti-2.1.0+" + b.Bug.String(): "violated  " + b.Rung,
		} {
			o := mustPlay(t, p, name, Options{})
			if got := Summary(o, b.Property); !strings.HasPrefix(got, want) {
				t.Errorf("%s, %s: %s is %q, want %q", b.Scenario, name, b.Property, got, want)
			}
		}
	}
	if played < 3 {
		t.Errorf("%d bugs of SDKs", played)
	}
}

// TestSDKsSnapshot: a controller that restores a snapshot has the policies of SDK hosts too, those that changed and those
// that were there from the start, and they are compared with the log.
func TestSDKsSnapshot(t *testing.T) {
	p := mustParse(t, `# a spare joins where processes host with an SDK, and one of them may not any more.

cluster controllers=3 routers=1 spares=1
sdk web via rtr1 x=2
seed 2

20s    unbind web on sdk1
30s    snapshot controllers
40s    join ctl4
settle 45m
`)
	o := mustPlay(t, p, "ziti-2.1.0", Options{})
	if o.Fault != nil || len(Buckets(o)) > 0 {
		t.Fatalf("fault %v, violated %v", o.Fault, Buckets(o))
	}
	if v := o.Report.Verdict("replicated"); !strings.Contains(v.Text, "1 restored snapshot") {
		t.Errorf("nothing was compared: %s", v.Text)
	}
}
