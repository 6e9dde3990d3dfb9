package app

import (
	"runtime"
	"time"
)

// realClocks are the CPU clocks of this process and of the burning thread.
func realClocks() clocks { return clocks{cpu: processCPU, burn: burn} }

// burn uses n of CPU time, as the clock of its own thread counts it: a busy
// host makes it take longer, not cost less. It overshoots by one spin at most.
func burn(n time.Duration) (cpu, wall time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began, first := time.Now(), threadCPU()
	for cpu < n {
		spin()
		cpu = threadCPU() - first
	}
	return cpu, time.Since(began)
}

// spin keeps a core busy for about 10 µs: long against a look at the clock,
// short against a slice.
//
//go:noinline
func spin() {
	x := uint64(88172645463325252) // Marsaglia 2003, "Xorshift RNGs"
	for range 6_000 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	runtime.KeepAlive(x)
}
