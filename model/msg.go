package model

import "gyre/sim"

// Kind tells what a Msg is: a message between processes, a command of the operator, a record on disk, a task
// of a lane, or a note for the trace and the checker.
type Kind uint8

// Messages between routers and controllers. In brackets: the fields that matter besides Kind.
const (
	_ Kind = iota

	// CtrlAddresses: C->R on connect and on membership change. [Flags&IsLeader, Index=raft configuration
	// index, Body=*NodeList of controllers] (UpdateCtrlAddresses)
	CtrlAddresses
	// LeaderIs: C->R, sent by each controller to its routers when it gains leadership. [Peer=leader; Index
	// is always 0, as upstream] (UpdateClusterLeader)
	LeaderIs
	// Heartbeat and HeartbeatReply: both ways. [Req echoes]
	Heartbeat
	HeartbeatReply
	// CreateRequest: R->C. [Req, Term, Service, N=terminator index, Router, Token=session, ziti-1.0.0 only]
	CreateRequest
	// CreateReply: C->R. [Req, Term, Code; ziti-1.0.0: Token=edge session token, Index=session serial]
	CreateReply
	// RemoveRequest: R->C, one Term or Body=*TermList. [Req, Router]
	RemoveRequest
	// RemoveReply: C->R. [Req, Code, Body echoes the list]
	RemoveReply
	// ValidateRequest: C->R, "do you host these?" [Req, Body=*CheckList with markers]
	ValidateRequest
	// ValidateReply: R->C. [Req, Body=*CheckList with verdicts]
	ValidateReply
	// ValidateSessions: R->C, ziti-1.0.0 only, and with B47. [Body=*TokenList]
	ValidateSessions
	// SessionRemoved: C->R, ziti-1.0.0 only, and with B47. [Body=*TokenList]
	SessionRemoved
	// ListServices: R->C, ziti-1.0.0 only. [Req, Index=last update token of that controller]
	ListServices
	// ServiceList: C->R, only when something changed since the token. [Req, Index=update token, Body=*DesiredList]
	ServiceList
	// Authenticate and its reply: R->C, ziti-1.0.0 only: create an API session. [Req; Token]
	Authenticate
	AuthenticateReply
	// Subscribe: R->C, router data model lease. [Req=subscription id, Index=model index held]
	Subscribe
	// DataState: C->R, full router data model. [Req, Index, Aux=identity version, Body=*DesiredList]
	DataState
	// ChangeSet: C->R, one change. [Req, Index, Aux=previous index, Service, N=count, Flags; Body=*DesiredList of one;
	// Code=NotFound with Flags&Identity: the identity is gone]
	ChangeSet

	// RaftPacket: C->C. [Body=*raftlog.Packet]
	RaftPacket
	// Forward: follower->leader, a command to submit. [Req, Body=*Entry] (NewLogEntry)
	Forward
	// ForwardReply: leader->follower. [Req, Code, Index]
	ForwardReply
	// PeerHello: C->C on mesh connect. [Aux=version number]
	PeerHello

	// Commands of the operator.

	// OpEntry: submit Body=*Entry through this controller's Dispatch; reply OpDone{Code, Index}. Carries
	// policy changes and administrative deletes.
	OpEntry
	// OpLookup: which terminators does Service have, read locally; reply OpDone{N=count, Index=apply index}.
	OpLookup
	// OpConnect, OpDisconnect: a router is told of, or forgets, the controller Peer.
	OpConnect
	OpDisconnect
	// OpTransfer: the leader hands over to Peer (0: any).
	OpTransfer
	// OpElect: this controller starts an election now.
	OpElect
	// OpLag: apply of committed entries is delayed by Aux microseconds each from now on (0 ends it).
	OpLag
	// OpReadOnly: another version is (Flags&On) or is no longer in the mesh: Dispatch refuses writes.
	OpReadOnly
	// OpMember: membership change: Peer joins (Flags&On; Flags&NonVoter) or leaves.
	OpMember
	// OpSnapshot: compact the log now.
	OpSnapshot
	// OpDone: the reply to an operator's command. [Code, Index, N]
	OpDone

	// Notes: marks of state changes. The emitting node is the subject unless Router or Peer is set.

	// NoteApplied: this controller applied log index Index. [Index, Aux=raft term, Code, Body=*Entry]. Code OK
	// or the reason for which it changed nothing (Duplicate, NotFound).
	NoteApplied
	// NoteState: a router's registry entry changed state. [Term, Service, N, From, State, Code=why]
	NoteState
	// NoteDesired: a router's desired set changed. [Service, N=count of terminators wanted, 0 = none]
	NoteDesired
	// NoteLeader: this controller became leader (Flags&On) or stopped being one. [Index=raft term]
	NoteLeader
	// NoteFollows: this node now takes Peer for the leader (0 = nobody).
	NoteFollows
	// NoteChannel: this router's channel to Peer is up (Flags&On) or down. [Aux=epoch]
	NoteChannel
	// NoteResponsive: this router takes Peer for responsive (Flags&On) or not.
	NoteResponsive
	// NoteWindow: the adaptive limiter's window changed. [N=window, Aux=slots taken]
	NoteWindow
	// NoteGaveUp: the router abandoned a terminator for good. [Term, Service, N]
	NoteGaveUp
	// NoteSession: a session token became removed (Code) on this router. [Token, Term]
	NoteSession
	// NoteReestablish: the router moves all established entries back. [N=how many]
	NoteReestablish
	// NoteValidation: this controller queued the delete of Term after a validation. [Term, Router, Aux=marker]
	NoteValidation
	// NoteRestore: this controller restored a snapshot up to Index. [Body=*Rows, its database from now on]
	NoteRestore
	// NoteAppended: this controller's log now ends, or was overwritten, at Index. [Index, Aux=raft term of the
	// entry, Req=chain hash of the log up to it]
	NoteAppended
	// NoteWhy: free remark, for the trace only. [Code, and whatever helps]
	NoteWhy

	// Records on disk and tasks of lanes are the owning package's business; their kinds start here and the
	// package's own numbering is in Code and Aux.
	Record
	Task

	// Audit: R->C, of the reference only: here is the sum of the rows I take for established. [Req, Index=sum of
	// Mark]
	Audit
	// AuditReply: C->R. Body=*RowList of all rows of the router unless the sum is the same. [Req, Index=applied,
	// Aux=index of the router's model there]
	AuditReply

	kindEnd // keep last
)

