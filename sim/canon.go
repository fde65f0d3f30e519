package sim

import "strconv"

// Canonical values visit their fields in one fixed order. The same visit yields the digest, the text of
// the trace and the canonical state, so the three cannot drift apart.
type Canonical interface {
	Canon(c *Canon)
}

// Class tells kinds of things apart that are named by number; the user of the package chooses its values.
// Class 0 is the class of nodes.
type Class uint8

// Nodes is the class of node ids.
const Nodes Class = 0

// Namer turns numbers into names for the trace.
type Namer interface {
	Name(class Class, id uint64) string
}

type canonMode uint8

const (
	canonDigest canonMode = iota // absolute values, hashed
	canonText                    // absolute values, rendered
	canonState                   // times relative to now, counters relative, ids renamed, hashed
)

// Canon visits a value. Its zero value digests.
type Canon struct {
	mode    canonMode
	sum     uint64
	text    []byte
	now     Time
	names   Namer
	renamed map[ref]uint64
}

type ref struct {
	class Class
	id    uint64
}

// NewDigest returns a visitor that hashes absolute values.
func NewDigest() *Canon { return &Canon{} }

// NewText returns a visitor that renders one line of text. names may be nil.
func NewText(names Namer) *Canon { return &Canon{mode: canonText, names: names} }

// NewState returns a visitor that hashes the canonical state: times relative to now, counters relative to
// their base, references of a class other than Nodes renamed in order of first appearance. Two states of
// equal canonical hash are taken to behave alike from there on.
func NewState(now Time) *Canon {
	return &Canon{mode: canonState, now: now, renamed: map[ref]uint64{}}
}

// Reset clears what was visited and sets the present time.
func (c *Canon) Reset(now Time) {
	c.sum, c.text, c.now = 0, c.text[:0], now
	clear(c.renamed)
}

// Sum returns the hash of what was visited.
func (c *Canon) Sum() uint64 { return c.sum }

// Text returns the line rendered so far.
func (c *Canon) Text() string { return string(c.text) }

// Rendering reports whether the visit renders text.
func (c *Canon) Rendering() bool { return c.mode == canonText }

// fold hashes a number in.
func (c *Canon) fold(v uint64) { c.sum = mix(c.sum, v) }

// Kind visits the kind of a value: its number counts, its word is shown.
func (c *Canon) Kind(number uint64, word string) {
	if c.mode != canonText {
		c.fold(number)
		return
	}
	c.gap()
	c.text = append(c.text, word...)
}

// Int visits a number. An empty label shows the number alone.
func (c *Canon) Int(label string, v int64) {
	if c.mode != canonText {
		c.fold(uint64(v))
		return
	}
	c.label(label)
	c.text = strconv.AppendInt(c.text, v, 10)
}

// Opt visits a number and leaves it out of the text when it is zero.
func (c *Canon) Opt(label string, v int64) {
	if c.mode == canonText && v == 0 {
		return
	}
	c.Int(label, v)
}

// Flag visits a boolean; the text shows the label when it is set.
func (c *Canon) Flag(label string, v bool) {
	if c.mode != canonText {
		n := uint64(0x5bd1)
		if v {
			n = 0xc2b2
		}
		c.fold(n)
		return
	}
	if v {
		c.gap()
		c.text = append(c.text, label...)
	}
}

// Str visits a string.
func (c *Canon) Str(label, v string) {
	if c.mode != canonText {
		c.fold(HashString(v))
		return
	}
	c.label(label)
	c.text = append(c.text, v...)
}

// Span visits a duration.
func (c *Canon) Span(label string, d Duration) {
	if c.mode != canonText {
		c.fold(uint64(d))
		return
	}
	c.label(label)
	c.text = append(c.text, d.String()...)
}

// When visits a point of time; canonical state takes it relative to now.
func (c *Canon) When(label string, t Time) {
	switch c.mode {
	case canonState:
		c.fold(uint64(t - c.now))
	case canonText:
		c.label(label)
		c.text = append(c.text, t.String()...)
	default:
		c.fold(uint64(t))
	}
}

// Count visits a number that only ever grows (a log index, a request number). Canonical state takes it
// relative to base; pass the newest such number of the same sequence as base, or the number itself when
// nothing ever looks at its value.
func (c *Canon) Count(label string, v, base uint64) {
	if c.mode == canonState {
		c.fold(v - base)
		return
	}
	if c.mode != canonText {
		c.fold(v)
		return
	}
	c.label(label)
	c.text = strconv.AppendUint(c.text, v, 10)
}

// Ref visits a reference to a named thing. Canonical state renames things of every class but Nodes in
// order of first appearance, so that a loop which makes fresh ids is still seen as a loop.
func (c *Canon) Ref(label string, class Class, id uint64) {
	switch c.mode {
	case canonState:
		if class == Nodes || id == 0 {
			c.fold(id)
			return
		}
		key := ref{class, id}
		n, ok := c.renamed[key]
		if !ok {
			n = uint64(len(c.renamed)) + 1
			c.renamed[key] = n
		}
		c.fold(uint64(class)<<56 | n)
	case canonText:
		c.label(label)
		if c.names == nil {
			c.text = append(c.text, '?')
			c.text = strconv.AppendUint(c.text, id, 10)
			return
		}
		c.text = append(c.text, c.names.Name(class, id)...)
	default:
		c.fold(uint64(class)<<56 ^ id)
	}
}

// Node visits a node.
func (c *Canon) Node(label string, id NodeID) { c.Ref(label, Nodes, uint64(uint32(id))) }

// Same visits a part that canonical state leaves out and the other modes visit: a value that is
// bookkeeping only and steers nothing.
func (c *Canon) Same(visit func(c *Canon)) {
	if c.mode != canonState {
		visit(c)
	}
}

func (c *Canon) gap() {
	if len(c.text) > 0 {
		c.text = append(c.text, ' ')
	}
}

func (c *Canon) label(label string) {
	c.gap()
	if label != "" {
		c.text = append(c.text, label...)
		c.text = append(c.text, '=')
	}
}
