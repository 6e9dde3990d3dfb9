package local

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"syscall"

	"autoscale-lab/engine/app"
)

// Windows has neither stop nor continue.
const (
	sigStop = syscall.Signal(-1)
	sigCont = syscall.Signal(-2)
)

// signalGroup ends the process, whatever the signal: there is no other, and no
// group.
func signalGroup(pid int, s syscall.Signal) error {
	if s == sigStop || s == sigCont {
		return errors.ErrUnsupported
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Kill()
}

func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func ownSession() *syscall.SysProcAttr { return ownGroup() }

// handOver lets the app bind the port itself: a listener is not inherited here.
func handOver(_ *exec.Cmd, ln *net.TCPListener, to *app.Child) (started func(), err error) {
	to.Addr = ln.Addr().String()
	return func() {}, ln.Close()
}

func strict(_, _ string, _ syscall.RawConn) error { return nil }

func signalName(*os.ProcessState) string { return "" }
