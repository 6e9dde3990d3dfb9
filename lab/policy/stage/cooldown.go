package stage

import (
	"time"

	"autoscale-lab/lab"
)

// Cooldown blocks changes for a while after each. It sees a change in the
// Sample's desired, whoever made it, so that what it holds follows from the
// Samples alone.
type Cooldown struct {
	last    int // desired as of the Sample before
	at      time.Duration
	changed time.Duration
	seen    bool // there was a Sample before
	hot     bool // there was a change
}

// See takes the next Sample.
func (c *Cooldown) See(s *lab.Sample) {
	if c.seen && s.Desired != c.last {
		c.changed, c.hot = c.at, true
	}
	c.last, c.at, c.seen = s.Desired, s.At, true
}

// Until is the moment from which a change is possible again; false if it is
// possible now.
func (c *Cooldown) Until(now, length time.Duration) (time.Duration, bool) {
	end := c.changed + length
	return end, c.hot && now < end
}

// Settled is a Cooldown that begins when what was asked for is there: as many
// ready as desired, none starting, none draining. It sees all that in the
// Samples alone.
type Settled struct {
	change Cooldown
	busy   bool // a change has not been carried out
	hot    bool
	since  time.Duration
}

// See takes the next Sample.
func (c *Settled) See(s *lab.Sample) {
	if c.change.seen && s.Desired != c.change.last {
		c.busy = true
	}
	c.change.See(s)
	if !c.busy || s.Count(lab.Ready) < s.Desired || s.Count(lab.Starting)+s.Count(lab.Draining) > 0 {
		return
	}
	c.busy, c.hot, c.since = false, true, c.change.changed
	for i := range s.Instances {
		in := &s.Instances[i]
		c.since = max(c.since, in.ReadySince, in.Ended)
	}
	c.since = min(c.since, s.At)
}

// Busy tells whether a change is being carried out.
func (c *Settled) Busy() bool { return c.busy }

// Until is the moment from which a change is possible again; false if it is
// possible now, or nobody knows when.
func (c *Settled) Until(now, length time.Duration) (time.Duration, bool) {
	end := c.since + length
	return end, c.hot && !c.busy && now < end
}
