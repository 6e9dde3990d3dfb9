//go:build unix

package local

import (
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"autoscale-lab/engine/app"
)

// signalGroup signals a process group.
func signalGroup(group int, s syscall.Signal) error { return syscall.Kill(-group, s) }

const (
	sigStop = syscall.SIGSTOP
	sigCont = syscall.SIGCONT
)

// handOver passes the listener on as file descriptor 3, and closes the lab's
// own once the command has started: requests to a dead instance are then
// refused instead of waiting in a queue that nobody reads.
func handOver(cmd *exec.Cmd, ln *net.TCPListener, to *app.Child) (started func(), err error) {
	file, err := ln.File()
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = []*os.File{file}
	to.FD = 3
	return func() {
		file.Close()
		ln.Close()
	}, nil
}

// strict makes a listener refuse a port on which old connections linger
// (TIME_WAIT): many a user's server could not bind it.
func strict(_, _ string, c syscall.RawConn) error {
	var err error
	if e := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 0)
	}); e != nil {
		return e
	}
	return err
}

func signalName(s *os.ProcessState) string {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return unix.SignalName(w.Signal())
	}
	return ""
}
