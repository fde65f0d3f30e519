//go:build unix

package campaign

import (
	"os"
	"syscall"
)

// lock makes sure that nobody else writes the file; the lock ends with the process.
func lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