// Flags of a Msg.
type Flags uint8

// Flag bits.
const (
	IsLeader Flags = 1 << iota
	On
	NonVoter
	Full       // a full state rather than a change
	Identity   // the router's identity itself changed
	PostCreate // a validation after a create, as against one on connect
)

// Code is the result of a request, the outcome class of a dispatch, or the reason for a state change.
type Code uint8

// Result codes and outcome classes (openziti/ziti controller/raft/raft.go, controller/models; HEAD).
const (
	None Code = iota
	OK
	RateLimited        // too many updates: window full, enqueue timeout, forward timeout (outcome may be unknown)
	Leaderless         // no leader known
	Other              // any other error; outcome may be unknown
	NotFound           // no such terminator, service or session
	Duplicate          // a row with the id exists
	Mismatch           // the row with the id belongs to another service or router
	InvalidService     // service unknown here, or not bindable by the router
	AccessDenied       // the edge-router policies are missing
	Busy               // reply to a router: retry promptly
	Failed             // reply to a router: any other failure
	Timeout            // no reply in time
	TooBusy            // the send queue of the channel is full
	NoChannel          // no controller to talk to
	ReadOnly           // the mesh has mixed versions
	LeadershipLost     // the leader stepped down with the entry in its log: outcome unknown
	TransferInProgress // leadership is being handed over: not applied
	WaitIndexTimeout   // applied by the leader, but not here in time

	// Reasons for a state change of a registry entry (NoteState).
	WhyHost        // desired set gained it
	WhyClose       // desired set lost it
	WhyCreated     // the controller confirmed
	WhyValidated   // a controller's validation found it
	WhyReestablish // the leader was lost and found
	WhyReconnect   // a controller (re)connected
	WhySession     // its session was removed
	WhyRemoved     // the controller confirmed the removal
	WhyReplaced    // another entry took the id
	WhyGaveUp      // retries ran out

	Stale // the reference: an operation of a newer generation was applied before

	codeEnd // keep last
)

