// Package sdk has the process that hosts services with an OpenZiti SDK: an application with sdk-golang in it, which
// asks edge routers to send it the dials of a service.
//
// The router's side of it, the registry of what SDKs host, is in hosting (sdk.go and sdk210*.go) and is driven by the
// router as its registry of what it hosts itself; there is one of it, today's (ziti-2.1.0), which was recorded and
// agrees with the recordings. So SDK hosts exist in that release, and in what follows it.
//
// Modelled is what makes or unmakes terminators: channels to routers, binds and their ids, the listener id, the minute
// an SDK waits for a bind to be established, unbind, the answer to a router's question whether it listens. Not
// modelled are authentication, session refresh, and heartbeats on the channels: a channel ends when a process or an
// operator ends it. An SDK whose bind was closed by a router asks for its session first and then binds again, unless it
// was told not to retry, which ends the application's listener; here it binds again at its next tick in every case, and
// with another session only where a router says that the one it had was removed (B47).
package sdk
