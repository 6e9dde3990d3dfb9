//go:build !linux

package process

import (
	"time"

	"github.com/shirou/gopsutil/v3/process"
)

// CPUTime is the CPU time of a process, as fine as the system counts it.
func CPUTime(pid int) (time.Duration, bool) {
	t, err := (&process.Process{Pid: int32(pid)}).Times()
	if err != nil {
		return 0, false
	}
	return time.Duration((t.User + t.System) * float64(time.Second)), true
}

func pss(int) (float64, bool) { return 0, false }

// List is what runs on this machine, without groups and ages.
func List() []Info {
	all, err := process.Pids()
	if err != nil {
		return nil
	}
	var out []Info
	for _, pid := range all {
		if parent, err := (&process.Process{Pid: pid}).Ppid(); err == nil {
			out = append(out, Info{PID: int(pid), Parent: int(parent)})
		}
	}
	return out
}

// Environ knows nothing here: these systems keep a process's environment to
// themselves, so that the process group is all there is.
func Environ(int) []byte { return nil }

// Sweep finds none, for the same reason.
func Sweep(string) {}
