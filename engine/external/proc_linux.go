package external

import "syscall"

// ownGroup gives a program a process group of its own, so that a Ctrl-C in the
// terminal is for the lab alone, and lets it die with the thread that forked it.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(group int) { syscall.Kill(-group, syscall.SIGKILL) }