// State of a terminator in a router's registry.
type State uint8

// States. Releases before ziti-1.4.0 know only a created flag; their entries move between Establishing and
// Established by it.
const (
	Absent State = iota
	Establishing
	Established
	Deleting
)

// Msg is every message, command, record, task and note of the model: one flat value, so that nothing is boxed
// and steady state allocates nothing. Kind says which fields matter.
type Msg struct {
	Kind    Kind
	Code    Code
	Flags   Flags
	From    State // NoteState
	State   State // NoteState
	N       uint16
	Service ServiceID
	Router  sim.NodeID
	Peer    sim.NodeID
	Term    TermID
	Token   Token
	Req     uint64
	Index   uint64
	Aux     uint64
	Body    Body
}

// Body is the variable part of a message. It is immutable from the moment the message is sent.
type Body interface {
	sim.Canonical
}

// Canon implements sim.Canonical. Req is bookkeeping that pairs replies with requests: canonical state leaves
// its value out.
func (m Msg) Canon(c *sim.Canon) {
	c.Kind(uint64(m.Kind), m.Kind.String())
	if c.Rendering() {
		m.render(c)
		return
	}
	c.Int("", int64(m.Code)|int64(m.Flags)<<8|int64(m.From)<<16|int64(m.State)<<24|int64(m.N)<<32)
	c.Ref("", ClassService, uint64(m.Service))
	c.Node("", m.Router)
	c.Node("", m.Peer)
	c.Ref("", ClassTerm, uint64(m.Term))
	c.Ref("", ClassToken, uint64(m.Token))
	c.Count("", m.Req, m.Req)
	c.Count("", m.Index, m.Index)
	c.Int("", int64(m.Aux))
	if m.Body != nil {
		m.Body.Canon(c)
	}
}

// render writes the fields that are set, in one order for all kinds. The router is left out where the terminator's
// id names it.
func (m Msg) render(c *sim.Canon) {
	if m.Term != 0 {
		c.Ref("", ClassTerm, uint64(m.Term))
	}
	if m.Service != 0 {
		c.Ref("", ClassService, uint64(m.Service))
	}
	c.Opt(m.Kind.label(nLabels[:], "n"), int64(m.N))
	if m.From != m.State {
		c.Str("", m.From.String()+"->"+m.State.String())
	}
	if m.Router != 0 && m.Router != m.Term.Router() {
		c.Node("router", m.Router)
	}
	if m.Peer != 0 {
		c.Node(m.Kind.label(peerLabels[:], "peer"), m.Peer)
	}
	if m.Token != 0 {
		c.Ref("token", ClassToken, uint64(m.Token))
	}
	if m.Code != None {
		c.Str("", m.Code.String())
	}
	m.Flags.render(c)
	c.Opt("req", int64(m.Req))
	if label := m.Kind.label(indexLabels[:], "index"); label == sessionLabel && m.Index != 0 {
		c.Ref(label, ClassToken, m.Index)
	} else {
		c.Opt(label, int64(m.Index))
	}
	switch {
	case m.Kind == OpLag:
		c.Span("by", sim.Duration(m.Aux))
	case m.Kind == OpReadOnly:
		c.Flag("off", m.Flags&On == 0)
	default:
		c.Opt(m.Kind.label(auxLabels[:], "aux"), int64(m.Aux))
	}
	if m.Body != nil {
		m.Body.Canon(c)
	}
}

// label returns what the trace calls a field of this kind.
func (k Kind) label(labels []string, usual string) string {
	if int(k) < len(labels) && labels[k] != "" {
		return labels[k]
	}
	return usual
}

func (f Flags) render(c *sim.Canon) {
	for i, word := range flagWords {
		c.Flag(word, f&(1<<i) != 0)
	}
}
