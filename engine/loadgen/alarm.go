package loadgen

import "time"

// alarm wakes the one goroutine that waits for it, after a time or when rung.
// It may wake it for no reason.
type alarm interface {
	wait(d time.Duration) // forever: until rung
	ring()                // a ring while nobody waits ends the next wait
	close()               // neither of the above may follow
}

const forever = time.Duration(1<<63 - 1)

// timer is the alarm of Go's own timers. On Linux they wake up to a millisecond
// late when the process is idle, since epoll counts in those.
type timer struct {
	t    *time.Timer
	rung chan struct{}
}

func newTimer() timer { return timer{time.NewTimer(forever), make(chan struct{}, 1)} }

func (a timer) wait(d time.Duration) {
	a.t.Reset(d)
	select {
	case <-a.t.C:
	case <-a.rung:
	}
}

func (a timer) ring() {
	select {
	case a.rung <- struct{}{}:
	default:
	}
}

func (a timer) close() { a.t.Stop() }
