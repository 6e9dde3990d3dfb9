//go:build linux || darwin

package ui

import (
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// endings are the signals that end the window in good order.
var endings = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// threadCPU keeps the goroutine on its thread until the function it returns is
// called, and that returns the CPU time taken in between.
func threadCPU() func() time.Duration {
	runtime.LockOSThread()
	begin := threadClock()
	return func() time.Duration {
		defer runtime.UnlockOSThread()
		return threadClock() - begin
	}
}

func threadClock() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
