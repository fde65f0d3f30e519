package sim

// link is one direction between two hosts. Most are like all others and differ in the position of their random
// stream only; the world keeps what sets the others apart in a table.
type link struct {
	drawn uint32
	trait int32 // index into the world's traits; 0 is none
}

// trait is what sets a link apart.
type trait struct {
	Link
	cut  bool
	slow Duration
}

// queueDefault is the send queue of links that name none.
const queueDefault = 64

// link returns the direction from one host to another. Links come into being when they are first used: a table
// of all pairs would be most of the memory of a large world.
func (w *World[M]) link(from, to NodeID) *link {
	h := w.host(from)
	if int(to) >= len(h.links) {
		w.host(to)
		h.links = append(h.links, make([]link, int(to)+1-len(h.links))...)
	}
	return &h.links[to]
}

// trait returns what a link is like.
func (w *World[M]) trait(from, to NodeID) *trait { return &w.traits[w.link(from, to).trait] }

// setTrait returns the link's own traits, to change them.
func (w *World[M]) setTrait(from, to NodeID) *trait {
	l := w.link(from, to)
	if l.trait == 0 {
		w.traits = append(w.traits, w.traits[0])
		l.trait = int32(len(w.traits) - 1)
	}
	return &w.traits[l.trait]
}

// stream returns the link's random stream, named by its hosts, at its present position; the caller counts what it
// draws in drawn.
func (w *World[M]) stream(l *link, from, to NodeID) Stream {
	return Stream{key: mix(mix(w.net, w.hosts[from].hash), w.hosts[to].hash), n: uint64(l.drawn)}
}

// delay returns how long the next message of a direction takes.
func (w *World[M]) delay(from, to NodeID) Duration {
	l := w.link(from, to)
	t := &w.traits[l.trait]
	d := t.Latency + t.slow
	if t.Jitter > 0 {
		stream := w.stream(l, from, to)
		d += stream.Between(0, t.Jitter)
		l.drawn++
		w.draws++
	}
	return d
}

// datagram sends a message that may be lost, doubled or overtaken.
func (w *World[M]) datagram(h *host[M], peer NodeID, msg M) {
	l := w.link(h.id, peer)
	t := &w.traits[l.trait]
	if t.cut {
		return
	}
	copies := 1
	if t.Loss > 0 || t.Copies > 0 {
		stream := w.stream(l, h.id, peer)
		luck := stream.Below(1000)
		l.drawn++
		w.draws++
		if luck < t.Loss {
			return
		}
		if luck < t.Loss+t.Copies {
			copies = 2
		}
	}
	for range copies {
		i := w.load(Input[M]{Kind: Deliver, From: h.id, Msg: msg}, 0)
		w.schedule(w.now.Add(w.delay(h.id, peer)), evInput, peer, i, sourceOuter|w.seq<<16)
	}
}
