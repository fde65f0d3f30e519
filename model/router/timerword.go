package router

import "gyre/sim"

// TimerWord says for people what a timer of a router is for, in a cluster of so many controllers, spares included.
func TimerWord(timer sim.TimerID, controllers int) string {
	switch {
	case timer == timerSweep:
		return "sweep of the limiter"
	case timer == timerSave:
		return "save"
	case timer == timerLease:
		return "lease"
	case timer == timerPoll:
		return "poll for services"
	case timer == timerAuth:
		return "authentication"
	case timer < timerChannels:
		return ""
	case timer >= timerChannels+2*sim.TimerID(controllers):
		return "hosting"
	case (timer-timerChannels)%2 == 0:
		return "heartbeat"
	}
	return "redial"
}
