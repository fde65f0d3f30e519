package sim

// NodeID numbers the hosts of a world from 1, in the order they were added. 0 is nobody.
type NodeID int32

// ConnID names one life of one connection. A redialled connection is a new life with a new id; an id is
// never used twice in a run. 0 is no connection.
type ConnID uint64

// TimerID names a timer of a host. Arming a timer that is armed moves it. Keep the numbers small: the
// kernel holds a table as large as the largest.
type TimerID uint32

// LaneID names a lane of a host: an index into the lanes the host was added with.
type LaneID uint8

// OpID numbers client operations from 1. 0 is no operation.
type OpID uint64

// File names one of the record files on a host's disk.
type File uint8

// Node is the algorithm under test: a pure state machine. Step must depend on nothing but the node's own
// state, now, in and what out reports of send queues; it must not keep in or out. A node never looks at a
// clock: now is an argument, and a skewed clock is a skewed argument.
type Node[M Canonical] interface {
	Step(now Time, in *Input[M], out *Outbox[M])

	// Canon visits the whole state that steers later steps. It is folded into the digest at checkpoints
	// and is what lasso detection compares, so times go through When and counters through Count.
	Canon(c *Canon)
}

// InputKind says why a node takes a step.
type InputKind uint8

// The closed set of inputs.
const (
	_          InputKind = iota
	Boot                 // the process starts; Disk holds what was saved, Life counts the starts from 1
	Deliver              // Msg arrived from From over Conn (0: as a datagram)
	Expire               // Timer fired and is no longer armed
	Command              // the world outside asks for Msg; Op is set if it awaits a Reply
	Up                   // Conn to From is established; Accepted tells which end we are
	Down                 // Conn to From is closed or broken; every message not yet delivered is lost
	DialFailed           // a Dial to From came to nothing; Msg is the tag given to Dial
	Work                 // a task given to Lane is done: Msg is the task
	Overflow             // a task given to Lane found its queue full: Msg is the task
)

// Input is why a node takes a step. Only the fields its kind names are set.
type Input[M Canonical] struct {
	Kind     InputKind
	Accepted bool
	Lane     LaneID
	From     NodeID
	Timer    TimerID
	Life     uint32
	Conn     ConnID
	Op       OpID
	Msg      M
	Disk     *Disk[M]
}

// EffectKind says what a node asks for.
type EffectKind uint8

// The closed set of effects.
const (
	_        EffectKind = iota
	Send                // Msg over Conn
	Datagram            // Msg to Peer, over the lossy link
	Dial                // a connection to Peer; Msg is a tag that comes back with Up or DialFailed
	Close               // Conn, at this end, at once
	Save                // Msg as record Slot of File
	Erase               // record Slot of File
	Arm                 // Timer to fire After from now
	Disarm              // Timer
	Reply               // Msg as the result of Op
	Defer               // Msg to Lane
	Note                // a mark of a change of state, for trace, digest and checker
	Exit                // the process ends after this step and starts again After later
	Refused             // a Send that found its queue full or its connection closed; recorded, not applied
)

// Effect is what a node asks for. Only the fields its kind names are set.
type Effect[M Canonical] struct {
	Kind  EffectKind
	Lane  LaneID
	File  File
	Peer  NodeID
	Timer TimerID
	After Duration
	Conn  ConnID
	Slot  uint64
	Op    OpID
	Msg   M
}

// Rooms answers how many messages the send queue of a connection will still take. The world implements it.
type Rooms interface {
	Room(conn ConnID) int
}

// Outbox collects the effects of one step, in order. The world applies them after Step returns, so a crash
// in the middle of a step is a prefix of its effects.
type Outbox[M Canonical] struct {
	effects []Effect[M]
	rooms   Rooms
	conn    ConnID // the connection of the newest Send of this step
	sent    int    // how many sends of this step went there
}

