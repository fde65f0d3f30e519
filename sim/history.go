package sim

// Op is one operation of a client outside: what it asked of whom, when, and what came back when. An operation
// that never returned may or may not have taken effect.
type Op[M Canonical] struct {
	ID     OpID
	Node   NodeID
	Call   Time
	Return Time // Never if it has not returned
	Ask    M
	Result M
}

// Invoke is Command for a client that waits for a Reply; the history keeps both.
func (w *World[M]) Invoke(id NodeID, msg M) OpID {
	w.outside("invoke", id, 0)
	op := OpID(len(w.history) + 1)
	w.history = append(w.history, Op[M]{ID: op, Node: id, Call: w.now, Return: Never, Ask: msg})
	w.command(id, op, msg)
	return op
}

// reply records the result of an operation.
func (w *World[M]) reply(op OpID, msg M) {
	if op <= 0 || int(op) > len(w.history) {
		Fail("reply to operation %d, which nobody invoked", op)
	}
	o := &w.history[op-1]
	if o.Return != Never {
		Fail("operation %d has been answered before", op)
	}
	o.Return, o.Result = w.now, msg
}

// History returns the operations of clients in the order of their calls. It is the world's own: read only.
func (w *World[M]) History() []Op[M] { return w.history }
