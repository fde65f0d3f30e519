package model

import "gyre/sim"

// Messages between SDK hosts and routers, and notes about them. They have numbers of their own, so that the others
// stay what they are.
const (
	// SDKBind: H->R, "send dials of this service to me". [Req=bind id, Service, N=listener, Token=session, Aux=listener
	// id or 0; Flags&Inspectable] (ContentTypeBind)
	SDKBind Kind = sdkKinds + iota
	// SDKUnbind: H->R. [Req=bind id, Service, N]
	SDKUnbind
	// SDKConnected: R->H, the bind was taken. [Req=bind id] (StateConnected)
	SDKConnected
	// SDKBindSuccess: R->H, the terminator is established. [Req=bind id]
	SDKBindSuccess
	// SDKClosed: R->H, the bind is no more. [Req=bind id, Code=why; Flags&StartOver: not to be tried with this session]
	// (StateClosed)
	SDKClosed
	// SDKInspect and SDKInspected: R->H and back, "do you listen?" [Req=bind id, Aux=sequence; Flags&On: yes]
	// (ConnInspectRequest, ConnInspectResponse)
	SDKInspect
	SDKInspected
	// NoteListener: this SDK host wants a terminator at router Peer (Flags&On), or no longer. [Service, N=listener]
	NoteListener
	// NoteObject: a change of state of a terminator object of a router that is not the registry's entry for its id: one
	// that is about to replace it, or was replaced. [Term, Service, N, From, State, Code]
	NoteObject
	// OpBind and OpUnbind: commands of the operator to an SDK host. [Service, N, Peer=router]
	OpBind
	OpUnbind
	// SDKAccess: C->R, which SDK hosts that use this router may bind what they host, as part of the data model; the
	// others may not. [Body=*NodeList]
	SDKAccess

	sdkKindEnd // keep last
	sdkKinds   = 128
)

// More reasons for a change of state of a registry entry, of terminators that SDKs host.
const (
	WhyBind         Code = sdkCodes + iota // an SDK asked for it
	WhyUnbind                              // the SDK asked to end it
	WhyChannel                             // the channel to the SDK closed
	WhyReplacing                           // it takes over from the entry before it
	WhyNewer                               // a newer bind of the same listener took over
	WhyStaleBind                           // the bind before it was the newer one
	WhyDuplicate                           // a newer bind of the same session and service
	WhyRefused                             // the controller refused it
	WhyNotListening                        // the SDK says that it does not listen
	WhyNoAnswer                            // the SDK did not say whether it listens
	WhyRace                                // the delete of an earlier entry of the id deleted its row
	WhyDenied                              // its host may no longer bind the service

	sdkCodeEnd // keep last
	sdkCodes   = 128
)

// Inspectable marks a bind whose SDK answers whether it listens; StartOver a refusal that ends the session.
const (
	Inspectable Flags = 1 << 6
	StartOver   Flags = 1 << 7
)

// SDKIndex is the first terminator index of SDK listeners. A terminator that an SDK hosts has as index the number of
// its listener, which no other listener of the plan has.
const SDKIndex uint16 = 1 << 15

// sdkSerial marks the serial numbers of ids of terminators that SDKs host.
const sdkSerial = 1 << 31

// NewSDKTermID is NewTermID for a terminator that an SDK hosts.
func NewSDKTermID(router sim.NodeID, life uint32, serial uint32) TermID {
	return NewTermID(router, life, serial|sdkSerial)
}

// SDK reports whether the terminator is hosted by an SDK.
func (t TermID) SDK() bool { return t&sdkSerial != 0 }

var sdkKindWords = [...]string{ //tidy:ok constant table
	"sdk-bind", "sdk-unbind", "sdk-connected", "sdk-bind-success", "sdk-closed", "sdk-inspect", "sdk-inspected",
	"listener", "object", "bind", "unbind", "sdk-access",
}

var sdkCodeWords = [...]string{ //tidy:ok constant table
	"bind", "unbind", "channel-closed", "replacing", "newer-bind", "stale-bind", "duplicate", "refused", "not-listening",
	"no-answer", "race", "denied",
}