// NewOutbox returns an empty outbox. With nil rooms every send queue is endless, which suits unit tests.
func NewOutbox[M Canonical](rooms Rooms) *Outbox[M] { return &Outbox[M]{rooms: rooms} }

// Effects returns what was asked for so far; it is valid until Reset.
func (o *Outbox[M]) Effects() []Effect[M] { return o.effects }

// Reset forgets the effects and keeps the memory.
func (o *Outbox[M]) Reset() {
	clear(o.effects)
	o.effects = o.effects[:0]
	o.conn, o.sent = 0, 0
}

// Put adds an effect as it is. It lets a wrapper around a node forward, drop or reorder effects.
func (o *Outbox[M]) Put(e Effect[M]) { o.effects = append(o.effects, e) }

// next returns a fresh effect of the given kind at the end of the list.
func (o *Outbox[M]) next(kind EffectKind) *Effect[M] {
	var zero Effect[M]
	o.effects = append(o.effects, zero)
	e := &o.effects[len(o.effects)-1]
	e.Kind = kind
	return e
}

// Send puts m into the send queue of conn. It reports false, and sends nothing, if the queue is full or
// this end of the connection is closed.
func (o *Outbox[M]) Send(conn ConnID, m M) bool {
	if conn != o.conn {
		o.count(conn)
	}
	kind := Send
	if o.rooms != nil && o.rooms.Room(conn) <= o.sent {
		kind = Refused
	} else {
		o.sent++
	}
	e := o.next(kind)
	e.Conn, e.Msg = conn, m
	return kind == Send
}

// count counts the sends of this step over conn.
func (o *Outbox[M]) count(conn ConnID) {
	o.conn, o.sent = conn, 0
	for i := range o.effects {
		if o.effects[i].Kind == Send && o.effects[i].Conn == conn {
			o.sent++
		}
	}
}

// Datagram sends m to peer over the datagram link: it may be lost, duplicated or overtaken.
func (o *Outbox[M]) Datagram(peer NodeID, m M) {
	e := o.next(Datagram)
	e.Peer, e.Msg = peer, m
}

// Dial asks for a connection to peer. Up or DialFailed follows.
func (o *Outbox[M]) Dial(peer NodeID, tag M) {
	e := o.next(Dial)
	e.Peer, e.Msg = peer, tag
}

// Close closes this end of conn at once; no Down follows here. The other end learns of it if the network
// lets it.
func (o *Outbox[M]) Close(conn ConnID) { o.next(Close).Conn = conn }

// Save writes a record: it survives a crash.
func (o *Outbox[M]) Save(file File, slot uint64, m M) {
	e := o.next(Save)
	e.File, e.Slot, e.Msg = file, slot, m
}

// Erase removes a record.
func (o *Outbox[M]) Erase(file File, slot uint64) {
	e := o.next(Erase)
	e.File, e.Slot = file, slot
}

// Arm sets a timer to fire after the given span, at least zero, replacing an earlier setting.
func (o *Outbox[M]) Arm(timer TimerID, after Duration) {
	e := o.next(Arm)
	e.Timer, e.After = timer, after
}

// Disarm stops a timer; stopping one that is not armed does nothing.
func (o *Outbox[M]) Disarm(timer TimerID) { o.next(Disarm).Timer = timer }

// Reply answers a client operation.
func (o *Outbox[M]) Reply(op OpID, m M) {
	e := o.next(Reply)
	e.Op, e.Msg = op, m
}

// Defer hands a task to a lane; Work follows when a worker of the lane has done it, Overflow at once if the
// lane's queue is full.
func (o *Outbox[M]) Defer(lane LaneID, task M) {
	e := o.next(Defer)
	e.Lane, e.Msg = lane, task
}

// Note marks a change of state.
func (o *Outbox[M]) Note(m M) { o.next(Note).Msg = m }

// Exit ends the process after this step, as if killed, and starts it again after the given span.
func (o *Outbox[M]) Exit(after Duration) { o.next(Exit).After = after }
