package controller

import (
	"gyre/model/raftlog"
	"gyre/sim"
)

// TimerWord says for people what a timer of a controller is for.
func TimerWord(timer sim.TimerID) string {
	switch timer {
	case timerDeadline:
		return "deadline"
	case timerMesh:
		return "mesh"
	case timerSilence:
		return "silence"
	case timerValidate:
		return "validation"
	case timerSweep:
		return "sweep of the limiter"
	case timerLate:
		return "channel queue"
	case timerRestart:
		return "restart"
	}
	if timer < raftlog.TimerEnd {
		return "raft"
	}
	return ""
}
