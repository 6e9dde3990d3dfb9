package loadgen

import (
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// timerfd is the alarm of Linux: a timer that is a file, which epoll, and so
// the goroutine that reads it, gets to see within some 50 µs.
type timerfd struct {
	fd   int
	file *os.File
	rung atomic.Bool
	buf  [8]byte
}

func newAlarm() alarm {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return newTimer()
	}
	a := &timerfd{fd: fd, file: os.NewFile(uintptr(fd), "timerfd")}
	if a.file.SetReadDeadline(time.Time{}) != nil { // the runtime cannot poll it
		a.file.Close()
		return newTimer()
	}
	return a
}

// arm sets the alarm and forgets what has expired; 0 would turn it off.
func (a *timerfd) arm(d time.Duration) {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(max(int64(d), 1))}
	unix.TimerfdSettime(a.fd, 0, &spec, nil)
}

// wait arms, then looks for a ring; ring does the same the other way round: so
// either wait sees the ring, or the ring's arming comes last.
func (a *timerfd) wait(d time.Duration) {
	a.arm(d)
	if !a.rung.Swap(false) {
		a.file.Read(a.buf[:])
		a.rung.Store(false)
	}
}

func (a *timerfd) ring() {
	a.rung.Store(true)
	a.arm(0)
}

func (a *timerfd) close() { a.file.Close() }
