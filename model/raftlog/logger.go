package raftlog

import "gyre/sim"

// mute is the library's logger: it formats nothing, and what the library calls a panic is a fault of ours.
type mute struct{}

func (mute) Debug(...any)            {}
func (mute) Debugf(string, ...any)   {}
func (mute) Info(...any)             {}
func (mute) Infof(string, ...any)    {}
func (mute) Warning(...any)          {}
func (mute) Warningf(string, ...any) {}
func (mute) Error(...any)            {}
func (mute) Errorf(string, ...any)   {}

func (mute) Fatal(v ...any)                 { sim.Assert(false, "raft: %v", v) }
func (mute) Fatalf(format string, v ...any) { sim.Assert(false, "raft: "+format, v...) }
func (mute) Panic(v ...any)                 { sim.Assert(false, "raft: %v", v) }
func (mute) Panicf(format string, v ...any) { sim.Assert(false, "raft: "+format, v...) }
