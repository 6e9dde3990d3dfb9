//go:build !windows

package app

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// processCPU is the CPU time of this process, in nanoseconds' steps.
func processCPU() (time.Duration, error) { return cpuClock(unix.CLOCK_PROCESS_CPUTIME_ID) }

// threadCPU is the CPU time of the calling thread. The clock exists wherever
// the process's does; should it fail all the same, time that passed is better
// than a burn without end.
func threadCPU() time.Duration {
	d, err := cpuClock(unix.CLOCK_THREAD_CPUTIME_ID)
	if err != nil {
		return time.Duration(time.Now().UnixNano())
	}
	return d
}

func cpuClock(id int32) (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(id, &t); err != nil {
		return 0, fmt.Errorf("app: read CPU clock %d: %w", id, err)
	}
	return time.Duration(t.Nano()), nil
}
