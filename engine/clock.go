package engine

import "time"

// RealClock is lab time on this machine, from the moment it was made. It runs
// on the monotonic clock.
type RealClock struct{ start time.Time }

// NewRealClock starts at zero.
func NewRealClock() RealClock { return RealClock{time.Now()} }

// Now is the time since the clock was made.
func (c RealClock) Now() time.Duration { return time.Since(c.start) }

// Wall is the time of day, without a monotonic reading.
func (c RealClock) Wall() time.Time { return time.Now().Round(0) }

// Until is closed when t has come.
func (c RealClock) Until(t time.Duration) <-chan struct{} {
	ch := make(chan struct{})
	time.AfterFunc(t-c.Now(), func() { close(ch) })
	return ch
}
