package model

// The words of the trace, in the order of the constants they name.

var kindWords = [...]string{ //tidy:ok constant table
	CtrlAddresses:     "ctrl-addresses",
	LeaderIs:          "leader-is",
	Heartbeat:         "heartbeat",
	HeartbeatReply:    "heartbeat-reply",
	CreateRequest:     "create-request",
	CreateReply:       "create-reply",
	RemoveRequest:     "remove-request",
	RemoveReply:       "remove-reply",
	ValidateRequest:   "validate-request",
	ValidateReply:     "validate-reply",
	ValidateSessions:  "validate-sessions",
	SessionRemoved:    "session-removed",
	ListServices:      "list-services",
	ServiceList:       "service-list",
	Authenticate:      "authenticate",
	AuthenticateReply: "authenticate-reply",
	Subscribe:         "subscribe",
	DataState:         "data-state",
	ChangeSet:         "change-set",
	RaftPacket:        "raft-packet",
	Forward:           "forward",
	ForwardReply:      "forward-reply",
	PeerHello:         "peer-hello",
	OpEntry:           "op-entry",
	OpLookup:          "op-lookup",
	OpConnect:         "op-connect",
	OpDisconnect:      "op-disconnect",
	OpTransfer:        "op-transfer",
	OpElect:           "op-elect",
	OpLag:             "op-lag",
	OpReadOnly:        "op-read-only",
	OpMember:          "op-member",
	OpSnapshot:        "op-snapshot",
	OpDone:            "op-done",
	NoteApplied:       "applied",
	NoteState:         "state",
	NoteDesired:       "desired",
	NoteLeader:        "leader",
	NoteFollows:       "follows",
	NoteChannel:       "channel",
	NoteResponsive:    "responsive",
	NoteWindow:        "window",
	NoteGaveUp:        "gave-up",
	NoteSession:       "session",
	NoteReestablish:   "reestablish",
	NoteValidation:    "validation",
	NoteRestore:       "restore",
	NoteAppended:      "appended",
	NoteWhy:           "why",
	Record:            "record",
	Task:              "task",
	Audit:             "audit",
	AuditReply:        "audit-reply",
}

func (v Kind) String() string {
	if v >= sdkKinds {
		return word(sdkKindWords[:], int(v-sdkKinds))
	}
	return word(kindWords[:], int(v))
}

var codeWords = [...]string{ //tidy:ok constant table
	OK:                 "ok",
	RateLimited:        "rate-limited",
	Leaderless:         "leaderless",
	Other:              "other",
	NotFound:           "not-found",
	Duplicate:          "duplicate",
	Mismatch:           "mismatch",
	InvalidService:     "invalid-service",
	AccessDenied:       "access-denied",
	Busy:               "busy",
	Failed:             "failed",
	Timeout:            "timeout",
	TooBusy:            "too-busy",
	NoChannel:          "no-channel",
	ReadOnly:           "read-only",
	LeadershipLost:     "leadership-lost",
	TransferInProgress: "transfer-in-progress",
	WaitIndexTimeout:   "wait-index-timeout",
	WhyHost:            "host",
	WhyClose:           "close",
	WhyCreated:         "created",
	WhyValidated:       "validated",
	WhyReestablish:     "reestablish",
	WhyReconnect:       "reconnect",
	WhySession:         "session",
	WhyRemoved:         "removed",
	WhyReplaced:        "replaced",
	WhyGaveUp:          "gave-up",
	Stale:              "stale",
}

func (v Code) String() string {
	if v >= sdkCodes {
		return word(sdkCodeWords[:], int(v-sdkCodes))
	}
	return word(codeWords[:], int(v))
}

var stateWords = [...]string{ //tidy:ok constant table
	Absent:       "absent",
	Establishing: "establishing",
	Established:  "established",
	Deleting:     "deleting",
}

func (v State) String() string { return word(stateWords[:], int(v)) }

var verbWords = [...]string{ //tidy:ok constant table
	CreateTerm:    "create",
	DeleteTerms:   "delete",
	DeleteTerm:    "delete-one",
	Bind:          "bind",
	Unbind:        "unbind",
	Allow:         "allow",
	Deny:          "deny",
	Touch:         "touch",
	TouchIdentity: "touch-identity",
	Nothing:       "nothing",
	DropIdentity:  "drop-identity",
	MakeIdentity:  "make-identity",
}

func (v Verb) String() string { return word(verbWords[:], int(v)) }

var originWords = [...]string{ //tidy:ok constant table
	ByRouter:     "by-router",
	ByValidation: "by-validation",
	ByOperator:   "by-operator",
	ByAudit:      "by-audit",
}

func (v Origin) String() string { return word(originWords[:], int(v)) }

// sessionLabel marks an index that is the serial of a session, rendered as the token it belongs to.
const sessionLabel = "session"

// What the trace calls the general fields of a kind where it has a better word than the field's own.
var (
	nLabels = [...]string{NoteWindow: "window", NoteReestablish: "entries"} //tidy:ok constant table

	peerLabels = [...]string{ //tidy:ok constant table
		NoteChannel: "to", NoteFollows: "leader", NoteResponsive: "of", NoteSession: "by", LeaderIs: "leader",
	}
	indexLabels = [...]string{CreateReply: sessionLabel, NoteLeader: "term"} //tidy:ok constant table

	auxLabels = [...]string{ //tidy:ok constant table
		NoteApplied: "term", NoteAppended: "term", NoteChannel: "epoch", NoteWindow: "taken", NoteValidation: "marker",
		ChangeSet: "previous", DataState: "identity",
	}
)

// flagWords names the flag bits from the lowest.
var flagWords = [...]string{ //tidy:ok constant table
	"leader", "on", "non-voter", "full", "identity", "post-create", "inspectable", "start-over",
}

func word(words []string, n int) string {
	if n < len(words) && words[n] != "" {
		return words[n]
	}
	return "?"
}
