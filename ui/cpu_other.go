//go:build !linux && !darwin

package ui

import (
	"os"
	"time"
)

// endings are the signals that end the window in good order.
var endings = []os.Signal{os.Interrupt}

// threadCPU has no clock of the thread here: it takes the time that passes,
// which is the same unless the machine is saturated.
func threadCPU() func() time.Duration {
	begin := time.Now()
	return func() time.Duration { return time.Since(begin) }
}
