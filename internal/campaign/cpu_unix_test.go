//go:build unix

package campaign

import (
	"syscall"
	"time"
)

// cpuTime is how much time of processors this process has used, in programs and for them.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
