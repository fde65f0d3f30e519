package sdk

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gyre/model"
	"gyre/sim"
)

// rig drives one host by hand.
type rig struct {
	h      *Host
	out    *sim.Outbox[model.Msg]
	now    sim.Time
	timers map[sim.TimerID]sim.Time
	log    []string
	sent   []model.Msg
}

func newRig() *rig {
	cfg := &model.Config{
		Names: &model.Names{Nodes: []string{"", "ctl1", "rtr1", "sdk1"}}, SDKs: []sim.NodeID{3},
		Hosted: []model.SDKHost{{Service: 1, Index: model.SDKIndex, Via: []sim.NodeID{2}}},
	}
	r := &rig{h: New(cfg, 3).(*Host), out: sim.NewOutbox[model.Msg](nil), timers: map[sim.TimerID]sim.Time{}}
	r.step(sim.Input[model.Msg]{Kind: sim.Boot, Life: 1})
	return r
}

func (r *rig) step(in sim.Input[model.Msg]) {
	r.out.Reset()
	r.h.Step(r.now, &in, r.out)
	for _, e := range r.out.Effects() {
		switch e.Kind {
		case sim.Arm:
			r.timers[e.Timer] = r.now.Add(e.After)
		case sim.Send:
			r.sent = append(r.sent, e.Msg)
			r.log = append(r.log, fmt.Sprintf("%s %s %d", r.now, e.Msg.Kind, e.Msg.Req))
		case sim.Dial:
			r.log = append(r.log, fmt.Sprintf("%s dial", r.now))
		case sim.Note:
			r.log = append(r.log, fmt.Sprintf("%s listener on=%v", r.now, e.Msg.Flags&model.On != 0))
		}
	}
}

// run lets timers fire up to a time.
func (r *rig) run(until sim.Time) {
	for {
		var next sim.TimerID
		for timer, at := range r.timers {
			if at <= until && (next == 0 || at < r.timers[next] || at == r.timers[next] && timer < next) {
				next = timer
			}
		}
		if next == 0 {
			r.now = until
			return
		}
		r.now = r.timers[next]
		delete(r.timers, next)
		r.step(sim.Input[model.Msg]{Kind: sim.Expire, Timer: next})
	}
}

func (r *rig) up(conn sim.ConnID) { r.step(sim.Input[model.Msg]{Kind: sim.Up, From: 2, Conn: conn}) }

func (r *rig) deliver(conn sim.ConnID, m model.Msg) {
	r.step(sim.Input[model.Msg]{Kind: sim.Deliver, From: 2, Conn: conn, Msg: m})
}

func (r *rig) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(r.log, want) {
		t.Errorf("have\n%s\nwant\n%s", strings.Join(r.log, "\n"), strings.Join(want, "\n"))
	}
}

// TestMinute: a bind that is not established within a minute is given up at the next look and made again at the next
// tick, under the same listener id.
func TestMinute(t *testing.T) {
	r := newRig()
	r.run(sim.Time(100 * sim.Millisecond))
	r.up(5)
	r.deliver(5, model.Msg{Kind: model.SDKConnected, Req: 1})
	r.run(sim.Time(62 * sim.Second))
	r.want(t, "0s listener on=true", "0s dial", "100ms sdk-bind 1", "1m350ms sdk-unbind 1", "1m1s sdk-bind 2")
	if r.sent[0].Aux != r.sent[2].Aux || r.sent[0].Aux == 0 {
		t.Errorf("listener ids %d and %d", r.sent[0].Aux, r.sent[2].Aux)
	}
	r.deliver(5, model.Msg{Kind: model.SDKBindSuccess, Req: 2})
	r.run(sim.Time(10 * sim.Minute))
	if len(r.sent) != 3 {
		t.Errorf("an established bind is left alone: %v", r.log)
	}
}

// TestChannel: a dial that fails is made again at the next tick; when a channel ends, its binds are made again.
func TestChannel(t *testing.T) {
	r := newRig()
	r.run(sim.Time(300 * sim.Millisecond))
	r.step(sim.Input[model.Msg]{Kind: sim.DialFailed, From: 2})
	r.run(sim.Time(1200 * sim.Millisecond))
	r.up(5)
	r.deliver(5, model.Msg{Kind: model.SDKBindSuccess, Req: 1})
	r.run(sim.Time(5200 * sim.Millisecond))
	r.step(sim.Input[model.Msg]{Kind: sim.Down, From: 2, Conn: 5})
	r.run(sim.Time(6100 * sim.Millisecond))
	r.up(6)
	r.want(t, "0s listener on=true", "0s dial", "1s dial", "1s200ms sdk-bind 1", "6s dial", "6s100ms sdk-bind 2")
}

// TestListener: what is asked is answered by what is bound; a close by the router is followed by a new bind, a close by
// the application by none, and a listener opened again has another id.
func TestListener(t *testing.T) {
	r := newRig()
	r.up(5)
	r.deliver(5, model.Msg{Kind: model.SDKInspect, Req: 1, Aux: 9})
	r.deliver(5, model.Msg{Kind: model.SDKInspect, Req: 7, Aux: 10})
	if a, b := r.sent[1], r.sent[2]; a.Flags != model.On || a.Aux != 9 || b.Flags != 0 || b.Aux != 10 {
		t.Errorf("answers %v and %v", a, b)
	}
	r.deliver(5, model.Msg{Kind: model.SDKClosed, Req: 1})
	r.run(sim.Time(1500 * sim.Millisecond))
	r.step(sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpUnbind}})
	r.run(sim.Time(3500 * sim.Millisecond))
	r.step(sim.Input[model.Msg]{Kind: sim.Command, Msg: model.Msg{Kind: model.OpBind}})
	r.want(t, "0s listener on=true", "0s dial", "0s sdk-bind 1", "0s sdk-inspected 1", "0s sdk-inspected 7",
		"1s sdk-bind 2", "1s500ms listener on=false", "1s500ms sdk-unbind 2", "3s500ms listener on=true", "3s500ms sdk-bind 3")
	if r.sent[0].Aux == r.sent[len(r.sent)-1].Aux {
		t.Error("the listener that was opened again has the id of the first")
	}
}

// TestSession: a bind that is closed because its session has ended is made again with another, once for all binds of
// that session; closed for any other reason, with the same.
func TestSession(t *testing.T) {
	r := newRig()
	r.h.plan.Issuer = 1
	r.up(5)
	for i, why := range []model.Code{model.WhySession, model.WhyRefused, model.WhySession} {
		r.deliver(5, model.Msg{Kind: model.SDKClosed, Req: uint64(i) + 1, Code: why})
		r.run(r.now.Add(sim.Second))
	}
	want := []uint32{1, 2, 2, 3}
	for i, session := range want {
		if m := r.sent[i]; m.Token != model.NewToken(1, session, 3) {
			t.Errorf("bind %d: session %d, want %d of the issuer", i+1, m.Token, session)
		}
	}
	r.h.closed(1, model.WhySession)
	if r.h.session != 3 {
		t.Error("the end of an old session ended the one after it")
	}
}
