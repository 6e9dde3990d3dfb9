//go:build unix

package engine

import (
	"time"

	"golang.org/x/sys/unix"
)

// ownCPU is the CPU time this process has used, its children not counted.
func ownCPU() (time.Duration, bool) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}
