package sim

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDurationsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(rapid.Int64Range(0, int64(durationMax)).Draw(t, "d"))
		if got, err := ParseDuration(d.String()); err != nil || got != d {
			t.Fatalf("%v reads back as %v, %v", d, got, err)
		}
	})
}

func TestParseDuration(t *testing.T) {
	for _, c := range []struct {
		text string
		want Duration
		err  string
	}{
		{"40ms", 40 * Millisecond, ""},
		{"1m30s", 90 * Second, ""},
		{"2.5s", 2500 * Millisecond, ""},
		{"0s", 0, ""},
		{"1.000001s", Second + Microsecond, ""},
		{"0.5us", 0, "finer than a microsecond"},
		{"1.0us", Microsecond, ""},
		{"", 0, "it is empty"},
		{"40", 0, "lacks a unit"},
		{"ms", 0, "needs a number"},
		{"-1s", 0, "needs a number"},
		{"3fortnights", 0, "unknown unit"},
		{"1.s", 0, "ends in a dot"},
		{"1.2.3s", 0, "two dots"},
		{"99999999h", 0, "no number in range"},
		{"80000h80000h", 0, "longer than ten years"},
		{"9999999999999999999999s", 0, "no number in range"},
	} {
		got, err := ParseDuration(c.text)
		switch {
		case c.err == "" && (err != nil || got != c.want):
			t.Errorf("%q is %v, %v; want %v", c.text, got, err, c.want)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%q gives %v; want an error that says %q", c.text, err, c.err)
		}
	}
}

func TestParseSeed(t *testing.T) {
	for _, c := range []struct {
		text string
		want Seed
		ok   bool
	}{
		{"7", 7, true},
		{"0x1F", 31, true},
		{"18446744073709551615", 1<<64 - 1, true},
		{"18446744073709551616", 0, false},
		{"6fcb27d7a1b22e33f0a44c01deadbeefcafe1234", 0xdeadbeefcafe1234, true},
		{"6fcb27d", 0, false},
		{"-1", 0, false},
		{"", 0, false},
		{"seven", 0, false},
	} {
		got, err := ParseSeed(c.text)
		if (err == nil) != c.ok || got != c.want {
			t.Errorf("%q is %v, %v; want %v, ok %v", c.text, got, err, c.want, c.ok)
		}
	}
}

// TestStreamIsEven is a coarse check that draws are spread: no bucket of ten far from its share.
func TestStreamIsEven(t *testing.T) {
	s := Seed(3).Stream("even")
	var buckets [10]int
	for range 100_000 {
		buckets[s.Below(10)]++
	}
	for i, n := range buckets {
		if n < 9_500 || n > 10_500 {
			t.Errorf("bucket %d has %d of 100,000", i, n)
		}
	}
}

// TestStreamsAreNamed wants a stream to depend on nothing but seed, name and position.
func TestStreamsAreNamed(t *testing.T) {
	a, b, c := Seed(1).Stream("x"), Seed(1).Stream("y"), Seed(2).Stream("x")
	first := a.Next()
	if first == b.Next() || first == c.Next() {
		t.Error("streams of other names or seeds begin alike")
	}
	again := Seed(1).Stream("x")
	if again.At(1) != first || again.Drawn() != 0 {
		t.Error("At moves the stream, or disagrees with Next")
	}
}

func TestCanonModes(t *testing.T) {
	visit := func(now Time, at Time, index uint64, id uint64) func(*Canon) {
		return func(c *Canon) {
			c.Kind(3, "thing")
			c.When("at", at)
			c.Count("index", index, index-1)
			c.Ref("who", 1, id)
			c.Flag("on", true)
			c.Opt("none", 0)
		}
	}
	state := func(now, at Time, index, id uint64) uint64 {
		c := NewState(now)
		visit(now, at, index, id)(c)
		return c.Sum()
	}
	if state(10, 15, 7, 100) != state(110, 115, 9, 200) {
		t.Error("canonical state depends on absolute time, counters or ids")
	}
	if state(10, 15, 7, 100) == state(10, 16, 7, 100) {
		t.Error("canonical state does not see relative time")
	}
	digest := func(at Time) uint64 {
		c := NewDigest()
		visit(0, at, 7, 100)(c)
		return c.Sum()
	}
	if digest(15) == digest(115) {
		t.Error("the digest does not see absolute time")
	}
	text := NewText(nil)
	visit(0, 15, 7, 100)(text)
	if want := "thing at=15us index=7 who=?100 on"; text.Text() != want {
		t.Errorf("text is %q, want %q", text.Text(), want)
	}
}
