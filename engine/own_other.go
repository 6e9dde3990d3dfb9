//go:build !unix

package engine

import (
	"os"
	"time"

	"github.com/shirou/gopsutil/v3/process"
)

// ownCPU is the CPU time this process has used, its children not counted.
func ownCPU() (time.Duration, bool) {
	p, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return 0, false
	}
	t, err := p.Times()
	if err != nil {
		return 0, false
	}
	return time.Duration((t.User + t.System) * float64(time.Second)), true
}
