package calibrate

import (
	"fmt"
	"regexp"
	"strings"

	"gyre/model"
	"gyre/model/hosting"
	"gyre/model/router"
	"gyre/sim"
)

// host is the scripted SDK: one process with one channel to the router.
const host sim.NodeID = self + 1

// sdkSide is the registry of SDKs of the router, and the script's SDK. It stands between the router and its registry
// as registry does.
type sdkSide struct {
	hosting.SDK
	p      *player
	env    *environment
	conn   sim.ConnID // of the SDK; 0 is closed
	conns  sim.ConnID // used so far
	binds  []bindOf
	serial uint64
	took   bool // the last bind took an entry over
}

type bindOf struct {
	service string
	serial  uint64
	open    bool
}

// sdkMaker makes the registry of SDKs for a replay.
func (p *player) sdkMaker() router.SDKMaker {
	return func(release model.Release, env hosting.SDKEnv) hosting.SDK {
		s := &p.sdk
		s.p, s.env = p, &environment{Env: env, g: p.reg, jobs: map[hosting.Slot][]model.TermID{}}
		s.SDK = hosting.NewSDK(release, sdkEnvironment{env, s})
		return s
	}
}

// Run implements hosting.SDK.
func (s *sdkSide) Run(job model.Msg) {
	s.env.running = true
	s.SDK.Run(job)
	s.env.running = false
}

// Reconnected implements hosting.SDK: in the recordings only the script calls it.
func (s *sdkSide) Reconnected() {}

// sdkEnvironment stands between the registry of SDKs and the router.
type sdkEnvironment struct {
	hosting.SDKEnv
	s *sdkSide
}

// ModelController implements hosting.Env.
func (e sdkEnvironment) ModelController() sim.NodeID { return e.s.env.ModelController() }

// Send implements hosting.Env.
func (e sdkEnvironment) Send(ctrl sim.NodeID, m model.Msg) model.Code { return e.s.env.Send(ctrl, m) }

// Limiter implements hosting.Env.
func (e sdkEnvironment) Limiter() hosting.Limiter { return e.s.env.Limiter() }

// Open implements hosting.SDKEnv.
func (e sdkEnvironment) Open(conn sim.ConnID) bool { return conn != 0 && conn == e.s.conn }

// Tell implements hosting.SDKEnv: the SDK has what it is told, and answers what it is asked, at once.
func (e sdkEnvironment) Tell(conn sim.ConnID, m model.Msg) model.Code {
	if !e.Open(conn) {
		return model.NoChannel
	}
	p := e.s.p
	switch m.Kind {
	case model.SDKBindSuccess:
		p.see("to-sdk", 0, 0, "BindSuccess")
	case model.SDKClosed:
		p.see("to-sdk", 0, 0, "StateClosed")
		for i := range e.s.binds {
			e.s.binds[i].open = e.s.binds[i].open && e.s.binds[i].serial != m.Req
		}
	case model.SDKInspect:
		p.see("to-sdk", 0, 0, "ConnInspectRequest")
		listens := false
		for _, b := range e.s.binds {
			listens = listens || b.open && b.serial == m.Req
		}
		p.at(p.now, func() { p.inside(func() { e.s.Inspected(conn, m.Req, m.Aux, listens) }) })
	}
	return model.OK
}

var (
	binding   = regexp.MustCompile(`^bind svc(\S+) listenerId="(.*)" -> T\d+ replaceExisting=(true|false)$`)
	unbinding = regexp.MustCompile(`^sdk unbinds svc(\S+) \(T\d+\)$`)
)

// act does what an SDK does. It returns why it cannot, or nothing; done is false if the action is another's.
func (s *sdkSide) act(action string) (done bool, why string) {
	bind, unbind := binding.FindStringSubmatch(action), unbinding.FindStringSubmatch(action)
	switch {
	case bind != nil:
		s.bind(bind[1], bind[2])
		if have := fmt.Sprint(s.took); have != bind[3] {
			return true, fmt.Sprintf("the model's bind has replaceExisting=%s, so that what follows cannot be compared", have)
		}
	case unbind != nil:
		s.unbind(unbind[1])
	case action == "sdk channel closes":
		closed := s.conn
		s.conn = 0
		s.p.inside(func() { s.Closed(closed) })
	case notifying.MatchString(action):
		s.p.inside(func() { s.SDK.Reconnected() })
	default:
		return false, ""
	}
	return true, ""
}

func (s *sdkSide) bind(service, listener string) {
	if s.conn == 0 {
		s.conns++
		s.conn = s.conns
	}
	s.serial++
	s.binds = append(s.binds, bindOf{service, s.serial, true})
	s.took = false
	id := uint64(0)
	for _, c := range listener { // any number will do that is the same for the same name
		id = id*31 + uint64(c)
	}
	key := s.p.key(service)
	s.p.inside(func() {
		s.Bind(hosting.Bind{
			Host: host, Conn: s.conn, Serial: s.serial, Service: key.Service, Index: model.SDKIndex, Session: 1, Listener: id,
			Inspect: strings.Contains(s.p.t.Title, "inspect support"),
		})
	})
}

// unbind ends the newest bind of a service that is open.
func (s *sdkSide) unbind(service string) {
	for i := len(s.binds) - 1; i >= 0; i-- {
		if b := &s.binds[i]; b.service == service && b.open {
			b.open = false
			s.p.inside(func() { s.Unbind(s.conn, b.serial) })
			return
		}
	}
}
