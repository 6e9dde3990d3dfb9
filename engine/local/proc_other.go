//go:build !linux

package local

import (
	"time"

	"github.com/shirou/gopsutil/v3/process"
)

func cpuTime(pid int) (time.Duration, bool) {
	t, err := (&process.Process{Pid: int32(pid)}).Times()
	if err != nil {
		return 0, false
	}
	return time.Duration((t.User + t.System) * float64(time.Second)), true
}

func pss(int) (float64, bool) { return 0, false }

// processes lists what runs on this machine, without groups and ages.
func processes() []proc {
	all, err := process.Pids()
	if err != nil {
		return nil
	}
	var out []proc
	for _, pid := range all {
		if parent, err := (&process.Process{Pid: pid}).Ppid(); err == nil {
			out = append(out, proc{pid: int(pid), parent: int(parent)})
		}
	}
	return out
}

// environ and sweep: these systems keep a process's environment to themselves,
// so the process group is all there is.
func environ(int) []byte { return nil }

func sweep(string) {}
