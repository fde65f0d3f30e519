package sim

import (
	"testing"

	"pgregory.net/rapid"
)

// TestWheelIsAHeap drives the wheel and its oracle with the same operations and demands the same events.
func TestWheelIsAHeap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var wheel wheel
		var heap heapQueue
		now, seq := Time(0), uint64(0)
		spans := rapid.SampledFrom([]Duration{0, 1, 200, 255, 256, 300, 70_000, 20 * Second, 40 * Hour})
		for range rapid.IntRange(1, 200).Draw(t, "operations") {
			if rapid.Bool().Draw(t, "push") {
				seq++
				at := now.Add(spans.Draw(t, "after") + Duration(rapid.IntRange(0, 3).Draw(t, "more")))
				e := event{at: at, seq: seq}
				wheel.push(e)
				heap.push(e)
				continue
			}
			limit := now.Add(spans.Draw(t, "limit"))
			got, ok := wheel.pop(limit)
			want, wantOK := heap.pop(limit)
			if got != want || ok != wantOK {
				t.Fatalf("wheel popped %+v %v, heap %+v %v", got, ok, want, wantOK)
			}
			if now = limit; ok {
				now = got.at
			}
		}
		if wheel.len() != heap.len() {
			t.Fatalf("wheel holds %d, heap %d", wheel.len(), heap.len())
		}
		n := 0
		wheel.each(func(*event) { n++ })
		if n != heap.len() {
			t.Fatalf("wheel visits %d of %d", n, heap.len())
		}
	})
}
