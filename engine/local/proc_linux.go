package local

import "syscall"

// ownGroup gives a child its own process group, so that a Ctrl-C in the
// terminal is for the lab alone, and lets it die with the thread that forked
// it.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
