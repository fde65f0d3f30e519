//go:build !unix

package campaign

import "time"

var begun = time.Now()

// cpuTime is the time on the wall where nobody counts that of processors.
func cpuTime() time.Duration { return time.Since(begun) }
