package router

import (
	"fmt"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// TestPermute: the numbers below n! are n! orders.
func TestPermute(t *testing.T) {
	orders := 1
	for n := 1; n <= 6; n++ {
		orders *= n
		seen := map[string]bool{}
		for k := range orders {
			v := make([]uint8, n)
			for i := range v {
				v[i] = uint8(i)
			}
			permute(v, uint64(k))
			seen[string(v)] = true
		}
		if len(seen) != orders {
			t.Errorf("%d things: %d orders, want %d", n, len(seen), orders)
		}
	}
}

// look is what the choosers know of a controller.
type seen struct {
	registered, connected, unresponsive bool
	latency                             sim.Duration
}

// foldAny and foldModel are the two folds as openziti/ziti has them, over one order.
func foldAny(order []int, s []seen, connected bool) int {
	current := -1
	for _, i := range order {
		if s[i].registered && (current < 0 || moreResponsive(s[i], s[current], connected)) {
			current = i
		}
	}
	return current
}

func foldModel(order []int, s []seen, connected bool, leader int) int {
	current := -1
	for _, i := range order {
		if !s[i].registered {
			continue
		}
		if current < 0 ||
			(moreResponsive(s[i], s[current], connected) && current != leader) ||
			(!s[i].unresponsive && i == leader) {
			current = i
		}
	}
	return current
}

func moreResponsive(a, b seen, connected bool) bool {
	switch {
	case connected && a.connected && !b.connected:
		return true
	case connected && b.connected && !a.connected:
		return false
	case a.unresponsive && !b.unresponsive:
		return false
	case !a.unresponsive && b.unresponsive:
		return true
	default:
		return a.latency < b.latency
	}
}

var orders = [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}

// TestChoosers tries every combination of three controllers and leader: the result must be one of those some
// order gives, all of them must come up, and where there is only one nothing may be drawn.
func TestChoosers(t *testing.T) {
	var states []seen
	for i := range 9 {
		states = append(states, seen{
			registered: i > 0, connected: (i-1)&1 != 0, unresponsive: (i-1)&2 != 0, latency: sim.Duration((i - 1) & 4),
		})
	}
	for _, release := range []model.Release{model.Ziti100, model.Ziti210} {
		maker, _ := fakes()
		b := newBench(t, config(release), maker)
		for n := range 9 * 9 * 9 {
			s := []seen{states[n%9], states[n/9%9], states[n/81]}
			for i, s := range s {
				ch := &b.r.channels[i]
				ch.registered, ch.phase = s.registered, pausing
				if s.connected {
					ch.phase = ready
				}
				ch.beat.unresponsive, ch.beat.latency = s.unresponsive, s.latency
			}
			compareChooser(t, b, fmt.Sprint("any ", s), b.r.any, func(o []int) int {
				return foldAny(o, s, b.r.prof.connected)
			})
			for leader := -1; leader < 3; leader++ {
				b.r.leader = sim.NodeID(leader + 1)
				compareChooser(t, b, fmt.Sprint("model ", s, leader), b.r.forModel, func(o []int) int {
					return foldModel(o, s, b.r.prof.connected, leader)
				})
			}
		}
	}
}

func compareChooser(t *testing.T, b *bench, what string, choose func() *channel, fold func([]int) int) {
	t.Helper()
	want := map[sim.NodeID]bool{}
	for _, o := range orders {
		want[sim.NodeID(fold(o)+1)] = true
	}
	drawn := b.r.mapOrder.Drawn()
	have := map[sim.NodeID]bool{}
	for range 40 {
		got := number(choose())
		if !want[got] {
			t.Fatalf("%s: chose %d, no order does (%v)", what, got, want)
		}
		have[got] = true
	}
	if len(have) != len(want) {
		t.Errorf("%s: chose among %v, want %v", what, have, want)
	}
	if drew := b.r.mapOrder.Drawn() > drawn; drew != (len(want) > 1) {
		t.Errorf("%s: drew %v among %v", what, drew, want)
	}
}
