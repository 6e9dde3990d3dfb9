package loadgen

import (
	"math"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/load"
)

const (
	// lateAfter is how long after its moment a request counts as Late.
	lateAfter = 10 * time.Millisecond
	// staleAfter is how long the schedule may be behind. If it is more, because
	// the process was stopped or cannot keep up, everything overdue is dropped
	// (Offered and Dropped count it) and the schedule goes on from now: a burst
	// to catch up would be a load nobody asked for.
	staleAfter = 2 * time.Second
	// levelEvery is how often a closed load looks at its shape.
	levelEvery = 100 * time.Millisecond
)

// schedule lives from Open to Close. It alone knows when the next request is
// due, and starts and ends threads.
//
//	       ┌─ Switch(true) ─▶ open:   wait for the next arrival, hand it out
//	off ◀──┤                    ▲ Set ▼
//	       └─ Switch(false) ─ closed: as many threads as the level says
//
// A change holds from the moment it was made: what was due before is still sent
// by the old load.
func (g *Generator) schedule() {
	s := scheduler{g: g}
	defer g.alarm.close()
	defer g.workers.end()
	defer s.threads(0)
	for {
		now := g.now()
		c, changed, over := g.nextChange(now)
		switch {
		case over:
			return
		case changed:
			s.catchUp(now, c.at)
			s.apply(c)
		default:
			s.catchUp(now, now)
			g.alarm.wait(min(s.rest(), c.at-now))
		}
	}
}

// nextChange is the next thing the schedule has to learn; changed: its moment
// has come; over: the schedule is to end.
func (g *Generator) nextChange(now time.Duration) (c change, changed, over bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.phase == closed {
		return c, false, true
	}
	c.at = forever
	if len(g.changes) > 0 {
		c = g.changes[0]
		if changed = c.at <= now; changed {
			g.changes = g.changes[1:]
		}
	}
	return c, changed, false
}

// scheduler is what the schedule's goroutine knows.
type scheduler struct {
	g *Generator

	on    bool
	load  lab.Load
	start time.Duration // of the shape's time

	arrivals *load.Arrivals // while open and on
	due      time.Duration  // the next of them, …
	pending  bool           // … if there is one

	quits []chan struct{} // of the threads, while closed and on
}

// apply makes c hold.
func (s *scheduler) apply(c change) {
	s.on, s.load, s.start = c.on, c.load, c.since
	if !s.on || s.load.Model == lab.Open {
		s.threads(0)
	}
	if !s.on || s.load.Model == lab.Closed {
		s.arrivals, s.pending = nil, false
		return
	}
	if s.arrivals == nil {
		s.arrivals = load.NewArrivals(s.load, s.start)
	}
	s.arrivals.Retarget(s.load, c.at)
	s.due, s.pending = s.arrivals.Next()
}

// catchUp hands out what is due by limit, and looks at the level of a closed
// load.
func (s *scheduler) catchUp(now, limit time.Duration) {
	if s.on && s.load.Model == lab.Closed {
		s.threads(int(math.Round(s.load.Shape.Level(limit - s.start))))
		return
	}
	for s.pending && s.due <= limit {
		if now-s.due > staleAfter {
			s.g.meter.skipped(s.arrivals.Skip(limit) + 1) // the one at hand, too
		} else {
			s.g.offer(&s.load, s.due)
		}
		s.due, s.pending = s.arrivals.Next()
		now = s.g.now()
	}
}

// rest is how long there is nothing to do.
func (s *scheduler) rest() time.Duration {
	switch {
	case s.pending:
		return s.due - s.g.now()
	case s.on && s.load.Model == lab.Closed:
		return levelEvery
	}
	return forever
}

// threads makes them n, or none. Those that go finish their request first.
func (s *scheduler) threads(n int) {
	for n = max(n, 0); len(s.quits) > n; {
		last := len(s.quits) - 1
		close(s.quits[last])
		s.quits = s.quits[:last]
	}
	for len(s.quits) < n {
		quit := make(chan struct{})
		s.quits = append(s.quits, quit)
		s.g.run(func() { s.g.thread(quit) })
	}
}
