//go:build linux || darwin

package ui

import (
	"os"

	"github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/unix"
)

// canSuspend tells whether somebody is there to resume the program: a process
// of this session, outside our group, that is the parent of the group's first.
// The kernel does not stop a group without.
func canSuspend() bool {
	group, parent := unix.Getpgrp(), os.Getppid()
	if of, err := unix.Getpgid(parent); err == nil && of == group { // "go run"
		first, err := process.NewProcess(int32(group))
		if err != nil {
			return false
		}
		above, err := first.Ppid()
		if err != nil {
			return false
		}
		parent = int(above)
	}
	session, err := unix.Getsid(0)
	if err != nil {
		return false
	}
	of, err := unix.Getsid(parent)
	return err == nil && of == session
}
