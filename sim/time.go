package sim

import (
	"fmt"
	"strconv"
	"strings"
)

// Time is a point of virtual time, in microseconds since the start of the run. The simulator owns it;
// it never follows a wall clock.
type Time int64

// Duration is a span of virtual time in microseconds.
type Duration int64

// The units of virtual time.
const (
	Microsecond Duration = 1
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
	Hour                 = 60 * Minute
)

// Never is a time no run reaches.
const Never Time = 1<<63 - 1

// Add returns the time d after t.
func (t Time) Add(d Duration) Time { return t + Time(d) }

// Sub returns the span from u to t.
func (t Time) Sub(u Time) Duration { return Duration(t - u) }

// String renders a time as the span since the start of the run.
func (t Time) String() string {
	if t == Never {
		return "never"
	}
	return Duration(t).String()
}

// Clock renders t for people, to the millisecond, in the one form that traces, tables and verdicts have: 0.090s,
// 5.214s, 1m00.192s, 1h02m03.000s.
func (t Time) Clock() string {
	ms := t.Milliseconds()
	s := fmt.Sprintf("%d.%03ds", ms/1000%60, ms%1000)
	if minutes := ms / 60_000; minutes > 0 {
		s = fmt.Sprintf("%dm%02d.%03ds", minutes%60, ms/1000%60, ms%1000)
		if hours := minutes / 60; hours > 0 {
			s = fmt.Sprintf("%dh%02dm%02d.%03ds", hours, minutes%60, ms/1000%60, ms%1000)
		}
	}
	return s
}

// Milliseconds returns whole milliseconds since the start of the run, rounded towards zero.
func (t Time) Milliseconds() int64 { return int64(t) / int64(Millisecond) }

// String renders a duration the way scenario files write it: units from hours to microseconds, zero parts
// left out, "0s" for nothing. ParseDuration reads it back to the same value.
func (d Duration) String() string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	u := uint64(d)
	if d < 0 {
		b.WriteByte('-')
		u = -u
	}
	for _, unit := range units {
		if n := u / uint64(unit.size); n > 0 {
			b.WriteString(strconv.FormatUint(n, 10))
			b.WriteString(unit.name)
			u -= n * uint64(unit.size)
		}
	}
	return b.String()
}

// Milliseconds returns d in whole milliseconds, rounded towards zero.
func (d Duration) Milliseconds() int64 { return int64(d / Millisecond) }

// units lists the unit names ParseDuration accepts, longest span first.
var units = [...]struct { //tidy:ok constant table
	name string
	size Duration
}{{"h", Hour}, {"m", Minute}, {"s", Second}, {"ms", Millisecond}, {"us", Microsecond}}

// durationMax bounds what ParseDuration accepts: ten years, so that sums of a plan cannot overflow.
const durationMax = 10 * 366 * 24 * Hour

// ParseDuration reads a span such as "40ms", "1m30s", "2.5s" or "0s". Every number carries a unit (h, m,
// s, ms, us); a fraction must be a whole number of microseconds; spans are not negative and stay below
// ten years.
func ParseDuration(s string) (Duration, error) {
	bad := func(why string) (Duration, error) {
		return 0, fmt.Errorf("bad duration %q: %s", s, why)
	}
	if s == "" {
		return bad("it is empty (write 40ms, 5s, 1m30s)")
	}
	var sum Duration
	for rest := s; rest != ""; {
		n := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if n == 0 {
			return bad("it needs a number before each unit (write 40ms, 5s, 1m30s)")
		}
		if n < 0 {
			return bad("it lacks a unit (h, m, s, ms, us)")
		}
		number := rest[:n]
		rest = rest[n:]
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= '0' && r <= '9' || r == '.' })
		if end < 0 {
			end = len(rest)
		}
		part, err := scale(number, rest[:end])
		if err != nil {
			return bad(err.Error())
		}
		rest = rest[end:]
		if sum += part; sum > durationMax {
			return bad("it is longer than ten years")
		}
	}
	return sum, nil
}

// scale multiplies a decimal number by a unit without floating point.
func scale(number, unit string) (Duration, error) {
	var size Duration
	for _, u := range units {
		if u.name == unit {
			size = u.size
		}
	}
	if size == 0 {
		return 0, fmt.Errorf("unknown unit %q (have h, m, s, ms, us)", unit)
	}
	whole, fraction, dotted := strings.Cut(number, ".")
	n, err := strconv.ParseUint(whole, 10, 63)
	if err != nil || n > uint64(durationMax/size) {
		return 0, fmt.Errorf("%q is no number in range", number)
	}
	sum := Duration(n) * size
	if !dotted {
		return sum, nil
	}
	if fraction == "" {
		return 0, fmt.Errorf("%q ends in a dot", number)
	}
	for _, digit := range fraction {
		if digit == '.' {
			return 0, fmt.Errorf("%q has two dots", number)
		}
		if size%10 != 0 && digit != '0' {
			return 0, fmt.Errorf("%q is finer than a microsecond", number+unit)
		}
		size /= 10
		sum += Duration(digit-'0') * size
	}
	return sum, nil
}
